//! Times the reading of a year of Fitbit sleep logs, a long table of a year, and a proposal for it.

use std::fmt::Write;

use nightmend_domain::{Zone, ZoneHistory};
use nightmend_import::table::{TableMap, propose};
use nightmend_import::{ImportSettings, PlausibleDates, importer_by_id};

fn main() {
    divan::main();
}

fn settings(map: Option<&str>) -> ImportSettings {
    ImportSettings {
        zones: ZoneHistory::always(Zone::named("Europe/Oslo").expect("the bundle has it")),
        path_parts: Vec::new(),
        map: map.map(|text| TableMap::parse(text).expect("the map is valid")),
        plausible_dates: PlausibleDates::until_tomorrow(jiff::civil::date(2025, 12, 31)),
    }
}

/// A year of nights with 150 levels each, about 4 MB.
fn logs() -> String {
    let mut text = String::from("[");
    let mut day = jiff::civil::date(2023, 1, 1);
    for night in 0..365 {
        let next = day.tomorrow().expect("the year goes on");
        let start = day.at(23, 0, 0, 0);
        let mut levels = String::new();
        for level in 0_i64..150 {
            let at = start + jiff::SignedDuration::from_secs(level * 180);
            let name = ["light", "deep", "rem", "wake"][(level % 4) as usize];
            let comma = if level == 0 { "" } else { "," };
            write!(levels, r#"{comma}{{"dateTime":"{at}.000","level":"{name}","seconds":180}}"#)
                .expect("memory");
        }
        let comma = if night == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"logId":{night},"dateOfSleep":"{next}","startTime":"{start}.000","endTime":"{next}T06:30:00.000","duration":27000000,"minutesAsleep":330,"efficiency":95,"type":"stages","mainSleep":true,"levels":{{"summary":{{"deep":{{"minutes":110}},"light":{{"minutes":110}},"rem":{{"minutes":110}},"wake":{{"minutes":110}}}},"data":[{levels}]}}}}"#
        )
        .expect("memory");
        day = next;
    }
    text.push(']');
    text
}

/// A year of 30 trackers a day.
fn table() -> String {
    let mut text = String::from("date,tracker,value\n");
    let mut day = jiff::civil::date(2023, 1, 1);
    for number in 0..365 {
        for tracker in 0..30 {
            writeln!(text, "{day},pain {tracker},{}", (number * 7 + tracker) % 4).expect("memory");
        }
        day = day.tomorrow().expect("the year goes on");
    }
    text
}

const MAP: &str = r#"
source = "bench"
date = { column = "date", format = "iso" }
long = { tracker = "tracker", value = "value" }
[[tracker]]
names = ["pain 0", "pain 1", "pain 2", "pain 3"]
role = "pain"
moment = "day"
scale = [0, 3]
higher = "worse"
"#;

#[divan::bench]
fn a_year_of_fitbit_logs(bencher: divan::Bencher<'_, '_>) {
    let (text, settings) = (logs(), settings(None));
    let importer = importer_by_id("fitbit-sleep").expect("it is listed");
    bencher
        .bench(|| importer.read(&mut text.as_bytes(), &settings, &mut |item| drop(divan::black_box(item))));
}

#[divan::bench]
fn a_year_of_a_long_table(bencher: divan::Bencher<'_, '_>) {
    let (text, settings) = (table(), settings(Some(MAP)));
    let importer = importer_by_id("table").expect("it is listed");
    bencher
        .bench(|| importer.read(&mut text.as_bytes(), &settings, &mut |item| drop(divan::black_box(item))));
}

#[divan::bench]
fn a_proposal_for_it(bencher: divan::Bencher<'_, '_>) {
    let text = table();
    bencher.bench(|| propose(&mut text.as_bytes(), "table.csv"));
}
