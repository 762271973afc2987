//! Writes simulated check-ins as nightmend's own diary table.

use std::fmt::Write;

use jiff::civil::DateTime;

use super::cell;
use crate::observe::{Evening, Morning, ObservedDay};

/// The columns of the diary table, in order.
pub const COLUMNS: &[&str] = &[
    "date",
    "in_bed",
    "tried_to_sleep",
    "minutes_to_fall_asleep",
    "awakenings",
    "minutes_awake",
    "final_awakening",
    "out_of_bed",
    "sleep_quality",
    "rested",
    "back_pain_waking",
    "stiffness_min",
    "woken_by_pain",
    "sleeping_position",
    "spasms",
    "back_pain_bedtime",
    "back_pain_average",
    "back_pain_worst",
    "stress",
    "activity_min",
    "alcohol_drinks",
    "caffeine_after_14",
    "painkiller",
    "unusual_load",
    "nap_min",
    "comments",
];

/// The first line of the file: the words by which the diary is known, and that it is simulated.
pub const MARK: &str = "# nightmend diary, simulated: a made-up person, not a record of anyone";

/// The diary as CSV; a day without any answer has no line.
#[must_use]
pub fn diary_csv(days: &[ObservedDay]) -> Vec<u8> {
    let mut text = format!("{MARK}\n{}\n", COLUMNS.join(","));
    for day in days.iter().filter(|day| day.morning.is_some() || day.evening.is_some()) {
        let mut cells = vec![day.date.to_string()];
        cells.extend(morning_cells(day.morning.as_ref()));
        cells.extend(evening_cells(day.evening.as_ref()));
        cells.push(String::new());
        writeln!(text, "{}", cells.join(",")).expect("writing to a string does not fail");
    }
    text.into_bytes()
}

fn morning_cells(morning: Option<&Morning>) -> [String; 14] {
    let Some(morning) = morning else {
        return Default::default();
    };
    [
        clock(morning.in_bed),
        clock(morning.tried_to_sleep),
        morning.minutes_to_fall_asleep.to_string(),
        morning.awakenings.to_string(),
        morning.minutes_awake.to_string(),
        clock(morning.final_awakening),
        clock(morning.out_of_bed),
        cell(morning.sleep_quality),
        cell(morning.rested),
        morning.back_pain.to_string(),
        cell(morning.stiffness_minutes),
        cell(morning.woken_by_pain),
        cell(morning.position),
        tick(morning.spasms),
    ]
}

fn evening_cells(evening: Option<&Evening>) -> [String; 10] {
    let Some(evening) = evening else {
        return Default::default();
    };
    [
        evening.back_pain.to_string(),
        cell(evening.average_back_pain),
        cell(evening.worst_back_pain),
        cell(evening.stress),
        cell(evening.activity_minutes),
        cell(evening.alcohol_drinks),
        cell(evening.caffeine_after_14),
        tick(evening.painkiller),
        tick(evening.unusual_load),
        cell(evening.nap_minutes),
    ]
}

fn clock(time: DateTime) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

fn tick(yes: Option<bool>) -> String {
    cell(yes.map(|yes| if yes { "yes" } else { "no" }))
}
