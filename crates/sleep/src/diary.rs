//! Places the clock times of a diary on their dates, and says in words what a night would look like before it is
//! saved.

use jiff::civil::{Date, DateTime, Time};
use nightmend_domain::{Disambiguation, Minutes, OffsetTimestamp, SleepRecord, Zone};
use thiserror::Error;

use crate::circular::signed_distance;
use crate::timeline::{Window, minutes_between};
use crate::words::{length, time_of_day};

/// A step from one time of the night to the next that is longer than this, in minutes, is an order turned round.
const TURNED_ROUND: f64 = 1_200.0;
/// More minutes in bed than this are asked about.
const LONG_IN_BED: f64 = 840.0;
/// Fewer minutes in bed than this are asked about.
const SHORT_IN_BED: f64 = 120.0;
/// More minutes than this between lying down and trying to sleep, or between waking and getting up, are asked about.
const LONG_AWAKE_IN_BED: f64 = 300.0;
/// A repair is offered only where it makes a night between these lengths, in minutes.
const ORDINARY_NIGHT: std::ops::RangeInclusive<f64> = 180.0..=780.0;
/// Half a day, the size of a slip between a.m. and p.m.
const HALF_A_DAY: f64 = 720.0;
/// 03:00 in minutes: of two repairs equally ordinary, the one by night is offered. It decides an offer, never a night.
const MIDDLE_OF_MOST_NIGHTS: f64 = 180.0;

/// The four times of a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClockField {
    /// Into bed.
    InBed,
    /// Lights out: tried to sleep.
    TrySleep,
    /// Last awakening.
    FinalAwakening,
    /// Out of bed.
    OutOfBed,
}

impl ClockField {
    /// How the time is called in a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::InBed => "into bed",
            Self::TrySleep => "tried to sleep",
            Self::FinalAwakening => "woke",
            Self::OutOfBed => "got up",
        }
    }
}

/// The clock times that a person writes down, each as the clock on the wall showed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WrittenTimes {
    /// Into bed.
    pub in_bed: Option<Time>,
    /// Tried to sleep.
    pub try_sleep: Option<Time>,
    /// Last awakening.
    pub final_awakening: Option<Time>,
    /// Out of bed.
    pub out_of_bed: Option<Time>,
}

/// The same times on their dates.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlacedTimes {
    /// Into bed.
    pub in_bed: Option<OffsetTimestamp>,
    /// Tried to sleep.
    pub try_sleep: Option<OffsetTimestamp>,
    /// Last awakening.
    pub final_awakening: Option<OffsetTimestamp>,
    /// Out of bed.
    pub out_of_bed: Option<OffsetTimestamp>,
    /// What had to be decided because clocks were changed in that night.
    pub remarks: Vec<Remark>,
}

/// Why times could not be placed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PlacementError {
    /// A time stands before the one that it should follow.
    #[error(
        "“{}” at {} comes after “{}” at {}; correct one of the two, or leave it empty",
        .first.words(), time_of_day(*.first_time), .second.words(), time_of_day(*.second_time)
    )]
    TurnedRound {
        /// The time that should come first.
        first: ClockField,
        /// As written.
        first_time: Time,
        /// The time that should follow.
        second: ClockField,
        /// As written.
        second_time: Time,
    },
    /// The whole night would last a day or more.
    #[error(
        "from “{}” at {} to “{}” at {} would be {}; correct one of the times, or leave it empty",
        .first.words(), time_of_day(*.first_time), .second.words(), time_of_day(*.second_time), .length
    )]
    TooLong {
        /// The first time of the night.
        first: ClockField,
        /// As written.
        first_time: Time,
        /// The last time of the night.
        second: ClockField,
        /// As written.
        second_time: Time,
        /// How long it would be, in words.
        length: String,
    },
    /// The date lies outside the years that can be represented.
    #[error("the night of {date} cannot be placed; check its year")]
    OutOfRange {
        /// The date of waking.
        date: Date,
    },
}

/// What kind of remark it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemarkKind {
    /// Says what was understood.
    Understood,
    /// Could be so, but is unusual enough to ask.
    Unusual,
    /// Cannot be so.
    Impossible,
}

/// One sentence about a night before it is saved.
#[derive(Debug, Clone, PartialEq)]
pub struct Remark {
    /// What kind it is.
    pub kind: RemarkKind,
    /// The sentence.
    pub sentence: String,
    /// A slip that would explain it, and what to write instead.
    pub repair: Option<Repair>,
}

/// Times to write instead of those given: each half a day from what was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Repair {
    /// The times to change.
    pub changes: Vec<(ClockField, OffsetTimestamp)>,
    /// The offer as a question.
    pub question: String,
}

/// Puts the times of a night on their dates, from the date of waking.
///
/// Waking is on that date (getting up too, where waking is not known). Going back in time, each time before it is the
/// last such moment: 23:00 before waking at 07:00 is the evening before, 08:00 before 15:00 is the same date. Where no
/// end is known, times from noon on are the evening before and times before noon that morning.
///
/// ```
/// use nightmend_sleep::diary::{WrittenTimes, place_times};
/// let written = WrittenTimes {
///     try_sleep: Some("23:00".parse()?),
///     final_awakening: Some("07:00".parse()?),
///     ..WrittenTimes::default()
/// };
/// let placed = place_times("2024-01-10".parse()?, written, None)?;
/// assert_eq!(placed.try_sleep.unwrap().to_string(), "2024-01-09T23:00:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Times that contradict their order, a night of a day or more, a year that cannot be represented.
pub fn place_times(
    waking_date: Date,
    written: WrittenTimes,
    zone: Option<&Zone>,
) -> Result<PlacedTimes, PlacementError> {
    let civil = place_civil(waking_date, written)?;
    check_order(&civil)?;
    let mut placed = PlacedTimes::default();
    for (field, time) in civil {
        let (stamp, how) = match zone {
            Some(zone) => OffsetTimestamp::from_civil(time, zone),
            None => OffsetTimestamp::from_civil_without_zone(time).map(|s| (s, Disambiguation::Plain)),
        }
        .map_err(|_| PlacementError::OutOfRange { date: waking_date })?;
        placed.remarks.extend(clock_remark(field, time, stamp, how));
        match field {
            ClockField::InBed => placed.in_bed = Some(stamp),
            ClockField::TrySleep => placed.try_sleep = Some(stamp),
            ClockField::FinalAwakening => placed.final_awakening = Some(stamp),
            ClockField::OutOfBed => placed.out_of_bed = Some(stamp),
        }
    }
    Ok(placed)
}

/// The civil times in the order of the night.
fn place_civil(waking: Date, written: WrittenTimes) -> Result<Vec<(ClockField, DateTime)>, PlacementError> {
    let WrittenTimes { in_bed, try_sleep, final_awakening, out_of_bed } = written;
    let out_of_range = |_| PlacementError::OutOfRange { date: waking };
    let last_before = |time: Time, later: DateTime| {
        let same_date = later.date().to_datetime(time);
        if same_date <= later {
            Ok(same_date)
        } else {
            later.date().yesterday().map(|day| day.to_datetime(time))
        }
    };
    let woke = final_awakening.map(|time| waking.to_datetime(time));
    let up = match (out_of_bed, woke) {
        (Some(time), Some(woke)) if time < woke.time() => {
            Some(waking.tomorrow().map_err(out_of_range)?.to_datetime(time))
        }
        (Some(time), _) => Some(waking.to_datetime(time)),
        (None, _) => None,
    };
    let evening = |time: Time| {
        let noon_or_later = time.hour() >= 12;
        let day = if noon_or_later { waking.yesterday() } else { Ok(waking) };
        day.map(|day| day.to_datetime(time))
    };
    let before = |time: Option<Time>, later: Option<DateTime>| {
        time.map(|time| later.map_or_else(|| evening(time), |later| last_before(time, later))).transpose()
    };
    let lights_out = before(try_sleep, woke.or(up)).map_err(out_of_range)?;
    let down = before(in_bed, lights_out.or(woke).or(up)).map_err(out_of_range)?;
    let fields = [
        (ClockField::InBed, down),
        (ClockField::TrySleep, lights_out),
        (ClockField::FinalAwakening, woke),
        (ClockField::OutOfBed, up),
    ];
    Ok(fields.into_iter().filter_map(|(field, time)| time.map(|time| (field, time))).collect())
}

fn check_order(civil: &[(ClockField, DateTime)]) -> Result<(), PlacementError> {
    let minutes = |a: DateTime, b: DateTime| b.duration_since(a).as_secs_f64() / 60.0;
    for pair in civil.windows(2) {
        let [(first, a), (second, b)] = pair else { continue };
        let apart = minutes(*a, *b);
        if !(0.0..=TURNED_ROUND).contains(&apart) {
            return Err(PlacementError::TurnedRound {
                first: *first,
                first_time: a.time(),
                second: *second,
                second_time: b.time(),
            });
        }
    }
    if let (Some((first, a)), Some((second, b))) = (civil.first(), civil.last())
        && minutes(*a, *b) >= 1_440.0
    {
        return Err(PlacementError::TooLong {
            first: *first,
            first_time: a.time(),
            second: *second,
            second_time: b.time(),
            length: length(minutes(*a, *b)).to_string(),
        });
    }
    Ok(())
}

fn clock_remark(
    field: ClockField,
    written: DateTime,
    stamp: OffsetTimestamp,
    how: Disambiguation,
) -> Option<Remark> {
    let time = time_of_day(written.time());
    let sentence = match how {
        Disambiguation::Plain => return None,
        Disambiguation::EarlierOfTwo => format!(
            "clocks went back in this night and {time} (“{}”) happened twice; the first is taken",
            field.words()
        ),
        Disambiguation::MovedForward => format!(
            "clocks went forward in this night and {time} (“{}”) did not happen; {} is taken",
            field.words(),
            time_of_day(stamp.civil().time())
        ),
    };
    Some(Remark { kind: RemarkKind::Understood, sentence, repair: None })
}

/// Says in words what a night would look like, and asks where it can hardly be so.
///
/// Speaks of the record alone; what is unusual for this person is not known here. An offer to repair is made where
/// moving one or two neighbouring times by half a day makes an ordinary night (3 to 13 h) of an odd one: of 45,598
/// online diaries, 487 needed such a repair (10.1093/sleep/zsad199).
#[must_use]
pub fn plausibility(record: &SleepRecord) -> Vec<Remark> {
    let times = times_of(record);
    let mut remarks = order_remarks(&times);
    let turned_round = !remarks.is_empty();
    if let Some((first, last)) = ends(&times)
        && !turned_round
    {
        remarks.push(whole_remark(&times, minutes_between(first, last)));
        remarks.extend(waiting_remarks(&times));
    }
    remarks.extend(length_remarks(record));
    remarks
}

type Times = Vec<(ClockField, OffsetTimestamp)>;

fn times_of(record: &SleepRecord) -> Times {
    let fields = [
        (ClockField::InBed, record.in_bed),
        (ClockField::TrySleep, record.try_sleep),
        (ClockField::FinalAwakening, record.final_awakening),
        (ClockField::OutOfBed, record.out_of_bed),
    ];
    fields.into_iter().filter_map(|(field, time)| time.map(|time| (field, time))).collect()
}

/// First and last time, where one is of the evening and one of the morning.
fn ends(times: &Times) -> Option<(OffsetTimestamp, OffsetTimestamp)> {
    let first = times.iter().find(|(field, _)| *field <= ClockField::TrySleep)?;
    let last = times.iter().rev().find(|(field, _)| *field >= ClockField::FinalAwakening)?;
    Some((first.1, last.1))
}

fn order_remarks(times: &Times) -> Vec<Remark> {
    let turned = |pair: &&[(ClockField, OffsetTimestamp)]| matches!(pair, [(_, a), (_, b)] if minutes_between(*a, *b) < 0.0);
    let remark = |pair: &[(ClockField, OffsetTimestamp)]| match pair {
        [(first, a), (second, b)] => Some(Remark {
            kind: RemarkKind::Impossible,
            sentence: format!(
                "“{}” at {} lies after “{}” at {}; correct one of the two, or leave it empty",
                first.words(),
                time_of_day(a.civil().time()),
                second.words(),
                time_of_day(b.civil().time())
            ),
            repair: repair(times),
        }),
        _ => None,
    };
    times.windows(2).filter(turned).filter_map(remark).collect()
}

fn whole_remark(times: &Times, minutes: f64) -> Remark {
    let in_bed = times.first().is_some_and(|(field, _)| *field == ClockField::InBed)
        && times.last().is_some_and(|(field, _)| *field == ClockField::OutOfBed);
    let what = if in_bed {
        format!("you were in bed {}", length(minutes))
    } else {
        format!("from first to last time it is {}", length(minutes))
    };
    if !(SHORT_IN_BED..=LONG_IN_BED).contains(&minutes) {
        let hours = (minutes / 60.0).round();
        let repair = repair(times);
        let odd = if minutes > LONG_IN_BED { format!("that is {hours} hours") } else { what };
        let sentence = match &repair {
            Some(repair) => format!("{odd}: {}", repair.question),
            None => format!("{odd}: is that right? Save it if so, or correct a time"),
        };
        return Remark { kind: RemarkKind::Unusual, sentence, repair };
    }
    Remark { kind: RemarkKind::Understood, sentence: what, repair: None }
}

/// Long waits at either end of a night whose whole length is ordinary.
fn waiting_remarks(times: &Times) -> Vec<Remark> {
    let at = |wanted: ClockField| times.iter().find(|(field, _)| *field == wanted).map(|(_, time)| *time);
    let waits = [
        (ClockField::InBed, ClockField::TrySleep, "before you tried to sleep"),
        (ClockField::FinalAwakening, ClockField::OutOfBed, "after you woke"),
    ];
    waits
        .into_iter()
        .filter_map(|(first, second, when)| {
            let minutes = minutes_between(at(first)?, at(second)?);
            (minutes > LONG_AWAKE_IN_BED).then(|| Remark {
                kind: RemarkKind::Unusual,
                sentence: format!(
                    "you lay in bed for {} {when}: is that right? Save it if so, or correct a time",
                    length(minutes)
                ),
                repair: repair(times),
            })
        })
        .collect()
}

/// Lengths that do not fit into the times around them, and what follows from those that do.
fn length_remarks(record: &SleepRecord) -> Vec<Remark> {
    let impossible = |sentence: String| Remark { kind: RemarkKind::Impossible, sentence, repair: None };
    let mut remarks = Vec::new();
    let awake = |minutes: Option<Minutes>| minutes.map_or(0.0, Minutes::get);
    let (sol, waso) = (record.sleep_onset_latency, record.wake_after_sleep_onset);
    let start = record.try_sleep.or(record.in_bed);
    let end = record.final_awakening.or(record.out_of_bed);
    let span = start.zip(end).map(|(start, end)| minutes_between(start, end)).filter(|span| *span > 0.0);
    let lying_awake = awake(sol) + awake(waso);
    if let Some(span) = span {
        if lying_awake > span {
            remarks.push(impossible(format!(
                "{} awake does not fit into a night of {}; correct the minutes awake or a time",
                length(lying_awake),
                length(span)
            )));
        } else if let Some(tst) = record.total_sleep_time.filter(|tst| tst.get() > span) {
            remarks.push(impossible(format!(
                "{tst} asleep does not fit into a night of {}; correct one of them, or leave it empty",
                length(span)
            )));
        } else if sol.is_some()
            && waso.is_some()
            && record.try_sleep.is_some()
            && record.final_awakening.is_some()
        {
            let sentence = format!("you slept {}", length(span - lying_awake));
            remarks.push(Remark { kind: RemarkKind::Understood, sentence, repair: None });
        }
    }
    if let Some(tst) = record.total_sleep_time.filter(|tst| tst.get() > 1_440.0) {
        remarks.push(impossible(format!("{tst} asleep is more than a day; correct it, or leave it empty")));
    }
    remarks
}

/// The change of one or two neighbouring times by half a day that makes an ordinary night; of several the one whose
/// middle is nearest to [`MIDDLE_OF_MOST_NIGHTS`].
fn repair(times: &Times) -> Option<Repair> {
    const CHANGES: [&[ClockField]; 6] = [
        &[ClockField::InBed, ClockField::TrySleep],
        &[ClockField::InBed],
        &[ClockField::TrySleep],
        &[ClockField::FinalAwakening, ClockField::OutOfBed],
        &[ClockField::FinalAwakening],
        &[ClockField::OutOfBed],
    ];
    let half = Minutes::new(HALF_A_DAY).ok()?;
    let moves: [fn(OffsetTimestamp, Minutes) -> Option<OffsetTimestamp>; 2] =
        [OffsetTimestamp::plus, OffsetTimestamp::minus];
    let distance = |times: &Times| {
        ends(times).map_or(f64::INFINITY, |(start, end)| {
            signed_distance(MIDDLE_OF_MOST_NIGHTS, Window { start, end }.middle_of_day()).abs()
        })
    };
    let changed = CHANGES
        .iter()
        .flat_map(|fields| moves.iter().filter_map(|by| moved(times, fields, |time| by(time, half))))
        .filter(is_ordinary)
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    let changes: Times = changed.into_iter().filter(|change| !times.contains(change)).collect();
    (!changes.is_empty()).then(|| Repair { question: question(&changes), changes })
}

fn moved(
    times: &Times,
    fields: &[ClockField],
    by: impl Fn(OffsetTimestamp) -> Option<OffsetTimestamp>,
) -> Option<Times> {
    let place = |(field, time): &(ClockField, OffsetTimestamp)| {
        Some((*field, if fields.contains(field) { by(*time)? } else { *time }))
    };
    times.iter().map(place).collect()
}

fn is_ordinary(times: &Times) -> bool {
    let in_order = times.windows(2).all(|pair| match pair {
        [(first, a), (second, b)] => {
            let apart = minutes_between(*a, *b);
            let asleep = *first <= ClockField::TrySleep && *second >= ClockField::FinalAwakening;
            apart >= 0.0 && (asleep || apart <= LONG_AWAKE_IN_BED)
        }
        _ => true,
    });
    in_order
        && ends(times).is_some_and(|(first, last)| ORDINARY_NIGHT.contains(&minutes_between(first, last)))
}

fn question(changes: &Times) -> String {
    let parts: Vec<String> = changes
        .iter()
        .map(|(field, time)| {
            let time = time.civil().time();
            format!("“{}” {} ({})", field.words(), time_of_day(time), twelve_hours(time))
        })
        .collect();
    format!("did you mean {}?", parts.join(" and "))
}

/// `11:30 pm`, for those who slipped over it.
fn twelve_hours(time: Time) -> String {
    let (hour, half) = (time.hour(), if time.hour() < 12 { "am" } else { "pm" });
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    format!("{hour}:{:02} {half}", time.minute())
}
