//! Named random streams.
//!
//! Every use of randomness draws from its own stream, found by the run's seed, a name and a number. Streams do not share
//! state, so neither the order in which parallel work happens nor a new use elsewhere changes what a stream gives.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The stream `name`, number `index`, of a run seeded with `seed`.
///
/// ```
/// use rand::Rng;
/// use segmint::random::stream;
/// let mut again = stream(42, "kmeans.init", 3);
/// assert_eq!(stream(42, "kmeans.init", 3).next_u64(), again.next_u64());
/// assert_ne!(stream(42, "kmeans.init", 4).next_u64(), stream(42, "kmeans.init", 3).next_u64());
/// ```
pub fn stream(seed: u64, name: &str, index: u64) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(&index.to_le_bytes());
    hasher.update(name.as_bytes());
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}
