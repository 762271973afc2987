//! Packs a finished answer about the loop into bytes and back, so that it can be kept in the store without loss.
//!
//! Every number keeps all its bits. The layout follows the fields in their order; whoever changes a field of an
//! estimate raises [`LAYOUT`], and what was kept before is simply fitted again.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use jiff::civil::Date;
use nightmend_domain::Moment;
use nightmend_domain::beside::{ActsOn, Beside, ChannelEstimate, CovariateEstimate, Curve, LocalLevel};
use nightmend_domain::estimate::{
    ArrowEstimate, BadDays, DaysNeeded, Dominant, HalfDay, HiddenInfluence, HiddenInfluencePoint, Interval,
    Latent, LoopCheck, LoopData, LoopDiagnostics, LoopEstimate, LoopProvenance, Maturity, MeanSd,
    MeasurementError, ModelChoice, ParameterSummary, Press, Preview, Pulse, Record, Standardisation, Summary,
    Told,
};

/// The version of the layout.
pub(crate) const LAYOUT: &str = "2";

/// Something with a form in bytes.
pub(crate) trait Packed: Sized {
    /// Adds it to the bytes.
    fn put(&self, bytes: &mut Vec<u8>);
    /// Takes it from the front of the bytes; `None` where they hold something else.
    fn take(bytes: &mut &[u8]) -> Option<Self>;
}

/// A finished fit, without what can be derived from it. An answer without a number takes no time and is not kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeptAnswer {
    pub is_simulated: bool,
    pub remarks: Vec<String>,
    pub estimate: LoopEstimate,
}

/// The bytes of an answer.
pub(crate) fn pack(answer: &KeptAnswer) -> Vec<u8> {
    let mut bytes = Vec::new();
    answer.put(&mut bytes);
    bytes
}

/// The answer of these bytes; `None` where they are of another layout.
pub(crate) fn unpack(mut bytes: &[u8]) -> Option<KeptAnswer> {
    let answer = KeptAnswer::take(&mut bytes)?;
    bytes.is_empty().then_some(answer)
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl Packed for $type {
            fn put(&self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }
            fn take(bytes: &mut &[u8]) -> Option<Self> {
                let (head, rest) = bytes.split_first_chunk()?;
                *bytes = rest;
                Some(Self::from_le_bytes(*head))
            }
        }
    )*};
}

macro_rules! record {
    ($type:ty { $($field:ident),* $(,)? }) => {
        impl Packed for $type {
            fn put(&self, bytes: &mut Vec<u8>) {
                // Every field is named, so that a new one is not forgotten.
                let Self { $($field),* } = self;
                $( $field.put(bytes); )*
            }
            fn take(bytes: &mut &[u8]) -> Option<Self> {
                Some(Self { $( $field: Packed::take(bytes)? ),* })
            }
        }
    };
}

macro_rules! choice {
    ($type:ty { $($number:literal => $variant:ident),* $(,)? }) => {
        impl Packed for $type {
            fn put(&self, bytes: &mut Vec<u8>) {
                bytes.push(match self { $( Self::$variant => $number, )* });
            }
            fn take(bytes: &mut &[u8]) -> Option<Self> {
                match u8::take(bytes)? { $( $number => Some(Self::$variant), )* _ => None }
            }
        }
    };
}

numbers!(u8, u32, u64, f64);

impl Packed for bool {
    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(*self));
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(u8::take(bytes)? != 0)
    }
}

impl Packed for String {
    fn put(&self, bytes: &mut Vec<u8>) {
        (self.len() as u64).put(bytes);
        bytes.extend(self.as_bytes());
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let length = usize::try_from(u64::take(bytes)?).ok()?;
        let (head, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        Self::from_utf8(head.to_vec()).ok()
    }
}

impl Packed for &'static str {
    fn put(&self, bytes: &mut Vec<u8>) {
        (*self).to_owned().put(bytes);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        String::take(bytes).map(name)
    }
}

/// A name that lives as long as the process: there are as many as the engine has parameters and checks.
fn name(text: String) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(text.as_str()) {
        return known;
    }
    let new: &'static str = Box::leak(text.into_boxed_str());
    names.insert(new);
    new
}

impl<T: Packed> Packed for Option<T> {
    fn put(&self, bytes: &mut Vec<u8>) {
        self.is_some().put(bytes);
        if let Some(value) = self {
            value.put(bytes);
        }
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        if bool::take(bytes)? { T::take(bytes).map(Some) } else { Some(None) }
    }
}

impl<T: Packed> Packed for Vec<T> {
    fn put(&self, bytes: &mut Vec<u8>) {
        (self.len() as u64).put(bytes);
        for value in self {
            value.put(bytes);
        }
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let length = u64::take(bytes)?;
        (0..length).map(|_| T::take(bytes)).collect()
    }
}

impl Packed for Date {
    fn put(&self, bytes: &mut Vec<u8>) {
        self.to_string().put(bytes);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        String::take(bytes)?.parse().ok()
    }
}

choice!(Moment { 0 => Waking, 1 => Bedtime, 2 => Day, 3 => Worst, 4 => Now });
choice!(Told { 0 => Clear, 1 => CannotTellYet });
choice!(Maturity { 0 => Prior, 1 => Emerging, 2 => Measured });
choice!(Dominant { 0 => SleepToPain, 1 => PainToSleep, 2 => Neither, 3 => CannotTellYet });
choice!(Record { 0 => Archive, 1 => Living });
choice!(MeasurementError { 0 => None, 1 => Prior, 2 => Twice });

choice!(ActsOn { 0 => Night, 1 => Pain });

record!(CovariateEstimate { name, on, days_before, unit, effect, standardised, known, unknown });
record!(ChannelEstimate { name, nights, shared, offset, unit, loading, error });
record!(LocalLevel { sleep, pain });
record!(Curve { effect, unit, around, p_sign, sentence });
record!(Beside { covariates, shrunk, channels, rating_correlation, local_level, curve });
record!(KeptAnswer { is_simulated, remarks, estimate });
record!(LoopData { nights, pain_days, pairs_sleep_to_pain, pairs_pain_to_sleep, from, to });
record!(Interval { low, high });
record!(Summary { mean, median, sd, ci50, ci90 });
record!(MeanSd { mean, sd });
record!(DaysNeeded { more_days, at_best, at_worst });
record!(ArrowEstimate {
    unit,
    effect,
    p_negative,
    standardised,
    prior,
    data_only,
    z,
    clear,
    told,
    prior_share,
    mostly_prior,
    maturity,
    pairs,
    days_needed,
    cautions,
    sentence,
});
record!(Pulse {
    change,
    change_unit,
    change_in_words,
    unit,
    first_day,
    total,
    horizon_days,
    days_to_nine_tenths,
    curve,
});
record!(Press { change_in_words, unit, held, responding });
record!(LoopDiagnostics {
    rhat_max,
    ess_bulk_min,
    ess_tail_min,
    divergences,
    edge_contacts,
    chains,
    draws_per_chain,
});
record!(BadDays { at, unit, observed_share, modelled_share, extra, horizon_days, sentence });
record!(ModelChoice { ordered, student, why });
record!(Latent { points_per_unit, sleep_to_pain, pain_to_sleep });
record!(Preview { k_hat, largest_k_hat, effective_draws, draws });
record!(HalfDay {
    days_with_both_reports,
    later_moment,
    sleep_to_rest_of_day,
    sleep_to_later_report,
    morning_to_day,
    day_to_morning,
    morning_offset,
    sentence,
});
record!(HiddenInfluence { points, explains, sentence });
record!(HiddenInfluencePoint { correlation, effect });
record!(LoopCheck { name, passed, value, sentence });
record!(ParameterSummary { name, mean, sd, prior, rhat, ess_bulk });
record!(Standardisation { sleep, pain });
record!(LoopProvenance { sleep, pain, moment, record, measurement_error, seed, priors, engine });
record!(LoopEstimate {
    data,
    sleep_to_pain,
    pain_to_sleep,
    loop_gain,
    sleep_carry_over,
    pain_carry_over,
    spectral_radius,
    half_life_days,
    half_day,
    beside,
    pulse,
    press,
    bad_days,
    model,
    latent,
    dominant,
    dominant_sentence,
    p_sleep_to_pain_larger,
    maturity,
    preview,
    diagnostics,
    standardisation,
    hidden_influence,
    checks,
    parameters,
    sentences,
    provenance,
});

#[cfg(test)]
mod tests {
    use nightmend_domain::NoProgress;
    use nightmend_domain::estimate::LoopOutcome;
    use nightmend_loop::select::{Question, select};
    use nightmend_loop::{LoopSettings, Seed, fit};
    use nightmend_sim::{DEMO_SEED, DEMO_ZONE, demo::demo_days};
    use nightmend_testkit::five_years::observations;

    use super::*;

    /// A short fit of the first 40 days of the demo person.
    fn answer() -> KeptAnswer {
        let zone = nightmend_domain::Zone::named(DEMO_ZONE).unwrap();
        let days = demo_days(DEMO_SEED);
        let assembly = nightmend_sleep::assemble(&observations(&days[..40], &zone), &Default::default());
        let selection = select(&assembly.nights, &assembly.days, &Question::default()).unwrap();
        let mut settings = LoopSettings::default();
        (settings.nuts.warmup, settings.nuts.draws) = (100, 100);
        match fit(&selection.series().unwrap(), &settings, Seed(1), &NoProgress).unwrap() {
            LoopOutcome::Estimated(estimate) => KeptAnswer {
                is_simulated: true,
                remarks: vec!["one".to_owned(), String::new()],
                estimate: *estimate,
            },
            LoopOutcome::CannotTell(cannot_tell) => panic!("{}", cannot_tell.sentence),
        }
    }

    #[test]
    fn an_answer_comes_back_as_it_was_and_nothing_else_does() {
        let answer = answer();
        let bytes = pack(&answer);
        assert_eq!(unpack(&bytes), Some(answer));
        for end in (0..bytes.len()).step_by(7) {
            assert_eq!(unpack(&bytes[..end]), None, "{end}");
        }
        assert_eq!(unpack(&[bytes.as_slice(), &[0]].concat()), None);
        assert_eq!(unpack(&[0xFF; 64]), None);
    }
}
