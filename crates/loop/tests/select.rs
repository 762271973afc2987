//! Checks which series a question chooses from nights and days.

use jiff::civil::{Date, date};
use nightmend_domain::estimate::LoopOutcome;
use nightmend_domain::{
    Absence, Day, DayEntry, Minutes, Moment, Night, NightDate, NoProgress, Nrs, Rating, Role, Scale,
    ScaleDirection, SleepMethod, SourceName, TrackerName, Value,
};
use nightmend_loop::select::{Measure, Question, SelectionError, SleepChoice, select};
use nightmend_loop::{LoopSettings, Seed, fit};

fn night(day: i8, hours: Option<f64>) -> Night {
    Night {
        date: NightDate::of_waking(date(2026, 3, day)),
        source: SourceName::new("fitbit").unwrap(),
        method: SleepMethod::Device,
        in_bed: None,
        try_sleep: None,
        sleep_onset: None,
        final_awakening: None,
        out_of_bed: None,
        tst: hours.map(|hours| Minutes::from_hours(hours).unwrap()),
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

fn day(day: i8, entries: Vec<DayEntry>) -> Day {
    Day { date: on(day), entries }
}

fn pain(tracker: &str, moment: Moment, score: f64) -> DayEntry {
    entry(tracker, Role::Pain, moment, Value::Nrs(Nrs::new(score).unwrap()))
}

fn rated(value: f64, minimum: f64, maximum: f64, direction: ScaleDirection) -> Value {
    Value::Rating(Rating::new(value, Scale::new(minimum, maximum, direction).unwrap()).unwrap())
}

fn on(day: i8) -> Date {
    date(2026, 3, day)
}

#[test]
fn back_pain_and_hours_are_the_defaults_and_the_moment_with_most_pairs_is_stated() {
    let nights = [night(1, Some(7.0)), night(2, Some(6.0)), night(3, None)];
    let days = [
        day(1, vec![pain("back pain", Moment::Waking, 4.0), pain("back pain", Moment::Bedtime, 3.0)]),
        day(2, vec![pain("back pain", Moment::Bedtime, 5.0), pain("knee pain", Moment::Bedtime, 1.0)]),
        day(3, vec![pain("back pain", Moment::Waking, 6.0)]),
    ];
    let chosen = select(&nights, &days, &Question::default()).unwrap();
    assert_eq!((chosen.moment, chosen.pain.name.as_str()), (Moment::Bedtime, "back pain"));
    assert_eq!(chosen.sleep.measure, Measure::DeviceHours);
    assert_eq!(chosen.sleep.values.len(), 2, "an unknown length is not a length of zero");
    assert!(chosen.remarks[0].contains("waking 1, bedtime 2"), "{:?}", chosen.remarks);
    let series = chosen.series().unwrap();
    assert_eq!(series.sleep(), [Some(7.0), Some(6.0)]);
    assert_eq!(series.pain(), [Some(3.0), Some(5.0)]);
}

#[test]
fn scales_are_turned_so_that_more_is_better_sleep_and_more_pain() {
    let poor = |value| rated(value, 0.0, 3.0, ScaleDirection::HigherIsWorse);
    let sore = |value| rated(value, 1.0, 5.0, ScaleDirection::HigherIsBetter);
    let one = |number, sleep, soreness| {
        day(
            number,
            vec![
                entry("Sleep", Role::SleepQuality, Moment::Waking, poor(sleep)),
                entry("soreness", Role::Pain, Moment::Day, sore(soreness)),
            ],
        )
    };
    let chosen = select(&[], &[one(1, 3.0, 1.0), one(2, 0.0, 4.0)], &Question::default()).unwrap();
    assert_eq!(chosen.sleep.values.values().copied().collect::<Vec<_>>(), [0.0, 3.0]);
    assert_eq!(chosen.pain.values.values().copied().collect::<Vec<_>>(), [5.0, 2.0]);
    assert!(chosen.remarks.iter().any(|remark| remark.contains("rated quality")));
}

#[test]
fn several_pains_are_a_question_back_and_a_place_is_enough_of_a_name() {
    let scores = ["Low Back Pain", "Headache", "Hip Pain"].map(|name| pain(name, Moment::Day, 4.0));
    let days = [day(1, scores.to_vec())];
    let nights = [night(1, Some(7.0))];
    let ask = |word: Option<&str>| {
        select(&nights, &days, &Question { pain: word.map(str::to_owned), ..Question::default() })
    };
    assert_eq!(ask(None).unwrap().pain.name, "Low Back Pain");
    assert_eq!(ask(Some("HEADACHE")).unwrap().pain.name, "Headache");
    assert_eq!(ask(Some("hip")).unwrap().pain.name, "Hip Pain");
    assert!(matches!(ask(Some("pain")), Err(SelectionError::SeveralPains { names }) if names.len() == 2));
    let unknown = ask(Some("knee")).unwrap_err();
    assert!(unknown.to_string().contains("Headache"), "{unknown}");
}

#[test]
fn a_tick_that_is_written_only_when_true_leads_to_no_number() {
    let tick =
        || Value::Tick { yes: true, direction: ScaleDirection::HigherIsWorse, absence: Absence::Unknown };
    let days: Vec<Day> = (1..=30)
        .map(|number| {
            let poor = entry("Poor sleep", Role::SleepQuality, Moment::Waking, tick());
            day(number, vec![poor, pain("Low Back Pain", Moment::Day, f64::from(number % 5))])
        })
        .collect();
    let chosen = select(&[], &days, &Question::default()).unwrap();
    assert_eq!(chosen.sleep.measure, Measure::TickWhenTrue);
    let outcome = fit(&chosen.series().unwrap(), &LoopSettings::default(), Seed(1), &NoProgress).unwrap();
    let LoopOutcome::CannotTell(cannot_tell) = outcome else { panic!("a number was given") };
    let sentence = cannot_tell.sentence.to_lowercase();
    assert!(sentence.contains("cannot tell: no night is recorded as good"), "{sentence}");
}

#[test]
fn recalled_values_are_left_out_and_counted() {
    let mut late = pain("back pain", Moment::Waking, 9.0);
    late.recalled = true;
    let days = [day(1, vec![late]), day(2, vec![pain("back pain", Moment::Waking, 3.0)])];
    let nights = [night(1, Some(7.0)), night(2, Some(7.5))];
    let without = select(&nights, &days, &Question::default()).unwrap();
    assert_eq!(without.pain.values.len(), 1);
    assert!(without.remarks[0].starts_with("1 value"), "{:?}", without.remarks);
    let question = Question { include_recalled: true, ..Question::default() };
    assert_eq!(select(&nights, &days, &question).unwrap().pain.values.len(), 2);
    let mut late_night = nights.clone();
    late_night[1].recalled = true;
    assert_eq!(select(&late_night, &days, &Question::default()).unwrap().sleep.values.len(), 1);
    assert_eq!(select(&late_night, &days, &question).unwrap().sleep.values.len(), 2);
}

#[test]
fn what_is_not_recorded_is_answered_with_what_is() {
    let days = [day(1, vec![pain("back pain", Moment::Waking, 3.0)])];
    assert_eq!(select(&[], &days, &Question::default()).unwrap_err(), SelectionError::NoSleep);
    let nights = [night(1, Some(7.0))];
    let quality = Question { sleep: SleepChoice::Quality, ..Question::default() };
    let available = vec!["hours".to_owned()];
    assert_eq!(
        select(&nights, &days, &quality).unwrap_err(),
        SelectionError::UnknownSleep { asked: "quality".to_owned(), available }
    );
    let bedtime = Question { moment: Some(Moment::Bedtime), ..Question::default() };
    assert!(select(&nights, &days, &bedtime).unwrap_err().to_string().contains("waking"));
}

#[test]
fn a_score_of_some_moment_counts_for_its_day_where_the_day_has_none() {
    let days = [
        day(1, vec![pain("back pain", Moment::Now, 4.0)]),
        day(2, vec![pain("back pain", Moment::Day, 2.0), pain("back pain", Moment::Now, 9.0)]),
    ];
    let nights = [night(1, Some(7.0)), night(2, Some(6.0))];
    let chosen = select(&nights, &days, &Question::default()).unwrap();
    assert_eq!(chosen.moment, Moment::Day);
    assert_eq!(chosen.pain.values.values().copied().collect::<Vec<_>>(), [4.0, 2.0]);
}

#[test]
fn clock_times_alone_stand_for_the_hours_and_that_is_said() {
    let at = |text: &str| {
        let zone = nightmend_domain::Zone::named("Europe/London").unwrap();
        Some(nightmend_domain::OffsetTimestamp::from_civil(text.parse().unwrap(), &zone).unwrap().0)
    };
    let told = |number: i8, woke: &str| Night {
        try_sleep: at(&format!("2026-03-{number:02}T00:10")),
        final_awakening: at(&format!("2026-03-{number:02}T{woke}")),
        method: SleepMethod::Diary,
        ..night(number, None)
    };
    let nights = [
        told(1, "07:10"),
        told(2, "06:40"),
        Night { tst: Minutes::from_hours(5.0).ok(), ..told(3, "07:10") },
    ];
    let days = [day(1, vec![pain("back pain", Moment::Waking, 3.0)])];
    let chosen = select(&nights, &days, &Question::default()).unwrap();
    assert_eq!(chosen.sleep.values.values().copied().collect::<Vec<_>>(), [7.0, 6.5, 7.0]);
    assert!(chosen.remarks[0].contains("3 nights tell when"), "{:?}", chosen.remarks);
}

#[test]
fn hours_of_two_kinds_of_source_are_named_as_such() {
    let mut nights = [night(1, Some(7.0)), night(2, Some(6.0)), night(3, Some(8.0))];
    nights[2].method = SleepMethod::Diary;
    let days = [day(1, vec![pain("back pain", Moment::Waking, 3.0)])];
    let chosen = select(&nights, &days, &Question::default()).unwrap();
    assert_eq!(chosen.sleep.measure, Measure::DeviceHours);
    assert!(chosen.remarks[0].contains("2 nights are told by a device and of 1 by"), "{:?}", chosen.remarks);
}

#[test]
fn two_reports_a_day_are_used_together_from_sixty_days_on_unless_one_is_asked_for() {
    let start = date(2026, 1, 1);
    let on = |index: i16| start.checked_add(jiff::Span::new().days(index)).unwrap();
    let many = |count: i16| {
        let nights: Vec<Night> = (0..count)
            .map(|index| Night {
                date: NightDate::of_waking(on(index)),
                ..night(1, Some(6.0 + f64::from(index % 3)))
            })
            .collect();
        let days: Vec<Day> = (0..count)
            .map(|index| {
                let score = f64::from(index % 5);
                let mut entries = vec![
                    pain("back pain", Moment::Waking, score),
                    pain("back pain", Moment::Bedtime, score + 1.0),
                ];
                entries.push(pain("back pain", Moment::Day, score));
                entries.truncate(if index % 10 == 0 { 2 } else { 3 });
                Day { date: on(index), entries }
            })
            .collect();
        (nights, days)
    };
    let (nights, days) = many(60);
    let chosen = select(&nights, &days, &Question::default()).unwrap();
    assert_eq!(chosen.moment, Moment::Waking);
    // Bedtime stands beside waking on every day, the day's own score on nine of ten.
    assert_eq!(
        chosen.later.as_ref().map(|(moment, later)| (*moment, later.values.len())),
        Some((Moment::Bedtime, 60))
    );
    assert!(chosen.remarks[0].contains("both reports are used"), "{:?}", chosen.remarks);
    let series = chosen.series().unwrap();
    assert_eq!((series.days_with_both_reports(), series.evening()[3]), (60, Some(4.0)));
    let asked = Question { moment: Some(Moment::Bedtime), ..Question::default() };
    assert!(select(&nights, &days, &asked).unwrap().later.is_none());
    let (nights, days) = many(59);
    assert!(select(&nights, &days, &Question::default()).unwrap().later.is_none());
}

#[test]
fn more_awakenings_are_not_better_sleep() {
    let woken = |times: f64| Value::Quantity { value: times, unit: "times".to_owned() };
    let one = |number: i8, times: f64| {
        let woken = entry("woken by pain", Role::WokenByPain, Moment::Waking, woken(times));
        day(number, vec![woken, pain("back pain", Moment::Waking, 3.0)])
    };
    let question = Question { sleep: SleepChoice::from_word("woken by pain"), ..Question::default() };
    let chosen = select(&[], &[one(1, 3.0), one(2, 0.0)], &question).unwrap();
    assert!(chosen.sleep.values[&on(1)] < chosen.sleep.values[&on(2)]);
}
