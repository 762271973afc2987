//! Writes down, before the data come, what will be analysed and how, and later says whether that is what was done.
//!
//! The file is text for people with one line a setting. Its SHA-256 stands for it: print it, send it to a colleague, or
//! put it where the date cannot be changed. A later run compares line by line, so that a difference has a name.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use nightmend_domain::PersonName;
use nightmend_domain::estimate::MeasurementError;
use nightmend_loop::claim::{CLEAR, Clear};
use nightmend_loop::half_day::DAYS_FOR_HALF_DAY;
use nightmend_loop::half_day::claim::CLEAR_HALF_DAY;
use nightmend_loop::select::SleepChoice;
use nightmend_loop::{Innovations, LoopSettings, PainModel, PriorPack, Priors, explicit, priors};
use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::AppError;
use crate::estimate::LoopRequest;

/// A preregistration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preregistration {
    /// The text of the file.
    pub text: String,
    /// Its SHA-256, in hex.
    pub sha256: String,
}

/// Whether an analysis is the one that was preregistered. Part of `nightmend.loop/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PreregistrationView {
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// Whether every setting is as it was written down.
    pub matches: bool,
    /// What differs, one sentence a setting.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<String>,
}

const SCHEMA: &str = "nightmend.preregistration/1";

/// Writes down the analysis that `request` asks for; no records are looked at.
#[must_use]
pub fn preregister(person: &PersonName, request: &LoopRequest) -> Preregistration {
    let settings = settings(person, request);
    let mut text = String::from(
        "# Preregistration of one person's sleep-pain loop, written by nightmend before the analysis.\n\
         # Do not edit: the SHA-256 of this file stands for it. To analyse as written here, give the same options and\n\
         # --prereg-check FILE; the answer then says whether every line below is as it was.\n\
         #\n\
         # Question: does a night go with the pain of the day after it, and pain with the night after it, in this person's\n\
         # own records? Both arrows are estimated with 90 % intervals; an arrow is told only by the claim rule below.\n\
         # Associations in the order of time; nothing here says what brings what about.\n\n",
    );
    for (name, value) in &settings {
        let _ = writeln!(text, "{name} = {value}");
    }
    let sha256 = hash(&text);
    Preregistration { text, sha256 }
}

/// Says whether `request` asks for what the file says.
///
/// # Errors
/// [`AppError::Usage`] where the text is no preregistration.
pub fn check(
    person: &PersonName,
    request: &LoopRequest,
    text: &str,
) -> Result<PreregistrationView, AppError> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let written: BTreeMap<&str, &str> = lines
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect();
    if written.get("schema") != Some(&SCHEMA) {
        let message = "this file is no preregistration of nightmend; write one with --prereg FILE".to_owned();
        return Err(AppError::Usage(message));
    }
    let now = settings(person, request);
    let now: BTreeMap<&str, &str> = now.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let names: std::collections::BTreeSet<&str> = written.keys().chain(now.keys()).copied().collect();
    let differences: Vec<String> = names
        .into_iter()
        .filter(|name| written.get(name) != now.get(name))
        .map(|name| {
            let of = |side: &BTreeMap<&str, &str>| side.get(name).copied().unwrap_or("nothing").to_owned();
            format!("{name}: {} was written down, and it is {} now", of(&written), of(&now))
        })
        .collect();
    Ok(PreregistrationView { sha256: hash(text), matches: differences.is_empty(), differences })
}

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every setting that an answer depends on, beside the records themselves.
fn settings(person: &PersonName, request: &LoopRequest) -> Vec<(&'static str, String)> {
    let LoopRequest {
        question,
        range,
        measurement_error,
        pain_model,
        innovations,
        bad_day,
        pack,
        seed,
        channels,
        level,
        curve,
    } = request;
    let date =
        |date: Option<jiff::civil::Date>| date.map_or_else(|| "open".to_owned(), |date| date.to_string());
    let usual = LoopSettings::default().nuts;
    let rule = |clear: &Clear| {
        let looks: Vec<String> =
            clear.all_looks().map(|(night, threshold)| format!("{threshold} at night {night}")).collect();
        format!(
            "|z| >= {} in one look at an archive; of a living record >= {}",
            clear.archive,
            looks.join(", ")
        )
    };
    vec![
        ("schema", SCHEMA.to_owned()),
        ("software", format!("nightmend {}", env!("CARGO_PKG_VERSION"))),
        ("priors", Priors::built_in().label()),
        ("priors_sha256", hash(priors::TEXT)),
        ("prior_pack", pack.as_ref().map_or_else(|| "none".to_owned(), PriorPack::label)),
        ("person", person.to_string()),
        ("sleep", sleep(&question.sleep)),
        ("pain", question.pain.clone().unwrap_or_else(|| "automatic (back pain, or the only one there is)".to_owned())),
        (
            "moment",
            question.moment.map_or("automatic (the one with most pairs)", |moment| moment.as_word()).to_owned(),
        ),
        ("include_recalled", question.include_recalled.to_string()),
        ("from", date(range.from)),
        ("to", date(range.to)),
        (
            "form",
            format!("half-day from {DAYS_FOR_HALF_DAY} days with two reports on, otherwise one pain a day"),
        ),
        ("covariates", format!("{:?}", question.covariates)),
        ("channels", format!("{channels:?}")),
        ("level", format!("{level:?}")),
        ("curve", curve.to_string()),
        ("pain_model", pain(*pain_model)),
        ("innovations", spread(*innovations)),
        (
            "measurement_error",
            match measurement_error {
                MeasurementError::None => "none",
                MeasurementError::Prior => "prior",
                MeasurementError::Twice => "twice",
            }
            .to_owned(),
        ),
        (
            "record",
            "living (looked at again) where anything was ever checked in, otherwise an archive (looked at once)"
                .to_owned(),
        ),
        ("claim_statistic", "signed root of the likelihood ratio under weak priors (decision 0003)".to_owned()),
        ("claim_rule", rule(&CLEAR)),
        ("claim_rule_half_day", rule(&CLEAR_HALF_DAY)),
        ("bad_day", bad_day.map_or_else(|| "automatic (the worst fifth of days)".to_owned(), |at| at.to_string())),
        (
            "sampling",
            format!(
                "{} chains of {} + {} draws, acceptance {}; fewer beyond 1000 days",
                usual.chains, usual.warmup, usual.draws, usual.target_accept
            ),
        ),
        ("seed", seed.to_string()),
    ]
}

fn sleep(choice: &SleepChoice) -> String {
    match choice {
        SleepChoice::Automatic => {
            "automatic (hours where any are recorded, otherwise rated quality)".to_owned()
        }
        SleepChoice::Hours => "hours".to_owned(),
        SleepChoice::Quality => "rated quality".to_owned(),
        SleepChoice::Efficiency => "efficiency".to_owned(),
        SleepChoice::WakeAfterSleepOnset => "waso".to_owned(),
        SleepChoice::Awakenings => "awakenings".to_owned(),
        SleepChoice::Tracker(name) => format!("tracker {name}"),
    }
}

fn pain(model: PainModel) -> String {
    match model {
        PainModel::Gaussian => "gaussian".to_owned(),
        PainModel::Ordinal => "ordinal".to_owned(),
        PainModel::Automatic => format!(
            "automatic (ordinal with at most {} values, {:.0} % at an end of the scale or a mean within {} of it, up to {} \
             days)",
            explicit::FEW_VALUES,
            100.0 * explicit::SHARE_AT_END,
            explicit::NEAR_END,
            explicit::MOST_DAYS
        ),
    }
}

fn spread(innovations: Innovations) -> String {
    match innovations {
        Innovations::Gaussian => "gaussian",
        Innovations::Student => "student",
        Innovations::Automatic => "automatic (student where the excess kurtosis exceeds 17 / sqrt(n))",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> PersonName {
        PersonName::new("me").expect("a name")
    }

    #[test]
    fn the_same_analysis_matches_and_another_is_named() {
        let request = LoopRequest::default();
        let written = preregister(&me(), &request);
        assert_eq!(written, preregister(&me(), &request));
        assert_eq!((written.sha256.len(), written.text.lines().count() > 20), (64, true));
        let same = check(&me(), &request, &written.text).expect("a preregistration");
        assert!(same.matches && same.differences.is_empty() && same.sha256 == written.sha256);
        let other = LoopRequest { seed: 2, pain_model: PainModel::Ordinal, ..request.clone() };
        let found = check(&me(), &other, &written.text).expect("a preregistration");
        assert_eq!((found.matches, found.differences.len()), (false, 2));
        assert!(found.differences[1].contains("seed: 1 was written down, and it is 2 now"), "{found:?}");
    }

    #[test]
    fn an_edited_file_has_another_hash_and_says_what_differs() {
        let request = LoopRequest::default();
        let written = preregister(&me(), &request);
        let edited = written.text.replace("seed = 1", "seed = 7");
        let found = check(&me(), &request, &edited).expect("a preregistration");
        assert!(!found.matches && found.sha256 != written.sha256);
        assert!(check(&me(), &request, "seed = 1").is_err());
    }
}
