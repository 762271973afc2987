//! Lists the six steps as data: what to do, how to test it on oneself, who must not, and what is known of it.
//!
//! A new step is one new file and one line in [`ALL`]; the tests at the end hold every step to the same laws. The texts
//! are shown to people as they stand: they promise nothing, and every number has a reference with a grade.

pub mod check;
mod daytime_activity;
pub mod designs;
mod mattress_pillow;
mod professional;
mod schedule;
mod sleep_position;
mod wind_down;

use nightmend_domain::Condition;
use nightmend_domain::plan::Outcome;

/// Which of the six steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StepId {
    /// Sleeping position, with a pillow that supports it.
    SleepPosition,
    /// Mattress and pillow.
    MattressPillow,
    /// Wind-down before bed.
    WindDown,
    /// Activity by day.
    DaytimeActivity,
    /// A regular schedule.
    Schedule,
    /// Professional support.
    Professional,
}

/// Every step, in the order of the article.
pub const ALL: &[Step] = &[
    sleep_position::STEP,
    mattress_pillow::STEP,
    wind_down::STEP,
    daytime_activity::STEP,
    schedule::STEP,
    professional::STEP,
];

impl StepId {
    /// Its word in the store, in JSON and on the command line.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::SleepPosition => "sleep_position",
            Self::MattressPillow => "mattress_pillow",
            Self::WindDown => "wind_down",
            Self::DaytimeActivity => "daytime_activity",
            Self::Schedule => "schedule",
            Self::Professional => "professional",
        }
    }

    /// The step of a word; hyphens and blanks stand for underscores.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let word = word.trim().to_lowercase().replace(['-', ' '], "_");
        ALL.iter().map(|step| step.id).find(|id| id.as_word() == word)
    }

    /// What is known and said of it.
    ///
    /// # Panics
    /// Never: a test holds that every step is in the list.
    #[must_use]
    pub fn step(self) -> &'static Step {
        ALL.iter().find(|step| step.id == self).expect("every step is in the list")
    }
}

/// One of the six steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Which one.
    pub id: StepId,
    /// Its name, as a heading.
    pub title: &'static str,
    /// What to do, in one sentence.
    pub tonight: &'static str,
    /// Its variants: at least one. One experiment tests one of them against the usual night.
    pub arms: &'static [Arm],
    /// How to do it, and what is known.
    pub guide: &'static [Section],
    /// A timed run of movements, breathing and rest; empty where the step has none.
    pub sequence: &'static [Move],
    /// The question whether it was done.
    pub question: Question,
    /// How fast it can be switched on and off, and what is left over.
    pub pace: Pace,
    /// What it asks of the person.
    pub burden: Burden,
    /// The outcome that is judged unless the person declares another one.
    pub first_outcome: Outcome,
    /// What is believed of its effect before it is tried.
    pub prior: Prior,
    /// When to stop, each as an instruction.
    pub stop_rules: &'static [&'static str],
    /// Who must not do it, or not in one form.
    pub contraindications: &'static [Contraindication],
    /// What was read.
    pub references: &'static [Reference],
}

impl Step {
    /// The arm of that word.
    #[must_use]
    pub fn arm(&self, word: &str) -> Option<&'static Arm> {
        let word = word.trim().to_lowercase().replace(['-', ' '], "_");
        self.arms.iter().find(|arm| arm.id == word)
    }

    /// Whether the person has to name the time at which they will get up before it starts.
    #[must_use]
    pub fn needs_rise_time(&self) -> bool {
        self.id == StepId::Schedule
    }

    /// The drawings of its guide, its arms and its sequence, each once, by word.
    #[must_use]
    pub fn drawings(&self) -> Vec<&'static str> {
        let of_guide = self.guide.iter().flat_map(|section| section.drawings);
        let of_arms = self.arms.iter().flat_map(|arm| arm.drawings);
        let of_moves = self.sequence.iter().filter_map(|each| each.drawing.as_ref());
        let mut drawings: Vec<&str> = Vec::new();
        for drawing in of_guide.chain(of_arms).chain(of_moves) {
            if !drawings.contains(drawing) {
                drawings.push(drawing);
            }
        }
        drawings
    }
}

/// Where the minutes of a graded goal stand in a sentence about a day.
pub const GOAL: &str = "for the minutes of your goal";
/// Where the rise time that the person named stands in a sentence about a night.
pub const RISE_TIME: &str = "your rise time";

/// A variant of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arm {
    /// Its word, unique within the step.
    pub id: &'static str,
    /// Its name.
    pub title: &'static str,
    /// What to do on a night or day that is assigned to it.
    pub tonight: &'static str,
    /// Its drawings, by word.
    pub drawings: &'static [&'static str],
}

/// A part of a guide.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Section {
    /// Heading.
    pub heading: &'static str,
    /// Running text.
    pub text: &'static str,
    /// Points, where a list reads better.
    pub points: &'static [&'static str],
    /// Drawings beside it, by word.
    pub drawings: &'static [&'static str],
}

/// One part of a timed sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// Its word, unique within the sequence.
    pub id: &'static str,
    /// Its name.
    pub title: &'static str,
    /// How to do it.
    pub how: &'static str,
    /// Seconds; on each side where it has two.
    pub seconds: u32,
    /// Whether it is done once or on both sides.
    pub sides: Sides,
    /// Its drawing, by word.
    pub drawing: Option<&'static str>,
}

/// Whether a movement has sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// Done once.
    One,
    /// Done left and right.
    Both,
}

impl Move {
    /// Seconds altogether.
    #[must_use]
    pub const fn total_seconds(&self) -> u32 {
        match self.sides {
            Sides::One => self.seconds,
            Sides::Both => 2 * self.seconds,
        }
    }
}

/// The question whether a step was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The question, which can be answered with yes, partly or no, whatever was assigned.
    pub text: &'static str,
    /// When it is put.
    pub asked: Asked,
}

/// When the question is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The morning after: what happens in bed is not known before.
    NextMorning,
    /// The same evening.
    Evening,
}

/// How fast a step can be switched on and off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// By the night, or by the block.
    pub kind: PaceKind,
    /// Nights of one block: 1 for a fast step, whose nights are shuffled in fours.
    pub block_nights: u32,
    /// First nights of a block that are left out, because the former block still shows.
    pub washout_nights: u32,
    /// Why, and what is left over from one night to the next.
    pub carry_over: &'static str,
}

/// By the night, by the block, or once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaceKind {
    /// It can change from night to night: nights are randomised.
    Fast,
    /// It needs days to act or cannot be switched at will: blocks are randomised.
    Slow,
    /// It begins once and stays: only its start is randomised, and the evidence is weaker.
    Once,
}

impl PaceKind {
    /// The word for it in JSON.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Slow => "slow",
            Self::Once => "once",
        }
    }
}

/// What a step asks of the person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Burden {
    /// Effortless or burdensome.
    pub kind: BurdenKind,
    /// Minutes a day.
    pub minutes: u32,
    /// The cost in pain points that is set against its expected gain when steps are put in order: a judgement.
    pub points: f64,
    /// What it costs, in words.
    pub words: &'static str,
}

/// Effortless or burdensome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BurdenKind {
    /// Next to no effort.
    Effortless,
    /// Time, money or discipline.
    Burdensome,
}

impl BurdenKind {
    /// How many points of 10 the step has to change to be worth it, unless the person says otherwise.
    #[must_use]
    pub const fn worth_it(self) -> f64 {
        match self {
            Self::Effortless => 0.5,
            Self::Burdensome => 1.0,
        }
    }
}

/// What is believed of the effect on pain (0–10 points, fewer is negative) before the step is tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// Mean, points.
    pub mean: f64,
    /// Standard deviation between people, points.
    pub sd: f64,
    /// Where it comes from.
    pub source: &'static str,
}

/// Somebody who must not do a step, or not in one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contraindication {
    /// What has to be ruled out.
    pub condition: Condition,
    /// What it closes.
    pub closes: Closes,
    /// Why, and what to do instead.
    pub why: &'static str,
}

/// What a contraindication closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closes {
    /// The whole step.
    Step,
    /// These arms of it.
    Arms(&'static [&'static str]),
}

/// Something that was read about a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// Authors, year, journal.
    pub citation: &'static str,
    /// Digital object identifier or PubMed Central number.
    pub locator: &'static str,
    /// How far it can be trusted for this step.
    pub grade: Grade,
    /// What it found, in a sentence.
    pub found: &'static str,
}

/// How far a finding can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grade {
    /// Randomised trials or a meta-analysis of them.
    A,
    /// Several cohort, diary or other observational studies.
    B,
    /// One study or a few small ones, a laboratory, or a pilot.
    C,
    /// Mixed, negative, or expert opinion only.
    D,
}

impl Grade {
    /// The letter.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
        }
    }

    /// What the letter stands for.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::A => "randomised trials or a meta-analysis",
            Self::B => "several cohort, diary or other observational studies",
            Self::C => "one study or a few small ones, a laboratory or a pilot",
            Self::D => "mixed, negative, or expert opinion",
        }
    }
}

/// What the best trial of self-run experiments found, and what is done differently here. Shown wherever steps are.
pub const HONEST_CONTEXT: &str = "The best trial of app-run experiments on oneself in muscle and joint pain (PREEMPT, 215 people, 10.1001/jamainternmed.2018.3981) found no significant benefit on average over usual care. nightmend does some things differently: it tests small steps for sleep and back, one at a time; nights are drawn by lot before the start and cannot be changed afterwards; one outcome is declared and judged; its rate of false findings is measured and published; and “too early” and “no clear change” are ordinary answers. Whether that makes a difference on average has not been tested.";

/// The same for whoever reads about a step before answering anything.
pub const NOT_FOR_ANYBODY_WHILE: &str = "Not while your answers to the safety questions hold a sign that a clinician should look at first, nor while you think of harming yourself: then help comes first, and “Get help now” says where. And only from the age of 16.";

/// Closes every step: experiments stop where these hold or may hold.
pub const CLOSES_EVERYTHING: &[Contraindication] = &[
    Contraindication {
        condition: Condition::RedFlag,
        closes: Closes::Step,
        why: "Your answers include something that should be looked at by a clinician first; no experiment starts or goes on until then.",
    },
    Contraindication {
        condition: Condition::Suicidal,
        closes: Closes::Step,
        why: "You come first. Please talk to somebody today: your GP, or a crisis line; in danger call your emergency number. Experiments wait.",
    },
    Contraindication {
        condition: Condition::Under16,
        closes: Closes::Step,
        why: "nightmend is for people aged 16 and over; back pain in younger people should be looked at by a clinician.",
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn unique<'a>(words: impl IntoIterator<Item = &'a str>) -> bool {
        let mut seen = BTreeSet::new();
        words.into_iter().all(|word| seen.insert(word))
    }

    fn is_word(text: &str) -> bool {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    }

    #[test]
    fn there_are_six_steps_with_words_of_their_own() {
        assert_eq!(ALL.len(), 6);
        assert!(unique(ALL.iter().map(|step| step.id.as_word())));
        assert!(unique(ALL.iter().map(|step| step.title)));
        for step in ALL {
            assert_eq!(StepId::from_word(step.id.as_word()), Some(step.id));
            assert_eq!(StepId::from_word(&step.id.as_word().replace('_', "-")), Some(step.id));
            assert_eq!(step.id.step(), step);
        }
    }

    #[test]
    fn every_step_says_what_to_do_how_to_stop_and_what_is_known() {
        for step in ALL {
            let name = step.id.as_word();
            assert!(!step.arms.is_empty() && !step.guide.is_empty(), "{name}");
            assert!(!step.stop_rules.is_empty() && !step.references.is_empty(), "{name}");
            assert!(!step.contraindications.is_empty(), "{name}");
            assert!(step.question.text.ends_with('?'), "{name}");
            assert!(!step.drawings().is_empty(), "{name} has no drawing");
            for sentence in [step.tonight].into_iter().chain(step.arms.iter().map(|arm| arm.tonight)) {
                let ends = sentence.matches(". ").count();
                assert!(sentence.ends_with('.') && ends == 0, "{name}: not one sentence: {sentence}");
                assert!(!sentence.contains(RISE_TIME) || step.needs_rise_time(), "{name}: {sentence}");
            }
        }
    }

    #[test]
    fn arms_sections_and_moves_have_words_of_their_own() {
        for step in ALL {
            let name = step.id.as_word();
            assert!(unique(step.arms.iter().map(|arm| arm.id)), "{name}");
            assert!(unique(step.guide.iter().map(|section| section.heading)), "{name}");
            assert!(unique(step.sequence.iter().map(|each| each.id)), "{name}");
            for arm in step.arms {
                assert!(is_word(arm.id) && arm.id != "usual", "{name}: {}", arm.id);
                assert_eq!(step.arm(arm.id), Some(arm));
            }
            for each in step.sequence {
                assert!(is_word(each.id) && (15..=900).contains(&each.seconds), "{name}: {}", each.id);
            }
            for drawing in step.drawings() {
                assert!(is_word(drawing), "{name}: {drawing}");
            }
        }
    }

    #[test]
    fn every_reference_can_be_found_and_every_grade_is_borne_out() {
        for step in ALL {
            for Reference { citation, locator, found, .. } in step.references {
                assert!(citation.chars().any(|c| c.is_ascii_digit()) && found.ends_with('.'), "{citation}");
                assert!(locator.starts_with("10.") || locator.starts_with("PMC"), "{locator}");
            }
        }
    }

    #[test]
    fn nothing_uncertain_or_american_is_shown() {
        let texts = |step: &Step| {
            let mut texts = vec![step.title, step.tonight, step.question.text, step.burden.words];
            texts.extend([step.pace.carry_over, step.prior.source]);
            texts.extend(step.arms.iter().flat_map(|arm| [arm.title, arm.tonight]));
            texts.extend(step.guide.iter().flat_map(|each| [each.heading, each.text]));
            texts.extend(step.guide.iter().flat_map(|each| each.points).copied());
            texts.extend(step.sequence.iter().flat_map(|each| [each.title, each.how]));
            texts.extend(step.stop_rules);
            texts.extend(step.contraindications.iter().map(|each| each.why));
            texts.extend(step.references.iter().flat_map(|each| [each.citation, each.found]));
            texts
        };
        for step in ALL {
            for text in texts(step) {
                for word in ["[U]", "[V]", "[M]", "MEM", "color", "center", "randomiz", "TODO"] {
                    assert!(!text.contains(word), "{}: {word} in {text}", step.id.as_word());
                }
            }
        }
    }

    #[test]
    fn paces_and_priors_make_sense() {
        for step in ALL {
            let (name, pace) = (step.id.as_word(), step.pace);
            match pace.kind {
                PaceKind::Fast => assert_eq!((pace.block_nights, pace.washout_nights), (1, 0), "{name}"),
                PaceKind::Slow | PaceKind::Once => {
                    assert!((7..=14).contains(&pace.block_nights), "{name}");
                    assert!(2 * pace.washout_nights < pace.block_nights, "{name}");
                }
            }
            assert!(
                (-1.0..=0.0).contains(&step.prior.mean) && (0.3..=1.0).contains(&step.prior.sd),
                "{name}"
            );
            assert!((0.0..=1.0).contains(&step.burden.points), "{name}");
        }
    }

    #[test]
    fn contraindications_close_what_there_is_and_leave_every_arm_to_somebody() {
        for step in ALL {
            for each in step.contraindications {
                if let Closes::Arms(arms) = each.closes {
                    assert!(!arms.is_empty());
                    for arm in arms {
                        assert!(step.arm(arm).is_some(), "{}: {arm}", step.id.as_word());
                    }
                }
                assert!(CLOSES_EVERYTHING.iter().all(|all| all.condition != each.condition));
            }
        }
    }
}
