//! Makes the observations of a person who has kept records for five years in three places.

use jiff::Timestamp;
use jiff::civil::date;
use nightmend_domain::trackers::{self, BuiltIn};
use nightmend_domain::{
    Fact, Minutes, Observation, OffsetTimestamp, SleepKind, SleepMethod, SleepRecord, Stage, StageMinutes,
    StageSegment, Zone, ZoneBasis,
};
use nightmend_sim::hypnogram::{Hypnogram, Level};
use nightmend_sim::observe::{DeviceSleep, Evening, Morning};
use nightmend_sim::{Habits, ObservedDay, Person, PersonParameters, Seed, demo::demo_parameters, observe};

use crate::observations::Maker;

/// Nights in five years, one of them a leap year and one begun.
pub const NIGHTS: usize = 1_826;

/// The observations of 1,826 nights from 2020-01-01 on: a diary with check-ins, a device with stages, and a phone that
/// tells another version of the same nights; about 30,000 entries.
#[must_use]
pub fn five_years(seed: u64) -> Vec<Observation> {
    let steady = PersonParameters { pain_trend_per_30_days: 0.0, ..demo_parameters() };
    let person = Person::new(steady).expect("the demo person is a person");
    let zone = Zone::named("Europe/London").expect("a zone of the bundle");
    let seed = Seed::new(seed);
    let course = person.course(NIGHTS, date(2020, 1, 1), seed);
    let habits = Habits {
        mornings_missed: 0.02,
        evenings_missed: 0.02,
        answers_skipped: 0.01,
        ..Habits::ordinary(zone.clone())
    };
    let worse = Habits { device_offset_hours: -0.4, device_error_sd_hours: 0.8, ..habits.clone() };
    let phone = observe(&course, &worse, seed.person(1));
    let mut all = observations(&observe(&course, &habits, seed), &zone);
    let maker = Maker::of("phone", SleepMethod::Device, "Europe/London");
    all.extend(
        phone
            .iter()
            .flat_map(|day| &day.device)
            .map(|sleep| device_sleep(sleep, &zone, &maker, Detail::Times)),
    );
    all
}

/// The observations that an import of the simulated diary and device would come to, without the import.
#[must_use]
pub fn observations(days: &[ObservedDay], zone: &Zone) -> Vec<Observation> {
    let (diary, device) = (Maker::diary(zone.name()), Maker::fitbit(zone.name()));
    let mut all = Vec::new();
    for day in days {
        if let Some(morning) = &day.morning {
            all.push(diary_night(day, morning, &diary));
            all.extend(morning_entries(day, morning, &diary));
        }
        if let Some(evening) = &day.evening {
            all.extend(evening_entries(day, evening, &diary));
        }
        all.extend(day.device.iter().map(|sleep| device_sleep(sleep, zone, &device, Detail::Stages)));
    }
    all
}

fn diary_night(day: &ObservedDay, morning: &Morning, maker: &Maker) -> Observation {
    let minutes = |minutes: u32| Minutes::new(f64::from(minutes)).ok();
    let mut record = SleepRecord::unknown(SleepMethod::Diary, SleepKind::Main);
    record.in_bed = Some(maker.at_civil(morning.in_bed));
    record.try_sleep = Some(maker.at_civil(morning.tried_to_sleep));
    record.final_awakening = Some(maker.at_civil(morning.final_awakening));
    record.out_of_bed = Some(maker.at_civil(morning.out_of_bed));
    record.sleep_onset_latency = minutes(morning.minutes_to_fall_asleep);
    record.wake_after_sleep_onset = minutes(morning.minutes_awake);
    record.awakenings = Some(morning.awakenings);
    maker.sleep(day.date, &format!("sleep/{}", day.date), record)
}

fn morning_entries(day: &ObservedDay, morning: &Morning, maker: &Maker) -> Vec<Observation> {
    let mut entries = vec![(&trackers::PAIN_WAKING, Some(f64::from(morning.back_pain)))];
    entries.push((&trackers::SLEEP_QUALITY, morning.sleep_quality.map(f64::from)));
    entries.push((&trackers::RESTED, morning.rested.map(f64::from)));
    entries.push((&trackers::STIFFNESS, morning.stiffness_minutes.map(f64::from)));
    entries.push((&trackers::WOKEN_BY_PAIN, morning.woken_by_pain.map(f64::from)));
    entries.push((&trackers::SPASMS, morning.spasms.map(|yes| f64::from(u8::from(yes)))));
    let mut all = numbers(day, &entries, maker);
    all.extend(morning.position.map(|position| maker.entry(day.date, trackers::POSITION.text(position))));
    all
}

fn evening_entries(day: &ObservedDay, evening: &Evening, maker: &Maker) -> Vec<Observation> {
    let tick = |yes: Option<bool>| yes.map(|yes| f64::from(u8::from(yes)));
    let entries = [
        (&trackers::PAIN_BEDTIME, Some(f64::from(evening.back_pain))),
        (&trackers::PAIN_DAY, evening.average_back_pain.map(f64::from)),
        (&trackers::PAIN_WORST, evening.worst_back_pain.map(f64::from)),
        (&trackers::STRESS, evening.stress.map(f64::from)),
        (&trackers::ACTIVITY, evening.activity_minutes.map(f64::from)),
        (&trackers::ALCOHOL, evening.alcohol_drinks.map(f64::from)),
        (&trackers::CAFFEINE, evening.caffeine_after_14.map(f64::from)),
        (&trackers::PAINKILLER, tick(evening.painkiller)),
        (&trackers::UNUSUAL_LOAD, tick(evening.unusual_load)),
        (&trackers::NAP, evening.nap_minutes.map(f64::from)),
    ];
    numbers(day, &entries, maker)
}

fn numbers(day: &ObservedDay, entries: &[(&BuiltIn, Option<f64>)], maker: &Maker) -> Vec<Observation> {
    let stated = entries.iter().filter_map(|(tracker, number)| Some((tracker, (*number)?)));
    stated
        .map(|(tracker, number)| {
            maker.entry(day.date, tracker.number(number).expect("simulated answers lie within their limits"))
        })
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Stages,
    Times,
}

fn device_sleep(sleep: &DeviceSleep, zone: &Zone, maker: &Maker, detail: Detail) -> Observation {
    let hypnogram = &sleep.hypnogram;
    let stamp = |instant: Timestamp| OffsetTimestamp::in_zone(instant, zone, ZoneBasis::Person);
    let kind = if sleep.is_main { SleepKind::Main } else { SleepKind::Nap };
    let mut record = SleepRecord::unknown(SleepMethod::Device, kind);
    record.sleep_onset = Some(stamp(hypnogram.start));
    record.final_awakening = Some(stamp(hypnogram.instant(hypnogram.length())));
    record.total_sleep_time = half_minutes(hypnogram.asleep());
    record.wake_after_sleep_onset = half_minutes(hypnogram.length() - hypnogram.asleep());
    if detail == Detail::Stages {
        record.stages = Some(stage_minutes(hypnogram));
        record.segments = segments(hypnogram, &stamp);
    }
    let key = format!("sleep/{}", hypnogram.start.as_second());
    let observation = maker.sleep(sleep.date, &key, record);
    debug_assert!(matches!(observation.fact, Fact::Sleep(_)));
    observation
}

fn half_minutes(count: usize) -> Option<Minutes> {
    Minutes::new(count as f64 / 2.0).ok()
}

fn stage_minutes(hypnogram: &Hypnogram) -> StageMinutes {
    let runs = hypnogram.merged_runs();
    let whole =
        |level| half_minutes(runs.iter().filter(|run| run.level == level).map(|run| run.length).sum());
    StageMinutes {
        deep: whole(Level::Deep),
        light: whole(Level::Light),
        rem: whole(Level::Rem),
        wake: whole(Level::Wake),
    }
}

fn segments(hypnogram: &Hypnogram, stamp: &dyn Fn(Timestamp) -> OffsetTimestamp) -> Vec<StageSegment> {
    let stage = |level| match level {
        Level::Wake => Stage::Wake,
        Level::Light => Stage::Light,
        Level::Deep => Stage::Deep,
        Level::Rem => Stage::Rem,
    };
    let runs = hypnogram.merged_runs().into_iter();
    runs.filter_map(|run| {
        let start = stamp(hypnogram.instant(run.start));
        Some(StageSegment { start, length: half_minutes(run.length)?, stage: stage(run.level) })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeSet, HashSet};

    #[test]
    fn five_years_are_what_they_say() {
        let all = five_years(1);
        let entries = all.iter().filter(|o| matches!(o.fact, Fact::Entry(_))).count();
        assert!((28_000..32_000).contains(&entries), "{entries}");
        let sources: BTreeSet<&str> = all.iter().map(|o| o.provenance.source.as_str()).collect();
        assert_eq!(sources.into_iter().collect::<Vec<_>>(), ["diary", "fitbit", "phone"]);
        let nights: BTreeSet<_> =
            all.iter().filter(|o| matches!(o.fact, Fact::Sleep(_))).map(|o| o.date).collect();
        assert_eq!(nights.len(), NIGHTS);
        let keys: HashSet<_> = all.iter().map(|o| (o.provenance.source.clone(), o.key.clone())).collect();
        assert_eq!(keys.len(), all.len());
        assert_eq!(all, five_years(1));
    }
}
