//! Writes simulated check-ins as tables of other apps, which need a map to be read: wide with stamps, and long.

use std::fmt::Write;

use jiff::Timestamp;

use crate::observe::ObservedDay;

/// The map by which [`wellness_csv`] is read, for a person in London.
pub const WELLNESS_MAP: &str = r#"# Simulated: a wide table with stamps in UTC, soreness reversed, 0 where a question was skipped.
source = "simulated wellness"

[file]
names = ["wellness.csv"]
missing = [0]

[time]
column = "recorded_at"
zone = "UTC"
person_zone = "Europe/London"
day_starts = "04:00"

[sleep]
method = "diary"
kind = "main"
hours_asleep = "sleep_hours"

[[column]]
name = "sleep_quality"
as = "sleep quality"
role = "sleep_quality"
moment = "waking"
scale = [1, 5]
higher = "better"

[[column]]
name = "soreness"
role = "pain"
moment = "day"
scale = [1, 5]
higher = "better"

[[column]]
name = "fatigue"
role = "symptom"
moment = "day"
scale = [1, 5]
higher = "better"

[[column]]
name = "stress"
role = "stress"
moment = "day"
scale = [1, 5]
higher = "worse"
"#;

/// The map by which [`tracker_csv`] is read.
pub const TRACKER_MAP: &str = r#"# Simulated: a long table, one row a tracker and day, ratings from 0 to 3.
source = "simulated trackers"

[file]
names = ["trackers.csv"]
ignore = ["category"]

[date]
column = "date"
format = "iso"

[long]
tracker = "tracker"
value = "value"

[[tracker]]
name = "Sleep"
as = "sleep quality"
role = "sleep_quality"
moment = "waking"
scale = [0, 3]
higher = "worse"

[[tracker]]
name = "Back Pain"
as = "back pain"
role = "pain"
moment = "bedtime"
scale = [0, 3]
higher = "worse"

[[tracker]]
name = "Stress"
role = "stress"
moment = "bedtime"
scale = [0, 3]
higher = "worse"

[[tracker]]
name = "Note"
role = "note"
text = true
"#;

/// A wide table, one row a check-in, stamped in UTC, on scales of its own: soreness is reversed (1 = very sore,
/// 5 = not sore at all), quality runs from 1 to 5, hours of sleep are whole, and 0 means "not given".
///
/// Columns: `recorded_at,fatigue,sleep_hours,sleep_quality,soreness,stress`.
#[must_use]
pub fn wellness_csv(days: &[ObservedDay]) -> Vec<u8> {
    let mut text = "recorded_at,fatigue,sleep_hours,sleep_quality,soreness,stress\n".to_owned();
    for day in days {
        let Some(morning) = &day.morning else { continue };
        let soreness = 5 - (morning.back_pain / 2).min(4);
        let fatigue = morning.rested.unwrap_or(0);
        let stress =
            day.evening.as_ref().and_then(|evening| evening.stress).map_or(0, |stress| 1 + stress.min(9) / 2);
        let minutes = minutes_between(morning.tried_to_sleep, morning.final_awakening)
            - i64::from(morning.minutes_to_fall_asleep + morning.minutes_awake);
        let _ = writeln!(
            text,
            "{},{fatigue},{},{},{soreness},{stress}",
            utc(morning.answered),
            (minutes + 30) / 60,
            morning.sleep_quality.unwrap_or(0),
        );
    }
    text.into_bytes()
}

/// A long table, one row a tracker and day, ratings from 0 to 3 on which more is worse, and a remark now and then.
///
/// Columns: `date,tracker,category,value`. Trackers: `Sleep` (rated in the morning), `Back Pain`, `Stress` and
/// `Note` (in the evening).
#[must_use]
pub fn tracker_csv(days: &[ObservedDay]) -> Vec<u8> {
    let mut text = "date,tracker,category,value\n".to_owned();
    for (index, day) in days.iter().enumerate() {
        let date = day.date;
        if let Some(quality) = day.morning.as_ref().and_then(|morning| morning.sleep_quality) {
            let _ = writeln!(text, "{date},Sleep,Sleep,{}", (5 - quality).min(3));
        }
        if let Some(evening) = &day.evening {
            let _ = writeln!(text, "{date},Back Pain,Pain,{}", (evening.back_pain + 1) / 3);
            if let Some(stress) = evening.stress {
                let _ = writeln!(text, "{date},Stress,Mind,{}", (stress + 1) / 3);
            }
            if index % 20 == 7 {
                let _ = writeln!(text, "{date},Note,Other,\"long drive, felt stiff\"");
            }
        }
    }
    text.into_bytes()
}

fn minutes_between(earlier: jiff::civil::DateTime, later: jiff::civil::DateTime) -> i64 {
    later.duration_since(earlier).as_mins()
}

fn utc(instant: Timestamp) -> String {
    let civil = jiff::tz::Offset::UTC.to_datetime(instant);
    format!("{}T{:02}:{:02}:{:02}.000Z", civil.date(), civil.hour(), civil.minute(), civil.second())
}
