//! Gives reproducible random streams, one per (seed, stream number), so that no answer depends on threads.

use nuts_rs::rand::{Rng, SeedableRng, rngs::ChaCha8Rng};

/// A stream of random numbers that depends on its seed and number alone.
///
/// ```
/// use nightmend_infer::random::Stream;
/// assert_eq!(Stream::new(7, 0).uniform(), Stream::new(7, 0).uniform());
/// assert_ne!(Stream::new(7, 0).uniform(), Stream::new(7, 1).uniform());
/// ```
#[derive(Debug)]
pub struct Stream {
    generator: ChaCha8Rng,
}

impl Stream {
    /// Opens stream number `stream` of `seed`; different numbers never share a key.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&stream.to_le_bytes());
        key[16..].copy_from_slice(b"nightmend stream");
        Self { generator: ChaCha8Rng::from_seed(key) }
    }

    /// Draws uniformly from the open interval (0, 1), on a grid of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        ((self.generator.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Draws from the standard normal distribution, by inversion.
    pub fn normal(&mut self) -> f64 {
        crate::normal::quantile(self.uniform())
    }

    pub(crate) fn generator(&mut self) -> &mut ChaCha8Rng {
        &mut self.generator
    }
}
