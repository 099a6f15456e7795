use std::sync::atomic::{AtomicU32, Ordering};

/// Sets that many threads unite at the same time; which sets come out does not depend on the order.
///
/// Every element points to a smaller one of its set, or to itself when it is the root. `Relaxed` is enough: a pointer
/// only ever moves to a smaller element of the same set, so an old value is merely a longer way to the root, and a
/// root is replaced by compare-and-swap alone.
pub(super) struct UnionFind {
    parents: Vec<AtomicU32>,
}

impl UnionFind {
    /// `n` sets of one element.
    pub(super) fn new(n: usize) -> Self {
        UnionFind { parents: (0..n as u32).map(AtomicU32::new).collect() }
    }

    /// The root of the set of `element`: its smallest element once nobody unites any more.
    pub(super) fn find(&self, element: usize) -> usize {
        let mut at = element as u32;
        loop {
            let parent = self.parents[at as usize].load(Ordering::Relaxed);
            let above = self.parents[parent as usize].load(Ordering::Relaxed);
            if parent == above {
                return parent as usize;
            }
            // Halve the way for whoever comes next; losing the race to a shorter way is fine.
            let step = &self.parents[at as usize];
            let _ = step.compare_exchange_weak(parent, above, Ordering::Relaxed, Ordering::Relaxed);
            at = above;
        }
    }

    /// Whether two elements are in one set; a set may grow meanwhile, but never falls apart.
    pub(super) fn joined(&self, a: usize, b: usize) -> bool {
        self.find(a) == self.find(b)
    }

    /// Unites the sets of two elements; the smaller root stays a root.
    pub(super) fn unite(&self, a: usize, b: usize) {
        loop {
            let (a, b) = (self.find(a) as u32, self.find(b) as u32);
            let (low, high) = (a.min(b), a.max(b));
            let root = &self.parents[high as usize];
            if low == high || root.compare_exchange(high, low, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    #[test]
    fn sets_are_the_same_in_any_order() {
        let n = 10_000;
        let sets = UnionFind::new(n);
        (0..n - 2).into_par_iter().rev().for_each(|i| sets.unite(i, i + 2));
        (0..n).for_each(|i| assert_eq!(sets.find(i), i % 2));
    }
}
