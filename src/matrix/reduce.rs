//! Parallel reductions in a fixed order.
//!
//! Floating-point addition is not associative, so a sum that is split as threads happen to be free differs from run to
//! run. Here the tree depends on the number of leaves alone: `rayon::join` may run its halves anywhere, the halves are
//! always the same and always combined left with right. Never use `par_iter().sum()` or `reduce()` on floats.

use std::ops::Range;

/// Combines `leaf(0) … leaf(n_leaves − 1)` pairwise over a fixed binary tree; `None` without leaves.
///
/// The result is the same for any number of threads. At most O(log n) partial results are alive per thread.
///
/// ```
/// use segmint::matrix::reduce::ordered;
/// let joined = ordered(4, &|i| i.to_string(), &|a, b| format!("({a}{b})"));
/// assert_eq!(joined.unwrap(), "((01)(23))");
/// ```
pub fn ordered<T, L, C>(n_leaves: usize, leaf: &L, combine: &C) -> Option<T>
where
    T: Send,
    L: Fn(usize) -> T + Sync,
    C: Fn(T, T) -> T + Sync,
{
    (n_leaves > 0).then(|| subtree(0..n_leaves, leaf, combine))
}

fn subtree<T, L, C>(leaves: Range<usize>, leaf: &L, combine: &C) -> T
where
    T: Send,
    L: Fn(usize) -> T + Sync,
    C: Fn(T, T) -> T + Sync,
{
    if leaves.len() == 1 {
        return leaf(leaves.start);
    }
    let middle = leaves.start + leaves.len().div_ceil(2);
    let (left, right) =
        rayon::join(|| subtree(leaves.start..middle, leaf, combine), || subtree(middle..leaves.end, leaf, combine));
    combine(left, right)
}

/// The sum of `leaf(0) … leaf(n_leaves − 1)` over the fixed tree; 0 without leaves.
pub fn ordered_sum<L>(n_leaves: usize, leaf: &L) -> f64
where
    L: Fn(usize) -> f64 + Sync,
{
    ordered(n_leaves, leaf, &|a, b| a + b).unwrap_or(0.0)
}

/// Element-wise sum of equally long vectors over the fixed tree; empty without leaves.
pub fn ordered_vector_sum<L>(n_leaves: usize, leaf: &L) -> Vec<f64>
where
    L: Fn(usize) -> Vec<f64> + Sync,
{
    ordered(n_leaves, leaf, &|mut a: Vec<f64>, b: Vec<f64>| {
        debug_assert_eq!(a.len(), b.len());
        a.iter_mut().zip(b).for_each(|(x, y)| *x += y);
        a
    })
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_have_the_same_bits_for_1_2_3_and_8_threads() {
        let leaf = |i: usize| 1.0 / (i as f64 + 0.3);
        let sums: Vec<u64> = [1, 2, 3, 8]
            .into_iter()
            .map(|threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| ordered_sum(10_007, &leaf)).to_bits()
            })
            .collect();
        assert!(sums.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
