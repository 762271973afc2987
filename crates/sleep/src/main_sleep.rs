//! Chooses the main sleep of every date by its content, and leaves the others as naps.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::{Date, Time};
use nightmend_domain::{Decision, SleepKind, SleepMethod};

use crate::account::{SleepAccount, UsualMidSleep};
use crate::circular::{CircularMean, signed_distance, time_of};
use crate::one_source::HARDLY_ONE_SLEEP;
use crate::sleeps::Sleep;
use crate::telling::Telling;
use crate::timeline::{DAY, Window, minutes_between};
use crate::words::{self, decision, length};

/// A sleep of at least this many minutes can be the main one whatever its source calls it.
const LONG_ENOUGH: f64 = 180.0;
/// A shorter one whose middle lies further than this from the usual middle, in minutes, is a nap.
const FAR_FROM_USUAL: f64 = 360.0;
/// Of sleeps at least this share as long as the longest, the one nearest to the usual middle is the main one.
const NEARLY_AS_LONG: f64 = 0.85;
/// Fewest sleeps from which a usual middle is learned.
const FEWEST_TO_LEARN: usize = 5;
/// Least agreement (mean resultant length) at which there is a usual middle at all; a person on rotating shifts
/// has none, and then length alone decides.
const LEAST_AGREEMENT: f64 = 0.4;

/// What ended on one date.
#[derive(Debug, Default)]
pub(crate) struct SleepsOfDate<'a> {
    /// The main sleep.
    pub main: Option<Sleep<'a>>,
    /// Naps and second sleeps, in order of time.
    pub naps: Vec<Sleep<'a>>,
    /// Why.
    pub decisions: Vec<Decision>,
}

/// The usual middle of sleep: as set, else learned from the longest sleep of each date.
pub(crate) fn usual_mid_sleep(sleeps: &[Sleep<'_>], set: Option<Time>) -> Option<UsualMidSleep> {
    if let Some(time) = set {
        return Some(UsualMidSleep { time, learned_from: None });
    }
    let mut longest: BTreeMap<Date, Window> = BTreeMap::new();
    for (date, window) in sleeps.iter().filter_map(|s| s.date().zip(s.window())) {
        if (LONG_ENOUGH..=HARDLY_ONE_SLEEP).contains(&window.minutes()) {
            let held = longest.entry(date).or_insert(window);
            if window.minutes() > held.minutes() {
                *held = window;
            }
        }
    }
    let mean = CircularMean::of(longest.values().map(Window::middle_of_day))?;
    (mean.count >= FEWEST_TO_LEARN && mean.agreement >= LEAST_AGREEMENT)
        .then(|| UsualMidSleep { time: time_of(mean.minute), learned_from: u32::try_from(mean.count).ok() })
}

/// Chooses for every date.
pub(crate) fn choose<'a>(
    sleeps: Vec<Sleep<'a>>,
    usual: Option<UsualMidSleep>,
    account: &mut SleepAccount,
) -> BTreeMap<Date, SleepsOfDate<'a>> {
    let mut by_date: BTreeMap<Date, Vec<Sleep<'a>>> = BTreeMap::new();
    for sleep in sleeps {
        if let Some(date) = sleep.date() {
            by_date.entry(date).or_default().push(sleep);
        }
    }
    by_date.into_iter().map(|(date, sleeps)| (date, choose_one(sleeps, usual, account))).collect()
}

fn choose_one<'a>(
    mut sleeps: Vec<Sleep<'a>>,
    usual: Option<UsualMidSleep>,
    account: &mut SleepAccount,
) -> SleepsOfDate<'a> {
    let usual_minute =
        usual.map(|usual| f64::from(usual.time.hour()) * 60.0 + f64::from(usual.time.minute()));
    let mut of_date = SleepsOfDate::default();
    for sleep in &sleeps {
        of_date.decisions.push(decision("found", found(sleep)));
    }
    let windows: Vec<Option<Window>> = sleeps
        .iter()
        .map(|sleep| sleep.window().filter(|window| may_be_main(sleep, window, usual_minute)))
        .collect();
    let Some((place, why)) = pick(&sleeps, &windows, usual_minute) else {
        for sleep in &sleeps {
            of_date.decisions.push(nap_decision(sleep, usual));
        }
        of_date.naps = sleeps;
        return of_date;
    };
    let main = sleeps.remove(place);
    let why = why.text(usual);
    of_date
        .decisions
        .push(decision("main sleep", format!("{} is the main sleep: {why}", told_window(&main))));
    of_date.decisions.extend(overruled(
        &main,
        SleepKind::Nap,
        "a nap, but the content makes it the main sleep",
        account,
    ));
    for nap in &sleeps {
        of_date.decisions.push(nap_decision(nap, usual));
        of_date.decisions.extend(overruled(
            nap,
            SleepKind::Main,
            "the main sleep, but another one is",
            account,
        ));
    }
    of_date.main = Some(main);
    of_date.naps = sleeps;
    of_date
}

/// Why a sleep was picked.
#[derive(Debug, Clone, Copy)]
enum Why {
    Only,
    Longest,
    NearerToUsual,
    Marked,
}

impl Why {
    fn text(self, usual: Option<UsualMidSleep>) -> String {
        match (self, usual) {
            (Self::Only, _) => "the only one that ended on this date".to_owned(),
            (Self::NearerToUsual, Some(usual)) => format!(
                "nearly as long as the longest, and its middle is nearest to the usual one ({}{})",
                words::time_of_day(usual.time),
                usual.learned_from.map_or(", as you set it".to_owned(), |n| format!(", from {n} sleeps"))
            ),
            (Self::Marked, _) => "nearly as long as the longest, and marked as the main one".to_owned(),
            (Self::Longest | Self::NearerToUsual, _) => "the longest that ended on this date".to_owned(),
        }
    }
}

fn pick(sleeps: &[Sleep<'_>], windows: &[Option<Window>], usual: Option<f64>) -> Option<(usize, Why)> {
    let minutes = |place: usize| windows.get(place).copied().flatten().map(|w| w.minutes());
    let candidates: Vec<usize> = (0..windows.len()).filter(|place| minutes(*place).is_some()).collect();
    // The first of equals in time: `sleeps` is in order of time.
    let longest = candidates
        .iter()
        .copied()
        .rev()
        .max_by(|a, b| minutes(*a).partial_cmp(&minutes(*b)).unwrap_or(std::cmp::Ordering::Equal))?;
    if candidates.len() == 1 {
        let why = if sleeps.len() == 1 { Why::Only } else { Why::Longest };
        return Some((longest, why));
    }
    let enough = minutes(longest)? * NEARLY_AS_LONG;
    let near_enough: Vec<usize> =
        candidates.into_iter().filter(|place| minutes(*place).is_some_and(|m| m >= enough)).collect();
    let distance = |place: usize| {
        let middle = windows.get(place).copied().flatten().map(|w| w.middle_of_day());
        middle.zip(usual).map(|(middle, usual)| signed_distance(usual, middle).abs())
    };
    if usual.is_some() {
        let nearest = near_enough
            .iter()
            .copied()
            .min_by(|a, b| distance(*a).partial_cmp(&distance(*b)).unwrap_or(std::cmp::Ordering::Equal))?;
        let same = distance(nearest) == distance(longest);
        return Some(if same { (longest, Why::Longest) } else { (nearest, Why::NearerToUsual) });
    }
    let marked = |place: &usize| sleeps.get(*place).is_some_and(|s| s.is_marked(SleepKind::Main));
    match near_enough.iter().copied().filter(marked).collect::<Vec<_>>().as_slice() {
        [only] if *only != longest => Some((*only, Why::Marked)),
        _ => Some((longest, Why::Longest)),
    }
}

fn may_be_main(sleep: &Sleep<'_>, window: &Window, usual: Option<f64>) -> bool {
    if window.minutes() >= LONG_ENOUGH {
        return true;
    }
    let person =
        sleep.tellings().iter().find(|t| t.method == SleepMethod::Diary && t.kind != SleepKind::Unstated);
    match person.map(|t| t.kind) {
        Some(SleepKind::Main) => true,
        Some(_) => false,
        None => {
            let far = usual
                .is_some_and(|usual| signed_distance(usual, window.middle_of_day()).abs() > FAR_FROM_USUAL);
            !far && (sleep.is_marked(SleepKind::Main) || !sleep.is_marked(SleepKind::Nap))
        }
    }
}

fn nap_decision(sleep: &Sleep<'_>, usual: Option<UsualMidSleep>) -> Decision {
    let long = sleep.window().is_some_and(|window| window.minutes() >= LONG_ENOUGH);
    let far = sleep.window().zip(usual).is_some_and(|(window, usual)| {
        let usual = f64::from(usual.time.hour()) * 60.0 + f64::from(usual.time.minute());
        signed_distance(usual, window.middle_of_day()).abs() > FAR_FROM_USUAL
    });
    let why = if long {
        "kept as a second sleep beside the main one"
    } else if sleep.is_marked(SleepKind::Nap) {
        "kept as a nap: short, and marked as one"
    } else if far {
        "kept as a nap: under 3 h, and its middle is more than 6 h from the usual one"
    } else {
        "kept as a nap beside the main sleep"
    };
    decision("nap", format!("{}: {why}", told_window(sleep)))
}

fn overruled(sleep: &Sleep<'_>, mark: SleepKind, text: &str, account: &mut SleepAccount) -> Vec<Decision> {
    let marking: Vec<&Telling<'_>> = sleep.tellings().iter().filter(|t| t.kind == mark).collect();
    account.marks_overruled += u32::try_from(marking.len()).unwrap_or(u32::MAX);
    marking.iter().map(|t| decision("mark overruled", format!("{} calls it {text}", t.source))).collect()
}

fn told_window(sleep: &Sleep<'_>) -> String {
    sleep
        .window()
        .map_or_else(|| "a sleep without clock times".to_owned(), |window| words::window(&window).to_string())
}

fn found(sleep: &Sleep<'_>) -> String {
    let mut text = String::with_capacity(sleep.tellings().len() * 64);
    for (place, telling) in sleep.tellings().iter().enumerate() {
        let between = if place == 0 { "" } else { "; " };
        let mark = match telling.kind {
            SleepKind::Main => ", called the main sleep",
            SleepKind::Nap => ", called a nap",
            SleepKind::Unstated => "",
        };
        // Writing into a string cannot fail.
        let _ = match &telling.window {
            Some(window) => write!(text, "{between}{} {}{mark}", telling.source, words::window(window)),
            None => write!(text, "{between}{}{mark}", telling.source),
        };
    }
    text
}

/// Puts the tellings without clock times to the main sleep of their date, or makes a sleep of them.
pub(crate) fn add_untimed<'a>(
    by_date: &mut BTreeMap<Date, SleepsOfDate<'a>>,
    mut untimed: Vec<Telling<'a>>,
    account: &mut SleepAccount,
) {
    // Longest first within a source, so that of several the longest is taken to be the night.
    untimed.sort_by(|a, b| {
        let asleep = |t: &Telling<'_>| t.tst.map_or(-1.0, |known| known.minutes);
        (a.date, a.rank)
            .cmp(&(b.date, b.rank))
            .then_with(|| asleep(b).total_cmp(&asleep(a)))
            .then_with(|| a.key.cmp(b.key))
    });
    for telling in untimed {
        let of_date = by_date.entry(telling.date).or_default();
        let asleep = telling.tst.map(|known| length(known.minutes));
        let asleep = asleep.map_or(String::new(), |asleep| format!(", {asleep} asleep"));
        of_date.decisions.push(decision("found", format!("{} without clock times{asleep}", telling.source)));
        if telling.kind == SleepKind::Nap {
            add_untimed_nap(of_date, telling, account);
        } else {
            add_untimed_night(of_date, telling, account);
        }
    }
}

fn add_untimed_nap<'a>(of_date: &mut SleepsOfDate<'a>, telling: Telling<'a>, account: &mut SleepAccount) {
    let source = telling.source;
    if let [only] = of_date.naps.as_mut_slice()
        && only.tellings().iter().all(|t| t.rank != telling.rank)
        && half_of_each_other(only, &telling)
    {
        let text =
            format!("{source} tells the nap of this date too, without clock times; it is counted once");
        of_date.decisions.push(decision("duplicate", text));
        only.add(telling, account);
    } else {
        of_date
            .decisions
            .push(decision("nap", format!("{source} calls it a nap, and it has no clock times")));
        of_date.naps.push(Sleep::told_by(telling));
    }
}

fn add_untimed_night<'a>(of_date: &mut SleepsOfDate<'a>, telling: Telling<'a>, account: &mut SleepAccount) {
    let source = telling.source;
    let Some(main) = of_date.main.as_mut() else {
        let text = format!("what {source} tells without clock times is the only night of this date");
        of_date.decisions.push(decision("main sleep", text));
        of_date.main = Some(Sleep::told_by(telling));
        return;
    };
    if main.tellings().iter().any(|t| t.rank == telling.rank) {
        // Tables repeat days; a night told again must not become a nap of seven hours.
        let asleep = telling.tst.map_or(String::new(), |known| format!(" ({})", length(known.minutes)));
        let text = format!(
            "{source} tells another sleep of this date without clock times{asleep}; it cannot be known whether it is \
             the same one, so it is not added"
        );
        account.duplicates += 1;
        of_date.decisions.push(decision("duplicate", text));
    } else if half_of_each_other(main, &telling) {
        main.add(telling, account);
    } else {
        let text = format!(
            "{source} tells a night more than twice as long as the sleep with clock times, so it is the main one and \
             the other a nap"
        );
        of_date.decisions.push(decision("main sleep", text));
        let shorter = std::mem::replace(main, Sleep::told_by(telling));
        of_date.naps.push(shorter);
    }
}

/// Whether the sleep lasted at least half as long as the telling says; true where either length is unknown.
fn half_of_each_other(sleep: &Sleep<'_>, telling: &Telling<'_>) -> bool {
    let told = telling.tst.map(|known| known.minutes);
    let lasted = sleep.window().map(|w| w.minutes()).or_else(|| sleep.measure()?.tst.map(|k| k.minutes));
    told.zip(lasted).is_none_or(|(told, lasted)| lasted >= told / 2.0)
}

/// Leaves out the clock times of main sleeps that overlap the one before or after, the less trusted first.
pub(crate) fn separate<'a>(by_date: &mut BTreeMap<Date, SleepsOfDate<'a>>, account: &mut SleepAccount) {
    let dates: Vec<Date> = by_date.keys().copied().collect();
    let mut kept: Vec<Date> = Vec::with_capacity(dates.len());
    for date in dates {
        let window_on = |by_date: &BTreeMap<Date, SleepsOfDate<'a>>, date: Date| {
            by_date.get(&date).and_then(|of| of.main.as_ref()?.window())
        };
        while let (Some(last), Some(this)) = (kept.last().copied(), window_on(by_date, date)) {
            let Some(before) = window_on(by_date, last) else {
                kept.pop();
                continue;
            };
            if minutes_between(before.end, this.start) >= 0.0 {
                break;
            }
            let this_yields = merit(by_date.get(&date)) <= merit(by_date.get(&last));
            let (loser, winner, stands) = if this_yields { (date, last, before) } else { (last, date, this) };
            if !this_yields {
                kept.pop();
            }
            if let Some(of_date) = by_date.get_mut(&loser) {
                give_up_times(of_date, winner, &stands, account);
            }
        }
        kept.push(date);
    }
}

/// Believable before hardly one sleep, then the order of sources, then the longer.
fn merit(of_date: Option<&SleepsOfDate<'_>>) -> (bool, std::cmp::Reverse<u32>, i64) {
    let framing = of_date.and_then(|of| of.main.as_ref()?.framing());
    let minutes = framing.and_then(|t| t.window).map_or(DAY, |w| w.minutes());
    let rank = framing.map_or(u32::MAX, |t| t.rank);
    (minutes <= HARDLY_ONE_SLEEP, std::cmp::Reverse(rank), (minutes * 60.0) as i64)
}

fn give_up_times(of_date: &mut SleepsOfDate<'_>, winner: Date, stands: &Window, account: &mut SleepAccount) {
    let Some(main) = of_date.main.as_mut() else { return };
    for telling in main.tellings_mut() {
        if telling.window.is_some() {
            let hint = words::correct_night(telling.date);
            let text = format!(
                "tells times that overlap the night of {winner} ({}); both cannot be right, so the clock times of \
                 this night are left out; {hint}",
                words::window(stands)
            );
            telling.drop_times();
            telling.remark("overlap", &text);
            account.records_without_their_times += telling.pieces;
        }
    }
}
