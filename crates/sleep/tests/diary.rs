//! Checks the placing of diary times and what is said about a night before it is saved.

use jiff::civil::{Date, Time};
use nightmend_domain::{Minutes, OffsetTimestamp, SleepKind, SleepMethod, SleepRecord, Zone};
use nightmend_sleep::diary::{
    ClockField, PlacedTimes, PlacementError, RemarkKind, WrittenTimes, place_times, plausibility,
};
use proptest::prelude::*;

fn time(text: &str) -> Option<Time> {
    (!text.is_empty()).then(|| text.parse().unwrap())
}

fn place(times: [&str; 4], zone: Option<&Zone>) -> Result<PlacedTimes, PlacementError> {
    let [in_bed, try_sleep, final_awakening, out_of_bed] = times.map(time);
    let date: Date = "2024-03-10".parse().unwrap();
    place_times(date, WrittenTimes { in_bed, try_sleep, final_awakening, out_of_bed }, zone)
}

fn shown(placed: &PlacedTimes) -> [String; 4] {
    [placed.in_bed, placed.try_sleep, placed.final_awakening, placed.out_of_bed]
        .map(|time| time.map_or(String::new(), |time| time.civil().strftime("%d %H:%M").to_string()))
}

fn record(placed: &PlacedTimes) -> SleepRecord {
    SleepRecord {
        in_bed: placed.in_bed,
        try_sleep: placed.try_sleep,
        final_awakening: placed.final_awakening,
        out_of_bed: placed.out_of_bed,
        ..SleepRecord::unknown(SleepMethod::Diary, SleepKind::Main)
    }
}

#[test]
fn times_go_to_the_evening_before_unless_their_order_says_otherwise() {
    let cases = [
        (["22:30", "23:00", "07:00", "07:20"], ["09 22:30", "09 23:00", "10 07:00", "10 07:20"]),
        (["23:50", "00:20", "07:00", "07:20"], ["09 23:50", "10 00:20", "10 07:00", "10 07:20"]),
        (["07:40", "08:00", "15:00", "15:10"], ["10 07:40", "10 08:00", "10 15:00", "10 15:10"]),
        // Woke before midnight, up after it.
        (["15:00", "15:30", "23:50", "00:10"], ["10 15:00", "10 15:30", "10 23:50", "11 00:10"]),
        (["22:30", "", "", "07:20"], ["09 22:30", "", "", "10 07:20"]),
        (["", "", "07:00", ""], ["", "", "10 07:00", ""]),
        // No end is known: evening and early morning.
        (["22:30", "23:00", "", ""], ["09 22:30", "09 23:00", "", ""]),
        (["", "01:30", "", ""], ["", "10 01:30", "", ""]),
        // Lying down and trying at the same minute.
        (["23:00", "23:00", "07:00", "07:00"], ["09 23:00", "09 23:00", "10 07:00", "10 07:00"]),
    ];
    for (written, expected) in cases {
        assert_eq!(shown(&place(written, None).unwrap()), expected, "{written:?}");
    }
}

#[test]
fn times_turned_round_are_refused_with_something_to_do() {
    for written in [
        ["23:30", "23:00", "07:00", ""],
        ["22:00", "23:00", "07:00", "06:30"],
        ["", "07:30", "07:20", ""],
        ["22:00", "21:50", "21:40", ""],
    ] {
        let refused = place(written, None).unwrap_err();
        assert!(matches!(refused, PlacementError::TurnedRound { .. }), "{written:?}: {refused}");
        assert!(refused.to_string().ends_with("or leave it empty"), "{refused}");
    }
    let whole_day = place(["20:00", "19:00", "18:00", ""], None).unwrap_err();
    assert!(whole_day.to_string().contains("correct one of the"), "{whole_day}");
    // 12 h before lights out, 11 h of night, 2 h in bed after it.
    let too_long = place(["09:00", "21:00", "08:00", "10:00"], None).unwrap_err();
    assert!(matches!(too_long, PlacementError::TooLong { .. }), "{too_long}");
}

#[test]
fn a_time_that_did_not_happen_is_moved_and_said() {
    let new_york = Zone::named("America/New_York").unwrap();
    // Clocks went forward at 02:00 on 2024-03-10 there.
    let placed = place(["", "02:30", "08:00", ""], Some(&new_york)).unwrap();
    assert_eq!(placed.try_sleep.unwrap().to_string(), "2024-03-10T03:30:00-04:00");
    assert_eq!(placed.remarks.len(), 1);
    assert!(placed.remarks[0].sentence.contains("did not happen"), "{:?}", placed.remarks);
    let night = place(["", "23:00", "07:00", ""], Some(&new_york)).unwrap();
    let slept = night.try_sleep.unwrap().minutes_until(night.final_awakening.unwrap()).unwrap();
    assert_eq!(slept.get(), 420.0);
}

#[test]
fn an_ordinary_night_is_said_back() {
    let mut record = record(&place(["22:30", "23:00", "06:40", "06:50"], None).unwrap());
    record.sleep_onset_latency = Minutes::new(15.0).ok();
    record.wake_after_sleep_onset = Minutes::new(25.0).ok();
    let sentences: Vec<String> = plausibility(&record).into_iter().map(|remark| remark.sentence).collect();
    assert_eq!(sentences, ["you were in bed 8 h 20", "you slept 7 h 00"]);
}

#[test]
fn a_slip_between_am_and_pm_is_offered_for_repair() {
    let cases = [
        // 11:30 for 23:30.
        (["11:30", "", "06:30", "06:30"], "“into bed” 23:30 (11:30 pm)"),
        (
            ["11:00", "11:30", "06:30", "06:40"],
            "“into bed” 23:00 (11:00 pm) and “tried to sleep” 23:30 (11:30 pm)",
        ),
        (["11:00", "23:30", "06:30", "06:40"], "“into bed” 23:00 (11:00 pm)"),
        // 18:30 for 06:30, and 12:15 for 00:15.
        (["22:00", "22:30", "18:30", "18:40"], "“woke” 06:30 (6:30 am) and “got up” 06:40 (6:40 am)"),
        (
            ["12:00", "12:15", "07:00", "07:10"],
            "“into bed” 00:00 (12:00 am) and “tried to sleep” 00:15 (12:15 am)",
        ),
    ];
    for (written, meant) in cases {
        let remarks = plausibility(&record(&place(written, None).unwrap()));
        let asked = remarks.iter().find(|remark| remark.kind == RemarkKind::Unusual).unwrap();
        let repair = asked.repair.as_ref().unwrap();
        assert_eq!(repair.question, format!("did you mean {meant}?"), "{written:?}");
    }
    let remarks = plausibility(&record(&place(cases[0].0, None).unwrap()));
    assert_eq!(remarks[0].sentence, "that is 19 hours: did you mean “into bed” 23:30 (11:30 pm)?");
    assert_eq!(remarks[0].repair.as_ref().unwrap().changes[0].0, ClockField::InBed);
}

#[test]
fn what_cannot_be_is_said() {
    let at = |text: &str| OffsetTimestamp::from_civil_without_zone(text.parse().unwrap()).ok();
    let unknown = || SleepRecord::unknown(SleepMethod::Diary, SleepKind::Main);
    let backwards = SleepRecord {
        try_sleep: at("2024-03-10T11:00"),
        final_awakening: at("2024-03-10T07:00"),
        ..unknown()
    };
    let remarks = plausibility(&backwards);
    assert_eq!(remarks[0].kind, RemarkKind::Impossible);
    assert_eq!(
        remarks[0].repair.as_ref().unwrap().question,
        "did you mean “tried to sleep” 23:00 (11:00 pm)?"
    );
    let crowded = SleepRecord {
        try_sleep: at("2024-03-10T01:00"),
        final_awakening: at("2024-03-10T07:00"),
        sleep_onset_latency: Minutes::new(100.0).ok(),
        wake_after_sleep_onset: Minutes::new(300.0).ok(),
        ..unknown()
    };
    assert!(plausibility(&crowded).iter().any(|r| r.sentence.starts_with("6 h 40 awake does not fit")));
    let lying_late = record(&place(["16:00", "23:00", "05:00", "05:10"], None).unwrap());
    assert!(plausibility(&lying_late).iter().any(|r| r.sentence.starts_with("you lay in bed for 7 h 00")));
    assert!(plausibility(&unknown()).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn placed_times_are_in_order_on_the_waking_date(minutes in proptest::array::uniform4(proptest::option::of(0_i64..1_440))) {
        let [in_bed, try_sleep, final_awakening, out_of_bed] = minutes.map(|minute| {
            minute.map(|minute| Time::midnight() + jiff::SignedDuration::from_mins(minute))
        });
        let waking: Date = "2024-05-10".parse().unwrap();
        let written = WrittenTimes { in_bed, try_sleep, final_awakening, out_of_bed };
        if let Ok(placed) = place_times(waking, written, None) {
            let times = [placed.in_bed, placed.try_sleep, placed.final_awakening, placed.out_of_bed];
            let known: Vec<_> = times.iter().flatten().map(|time| time.timestamp()).collect();
            prop_assert!(known.is_sorted());
            if let Some(woke) = placed.final_awakening {
                prop_assert_eq!(woke.date(), waking);
            }
            prop_assert!(plausibility(&record(&placed)).len() <= 6);
        }
    }
}
