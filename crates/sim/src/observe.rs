//! Turns a simulated course into what a person would have of it: diary nights, check-ins, a device's sleeps.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Span, Timestamp};
use nightmend_domain::Zone;

use crate::hypnogram::Hypnogram;
use crate::person::{Course, CourseDay, is_weekend};
use crate::random::{Purpose, Seed, Stream};

/// How a simulated person lives and keeps records.
#[derive(Debug, Clone, PartialEq)]
pub struct Habits {
    /// The zone of their clocks.
    pub zone: Zone,
    /// When they usually go to bed; a time before noon is after midnight.
    pub usual_bedtime: Time,
    /// SD of going to bed, minutes.
    pub bedtime_sd_minutes: f64,
    /// Minutes later to bed on nights that end on a Saturday or Sunday.
    pub weekend_minutes_later: f64,
    /// SD of what the diary's hours of sleep are wrong by.
    pub diary_error_sd_hours: f64,
    /// SD of what a pain score is wrong by, points, before it is rounded to a whole number within 0–10.
    pub pain_error_sd: f64,
    /// Share of morning check-ins missed.
    pub mornings_missed: f64,
    /// Share of evening check-ins missed.
    pub evenings_missed: f64,
    /// By how much the log-odds of missing a check-in rise per point of pain above 4; 0 means that pain has no
    /// say in it.
    pub missed_more_per_point: f64,
    /// Share of single optional answers left empty.
    pub answers_skipped: f64,
    /// Hours by which the device's sleep differs on average: a device takes lying still for sleep.
    pub device_offset_hours: f64,
    /// SD of what the device's hours of sleep are wrong by.
    pub device_error_sd_hours: f64,
    /// Share of nights without the device.
    pub device_nights_missed: f64,
    /// Share of days with a nap, after a night of average length.
    pub nap_share: f64,
}

/// What there is of one night and the day after it.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservedDay {
    /// The date of waking.
    pub date: Date,
    /// The morning check-in with the diary night; `None` where it was missed.
    pub morning: Option<Morning>,
    /// The evening check-in; `None` where it was missed.
    pub evening: Option<Evening>,
    /// What the device recorded: the main sleep, then a nap.
    pub device: Vec<DeviceSleep>,
}

/// A morning check-in with the night as the person tells it; clock times are local and rounded to five minutes.
#[derive(Debug, Clone, PartialEq)]
pub struct Morning {
    /// When it was answered.
    pub answered: Timestamp,
    /// Into bed.
    pub in_bed: DateTime,
    /// Lights out.
    pub tried_to_sleep: DateTime,
    /// Minutes to fall asleep.
    pub minutes_to_fall_asleep: u32,
    /// How often awake.
    pub awakenings: u32,
    /// Minutes awake in the night.
    pub minutes_awake: u32,
    /// Last awakening.
    pub final_awakening: DateTime,
    /// Out of bed.
    pub out_of_bed: DateTime,
    /// Quality of the night, 1 to 5.
    pub sleep_quality: Option<u8>,
    /// Rested, 1 to 5.
    pub rested: Option<u8>,
    /// Back pain on waking, 0 to 10.
    pub back_pain: u8,
    /// Minutes until stiffness eases.
    pub stiffness_minutes: Option<u32>,
    /// How often woken by pain.
    pub woken_by_pain: Option<u32>,
    /// Position slept in: `back`, `side`, `stomach` or `mixed`.
    pub position: Option<&'static str>,
    /// Muscle spasms in the night.
    pub spasms: Option<bool>,
}

/// An evening check-in.
#[derive(Debug, Clone, PartialEq)]
pub struct Evening {
    /// When it was answered.
    pub answered: Timestamp,
    /// Back pain at bedtime, 0 to 10.
    pub back_pain: u8,
    /// Average back pain of the day, 0 to 10.
    pub average_back_pain: Option<u8>,
    /// Worst back pain of the day, 0 to 10.
    pub worst_back_pain: Option<u8>,
    /// Stress, 0 to 10.
    pub stress: Option<u8>,
    /// Active minutes.
    pub activity_minutes: Option<u32>,
    /// Drinks.
    pub alcohol_drinks: Option<u32>,
    /// Cups of something with caffeine after 14:00.
    pub caffeine_after_14: Option<u32>,
    /// A painkiller taken.
    pub painkiller: Option<bool>,
    /// An unusual load on the back.
    pub unusual_load: Option<bool>,
    /// Minutes napped; `Some(0)` is a stated "no nap".
    pub nap_minutes: Option<u32>,
}

/// One sleep that the device recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceSleep {
    /// The date on which it ended.
    pub date: Date,
    /// Whether the device calls it the main sleep.
    pub is_main: bool,
    /// The run of stages. A nap has stages too; the "classic" format reduces them to asleep and restless.
    pub hypnogram: Hypnogram,
}

impl Habits {
    /// An ordinary person in that zone who keeps records well: a tenth of the check-ins is missing, and a device
    /// is worn on most nights that tells twelve minutes too much on average.
    #[must_use]
    pub fn ordinary(zone: Zone) -> Self {
        Self {
            zone,
            usual_bedtime: Time::constant(22, 50, 0, 0),
            bedtime_sd_minutes: 25.0,
            weekend_minutes_later: 35.0,
            diary_error_sd_hours: 0.25,
            pain_error_sd: 0.5,
            mornings_missed: 0.08,
            evenings_missed: 0.10,
            missed_more_per_point: 0.0,
            answers_skipped: 0.06,
            device_offset_hours: 0.2,
            device_error_sd_hours: 0.35,
            device_nights_missed: 0.06,
            nap_share: 0.07,
        }
    }
}

/// What a person of those habits would have written down and recorded of that course.
///
/// Each kind of record has its own random stream, so that a change of, say, the device leaves the diary as it was.
#[must_use]
pub fn observe(course: &Course, habits: &Habits, seed: Seed) -> Vec<ObservedDay> {
    let mut streams = Streams {
        diary: seed.open(Purpose::Diary),
        evening: seed.open(Purpose::Evening),
        device: seed.open(Purpose::Device),
        skipping: seed.open(Purpose::Skipping),
        naps: seed.open(Purpose::Naps),
    };
    let mean = course.days.iter().map(|day| day.sleep_hours).sum::<f64>() / course.days.len().max(1) as f64;
    let mut stress = 0.0;
    course
        .days
        .iter()
        .map(|day| {
            stress = 0.6 * stress + 1.3 * streams.evening.normal();
            observe_day(day, day.sleep_hours - mean, stress, habits, &mut streams)
        })
        .collect()
}

struct Streams {
    diary: Stream,
    evening: Stream,
    device: Stream,
    skipping: Stream,
    naps: Stream,
}

/// What really happened in a night, to the minute.
struct TrueNight {
    in_bed: Timestamp,
    tried: Timestamp,
    minutes_to_fall_asleep: f64,
    minutes_awake: f64,
    awakenings: u32,
    sleep_hours: f64,
    out_of_bed_after: f64,
}

fn observe_day(
    day: &CourseDay,
    deviation: f64,
    stress: f64,
    habits: &Habits,
    streams: &mut Streams,
) -> ObservedDay {
    let night = true_night(day, deviation, habits, &mut streams.diary);
    let morning = morning(day, &night, deviation, habits, &mut streams.diary);
    let nap = nap(day.date, deviation, habits, &mut streams.naps);
    let evening = evening(day, stress, nap.as_ref(), habits, &mut streams.evening);
    let worn = !streams.device.chance(habits.device_nights_missed);
    let main =
        DeviceSleep { date: day.date, is_main: true, hypnogram: device_night(&night, habits, streams) };
    let missed = |stream: &mut Stream, share: f64, pain: f64| {
        let odds = share / (1.0 - share).max(1e-9) * (habits.missed_more_per_point * (pain - 4.0)).exp();
        stream.chance(odds / (1.0 + odds))
    };
    let morning_missed = missed(&mut streams.skipping, habits.mornings_missed, day.waking_pain);
    let evening_missed = missed(&mut streams.skipping, habits.evenings_missed, day.bedtime_pain);
    ObservedDay {
        date: day.date,
        morning: (!morning_missed).then_some(morning),
        evening: (!evening_missed).then_some(evening),
        device: worn.then_some(main).into_iter().chain(nap.filter(|_| worn)).collect(),
    }
}

fn true_night(day: &CourseDay, deviation: f64, habits: &Habits, stream: &mut Stream) -> TrueNight {
    // Half of what a night is shorter by is a later bedtime, half an earlier waking.
    let later = habits.bedtime_sd_minutes * stream.normal() - 30.0 * deviation
        + if is_weekend(day.date) { habits.weekend_minutes_later } else { 0.0 };
    let bedtime_date =
        if habits.usual_bedtime.hour() < 12 { day.date } else { day.date - Span::new().days(1) };
    let usual = instant(bedtime_date.to_datetime(habits.usual_bedtime), &habits.zone);
    let in_bed = after(usual, later);
    let tried = after(in_bed, stream.between(5.0, 25.0));
    let pain = (day.bedtime_pain / 10.0).clamp(0.0, 1.0);
    TrueNight {
        in_bed,
        tried,
        minutes_to_fall_asleep: 5.0 + (12.0 + 10.0 * pain) * -stream.uniform().ln(),
        minutes_awake: 8.0 + (18.0 + 25.0 * pain) * -stream.uniform().ln(),
        awakenings: 1 + stream.count(0.8 + 1.5 * pain),
        sleep_hours: day.sleep_hours,
        out_of_bed_after: stream.between(2.0, 25.0),
    }
}

fn morning(
    day: &CourseDay,
    night: &TrueNight,
    deviation: f64,
    habits: &Habits,
    stream: &mut Stream,
) -> Morning {
    let zone = &habits.zone;
    let told_hours = (night.sleep_hours + habits.diary_error_sd_hours * stream.normal()).max(0.25);
    let minutes_to_fall_asleep = to_five(night.minutes_to_fall_asleep);
    let minutes_awake = to_five(night.minutes_awake);
    let woke =
        after(night.tried, f64::from(minutes_to_fall_asleep) + 60.0 * told_hours + f64::from(minutes_awake));
    let up = after(woke, night.out_of_bed_after);
    let pain = scored(day.waking_pain, habits, stream);
    let badness = f64::from(pain) - 4.0;
    let quality = 3.2 + 0.5 * deviation - 0.12 * badness + 0.7 * stream.normal();
    let rested = 3.0 + 0.45 * deviation - 0.15 * badness + 0.7 * stream.normal();
    let stiffness = 6.0 * f64::from(pain) * stream.between(0.4, 1.6);
    let woken = stream.count((0.25 * (f64::from(pain) - 3.0)).exp() * 0.5);
    let (where_lain, spasms) = (stream.uniform(), stream.chance(0.03 + 0.015 * f64::from(pain)));
    let position = match where_lain {
        share if share < 0.55 => "side",
        share if share < 0.78 => "back",
        share if share < 0.94 => "mixed",
        _ => "stomach",
    };
    let mut given = |share: f64| !stream.chance(share);
    let skipped = habits.answers_skipped;
    Morning {
        answered: after(up, 10.0),
        in_bed: local_to_five(night.in_bed, zone),
        tried_to_sleep: local_to_five(night.tried, zone),
        minutes_to_fall_asleep,
        awakenings: night.awakenings,
        minutes_awake,
        final_awakening: local_to_five(woke, zone),
        out_of_bed: local_to_five(up, zone),
        sleep_quality: given(skipped).then_some(within(quality, 1, 5)),
        rested: given(skipped).then_some(within(rested, 1, 5)),
        back_pain: pain,
        stiffness_minutes: given(skipped).then_some(to_five(stiffness)),
        woken_by_pain: given(skipped).then_some(woken),
        position: given(skipped).then_some(position),
        spasms: given(skipped).then_some(spasms),
    }
}

fn evening(
    day: &CourseDay,
    stress: f64,
    nap: Option<&DeviceSleep>,
    habits: &Habits,
    stream: &mut Stream,
) -> Evening {
    let pain = scored(day.bedtime_pain, habits, stream);
    let middle = 0.5 * (day.waking_pain + day.bedtime_pain);
    let average = scored(middle, habits, stream);
    let above = stream.between(0.5, 2.5);
    let worst = scored(day.waking_pain.max(day.bedtime_pain) + above, habits, stream).max(pain).max(average);
    let minutes = ((60.0 - 4.0 * f64::from(pain)) * stream.between(0.4, 1.7)).max(0.0);
    let drinks = stream.count(if is_weekend(day.date) { 1.2 } else { 0.3 });
    let cups = stream.count(0.5);
    let (tablet, load) = (stream.chance(0.04 * f64::from(pain)), stream.chance(0.06));
    let after_waking = stream.between(14.5 * 60.0, 16.0 * 60.0);
    let wakes_about = instant(day.date.at(6, 45, 0, 0), &habits.zone);
    let mut given = |share: f64| !stream.chance(share);
    let skipped = habits.answers_skipped;
    Evening {
        answered: after(wakes_about, after_waking),
        back_pain: pain,
        average_back_pain: given(skipped).then_some(average),
        worst_back_pain: given(skipped).then_some(worst),
        stress: given(skipped).then_some(within(4.0 + stress, 0, 10)),
        activity_minutes: given(skipped).then_some(to_five(minutes)),
        alcohol_drinks: given(skipped).then_some(drinks),
        caffeine_after_14: given(skipped).then_some(cups),
        painkiller: given(skipped).then_some(tablet),
        unusual_load: given(skipped).then_some(load),
        nap_minutes: given(skipped)
            .then_some(nap.map_or(0, |nap| to_five(nap.hypnogram.length() as f64 / 2.0))),
    }
}

fn nap(date: Date, deviation: f64, habits: &Habits, stream: &mut Stream) -> Option<DeviceSleep> {
    let (start, minutes) = (stream.between(780.0, 960.0), stream.between(20.0, 75.0) as usize);
    let napped = stream.chance(habits.nap_share * (-0.5 * deviation).exp());
    let start = after(instant(date.at(0, 0, 0, 0), &habits.zone), start);
    let restless = 2 * (minutes / 15);
    let hypnogram = Hypnogram::new(to_minute(start), 2 * minutes - restless, restless, stream);
    napped.then_some(DeviceSleep { date, is_main: false, hypnogram })
}

fn device_night(night: &TrueNight, habits: &Habits, streams: &mut Streams) -> Hypnogram {
    let stream = &mut streams.device;
    let error = habits.device_offset_hours + habits.device_error_sd_hours * stream.normal();
    let asleep = (120.0 * (night.sleep_hours + error)).round().max(60.0);
    let start = after(night.tried, (night.minutes_to_fall_asleep + 4.0 * stream.normal()).max(0.0));
    let awake = (2.0 * night.minutes_awake * stream.between(0.8, 1.3) + 20.0).round();
    Hypnogram::new(to_half_minute(start), asleep as usize, awake as usize, stream)
}

fn scored(pain: f64, habits: &Habits, stream: &mut Stream) -> u8 {
    within(pain + habits.pain_error_sd * stream.normal(), 0, 10)
}

fn within(value: f64, low: u8, high: u8) -> u8 {
    value.round().clamp(f64::from(low), f64::from(high)) as u8
}

fn to_five(minutes: f64) -> u32 {
    5 * (minutes / 5.0).round() as u32
}

fn instant(civil: DateTime, zone: &Zone) -> Timestamp {
    zone.rules().to_timestamp(civil).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn after(instant: Timestamp, minutes: f64) -> Timestamp {
    instant + SignedDuration::from_secs((60.0 * minutes).round() as i64)
}

fn to_minute(instant: Timestamp) -> Timestamp {
    rounded(instant, 60)
}

fn to_half_minute(instant: Timestamp) -> Timestamp {
    rounded(instant, 30)
}

fn rounded(instant: Timestamp, seconds: i64) -> Timestamp {
    let second = instant.as_second();
    instant - SignedDuration::from_secs(second.rem_euclid(seconds))
}

/// The clock on the wall, rounded to five minutes after the zone is applied, as a person would write it.
fn local_to_five(instant: Timestamp, zone: &Zone) -> DateTime {
    zone.rules().to_datetime(rounded(after(instant, 2.5), 300))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::{Person, PersonParameters};
    use jiff::civil::date;

    fn observed(days: usize, change: fn(&mut Habits)) -> (Course, Vec<ObservedDay>) {
        let mut habits = Habits::ordinary(Zone::named("Europe/London").unwrap());
        change(&mut habits);
        let person = Person::new(PersonParameters::without_link(0.3)).unwrap();
        let course = person.course(days, date(2025, 1, 13), Seed::new(11));
        let days = observe(&course, &habits, Seed::new(11));
        (course, days)
    }

    fn diary_hours(morning: &Morning) -> f64 {
        let zone = Zone::named("Europe/London").unwrap();
        let elapsed = instant(morning.final_awakening, &zone)
            .duration_since(instant(morning.tried_to_sleep, &zone))
            .as_secs_f64();
        elapsed / 3600.0 - f64::from(morning.minutes_to_fall_asleep + morning.minutes_awake) / 60.0
    }

    #[test]
    fn the_same_seed_gives_the_same_records() {
        assert_eq!(observed(60, |_| {}).1, observed(60, |_| {}).1);
    }

    #[test]
    fn the_diary_tells_the_true_hours_with_its_own_error() {
        let (course, days) = observed(600, |_| {});
        let errors: Vec<f64> = course
            .days
            .iter()
            .zip(&days)
            .filter_map(|(truth, day)| Some(diary_hours(day.morning.as_ref()?) - truth.sleep_hours))
            .collect();
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        let sd = (errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64).sqrt();
        // .25 h and two roundings to five minutes (SD 1.4 min each) give .253 h; four standard errors are .03.
        assert!(mean.abs() < 0.05 && (sd - 0.253).abs() < 0.03, "{mean} {sd}");
    }

    #[test]
    fn the_device_differs_by_its_offset() {
        let (course, days) = observed(600, |_| {});
        let errors: Vec<f64> = course
            .days
            .iter()
            .zip(&days)
            .filter_map(|(truth, day)| {
                let main = day.device.iter().find(|sleep| sleep.is_main)?;
                Some(main.hypnogram.asleep() as f64 / 120.0 - truth.sleep_hours)
            })
            .collect();
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        assert!((mean - 0.2).abs() < 0.06, "{mean}");
        assert!((520..600).contains(&errors.len()));
    }

    #[test]
    fn times_of_a_night_are_in_order_even_when_clocks_change() {
        let (_, days) = observed(300, |_| {});
        let zone = Zone::named("Europe/London").unwrap();
        for morning in days.iter().filter_map(|day| day.morning.as_ref()) {
            let times = [morning.in_bed, morning.tried_to_sleep, morning.final_awakening, morning.out_of_bed]
                .map(|civil| instant(civil, &zone));
            assert!(times.is_sorted(), "{morning:?}");
        }
    }

    #[test]
    fn check_ins_are_missed_more_often_on_bad_days_when_asked_for() {
        let (course, days) = observed(1_500, |habits| habits.missed_more_per_point = 0.8);
        let mean_of = |missed: bool| {
            let pains: Vec<f64> = course
                .days
                .iter()
                .zip(&days)
                .filter(|(_, day)| day.evening.is_none() == missed)
                .map(|(truth, _)| truth.bedtime_pain)
                .collect();
            pains.iter().sum::<f64>() / pains.len() as f64
        };
        assert!(mean_of(true) > mean_of(false) + 0.3);
    }
}
