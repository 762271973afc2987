//! Sorts out what one source tells: sleeps told twice are set aside, pieces of one interrupted sleep are joined.

use std::collections::{BTreeMap, BTreeSet};

use nightmend_domain::{Minutes, SleepKind, SleepMethod, StageMinutes};

use crate::account::SleepAccount;
use crate::telling::{Basis, Known, Telling};
use crate::timeline::{Window, minutes_between};
use crate::words;

/// Pieces closer together than this many minutes are one interrupted sleep.
pub(crate) const JOIN_WITHIN: f64 = 120.0;
/// A piece of this many minutes is a whole night by itself: the 7 h recommended for adults at least
/// (Watson et al. 2015, 10.5665/sleep.4716).
pub(crate) const WHOLE_NIGHT: f64 = 420.0;
/// A sleep of more minutes than this is looked at with distrust: more often a slip of the pen than a sleep.
pub(crate) const HARDLY_ONE_SLEEP: f64 = 840.0;
/// Sleeps of one source that share no more minutes than this meet at their ends; clocks are rounded.
const TOUCHING: f64 = 5.0;

/// The tellings of all sources, each source without contradiction to itself, and those without clock times.
pub(crate) struct Sorted<'a> {
    /// Tellings with a window; those of one source do not overlap (but for [`TOUCHING`]).
    pub timed: Vec<Telling<'a>>,
    /// Tellings of which only the date is known.
    pub untimed: Vec<Telling<'a>>,
}

/// Sorts out every source, persons first, since their word keeps the pieces of a device apart.
pub(crate) fn sort_out<'a>(tellings: Vec<Telling<'a>>, account: &mut SleepAccount) -> Sorted<'a> {
    let persons: BTreeSet<u32> = tellings.iter().filter(|t| t.knows_the_bed()).map(|t| t.rank).collect();
    let mut by_source: BTreeMap<(bool, u32), Vec<Telling<'a>>> = BTreeMap::new();
    let mut sorted = Sorted { timed: Vec::new(), untimed: Vec::new() };
    for telling in tellings {
        if telling.window.is_some() {
            let device = !persons.contains(&telling.rank);
            by_source.entry((device, telling.rank)).or_default().push(telling);
        } else {
            sorted.untimed.push(telling);
        }
    }
    for ((device, _), mut own) in by_source {
        own.sort_by_cached_key(|t| (t.window.map(|w| (w.start.timestamp(), w.end.timestamp())), t.key));
        let own = set_repeats_aside(own, &mut sorted.untimed, account);
        let persons = if device { sorted.timed.as_slice() } else { &[] };
        let joined = join_pieces(own, persons, account);
        sorted.timed.extend(joined);
    }
    sorted
}

/// Two sleeps of one source that overlap cannot both be right: the more plausible one stands.
fn set_repeats_aside<'a>(
    own: Vec<Telling<'a>>,
    untimed: &mut Vec<Telling<'a>>,
    account: &mut SleepAccount,
) -> Vec<Telling<'a>> {
    let mut kept: Vec<Telling<'a>> = Vec::with_capacity(own.len());
    for mut telling in own {
        loop {
            let shared = kept.last().and_then(|last| Some(last.window?.overlap(&telling.window?)));
            let disputed = shared.is_some_and(|minutes| minutes > TOUCHING);
            let Some(mut last) = (if disputed { kept.pop() } else { None }) else {
                kept.push(telling);
                break;
            };
            if stands_before(&last, &telling) {
                yield_to(&mut last, telling, untimed, account);
                kept.push(last);
                break;
            }
            yield_to(&mut telling, last, untimed, account);
        }
    }
    kept
}

fn stands_before(a: &Telling<'_>, b: &Telling<'_>) -> bool {
    let merit = |t: &Telling<'_>| {
        let minutes = t.window.map_or(0.0, |w| w.minutes());
        (minutes <= HARDLY_ONE_SLEEP, minutes, t.tst.is_some())
    };
    // Equal in everything: the smaller key, so that the order of reading decides nothing.
    merit(a).partial_cmp(&merit(b)).is_none_or(|order| order.then_with(|| b.key.cmp(a.key)).is_ge())
}

fn yield_to<'a>(
    winner: &mut Telling<'a>,
    mut loser: Telling<'a>,
    untimed: &mut Vec<Telling<'a>>,
    account: &mut SleepAccount,
) {
    let (Some(stands), Some(yields)) = (winner.window, loser.window) else { return };
    let (stands, yields) = (words::window(&stands), words::window(&yields));
    if winner.date == loser.date {
        account.duplicates += 1;
        let text = format!(
            "tells this time twice: {stands} and {yields}; both cannot be added, so the first named is taken"
        );
        winner.remark("duplicate", &text);
        winner.quality = winner.quality.or(loser.quality);
        return;
    }
    let hint = words::correct_night(loser.date);
    let text = format!(
        "tells a sleep {yields} that overlaps the one it tells for {} ({stands}); both cannot be right, so the \
         clock times of this one are left out; {hint}",
        winner.date
    );
    loser.drop_times();
    account.records_without_their_times += 1;
    loser.remark("overlap", &text);
    untimed.push(loser);
}

fn join_pieces<'a>(
    own: Vec<Telling<'a>>,
    persons: &[Telling<'a>],
    account: &mut SleepAccount,
) -> Vec<Telling<'a>> {
    let mut joined: Vec<Telling<'a>> = Vec::with_capacity(own.len());
    for piece in own {
        match joined.last_mut() {
            Some(last) if are_one_sleep(last, &piece, persons) => {
                account.pieces_joined += 1;
                join(last, piece, "less than 2 h lie between them, and neither is a whole night by itself");
            }
            _ => joined.push(piece),
        }
    }
    joined
}

fn are_one_sleep(first: &Telling<'_>, second: &Telling<'_>, persons: &[Telling<'_>]) -> bool {
    let (Some(one), Some(two)) = (first.window, second.window) else { return false };
    let gap = minutes_between(one.end, two.start);
    let whole = |w: &Window| w.minutes() >= WHOLE_NIGHT;
    let persons_nap =
        |t: &Telling<'_>| t.method == SleepMethod::Diary && t.kind == SleepKind::Nap && t.pieces == 1;
    gap < JOIN_WITHIN
        && minutes_between(one.start, two.end) <= HARDLY_ONE_SLEEP
        && !whole(&one)
        && !whole(&two)
        && !persons_nap(first)
        && !persons_nap(second)
        && !persons.iter().any(|person| says_the_night_ended_between(person, &one, &two))
}

/// Whether a person's own account of the first piece ends before the second begins.
fn says_the_night_ended_between(person: &Telling<'_>, one: &Window, two: &Window) -> bool {
    let (SleepMethod::Diary, Some(told)) = (person.method, person.window) else { return false };
    let past_the_middle = minutes_between(one.start, told.end) > one.minutes() / 2.0;
    told.overlap(one) > 0.0 && past_the_middle && minutes_between(told.end, two.start) >= 0.0
}

/// Joins a later piece to an earlier one of the same source; the time between them was spent awake.
pub(crate) fn join<'a>(first: &mut Telling<'a>, second: Telling<'a>, why: &str) {
    let (Some(one), Some(two)) = (first.window, second.window) else { return };
    let text = format!(
        "tells this sleep in pieces, {} and {}: one interrupted sleep, since {why}",
        words::window(&one),
        words::window(&two)
    );
    let awake_between =
        first.final_awakening.zip(second.onset).map(|(end, start)| minutes_between(end, start).max(0.0));
    let ends_later = minutes_between(one.end, two.end) > 0.0;
    let whole = Window { start: one.start, end: if ends_later { two.end } else { one.end } };
    if ends_later {
        first.final_awakening = second.final_awakening;
        first.out_of_bed = second.out_of_bed;
        first.quality = second.quality.or(first.quality);
        first.date = second.date;
    }
    let cap = first.onset.zip(first.final_awakening).map_or(whole.minutes(), |(a, b)| minutes_between(a, b));
    let sum = |a: Option<Known>, b: Option<Known>, extra: f64, room: f64| {
        let minutes = (a?.minutes + b?.minutes + extra).min(room);
        Some(Known { minutes, basis: Basis::Pieces })
    };
    first.tst = sum(first.tst, second.tst, 0.0, cap);
    // Pieces that touch can share a few minutes, which must not be counted as both.
    let room = cap - first.tst.map_or(0.0, |known| known.minutes);
    first.waso = awake_between.and_then(|between| sum(first.waso, second.waso, between, room));
    first.stated_tib = None;
    first.window = Some(whole);
    first.awakenings =
        first.awakenings.zip(second.awakenings).map(|(a, b)| a.saturating_add(b).saturating_add(1));
    first.stages = first.stages.zip(second.stages).map(|(a, b)| add_stages(a, b));
    first.kind = match (first.kind, second.kind) {
        (SleepKind::Main, _) | (_, SleepKind::Main) => SleepKind::Main,
        (SleepKind::Nap, SleepKind::Nap) => SleepKind::Nap,
        _ => SleepKind::Unstated,
    };
    first.pieces += second.pieces;
    first.left_out += second.left_out;
    first.remarks.extend(second.remarks);
    first.remark("pieces", &text);
}

fn add_stages(a: StageMinutes, b: StageMinutes) -> StageMinutes {
    let sum = |a: Option<Minutes>, b: Option<Minutes>| a?.checked_add(b?);
    StageMinutes {
        deep: sum(a.deep, b.deep),
        light: sum(a.light, b.light),
        rem: sum(a.rem, b.rem),
        wake: sum(a.wake, b.wake),
    }
}
