//! Holds what a figure needs to know, so that the terminal and the SVG twin draw the same.

use jiff::civil::{Date, DateTime};
use nightmend_domain::estimate::{ArrowEstimate, Interval, MeanSd, Pulse, Summary, Told};
use nightmend_domain::{Minutes, Nap, Night, OffsetTimestamp};

use super::sentence::{self, MINUS};

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
    /// An arrow that it lets be told although a check failed or it is still mostly the prior.
    ClearWithCare,
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
            Self::ClearWithCare => "clear, with care",
            Self::CannotTellYet => "cannot tell yet",
            Self::Plain => "",
        }
    }
}

impl From<&ArrowEstimate> for Verdict {
    fn from(arrow: &ArrowEstimate) -> Self {
        match arrow.told {
            Told::Clear if !arrow.cautions.is_empty() => Self::ClearWithCare,
            told => told.into(),
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

    /// The row of an arrow, with its verdict.
    #[must_use]
    pub fn of_arrow(label: &str, arrow: &ArrowEstimate) -> Self {
        Self::of(label, &arrow.unit, &arrow.effect, arrow.into())
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

impl From<&Pulse> for Curve {
    fn from(pulse: &Pulse) -> Self {
        Self {
            title: format!("Pain after {}", pulse.change_in_words),
            unit: pulse.unit.clone(),
            days: pulse.curve.clone(),
        }
    }
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

impl NightRow {
    /// The row of an assembled night, with those naps that ended between the noons around it.
    ///
    /// From falling asleep to the last awakening counts as asleep here: how long the wakes between were is known of an
    /// assembled night, but not when they were.
    #[must_use]
    pub fn of(night: &Night, naps: &[Nap], pain: Option<PainMark>) -> Self {
        let date = night.date.date();
        let span = |from: Option<OffsetTimestamp>, to: Option<OffsetTimestamp>, level| {
            let (from, to) = (from?.civil(), to?.civil());
            (from < to).then_some(SleepSpan { from, to, level })
        };
        let (onset, end) = (night.sleep_onset.or(night.try_sleep), night.final_awakening);
        let in_bed = span(night.in_bed.or(onset), night.out_of_bed.or(end), SpanLevel::InBed);
        let asleep = span(onset, end, SpanLevel::Asleep);
        let noon = date.at(12, 0, 0, 0);
        let belongs = |nap: &SleepSpan| nap.to <= noon && noon.duration_since(nap.to).as_hours() < 24;
        let naps = naps.iter().filter_map(|nap| span(nap.start, nap.end, SpanLevel::Nap)).filter(belongs);
        Self {
            date,
            spans: in_bed.into_iter().chain(asleep).chain(naps).collect(),
            minutes_asleep: night.tst.map(Minutes::get),
            pain,
        }
    }
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

impl ArrowFigure {
    /// The arrow of an estimate, its effect in numbers.
    #[must_use]
    pub fn of(arrow: &ArrowEstimate) -> Self {
        let row = IntervalRow::of_arrow("", arrow);
        Self {
            standardised: arrow.standardised,
            effect: format!("{} {}", sentence::value_words(&row, MINUS), arrow.unit),
            verdict: arrow.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nightmend_domain::{NightDate, SleepMethod, SourceName, Zone};

    fn night() -> Night {
        let zone = Zone::named("Europe/London").unwrap();
        let at = |text: &str| Some(OffsetTimestamp::from_civil(text.parse().unwrap(), &zone).unwrap().0);
        Night {
            date: NightDate::of_waking("2025-03-10".parse().unwrap()),
            source: SourceName::new("diary").unwrap(),
            method: SleepMethod::Diary,
            in_bed: at("2025-03-09T22:40"),
            try_sleep: None,
            sleep_onset: at("2025-03-09T23:10"),
            final_awakening: at("2025-03-10T06:40"),
            out_of_bed: None,
            tst: Minutes::new(400.0).ok(),
            waso: None,
            sol: None,
            tib: None,
            spt: None,
            se: None,
            sme: None,
            awakenings: None,
            stages: None,
            quality: None,
            recalled: false,
            decisions: Vec::new(),
        }
    }

    fn nap(from: &str, to: &str) -> Nap {
        let zone = Zone::named("Europe/London").unwrap();
        let at = |text: &str| Some(OffsetTimestamp::from_civil(text.parse().unwrap(), &zone).unwrap().0);
        let date = to[..10].parse().unwrap();
        Nap { date, source: SourceName::new("diary").unwrap(), start: at(from), end: at(to), tst: None }
    }

    #[test]
    fn a_night_takes_the_naps_between_its_noons() {
        let naps = [
            nap("2025-03-09T14:00", "2025-03-09T14:40"),
            nap("2025-03-10T14:00", "2025-03-10T14:40"),
            nap("2025-03-09T11:00", "2025-03-09T11:40"),
        ];
        let row = NightRow::of(&night(), &naps, None);
        let levels: Vec<SpanLevel> = row.spans.iter().map(|span| span.level).collect();
        assert_eq!(levels, [SpanLevel::InBed, SpanLevel::Asleep, SpanLevel::Nap]);
        assert_eq!(row.spans[2].to.to_string(), "2025-03-09T14:40:00");
        assert_eq!(row.spans[0].to, row.spans[1].to);
        assert_eq!(row.minutes_asleep, Some(400.0));
    }

    #[test]
    fn a_night_without_times_has_no_span() {
        let row = NightRow::of(&Night { sleep_onset: None, final_awakening: None, ..night() }, &[], None);
        assert!(row.spans.is_empty());
    }
}
