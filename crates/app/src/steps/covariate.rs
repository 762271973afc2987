//! Turns the step that is (or was last) tried into something that the loop takes into account.

use std::collections::BTreeMap;

use jiff::civil::Date;
use nightmend_loop::beside::Said;
use nightmend_loop::select::DatedCovariate;

use super::ledger::Experiment;

/// Fewer nights with the step, or without it, than this say nothing.
const FEWEST_NIGHTS: usize = 10;

/// Returns the newest experiment as a covariate of the night, 1 where an arm other than the first was assigned and 0 on every
/// other of the `nights`, whether they were assigned the usual way or lie outside the experiment: no step was assigned then.
/// `None` where either is rare. As assigned, whether it was done or not.
pub(crate) fn running_step(
    experiments: &[Experiment],
    nights: impl Iterator<Item = Date>,
) -> Option<DatedCovariate> {
    let newest = experiments.iter().max_by_key(|experiment| experiment.first)?;
    let last = newest.stop.as_ref().map(|stop| stop.on);
    let arms: BTreeMap<Date, usize> = newest
        .calendar()
        .iter()
        .map(|assigned| (assigned.night.date(), assigned.arm))
        .filter(|(night, _)| last.is_none_or(|last| *night <= last))
        .collect();
    as_covariate(&newest.arm().title, &arms, nights)
}

fn as_covariate(
    title: &str,
    arms: &BTreeMap<Date, usize>,
    nights: impl Iterator<Item = Date>,
) -> Option<DatedCovariate> {
    let values: BTreeMap<Date, f64> = nights
        .map(|night| (night, f64::from(u8::from(arms.get(&night).is_some_and(|arm| *arm > 0)))))
        .collect();
    let with = values.values().filter(|value| **value > 0.0).count();
    let enough = with.min(values.len() - with) >= FEWEST_NIGHTS;
    let name = format!("the step \u{201c}{title}\u{201d}");
    enough.then_some(DatedCovariate { name, unit: None, said: Said::Night, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_one_on_its_nights_and_nought_on_all_others() {
        let on = |day: i32| jiff::civil::date(2026, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap();
        // Thirty nights of the record; from the eleventh on every other one of an experiment has the step.
        let arms = |last: i32| (10..last).map(|day| (on(day), usize::from(day % 2 == 0))).collect();
        let step = as_covariate("a pillow", &arms(30), (0..30).map(on)).unwrap();
        assert_eq!(step.said, Said::Night);
        assert_eq!(step.values.len(), 30);
        assert_eq!((step.values[&on(4)], step.values[&on(11)], step.values[&on(12)]), (0.0, 0.0, 1.0));
        assert_eq!(as_covariate("a pillow", &arms(20), (0..30).map(on)), None, "five nights say nothing");
    }
}
