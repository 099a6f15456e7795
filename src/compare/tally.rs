use crate::metrics::Contingency;

/// Customers counted by tier code and cluster, with their value.
pub(super) struct Tally<'a> {
    n_clusters: usize,
    counts: Vec<u64>,
    value: Option<&'a [f64]>,
    sums: Vec<f64>,
    largest: Vec<f64>,
    valued: Vec<u64>,
}

impl<'a> Tally<'a> {
    /// Nobody yet; `value` is of every row that may be added.
    pub(super) fn new(n_levels: usize, n_clusters: usize, value: Option<&'a [f64]>) -> Self {
        let cells = n_levels * n_clusters;
        Tally {
            n_clusters,
            counts: vec![0; cells],
            value,
            sums: vec![0.0; cells],
            largest: vec![0.0; cells],
            valued: vec![0; cells],
        }
    }

    /// Counts the customer of `row` if both are known. Values are summed in the order of the calls.
    pub(super) fn add(&mut self, row: usize, tier: Option<usize>, cluster: Option<usize>) {
        let (Some(tier), Some(cluster)) = (tier, cluster) else { return };
        let cell = tier * self.n_clusters + cluster;
        self.counts[cell] += 1;
        if let Some(value) = self.value.map(|value| value[row]).filter(|value| !value.is_nan()) {
            self.sums[cell] += value;
            self.largest[cell] = self.largest[cell].max(value.abs());
            self.valued[cell] += 1;
        }
    }

    /// Whether anybody of the tier was counted.
    pub(super) fn occurs(&self, code: usize) -> bool {
        self.counts[code * self.n_clusters..(code + 1) * self.n_clusters].iter().any(|&count| count > 0)
    }

    /// Whether there are values.
    pub(super) fn has_value(&self) -> bool {
        self.value.is_some()
    }

    /// Counted customers whose value is unknown; 0 when there are no values at all.
    pub(super) fn n_without_value(&self) -> u64 {
        if self.has_value() { self.counts.iter().sum::<u64>() - self.valued.iter().sum::<u64>() } else { 0 }
    }

    /// The table of the tiers `codes`, in that order.
    pub(super) fn table(&self, codes: &[usize]) -> Contingency {
        let cells = |code: &usize| code * self.n_clusters..(code + 1) * self.n_clusters;
        let counts = codes.iter().flat_map(|code| &self.counts[cells(code)]).copied().collect();
        let table = Contingency::new(codes.len(), self.n_clusters, counts);
        match self.value {
            Some(_) => table.with_value(codes.iter().flat_map(|code| &self.sums[cells(code)]).copied().collect()),
            None => table,
        }
    }

    /// The largest single value, without its sign, in every cell of the tiers `codes`; `None` when there are no values.
    pub(super) fn largest(&self, codes: &[usize]) -> Option<Vec<Vec<f64>>> {
        let row = |code: &usize| self.largest[code * self.n_clusters..(code + 1) * self.n_clusters].to_vec();
        self.value.map(|_| codes.iter().map(row).collect())
    }

    /// The rank of every cluster by the mean value of its customers, equal means tied; a cluster without customers ranks
    /// lowest. `None` without values, or when the value of nobody in some cluster is known.
    pub(super) fn cluster_ranks(&self) -> Option<Vec<usize>> {
        self.value?;
        let column = |cluster: usize| (cluster..self.counts.len()).step_by(self.n_clusters);
        let mut means = Vec::with_capacity(self.n_clusters);
        for cluster in 0..self.n_clusters {
            let customers: u64 = column(cluster).map(|cell| self.counts[cell]).sum();
            let valued: u64 = column(cluster).map(|cell| self.valued[cell]).sum();
            let sum: f64 = column(cluster).map(|cell| self.sums[cell]).sum();
            means.push(match (customers, valued) {
                (0, _) => f64::NEG_INFINITY,
                (_, 0) => return None,
                _ => sum / valued as f64,
            });
        }
        let mut distinct = means.clone();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        Some(means.iter().map(|mean| distinct.partition_point(|other| other < mean)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_rank_by_mean_value_of_whom_it_is_known() {
        let value = [10.0, f64::NAN, 4.0, 6.0, 5.0, -1.0];
        let mut tally = Tally::new(1, 5, Some(&value));
        for (row, cluster) in [0, 0, 1, 1, 2, 4].into_iter().enumerate() {
            tally.add(row, Some(0), Some(cluster));
        }
        // means 10, 5, 5, nobody, −1
        assert_eq!(tally.cluster_ranks(), Some(vec![3, 2, 2, 0, 1]));
        assert_eq!(tally.n_without_value(), 1);
        assert_eq!(tally.table(&[0]).value(0, 0), Some(10.0));
        assert_eq!(tally.largest(&[0]), Some(vec![vec![10.0, 6.0, 5.0, 0.0, 1.0]]));
    }

    #[test]
    fn clusters_without_known_value_have_no_order() {
        let mut tally = Tally::new(1, 2, Some(&[1.0, f64::NAN]));
        tally.add(0, Some(0), Some(0));
        tally.add(1, Some(0), Some(1));
        assert_eq!(tally.cluster_ranks(), None);
        assert_eq!(Tally::new(1, 2, None).cluster_ranks(), None);
    }
}
