//! Holds what a figure needs to know, so that the terminal and the SVG twin draw the same.

use jiff::civil::{Date, DateTime};
use nightmend_domain::estimate::{Interval, MeanSd, Summary, Told};

/// One quantity with its intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct IntervalRow {
    /// What it is, for example "Sleep to pain".
    pub label: String,
    /// Its unit, for example "points per hour"; rows of one unit that follow each other share a scale.
    pub unit: String,
    /// Posterior mean.
    pub mean: f64,
    /// 50 % interval, drawn thick.
    pub ci50: Interval,
    /// 90 % interval, drawn thin.
    pub ci90: Interval,
    /// What may be said of it.
    pub verdict: Verdict,
}

/// What may be said of a quantity; decided elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// An arrow that the claim rule lets be told.
    Clear,
    /// An arrow that it does not.
    CannotTellYet,
    /// A quantity about which no claim is made.
    Plain,
}

impl Verdict {
    /// The words beside the figure; empty where no claim is made.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::CannotTellYet => "cannot tell yet",
            Self::Plain => "",
        }
    }
}

impl From<Told> for Verdict {
    fn from(told: Told) -> Self {
        match told {
            Told::Clear => Self::Clear,
            Told::CannotTellYet => Self::CannotTellYet,
        }
    }
}

impl IntervalRow {
    /// The row of a posterior.
    #[must_use]
    pub fn of(label: &str, unit: &str, summary: &Summary, verdict: Verdict) -> Self {
        Self {
            label: label.to_owned(),
            unit: unit.to_owned(),
            mean: summary.mean,
            ci50: summary.ci50,
            ci90: summary.ci90,
            verdict,
        }
    }

    /// Whether every number of it can be drawn.
    pub(crate) fn is_drawable(&self) -> bool {
        let Self { mean, ci50, ci90, .. } = self;
        [*mean, ci50.low, ci50.high, ci90.low, ci90.high].iter().all(|number| number.is_finite())
    }
}

/// What follows one night, day after day.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// What is drawn, for example "Pain after a night 3 hours short".
    pub title: String,
    /// The unit of the values, for example "points".
    pub unit: String,
    /// One posterior a day, from the day after the night on.
    pub days: Vec<Summary>,
}

/// One line of an actogram: the night that ended on `date`, and how the day after it hurt.
#[derive(Debug, Clone, PartialEq)]
pub struct NightRow {
    /// The date of waking.
    pub date: Date,
    /// What is known of the 24 hours from noon before `date` to its noon, naps included; empty where nothing is.
    pub spans: Vec<SleepSpan>,
    /// Minutes asleep in the main sleep, where known.
    pub minutes_asleep: Option<f64>,
    /// Pain of the day, where known.
    pub pain: Option<PainMark>,
}

/// A stretch of time as the clock on the wall showed it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SleepSpan {
    /// From.
    pub from: DateTime,
    /// To; on the next date where it is past midnight.
    pub to: DateTime,
    /// What it was.
    pub level: SpanLevel,
}

/// What a stretch of time was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpanLevel {
    /// In bed, not known to be asleep.
    InBed,
    /// Asleep.
    Asleep,
    /// A sleep that is not the main one.
    Nap,
}

/// A pain score with the ends of its scale, more being worse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PainMark {
    /// The score.
    pub value: f64,
    /// Least on its scale.
    pub minimum: f64,
    /// Most on its scale.
    pub maximum: f64,
}

impl PainMark {
    /// How far up its scale the score is, 0 to 1.
    pub(crate) fn share(self) -> f64 {
        let range = self.maximum - self.minimum;
        let share = (self.value - self.minimum) / range;
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// Both arrows of a loop.
#[derive(Debug, Clone, PartialEq)]
pub struct LoopFigure {
    /// Sleep to the pain of the day after.
    pub sleep_to_pain: ArrowFigure,
    /// Pain to the sleep of the night after.
    pub pain_to_sleep: ArrowFigure,
}

/// One arrow of the loop figure.
#[derive(Debug, Clone, PartialEq)]
pub struct ArrowFigure {
    /// The effect in SDs per SD, so that both arrows can be compared by eye.
    pub standardised: MeanSd,
    /// The effect in natural units, for example "0.5 points less per hour".
    pub effect: String,
    /// What may be said of it.
    pub verdict: Verdict,
}
