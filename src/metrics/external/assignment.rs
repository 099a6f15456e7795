use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

use super::Contingency;

/// The one-to-one pairing of tiers and clusters that keeps the most customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BestAssignment {
    /// (tier, cluster) pairs in the order of the tiers; what is left over on the longer side is in no pair, and neither
    /// is a pair without customers.
    pub pairs: Vec<(usize, usize)>,
    /// Customers in a matched cell.
    pub matched: u64,
}

impl Contingency {
    /// The one-to-one pairing of tiers and clusters with the most customers in matched cells.
    ///
    /// Equal optima are settled by the order of the table, so the same table always gives the same pairing. Cost:
    /// O(s²·l) for the shorter side s and the longer l.
    ///
    /// Source: Kuhn 1955, "The Hungarian method for the assignment problem", Naval Research Logistics Quarterly 2.
    ///
    /// ```
    /// use segmint::metrics::Contingency;
    /// let best = Contingency::new(2, 3, vec![1, 9, 8, 0, 9, 2]).best_assignment();
    /// assert_eq!(best.pairs, [(0, 2), (1, 1)]);
    /// assert_eq!(best.matched, 17);
    /// ```
    pub fn best_assignment(&self) -> BestAssignment {
        if self.n_tiers() > self.n_clusters() {
            let BestAssignment { pairs, matched } = self.transposed().best_assignment();
            let mut pairs: Vec<_> = pairs.into_iter().map(|(cluster, tier)| (tier, cluster)).collect();
            pairs.sort_unstable();
            return BestAssignment { pairs, matched };
        }
        if self.n_tiers() == 0 {
            return BestAssignment { pairs: Vec::new(), matched: 0 };
        }
        let weights = self.counts().iter().map(|&count| count as i64).collect();
        let weights =
            Matrix::from_vec(self.n_tiers(), self.n_clusters(), weights).expect("a table has one count a cell");
        let (matched, clusters) = kuhn_munkres(&weights);
        let pairs = clusters.into_iter().enumerate().filter(|&(tier, cluster)| self.count(tier, cluster) > 0).collect();
        BestAssignment { pairs, matched: matched as u64 }
    }
}
