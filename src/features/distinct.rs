//! How many different things there were, without remembering the things.

/// A set of 64-bit values that takes little memory when it is small, as most are: one vector, sorted in front, with the
/// latest values unsorted behind. Memory is bounded by the number of different values, not by that of insertions.
#[derive(Debug, Clone, Default)]
pub(super) struct Distinct {
    values: Vec<u64>,
    sorted: usize,
}

/// Unsorted values that are tolerated at least.
const TAIL: usize = 16;

impl Distinct {
    /// Adds a value.
    pub fn insert(&mut self, value: u64) {
        // Lines of an order follow each other nearly always.
        if self.values.last() == Some(&value) || self.values[..self.sorted].binary_search(&value).is_ok() {
            return;
        }
        self.values.push(value);
        if self.values.len() - self.sorted > TAIL.max(self.sorted / 2) {
            self.compact();
        }
    }

    /// Bytes of the values.
    pub fn bytes(&self) -> usize {
        size_of::<u64>() * self.values.capacity()
    }

    /// The number of different values.
    pub fn count(&mut self) -> usize {
        self.compact();
        self.sorted
    }

    fn compact(&mut self) {
        self.values.sort_unstable();
        self.values.dedup();
        self.sorted = self.values.len();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn distinct_counts_as_a_set_does(values in prop::collection::vec(0_u64..60, 0..400)) {
            let mut distinct = Distinct::default();
            for &value in &values {
                distinct.insert(value);
            }
            let set: BTreeSet<u64> = values.into_iter().collect();
            prop_assert!(distinct.values.len() <= set.len() * 2 + TAIL);
            prop_assert_eq!(distinct.count(), set.len());
        }
    }
}
