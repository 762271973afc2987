//! Groups the tellings of all sources into sleeps: which of them speak of the same one.

use std::cell::Cell;
use std::collections::BTreeSet;

use jiff::civil::Date;
use nightmend_domain::SleepKind;

use crate::account::SleepAccount;
use crate::one_source::{HARDLY_ONE_SLEEP, join};
use crate::telling::Telling;
use crate::timeline::Window;

/// One sleep, with every source that tells it, in the order of trust.
#[derive(Debug, Clone)]
pub(crate) struct Sleep<'a> {
    tellings: Vec<Telling<'a>>,
    /// Who measures and who frames, until a telling changes: it is asked often.
    roles: Cell<Option<Roles>>,
}

/// The places of the tellings that measure and that frame a sleep.
#[derive(Debug, Clone, Copy)]
struct Roles {
    measure: Option<usize>,
    framing: Option<usize>,
}

impl<'a> Sleep<'a> {
    /// A sleep that one source tells.
    pub fn told_by(telling: Telling<'a>) -> Self {
        Self { tellings: vec![telling], roles: Cell::new(None) }
    }

    /// Every telling, in the order of trust.
    pub fn tellings(&self) -> &[Telling<'a>] {
        &self.tellings
    }

    /// Every telling, to change it.
    pub fn tellings_mut(&mut self) -> &mut [Telling<'a>] {
        self.roles.set(None);
        &mut self.tellings
    }

    /// The telling that gives the time asleep: the first in order that knows it and saw enough of the sleep.
    pub fn measure(&self) -> Option<&Telling<'a>> {
        self.roles().measure.and_then(|place| self.tellings.get(place))
    }

    /// The telling that gives first and last sleep: that of [`Sleep::measure`], or the next that knows them.
    pub fn framing(&self) -> Option<&Telling<'a>> {
        self.roles().framing.and_then(|place| self.tellings.get(place))
    }

    fn roles(&self) -> Roles {
        if let Some(roles) = self.roles.get() {
            return roles;
        }
        let first = |wanted: &dyn Fn(&Telling<'_>) -> bool| {
            self.tellings.iter().position(|t| wanted(t) && self.saw_enough(t))
        };
        let measure = first(&|t| t.tst.is_some());
        let framed = measure.filter(|place| self.tellings.get(*place).is_some_and(|t| t.window.is_some()));
        let roles = Roles { measure, framing: framed.or_else(|| first(&|t| t.window.is_some())) };
        self.roles.set(Some(roles));
        roles
    }

    /// The window of [`Sleep::framing`].
    pub fn window(&self) -> Option<Window> {
        self.framing().and_then(|t| t.window)
    }

    /// The telling that stands for the whole: who measured it, else who frames it, else the first in order.
    pub fn lead(&self) -> Option<&Telling<'a>> {
        self.measure().or_else(|| self.framing()).or_else(|| self.tellings.first())
    }

    /// The date of waking.
    pub fn date(&self) -> Option<Date> {
        self.framing().or_else(|| self.tellings.first()).map(|t| t.date)
    }

    /// Whether a telling covers at least half of the longest believable one (one without times always does).
    fn saw_enough(&self, telling: &Telling<'_>) -> bool {
        let Some(own) = telling.window else { return true };
        if self.tellings.len() == 1 {
            return true;
        }
        let believable = |t: &&Telling<'_>| t.window.is_some_and(|w| w.minutes() <= HARDLY_ONE_SLEEP);
        let longest = self
            .tellings
            .iter()
            .filter(believable)
            .filter_map(|t| t.window)
            .max_by(|a, b| a.minutes().total_cmp(&b.minutes()));
        longest.is_none_or(|longest| own.overlap(&longest) >= longest.minutes() / 2.0)
    }

    /// Whether any source marks it so.
    pub fn is_marked(&self, kind: SleepKind) -> bool {
        self.tellings.iter().any(|t| t.kind == kind)
    }

    /// Adds a telling at its place in the order; a second piece of a source already there is joined to it.
    pub fn add(&mut self, telling: Telling<'a>, account: &mut SleepAccount) {
        self.roles.set(None);
        if let Some(held) = self.tellings.iter_mut().find(|held| held.rank == telling.rank) {
            account.pieces_joined += 1;
            let later =
                telling.window.map(|w| w.start.timestamp()) >= held.window.map(|w| w.start.timestamp());
            let second = if later { telling } else { std::mem::replace(held, telling) };
            join(held, second, "another source tells one sleep that spans both");
            return;
        }
        if !self.tellings.is_empty() {
            account.told_again += 1;
        }
        let place = self.tellings.partition_point(|held| held.rank < telling.rank);
        self.tellings.insert(place, telling);
    }
}

/// Whether two windows of different sources are the same sleep: they share at least half of the shorter one.
///
/// A window that is hardly one sleep (a slip of the pen can span a day) must share half of the longer one.
fn are_the_same(a: &Window, b: &Window) -> Option<f64> {
    let shared = a.overlap(b);
    let (shorter, longer) = (a.minutes().min(b.minutes()), a.minutes().max(b.minutes()));
    let needed = if longer > HARDLY_ONE_SLEEP { longer / 2.0 } else { shorter / 2.0 };
    (shared > 0.0 && shared >= needed).then_some(shared)
}

/// Groups tellings that have a window, in the order of trust, then of time.
pub(crate) fn group<'a>(mut timed: Vec<Telling<'a>>, account: &mut SleepAccount) -> Vec<Sleep<'a>> {
    timed.sort_by_cached_key(|t| (t.rank, t.window.map(|w| w.start.timestamp()), t.key));
    let mut sleeps: Vec<Option<Sleep<'a>>> = Vec::new();
    let mut starts: BTreeSet<(i64, usize)> = BTreeSet::new();
    for telling in timed {
        let Some(window) = telling.window else { continue };
        let matching = matches_of(&telling, &window, &sleeps, &starts);
        let Some((first, others)) = matching.split_first() else {
            starts.insert((second_of(&window), sleeps.len()));
            sleeps.push(Some(Sleep::told_by(telling)));
            continue;
        };
        let Some(mut merged) = sleeps.get_mut(*first).and_then(Option::take) else { continue };
        for other in others {
            let other = sleeps.get_mut(*other).and_then(Option::take);
            for piece in other.into_iter().flat_map(|sleep| sleep.tellings) {
                starts.extend(piece.window.map(|own| (second_of(&own), *first)));
                merged.add(piece, account);
            }
        }
        starts.insert((second_of(&window), *first));
        merged.add(telling, account);
        if let Some(place) = sleeps.get_mut(*first) {
            *place = Some(merged);
        }
    }
    let mut sleeps: Vec<Sleep<'a>> = sleeps.into_iter().flatten().collect();
    sleeps.sort_by_cached_key(|sleep| {
        let start = sleep.window().map(|w| w.start.timestamp());
        (sleep.date(), start, sleep.lead().map(|t| t.rank))
    });
    sleeps
}

/// The sleeps that a telling belongs to, in order of time.
///
/// It belongs to several where it spans the pieces of another source, unless they would make more than one sleep can
/// be; then, and where it is hardly one sleep itself, it belongs to the one it shares most with.
fn matches_of(
    telling: &Telling<'_>,
    window: &Window,
    sleeps: &[Option<Sleep<'_>>],
    starts: &BTreeSet<(i64, usize)>,
) -> Vec<usize> {
    // A window lasts a day at most; clocks on the wall lie up to 14 h from the instants of others.
    const REACH: i64 = 39 * 3_600;
    let start = second_of(window);
    let mut matching: Vec<(f64, usize)> = Vec::new();
    for (_, place) in starts.range((start - REACH, 0)..=(start + REACH, usize::MAX)).copied() {
        let Some(Some(sleep)) = sleeps.get(place) else { continue };
        let shared =
            sleep.tellings.iter().filter_map(|t| are_the_same(window, &t.window?)).max_by(f64::total_cmp);
        // A second piece of its own source is joined to the first, if one sleep can span both.
        let own = sleep.tellings.iter().filter(|t| t.rank == telling.rank).filter_map(|t| t.window);
        let fits = own.fold(*window, |whole, piece| whole.spanning(&piece)).minutes() <= HARDLY_ONE_SLEEP
            || !sleep.tellings.iter().any(|t| t.rank == telling.rank);
        if let Some(shared) = shared
            && fits
            && !matching.iter().any(|(_, held)| *held == place)
        {
            matching.push((shared, place));
        }
    }
    let pieces = matching
        .iter()
        .filter_map(|(_, place)| sleeps.get(*place)?.as_ref())
        .flat_map(|sleep| sleep.tellings.iter().filter_map(|t| t.window));
    let whole = pieces.fold(*window, |whole, piece| whole.spanning(&piece));
    if matching.len() > 1 && whole.minutes() > HARDLY_ONE_SLEEP {
        let largest = matching.iter().copied().max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        return largest.into_iter().map(|(_, place)| place).collect();
    }
    matching.into_iter().map(|(_, place)| place).collect()
}

fn second_of(window: &Window) -> i64 {
    window.start.timestamp().as_second()
}
