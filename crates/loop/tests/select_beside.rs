//! Checks what is taken into account beside nights and pain, and which channels of a night are looked at together.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use nightmend_domain::{
    Absence, Day, DayEntry, Minutes, Moment, Night, NightDate, Nrs, Rating, Role, Scale, ScaleDirection,
    SleepMethod, SourceName, TrackerName, Value,
};
use nightmend_loop::beside::Said;
use nightmend_loop::select::{
    ChannelChoice, CovariateChoice, Measure, Question, Selection, SelectionError, SleepChoice, TellersHours,
    select,
};

const DAYS: i32 = 70;

fn on(day: i32) -> Date {
    date(2026, 1, 1).checked_add(day.days()).unwrap()
}

fn night(day: i32, method: SleepMethod, hours: f64) -> Night {
    Night {
        date: NightDate::of_waking(on(day)),
        source: SourceName::new("any").unwrap(),
        method,
        in_bed: None,
        try_sleep: None,
        sleep_onset: None,
        final_awakening: None,
        out_of_bed: None,
        tst: Some(Minutes::from_hours(hours).unwrap()),
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

fn entry(tracker: &str, role: Role, moment: Moment, value: Value) -> DayEntry {
    DayEntry {
        tracker: TrackerName::new(tracker).unwrap(),
        role,
        moment,
        value,
        count: 1,
        source: SourceName::new("diary").unwrap(),
        at: None,
        recalled: false,
    }
}

fn nights() -> Vec<Night> {
    (0..DAYS).map(|day| night(day, SleepMethod::Device, 6.0 + f64::from(day % 5) * 0.3)).collect()
}

/// Stress every evening, alcohol every third day only, a painkiller stated both ways, a tick written only when true.
fn days() -> Vec<Day> {
    let stress = |day: i32| {
        let scale = Scale::new(0.0, 10.0, ScaleDirection::HigherIsWorse).unwrap();
        Value::Rating(Rating::new(f64::from(day % 7), scale).unwrap())
    };
    let tick = |yes, absence| Value::Tick { yes, direction: ScaleDirection::HigherIsWorse, absence };
    (0..DAYS)
        .map(|day| {
            let mut entries = vec![
                entry("back pain", Role::Pain, Moment::Waking, Value::Nrs(Nrs::new(4.0).unwrap())),
                entry("stress", Role::Stress, Moment::Bedtime, stress(day)),
                entry("painkiller", Role::Painkiller, Moment::Day, tick(day % 4 == 0, Absence::No)),
                entry("weather", Role::Other, Moment::Day, tick(day % 2 == 0, Absence::No)),
            ];
            if day % 3 == 0 {
                let drinks = Value::Quantity { value: f64::from(day % 4), unit: "drinks".to_owned() };
                entries.push(entry("alcohol", Role::Alcohol, Moment::Day, drinks));
                entries.push(entry("late coffee", Role::Caffeine, Moment::Day, tick(true, Absence::Unknown)));
            }
            Day { date: on(day), entries }
        })
        .collect()
}

fn ask(covariates: CovariateChoice) -> Result<Selection, SelectionError> {
    select(&nights(), &days(), &Question { covariates, ..Question::default() })
}

fn names(selection: &Selection) -> Vec<&str> {
    selection.covariates.iter().map(|covariate| covariate.name.as_str()).collect()
}

#[test]
fn what_is_written_down_on_enough_days_is_taken_into_account() {
    let chosen = ask(CovariateChoice::Automatic).unwrap();
    // Alcohol is known on a third of the days, and the weather has no role.
    assert_eq!(names(&chosen), ["painkiller", "stress"]);
    assert!(chosen.covariates.iter().all(|covariate| covariate.said == Said::Evening));
    assert_eq!(chosen.covariates[0].unit, None);
    assert_eq!(chosen.covariates[1].unit.as_deref(), Some("point"));
    let remark = chosen.remarks.last().unwrap();
    assert!(remark.contains("painkiller and stress"), "{remark}");
    assert!(remark.contains("--without-covariates"), "{remark}");
    let series = chosen.series().unwrap();
    assert_eq!(series.covariates()[1].values[8], Some(1.0));
}

#[test]
fn the_choice_can_be_taken_over() {
    assert!(ask(CovariateChoice::Without).unwrap().covariates.is_empty());
    let these =
        |words: &[&str]| ask(CovariateChoice::These(words.iter().map(|word| (*word).to_owned()).collect()));
    let chosen = these(&["alcohol", "weather", "Alcohol"]).unwrap();
    assert_eq!(names(&chosen), ["alcohol", "weather"]);
    assert_eq!(chosen.covariates[0].said, Said::Evening);
    assert_eq!(chosen.covariates[0].unit.as_deref(), Some("drink"));
    assert_eq!(chosen.covariates[1].said, Said::Day);
    let series = chosen.series().unwrap();
    assert_eq!(series.covariates()[0].values[1], None, "unknown is not zero");
    // A tick that is written only when true says nothing about the other days; the pain itself stands for pain.
    for word in ["late coffee", "back pain", "nothing"] {
        let error = these(&[word]).unwrap_err();
        assert!(matches!(error, SelectionError::UnknownCovariate { .. }), "{error}");
        assert!(error.to_string().contains("stress"), "{error}");
    }
}

#[test]
fn diary_and_device_are_looked_at_together_where_they_share_enough_nights() {
    let of = |method: SleepMethod, days: std::ops::Range<i32>, longer: f64| {
        let nights: Vec<Night> =
            days.map(|day| night(day, method, 6.0 + longer + f64::from(day % 5) * 0.3)).collect();
        TellersHours::of_nights(&nights)
    };
    let device = of(SleepMethod::Device, 5..70, 0.0);
    let tellers = TellersHours { diary: of(SleepMethod::Diary, 0..40, 0.5), device };
    let with = |choice: &ChannelChoice| {
        let chosen = ask(CovariateChoice::Without).unwrap();
        chosen.with_channels(&nights(), &tellers, &SleepChoice::Automatic, choice)
    };
    let both = with(&ChannelChoice::Automatic).unwrap();
    assert_eq!(both.sleep.measure, Measure::DeviceHours);
    assert_eq!(both.sleep.values.len(), 65, "the main channel is the device alone");
    assert_eq!(both.channels.len(), 1);
    assert_eq!(both.channels[0].values.len(), 40);
    assert!(both.remarks.iter().any(|remark| remark.contains("35 of the same nights")), "{:?}", both.remarks);
    let series = both.series().unwrap();
    assert_eq!(series.len(), 70);
    assert_eq!((series.sleep()[0], series.channels()[0].values[0]), (None, Some(6.5)));
    assert!(with(&ChannelChoice::One).unwrap().channels.is_empty());
    let quality = with(&ChannelChoice::These(vec!["quality".to_owned()]));
    assert!(matches!(quality, Err(SelectionError::UnknownChannel { .. })));
    let few = TellersHours {
        diary: of(SleepMethod::Diary, 0..20, 0.5),
        device: of(SleepMethod::Device, 0..70, 0.0),
    };
    let chosen = ask(CovariateChoice::Without).unwrap();
    let chosen =
        chosen.with_channels(&nights(), &few, &SleepChoice::Automatic, &ChannelChoice::Automatic).unwrap();
    assert!(chosen.channels.is_empty());
}
