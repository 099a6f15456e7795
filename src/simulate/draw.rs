//! Draws that more than one file makes.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// A draw from the standard normal distribution.
pub(super) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// The position drawn with probabilities proportional to `weights`, which add up to 1.
pub(super) fn weighted(rng: &mut ChaCha8Rng, weights: impl ExactSizeIterator<Item = f64>) -> usize {
    let last = weights.len() - 1;
    let u: f64 = rng.random();
    let mut below = 0.0;
    for (position, weight) in weights.enumerate() {
        below += weight;
        if u < below {
            return position;
        }
    }
    last
}
