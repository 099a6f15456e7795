use super::Contingency;

/// What tier and cluster say about each other, in nats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Information {
    /// Mutual information I(T; C).
    pub mutual: f64,
    /// Entropy of the tiers, H(T).
    pub tier_entropy: f64,
    /// Entropy of the clusters, H(C).
    pub cluster_entropy: f64,
    occupied: (usize, usize),
}

impl Contingency {
    /// Mutual information and entropies of the table; `None` without customers.
    ///
    /// I = Σ n_tc/n · ln(n·n_tc / (n_t·n_c)), H(T) = −Σ n_t/n · ln(n_t/n).
    pub fn information(&self) -> Option<Information> {
        let n = self.n() as f64;
        let entropy = |totals: &[u64]| -> f64 {
            let shares = totals.iter().filter(|&&total| total > 0 && total < self.n()).map(|&total| total as f64 / n);
            -shares.map(|share| share * share.ln()).sum::<f64>()
        };
        let occupied = self.occupied();
        let mutual: f64 = if occupied.0 <= 1 || occupied.1 <= 1 {
            0.0
        } else {
            let terms = self.cells().map(|(count, tier, cluster)| {
                count as f64 / n * ((count as f64 / tier as f64) * (n / cluster as f64)).ln()
            });
            terms.sum()
        };
        (self.n() > 0).then(|| Information {
            mutual: mutual.max(0.0),
            tier_entropy: entropy(self.tier_totals()),
            cluster_entropy: entropy(self.cluster_totals()),
            occupied,
        })
    }

    /// The mean of I(T; C) over all tables with these margins.
    ///
    /// Every cell is hypergeometric; its terms are weighed from the mode outwards by the ratio of neighbouring
    /// probabilities and divided by the sum of the weights, so no logarithm of a factorial limits the precision. Terms
    /// further than 12 standard deviations + 30 from the mean are below 1e-17 and left out, which leaves √n of them.
    ///
    /// Source: Vinh, Epps and Bailey 2010, "Information theoretic measures for clusterings comparison", JMLR 11.
    pub fn expected_information(&self) -> f64 {
        let tiers = self.tier_totals().iter().filter(|&&total| total > 0);
        tiers.map(|&a| self.cluster_totals().iter().map(|&b| expected_cell(a, b, self.n())).sum::<f64>()).sum()
    }

    /// Adjusted mutual information `(I − E[I]) / ((H(T) + H(C))/2 − E[I])`, with the exact expectation.
    ///
    /// 1 when both have a single group or they are the same up to names, 0 when only one of them has a single group;
    /// 0 is what chance gives.
    ///
    /// Source: Vinh, Epps and Bailey 2010, "Information theoretic measures for clusterings comparison", JMLR 11.
    pub fn ami(&self) -> Option<f64> {
        let information = self.information()?;
        let occupied_cells = self.counts().iter().filter(|&&count| count > 0).count();
        if self.occupied() == (occupied_cells, occupied_cells) {
            return Some(1.0);
        }
        Some(information.adjusted(self.expected_information()))
    }

    /// Normalized mutual information; see [`Information::nmi`].
    pub fn nmi(&self) -> Option<f64> {
        self.information().map(|information| information.nmi())
    }

    /// Homogeneity; see [`Information::homogeneity`].
    pub fn homogeneity(&self) -> Option<f64> {
        self.information().map(|information| information.homogeneity())
    }

    /// Completeness; see [`Information::completeness`].
    pub fn completeness(&self) -> Option<f64> {
        self.information().map(|information| information.completeness())
    }

    /// V-measure; see [`Information::v_measure`].
    pub fn v_measure(&self) -> Option<f64> {
        self.information().map(|information| information.v_measure())
    }
}

impl Information {
    /// I / ((H(T) + H(C))/2); 1 when both have a single group, 0 when one has.
    pub fn nmi(&self) -> f64 {
        match self.occupied {
            (1, 1) => 1.0,
            _ if self.mutual == 0.0 => 0.0,
            _ => self.mutual / self.mean_entropy(),
        }
    }

    /// I / H(T): how much of the tier a cluster tells; 1 when there is a single tier.
    ///
    /// Source: Rosenberg and Hirschberg 2007, "V-Measure", EMNLP-CoNLL.
    pub fn homogeneity(&self) -> f64 {
        if self.tier_entropy > 0.0 { self.mutual / self.tier_entropy } else { 1.0 }
    }

    /// I / H(C): how much of the cluster a tier tells; 1 when there is a single cluster.
    ///
    /// Source: Rosenberg and Hirschberg 2007, "V-Measure", EMNLP-CoNLL.
    pub fn completeness(&self) -> f64 {
        if self.cluster_entropy > 0.0 { self.mutual / self.cluster_entropy } else { 1.0 }
    }

    /// The harmonic mean of homogeneity and completeness; 0 when both are.
    ///
    /// Equal to [`Information::nmi`] wherever neither side has a single group.
    pub fn v_measure(&self) -> f64 {
        let (h, c) = (self.homogeneity(), self.completeness());
        if h + c == 0.0 { 0.0 } else { 2.0 * h * c / (h + c) }
    }

    /// The adjusted index when `expected` is the information that chance gives.
    pub fn adjusted(&self, expected: f64) -> f64 {
        if self.occupied.0 <= 1 || self.occupied.1 <= 1 {
            return if self.occupied == (1, 1) { 1.0 } else { 0.0 };
        }
        // Both differences can be rounding noise around 0, as when every customer is a group of its own; as in
        // scikit-learn their signs are kept and their sizes are at least an epsilon.
        let at_least = |x: f64| if x < 0.0 { x.min(-f64::EPSILON) } else { x.max(f64::EPSILON) };
        at_least(self.mutual - expected) / at_least(self.mean_entropy() - expected)
    }

    /// The information that chance gives to first order, (r − 1)(c − 1) / (2(n − 1)) for r tiers and c clusters.
    pub fn expected_to_first_order(&self, n: u64) -> f64 {
        let (r, c) = self.occupied;
        (r.saturating_sub(1) * c.saturating_sub(1)) as f64 / (2.0 * n.saturating_sub(1).max(1) as f64)
    }

    fn mean_entropy(&self) -> f64 {
        (self.tier_entropy + self.cluster_entropy) / 2.0
    }
}

/// The mean of m/n · ln(n·m / (a·b)) for a hypergeometric m: `a` draws out of `n`, of which `b` count.
fn expected_cell(a: u64, b: u64, n: u64) -> f64 {
    let (af, bf, nf) = (a as f64, b as f64, n as f64);
    let mean = af / nf * bf;
    let sd = (mean * ((nf - af) / nf) * ((nf - bf) / (nf - 1.0).max(1.0))).sqrt();
    let reach = (12.0 * sd).ceil() as u64 + 30;
    let mode = ((a + 1) as u128 * (b + 1) as u128 / (n + 2) as u128) as u64;
    let low = (a + b).saturating_sub(n).max(mode.saturating_sub(reach));
    let high = a.min(b).min(mode + reach);
    // P(m + 1) / P(m)
    let up = |m: u64| ((a - m) as f64 / (m + 1) as f64) * ((b - m) as f64 / (n + m + 1 - a - b) as f64);
    let term = |m: u64| if m == 0 { 0.0 } else { m as f64 / nf * ((m as f64 / af) * (nf / bf)).ln() };
    let (mut weights, mut terms) = (1.0, term(mode));
    let mut weight = 1.0;
    for m in mode..high {
        weight *= up(m);
        weights += weight;
        terms += weight * term(m + 1);
    }
    weight = 1.0;
    for m in (low..mode).rev() {
        weight /= up(m);
        weights += weight;
        terms += weight * term(m);
    }
    terms / weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_one_draw_is_bernoulli() {
        // m is 1 with probability 3/10: 0.3 · 1/10 · ln(10·1 / (1·3))
        let by_hand = 0.3 * 0.1 * (10.0f64 / 3.0).ln();
        assert!((expected_cell(1, 3, 10) - by_hand).abs() < 1e-16);
    }

    #[test]
    fn a_forced_cell_has_one_term() {
        assert!((expected_cell(10, 4, 10) - 0.4 * (10.0f64 * 4.0 / 40.0).ln()).abs() < 1e-16);
    }

    #[test]
    fn large_tables_reach_the_first_order_value() {
        let table = Contingency::new(3, 4, vec![250_000; 12]);
        let information = table.information().unwrap();
        let ratio = table.expected_information() / information.expected_to_first_order(table.n());
        assert!((ratio - 1.0).abs() < 1e-5, "{ratio}");
    }
}
