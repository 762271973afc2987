//! Measures one gradient, one whole fit and one quick first answer of 90 and of 365 days.

use nightmend_domain::{Moment, NoProgress};
use nightmend_infer::LogDensity;
use nightmend_infer::random::Stream;
use nightmend_loop::data::{Columns, weekend_flags};
use nightmend_loop::model::LoopDensity;
use nightmend_loop::{LoopSettings, PainMeasure, Seed, Series, SleepMeasure, fit, preview};

fn main() {
    divan::main();
}

/// A person with a typical loop: carry-over 0.25 and 0.38, -0.3 points per hour, a tenth missing.
fn series(days: usize) -> Series {
    let mut stream = Stream::new(11, days as u64);
    let (mut sleep, mut pain) = (0.0, 0.0);
    let (mut nights, mut scores) = (Vec::new(), Vec::new());
    for _ in 0..days {
        sleep = 0.25 * sleep - 0.1 * pain + 0.9 * stream.normal();
        pain = 0.38 * pain - 0.3 * sleep + 1.2 * stream.normal();
        nights.push((stream.uniform() > 0.1).then_some(6.8 + sleep));
        scores.push((stream.uniform() > 0.1).then_some((4.0 + pain).round().clamp(0.0, 10.0)));
    }
    let first_date = jiff::civil::date(2024, 1, 1);
    let columns =
        Columns { first_date, sleep: nights, pain: scores, weekend: weekend_flags(first_date, days) };
    Series::new(columns, SleepMeasure::HoursDiary, PainMeasure::Nrs, "pain".to_owned(), Moment::Waking)
        .expect("a series")
}

#[divan::bench(args = [90, 365], sample_count = 10, sample_size = 1)]
fn whole_fit(bencher: divan::Bencher<'_, '_>, days: usize) {
    let (series, settings) = (series(days), LoopSettings::default());
    bencher.bench_local(|| fit(&series, &settings, Seed(1), &NoProgress).expect("a fit"));
}

#[divan::bench(args = [90, 365], sample_count = 30, sample_size = 1)]
fn first_answer(bencher: divan::Bencher<'_, '_>, days: usize) {
    let (series, settings) = (series(days), LoopSettings::default());
    bencher.bench_local(|| preview(&series, &settings, Seed(1)).expect("a preview"));
}

#[divan::bench(args = [90, 365])]
fn evidence(bencher: divan::Bencher<'_, '_>, days: usize) {
    let (series, settings) = (series(days), LoopSettings::default());
    let spread = series.standardisation().expect("varies");
    let priors = settings.priors.for_series(
        &series.sleep_measure,
        series.pain_measure,
        &spread,
        settings.measurement_error,
    );
    bencher.bench_local(|| nightmend_loop::claim::weigh(&series, priors).expect("a mode"));
}

#[divan::bench(args = [90, 365])]
fn gradient(bencher: divan::Bencher<'_, '_>, days: usize) {
    let (series, settings) = (series(days), LoopSettings::default());
    let spread = series.standardisation().expect("varies");
    let priors = settings.priors.for_series(
        &series.sleep_measure,
        series.pain_measure,
        &spread,
        settings.measurement_error,
    );
    let mut density = LoopDensity::new(&series, &spread, priors);
    let position = priors.parameters.map(|prior| prior.mean);
    let mut slopes = [0.0; nightmend_loop::model::PARAMETERS];
    bencher.bench_local(|| density.value_and_gradient(&position, &mut slopes).expect("inside"));
}
