//! How many rows have what an earlier row has, of however many rows.

use std::collections::HashMap;

/// Different keys that are counted at once.
const MAX_COUNTED: usize = 900_000;

/// Counts the rows of every key, which is a hash; where keys are too many, of those alone that end in zeros, as many as leave
/// few enough.
#[derive(Debug, Default)]
pub(crate) struct RepeatCount {
    rows: HashMap<u64, u64>,
    /// Zeros at the end of every key.
    zeros: u32,
}

/// What stands in several rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repeated {
    /// Different keys that do.
    pub n_keys: u64,
    /// Their rows.
    pub n_rows: u64,
    /// Whether these are about as many, because not all were counted.
    pub is_about: bool,
}

impl RepeatCount {
    /// Counts a row.
    pub(crate) fn add(&mut self, key: u64) {
        if key.trailing_zeros() >= self.zeros {
            *self.rows.entry(key).or_default() += 1;
        }
        // Which keys are left depends on all of them together, not on their order.
        while self.rows.len() > MAX_COUNTED {
            self.zeros += 1;
            self.rows.retain(|key, _| key.trailing_zeros() >= self.zeros);
        }
    }

    /// What stands in several rows; `None` where none that was counted does.
    pub(crate) fn found(&self) -> Option<Repeated> {
        let repeated = self.rows.values().filter(|rows| **rows > 1);
        let (n_keys, n_rows) = repeated.fold((0_u64, 0_u64), |(n_keys, n_rows), rows| (n_keys + 1, n_rows + rows));
        let (all_keys, all_rows) = (n_keys << self.zeros, n_rows << self.zeros);
        (n_keys > 0).then_some(Repeated { n_keys: all_keys, n_rows: all_rows, is_about: self.zeros > 0 })
    }

    /// Bytes that are held, at most 18 MB.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<(u64, u64, u8)>() * self.rows.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that are as good as hashes.
    fn hash(i: u64) -> u64 {
        let spread = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (spread ^ spread >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ spread >> 32
    }

    #[test]
    fn repeats_are_counted_and_very_many_of_them_about() {
        let mut few = RepeatCount::default();
        assert_eq!(few.found(), None);
        [1, 2, 3, 1, 4, 3, 3].into_iter().for_each(|i| few.add(hash(i)));
        assert_eq!(few.found(), Some(Repeated { n_keys: 2, n_rows: 5, is_about: false }));

        let n = 1_000_000;
        let (mut forwards, mut backwards) = (RepeatCount::default(), RepeatCount::default());
        (0..n).chain(0..n / 2).for_each(|i| forwards.add(hash(i)));
        (0..n / 2).chain(0..n).rev().for_each(|i| backwards.add(hash(i)));
        let found = forwards.found().unwrap();
        assert_eq!(backwards.found(), Some(found));
        assert!(found.is_about && found.n_keys.abs_diff(n / 2) < n / 100, "{found:?}");
        assert_eq!(found.n_rows, 2 * found.n_keys);
    }
}
