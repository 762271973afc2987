//! Fits a real year of daily ratings, in place: what must come out of it whatever measurement error is allowed for.
//!
//! Sleep is rated in the morning (higher is worse, so it is turned), symptoms in the evening of the same date: both
//! stand on the date of waking. What this does not test: the importer, which reads the same file elsewhere.

#![expect(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a test reads a file and says so")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::in_parallel;
use jiff::civil::Date;
use nightmend_domain::estimate::{LoopEstimate, LoopOutcome, MeasurementError, Told};
use nightmend_domain::{Moment, NoProgress};
use nightmend_infer::nuts::NutsSettings;
use nightmend_loop::data::{Columns, weekend_flags};
use nightmend_loop::{LoopSettings, PainMeasure, PainModel, Seed, Series, SleepMeasure, fit};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/visible_longcovid")
}

/// date → tracker → value, from a table with one row a value.
fn read(folder: &Path) -> BTreeMap<Date, BTreeMap<String, f64>> {
    let mut days: BTreeMap<Date, BTreeMap<String, f64>> = BTreeMap::new();
    let files = std::fs::read_dir(folder).expect("the folder was there a moment ago");
    for path in files
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "csv"))
    {
        for line in std::fs::read_to_string(path).expect("a text file").lines().skip(1) {
            let mut cells = line.splitn(4, ',');
            let (Some(date), Some(tracker), Some(_), Some(value)) =
                (cells.next(), cells.next(), cells.next(), cells.next())
            else {
                continue;
            };
            if let (Ok(date), Ok(value)) = (date.parse(), value.trim().parse()) {
                days.entry(date).or_default().insert(tracker.to_lowercase(), value);
            }
        }
    }
    days
}

fn series_of(days: &BTreeMap<Date, BTreeMap<String, f64>>, symptom: &str) -> Series {
    let (first_date, last) = (*days.keys().next().expect("a day"), *days.keys().last().expect("a day"));
    let dates: Vec<Date> =
        first_date.series(jiff::Span::new().days(1)).take_while(|date| *date <= last).collect();
    let value = |date: &Date, tracker: &str| days.get(date).and_then(|day| day.get(tracker)).copied();
    let columns = Columns {
        first_date,
        sleep: dates.iter().map(|date| value(date, "sleep").map(|rating| 3.0 - rating)).collect(),
        pain: dates.iter().map(|date| value(date, symptom)).collect(),
        weekend: weekend_flags(first_date, dates.len()),
    };
    let quality = SleepMeasure::Rating { name: "sleep quality".to_owned() };
    Series::new(columns, quality, PainMeasure::Rating, symptom.to_owned(), Moment::Day).expect("a series")
}

#[test]
fn the_year_comes_out_as_it_must_for_any_measurement_error() {
    let folder = folder();
    if !folder.is_dir() {
        println!("passed over: ../shared/data is absent");
        return;
    }
    let days = read(&folder);
    let symptoms = [
        ("headache", [Told::Clear, Told::CannotTellYet]),
        ("fatigue", [Told::Clear, Told::Clear]),
        ("muscle aches", [Told::CannotTellYet, Told::CannotTellYet]),
    ];
    let errors = [MeasurementError::None, MeasurementError::Prior, MeasurementError::Twice];
    // Three ratings of 0 to 3 are fitted as ordered scores by the rule; that takes a while, so that the nine use the
    // Gaussian form, whose evidence is the same, and three more check that the rule's form tells the same.
    let estimates: Vec<LoopEstimate> = in_parallel(12, |number| {
        let by_rule = number >= 9;
        let (symptom, _) = symptoms[if by_rule { number as usize - 9 } else { number as usize / 3 }];
        // Fewer draws than by default: the claims rest on no draws at all.
        let nuts = NutsSettings { chains: 2, warmup: 300, draws: 400, ..NutsSettings::default() };
        let error = if by_rule { MeasurementError::Prior } else { errors[number as usize % 3] };
        let pain_model = if by_rule { PainModel::Automatic } else { PainModel::Gaussian };
        let settings = LoopSettings { measurement_error: error, nuts, pain_model, ..LoopSettings::default() };
        match fit(&series_of(&days, symptom), &settings, Seed(1), &NoProgress).expect("a fit") {
            LoopOutcome::Estimated(estimate) => *estimate,
            LoopOutcome::CannotTell(answer) => panic!("{}", answer.sentence),
        }
    });
    for (number, estimate) in estimates.iter().enumerate() {
        let by_rule = number >= 9;
        let (symptom, expected) = symptoms[if by_rule { number - 9 } else { number / 3 }];
        let error = if by_rule { MeasurementError::Prior } else { errors[number % 3] };
        assert_eq!(estimate.model.ordered, by_rule, "{}", estimate.model.why);
        let (sp, ps) = (&estimate.sleep_to_pain, &estimate.pain_to_sleep);
        println!(
            "{symptom}, {error:?}: z {:.2} and {:.2}, pairs {} and {}, rhat {:.3}, divergences {}\n  {}\n  {}",
            sp.z,
            ps.z,
            sp.pairs,
            ps.pairs,
            estimate.diagnostics.rhat_max,
            estimate.diagnostics.divergences,
            estimate.sentences[0],
            estimate.sentences[1]
        );
        assert_eq!([sp.told, ps.told], expected, "{symptom}, {error:?}");
        // So few draws of hundreds of states need not agree; the answer then says so itself.
        let settled = estimate.diagnostics.rhat_max < 1.04;
        let said = estimate.checks.iter().any(|check| check.name == "sampler_settled" && !check.passed);
        assert!(settled || (by_rule && said), "{symptom}, {error:?}");
    }
}
