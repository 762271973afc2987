//! Keeps what a group was found to have in common as a prior for single persons: a prior pack, one TOML file.
//!
//! A pack is the posterior predictive of a new person's parameters, on that person's own standardised scale. It moves
//! estimates only: the claim rule weighs the data under the built-in priors whatever pack is used, because a pack's
//! narrow carry-overs would nearly double false arrows.

use std::fmt::Write as _;

use nightmend_domain::estimate::{MeanSd, MeasurementError};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::Seed;
use crate::data::{PainMeasure, Series, SleepMeasure};
use crate::group::{GroupEstimate, GroupSettings, Method};
use crate::model::{NAMES, Parameter};
use crate::priors::SeriesPriors;

/// The form of the file and its version.
const FORMAT: &str = "nightmend.prior-pack/1";
/// A pack of fewer people than this is no pack.
const FEWEST_PEOPLE: u64 = 5;

/// The parameters that a pack holds; measurement error and levels are a person's own, trend and weekend are not passed on.
pub const PARAMETERS_HELD: [Parameter; 6] = [
    Parameter::SleepToPain,
    Parameter::PainToSleep,
    Parameter::AtanhPhiSleep,
    Parameter::AtanhPhiPain,
    Parameter::LnSigmaSleep,
    Parameter::LnSigmaPain,
];

/// What a group says about a new person, in the order of [`PARAMETERS_HELD`].
pub type NewPerson = [MeanSd; PARAMETERS_HELD.len()];

/// Why a pack cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// The file is not a pack.
    #[error(
        "this is not a prior pack that can be used ({0}); make one with `nightmend group … --keep-prior FILE`"
    )]
    Malformed(String),
    /// The pack speaks of something else than the question.
    #[error(
        "the prior pack {name} was made from {pack} and the question is about {question}; ask about the same with --sleep \
         and --pain, or leave --prior out"
    )]
    OtherMeasure {
        /// The pack's name.
        name: String,
        /// What the pack was made from.
        pack: String,
        /// What is asked about.
        question: String,
    },
}

/// A prior pack that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct PriorPack {
    file: File,
    hash: String,
}

impl PriorPack {
    /// Reads a pack from the text of its file.
    ///
    /// # Errors
    /// [`PackError::Malformed`] where anything is missing, unknown or no sound number.
    pub fn parse(text: &str) -> Result<Self, PackError> {
        let file: File = toml::from_str(text).map_err(|error| PackError::Malformed(error.to_string()))?;
        let refuse = |why: String| Err(PackError::Malformed(why));
        if file.format != FORMAT {
            return refuse(format!("its format is {} and not {FORMAT}", file.format));
        }
        if file.provenance.people < FEWEST_PEOPLE {
            return refuse(format!("it was made from {} people", file.provenance.people));
        }
        for (parameter, normal) in PARAMETERS_HELD.iter().zip(file.parameters.in_order()) {
            if !(normal.mean.abs() < 5.0 && normal.sd > 1e-3 && normal.sd < 5.0) {
                return refuse(format!("{} is no sound prior", NAMES[parameter.index()]));
            }
        }
        let hash = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { file, hash })
    }

    /// Returns the pack's name, the people it was made from, and the SHA-256 of its text.
    #[must_use]
    pub fn label(&self) -> String {
        format!("pack {} of {} people (sha256 {})", self.file.name, self.file.provenance.people, self.hash)
    }

    /// Checks that the pack speaks of what `series` holds.
    ///
    /// # Errors
    /// [`PackError::OtherMeasure`].
    pub fn fits(&self, series: &Series) -> Result<(), PackError> {
        let question = measure(series);
        if self.file.measure == question {
            return Ok(());
        }
        let words = |measure: &Measure| format!("{} and pain as {}", measure.sleep, measure.pain);
        let (name, pack) = (self.file.name.clone(), words(&self.file.measure));
        Err(PackError::OtherMeasure { name, pack, question: words(&question) })
    }

    /// Puts the pack's priors in the place of others.
    #[must_use]
    pub fn over(&self, mut priors: SeriesPriors) -> SeriesPriors {
        for (parameter, normal) in PARAMETERS_HELD.iter().zip(self.file.parameters.in_order()) {
            priors.parameters[parameter.index()] = MeanSd { mean: normal.mean, sd: normal.sd };
        }
        priors
    }
}

/// Writes the pack of a group; `series` is any member's, `name` what answers will call the pack.
///
/// Control characters and quotes in the name are left out.
#[must_use]
pub fn text(
    name: &str,
    series: &Series,
    group: &GroupEstimate,
    settings: &GroupSettings,
    seed: Seed,
) -> String {
    let name: String =
        name.chars().filter(|letter| !letter.is_control() && !"\"\\".contains(*letter)).collect();
    let Measure { sleep, pain } = measure(series);
    let form = if group.method == Method::Exact { "everyone sampled together" } else { "two-stage" };
    let error = match settings.measurement_error {
        MeasurementError::None => "none",
        MeasurementError::Prior => "prior",
        MeasurementError::Twice => "twice",
    };
    let mut text = format!(
        "# What {} people have in common, as a prior for one more: `nightmend loop --prior THIS FILE`.\n\
         # What is to be expected of them, on their own standardised series. Moves estimates, not what is told as clear.\n\
         format = \"{FORMAT}\"\nname = \"{name}\"\n\n\
         [measure]\nsleep = {}\npain = \"{pain}\"\n\n\
         [provenance]\npeople = {}\ndays = {}\nform = \"one-pain-a-day, {form}\"\nmeasurement_error = \"{error}\"\n\
         seed = {}\nengine = \"nightmend-loop {}\"\npriors = \"{}\"\n\n[parameters]\n",
        group.persons.len(),
        quoted(&sleep),
        group.persons.len(),
        group.days,
        seed.0,
        env!("CARGO_PKG_VERSION"),
        settings.priors.label(),
    );
    for (parameter, normal) in PARAMETERS_HELD.iter().zip(group.new_person) {
        let name = NAMES[parameter.index()];
        let _ = writeln!(text, "{name} = {{ mean = {:.4}, sd = {:.4} }}", normal.mean, normal.sd);
    }
    text
}

fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

fn measure(series: &Series) -> Measure {
    let sleep = match &series.sleep_measure {
        SleepMeasure::HoursDiary | SleepMeasure::HoursDevice => "hours of sleep".to_owned(),
        SleepMeasure::Rating { .. } | SleepMeasure::PoorNightTick { .. } => "rated sleep".to_owned(),
        SleepMeasure::Index { name, unit } => format!("{name} in {unit}"),
    };
    let pain = match series.pain_measure {
        PainMeasure::Nrs => "0 to 10 scores",
        PainMeasure::Rating => "a rating",
    };
    Measure { sleep, pain: pain.to_owned() }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    name: String,
    measure: Measure,
    provenance: Provenance,
    parameters: Held,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Measure {
    sleep: String,
    pain: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Provenance {
    people: u64,
    days: u64,
    form: String,
    measurement_error: String,
    seed: u64,
    engine: String,
    priors: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Held {
    b_sp: Normal,
    b_ps: Normal,
    atanh_phi_s: Normal,
    atanh_phi_p: Normal,
    ln_sigma_s: Normal,
    ln_sigma_p: Normal,
}

impl Held {
    fn in_order(&self) -> [Normal; PARAMETERS_HELD.len()] {
        [self.b_sp, self.b_ps, self.atanh_phi_s, self.atanh_phi_p, self.ln_sigma_s, self.ln_sigma_p]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Normal {
    mean: f64,
    sd: f64,
}
