//! Reads the one file of priors and turns it into numbers for a series.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use nightmend_domain::estimate::{MeanSd, MeasurementError, Standardisation};

use crate::data::{PainMeasure, SleepMeasure};
use crate::explicit::model::ExtraPriors;
use crate::half_day::model::{HALF_DAY_NAMES, HalfDayPriors};
use crate::model::{NAMES, PARAMETERS, Parameter};

/// The text of the file, as it is compiled in.
pub const TEXT: &str = include_str!("../priors.toml");

/// Why a file of priors cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the file of priors cannot be read: {0}; compare it with the one in crates/loop")]
pub struct PriorsError(String);

/// The priors of the loop, with their version and hash.
#[derive(Debug, Clone, PartialEq)]
pub struct Priors {
    file: File,
    hash: String,
}

/// Adds the log density of independent normal priors at `place`, up to a constant, to `value`, and writes its gradient.
pub(crate) fn weigh_in(mut value: f64, priors: &[MeanSd], place: &[f64], gradient: &mut [f64]) -> f64 {
    for ((slope, prior), place) in gradient.iter_mut().zip(priors).zip(place) {
        let off = (place - prior.mean) / prior.sd;
        value -= 0.5 * off * off;
        *slope = -off / prior.sd;
    }
    value
}

/// Returns the log density of independent normal priors at `place`, up to a constant.
pub(crate) fn log_prior(priors: &[MeanSd], place: &[f64]) -> f64 {
    let off = |(prior, place): (&MeanSd, &f64)| -0.5 * ((place - prior.mean) / prior.sd).powi(2);
    priors.iter().zip(place).map(off).sum()
}

/// The priors of every parameter of one series, in the order of [`NAMES`], on standardised series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeriesPriors {
    /// Mean and standard deviation of each parameter.
    pub parameters: [MeanSd; PARAMETERS],
    /// Standard deviation of the first day's state.
    pub first_state_sd: f64,
    /// Whether measurement error is part of the model at all.
    pub with_measurement_error: bool,
}

impl Priors {
    /// Reads priors from the text of a file.
    ///
    /// # Errors
    /// [`PriorsError`] where the text does not have the form of `priors.toml`.
    pub fn parse(text: &str) -> Result<Self, PriorsError> {
        let file: File = toml::from_str(text).map_err(|error| PriorsError(error.to_string()))?;
        let hash = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { file, hash })
    }

    /// Returns the priors that are compiled in.
    ///
    /// # Panics
    /// Never in a released build: a test reads the same text.
    #[must_use]
    pub fn built_in() -> Self {
        Self::parse(TEXT).expect("the built-in priors are read by a test")
    }

    /// Returns version and the first 16 hex digits of the SHA-256 of the text.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} ({})", self.file.version, &self.hash[..16])
    }

    /// Returns the priors for series of this kind and spread.
    #[must_use]
    pub fn for_series(
        &self,
        sleep: &SleepMeasure,
        pain: PainMeasure,
        spread: &Standardisation,
        error: MeasurementError,
    ) -> SeriesPriors {
        let listed = &self.file.parameters;
        let pain_error = match pain {
            PainMeasure::Nrs => self.file.error.pain.nrs,
            PainMeasure::Rating => self.file.error.pain.rating,
        };
        let b_sp = match sleep {
            SleepMeasure::Rating { .. } | SleepMeasure::PoorNightTick { .. } => self.file.b_sp.rating,
            SleepMeasure::HoursDiary | SleepMeasure::HoursDevice | SleepMeasure::Index { .. } => {
                self.file.b_sp.hours
            }
        };
        let parameters = Parameter::ALL.map(|parameter| match parameter {
            Parameter::MeanSleep => listed.mean_s.into(),
            Parameter::MeanPain => listed.mean_p.into(),
            Parameter::AtanhPhiSleep => listed.atanh_phi_s.into(),
            Parameter::AtanhPhiPain => listed.atanh_phi_p.into(),
            Parameter::SleepToPain => b_sp.into(),
            Parameter::PainToSleep => listed.b_ps.into(),
            Parameter::LnSigmaSleep => listed.ln_sigma_s.into(),
            Parameter::LnSigmaPain => listed.ln_sigma_p.into(),
            Parameter::LnErrorSleep => self.sleep_error(sleep, spread.sleep.sd, error),
            Parameter::LnErrorPain => pain_error.standardised(spread.pain.sd, error),
            Parameter::TrendSleep => listed.trend_s.into(),
            Parameter::TrendPain => listed.trend_p.into(),
            Parameter::WeekendSleep => listed.weekend_s.into(),
            Parameter::WeekendPain => listed.weekend_p.into(),
        });
        SeriesPriors {
            parameters,
            first_state_sd: self.file.first_state.sd,
            with_measurement_error: error != MeasurementError::None,
        }
    }
}

impl Priors {
    /// Returns the prior of the logarithm of a sleep measure's error, in units of `spread`.
    #[must_use]
    pub fn sleep_error(&self, sleep: &SleepMeasure, spread: f64, error: MeasurementError) -> MeanSd {
        let errors = &self.file.error.sleep;
        let prior = match sleep {
            SleepMeasure::HoursDiary => errors.hours_diary,
            SleepMeasure::HoursDevice => errors.hours_device,
            SleepMeasure::Rating { .. } | SleepMeasure::PoorNightTick { .. } => errors.rating,
            SleepMeasure::Index { .. } => errors.index,
        };
        prior.standardised(spread, error)
    }

    /// Returns the priors of what may stand beside the loop.
    #[must_use]
    pub fn beside(&self) -> BesidePriors {
        let beside = &self.file.beside;
        BesidePriors {
            covariate_sd: beside.covariate_sd,
            shrinkage_scale: beside.shrinkage_scale,
            curve_sd: beside.curve_sd,
            offset: beside.offset.into(),
            loading_same_unit: beside.loading_same_unit.into(),
            loading_other_unit: beside.loading_other_unit.into(),
            rating_correlation: beside.rating_correlation.into(),
            wander: beside.wander.into(),
        }
    }
}

/// The priors of what may stand beside the loop, in standard deviations unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BesidePriors {
    /// Standard deviation of a covariate's effect, per standard deviation of the covariate.
    pub covariate_sd: f64,
    /// Scale of the half-t prior that the effects of many covariates share.
    pub shrinkage_scale: f64,
    /// Standard deviation of the bend, in points per squared hour.
    pub curve_sd: f64,
    /// How much more another channel says on average.
    pub offset: MeanSd,
    /// By how much another channel in the unit of the main one moves with it.
    pub loading_same_unit: MeanSd,
    /// The same of a channel in its own unit.
    pub loading_other_unit: MeanSd,
    /// The correlation of two errors of one minute.
    pub rating_correlation: MeanSd,
    /// Logarithm of how far a level wanders in 30 days.
    pub wander: MeanSd,
}

impl Priors {
    /// Returns the priors of the half-day form: those of the one-pain-a-day form where a parameter is in both.
    #[must_use]
    pub fn for_half_day(
        &self,
        sleep: &SleepMeasure,
        pain: PainMeasure,
        spread: &Standardisation,
        error: MeasurementError,
    ) -> HalfDayPriors {
        let whole = self.for_series(sleep, pain, spread, error);
        let of = |parameter: Parameter| whole.parameters[parameter.index()];
        let half = &self.file.half_day;
        HalfDayPriors {
            parameters: [
                of(Parameter::MeanSleep),
                of(Parameter::MeanPain),
                half.delta_am.into(),
                of(Parameter::AtanhPhiSleep),
                half.atanh_lambda.into(),
                half.atanh_phi_p.into(),
                of(Parameter::SleepToPain),
                half.b_sd.into(),
                of(Parameter::PainToSleep),
                of(Parameter::LnSigmaSleep),
                half.ln_sigma_m.into(),
                half.ln_sigma_d.into(),
                of(Parameter::LnErrorSleep),
                of(Parameter::LnErrorPain),
                of(Parameter::LnErrorPain),
                of(Parameter::TrendSleep),
                of(Parameter::TrendPain),
                of(Parameter::WeekendSleep),
                of(Parameter::WeekendPain),
            ],
            first_state_sd: whole.first_state_sd,
            with_measurement_error: whole.with_measurement_error,
        }
    }
}

impl Priors {
    /// Returns the priors of what ordered scores and Student-t innovations have beside the fourteen parameters.
    #[must_use]
    pub fn explicit(&self) -> ExtraPriors {
        let Explicit { curvature, freedom } = &self.file.explicit;
        ExtraPriors { curvature: (*curvature).into(), freedom: [freedom.shape, freedom.rate] }
    }
}

impl SeriesPriors {
    /// Returns the JSON that the independent oracle reads: `{"name": [mean, sd], …}` for every parameter.
    #[must_use]
    pub fn oracle_json(&self) -> String {
        oracle_json(&NAMES, &self.parameters)
    }
}

impl HalfDayPriors {
    /// Returns the same for the half-day form.
    #[must_use]
    pub fn oracle_json(&self) -> String {
        oracle_json(&HALF_DAY_NAMES, &self.parameters)
    }
}

fn oracle_json(names: &[&str], priors: &[MeanSd]) -> String {
    let entries: Vec<String> = names
        .iter()
        .zip(priors)
        .map(|(name, prior)| format!("  \"{name}\": [{}, {}]", prior.mean, prior.sd))
        .collect();
    format!("{{\n{}\n}}\n", entries.join(",\n"))
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    parameters: Listed,
    b_sp: SleepToPain,
    half_day: HalfDay,
    explicit: Explicit,
    first_state: FirstState,
    error: Errors,
    beside: BesideFile,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct BesideFile {
    covariate_sd: f64,
    shrinkage_scale: f64,
    curve_sd: f64,
    offset: Normal,
    loading_same_unit: Normal,
    loading_other_unit: Normal,
    rating_correlation: Normal,
    wander: Normal,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    mean_s: Normal,
    mean_p: Normal,
    atanh_phi_s: Normal,
    atanh_phi_p: Normal,
    b_ps: Normal,
    ln_sigma_s: Normal,
    ln_sigma_p: Normal,
    trend_s: Normal,
    trend_p: Normal,
    weekend_s: Normal,
    weekend_p: Normal,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct SleepToPain {
    hours: Normal,
    rating: Normal,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct HalfDay {
    atanh_lambda: Normal,
    atanh_phi_p: Normal,
    delta_am: Normal,
    b_sd: Normal,
    ln_sigma_m: Normal,
    ln_sigma_d: Normal,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Explicit {
    curvature: Normal,
    freedom: Gamma,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gamma {
    shape: f64,
    rate: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstState {
    sd: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Errors {
    sleep: SleepErrors,
    pain: PainErrors,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct SleepErrors {
    hours_diary: ErrorPrior,
    hours_device: ErrorPrior,
    rating: ErrorPrior,
    index: ErrorPrior,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PainErrors {
    nrs: ErrorPrior,
    rating: ErrorPrior,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Normal {
    mean: f64,
    sd: f64,
}

impl From<Normal> for MeanSd {
    fn from(normal: Normal) -> Self {
        Self { mean: normal.mean, sd: normal.sd }
    }
}

/// A log-normal prior of a measurement error, natural or relative to the person's own spread.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum ErrorPrior {
    Natural { natural: f64, log_sd: f64 },
    Relative { relative: f64, log_sd: f64 },
}

impl ErrorPrior {
    fn standardised(self, spread: f64, error: MeasurementError) -> MeanSd {
        let (typical, sd) = match self {
            Self::Natural { natural, log_sd } => (natural / spread, log_sd),
            Self::Relative { relative, log_sd } => (relative, log_sd),
        };
        let factor = match error {
            MeasurementError::None | MeasurementError::Prior => 1.0,
            MeasurementError::Twice => 2.0,
        };
        MeanSd { mean: (factor * typical).ln(), sd }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPREAD: Standardisation =
        Standardisation { sleep: MeanSd { mean: 7.0, sd: 1.25 }, pain: MeanSd { mean: 4.0, sd: 1.4 } };

    #[test]
    fn natural_errors_are_divided_by_the_persons_own_spread() {
        let at = |error| {
            let priors =
                Priors::built_in().for_series(&SleepMeasure::HoursDiary, PainMeasure::Nrs, &SPREAD, error);
            priors.parameters.map(|prior| prior.mean)
        };
        let (sleep, pain) = (Parameter::LnErrorSleep.index(), Parameter::LnErrorPain.index());
        let prior = at(MeasurementError::Prior);
        assert!((prior[sleep] - (0.4_f64 / 1.25).ln()).abs() < 1e-12);
        assert!((prior[pain] - 0.5_f64.ln()).abs() < 1e-12);
        assert!((at(MeasurementError::Twice)[pain] - 1.0_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn hours_and_ratings_have_their_own_prior_of_the_arrow() {
        let mean = |measure: &SleepMeasure| {
            let all =
                Priors::built_in().for_series(measure, PainMeasure::Nrs, &SPREAD, MeasurementError::Prior);
            all.parameters[Parameter::SleepToPain.index()].mean
        };
        assert_eq!(mean(&SleepMeasure::HoursDevice), -0.08);
        assert_eq!(mean(&SleepMeasure::Rating { name: "quality".to_owned() }), -0.16);
    }

    #[test]
    fn the_oracle_is_told_every_parameter_by_name() {
        let text = Priors::built_in()
            .for_series(&SleepMeasure::HoursDiary, PainMeasure::Nrs, &SPREAD, MeasurementError::Prior)
            .oracle_json();
        assert!(NAMES.iter().all(|name| text.contains(&format!("\"{name}\": ["))), "{text}");
    }

    #[test]
    fn an_unknown_entry_is_refused_and_the_label_names_the_text() {
        assert!(Priors::parse(&format!("surplus = 1\n{TEXT}")).is_err());
        let changed = Priors::parse(&TEXT.replace("sd = 0.13", "sd = 0.14")).expect("still sound");
        assert_ne!(changed.label(), Priors::built_in().label());
    }
}
