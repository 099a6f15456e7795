/// Customers per tier (rows) and cluster (columns).
///
/// Counts are `n_tiers × n_clusters`, row by row. Rows or columns without customers are allowed and change no index.
///
/// ```
/// use segmint::metrics::Contingency;
/// let table = Contingency::tally(2, 2, [(0, 0), (0, 0), (1, 1), (1, 0)]);
/// assert_eq!(table.row(1), [1, 1]);
/// assert_eq!(table.purity(), Some(0.75));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Contingency {
    counts: Vec<u64>,
    value: Option<Vec<f64>>,
    tier_totals: Vec<u64>,
    cluster_totals: Vec<u64>,
    n: u64,
}

impl Contingency {
    /// A table from its counts, row by row.
    ///
    /// # Panics
    /// When there are not `n_tiers × n_clusters` of them.
    pub fn new(n_tiers: usize, n_clusters: usize, counts: Vec<u64>) -> Self {
        assert_eq!(counts.len(), n_tiers * n_clusters, "a table has one count a cell");
        let mut tier_totals = vec![0; n_tiers];
        let mut cluster_totals = vec![0; n_clusters];
        for (i, &count) in counts.iter().enumerate() {
            tier_totals[i / n_clusters] += count;
            cluster_totals[i % n_clusters] += count;
        }
        let n = tier_totals.iter().sum();
        Contingency { counts, value: None, tier_totals, cluster_totals, n }
    }

    /// Counts customers given as (tier, cluster).
    ///
    /// # Panics
    /// When a tier or a cluster is out of range.
    pub fn tally(n_tiers: usize, n_clusters: usize, customers: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut counts = vec![0; n_tiers * n_clusters];
        for (tier, cluster) in customers {
            assert!(cluster < n_clusters, "a cluster is below n_clusters");
            counts[tier * n_clusters + cluster] += 1;
        }
        Contingency::new(n_tiers, n_clusters, counts)
    }

    /// The same table with the summed value of every cell.
    ///
    /// # Panics
    /// When there is not one value a cell.
    #[must_use]
    pub fn with_value(mut self, value: Vec<f64>) -> Self {
        assert_eq!(value.len(), self.counts.len(), "a table has one value a cell");
        self.value = Some(value);
        self
    }

    /// Rows.
    pub fn n_tiers(&self) -> usize {
        self.tier_totals.len()
    }

    /// Columns.
    pub fn n_clusters(&self) -> usize {
        self.cluster_totals.len()
    }

    /// Customers.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Customers of `tier` in `cluster`.
    pub fn count(&self, tier: usize, cluster: usize) -> u64 {
        self.row(tier)[cluster]
    }

    /// Customers of `tier` in every cluster.
    pub fn row(&self, tier: usize) -> &[u64] {
        let width = self.n_clusters();
        &self.counts[tier * width..(tier + 1) * width]
    }

    /// Every count, row by row.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Summed value of the customers of `tier` in `cluster`; `None` in a table without value.
    pub fn value(&self, tier: usize, cluster: usize) -> Option<f64> {
        self.value.as_ref().map(|value| value[tier * self.n_clusters() + cluster])
    }

    /// Customers of every tier.
    pub fn tier_totals(&self) -> &[u64] {
        &self.tier_totals
    }

    /// Customers of every cluster.
    pub fn cluster_totals(&self) -> &[u64] {
        &self.cluster_totals
    }

    /// How many tiers and how many clusters have customers.
    pub fn occupied(&self) -> (usize, usize) {
        let occupied = |totals: &[u64]| totals.iter().filter(|&&total| total > 0).count();
        (occupied(&self.tier_totals), occupied(&self.cluster_totals))
    }

    /// Tiers as columns and clusters as rows.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let flip = |i: usize| (i % self.n_tiers()) * self.n_clusters() + i / self.n_tiers();
        let cells = 0..self.counts.len();
        Contingency {
            counts: cells.clone().map(|i| self.counts[flip(i)]).collect(),
            value: self.value.as_ref().map(|value| cells.map(|i| value[flip(i)]).collect()),
            tier_totals: self.cluster_totals.clone(),
            cluster_totals: self.tier_totals.clone(),
            n: self.n,
        }
    }

    /// Cells with customers: count, tier total, cluster total.
    pub(super) fn cells(&self) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        let clusters = self.cluster_totals.iter().cycle();
        let tiers = self.tier_totals.iter().flat_map(|&total| std::iter::repeat_n(total, self.n_clusters()));
        let cells = self.counts.iter().zip(tiers).zip(clusters);
        cells.filter(|((count, _), _)| **count > 0).map(|((&count, tier), &cluster)| (count, tier, cluster))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_moves_counts_values_and_margins() {
        let table = Contingency::new(2, 3, vec![1, 2, 3, 4, 5, 6]).with_value(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let flipped = table.transposed();
        assert_eq!(flipped.counts(), [1, 4, 2, 5, 3, 6]);
        assert_eq!(flipped.value(2, 1), Some(6.0));
        assert_eq!(
            flipped,
            Contingency::new(3, 2, vec![1, 4, 2, 5, 3, 6]).with_value(vec![1.0, 4.0, 2.0, 5.0, 3.0, 6.0])
        );
    }

    #[test]
    fn cells_come_with_their_margins() {
        let table = Contingency::new(2, 2, vec![3, 0, 1, 5]);
        assert_eq!(table.cells().collect::<Vec<_>>(), [(3, 3, 4), (1, 6, 4), (5, 6, 5)]);
    }
}
