//! Composes a night or a nap from the tellings of one sleep, field by field, with a reason for each.

use nightmend_domain::{
    Decision, Minutes, Nap, Night, NightDate, OffsetTimestamp, Percent, SleepMethod, SourceName, ZoneBasis,
};

use crate::account::SleepAccount;
use crate::clock_change::ClockChanges;
use crate::main_sleep::SleepsOfDate;
use crate::sleeps::Sleep;
use crate::telling::{Basis, Known, Telling};
use crate::timeline::{DAY, Window, minutes_between};
use crate::words::{clock, decision, length};

/// Composes the night of a date; `None` where the date has no main sleep.
pub(crate) fn night(
    of_date: &mut SleepsOfDate<'_>,
    date: NightDate,
    clocks: &ClockChanges<'_>,
    order_is_stated: bool,
    account: &mut SleepAccount,
) -> Option<Night> {
    let main = of_date.main.as_mut()?;
    let remarks: Vec<Decision> = main.tellings_mut().iter_mut().flat_map(|t| t.remarks.drain(..)).collect();
    let lead = main.lead()?;
    let mut night = unknown_night(date, lead.source.clone(), lead.method);
    night.recalled = lead.recalled;
    night.decisions.reserve(of_date.decisions.len() + remarks.len() + 6);
    night.decisions.append(&mut of_date.decisions);
    night.decisions.extend(remarks);
    explain_sources(main, lead, order_is_stated, &mut night.decisions);
    night.decisions.extend(main.window().and_then(|window| clocks.within(&window)));
    fill_sleep(&mut night, main, account);
    fill_bed(&mut night, main, account);
    fill_rest(&mut night, main, lead);
    Some(night)
}

/// Composes a nap or second sleep.
pub(crate) fn nap(sleep: &Sleep<'_>) -> Option<Nap> {
    let lead = sleep.lead()?;
    let window = sleep.window();
    let tst = sleep.measure().and_then(|t| minutes(t.tst?.minutes));
    // A nap of which neither when nor how long is known says nothing; its decision stays.
    if window.is_none() && tst.is_none() {
        return None;
    }
    Some(Nap {
        date: sleep.date()?,
        source: lead.source.clone(),
        start: window.map(|w| w.start),
        end: window.map(|w| w.end),
        tst,
    })
}

/// A night in which nothing is known but who speaks of it.
pub(crate) fn unknown_night(date: NightDate, source: SourceName, method: SleepMethod) -> Night {
    Night {
        date,
        source,
        method,
        in_bed: None,
        try_sleep: None,
        sleep_onset: None,
        final_awakening: None,
        out_of_bed: None,
        tst: None,
        waso: None,
        sol: None,
        tib: None,
        spt: None,
        se: None,
        sme: None,
        awakenings: None,
        stages: None,
        quality: None,
        recalled: false,
        decisions: Vec::new(),
    }
}

fn minutes(minutes: f64) -> Option<Minutes> {
    Minutes::new(minutes).ok()
}

fn explain_sources(
    main: &Sleep<'_>,
    lead: &Telling<'_>,
    order_is_stated: bool,
    decisions: &mut Vec<Decision>,
) {
    if main.tellings().len() < 2 {
        return;
    }
    let order =
        if order_is_stated { "the order of sources that you set" } else { "the usual order of sources" };
    let others: Vec<&str> =
        main.tellings().iter().filter(|t| t.rank != lead.rank).map(|t| t.source.as_str()).collect();
    let earlier = main.tellings().iter().find(|t| t.rank < lead.rank);
    let why = match earlier {
        Some(earlier) if earlier.tst.is_some() => {
            format!("; {} comes before it, but saw less than half of this sleep", earlier.source)
        }
        Some(earlier) if lead.tst.is_some() => {
            format!("; {} comes before it, but does not say how long you slept", earlier.source)
        }
        _ => String::new(),
    };
    let reason = format!(
        "{} is taken by {order}{why}; {} {} the same sleep and {} not added to it",
        lead.source,
        others.join(", "),
        if others.len() == 1 { "tells" } else { "tell" },
        if others.len() == 1 { "is" } else { "are" },
    );
    decisions.push(decision("same sleep", reason));
}

/// First and last sleep, SPT, TST, WASO, SME.
fn fill_sleep(night: &mut Night, main: &Sleep<'_>, account: &mut SleepAccount) {
    let measure = main.measure();
    let framing = main.framing();
    if let Some(framing) = framing {
        (night.sleep_onset, night.final_awakening) = (framing.onset, framing.final_awakening);
        night.spt = framing.sleep_period().and_then(minutes);
    }
    if let (Some(measure), Some(framing)) = (measure, framing)
        && measure.rank != framing.rank
    {
        take_times_of_another(night, measure, framing, account);
    }
    let Some(measure) = measure else {
        night.decisions.push(decision("time asleep (TST)", untold_tst(framing)));
        // What lies awake in the period can be known where what was slept is not.
        night.waso = framing.and_then(|t| minutes(t.waso?.minutes));
        return;
    };
    night.tst = measure.tst.and_then(|known| minutes(known.minutes));
    night.waso = measure.waso.and_then(|known| minutes(known.minutes));
    night.sme = night.tst.zip(night.spt).and_then(|(tst, spt)| Percent::of(tst, spt));
    let told = |about: &str, known: Option<Known>| {
        known.map(|known| decision(about, how_known(measure, known, night.spt)))
    };
    let decisions = [told("time asleep (TST)", measure.tst), told("time awake (WASO)", measure.waso)];
    night.decisions.extend(decisions.into_iter().flatten());
}

/// The source that knows how long was slept has no clock times: another's are taken, unless they contradict.
fn take_times_of_another(
    night: &mut Night,
    measure: &Telling<'_>,
    framing: &Telling<'_>,
    account: &mut SleepAccount,
) {
    let needed =
        measure.tst.map_or(0.0, |known| known.minutes) + measure.waso.map_or(0.0, |known| known.minutes);
    if night.spt.is_some_and(|spt| needed > spt.get()) {
        (night.sleep_onset, night.final_awakening, night.spt) = (None, None, None);
        account.numbers_left_out += 1;
        let reason = format!(
            "{} tells of {} asleep and lying awake, longer than the sleep period of {}; the two are not put together, and the \
             times of {} are left out",
            measure.source,
            length(needed),
            framing.source,
            framing.source
        );
        night.decisions.push(decision("filled in", reason));
    } else {
        let reason = format!("{} has no clock times; those of {} are taken", measure.source, framing.source);
        night.decisions.push(decision("filled in", reason));
    }
}

fn untold_tst(framing: Option<&Telling<'_>>) -> String {
    match framing {
        Some(t) if t.onset.is_none() => {
            format!("unknown: {} does not say when sleep began, nor how long it lasted in all", t.source)
        }
        Some(t) => format!("unknown: {} does not say how long you lay awake in the night", t.source),
        None => "unknown: no source says how long you slept".to_owned(),
    }
}

fn how_known(telling: &Telling<'_>, known: Known, spt: Option<Minutes>) -> String {
    let (source, value) = (telling.source, length(known.minutes));
    let period = spt.map_or_else(|| "the sleep period".to_owned(), |spt| format!("the sleep period ({spt})"));
    match known.basis {
        Basis::Stated => format!("{value}, as {source} states it"),
        Basis::Stages => format!("{value}, the sum of the stages that {source} gives"),
        Basis::PeriodMinusAwake => {
            format!("{value}: {period} of {source} minus the time awake within it")
        }
        Basis::PeriodMinusAsleep => {
            format!("{value}: {period} of {source} minus the time asleep")
        }
        Basis::Pieces => format!("{value}, added up over the pieces that {source} tells"),
    }
}

/// Into bed, lights out, out of bed, SOL, TIB, SE: only a person knows them, and one source gives them all.
fn fill_bed(night: &mut Night, main: &Sleep<'_>, account: &mut SleepAccount) {
    let has_bed = |t: &&Telling<'_>| {
        t.knows_the_bed()
            && (t.in_bed.is_some()
                || t.try_sleep.is_some()
                || t.out_of_bed.is_some()
                || t.stated_tib.is_some())
    };
    let Some(bed) = main.tellings().iter().filter(has_bed).find(|t| shares_half(main, t)) else {
        if let Some(far) = main.tellings().iter().find(has_bed) {
            let reason = format!(
                "the bed times of {} are not taken: less than half of its sleep is shared",
                far.source
            );
            night.decisions.push(decision("bed times", reason));
        }
        return;
    };
    (night.in_bed, night.try_sleep, night.out_of_bed) = (bed.in_bed, bed.try_sleep, bed.out_of_bed);
    if bed.source != &night.source {
        let reason = format!("taken from {}: only a person knows when they lay down and got up", bed.source);
        night.decisions.push(decision("bed times", reason));
    }
    night.tib = bed
        .in_bed
        .zip(bed.out_of_bed)
        .map(|(down, up)| minutes_between(down, up))
        .filter(|minutes| *minutes <= DAY)
        .or(bed.stated_tib)
        .and_then(minutes);
    let left_out = leave_out_contradictions(night, bed.source);
    if let (true, Some(tib)) = (left_out, night.tib) {
        let reason = format!("{tib}, as {} counts it: its own two times belong together", bed.source);
        night.decisions.push(decision("time in bed (TIB)", reason));
    }
    fill_sol(night, bed);
    if let (Some(tst), Some(tib)) = (night.tst, night.tib) {
        night.se = Percent::of(tst, tib);
        if night.se.is_none() {
            account.numbers_left_out += 1;
            let reason = format!("left out: {tst} asleep does not fit into {tib} in bed");
            night.decisions.push(decision("sleep efficiency (SE)", reason));
        }
    }
}

/// Two sources may disagree on when the night began or ended; a bed time that lies inside the sleep is left out, so
/// that the times of a night are always in order. Lengths within one source stand. Says whether an end of the time in
/// bed was left out.
fn leave_out_contradictions(night: &mut Night, bed_source: &SourceName) -> bool {
    let taken = night.source.clone();
    let (onset, end) = (night.sleep_onset, night.final_awakening);
    let mut drop_if = |time: &mut Option<OffsetTimestamp>, words: &str, contradicts: bool| {
        if let Some(left_out) = time.filter(|_| contradicts) {
            let at = left_out.civil().time().strftime("%H:%M").to_string();
            let reason = format!(
                "{bed_source} has “{words}” at {at}, inside the sleep that {taken} tells; that time is left out"
            );
            night.decisions.push(decision("bed times", reason));
            *time = None;
        }
    };
    let after = |time: Option<OffsetTimestamp>, other: Option<OffsetTimestamp>| {
        // Where one of the two clocks is of an unknown zone, only what the clocks showed can be compared.
        time.zip(other).is_some_and(|(time, other)| {
            let unknown = time.basis() == ZoneBasis::Unknown || other.basis() == ZoneBasis::Unknown;
            if unknown { time.civil() > other.civil() } else { time.timestamp() > other.timestamp() }
        })
    };
    let (mut in_bed, mut try_sleep, mut up) = (night.in_bed, night.try_sleep, night.out_of_bed);
    drop_if(&mut in_bed, "into bed", after(night.in_bed, onset));
    drop_if(&mut try_sleep, "tried to sleep", after(night.try_sleep, onset));
    drop_if(&mut up, "out of bed", after(end, night.out_of_bed));
    // SOL begins with trying to sleep: without that time it stands on nothing.
    if try_sleep.is_none() && night.try_sleep.is_some() {
        night.sol = None;
    }
    let ends = (in_bed, up) != (night.in_bed, night.out_of_bed);
    (night.in_bed, night.try_sleep, night.out_of_bed) = (in_bed, try_sleep, up);
    ends
}

fn fill_sol(night: &mut Night, bed: &Telling<'_>) {
    let Some(lights_out) = bed.try_sleep else {
        if bed.sol.is_some() {
            let reason = format!("{} states it without the time of trying to sleep; left out", bed.source);
            night.decisions.push(decision("time to fall asleep (SOL)", reason));
        }
        return;
    };
    // Lights out inside the sleep was left out, and with it what is counted from there.
    if night.try_sleep.is_none() {
        return;
    }
    let from = |onset: Option<OffsetTimestamp>| {
        onset.map(|onset| minutes_between(lights_out, onset)).filter(|sol| *sol >= 0.0)
    };
    let (sol, how) = if let Some(stated) = bed.sol {
        (Some(stated), format!("as {} states it", bed.source))
    } else if let Some(own) = from(bed.onset) {
        (Some(own), format!("from lights out to first asleep, both by {}", bed.source))
    } else {
        let how = format!(
            "from lights out at {} by {} to first asleep by {}",
            clock(lights_out),
            bed.source,
            night.source
        );
        (from(night.sleep_onset), how)
    };
    night.sol = sol.and_then(minutes);
    if let Some(sol) = night.sol {
        night.decisions.push(decision("time to fall asleep (SOL)", format!("{sol}, {how}")));
    }
}

/// Single times further than this from the sleep, in minutes, cannot belong to it.
const OUT_OF_REACH: f64 = 720.0;

/// Whether a telling and the sleep's frame share at least half of the longer of the two; where a telling has single
/// times only, whether they lie around the sleep; true without times.
fn shares_half(main: &Sleep<'_>, telling: &Telling<'_>) -> bool {
    let half = |a: Window, b: Window| a.overlap(&b) >= a.minutes().max(b.minutes()) / 2.0;
    match (main.window(), telling.window) {
        (Some(frame), Some(own)) => half(frame, own),
        (Some(frame), None) => {
            let times = [
                telling.in_bed,
                telling.try_sleep,
                telling.onset,
                telling.final_awakening,
                telling.out_of_bed,
            ];
            times.into_iter().flatten().all(|time| {
                minutes_between(time, frame.start) <= OUT_OF_REACH
                    && minutes_between(frame.end, time) <= OUT_OF_REACH
            })
        }
        (None, _) => true,
    }
}

/// Awakenings, stages and quality.
fn fill_rest(night: &mut Night, main: &Sleep<'_>, lead: &Telling<'_>) {
    let shared: Vec<&Telling<'_>> = main.tellings().iter().filter(|t| shares_half(main, t)).collect();
    // A device counts awakenings that no person remembers: only the same kind of teller can fill them in.
    let awakenings = |t: &&&Telling<'_>| t.awakenings.is_some() && t.method == lead.method;
    let stages =
        |t: &&&Telling<'_>| t.stages.is_some() && (t.rank == lead.rank || t.method == SleepMethod::Device);
    let own_first = |wanted: &dyn Fn(&&&Telling<'_>) -> bool| {
        let own = shared.iter().find(|t| t.rank == lead.rank && wanted(t));
        own.or_else(|| shared.iter().find(|t| wanted(t))).copied()
    };
    let mut fill = |what: &str, from: Option<&Telling<'_>>| {
        if let Some(from) = from.filter(|t| t.rank != lead.rank) {
            let reason = format!("taken from {}: {} does not give it", from.source, lead.source);
            night.decisions.push(decision(what, reason));
        }
    };
    let counted = own_first(&awakenings);
    fill("awakenings", counted);
    let staged = own_first(&stages);
    fill("stages", staged);
    let rated = own_first(&|t| t.quality.is_some());
    fill("quality", rated);
    night.awakenings = counted.and_then(|t| t.awakenings);
    night.stages = staged.and_then(|t| t.stages);
    night.quality = rated.and_then(|t| t.quality);
}
