//! Shapes the JSON of the steps: the list, a guide, a plan, an experiment, tonight, an answer.

use jiff::civil::Date;
use nightmend_domain::Condition;
use schemars::JsonSchema;
use serde::Serialize;

/// `nightmend.steps/1`: the six steps, what runs and what may come next.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StepsView {
    /// Always `nightmend.steps/1`.
    pub schema: &'static str,
    /// Whose.
    pub person: String,
    /// The six steps.
    pub steps: Vec<StepSummaryView>,
    /// The experiment that runs or rests; absent where none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<ExperimentView>,
    /// Experiments that are over, oldest first.
    pub earlier: Vec<ExperimentSummaryView>,
    /// What earlier experiments changed for the better, to be kept; empty for most people.
    pub kept: Vec<KeptView>,
    /// What helped in an earlier experiment and is no longer kept, because the person let it go.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub let_go: Vec<KeptView>,
    /// What every experiment waits for: a sign that somebody should look at first. Empty for most people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<WaitsForView>,
    /// The steps as they are offered, best first, the running one left out; the person chooses.
    pub next: Vec<OfferView>,
    /// What is known of such experiments in general, and what is done differently.
    pub context: &'static str,
    /// Keys of facts that could not be read; empty for most people.
    pub unread: Vec<String>,
}

/// Something that comes before any experiment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WaitsForView {
    /// The safety question that was not answered with a no, such as `red_flag`.
    pub condition: &'static str,
    /// What comes first, in a sentence or two.
    pub why: &'static str,
}

/// One of the six steps in short.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StepSummaryView {
    /// Its word.
    pub step: &'static str,
    /// Its name.
    pub title: &'static str,
    /// What to do, in one sentence.
    pub what: &'static str,
    /// `fast`, `slow` or `once`.
    pub pace: &'static str,
    /// Minutes a day.
    pub minutes_a_day: u32,
    /// `running`, `open` or `closed`.
    pub state: &'static str,
    /// What closes it or a variant of it.
    pub closed_by: Vec<&'static str>,
}

/// A step as it is offered.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OfferView {
    /// Its place, from 1.
    pub rank: usize,
    /// The step.
    pub step: &'static str,
    /// Its name.
    pub title: &'static str,
    /// The variant that suits best; absent where none is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arm: Option<&'static str>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arm_title: Option<&'static str>,
    /// Whether it is open.
    pub open: bool,
    /// What the order follows: expected gain minus burden. It orders steps and is no estimate of an effect.
    pub score: f64,
    /// Why it stands there.
    pub reason: String,
}

/// A step that an earlier experiment found to change things for the better: it is kept, on every night.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct KeptView {
    /// The experiment that found it.
    pub experiment: u32,
    /// The step.
    pub step: &'static str,
    /// Its name.
    pub title: &'static str,
    /// The variant tested.
    pub arm: String,
    /// Its name.
    pub arm_title: String,
}

/// `nightmend.offers/1`: what was offered, and what was chosen.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OffersView {
    /// Always `nightmend.offers/1`.
    pub schema: &'static str,
    /// Whose.
    pub person: String,
    /// The offers, oldest first: one whenever their order changed, and one beside every choice.
    pub offers: Vec<OffersDayView>,
}

/// The steps as they were offered once.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OffersDayView {
    /// The date.
    pub date: String,
    /// The steps, best first.
    pub steps: Vec<OfferedStepView>,
    /// What was chosen then; absent where the offer was only looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<ChosenView>,
}

/// A step as it was offered.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OfferedStepView {
    /// The step.
    pub step: String,
    /// The variant that suited best; absent where none was open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arm: Option<String>,
    /// What the order followed.
    pub score: f64,
    /// Why it stood there.
    pub reason: String,
}

/// A step that was chosen.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChosenView {
    /// The experiment that began with it.
    pub experiment: u32,
    /// The step.
    pub step: &'static str,
    /// The variant.
    pub arm: String,
    /// Its name.
    pub arm_title: String,
}

/// An experiment that is over, in short.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ExperimentSummaryView {
    /// Its number.
    pub number: u32,
    /// The step.
    pub step: &'static str,
    /// Its name.
    pub title: &'static str,
    /// The variant tested.
    pub arm: String,
    /// Its name.
    pub arm_title: String,
    /// `stopped` or `finished`.
    pub state: &'static str,
    /// First night, by the date of waking.
    pub first_night: String,
    /// Last date that belongs to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_night: Option<String>,
    /// Nights that were answered.
    pub answered: usize,
    /// Whether the allocation is as it was drawn.
    pub intact: bool,
}

/// `nightmend.experiment/1`: one experiment as it stands.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ExperimentView {
    /// Always `nightmend.experiment/1`.
    pub schema: &'static str,
    /// Whose.
    pub person: String,
    /// Its number for this person.
    pub number: u32,
    /// The step.
    pub step: &'static str,
    /// Its name.
    pub title: &'static str,
    /// The variant tested.
    pub arm: String,
    /// Its name.
    pub arm_title: String,
    /// `running`, `paused`, `stopped` or `finished`.
    pub state: &'static str,
    /// First night, by the date of waking.
    pub first_night: String,
    /// Last night that has a date, or the date on which it was stopped; absent while it rests before its first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_night: Option<String>,
    /// Nights of the plan.
    pub nights: u16,
    /// Nights that are over.
    pub nights_over: usize,
    /// Nights that were answered.
    pub nights_answered: usize,
    /// How nights are shared out, in words.
    pub rotation: String,
    /// The outcome that is judged.
    pub outcome: &'static str,
    /// The same in words.
    pub outcome_words: String,
    /// Its unit.
    pub unit: &'static str,
    /// The change for the better that would be worth it.
    pub threshold: f64,
    /// The change that the person expected before the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_benefit: Option<f64>,
    /// The seed of the lot, as text because of its size.
    pub seed: String,
    /// SHA-256 of the plan.
    pub fingerprint: String,
    /// Whether the plan is as it was drawn.
    pub intact: bool,
    /// The same in a sentence.
    pub integrity: String,
    /// Nights on which it rested.
    pub pauses: Vec<PauseView>,
    /// How it was ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<StopView>,
    /// The sleep window as it is now, minutes, for the variant with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_min: Option<f64>,
    /// The graded goal as it is now, minutes a day, for the step with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal_min: Option<u32>,
    /// The time at which the person said they would get up, for steps that need one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rise: Option<String>,
    /// The question that can be answered now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<QuestionView>,
    /// What earlier experiments changed and is kept on every night of this one, as known at its start.
    pub kept: Vec<KeptView>,
    /// Every night that has a date; those after a stop fell away.
    pub calendar: Vec<CalendarNightView>,
    /// What else must be said.
    pub remarks: Vec<String>,
}

/// Nights on which an experiment rested.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PauseView {
    /// First night.
    pub from: String,
    /// Last night; absent while it rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// How an experiment was ended.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StopView {
    /// When.
    pub on: String,
    /// Why.
    pub why: String,
    /// `person`, `safety` or `harm`.
    pub by: String,
}

/// One night of the plan.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CalendarNightView {
    /// Its place in the plan, from 1.
    pub number: u16,
    /// Its date of waking.
    pub night: String,
    /// The date of the evening before it.
    pub evening: String,
    /// What it is assigned to.
    pub arm: String,
    /// Whether that is the step.
    pub is_step: bool,
    /// Whether it is left out of the comparison.
    pub washout: bool,
    /// Whether it is the night that comes next.
    pub is_tonight: bool,
    /// Whether it is over.
    pub is_over: bool,
    /// Whether it went as assigned: `yes`, `partly` or `no`; absent where nothing was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<&'static str>,
}

/// A question about one night of an experiment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct QuestionView {
    /// The experiment.
    pub experiment: u32,
    /// The night, by its date of waking.
    pub night: String,
    /// Whether it was assigned to the step.
    pub is_step: bool,
    /// The question: `yes` means that it went as assigned.
    pub text: String,
    /// `morning` or `evening`: when it is put.
    pub asked: &'static str,
    /// What was answered so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<&'static str>,
}

/// `nightmend.tonight/1`: what is on tonight.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TonightView {
    /// Always `nightmend.tonight/1`.
    pub schema: &'static str,
    /// Whose.
    pub person: String,
    /// The date of the evening.
    pub evening: String,
    /// The experiment that runs or rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub experiment: Option<u32>,
    /// Its step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<&'static str>,
    /// The step's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<&'static str>,
    /// The night, by its date of waking; absent where nothing is assigned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub night: Option<String>,
    /// Its place in the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u16>,
    /// Nights of the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<u16>,
    /// What it is assigned to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arm: Option<String>,
    /// Whether that is the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_step: Option<bool>,
    /// Whether it is left out of the comparison.
    pub washout: bool,
    /// What to do, or why nothing is assigned.
    pub sentence: String,
    /// Drawings that show it.
    pub drawings: Vec<&'static str>,
    /// The question that can be answered now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<QuestionView>,
    /// What else must be said.
    pub remarks: Vec<String>,
}

impl TonightView {
    /// An evening with nothing assigned, to be filled in.
    pub(crate) fn nothing(person: &str, evening: Date) -> Self {
        Self {
            schema: "nightmend.tonight/1",
            person: person.to_owned(),
            evening: evening.to_string(),
            experiment: None,
            step: None,
            title: None,
            night: None,
            number: None,
            of: None,
            arm: None,
            is_step: None,
            washout: false,
            sentence: String::new(),
            drawings: Vec::new(),
            question: None,
            remarks: Vec::new(),
        }
    }
}

/// `nightmend.step-answer/1`: what was kept of an answer.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AnswerView {
    /// Always `nightmend.step-answer/1`.
    pub schema: &'static str,
    /// Whose.
    pub person: String,
    /// The experiment.
    pub experiment: u32,
    /// The night, by its date of waking.
    pub night: String,
    /// The question.
    pub question: String,
    /// `yes`, `partly` or `no`.
    pub answer: &'static str,
    /// The answer that stood before; it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<&'static str>,
    /// The number of the act, for `undo`; absent where the same was said before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<i64>,
}

/// `nightmend.plan/1`: an experiment before it starts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlanView {
    /// Always `nightmend.plan/1`.
    pub schema: &'static str,
    /// Whose.
    pub person: String,
    /// The step.
    pub step: &'static str,
    /// Its name.
    pub title: &'static str,
    /// The variant.
    pub arm: &'static str,
    /// Its name.
    pub arm_title: &'static str,
    /// What to do on its nights.
    pub what: &'static str,
    /// Drawings that show it.
    pub drawings: Vec<&'static str>,
    /// Nights.
    pub nights: u16,
    /// Most nights that the step takes.
    pub most_nights: u16,
    /// Nights before which there is no verdict.
    pub least_nights: u16,
    /// The first evening, if it started now.
    pub first_evening: String,
    /// The last night, by its date of waking, if nothing rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_night: Option<String>,
    /// How nights are shared out.
    pub rotation: String,
    /// The outcome that is judged.
    pub outcome: &'static str,
    /// The same in words.
    pub outcome_words: String,
    /// Its unit.
    pub unit: &'static str,
    /// The change for the better that would be worth it.
    pub threshold: f64,
    /// The change that the person expects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_benefit: Option<f64>,
    /// The question that is put about each night.
    pub question: &'static str,
    /// What is left over from one night to the next.
    pub carry_over: &'static str,
    /// What it costs.
    pub burden: &'static str,
    /// What so many nights can and cannot show, in sentences.
    pub can_show: Vec<String>,
    /// How often such an experiment would say "helped" of true changes of several sizes.
    pub power: Vec<PowerView>,
    /// How often it would say so of a step that changes nothing, over all looks.
    pub false_helped: f64,
    /// The fewest nights with which a change as large as the threshold would be found in eight of ten such experiments,
    /// whether it lasts or not; absent where 84 are not enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nights_for_threshold: Option<u16>,
    /// The smallest p that the randomisation test could give.
    pub smallest_p: f64,
    /// The SD of the outcome from day to day that this rests on.
    pub spread: f64,
    /// Days of the person's own record behind it; 0 where figures of other people stand in.
    pub spread_days: usize,
    /// Whether the time at which the person will get up has to be named at the start.
    pub needs_rise: bool,
    /// The sleep window that the gate allows, minutes, for the variant with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_min: Option<f64>,
    /// What speaks against starting it now.
    pub against: Vec<String>,
    /// Safety questions that have to be answered first.
    pub unanswered: Vec<SafetyQuestionView>,
    /// When to stop.
    pub stop_rules: Vec<&'static str>,
    /// What else must be said.
    pub remarks: Vec<String>,
}

/// How often an experiment would find a change of one size.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PowerView {
    /// The true change for the better, in the unit of the outcome.
    pub change: f64,
    /// Share of such experiments that would say "helped", 0 to 1, over all looks, if it lasts into the next nights.
    pub helped: f64,
    /// The same if it is gone the next day.
    pub helped_if_gone: f64,
}

/// `nightmend.safety/1`: every safety question with its answer.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SafetyView {
    /// Always `nightmend.safety/1`.
    pub schema: &'static str,
    /// Whose.
    pub person: String,
    /// The questions.
    pub questions: Vec<SafetyQuestionView>,
}

/// One safety question.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SafetyQuestionView {
    /// Its word.
    pub condition: &'static str,
    /// The question.
    pub question: &'static str,
    /// `yes`, `no` or `not_sure`; absent where it was never answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<&'static str>,
}

impl SafetyQuestionView {
    /// A question that was never answered.
    pub(crate) fn open(condition: Condition) -> Self {
        Self { condition: condition.as_word(), question: condition.question(), answer: None }
    }
}

/// `nightmend.step-guide/1`: how a step is done and what is known of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StepGuideView {
    /// Always `nightmend.step-guide/1`.
    pub schema: &'static str,
    /// Its word.
    pub step: &'static str,
    /// Its name.
    pub title: &'static str,
    /// What to do, in one sentence.
    pub what: &'static str,
    /// Its variants.
    pub arms: Vec<ArmView>,
    /// The guide.
    pub sections: Vec<SectionView>,
    /// A timed run of movements and breathing; empty where the step has none.
    pub sequence: Vec<MoveView>,
    /// The question whether it was done.
    pub question: &'static str,
    /// `fast`, `slow` or `once`.
    pub pace: &'static str,
    /// What is left over from one night to the next.
    pub carry_over: &'static str,
    /// What it costs.
    pub burden: &'static str,
    /// Minutes a day.
    pub minutes_a_day: u32,
    /// Points of pain that would be worth it, unless the person says otherwise.
    pub worth_it: f64,
    /// When to stop.
    pub stop_rules: Vec<&'static str>,
    /// Who must not do it, or not in one form.
    pub not_for: Vec<&'static str>,
    /// What was read.
    pub references: Vec<ReferenceView>,
    /// What is known of such experiments in general.
    pub context: &'static str,
}

/// A variant of a step.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ArmView {
    /// Its word.
    pub arm: &'static str,
    /// Its name.
    pub title: &'static str,
    /// What to do.
    pub what: &'static str,
    /// Drawings, by word.
    pub drawings: Vec<&'static str>,
}

/// A part of a guide.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SectionView {
    /// Heading.
    pub heading: &'static str,
    /// Running text.
    pub text: &'static str,
    /// Points.
    pub points: Vec<&'static str>,
    /// Drawings, by word.
    pub drawings: Vec<&'static str>,
}

/// One part of a timed sequence.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MoveView {
    /// Its word.
    pub id: &'static str,
    /// Its name.
    pub title: &'static str,
    /// How to do it.
    pub how: &'static str,
    /// Seconds, on each side where it has two.
    pub seconds: u32,
    /// Seconds altogether.
    pub total_seconds: u32,
    /// Its drawing, by word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drawing: Option<&'static str>,
}

/// Something that was read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReferenceView {
    /// Authors, year, journal.
    pub citation: &'static str,
    /// Digital object identifier or PubMed Central number.
    pub locator: &'static str,
    /// A to D.
    pub grade: &'static str,
    /// What the letter stands for.
    pub grade_words: &'static str,
    /// What it found.
    pub found: &'static str,
}
