//! Foretells after how many more days an arrow would be told, from today's evidence and what is believed of the arrow.
//!
//! Evidence adds up: with `n` days now and `N` later, the root of `N` times z is that of today, plus what the days between
//! bring, which is known but for the true arrow and for chance:
//! ```text
//! √N z_N = √n z_n + (N − n) b √i + √(N − n) e      b ~ posterior, e ~ N(0, 1)
//! ```
//! with `i` the information that one day brings about the arrow. The posterior knows the prior, so that an arrow that
//! happens to look large today is not taken at its word. The figure is the smallest `N` at which the arrow is told, with
//! its true sign, in half of all such cases. How often it comes true: `docs/validation/power.md`.

use nightmend_domain::estimate::{DaysNeeded, MeanSd, Record};
use nightmend_infer::normal;

use crate::claim::Clear;

/// Days beyond which "more days needed" is no longer a sensible number: three years.
const LONGEST_WAIT_DAYS: f64 = 1_095.0;
/// How many equally likely sizes of the arrow stand for what is believed of it.
const SIZES: usize = 40;
/// How likely the arrow is to be told by the best figure, by the one that is said, and by the worst.
const CHANCES: [f64; 3] = [0.25, 0.5, 0.75];

/// What is known today of one arrow that is not told yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Wait {
    /// The evidence of today.
    pub z: f64,
    /// How closely the same evidence sees the standardised arrow, as a standard deviation.
    pub weighed_to: f64,
    /// The posterior of the standardised arrow.
    pub posterior: MeanSd,
    /// How many outcomes z rests on, and how many things were fitted to them.
    pub outcomes: f64,
    pub fitted: f64,
    /// Days since both series began.
    pub days: f64,
}

impl Wait {
    /// Returns the days still needed.
    pub fn days_needed(&self, clear: &Clear, record: Record) -> DaysNeeded {
        let foretold = Foretold::new(self);
        let [at_best, more_days, at_worst] = CHANCES.map(|chance| {
            let total = match record {
                Record::Archive => foretold.first_day(clear.archive, chance),
                Record::Living => clear
                    .all_looks()
                    .map(|(look, clear)| (look as f64, clear))
                    .find(|(look, clear)| *look > self.days && foretold.chance(*look, *clear) >= chance)
                    .map(|(look, _)| look),
            };
            let more = (total? - self.days).ceil();
            (more <= LONGEST_WAIT_DAYS).then_some(more as u32)
        });
        DaysNeeded { more_days, at_best, at_worst }
    }
}

/// The sizes that the arrow may have, beside what is known today.
struct Foretold {
    wait: Wait,
    sizes: Vec<f64>,
}

impl Foretold {
    fn new(wait: &Wait) -> Self {
        let MeanSd { mean, sd } = wait.posterior;
        let place = |index: usize| normal::quantile((index as f64 + 0.5) / SIZES as f64);
        Self { wait: *wait, sizes: (0..SIZES).map(|index| mean + sd * place(index)).collect() }
    }

    /// Returns how likely it is that after so many days z is clear with the true sign.
    fn chance(&self, total: f64, clear: f64) -> f64 {
        let Wait { z, weighed_to, outcomes, fitted, days, .. } = self.wait;
        let small_sample = |share: f64| (1.0 + fitted / (share * outcomes)).powf(-0.5);
        let more = total - days;
        let today = days.sqrt() * z / small_sample(1.0);
        let by_day = 1.0 / (weighed_to * days.sqrt());
        let needed = total.sqrt() * clear / small_sample(total / days);
        let clear_in = |size: &f64| {
            let expected = (today + more * size * by_day) * size.signum();
            normal::cumulative((expected - needed) / more.sqrt())
        };
        self.sizes.iter().map(clear_in).sum::<f64>() / SIZES as f64
    }

    /// Returns the first day by which an arrow is told so often, within the longest wait.
    fn first_day(&self, clear: f64, chance: f64) -> Option<f64> {
        let days = self.wait.days;
        let reached = |more: f64| self.chance(days + more, clear) >= chance;
        // In steps that grow with the wait, then a day at a time.
        let (mut before, mut more) = (0.0, 1.0);
        while !reached(more) {
            before = more;
            more = (1.08 * more + 1.0).floor();
            if before >= LONGEST_WAIT_DAYS {
                return None;
            }
        }
        while more - before > 1.0 {
            let middle = ((before + more) / 2.0).floor();
            if reached(middle) { more = middle } else { before = middle }
        }
        Some(days + more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::CLEAR;

    const SURE: Wait = Wait {
        z: 1.3,
        weighed_to: 0.2 / 1.3,
        posterior: MeanSd { mean: 0.2, sd: 1e-6 },
        outcomes: 1e9,
        fitted: 6.0,
        days: 100.0,
    };

    #[test]
    fn an_arrow_of_known_size_needs_what_is_reckoned_by_hand() {
        // z grows with the root of the days: twice 1.3 after four times as long, in half of all cases.
        let needed = SURE.days_needed(&CLEAR, Record::Archive);
        // Half is reached at 300 to the last digit, which rounding may leave a hair under it.
        assert!(matches!(needed.more_days, Some(300 | 301)), "{needed:?}");
        // A quarter: 13 + 0.13 m - 26 √(1 + m/100)/... is solved by the formula itself: z_N at its 75 % point.
        let best = f64::from(needed.at_best.expect("a number"));
        let total = 100.0 + best;
        let at = |place: f64| (13.0 + 0.13 * best + place * best.sqrt()) / total.sqrt();
        assert!((at(0.674_49) - 2.6).abs() < 0.01, "{best} {}", at(0.674_49));
        assert!(needed.at_best < needed.more_days && needed.more_days < needed.at_worst, "{needed:?}");
    }

    #[test]
    fn what_the_prior_does_not_believe_takes_longer_and_nothing_takes_for_ever() {
        let doubted = Wait { posterior: MeanSd { mean: 0.12, sd: 0.08 }, ..SURE };
        let more = |wait: Wait| wait.days_needed(&CLEAR, Record::Archive).more_days;
        assert!(more(doubted) > more(SURE), "{:?} {:?}", more(doubted), more(SURE));
        let nothing = Wait { z: 0.1, posterior: MeanSd { mean: 0.0, sd: 0.01 }, ..SURE };
        assert_eq!(more(nothing), None);
    }

    #[test]
    fn a_living_record_waits_for_its_next_look() {
        let more = |days: f64, z: f64| {
            let wait = Wait { z, days, weighed_to: 0.2, posterior: MeanSd { mean: -0.4, sd: 0.1 }, ..SURE };
            wait.days_needed(&CLEAR, Record::Living).more_days
        };
        assert_eq!(more(20.0, -1.5), Some(70));
        assert_eq!(more(100.5, -2.3), Some(80));
        // At night 180 it would be 30.9 / √180 = 2.3, under the 2.8 that is asked there.
        assert_eq!(more(100.5, -1.5), Some(265));
        assert_eq!(more(1_461.0, -2.0), None);
    }
}
