use rand::Rng;

use crate::random::stream;

/// `n_sample` of `n` rows, ascending: those with the smallest random numbers of the stream `name`.
///
/// Row i has the same number whatever n is, so the sample of a table that grew by some rows is nearly the same.
pub(super) fn rows(n: usize, n_sample: usize, seed: u64, name: &str) -> Vec<u32> {
    if n_sample >= n {
        return (0..n as u32).collect();
    }
    let mut numbers = stream(seed, name, 0);
    let mut drawn: Vec<(u64, u32)> = (0..n as u32).map(|row| (numbers.next_u64(), row)).collect();
    drawn.select_nth_unstable(n_sample);
    let mut rows: Vec<u32> = drawn[..n_sample].iter().map(|&(_, row)| row).collect();
    rows.sort_unstable();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_the_wanted_size_and_changes_with_the_seed_alone() {
        let sample = rows(1000, 100, 42, "test");
        assert_eq!(sample.len(), 100);
        assert!(sample.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(sample, rows(1000, 100, 42, "test"));
        assert_ne!(sample, rows(1000, 100, 43, "test"));
        assert_eq!(rows(5, 9, 42, "test"), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn more_rows_keep_most_of_a_sample() {
        let (before, after) = (rows(1000, 100, 42, "test"), rows(1010, 100, 42, "test"));
        assert!(before.iter().filter(|row| after.contains(row)).count() > 90);
    }
}
