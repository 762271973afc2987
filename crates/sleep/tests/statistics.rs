//! Checks range statistics, middle of sleep, social jet lag and regularity against numbers worked out by hand.

mod common;

use nightmend_domain::SleepSettings;
use nightmend_sleep::{Assembly, DateRange, FreeDays, Regularity, assemble, summarise};

/// Fourteen nights from Monday 2024-01-01: 23:00 to 07:00, an hour later before Saturday and Sunday.
fn fortnight() -> Assembly {
    let mut text = String::new();
    for day in 1..=14 {
        let weekend = matches!(day % 7, 6 | 0);
        let (start, end) = if weekend {
            (format!("2024-01-{day:02}T00:00+01:00"), "08:00")
        } else if day == 1 {
            ("2023-12-31T23:00+01:00".to_owned(), "07:00")
        } else {
            (format!("2024-01-{:02}T23:00+01:00", day - 1), "07:00")
        };
        let tst = if weekend { 450 } else { 420 };
        text += &format!(
            "sleep watch device main 2024-01-{day:02} onset={start} wake=2024-01-{day:02}T{end}+01:00 tst={tst}\n"
        );
    }
    let case = common::read_case(&text);
    assemble(&case.observations, &SleepSettings::default())
}

fn range(from: &str, to: &str) -> DateRange {
    DateRange { from: from.parse().unwrap(), to: to.parse().unwrap() }
}

#[test]
fn a_fortnight_in_numbers() {
    let assembly = fortnight();
    let summary =
        summarise(&assembly.nights, &assembly.naps, range("2024-01-01", "2024-01-14"), &FreeDays::default());
    assert_eq!(summary.nights, 14);
    let tst = summary.tst.unwrap();
    // (10 × 420 + 4 × 450) / 14; sample variance (10 × 8.571² + 4 × 21.429²) / 13.
    assert!((tst.mean.get() - 6_000.0 / 14.0).abs() < 1e-9);
    let variance = (10.0 * (60.0_f64 / 7.0).powi(2) + 4.0 * (150.0_f64 / 7.0).powi(2)) / 13.0;
    assert!((tst.standard_deviation.unwrap().get() - variance.sqrt()).abs() < 1e-9);
    assert_eq!(tst.count, 14);
    let jet_lag = summary.social_jet_lag.unwrap();
    assert!((jet_lag.signed_minutes - 60.0).abs() < 1e-6);
    assert_eq!((jet_lag.free.count, jet_lag.work.count), (4, 10));
    assert_eq!(jet_lag.free.mean.to_string(), "04:00:00");
    assert_eq!(jet_lag.work.mean.to_string(), "03:00:00");
    assert!(summary.sol.is_none() && summary.se.is_none(), "a watch alone knows no lights out and no bed");
    // Of the 13 days' pairs, 24 h each from 31 December 23:00 to 13 January 08:00 less what is at the ends: four
    // changes between week and weekend, each with 2 × 60 min of difference.
    let Regularity::Known { index, days } = summary.regularity else { panic!("{:?}", summary.regularity) };
    // First to last known moment is 13 days 9 h; the first 24 h have no day before.
    assert!((days - (12.0 + 9.0 / 24.0)).abs() < 1e-9, "{days}");
    // Friday to Saturday and Sunday to Monday: three such changes lie in the fortnight.
    let different = 3.0 * 120.0;
    assert!((index - (100.0 - 200.0 * different / (days * 1_440.0))).abs() < 1e-9, "{index}");
}

#[test]
fn a_week_is_too_little_and_says_how_much_there_is() {
    let assembly = fortnight();
    let week =
        summarise(&assembly.nights, &assembly.naps, range("2024-01-01", "2024-01-07"), &FreeDays::default());
    let Regularity::TooLittle { days } = week.regularity else { panic!("{:?}", week.regularity) };
    assert!((days - (5.0 + 9.0 / 24.0)).abs() < 1e-9, "{days}");
    let two =
        summarise(&assembly.nights, &assembly.naps, range("2024-01-01", "2024-01-02"), &FreeDays::default());
    assert!(two.social_jet_lag.is_none());
    let none =
        summarise(&assembly.nights, &assembly.naps, range("2025-01-01", "2025-01-02"), &FreeDays::default());
    assert!(none.tst.is_none() && none.mid_sleep.is_none() && none.nights == 0);
    assert_eq!(none.regularity, Regularity::TooLittle { days: 0.0 });
    let one =
        summarise(&assembly.nights, &assembly.naps, range("2024-01-01", "2024-01-01"), &FreeDays::default());
    assert_eq!(one.tst.unwrap().standard_deviation, None);
}
