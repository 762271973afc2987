//! Reads observations from the small text form of the golden cases, and writes assemblies in it.
#![allow(dead_code)]

use nightmend_domain::*;
use nightmend_sleep::Assembly;

/// The parts of a case: its settings and its observations.
pub struct Case {
    pub settings: SleepSettings,
    pub observations: Vec<Observation>,
}

/// Reads a case. Lines: `zone NAME [from DATE]`, `order sleep|entry SOURCE…`, `usual HH:MM`,
/// `sleep SOURCE METHOD KIND DATE field=value…`, `entry SOURCE DATE TRACKER ROLE MOMENT SEVERAL value=… [at=…]`.
pub fn read_case(text: &str) -> Case {
    let mut zones = Vec::new();
    let mut settings = SleepSettings::default();
    let mut observations = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap().trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            ["zone", name, rest @ ..] => zones.push(ZoneChange {
                from: rest.get(1).map(|date| date.parse().unwrap()),
                zone: Zone::named(name).unwrap(),
            }),
            ["usual", time] => settings.usual_mid_sleep = Some(time.parse().unwrap()),
            ["order", kind, sources @ ..] => settings.priorities.push(SourcePriority {
                kind: if *kind == "sleep" { FactKind::Sleep } else { FactKind::Entry },
                order: sources.iter().map(|name| SourceName::new(name).unwrap()).collect(),
            }),
            ["sleep", source, method, kind, date, fields @ ..] => {
                observations.push(sleep(number, source, method, kind, date, fields))
            }
            ["entry", source, date, tracker, role, moment, several, fields @ ..] => {
                observations.push(entry(number, source, date, tracker, [role, moment, several], fields))
            }
            other => panic!("line {}: {other:?}", number + 1),
        }
    }
    settings.zones = ZoneHistory::new(zones);
    Case { settings, observations }
}

/// A time: with an offset stated, or civil without a zone.
pub fn stamp(text: &str) -> OffsetTimestamp {
    if text.len() > 16 {
        let (civil, offset) = text.split_at(16);
        let hours: i8 = offset.split(':').next().unwrap().parse().unwrap();
        let offset = jiff::tz::Offset::constant(hours);
        let instant = offset.to_timestamp(civil.parse().unwrap()).unwrap();
        OffsetTimestamp::new(instant, offset, ZoneBasis::Stated)
    } else {
        OffsetTimestamp::from_civil_without_zone(text.parse().unwrap()).unwrap()
    }
}

fn sleep(number: usize, source: &str, method: &str, kind: &str, date: &str, fields: &[&str]) -> Observation {
    let method = match method {
        "device" => SleepMethod::Device,
        "diary" => SleepMethod::Diary,
        _ => SleepMethod::Unstated,
    };
    let kind = match kind {
        "main" => SleepKind::Main,
        "nap" => SleepKind::Nap,
        _ => SleepKind::Unstated,
    };
    let mut record = SleepRecord::unknown(method, kind);
    let mut at = None;
    for field in fields {
        let (name, value) = field.split_once('=').unwrap();
        let length = || Some(Minutes::new(value.parse().unwrap()).unwrap());
        match name {
            "bed" => record.in_bed = Some(stamp(value)),
            "try" => record.try_sleep = Some(stamp(value)),
            "onset" => record.sleep_onset = Some(stamp(value)),
            "wake" => record.final_awakening = Some(stamp(value)),
            "up" => record.out_of_bed = Some(stamp(value)),
            "sol" => record.sleep_onset_latency = length(),
            "waso" => record.wake_after_sleep_onset = length(),
            "tst" => record.total_sleep_time = length(),
            "tib" => record.time_in_bed = length(),
            "awakenings" => record.awakenings = Some(value.parse().unwrap()),
            "stages" => record.stages = Some(stages(value)),
            "segments" => record.segments = segments(value),
            "quality" => record.quality = Some(rating(value)),
            "at" => at = Some(stamp(value)),
            other => panic!("{other}"),
        }
    }
    observation(number, source, date, at, Fact::Sleep(Box::new(record)))
}

fn rating(value: &str) -> Rating {
    Rating::new(value.parse().unwrap(), Scale::new(1.0, 5.0, ScaleDirection::HigherIsBetter).unwrap())
        .unwrap()
}

fn stages(value: &str) -> StageMinutes {
    let parts: Vec<Option<Minutes>> =
        value.split(',').map(|part| part.parse().ok().map(|m| Minutes::new(m).unwrap())).collect();
    StageMinutes { deep: parts[0], light: parts[1], rem: parts[2], wake: parts[3] }
}

/// `2024-01-01T23:00,wake:10,light:60,…`, one after the other.
fn segments(value: &str) -> Vec<StageSegment> {
    let mut parts = value.split(',');
    let mut start = stamp(parts.next().unwrap());
    parts
        .map(|part| {
            let (stage, minutes) = part.split_once(':').unwrap();
            let stage = match stage {
                "wake" => Stage::Wake,
                "restless" => Stage::Restless,
                "asleep" => Stage::Asleep,
                "light" => Stage::Light,
                "deep" => Stage::Deep,
                "rem" => Stage::Rem,
                other => panic!("{other}"),
            };
            let length = Minutes::new(minutes.parse().unwrap()).unwrap();
            let segment = StageSegment { start, length, stage };
            start = start.plus(length).unwrap();
            segment
        })
        .collect()
}

fn entry(
    number: usize,
    source: &str,
    date: &str,
    tracker: &str,
    [role, moment, several]: [&str; 3],
    fields: &[&str],
) -> Observation {
    let role = match role {
        "pain" => Role::Pain,
        "quality" => Role::SleepQuality,
        "note" => Role::Note,
        _ => Role::Other,
    };
    let moment = match moment {
        "waking" => Moment::Waking,
        "bedtime" => Moment::Bedtime,
        "worst" => Moment::Worst,
        "now" => Moment::Now,
        _ => Moment::Day,
    };
    let several = match several {
        "replace" => Several::Replace,
        "first" => Several::First,
        "last" => Several::Last,
        "mean" => Several::Mean,
        "max" => Several::Max,
        "sum" => Several::Sum,
        other => panic!("{other}"),
    };
    let (mut value, mut at) = (Value::Text(String::new()), None);
    for field in fields {
        let (name, text) = field.split_once('=').unwrap();
        match name {
            "nrs" => value = Value::Nrs(Nrs::new(text.parse().unwrap()).unwrap()),
            "rating" => value = Value::Rating(rating(text)),
            "steps" => value = Value::Quantity { value: text.parse().unwrap(), unit: "steps".to_owned() },
            "tick" => {
                value = Value::Tick {
                    yes: text == "yes",
                    direction: ScaleDirection::HigherIsWorse,
                    absence: Absence::Unknown,
                }
            }
            "text" => value = Value::Text(text.to_owned()),
            "at" => at = Some(stamp(text)),
            other => panic!("{other}"),
        }
    }
    let tracker = TrackerName::new(&tracker.replace('_', " ")).unwrap();
    observation(number, source, date, at, Fact::Entry(Entry { tracker, role, moment, several, value }))
}

fn observation(
    number: usize,
    source: &str,
    date: &str,
    at: Option<OffsetTimestamp>,
    fact: Fact,
) -> Observation {
    Observation {
        key: RecordKey::new(&format!("case/{number:04}")).unwrap(),
        date: date.parse().unwrap(),
        at,
        fact,
        provenance: Provenance {
            source: SourceName::new(source).unwrap(),
            place: format!("line {}", number + 1),
        },
    }
}

/// Writes an assembly so that a person can check it.
pub fn write_assembly(assembly: &Assembly) -> String {
    let mut lines = Vec::new();
    for night in &assembly.nights {
        lines.push(format!(
            "night {} source={} method={:?}{}",
            night.date,
            night.source,
            night.method,
            fields(night)
        ));
        for decision in &night.decisions {
            lines.push(format!("  {}: {}", decision.about, decision.reason));
        }
    }
    for nap in &assembly.naps {
        let shown = |t: Option<OffsetTimestamp>| t.map_or("?".to_owned(), |t| t.to_string());
        let tst = nap.tst.map_or("?".to_owned(), |m| m.get().to_string());
        lines.push(format!(
            "nap {} source={} {} to {} tst={tst}",
            nap.date,
            nap.source,
            shown(nap.start),
            shown(nap.end)
        ));
    }
    for day in &assembly.days {
        for entry in &day.entries {
            let at = entry.at.map_or(String::new(), |at| format!(" at={at}"));
            let recalled = if entry.recalled { " recalled" } else { "" };
            lines.push(format!(
                "day {} {} {:?} {:?} count={} source={}{at}{recalled}",
                day.date, entry.tracker, entry.moment, entry.value, entry.count, entry.source
            ));
        }
    }
    for note in &assembly.account.notes {
        lines.push(format!("note {} {}: {}", note.date, note.decision.about, note.decision.reason));
    }
    lines.join("\n") + "\n"
}

fn fields(night: &Night) -> String {
    let mut text = String::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            text += &format!(" {name}={value}");
        }
    };
    let time = |t: Option<OffsetTimestamp>| t.map(|t| t.to_string());
    let length = |m: Option<Minutes>| m.map(|m| m.get().to_string());
    add("in_bed", time(night.in_bed));
    add("try", time(night.try_sleep));
    add("onset", time(night.sleep_onset));
    add("wake", time(night.final_awakening));
    add("up", time(night.out_of_bed));
    add("tst", length(night.tst));
    add("waso", length(night.waso));
    add("sol", length(night.sol));
    add("tib", length(night.tib));
    add("spt", length(night.spt));
    add("se", night.se.map(|p| format!("{:.2}", p.get())));
    add("sme", night.sme.map(|p| format!("{:.2}", p.get())));
    add("awakenings", night.awakenings.map(|n| n.to_string()));
    add(
        "stages",
        night.stages.map(|s| format!("{:?}", [s.deep, s.light, s.rem, s.wake].map(|m| m.map(Minutes::get)))),
    );
    add("quality", night.quality.map(|q| q.value().to_string()));
    text
}
