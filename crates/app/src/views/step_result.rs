//! Shapes `steps result --json` and `steps analyse --json`: what an experiment has shown.

use nightmend_domain::StepResult;
use nightmend_domain::step_result::{
    Belief, CarryOver, EveryNight, Instrumental, InstrumentalRefusal, Interval90, Look, OutcomeResult,
    TrialIssue,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::rounded;

/// `nightmend.step-result/1`. Effects are in the outcome's unit; below zero is less of it, which for pain is better.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StepResultView {
    /// Always `nightmend.step-result/1`.
    pub schema: &'static str,
    /// Whose.
    pub person: String,
    /// The number of the experiment; absent for a table of an experiment that was run elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub experiment: Option<u32>,
    /// The step.
    pub step: String,
    /// The arm that gets the verdict, as people read it.
    pub arm: String,
    /// The arm that it is compared with.
    pub compared_with: String,
    /// How the nights went.
    pub nights: StepNightsView,
    /// The outcomes, the judged one first.
    pub outcomes: Vec<StepOutcomeView>,
    /// What a night with the step leaves for later nights; absent where there is too little to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carry_over: Option<StepCarryOverView>,
    /// The looks that have come due, in order: the verdict comes from them alone.
    pub looks: Vec<LookView>,
    /// The night of the plan after which the next look is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_look: Option<u16>,
    /// `helped`, `no_clear_change`, `unlikely_to_reach_threshold`, `did_not_help`, `harmed` or `too_early`.
    pub verdict: &'static str,
    /// The verdict in plain words.
    pub sentence: String,
    /// What else must be said: what was expected, how the nights went.
    pub remarks: Vec<String>,
    /// The change for the better that the person expected before the start; absent where they did not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_benefit: Option<f64>,
    /// SHA-256 of design and allocation, fixed before the start; absent for an experiment run elsewhere.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fingerprint: String,
    /// Whether the allocation is the one that was hashed before the start; absent for an experiment run elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intact: Option<bool>,
    /// What was met while the experiment was read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<TrialIssueView>,
}

/// How the nights went.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StepNightsView {
    /// Nights assigned to the step so far.
    pub assigned_on: u32,
    /// Nights assigned to what it is compared with.
    pub assigned_off: u32,
    /// Of these, nights without the judged outcome.
    pub missed: u32,
    /// Of these, nights of a washout, left out.
    pub washout: u32,
    /// Nights assigned to other arms.
    pub other_arms: u32,
    /// Nights of which it is known whether they went as assigned.
    pub adherence_known: u32,
    /// Of those, how many did; a part counts a half.
    pub as_assigned: f64,
}

/// Tonight's effect on one outcome.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StepOutcomeView {
    /// `morning_pain`, `day_pain`, `sleep_hours`, `sleep_efficiency` or `sleep_quality`.
    pub outcome: &'static str,
    /// The unit of its numbers.
    pub unit: &'static str,
    /// The arm, compared with the first.
    pub arm: String,
    /// Whether it gets the verdict; the others are described.
    pub judged: bool,
    /// Nights on which it is known.
    pub nights_known: u32,
    /// Mean effect of a night with the step, as assigned, under the usual prior.
    pub mean: f64,
    /// Its 90 % interval.
    pub ci90: [f64; 2],
    /// Probability of any change for the better.
    pub p_benefit: f64,
    /// Probability of a change for the better of at least the threshold.
    pub p_at_least_threshold: f64,
    /// The change for the better that would be worth it.
    pub threshold: f64,
    /// Probability of at least the minimal important change; for pain only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_minimal_important: Option<f64>,
    /// Probability of a change for the worse beyond the margin of harm.
    pub p_harm: f64,
    /// One-sided p of the randomisation test, in the direction of benefit; absent where no other lot was possible or
    /// how the lot was drawn is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub randomisation_p: Option<f64>,
    /// The smallest p that the design could have given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub randomisation_smallest_p: Option<f64>,
    /// Whether all possible lots were compared; otherwise 9,999 drawn ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub randomisation_exact: Option<bool>,
    /// The usual prior.
    pub prior: PriorView,
    /// The same under the sceptical prior, which decides "helped".
    pub sceptical: ScepticalView,
    /// What the nights alone say, under a prior so wide that it decides nothing.
    pub nights_alone: EffectIntervalView,
    /// The effect of doing it, by way of the lot.
    pub instrumental: InstrumentalView,
    /// By what was done, exploratory; absent where every known night went as assigned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_done: Option<EffectIntervalView>,
    /// If the step were done every night: a wide projection, never tested.
    pub every_night: EveryNightView,
    /// The density of the effect under the usual prior: pairs of effect and density.
    pub density: Vec<[f64; 2]>,
}

/// A normal prior.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PriorView {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
}

/// What a sceptic would say.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ScepticalView {
    /// The prior, centred on nothing.
    pub prior: PriorView,
    /// Mean effect.
    pub mean: f64,
    /// Its 90 % interval.
    pub ci90: [f64; 2],
    /// Probability of any change for the better.
    pub p_benefit: f64,
}

/// A mean with its 90 % interval.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EffectIntervalView {
    /// The mean; of a ratio the median.
    pub mean: f64,
    /// The 90 % interval.
    pub ci90: [f64; 2],
}

/// The assigned effect over the difference in adherence.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct InstrumentalView {
    /// The effect; absent where it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<EffectIntervalView>,
    /// Share of step nights with the step minus share of other nights with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adherence_difference: Option<EffectIntervalView>,
    /// `adherence_unknown` or `adherence_hardly_differs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<&'static str>,
}

/// The projection to the step every night.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EveryNightView {
    /// The change in the long run; absent where it is not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<EffectIntervalView>,
    /// Probability that the loop's gain is above one half, where that is why nothing is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_gain_above_half: Option<f64>,
}

/// What is left for later nights.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StepCarryOverView {
    /// The change of the judged outcome on the night after one with the step.
    pub next_night: EffectIntervalView,
    /// Nights after which half of what the step itself leaves is gone.
    pub half_life_nights: EffectIntervalView,
}

/// One look.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LookView {
    /// The night of the plan after which it was taken.
    pub night: u16,
    /// Probability of any benefit under the sceptical prior.
    pub p_benefit_sceptical: f64,
    /// What it had to exceed.
    pub needed: f64,
    /// Probability of any benefit by the nights alone.
    pub p_benefit_alone: f64,
    /// What it had to exceed as well.
    pub needed_alone: f64,
    /// Probability of reaching the threshold.
    pub p_at_least_threshold: f64,
    /// Probability of harm beyond its margin.
    pub p_harm: f64,
    /// Mean effect.
    pub mean: f64,
    /// Its 90 % interval.
    pub ci90: [f64; 2],
    /// The verdict as of then.
    pub verdict: &'static str,
}

/// Something met while the experiment was read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TrialIssueView {
    /// The night, by its waking date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub night: Option<String>,
    /// What was met and what was done about it.
    pub text: String,
}

impl StepResultView {
    /// `kept`: the number of an experiment of ours, and whether its plan is as it was drawn.
    pub(crate) fn new(person: &str, kept: Option<(u32, bool)>, result: &StepResult) -> Self {
        let StepResult {
            design,
            fingerprint,
            nights,
            outcomes,
            carry_over,
            looks,
            next_look,
            verdict,
            sentence,
            remarks,
            issues,
        } = result;
        let title = |arm: usize| design.arms.get(arm).map_or_else(String::new, |arm| arm.title.clone());
        Self {
            schema: "nightmend.step-result/1",
            person: person.to_owned(),
            experiment: kept.map(|(number, _)| number),
            step: design.step.to_string(),
            arm: title(design.judged),
            compared_with: title(0),
            nights: StepNightsView {
                assigned_on: nights.assigned_on,
                assigned_off: nights.assigned_off,
                missed: nights.missed,
                washout: nights.washout,
                other_arms: nights.other_arms,
                adherence_known: nights.adherence_known,
                as_assigned: nights.as_assigned,
            },
            outcomes: outcomes.iter().map(outcome_view).collect(),
            carry_over: carry_over.as_ref().map(carry_over_view),
            looks: looks.iter().map(look_view).collect(),
            next_look: *next_look,
            verdict: verdict.as_word(),
            sentence: sentence.clone(),
            remarks: remarks.clone(),
            expected_benefit: design.expected_benefit,
            fingerprint: fingerprint.clone(),
            intact: kept.map(|(_, intact)| intact),
            issues: issues.iter().map(issue_view).collect(),
        }
    }
}

fn ci90(interval: Interval90) -> [f64; 2] {
    [rounded(interval.low), rounded(interval.high)]
}

fn interval_view(interval: Interval90) -> EffectIntervalView {
    EffectIntervalView { mean: rounded(interval.mean), ci90: ci90(interval) }
}

fn prior_view(belief: &Belief) -> PriorView {
    PriorView { mean: belief.prior.mean, sd: belief.prior.sd }
}

fn outcome_view(result: &OutcomeResult) -> StepOutcomeView {
    let OutcomeResult {
        outcome,
        arm,
        judged,
        threshold,
        nights_known,
        usual,
        sceptical,
        alone,
        randomisation,
        density,
        instrumental,
        as_done,
        every_night,
    } = result;
    StepOutcomeView {
        outcome: outcome.as_word(),
        unit: outcome.unit(),
        arm: arm.to_string(),
        judged: *judged,
        nights_known: *nights_known,
        mean: rounded(usual.effect.mean),
        ci90: ci90(usual.effect),
        p_benefit: rounded(usual.p_benefit),
        p_at_least_threshold: rounded(usual.p_at_least_threshold),
        threshold: *threshold,
        p_minimal_important: usual.p_minimal_important.map(rounded),
        p_harm: rounded(usual.p_harm),
        randomisation_p: randomisation.map(|test| rounded(test.p)),
        // Not rounded: it may be far below a ten-thousandth.
        randomisation_smallest_p: randomisation.map(|test| test.smallest_p),
        randomisation_exact: randomisation.map(|test| test.exact),
        prior: prior_view(usual),
        sceptical: ScepticalView {
            prior: prior_view(sceptical),
            mean: rounded(sceptical.effect.mean),
            ci90: ci90(sceptical.effect),
            p_benefit: rounded(sceptical.p_benefit),
        },
        nights_alone: interval_view(*alone),
        instrumental: instrumental_view(*instrumental),
        as_done: as_done.map(interval_view),
        every_night: match every_night {
            EveryNight::Projected(press) => {
                EveryNightView { effect: Some(interval_view(*press)), p_gain_above_half: None }
            }
            EveryNight::LoopTooStrong { p_gain_above_half } => {
                EveryNightView { effect: None, p_gain_above_half: Some(rounded(*p_gain_above_half)) }
            }
        },
        density: density.iter().map(|(effect, height)| [rounded(*effect), rounded(*height)]).collect(),
    }
}

fn instrumental_view(instrumental: Instrumental) -> InstrumentalView {
    match instrumental {
        Instrumental::Effect { effect, adherence_difference } => InstrumentalView {
            effect: Some(interval_view(effect)),
            adherence_difference: Some(interval_view(adherence_difference)),
            refused: None,
        },
        Instrumental::Refused(why) => InstrumentalView {
            effect: None,
            adherence_difference: None,
            refused: Some(match why {
                InstrumentalRefusal::AdherenceUnknown => "adherence_unknown",
                InstrumentalRefusal::AdherenceHardlyDiffers => "adherence_hardly_differs",
            }),
        },
    }
}

fn carry_over_view(carry_over: &CarryOver) -> StepCarryOverView {
    StepCarryOverView {
        next_night: interval_view(carry_over.next_night),
        half_life_nights: interval_view(carry_over.half_life_nights),
    }
}

fn look_view(look: &Look) -> LookView {
    LookView {
        night: look.night,
        p_benefit_sceptical: rounded(look.p_benefit_sceptical),
        needed: look.needed,
        p_benefit_alone: rounded(look.p_benefit_alone),
        needed_alone: look.needed_alone,
        p_at_least_threshold: rounded(look.p_at_least_threshold),
        p_harm: rounded(look.p_harm),
        mean: rounded(look.effect.mean),
        ci90: ci90(look.effect),
        verdict: look.verdict.as_word(),
    }
}

fn issue_view(issue: &TrialIssue) -> TrialIssueView {
    TrialIssueView { night: issue.night.map(|night| night.to_string()), text: issue.text.clone() }
}
