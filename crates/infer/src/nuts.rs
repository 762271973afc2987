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
use std::sync::mpsc::{self, Receiver, Sender};

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
    let once = Rounds { most: NonZeroUsize::MIN, enough: |_: &Draws| true };
    sample_in_rounds(density, whitening, settings, seed, progress, keep, &once)
}

/// When chains are carried on: rounds of `settings.draws` draws each, until all draws so far are `enough`.
#[derive(Debug, Clone, Copy)]
pub struct Rounds<E> {
    /// The most rounds.
    pub most: NonZeroUsize,
    /// Judges all draws so far.
    pub enough: E,
}

/// As [`sample_keeping`], but where the draws are not enough every chain goes on from where it stands, without a new
/// warm-up. All chains finish a round before it is judged, so that the draws do not depend on the number of threads;
/// those of the first round are the ones that [`sample_keeping`] gives.
///
/// # Errors
/// [`SampleError`]; a cancelled run returns no draws.
pub fn sample_in_rounds<D, M, E>(
    density: &D,
    whitening: &Whitening,
    settings: &NutsSettings,
    seed: u64,
    progress: &dyn Progress,
    keep: &Keep<M>,
    rounds: &Rounds<E>,
) -> Result<Draws, SampleError>
where
    D: LogDensity,
    M: Fn(&mut D, &[f64], &mut [f64]) + Sync,
    E: Fn(&Draws) -> bool,
{
    if settings.chains == 0 || settings.draws == 0 || density.dimension() == 0 {
        return Err(SampleError::Settings("no chains, no draws or no parameters"));
    }
    if !(settings.target_accept > 0.0 && settings.target_accept < 1.0) {
        return Err(SampleError::Settings("the acceptance rate aimed at is not between 0 and 1"));
    }
    let told = Told { finished: AtomicU64::new(0), announced: AtomicU64::new(0), listener: progress };
    let per_round = (settings.chains * settings.draws) as u64;
    told.announce((settings.chains * settings.warmup) as u64 + per_round);
    let (next, (report, reports)) = (AtomicU64::new(0), mpsc::channel());
    // A chain cannot leave the thread that began it: a worker keeps its chains until no further round is ordered.
    let worker = |report: Sender<Report>, orders: Receiver<()>| {
        let farewell = Farewell(report);
        let mut own = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed) as usize;
            if number >= settings.chains {
                break;
            }
            let begun =
                OneChain::begin(density, whitening, settings, (seed, number)).and_then(|mut chain| {
                    chain.warm_up(settings.warmup, &told)?;
                    let draws = chain.go_on(settings.draws, whitening, keep, &told)?;
                    own.push(chain);
                    Ok(draws)
                });
            farewell.report(number, begun);
        }
        while orders.recv().is_ok() {
            for chain in &mut own {
                let draws = chain.go_on(settings.draws, whitening, keep, &told);
                farewell.report(chain.number, draws);
            }
        }
    };
    std::thread::scope(|scope| {
        let worker = &worker;
        let (orders, workers): (Vec<_>, Vec<_>) = (0..settings.threads.get().min(settings.chains))
            .map(|_| {
                let (order, ordered) = mpsc::channel();
                let report = report.clone();
                (order, scope.spawn(move || worker(report, ordered)))
            })
            .unzip();
        let go_on = || {
            told.announce(per_round);
            for order in &orders {
                // Who takes no order any more has said farewell, which is among the reports.
                order.send(()).ok();
            }
        };
        let draws = all_rounds(&reports, settings.chains, keep.width, rounds, go_on);
        drop(orders);
        for worker in workers {
            // One that panicked has been noticed by its farewell.
            worker.join().ok();
        }
        draws
    })
}

/// Waits for rounds and orders further ones until the draws are enough.
fn all_rounds<E: Fn(&Draws) -> bool>(
    reports: &Receiver<Report>,
    count: usize,
    width: usize,
    rounds: &Rounds<E>,
    go_on: impl Fn(),
) -> Result<Draws, SampleError> {
    let mut chains: Vec<ChainDraws> = (0..count).map(|_| ChainDraws::default()).collect();
    one_round(reports, &mut chains)?;
    for _ in 1..rounds.most.get() {
        let draws = gather(width, &chains);
        if (rounds.enough)(&draws) {
            return Ok(draws);
        }
        go_on();
        one_round(reports, &mut chains)?;
    }
    Ok(gather(width, &chains))
}

/// What a worker says: what a round of a chain came to, or, with nothing, that it works no more.
type Report = Option<(usize, Result<ChainDraws, SampleError>)>;

/// Reports, and says so when its worker ends, in whatever way.
struct Farewell(Sender<Report>);

impl Farewell {
    fn report(&self, chain: usize, outcome: Result<ChainDraws, SampleError>) {
        // Where nobody listens any more the run is over.
        drop(self.0.send(Some((chain, outcome))));
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        drop(self.0.send(None));
    }
}

/// Waits for every chain's report of a round and adds it to what there is.
fn one_round(reports: &Receiver<Report>, chains: &mut [ChainDraws]) -> Result<(), SampleError> {
    let mut outcomes: Vec<Option<Result<ChainDraws, SampleError>>> = chains.iter().map(|_| None).collect();
    for _ in 0..chains.len() {
        match reports.recv() {
            Ok(Some((chain, outcome))) => outcomes[chain] = Some(outcome),
            Ok(None) | Err(_) => break,
        }
    }
    for ((number, chain), outcome) in chains.iter_mut().enumerate().zip(outcomes) {
        let panicked = || SampleError::Chain { chain: number, reason: "its thread panicked".to_owned() };
        chain.add(outcome.ok_or_else(panicked)??);
    }
    Ok(())
}

/// What was kept and counted of a chain's draws.
#[derive(Default)]
struct ChainDraws {
    values: Vec<f64>,
    divergences: u64,
    edge_contacts: u64,
    evaluations: u64,
}

impl ChainDraws {
    fn add(&mut self, later: Self) {
        self.values.extend(later.values);
        self.divergences += later.divergences;
        self.edge_contacts += later.edge_contacts;
        self.evaluations = later.evaluations;
    }
}

/// Puts the draws of all chains together.
fn gather(width: usize, chains: &[ChainDraws]) -> Draws {
    let values: Vec<&[f64]> = chains.iter().map(|chain| chain.values.as_slice()).collect();
    let mut draws = Draws::from_chains(width, &values);
    for chain in chains {
        draws.divergences += chain.divergences;
        draws.edge_contacts += chain.edge_contacts;
        draws.gradient_evaluations += chain.evaluations;
    }
    draws
}

/// What the listener of a run is told: draws done, of those announced so far.
struct Told<'a> {
    finished: AtomicU64,
    announced: AtomicU64,
    listener: &'a dyn Progress,
}

impl Told<'_> {
    fn announce(&self, draws: u64) {
        self.announced.fetch_add(draws, Ordering::Relaxed);
    }

    fn one_more(&self) {
        let done = self.finished.fetch_add(1, Ordering::Relaxed) + 1;
        let total = self.announced.load(Ordering::Relaxed);
        if done.is_multiple_of(PROGRESS_EVERY) || done == total {
            self.listener.advance(done, total);
        }
    }
}

/// A chain that stands where its last draw was.
struct OneChain<D: LogDensity> {
    number: usize,
    sampler: <DiagNutsSettings as Settings>::Chain<CpuMath<Whitened<D>>>,
    notes: Arc<Notes>,
    /// The density for what is kept, beside the one that the sampler holds.
    density: D,
}

impl<D: LogDensity> OneChain<D> {
    fn begin(
        density: &D,
        whitening: &Whitening,
        settings: &NutsSettings,
        (seed, number): (u64, usize),
    ) -> Result<Self, SampleError> {
        let broken = |reason: String| SampleError::Chain { chain: number, reason };
        let notes = Arc::new(Notes::default());
        let mut target = Whitened::new(density.clone(), whitening.clone(), Arc::clone(&notes));
        let start = starting_point(&mut target, &mut Stream::new(seed, 2 * number as u64))
            .ok_or_else(|| broken("no starting point inside the support was found".to_owned()))?;
        let mut generator = Stream::new(seed, 2 * number as u64 + 1);
        let mut sampler = chain_settings(settings)
            .new_chain(number as u64, CpuMath::new(target), generator.generator())
            .map_err(|error| broken(error.to_string()))?;
        sampler.set_position(&start).map_err(|error| broken(error.to_string()))?;
        Ok(Self { number, sampler, notes, density: density.clone() })
    }

    /// Makes draws of which only the gradients are counted.
    fn warm_up(&mut self, draws: usize, told: &Told<'_>) -> Result<(), SampleError> {
        (0..draws).try_for_each(|_| self.draw(told).map(drop))
    }

    /// Makes so many draws and keeps of them what is to be kept; the evaluations are those since the chain began.
    fn go_on<M: Fn(&mut D, &[f64], &mut [f64])>(
        &mut self,
        draws: usize,
        whitening: &Whitening,
        keep: &Keep<M>,
        told: &Told<'_>,
    ) -> Result<ChainDraws, SampleError> {
        let mut position = vec![0.0; self.density.dimension()];
        let mut made = ChainDraws { values: vec![0.0; keep.width * draws], ..ChainDraws::default() };
        for row in 0..draws {
            let (white, diverging) = self.draw(told)?;
            whitening.outward(&white, &mut position);
            let kept = &mut made.values[row * keep.width..(row + 1) * keep.width];
            (keep.map)(&mut self.density, &position, kept);
            let outside = self.notes.outside.load(Ordering::Relaxed);
            made.edge_contacts += u64::from(diverging && outside);
            made.divergences += u64::from(diverging && !outside);
        }
        made.evaluations = self.notes.evaluations.load(Ordering::Relaxed);
        Ok(made)
    }

    /// The next draw in whitened coordinates, and whether its trajectory went wrong.
    fn draw(&mut self, told: &Told<'_>) -> Result<(Box<[f64]>, bool), SampleError> {
        if told.listener.is_cancelled() {
            return Err(SampleError::Cancelled);
        }
        self.notes.outside.store(false, Ordering::Relaxed);
        let (white, information) = self
            .sampler
            .draw()
            .map_err(|error| SampleError::Chain { chain: self.number, reason: error.to_string() })?;
        told.one_more();
        Ok((white, information.diverging))
    }
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
    fn chains_go_on_from_where_they_stand() {
        let whitening = Whitening::diagonal(&[0.0, 0.0], &[1.0, 1.0]);
        let at = |threads: usize, draws: usize, most: usize, wanted: usize| {
            let threads = NonZeroUsize::new(threads).expect("at least one");
            let settings = NutsSettings { threads, draws, ..NutsSettings::default() };
            let map = |_: &mut Correlated, position: &[f64], kept: &mut [f64]| kept.copy_from_slice(position);
            let most = NonZeroUsize::new(most).expect("at least one");
            let rounds = Rounds { most, enough: |draws: &Draws| draws.per_chain() >= wanted };
            let keep = Keep { width: 2, map };
            sample_in_rounds(&Correlated, &whitening, &settings, 7, &NoProgress, &keep, &rounds)
                .expect("draws")
        };
        let in_three = at(1, 100, 9, 300);
        assert_eq!(in_three, at(3, 100, 9, 300), "threads change nothing");
        assert_eq!(in_three, at(2, 300, 9, 300), "three rounds are one long run");
        assert_eq!(at(2, 100, 2, 300).per_chain(), 200, "no more rounds than allowed");
        let all_told = std::sync::Mutex::new(Vec::new());
        struct Listen<'a>(&'a std::sync::Mutex<Vec<(u64, u64)>>);
        impl Progress for Listen<'_> {
            fn advance(&self, done: u64, total: u64) {
                self.0.lock().expect("nobody panicked").push((done, total));
            }
        }
        let settings = NutsSettings { threads: NonZeroUsize::MIN, draws: 100, ..NutsSettings::default() };
        let keep =
            Keep { width: 1, map: |_: &mut Correlated, from: &[f64], kept: &mut [f64]| kept[0] = from[0] };
        let rounds = Rounds { most: NonZeroUsize::new(3).expect("three"), enough: |_: &Draws| false };
        let listener = Listen(&all_told);
        sample_in_rounds(&Correlated, &whitening, &settings, 7, &listener, &keep, &rounds).expect("draws");
        let told = all_told.into_inner().expect("nobody panicked");
        // Four chains of 500 + 100 draws, then 400 more twice.
        assert!(told.contains(&(2_400, 2_400)) && told.contains(&(2_800, 2_800)), "{told:?}");
        assert_eq!(told.last(), Some(&(3_200, 3_200)));
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
