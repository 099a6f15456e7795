use crate::metrics::{ClusterId, Partition};

/// The cluster most like another one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// Its number.
    pub cluster: ClusterId,
    /// |A ∩ B| / |A ∪ B|, 0 … 1.
    pub jaccard: f64,
}

/// For every cluster of `of` the cluster of `among` with the largest Jaccard similarity |A ∩ B| / |A ∪ B|, the
/// lowest-numbered among equals; `None` when they share no row. Noise is no cluster, but its rows count in the unions.
///
/// O(n + clusters²) time and memory.
///
/// ```
/// use segmint::cluster::stability::best_matches;
/// use segmint::metrics::Partition;
/// let (before, after) = (Partition::from_signed(&[0, 0, 0, 1]), Partition::from_signed(&[-1, 1, 1, 0]));
/// let found = best_matches(&before, &after);
/// assert_eq!(found[0].unwrap().cluster.index(), 1);
/// assert_eq!(found[0].unwrap().jaccard, 2.0 / 3.0);
/// assert_eq!(found[1].unwrap().jaccard, 1.0);
/// ```
///
/// # Panics
/// When the partitions do not have the same rows.
pub fn best_matches(of: &Partition, among: &Partition) -> Vec<Option<Match>> {
    assert_eq!(of.n_rows(), among.n_rows(), "both partitions are of the same rows");
    let (sizes, others) = (of.sizes(), among.sizes());
    let mut shared = vec![0_usize; sizes.len() * others.len()];
    for (a, b) in of.labels().iter().zip(among.labels()) {
        if let (Some(a), Some(b)) = (a, b) {
            shared[a.index() * others.len() + b.index()] += 1;
        }
    }
    let best = |a: usize| {
        let row = &shared[a * others.len()..(a + 1) * others.len()];
        let mut best: Option<Match> = None;
        for (b, &both) in row.iter().enumerate().filter(|&(_, &both)| both > 0) {
            let jaccard = both as f64 / (sizes[a] + others[b] - both) as f64;
            if best.is_none_or(|best| jaccard > best.jaccard) {
                best = Some(Match { cluster: ClusterId::new(b), jaccard });
            }
        }
        best
    };
    (0..sizes.len()).map(best).collect()
}
