//! Times the assembly of five years: a watch, a ring and a check-in for every night, and 30,000 entries.

use jiff::SignedDuration;
use jiff::civil::{Date, date};
use nightmend_domain::*;
use nightmend_sleep::{DateRange, FreeDays, assemble, summarise};

fn main() {
    divan::main();
}

const NIGHTS: i64 = 1_826;

#[divan::bench]
fn five_years(bencher: divan::Bencher<'_, '_>) {
    let (observations, settings) = (five_years_of_observations(), settings());
    bencher.bench_local(|| assemble(divan::black_box(&observations), &settings));
}

#[divan::bench]
fn five_years_summary(bencher: divan::Bencher<'_, '_>) {
    let assembly = assemble(&five_years_of_observations(), &settings());
    let range = DateRange { from: date(2019, 1, 1), to: date(2024, 12, 31) };
    bencher.bench_local(|| summarise(&assembly.nights, &assembly.naps, range, &FreeDays::default()));
}

fn settings() -> SleepSettings {
    let oslo = Zone::named("Europe/Oslo").expect("bundled");
    SleepSettings { zones: ZoneHistory::always(oslo), ..SleepSettings::default() }
}

fn five_years_of_observations() -> Vec<Observation> {
    let oslo = Zone::named("Europe/Oslo").expect("bundled");
    let mut all = Vec::new();
    for day in 0..NIGHTS {
        let waking = date(2019, 1, 1) + SignedDuration::from_hours(24 * day);
        // A fixed pattern of odd minutes stands in for chance.
        let wobble = (day * 37) % 90;
        for (source, shift) in [("watch", 0), ("ring", 7), ("check-in", -4)] {
            all.push(sleep(source, waking, wobble + shift, &oslo));
        }
        for tracker in 0..17 {
            all.push(entry(tracker, waking, day));
        }
    }
    all
}

fn at(waking: Date, minute: i64, zone: &Zone) -> Option<OffsetTimestamp> {
    let civil = waking.at(0, 0, 0, 0) + SignedDuration::from_mins(minute);
    OffsetTimestamp::from_civil(civil, zone).ok().map(|(stamp, _)| stamp)
}

fn sleep(source: &str, waking: Date, shift: i64, zone: &Zone) -> Observation {
    let person = source == "check-in";
    let method = if person { SleepMethod::Diary } else { SleepMethod::Device };
    let length = |minutes: f64| Minutes::new(minutes).ok();
    let base = SleepRecord::unknown(method, SleepKind::Main);
    let record = if person {
        SleepRecord {
            in_bed: at(waking, shift - 80, zone),
            try_sleep: at(waking, shift - 60, zone),
            final_awakening: at(waking, 400 + shift, zone),
            out_of_bed: at(waking, 410 + shift, zone),
            sleep_onset_latency: length(15.0),
            wake_after_sleep_onset: length(20.0),
            ..base
        }
    } else {
        SleepRecord {
            sleep_onset: at(waking, shift - 40, zone),
            final_awakening: at(waking, 400 + shift, zone),
            total_sleep_time: length(390.0),
            awakenings: Some(12),
            ..base
        }
    };
    observation(source, &format!("sleep/{waking}"), waking, None, Fact::Sleep(Box::new(record)))
}

fn entry(tracker: i64, waking: Date, day: i64) -> Observation {
    let score = Nrs::new(((day + tracker) % 11) as f64).expect("0 to 10");
    let entry = Entry {
        tracker: TrackerName::new(&format!("tracker {tracker}")).expect("valid"),
        role: Role::Pain,
        moment: Moment::Day,
        several: Several::Replace,
        value: Value::Nrs(score),
    };
    observation("app", &format!("entry/{waking}/{tracker}"), waking, None, Fact::Entry(entry))
}

fn observation(source: &str, key: &str, date: Date, at: Option<OffsetTimestamp>, fact: Fact) -> Observation {
    Observation {
        key: RecordKey::new(key).expect("valid"),
        date,
        at,
        fact,
        provenance: Provenance {
            source: SourceName::new(source).expect("valid"),
            place: "line 1".to_owned(),
        },
    }
}
