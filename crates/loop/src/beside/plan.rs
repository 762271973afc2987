//! Turns what stands beside a series into standardised columns and channels, with their priors.

use nightmend_domain::Moment;
use nightmend_domain::beside::ActsOn;
use nightmend_domain::estimate::{MeanSd, MeasurementError, Standardisation};

use super::said::{Covariate, Said};
use crate::data::{PainMeasure, Series, SleepMeasure, centre_and_spread};
use crate::fit::{Level, LoopSettings};

/// Marks of gaps that correlate by more than this are one.
const SAME_GAPS: f64 = 0.8;

/// How many other channels of a night can stand beside the main one.
pub const OTHER_CHANNELS: usize = 3;

/// From more covariates than this on, their effects share a scale that is learned.
pub const SHRUNK_BEYOND: usize = 5;

/// From this share of unknown days on, a covariate brings a term for the days without it.
const UNKNOWN_SHARE: f64 = 0.05;
/// And from this many.
const UNKNOWN_DAYS: usize = 5;

/// One column that pushes one state.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name among the parameters.
    pub name: String,
    /// The state it pushes: 0 for the night.
    pub state: usize,
    /// Its value on each day of the series, standardised; zero where unknown, which is its mean.
    pub values: Vec<f64>,
    /// The prior of its coefficient.
    pub prior: MeanSd,
    /// What it is.
    pub kind: Kind,
}

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A covariate of the series.
    Covariate {
        /// Its place there.
        index: usize,
        /// What it acts on.
        on: ActsOn,
        /// By how many dates it comes before.
        days_before: u8,
        /// Its standard deviation, in its own unit.
        spread: f64,
        /// On how many days that count it is known.
        known: u32,
        /// On how many it is not.
        unknown: u32,
    },
    /// Marks the days on which a covariate is not known.
    Unknown,
    /// The squared distance of the observed hours from their mean, less its own mean.
    Curve {
        /// The mean of the hours.
        around: f64,
    },
}

/// Another channel of the night, standardised.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedChannel {
    /// The values.
    pub values: Vec<Option<f64>>,
    /// What they were standardised by.
    pub scale: MeanSd,
    /// Priors of offset, loading and the logarithm of the error.
    pub priors: [MeanSd; 3],
}

/// Which sleep channel was rated in the minute in which the pain on waking was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rated {
    /// The main one.
    Main,
    /// One of the others, by its place.
    Other(usize),
}

/// Everything that stands beside the loop for one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What pushes the states.
    pub columns: Vec<Column>,
    /// The other channels of the night.
    pub channels: Vec<PlannedChannel>,
    /// The prior of the correlation between two residuals of one minute, and the channel that was rated.
    pub rated: Option<(Rated, MeanSd)>,
    /// The priors of how far both levels wander in 30 days (on the log scale), where they do.
    pub local: Option<[MeanSd; 2]>,
    /// The scale of the common half-t prior of the covariates, where they are shrunk together.
    pub shrunk: Option<f64>,
    /// The standard deviation of a covariate's prior, and the most that shrinking leaves it.
    pub widest: f64,
}

impl Plan {
    /// Plans for a series with (`half_day`) or without the later report.
    #[must_use]
    pub fn new(series: &Series, spread: &Standardisation, settings: &LoopSettings, half_day: bool) -> Self {
        let priors = settings.priors.beside();
        let error = settings.measurement_error;
        let mut columns: Vec<Column> = Vec::new();
        for (index, covariate) in series.covariates().iter().enumerate() {
            let prior = MeanSd { mean: 0.0, sd: priors.covariate_sd };
            columns.extend(columns_of(series, index, covariate, half_day, prior));
        }
        drop_repeated_gaps(&mut columns);
        let shrunk = (series.covariates().len() > SHRUNK_BEYOND && !columns.is_empty())
            .then_some(priors.shrinkage_scale);
        if settings.curve {
            columns.extend(curve(series, priors.curve_sd / spread.pain.sd));
        }
        // Without error two channels of one night cannot differ, so that they are not looked at together.
        let with_error = error != MeasurementError::None;
        let others = if with_error { series.channels() } else { &[] };
        let channels: Vec<PlannedChannel> = others
            .iter()
            .take(OTHER_CHANNELS)
            .filter_map(|channel| {
                let same_unit = in_hours(&channel.measure) && in_hours(&series.sleep_measure);
                let scale = if same_unit { spread.sleep } else { centre_and_spread(&channel.values)? };
                let loading = if same_unit { priors.loading_same_unit } else { priors.loading_other_unit };
                Some(PlannedChannel {
                    values: channel
                        .values
                        .iter()
                        .map(|value| value.map(|value| (value - scale.mean) / scale.sd))
                        .collect(),
                    scale,
                    priors: [
                        priors.offset,
                        loading,
                        settings.priors.sleep_error(&channel.measure, scale.sd, error),
                    ],
                })
            })
            .collect();
        let rated =
            with_error.then(|| rated(series)).flatten().map(|rated| (rated, priors.rating_correlation));
        let local = (settings.level == Level::Local).then_some([priors.wander; 2]);
        Self { columns, channels, rated, local, shrunk, widest: priors.covariate_sd }
    }

    /// The plan of a loop that nothing stands beside.
    #[must_use]
    pub fn nothing() -> Self {
        let (columns, channels) = (Vec::new(), Vec::new());
        Self { columns, channels, rated: None, local: None, shrunk: None, widest: 0.0 }
    }

    /// Whether nothing stands beside the loop.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty() && self.channels.is_empty() && self.rated.is_none() && self.local.is_none()
    }

    /// Returns how many columns push the night, and how many the pain.
    #[must_use]
    pub fn pushing(&self) -> [usize; 2] {
        let night = self.columns.iter().filter(|column| column.state == 0).count();
        [night, self.columns.len() - night]
    }
}

/// Returns which channel of the night was rated together with the pain on waking.
fn rated(series: &Series) -> Option<Rated> {
    let is_rating = |measure: &SleepMeasure| matches!(measure, SleepMeasure::Rating { .. });
    if series.moment != Moment::Waking
        || !matches!(series.pain_measure, PainMeasure::Nrs | PainMeasure::Rating)
    {
        None
    } else if is_rating(&series.sleep_measure) {
        Some(Rated::Main)
    } else {
        let others = series.channels().iter().take(OTHER_CHANNELS);
        others.map(|channel| &channel.measure).position(is_rating).map(Rated::Other)
    }
}

fn in_hours(measure: &SleepMeasure) -> bool {
    matches!(measure, SleepMeasure::HoursDiary | SleepMeasure::HoursDevice)
}

/// Returns where a covariate acts: state, what it acts on, and by how many dates it comes before.
fn places(said: Said, moment: Moment, half_day: bool) -> [(usize, ActsOn, u8); 2] {
    let night = (0, ActsOn::Night, u8::from(said != Said::Night));
    let pain = match (said, half_day) {
        (Said::Evening, _) => (1, ActsOn::Pain, 1),
        (Said::Night, _) => (1, ActsOn::Pain, 0),
        (Said::Day, true) => (2, ActsOn::Pain, 0),
        (Said::Day, false) => (1, ActsOn::Pain, u8::from(moment == Moment::Waking)),
    };
    [night, pain]
}

fn columns_of(
    series: &Series,
    index: usize,
    covariate: &Covariate,
    half_day: bool,
    prior: MeanSd,
) -> Vec<Column> {
    let mut columns = Vec::new();
    for (state, on, days_before) in places(covariate.said, series.moment, half_day) {
        let outcome = match state {
            0 => series.sleep(),
            1 => series.pain(),
            _ => series.evening(),
        };
        let at = |day: usize| {
            day.checked_sub(days_before.into()).and_then(|day| covariate.values.get(day).copied().flatten())
        };
        let taken: Vec<Option<f64>> = (0..series.len()).map(at).collect();
        let Some(scale) = centre_and_spread(&taken) else { continue };
        let counts = |day: &usize| outcome.get(*day).copied().flatten().is_some();
        let known = (0..series.len()).filter(counts).filter(|day| taken[*day].is_some()).count();
        let unknown = (0..series.len()).filter(counts).count() - known;
        let (known, unknown) = (known as u32, unknown as u32);
        let short = on.as_word();
        columns.push(Column {
            name: format!("{}_{short}", covariate.name),
            state,
            values: taken
                .iter()
                .map(|value| value.map_or(0.0, |value| (value - scale.mean) / scale.sd))
                .collect(),
            prior,
            kind: Kind::Covariate { index, on, days_before, spread: scale.sd, known, unknown },
        });
        let missing: Vec<Option<f64>> =
            taken.iter().map(|value| Some(f64::from(u8::from(value.is_none())))).collect();
        let many = unknown as usize >= UNKNOWN_DAYS
            && f64::from(unknown) >= UNKNOWN_SHARE * f64::from(known + unknown);
        if let (true, Some(scale)) = (many, centre_and_spread(&missing)) {
            let values = missing.iter().flatten().map(|value| (value - scale.mean) / scale.sd).collect();
            let name = format!("{}_unknown_{short}", covariate.name);
            columns.push(Column { name, state, values, prior, kind: Kind::Unknown });
        }
    }
    columns
}

/// Leaves one of the columns that mark the same gaps: a check-in that was passed over leaves everything blank at once.
fn drop_repeated_gaps(columns: &mut Vec<Column>) {
    let mut kept: Vec<Column> = Vec::with_capacity(columns.len());
    for column in columns.drain(..) {
        // Standardised columns: the mean of the products is their correlation, but for n / (n - 1).
        let same = |other: &Column| {
            let products: f64 = other.values.iter().zip(&column.values).map(|(a, b)| a * b).sum();
            other.kind == Kind::Unknown
                && other.state == column.state
                && products > SAME_GAPS * column.values.len() as f64
        };
        if column.kind != Kind::Unknown || !kept.iter().any(same) {
            kept.push(column);
        }
    }
    *columns = kept;
}

/// Returns the column of the bend: where sleep is in hours, its squared distance from the mean of what was observed.
fn curve(series: &Series, sd: f64) -> Option<Column> {
    if !in_hours(&series.sleep_measure) {
        return None;
    }
    let around = centre_and_spread(series.sleep())?.mean;
    let squares: Vec<Option<f64>> =
        series.sleep().iter().map(|hours| hours.map(|hours| (hours - around).powi(2))).collect();
    let centre = centre_and_spread(&squares)?.mean;
    Some(Column {
        name: "b2_sp".to_owned(),
        state: 1,
        values: squares.iter().map(|square| square.map_or(0.0, |square| square - centre)).collect(),
        prior: MeanSd { mean: 0.0, sd },
        kind: Kind::Curve { around },
    })
}

impl Kind {
    /// Whether its coefficient is among those that are shrunk together.
    pub(super) fn is_shrunk(self) -> bool {
        !matches!(self, Self::Curve { .. })
    }
}
