//! Gives reproducible random numbers, one ChaCha stream per purpose, so that one purpose never disturbs another.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a simulated person is made from: the same seed gives the same person and the same records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seed {
    /// The number of the whole run.
    pub seed: u64,
    /// The number of the person within the run.
    pub person: u64,
}

/// Streams set aside for each person of a run.
const STREAMS_PER_PERSON: u64 = 16;

impl Seed {
    /// The first person of run `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, person: 0 }
    }

    /// Another person of the same run; persons below 2^60 never share a stream.
    #[must_use]
    pub const fn person(self, person: u64) -> Self {
        Self { person, ..self }
    }

    pub(crate) fn open(self, purpose: Purpose) -> Stream {
        Stream::new(self.seed, self.person.wrapping_mul(STREAMS_PER_PERSON).wrapping_add(purpose as u64))
    }
}

/// What a stream is used for. The numbers are part of the output: never renumber, only add (below 16).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Course = 0,
    Diary = 1,
    Evening = 2,
    Device = 3,
    Skipping = 4,
    Naps = 5,
    Planted = 6,
    Step = 7,
}

/// A stream of random numbers that depends on its seed and number alone.
///
/// ```
/// use nightmend_sim::Stream;
/// assert_eq!(Stream::new(7, 0).uniform(), Stream::new(7, 0).uniform());
/// assert_ne!(Stream::new(7, 0).uniform(), Stream::new(7, 1).uniform());
/// ```
#[derive(Debug, Clone)]
pub struct Stream {
    generator: ChaCha8Rng,
    second_normal: Option<f64>,
}

impl Stream {
    /// Opens stream number `stream` of `seed`.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Self { generator, second_normal: None }
    }

    /// Draws uniformly from the open interval (0, 1), on a grid of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        ((self.generator.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Draws uniformly between two limits.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Draws from the standard normal distribution (Box and Muller 1958, 10.1214/aoms/1177706645).
    pub fn normal(&mut self) -> f64 {
        if let Some(second) = self.second_normal.take() {
            return second;
        }
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let (sine, cosine) = (std::f64::consts::TAU * self.uniform()).sin_cos();
        self.second_normal = Some(radius * sine);
        radius * cosine
    }

    /// Is true with that probability; always draws once, whatever the probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// Draws a count from the Poisson distribution of that mean (by multiplication; meant for means below 30).
    pub fn count(&mut self, mean: f64) -> u32 {
        let floor = (-mean.clamp(0.0, 500.0)).exp();
        let (mut count, mut product) = (0, self.uniform());
        while product > floor {
            count += 1;
            product *= self.uniform();
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normals_have_mean_zero_and_variance_one() {
        let mut stream = Stream::new(1, 1);
        let draws: Vec<f64> = (0..100_000).map(|_| stream.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 1e5;
        let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / 1e5;
        // Four standard errors: 0.0127 for the mean, 0.0179 for the variance.
        assert!(mean.abs() < 0.013 && (variance - 1.0).abs() < 0.018, "{mean} {variance}");
    }

    #[test]
    fn counts_have_their_mean() {
        let mut stream = Stream::new(2, 1);
        let mean = f64::from((0..40_000).map(|_| stream.count(2.5)).sum::<u32>()) / 4e4;
        assert!((mean - 2.5).abs() < 0.032, "{mean}");
        assert_eq!(stream.count(0.0), 0);
    }

    #[test]
    fn persons_of_one_run_differ_and_repeat() {
        let first = |person| Seed::new(5).person(person).open(Purpose::Course).uniform();
        assert_eq!(first(3), first(3));
        assert_ne!(first(3), first(4));
    }
}
