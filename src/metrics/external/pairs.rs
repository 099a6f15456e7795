use super::Contingency;

/// Ordered pairs of different customers, by whether they share a tier and whether they share a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pairs {
    both: u128,
    tier: u128,
    cluster: u128,
    all: u128,
}

impl Contingency {
    /// The pair counts of the table.
    pub fn pairs(&self) -> Pairs {
        let pairs = |totals: &[u64]| totals.iter().map(|&m| u128::from(m) * u128::from(m.saturating_sub(1))).sum();
        let all = u128::from(self.n()) * u128::from(self.n().saturating_sub(1));
        Pairs {
            both: pairs(self.counts()),
            tier: pairs(self.tier_totals()),
            cluster: pairs(self.cluster_totals()),
            all,
        }
    }

    /// The adjusted Rand index; see [`Pairs::ari`].
    pub fn ari(&self) -> Option<f64> {
        (self.n() > 0).then(|| self.pairs().ari())
    }

    /// The Fowlkes-Mallows index; see [`Pairs::fowlkes_mallows`].
    pub fn fowlkes_mallows(&self) -> Option<f64> {
        (self.n() > 0).then(|| self.pairs().fowlkes_mallows())
    }
}

impl Pairs {
    /// Ordered pairs that share both tier and cluster: Σ n_tc(n_tc − 1).
    pub fn both(&self) -> u128 {
        self.both
    }

    /// Adjusted Rand index (S − AB/N) / ((A + B)/2 − AB/N), with S, A, B, N the pairs that share both, the tier, the
    /// cluster, and all pairs; 1 when no pair is in dispute. 0 is what chance gives; negative is worse than chance.
    ///
    /// Source: Hubert and Arabie 1985, "Comparing partitions", Journal of Classification 2.
    pub fn ari(&self) -> f64 {
        if self.tier == self.both && self.cluster == self.both {
            return 1.0;
        }
        let tier_only = (self.tier - self.both) as f64;
        let cluster_only = (self.cluster - self.both) as f64;
        let both = self.both as f64;
        let neither = (self.all + self.both - self.tier - self.cluster) as f64;
        let above_chance = 2.0 * (both * neither - tier_only * cluster_only);
        above_chance / ((both + tier_only) * (tier_only + neither) + (both + cluster_only) * (cluster_only + neither))
    }

    /// Fowlkes-Mallows index S / √(AB): the geometric mean of pair precision and pair recall; 0 when no pair shares both.
    ///
    /// Source: Fowlkes and Mallows 1983, "A method for comparing two hierarchical clusterings", JASA 78.
    pub fn fowlkes_mallows(&self) -> f64 {
        if self.both == 0 {
            return 0.0;
        }
        let both = self.both as f64;
        (both / self.tier as f64).sqrt() * (both / self.cluster as f64).sqrt()
    }

    /// What [`Pairs::fowlkes_mallows`] is when tier and cluster are independent: √(AB) / N; `None` without pairs.
    pub fn fowlkes_mallows_by_chance(&self) -> Option<f64> {
        let all = self.all as f64;
        (self.all > 0).then(|| (self.tier as f64 / all).sqrt() * (self.cluster as f64 / all).sqrt())
    }
}
