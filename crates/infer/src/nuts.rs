//! Draws from a log-density with the No-U-Turn sampler of nuts-rs, behind our own types.
//!
//! The sampler works in coordinates whitened by a normal approximation (a [`Mode`] or a guess), in which a
//! well-behaved posterior is close to a standard normal; the draws handed back are in the density's own
//! coordinates and without warm-up. Each chain has its own random streams, made of the seed and the chain's
//! number, so the draws do not depend on the number of threads.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use nuts_rs::{Chain, CpuLogpFunc, CpuMath, CpuMathError, DiagNutsSettings, HasDims, LogpError, Settings};

use crate::density::{DensityError, LogDensity};
use crate::draws::Draws;
use crate::laplace::Mode;
use crate::linear::{Square, dot};
use crate::progress::Progress;
use crate::random::Stream;

/// How to sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NutsSettings {
    /// Number of chains.
    pub chains: usize,
    /// Draws per chain that tune the sampler and are thrown away.
    pub warmup: usize,
    /// Draws per chain that are kept.
    pub draws: usize,
    /// The acceptance rate aimed at, between 0 and 1.
    pub target_accept: f64,
    /// How many threads share the chains; the draws are the same for any number.
    pub threads: NonZeroUsize,
    /// What tells, during warm-up, how wide every parameter is.
    pub widths: WidthsFrom,
}

/// What the widths of the parameters are learnt from during warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum WidthsFrom {
    /// From how far draws and how far slopes spread, the geometric mean of both: from fewest draws.
    #[default]
    DrawsAndSlopes,
    /// From how far draws spread, and nothing else: where a lopsided parameter is steep on one side, its slopes make it
    /// look narrower than it is, and trajectories turn back before they have crossed it.
    Draws,
}

impl Default for NutsSettings {
    /// Returns four chains of 500 + 1000 draws, aiming at an acceptance of 0.9, on two threads.
    fn default() -> Self {
        const TWO: NonZeroUsize = NonZeroUsize::new(2).expect("two is not zero");
        Self {
            chains: 4,
            warmup: 500,
            draws: 1000,
            target_accept: 0.9,
            threads: TWO,
            widths: WidthsFrom::default(),
        }
    }
}

/// Where the chains begin and what the space looks like there.
#[derive(Debug, Clone, PartialEq)]
pub struct Whitening {
    centre: Vec<f64>,
    /// The lower factor for the first parameters.
    scale: Square,
    /// The widths of the parameters after those, which stand alone.
    widths: Vec<f64>,
}

impl Whitening {
    /// Uses the normal approximation at a mode.
    #[must_use]
    pub fn from_mode(mode: &Mode) -> Self {
        Self { centre: mode.position.clone(), scale: mode.scale.clone(), widths: Vec::new() }
    }

    /// Uses a centre and one width for each parameter, where there is no mode to go by.
    #[must_use]
    pub fn diagonal(centre: &[f64], widths: &[f64]) -> Self {
        Self { centre: centre.to_vec(), scale: Square::zero(0), widths: widths.to_vec() }
    }

    /// Uses a lower factor of the covariance for the first parameters and one width for each of the others: the form for
    /// a few parameters followed by hundreds of states, whose whole covariance would cost more than it saves.
    ///
    /// # Panics
    /// Panics if `centre` is not as long as the factor is large and the widths are many.
    #[must_use]
    pub fn partly_dense(centre: Vec<f64>, scale: Square, widths: Vec<f64>) -> Self {
        assert_eq!(centre.len(), scale.size() + widths.len(), "one place for every parameter");
        Self { centre, scale, widths }
    }

    pub(crate) fn outward(&self, white: &[f64], position: &mut [f64]) {
        let dense = self.scale.size();
        for (row, place) in position[..dense].iter_mut().enumerate() {
            *place = self.centre[row] + dot(&self.scale.row(row)[..=row], &white[..=row]);
        }
        let alone = self.centre[dense..].iter().zip(&self.widths).zip(&white[dense..]);
        for (place, ((centre, width), white)) in position[dense..].iter_mut().zip(alone) {
            *place = centre + width * white;
        }
    }

    fn gradient_inward(&self, gradient: &[f64], white: &mut [f64]) {
        let dense = self.scale.size();
        white[..dense].fill(0.0);
        for (row, slope) in gradient[..dense].iter().enumerate() {
            let factors = &self.scale.row(row)[..=row];
            white.iter_mut().zip(factors).for_each(|(sum, factor)| *sum += factor * slope);
        }
        let alone = gradient[dense..].iter().zip(&self.widths);
        white[dense..].iter_mut().zip(alone).for_each(|(sum, (slope, width))| *sum = slope * width);
    }
}

/// Why sampling gave no draws.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// The listener asked to stop.
    #[error("stopped as asked; start again to get an answer")]
    Cancelled,
    /// The settings cannot be used.
    #[error("these sampler settings cannot be used ({0}); ask for at least one chain and one draw")]
    Settings(&'static str),
    /// A chain could not be started or broke off.
    #[error("chain {chain} broke off: {reason}; report this together with the settings used")]
    Chain {
        /// The number of the chain.
        chain: usize,
        /// What the sampler said.
        reason: String,
    },
}

/// How far, in whitened units, chains start from the centre: wider than the posterior, so that R-hat can see.
const START_SPREAD: f64 = 1.5;

/// Draws from `density`, starting around `whitening`.
///
/// # Errors
/// [`SampleError`]; a cancelled run returns no draws.
pub fn sample<D: LogDensity>(
    density: &D,
    whitening: &Whitening,
    settings: &NutsSettings,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Draws, SampleError> {
    let whole = Keep {
        width: density.dimension(),
        map: |_: &mut D, position: &[f64], kept: &mut [f64]| kept.copy_from_slice(position),
    };
    sample_keeping(density, whitening, settings, seed, progress, &whole)
}

/// What of every draw is kept: `width` numbers that `map` makes of a position, with a density's workspace at hand.
#[derive(Debug, Clone, Copy)]
pub struct Keep<M> {
    /// How many numbers.
    pub width: usize,
    /// Writes them.
    pub map: M,
}

/// As [`sample`], but of every draw only what `keep` makes of it is held: thousands of parameters need not be.
///
/// # Errors
/// [`SampleError`]; a cancelled run returns no draws.
pub fn sample_keeping<D: LogDensity, M: Fn(&mut D, &[f64], &mut [f64]) + Sync>(
    density: &D,
    whitening: &Whitening,
    settings: &NutsSettings,
    seed: u64,
    progress: &dyn Progress,
    keep: &Keep<M>,
) -> Result<Draws, SampleError> {
    if settings.chains == 0 || settings.draws == 0 || density.dimension() == 0 {
        return Err(SampleError::Settings("no chains, no draws or no parameters"));
    }
    if !(settings.target_accept > 0.0 && settings.target_accept < 1.0) {
        return Err(SampleError::Settings("the acceptance rate aimed at is not between 0 and 1"));
    }
    let finished = AtomicU64::new(0);
    let run =
        |number: usize| run_chain(density, whitening, settings, (seed, number), &finished, progress, keep);
    let threads = settings.threads.get().min(settings.chains);
    let mut results: Vec<Option<Result<ChainDraws, SampleError>>> =
        (0..settings.chains).map(|_| None).collect();
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut done = Vec::new();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed) as usize;
                        if number >= settings.chains {
                            return done;
                        }
                        done.push((number, run(number)));
                    }
                })
            })
            .collect();
        for worker in workers {
            let Ok(done) = worker.join() else { continue };
            for (number, result) in done {
                results[number] = Some(result);
            }
        }
    });
    gather(keep.width, results)
}

struct ChainDraws {
    values: Vec<f64>,
    divergences: u64,
    edge_contacts: u64,
    evaluations: u64,
}

fn gather(
    dimension: usize,
    results: Vec<Option<Result<ChainDraws, SampleError>>>,
) -> Result<Draws, SampleError> {
    let mut chains = Vec::with_capacity(results.len());
    for (chain, result) in results.into_iter().enumerate() {
        let broken = || SampleError::Chain { chain, reason: "its thread panicked".to_owned() };
        chains.push(result.ok_or_else(broken)??);
    }
    let values: Vec<Vec<f64>> = chains.iter_mut().map(|chain| std::mem::take(&mut chain.values)).collect();
    let mut draws = Draws::from_chains(dimension, &values);
    for chain in &chains {
        draws.divergences += chain.divergences;
        draws.edge_contacts += chain.edge_contacts;
        draws.gradient_evaluations += chain.evaluations;
    }
    Ok(draws)
}

fn run_chain<D: LogDensity, M: Fn(&mut D, &[f64], &mut [f64])>(
    density: &D,
    whitening: &Whitening,
    settings: &NutsSettings,
    (seed, number): (u64, usize),
    finished: &AtomicU64,
    progress: &dyn Progress,
    keep: &Keep<M>,
) -> Result<ChainDraws, SampleError> {
    let broken = |reason: String| SampleError::Chain { chain: number, reason };
    let notes = Arc::new(Notes::default());
    let (mut own, mut position) = (density.clone(), vec![0.0; density.dimension()]);
    let mut target = Whitened::new(density.clone(), whitening.clone(), Arc::clone(&notes));
    let start = starting_point(&mut target, &mut Stream::new(seed, 2 * number as u64))
        .ok_or_else(|| broken("no starting point inside the support was found".to_owned()))?;
    let mut chain = chain_settings(settings)
        .new_chain(number as u64, CpuMath::new(target), Stream::new(seed, 2 * number as u64 + 1).generator())
        .map_err(|error| broken(error.to_string()))?;
    chain.set_position(&start).map_err(|error| broken(error.to_string()))?;
    let total = (settings.chains * (settings.warmup + settings.draws)) as u64;
    let mut kept = ChainDraws {
        values: vec![0.0; settings.draws * keep.width],
        divergences: 0,
        edge_contacts: 0,
        evaluations: 0,
    };
    for index in 0..settings.warmup + settings.draws {
        if progress.is_cancelled() {
            return Err(SampleError::Cancelled);
        }
        notes.outside.store(false, Ordering::Relaxed);
        let (white, information) = chain.draw().map_err(|error| broken(error.to_string()))?;
        if let Some(row) = index.checked_sub(settings.warmup) {
            whitening.outward(&white, &mut position);
            (keep.map)(&mut own, &position, &mut kept.values[row * keep.width..(row + 1) * keep.width]);
            let outside = notes.outside.load(Ordering::Relaxed);
            kept.edge_contacts += u64::from(information.diverging && outside);
            kept.divergences += u64::from(information.diverging && !outside);
        }
        let done = finished.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(PROGRESS_EVERY) || done == total {
            progress.advance(done, total);
        }
    }
    kept.evaluations = notes.evaluations.load(Ordering::Relaxed);
    Ok(kept)
}

/// A listener is told after this many draws; more often would cost more than it tells.
const PROGRESS_EVERY: u64 = 50;

fn chain_settings(settings: &NutsSettings) -> DiagNutsSettings {
    let mut chosen = DiagNutsSettings {
        num_tune: settings.warmup as u64,
        num_draws: settings.draws as u64,
        num_chains: settings.chains,
        ..DiagNutsSettings::default()
    };
    chosen.adapt_options.step_size_settings.target_accept = settings.target_accept;
    chosen.adapt_options.mass_matrix_options.use_grad_based_estimate = match settings.widths {
        WidthsFrom::DrawsAndSlopes => true,
        WidthsFrom::Draws => false,
    };
    chosen
}

/// Finds a start around the centre, coming closer until the density is finite there.
fn starting_point<D: LogDensity>(target: &mut Whitened<D>, stream: &mut Stream) -> Option<Vec<f64>> {
    let dimension = CpuLogpFunc::dim(target);
    let mut start: Vec<f64> = (0..dimension).map(|_| START_SPREAD * stream.normal()).collect();
    let mut gradient = vec![0.0; dimension];
    for _ in 0..30 {
        if target.logp(&start, &mut gradient).is_ok_and(f64::is_finite) {
            return Some(start);
        }
        start.iter_mut().for_each(|place| *place *= 0.7);
    }
    None
}

/// What a chain notes down while nuts-rs holds its density.
#[derive(Debug, Default)]
struct Notes {
    outside: AtomicBool,
    evaluations: AtomicU64,
}

/// A density seen from whitened coordinates, in the form that nuts-rs asks for.
#[derive(Debug, Clone)]
struct Whitened<D> {
    density: D,
    whitening: Whitening,
    position: Vec<f64>,
    gradient: Vec<f64>,
    notes: Arc<Notes>,
}

impl<D: LogDensity> Whitened<D> {
    fn new(density: D, whitening: Whitening, notes: Arc<Notes>) -> Self {
        let dimension = density.dimension();
        Self { density, whitening, position: vec![0.0; dimension], gradient: vec![0.0; dimension], notes }
    }
}

impl<D: LogDensity> HasDims for Whitened<D> {
    fn dim_sizes(&self) -> HashMap<String, u64> {
        HashMap::from([("unconstrained_parameter".to_owned(), self.density.dimension() as u64)])
    }
}

impl LogpError for DensityError {
    fn is_recoverable(&self) -> bool {
        DensityError::is_recoverable(self)
    }
}

impl<D: LogDensity> CpuLogpFunc for Whitened<D> {
    type LogpError = DensityError;
    type FlowParameters = ();
    type ExpandedVector = Vec<f64>;

    fn dim(&self) -> usize {
        self.density.dimension()
    }

    fn logp(&mut self, white: &[f64], white_gradient: &mut [f64]) -> Result<f64, DensityError> {
        self.notes.evaluations.fetch_add(1, Ordering::Relaxed);
        self.whitening.outward(white, &mut self.position);
        let value =
            self.density.value_and_gradient(&self.position, &mut self.gradient).inspect_err(|error| {
                if error.is_recoverable() {
                    self.notes.outside.store(true, Ordering::Relaxed);
                }
            })?;
        self.whitening.gradient_inward(&self.gradient, white_gradient);
        Ok(value)
    }

    fn expand_vector<R: nuts_rs::rand::Rng + ?Sized>(
        &mut self,
        _generator: &mut R,
        white: &[f64],
    ) -> Result<Vec<f64>, CpuMathError> {
        Ok(white.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics;
    use crate::laplace::find_mode;
    use crate::progress::NoProgress;

    /// A correlated normal with known moments.
    #[derive(Clone)]
    struct Correlated;

    const MEAN: [f64; 2] = [1.0, -2.0];
    // Covariance [[4, 1.8], [1.8, 1]]: SDs 2 and 1, correlation 0.9.
    const PRECISION: [[f64; 2]; 2] = [[1.0 / 0.76, -1.8 / 0.76], [-1.8 / 0.76, 4.0 / 0.76]];

    impl LogDensity for Correlated {
        fn dimension(&self) -> usize {
            2
        }

        fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError> {
            let off = [x[0] - MEAN[0], x[1] - MEAN[1]];
            for row in 0..2 {
                gradient[row] = -dot(&PRECISION[row], &off);
            }
            Ok(0.5 * dot(gradient, &off))
        }
    }

    fn draw_with(threads: usize, seed: u64) -> Draws {
        let mode = find_mode(&mut Correlated, &[0.0, 0.0], &[1.0, 1.0]).expect("a mode");
        let threads = NonZeroUsize::new(threads).expect("at least one");
        let settings = NutsSettings { threads, ..NutsSettings::default() };
        sample(&Correlated, &Whitening::from_mode(&mode), &settings, seed, &NoProgress).expect("draws")
    }

    #[test]
    fn a_correlated_normal_is_recovered() {
        let draws = draw_with(2, 5);
        let (first, second) = (draws.column(0), draws.column(1));
        assert!((crate::draws::mean(&first) - 1.0).abs() < 0.15);
        assert!((crate::draws::standard_deviation(&first) - 2.0).abs() < 0.1);
        let product: Vec<f64> = first.iter().zip(&second).map(|(a, b)| (a - 1.0) * (b + 2.0)).collect();
        assert!((crate::draws::mean(&product) - 1.8).abs() < 0.15);
        assert!(diagnostics::of_draws(&draws).iter().all(|figures| figures.rhat < 1.01));
        assert_eq!(draws.divergences, 0);
    }

    #[test]
    fn it_also_works_from_a_poor_guess() {
        let whitening = Whitening::diagonal(&[0.0, 0.0], &[1.0, 1.0]);
        let draws = sample(&Correlated, &whitening, &NutsSettings::default(), 9, &NoProgress).expect("draws");
        assert!((crate::draws::mean(&draws.column(1)) + 2.0).abs() < 0.1);
    }

    #[test]
    fn the_same_seed_gives_the_same_draws_on_any_number_of_threads() {
        let alone = draw_with(1, 5);
        assert_eq!(alone, draw_with(4, 5));
        assert_ne!(alone.column(0), draw_with(1, 6).column(0));
    }

    #[test]
    fn a_cancelled_run_stops() {
        struct Stop;
        impl Progress for Stop {
            fn advance(&self, _done: u64, _total: u64) {}
            fn is_cancelled(&self) -> bool {
                true
            }
        }
        let whitening = Whitening::diagonal(&[0.0, 0.0], &[1.0, 1.0]);
        let result = sample(&Correlated, &whitening, &NutsSettings::default(), 1, &Stop);
        assert_eq!(result, Err(SampleError::Cancelled));
    }

    #[test]
    fn running_into_the_edge_is_not_called_a_divergence() {
        #[derive(Clone)]
        struct Half;
        impl LogDensity for Half {
            fn dimension(&self) -> usize {
                1
            }
            fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError> {
                if x[0] < 0.0 {
                    return Err(DensityError::OutsideSupport("negative"));
                }
                gradient[0] = -x[0];
                Ok(-0.5 * x[0] * x[0])
            }
        }
        let whitening = Whitening::diagonal(&[0.8], &[0.6]);
        let draws = sample(&Half, &whitening, &NutsSettings::default(), 3, &NoProgress).expect("draws");
        assert_eq!(draws.divergences, 0);
        assert!(draws.edge_contacts > 0);
        // The half-normal has mean sqrt(2 / pi) = 0.798.
        assert!((crate::draws::mean(&draws.column(0)) - 0.798).abs() < 0.05);
    }
}
