use super::Contingency;

impl Contingency {
    /// Purity (1/n) Σ_c max_t n_tc: the share of customers in the majority tier of their cluster.
    ///
    /// It grows with the number of clusters; read it beside [`Contingency::inverse_purity`] and the best assignment.
    pub fn purity(&self) -> Option<f64> {
        (self.n() > 0).then(|| self.majority() as f64 / self.n() as f64)
    }

    /// Inverse purity (1/n) Σ_t max_c n_tc: the share of customers in the largest cluster of their tier.
    pub fn inverse_purity(&self) -> Option<f64> {
        (self.n() > 0).then(|| self.inverse_majority() as f64 / self.n() as f64)
    }

    /// Customers in the majority tier of their cluster.
    pub fn majority(&self) -> u64 {
        (0..self.n_clusters()).map(|c| (0..self.n_tiers()).map(|t| self.count(t, c)).max().unwrap_or(0)).sum()
    }

    /// Customers in the largest cluster of their tier.
    pub fn inverse_majority(&self) -> u64 {
        (0..self.n_tiers()).map(|t| self.row(t).iter().copied().max().unwrap_or(0)).sum()
    }

    /// Pearson's φ² = χ²/n = Σ n_tc² / (n_t·n_c) − 1.
    pub fn mean_square_contingency(&self) -> Option<f64> {
        let n = self.n() as f64;
        // summed as deviations from expectation, so that independence gives 0 and not the rounding of 1 − 1
        let deviations = (0..self.n_tiers()).filter(|&t| self.tier_totals()[t] > 0).flat_map(|t| {
            let share = self.tier_totals()[t] as f64 / n;
            let clusters = self.row(t).iter().zip(self.cluster_totals()).filter(|&(_, &total)| total > 0);
            clusters.map(move |(&count, &total)| {
                let expected = share * total as f64;
                let off = count as f64 - expected;
                off * off / expected
            })
        });
        (self.n() > 0).then(|| deviations.sum::<f64>() / n)
    }

    /// Cramér's V with Bergsma's correction: √(φ̃² / min(r̃ − 1, c̃ − 1)), φ̃² = max(0, φ² − (r−1)(c−1)/(n−1)),
    /// r̃ = r − (r−1)²/(n−1), c̃ likewise; 0 is no association, 1 the largest.
    ///
    /// `None` with a single tier or cluster, and when the correction leaves nothing to divide by (n = r or n = c).
    ///
    /// Source: Bergsma 2013, "A bias-correction for Cramér's V and Tschuprow's T", Journal of the Korean Statistical
    /// Society 42.
    pub fn cramers_v(&self) -> Option<f64> {
        let (r, c) = self.occupied();
        if r < 2 || c < 2 {
            return None;
        }
        let rest = (self.n() - 1) as f64;
        let (r1, c1) = ((r - 1) as f64, (c - 1) as f64);
        let (squared, by_chance) = (self.mean_square_contingency()?, r1 * c1 / rest);
        // The root would make 1e-8 of what rounding leaves of a difference that is zero.
        let rounding = 4.0 * f64::EPSILON * (r * c) as f64 * squared;
        let squared = Some(squared - by_chance).filter(|&beyond| beyond > rounding).unwrap_or(0.0);
        let largest = (r1 - r1 * r1 / rest).min(c1 - c1 * c1 / rest);
        (largest > f64::EPSILON).then(|| (squared / largest).sqrt().min(1.0))
    }

    /// Kendall's tau-b between the order of the tiers (best first) and of the clusters.
    ///
    /// `cluster_ranks` holds the rank of every cluster, higher = better, equal = tied. τ = (P − Q) / √((N − T)(N − C))
    /// over unordered pairs: P concordant, Q discordant, N all, T tied in tier, C tied in rank. +1 when better tiers
    /// are in better clusters. `None` when either side is tied throughout.
    ///
    /// Source: Kendall 1945, "The treatment of ties in ranking problems", Biometrika 33.
    ///
    /// # Panics
    /// When there is not one rank a cluster.
    pub fn kendall_tau_b(&self, cluster_ranks: &[usize]) -> Option<f64> {
        let tied = |totals: &[u64]| -> u128 { totals.iter().map(|&m| pairs(m)).sum() };
        let mut rank_totals = vec![0; cluster_ranks.iter().max().map_or(0, |rank| rank + 1)];
        cluster_ranks.iter().zip(self.cluster_totals()).for_each(|(&rank, total)| rank_totals[rank] += total);
        let tier_untied = pairs(self.n()) - tied(self.tier_totals());
        let rank_untied = pairs(self.n()) - tied(&rank_totals);
        let scale = (tier_untied as f64).sqrt() * (rank_untied as f64).sqrt();
        (scale > 0.0).then(|| (self.concordance(cluster_ranks) as f64 / scale).clamp(-1.0, 1.0))
    }

    /// Concordant minus discordant pairs, as in [`Contingency::kendall_tau_b`].
    ///
    /// # Panics
    /// When there is not one rank a cluster.
    pub fn concordance(&self, cluster_ranks: &[usize]) -> i128 {
        assert_eq!(cluster_ranks.len(), self.n_clusters(), "a cluster has one rank");
        let n_ranks = cluster_ranks.iter().max().map_or(0, |rank| rank + 1);
        let mut worse = vec![0i128; n_ranks];
        let mut ranked = vec![0i128; n_ranks];
        let mut balance = 0;
        for tier in (0..self.n_tiers()).rev() {
            ranked.fill(0);
            cluster_ranks.iter().zip(self.row(tier)).for_each(|(&rank, &count)| ranked[rank] += i128::from(count));
            let (mut below, mut above) = (0, worse.iter().sum::<i128>());
            for (&count, seen) in ranked.iter().zip(&mut worse) {
                above -= *seen;
                balance += count * (below - above);
                below += *seen;
                *seen += count;
            }
        }
        balance
    }
}

fn pairs(m: u64) -> u128 {
    u128::from(m) * u128::from(m.saturating_sub(1)) / 2
}
