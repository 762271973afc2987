//! Measures how regular sleep is: the sleep regularity index, exactly, from the times of nights and naps.

use jiff::civil::Date;
use nightmend_domain::{Nap, Night};

/// Seconds in 24 hours.
const DAY: i64 = 86_400;

/// Days' worth of comparable time from which the index is given. A judgement: one week, so that every weekday is in
/// it; fewer days say more about those days than about the person.
pub const FEWEST_DAYS_FOR_REGULARITY: f64 = 7.0;

/// The sleep regularity index, or how much is missing for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Regularity {
    /// There is enough to say it.
    Known {
        /// −100 (asleep exactly when awake the day before) to 100 (the same every day); 0 for chance.
        index: f64,
        /// Days' worth of time that could be compared with the time 24 h later.
        days: f64,
    },
    /// There is less than [`FEWEST_DAYS_FOR_REGULARITY`] to compare.
    TooLittle {
        /// Days' worth of time that could be compared.
        days: f64,
    },
}

/// The sleep regularity index of Phillips et al. 2017 (10.1038/s41598-017-03171-4): the chance that a person is in
/// the same state, asleep or awake, at two moments 24 h apart, stretched so that 100 is always and 0 is chance.
///
/// Computed exactly over the intervals, not on a grid. Asleep is first asleep to last awakening, and naps with clock
/// times; minutes awake inside a night are not placed in time, so the index lies a little above one from epochs.
/// Awake is the time between two nights of successive dates; where a night's times are missing, the time around it
/// is unknown and not compared. 24 hours are real hours, also across clock changes and journeys
/// (where no zone is known, hours by the clock on the wall).
#[must_use]
pub fn sleep_regularity(nights: &[&Night], naps: &[&Nap]) -> Regularity {
    index_of(&states(nights, naps))
}

/// A stretch of known state, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    start: i64,
    end: i64,
    asleep: bool,
}

/// The known states in order of time, without overlap.
fn states(nights: &[&Night], naps: &[&Nap]) -> Vec<Stretch> {
    let mut timed: Vec<(Date, i64, i64)> = nights
        .iter()
        .filter_map(|night| {
            let (start, end) = (night.sleep_onset?.timestamp(), night.final_awakening?.timestamp());
            (start < end).then(|| (night.date.date(), start.as_second(), end.as_second()))
        })
        .collect();
    timed.sort_unstable();
    let mut naps: Vec<(i64, i64)> = naps
        .iter()
        .filter_map(|nap| Some((nap.start?.timestamp().as_second(), nap.end?.timestamp().as_second())))
        .filter(|(start, end)| start < end)
        .collect();
    naps.sort_unstable();
    let mut known: Vec<Stretch> = Vec::with_capacity(timed.len() * 3);
    let mut before: Option<(Date, i64)> = None;
    for (date, start, end) in timed {
        if let Some((last_date, last_end)) = before
            && last_date.tomorrow().is_ok_and(|next| next == date)
            && last_end <= start
        {
            add_waking_day(&mut known, last_end, start, &naps);
        }
        // Nights of one person do not overlap; a caller's that do are cut, so that no moment counts twice.
        let start = known.last().map_or(start, |last| start.max(last.end));
        if start < end {
            known.push(Stretch { start, end, asleep: true });
        }
        before = Some((date, end));
    }
    known
}

/// The time between two nights: awake, but for naps.
fn add_waking_day(known: &mut Vec<Stretch>, from: i64, to: i64, naps: &[(i64, i64)]) {
    let mut now = from;
    let first = naps.partition_point(|(_, end)| *end <= from);
    for (start, end) in naps.iter().skip(first).copied().take_while(|(start, _)| *start < to) {
        let (start, end) = (start.max(now), end.min(to));
        if start >= end {
            continue;
        }
        if now < start {
            known.push(Stretch { start: now, end: start, asleep: false });
        }
        known.push(Stretch { start, end, asleep: true });
        now = end;
    }
    if now < to {
        known.push(Stretch { start: now, end: to, asleep: false });
    }
}

/// Walks the states and the same states a day earlier side by side.
fn index_of(states: &[Stretch]) -> Regularity {
    let (mut same, mut compared) = (0_i64, 0_i64);
    let (mut today, mut tomorrow) = (states.iter().peekable(), states.iter().peekable());
    while let (Some(now), Some(later)) = (today.peek(), tomorrow.peek()) {
        let (start, end) = (later.start - DAY, later.end - DAY);
        let shared = now.end.min(end) - now.start.max(start);
        if shared > 0 {
            compared += shared;
            same += if now.asleep == later.asleep { shared } else { 0 };
        }
        if now.end <= end {
            today.next();
        } else {
            tomorrow.next();
        }
    }
    let days = compared as f64 / DAY as f64;
    if days < FEWEST_DAYS_FOR_REGULARITY {
        return Regularity::TooLittle { days };
    }
    Regularity::Known { index: 200.0 * same as f64 / compared as f64 - 100.0, days }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The states of series of `awake` and `asleep` minutes.
    fn series(minutes: &[(i64, bool)]) -> Vec<Stretch> {
        let mut now = 0;
        let stretch = |(length, asleep): &(i64, bool)| {
            let start = now;
            now += length * 60;
            Stretch { start, end: now, asleep: *asleep }
        };
        minutes.iter().map(stretch).collect()
    }

    fn known(states: &[Stretch]) -> f64 {
        match index_of(states) {
            Regularity::Known { index, .. } => index,
            Regularity::TooLittle { days } => panic!("only {days} days"),
        }
    }

    #[test]
    fn the_same_every_day_is_100() {
        let days: Vec<(i64, bool)> = (0..16).flat_map(|_| [(480, true), (960, false)]).collect();
        assert_eq!(known(&series(&days)), 100.0);
    }

    #[test]
    fn a_day_asleep_and_a_day_awake_in_turn_is_minus_100() {
        let days: Vec<(i64, bool)> = (0..16).map(|day| (1_440, day % 2 == 0)).collect();
        assert_eq!(known(&series(&days)), -100.0);
    }

    #[test]
    fn one_tenth_of_the_time_different_is_80() {
        // Asleep 0:00–8:00 and 1:12–9:12 in turn: 144 of 1,440 minutes differ, a tenth.
        let days: Vec<(i64, bool)> = (0..16)
            .flat_map(|day| {
                let late = if day % 2 == 0 { 0 } else { 72 };
                [(late, false), (480, true), (960 - late, false)]
            })
            .collect();
        assert!((known(&series(&days)) - 80.0).abs() < 1e-9);
    }

    /// The definition, minute by minute.
    fn slow(states: &[Stretch]) -> (i64, i64) {
        let end = states.last().map_or(0, |last| last.end / 60);
        let at = |minute: i64| {
            states.iter().find(|s| s.start <= minute * 60 && minute * 60 < s.end).map(|s| s.asleep)
        };
        let grid: Vec<Option<bool>> = (0..end).map(at).collect();
        let pairs = grid.iter().zip(grid.iter().skip(1_440));
        let both: Vec<bool> = pairs.filter_map(|(a, b)| Some((*a)? == (*b)?)).collect();
        (both.iter().filter(|same| **same).count() as i64, both.len() as i64)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn intervals_agree_with_the_minute_grid(
            pieces in proptest::collection::vec((1_i64..900, 0_u8..3), 30..80)
        ) {
            let mut now = 0;
            let mut states = Vec::new();
            for (length, kind) in pieces {
                // Kind 2 is a gap of unknown state.
                if kind < 2 {
                    states.push(Stretch { start: now * 60, end: (now + length) * 60, asleep: kind == 0 });
                }
                now += length;
            }
            let (same, compared) = slow(&states);
            match index_of(&states) {
                Regularity::Known { index, days } => {
                    prop_assert!((days - compared as f64 / 1_440.0).abs() < 1e-9);
                    prop_assert!((index - (200.0 * same as f64 / compared as f64 - 100.0)).abs() < 1e-9);
                }
                Regularity::TooLittle { days } => {
                    prop_assert!((days - compared as f64 / 1_440.0).abs() < 1e-9);
                    prop_assert!(days < FEWEST_DAYS_FOR_REGULARITY);
                }
            }
        }
    }
}
