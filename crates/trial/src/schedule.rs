//! Decides who may shorten their time in bed, by how much, and how the window moves week by week.
//!
//! These are house rules for a gentle form of sleep restriction, stricter than the clinical one on purpose: a person
//! does this alone. The default is always a regular rise time, which needs no gate. Averages come from the diary, never
//! from a device, which sees more sleep than there was.
//!
//! Sources: mean sleep time plus 30 minutes and a floor of 5 to 5.5 hours as in published guides to sleep restriction;
//! steps of 15 minutes at 85 %; the cost in alertness of the first weeks from Kyle 2014 (n = 16; 91, 78 and 69 minutes
//! less sleep on nights 1, 8 and 22, lapses gone at 3 months), hence [`DRIVING_WARNING_DAYS`].

use nightmend_domain::{Condition, Minutes, Percent, SafetyAnswers};

/// The window is never shorter, minutes.
pub const SHORTEST_WINDOW: f64 = 330.0;
/// The window is never longer, minutes.
pub const LONGEST_WINDOW: f64 = 510.0;
/// Diary nights before a window can be worked out.
pub const NIGHTS_NEEDED: u32 = 7;
/// Nights of a week before the window moves.
pub const NIGHTS_A_WEEK_NEEDED: u32 = 5;
/// For so long after the start the warning about driving is shown: four weeks.
pub const DRIVING_WARNING_DAYS: u32 = 28;
/// Shown for [`DRIVING_WARNING_DAYS`] from the start of a shortened window.
pub const DRIVING_WARNING: &str = "A shorter time in bed makes most people sleepier for the first weeks. Do not drive or use dangerous machines when you feel sleepy. If you nod off, or nearly, while driving, stop the step at once and do not drive until the sleepiness has gone.";

/// What closes the gate to a shorter window, in the order of their words.
pub const BLOCKERS: &[Condition] = &[
    Condition::Bipolar,
    Condition::DozedDriving,
    Condition::FrailFalls,
    Condition::LowMood,
    Condition::NightShifts,
    Condition::Parasomnia,
    Condition::Pregnant,
    Condition::Psychosis,
    Condition::RegularOpioidOrSedative,
    Condition::SafetyCriticalJob,
    Condition::Seizures,
    Condition::Suicidal,
    Condition::Under18,
    Condition::UntreatedOsaSuspected,
];

/// What the diary says of the nights so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DiaryAverages {
    /// Nights with both numbers.
    pub recorded_nights: u32,
    /// Mean TST.
    pub tst: Minutes,
    /// Mean TIB.
    pub tib: Minutes,
}

/// What the gate lets a person do.
#[derive(Debug, Clone, PartialEq)]
pub enum Gate {
    /// Fewer than [`NIGHTS_NEEDED`] diary nights: keep the diary first.
    CollectMore {
        /// Nights still missing.
        missing: u32,
    },
    /// Safety questions that were never answered: no answer is not a no.
    AskFirst(Vec<Condition>),
    /// A regular rise time only: something speaks against a window, or there is nothing to shorten (then empty).
    RegularTimesOnly {
        /// What speaks against it, by word.
        blocked_by: Vec<Condition>,
    },
    /// A gentle window of that length may be tried.
    GentleWindow(Minutes),
}

/// Whether a shorter window may be offered, from what the person answered. "Not sure" closes the gate as a yes does.
#[must_use]
pub fn schedule_gate(averages: DiaryAverages, answers: &SafetyAnswers) -> Gate {
    let held: Vec<Condition> = BLOCKERS.iter().copied().filter(|each| answers.may_hold(*each)).collect();
    let open: Vec<Condition> =
        BLOCKERS.iter().copied().filter(|each| answers.answer(*each).is_none()).collect();
    match gate_of(averages, &held) {
        Gate::GentleWindow(_) if !open.is_empty() => Gate::AskFirst(open),
        gate => gate,
    }
}

/// The gate once it is known what holds.
///
/// ```
/// use nightmend_domain::Minutes;
/// use nightmend_trial::schedule::{DiaryAverages, Gate, gate_of};
/// let averages = DiaryAverages {
///     recorded_nights: 14,
///     tst: Minutes::new(360.0)?,
///     tib: Minutes::new(540.0)?,
/// };
/// // 360 asleep + 30 = 390, already a quarter of an hour, and shorter than 540 in bed.
/// assert_eq!(gate_of(averages, &[]), Gate::GentleWindow(Minutes::new(390.0)?));
/// # Ok::<(), nightmend_domain::UnitError>(())
/// ```
#[must_use]
pub fn gate_of(averages: DiaryAverages, held: &[Condition]) -> Gate {
    const SPARE: f64 = 30.0;
    const QUARTER: f64 = 15.0;
    let DiaryAverages { recorded_nights, tst, tib } = averages;
    if recorded_nights < NIGHTS_NEEDED {
        return Gate::CollectMore { missing: NIGHTS_NEEDED - recorded_nights };
    }
    let mut blocked_by: Vec<Condition> =
        held.iter().copied().filter(|each| BLOCKERS.contains(each)).collect();
    if !blocked_by.is_empty() {
        blocked_by.sort_by_key(|each| each.as_word());
        blocked_by.dedup();
        return Gate::RegularTimesOnly { blocked_by };
    }
    let window = (((tst.get() + SPARE) / QUARTER).ceil() * QUARTER).max(SHORTEST_WINDOW);
    match Minutes::new(window) {
        Ok(length) if window < tib.get() => Gate::GentleWindow(length),
        _ => Gate::RegularTimesOnly { blocked_by: Vec::new() },
    }
}

/// A week of a shortened window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowWeek {
    /// The window as it was.
    pub window: Minutes,
    /// Mean SE of the week, diary.
    pub efficiency: Percent,
    /// Diary nights of the week.
    pub nights_recorded: u32,
    /// The person was so sleepy by day that it worried them, or nodded off where they should not.
    pub sleepy_alert: bool,
    /// Pain of the week (its median) stands 2 points or more above the person's own median.
    pub pain_is_up: bool,
}

/// The window of the next week, and by how many minutes it moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowMove {
    /// The next window.
    pub window: Minutes,
    /// Minutes added (negative: taken off), after the limits.
    pub step: f64,
}

/// Moves the window once a week.
///
/// Sleepiness comes first and adds 30 minutes, however few nights there are. Then, from
/// [`NIGHTS_A_WEEK_NEEDED`] nights on: SE of 90 % or more adds 15 minutes, under 85 % takes off 15, unless pain is up;
/// between them it stays. Always within [`SHORTEST_WINDOW`] and [`LONGEST_WINDOW`].
#[must_use]
pub fn titrate(week: &WindowWeek) -> WindowMove {
    const RISES_AT: f64 = 90.0;
    const FALLS_BELOW: f64 = 85.0;
    let WindowWeek { window, efficiency, nights_recorded, sleepy_alert, pain_is_up } = *week;
    let wish = if sleepy_alert {
        30.0
    } else if nights_recorded < NIGHTS_A_WEEK_NEEDED {
        0.0
    } else if efficiency.get() >= RISES_AT {
        15.0
    } else if efficiency.get() < FALLS_BELOW && !pain_is_up {
        -15.0
    } else {
        0.0
    };
    if wish == 0.0 {
        return WindowMove { window, step: 0.0 };
    }
    let next = (window.get() + wish).clamp(SHORTEST_WINDOW, LONGEST_WINDOW);
    let moved = Minutes::new(next).unwrap_or(window);
    WindowMove { window: moved, step: moved.get() - window.get() }
}

/// How long people of an age are recommended to sleep (AASM/SRS 2015, 10.5665/sleep.4716, and the tables of the
/// National Sleep Foundation for the other ages).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DurationGoal {
    /// Under 16: nightmend is not offered.
    NotForThisAge,
    /// 16 and 17.
    Teen,
    /// 18 to 60.
    Adult,
    /// 61 to 64.
    LateAdult,
    /// From 65.
    OlderAdult,
}

impl DurationGoal {
    /// The goal for an age in whole years.
    #[must_use]
    pub const fn of_age(years: u32) -> Self {
        match years {
            0..=15 => Self::NotForThisAge,
            16..=17 => Self::Teen,
            18..=60 => Self::Adult,
            61..=64 => Self::LateAdult,
            _ => Self::OlderAdult,
        }
    }

    /// Hours a night, as they are written for people; nothing where nightmend is not offered.
    #[must_use]
    pub const fn hours(self) -> Option<&'static str> {
        match self {
            Self::NotForThisAge => None,
            Self::Teen => Some("8-10"),
            Self::Adult => Some("7+"),
            Self::LateAdult => Some("7-9"),
            Self::OlderAdult => Some("7-8"),
        }
    }

    /// The word for the group of ages.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::NotForThisAge => "not_for_this_age",
            Self::Teen => "teen",
            Self::Adult | Self::LateAdult => "adult",
            Self::OlderAdult => "older_adult",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nightmend_domain::SafetyAnswer;

    fn averages(recorded_nights: u32, tst: f64, tib: f64) -> DiaryAverages {
        DiaryAverages { recorded_nights, tst: Minutes::new(tst).unwrap(), tib: Minutes::new(tib).unwrap() }
    }

    fn window(minutes: f64) -> Gate {
        Gate::GentleWindow(Minutes::new(minutes).unwrap())
    }

    fn week(window: f64, efficiency: f64, nights_recorded: u32) -> WindowWeek {
        WindowWeek {
            window: Minutes::new(window).unwrap(),
            efficiency: Percent::new(efficiency).unwrap(),
            nights_recorded,
            sleepy_alert: false,
            pain_is_up: false,
        }
    }

    fn moved(week: WindowWeek) -> (f64, f64) {
        let WindowMove { window, step } = titrate(&week);
        (window.get(), step)
    }

    #[test]
    fn the_gate_has_sharp_edges() {
        assert_eq!(gate_of(averages(6, 360.0, 540.0), &[]), Gate::CollectMore { missing: 1 });
        assert_eq!(gate_of(averages(7, 240.0, 480.0), &[]), window(330.0));
        assert_eq!(gate_of(averages(7, 300.0, 480.0), &[]), window(330.0));
        assert_eq!(gate_of(averages(7, 300.5, 480.0), &[]), window(345.0));
        let nothing_to_shorten = Gate::RegularTimesOnly { blocked_by: Vec::new() };
        assert_eq!(gate_of(averages(7, 360.0, 390.0), &[]), nothing_to_shorten);
        assert_eq!(gate_of(averages(7, 360.0, 390.5), &[]), window(390.0));
    }

    #[test]
    fn every_blocker_closes_the_gate_alone_and_is_named() {
        for blocker in BLOCKERS {
            let gate = gate_of(averages(14, 360.0, 540.0), &[*blocker]);
            assert_eq!(gate, Gate::RegularTimesOnly { blocked_by: vec![*blocker] });
        }
        let other = gate_of(averages(14, 360.0, 540.0), &[Condition::HipReplacement]);
        assert_eq!(other, window(390.0));
        let mut words: Vec<&str> = BLOCKERS.iter().map(|each| each.as_word()).collect();
        words.sort_unstable();
        let given: Vec<&str> = BLOCKERS.iter().map(|each| each.as_word()).collect();
        assert_eq!(given, words);
    }

    #[test]
    fn no_answer_is_not_a_no_and_not_sure_is_a_yes() {
        let nights = averages(14, 360.0, 540.0);
        let mut answers = SafetyAnswers::default();
        assert!(
            matches!(schedule_gate(nights, &answers), Gate::AskFirst(open) if open.len() == BLOCKERS.len())
        );
        for blocker in BLOCKERS {
            answers.set(*blocker, SafetyAnswer::No);
        }
        assert_eq!(schedule_gate(nights, &answers), window(390.0));
        answers.set(Condition::Seizures, SafetyAnswer::NotSure);
        let blocked_by = vec![Condition::Seizures];
        assert_eq!(schedule_gate(nights, &answers), Gate::RegularTimesOnly { blocked_by });
    }

    #[test]
    fn the_window_moves_by_the_week() {
        assert_eq!(moved(week(390.0, 90.0, 5)), (405.0, 15.0));
        assert_eq!(moved(week(390.0, 89.99, 7)), (390.0, 0.0));
        assert_eq!(moved(week(390.0, 85.0, 7)), (390.0, 0.0));
        assert_eq!(moved(week(390.0, 84.99, 7)), (375.0, -15.0));
        assert_eq!(moved(week(390.0, 70.0, 4)), (390.0, 0.0));
        assert_eq!(moved(week(335.0, 70.0, 7)), (330.0, -5.0));
        assert_eq!(moved(week(510.0, 99.0, 7)), (510.0, 0.0));
    }

    #[test]
    fn safety_moves_it_first() {
        let sleepy =
            |nights_recorded| WindowWeek { sleepy_alert: true, ..week(390.0, 70.0, nights_recorded) };
        assert_eq!(moved(sleepy(7)), (420.0, 30.0));
        assert_eq!(moved(sleepy(1)), (420.0, 30.0));
        let sore = WindowWeek { pain_is_up: true, ..week(390.0, 70.0, 7) };
        assert_eq!(moved(sore), (390.0, 0.0));
        let sore_and_asleep = WindowWeek { pain_is_up: true, ..week(390.0, 95.0, 7) };
        assert_eq!(moved(sore_and_asleep), (405.0, 15.0));
    }

    #[test]
    fn goals_change_at_their_birthdays() {
        let of = |years| (DurationGoal::of_age(years).hours(), DurationGoal::of_age(years).as_word());
        assert_eq!(of(15), (None, "not_for_this_age"));
        assert_eq!([of(16), of(17)], [(Some("8-10"), "teen"); 2]);
        assert_eq!([of(18), of(60)], [(Some("7+"), "adult"); 2]);
        assert_eq!([of(61), of(64)], [(Some("7-9"), "adult"); 2]);
        assert_eq!([of(65), of(99)], [(Some("7-8"), "older_adult"); 2]);
    }
}
