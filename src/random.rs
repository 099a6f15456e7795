//! Named random streams.
//!
//! Every use of randomness draws from its own stream, found by the run's seed, a name and a number. Streams do not share
//! state, so neither the order in which parallel work happens nor a new use elsewhere changes what a stream gives.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Rows whose numbers are drawn by one task.
const CHUNK: usize = 1 << 16;

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

/// `n_sample` of `n` rows, ascending: those with the smallest random numbers of the stream `name`.
///
/// Row i has the same number whatever n is, so the sample of a table that grew by some rows is nearly the same. O(n) in
/// parallel; memory O(n_sample), as a number is kept only up to a limit below which there are enough almost surely.
pub(crate) fn sample_rows(n: usize, n_sample: usize, seed: u64, name: &str) -> Vec<u32> {
    if n_sample >= n {
        return (0..n as u32).collect();
    }
    // The rows below the limit have a standard deviation of less than the root of their number; eight are allowed for.
    let expected = n_sample as f64 + 8.0 * (n_sample as f64).sqrt() + 64.0;
    let mut drawn = up_to((expected / n as f64 * 2.0_f64.powi(64)) as u64, n, seed, name);
    if drawn.len() <= n_sample {
        drawn = up_to(u64::MAX, n, seed, name);
    }
    drawn.select_nth_unstable(n_sample);
    let mut rows: Vec<u32> = drawn[..n_sample].iter().map(|&(_, row)| row).collect();
    rows.sort_unstable();
    rows
}

/// The rows whose numbers are at most `limit`.
fn up_to(limit: u64, n: usize, seed: u64, name: &str) -> Vec<(u64, u32)> {
    let starts: Vec<usize> = (0..n).step_by(CHUNK).collect();
    let of_chunk = |&start: &usize| {
        let mut numbers = stream(seed, name, 0);
        // A number takes two words of the stream.
        numbers.set_word_pos(2 * start as u128);
        let drawn = (start..(start + CHUNK).min(n)).map(|row| (numbers.next_u64(), row as u32));
        drawn.filter(|&(number, _)| number <= limit).collect::<Vec<_>>()
    };
    starts.par_iter().flat_map_iter(of_chunk).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_the_wanted_size_and_changes_with_the_seed_alone() {
        let sample = sample_rows(1000, 100, 42, "test");
        assert_eq!(sample.len(), 100);
        assert!(sample.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(sample, sample_rows(1000, 100, 42, "test"));
        assert_ne!(sample, sample_rows(1000, 100, 43, "test"));
        assert_eq!(sample_rows(5, 9, 42, "test"), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn more_rows_keep_most_of_a_sample() {
        let (before, after) = (sample_rows(1000, 100, 42, "test"), sample_rows(1010, 100, 42, "test"));
        assert!(before.iter().filter(|row| after.contains(row)).count() > 90);
    }

    #[test]
    fn the_smallest_numbers_of_one_stream_are_drawn() {
        for (n, n_sample) in [(200_000, 1), (200_000, 3_000), (200_000, 199_999), (70_000, 69_000)] {
            let mut numbers = stream(7, "test", 0);
            let mut all: Vec<(u64, u32)> = (0..n as u32).map(|row| (numbers.next_u64(), row)).collect();
            all.sort_unstable();
            let mut expected: Vec<u32> = all[..n_sample].iter().map(|&(_, row)| row).collect();
            expected.sort_unstable();
            assert_eq!(sample_rows(n, n_sample, 7, "test"), expected);
        }
    }
}
