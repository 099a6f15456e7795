use serde::{Deserialize, Serialize};

use crate::metrics::{Contingency, Information};

/// An agreement index of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Index {
    /// Adjusted Rand index.
    Ari,
    /// Adjusted mutual information.
    Ami,
    /// Normalized mutual information.
    Nmi,
    /// How much of the tier a cluster tells.
    Homogeneity,
    /// How much of the cluster a tier tells.
    Completeness,
    /// The harmonic mean of the two.
    VMeasure,
    /// Fowlkes-Mallows index.
    FowlkesMallows,
    /// Share of customers in the majority tier of their cluster.
    Purity,
    /// Share of customers in the largest cluster of their tier.
    InversePurity,
    /// Cramér's V, corrected for bias.
    CramersV,
    /// Kendall's tau-b between the order of the tiers and the clusters' mean value.
    KendallTauB,
}

impl Index {
    /// Every index, in the order of `comparison.json`.
    pub const ALL: [Index; 11] = [
        Index::Ari,
        Index::Ami,
        Index::Nmi,
        Index::Homogeneity,
        Index::Completeness,
        Index::VMeasure,
        Index::FowlkesMallows,
        Index::Purity,
        Index::InversePurity,
        Index::CramersV,
        Index::KendallTauB,
    ];

    /// The key in `comparison.json`.
    pub fn name(self) -> &'static str {
        match self {
            Index::Ari => "ari",
            Index::Ami => "ami",
            Index::Nmi => "nmi",
            Index::Homogeneity => "homogeneity",
            Index::Completeness => "completeness",
            Index::VMeasure => "v_measure",
            Index::FowlkesMallows => "fowlkes_mallows",
            Index::Purity => "purity",
            Index::InversePurity => "inverse_purity",
            Index::CramersV => "cramers_v",
            Index::KendallTauB => "kendall_tau_b",
        }
    }

    /// The smallest and largest value the index can take.
    pub fn bounds(self) -> (f64, f64) {
        match self {
            Index::Ari | Index::Ami | Index::KendallTauB => (-1.0, 1.0),
            _ => (0.0, 1.0),
        }
    }

    /// What the index is when tier and cluster are independent, in the limit of many customers.
    pub fn by_chance(self, table: &Contingency) -> Option<f64> {
        let largest_share = |totals: &[u64]| {
            let largest = totals.iter().max().filter(|_| table.n() > 0)?;
            Some(*largest as f64 / table.n() as f64)
        };
        match self {
            Index::FowlkesMallows => table.pairs().fowlkes_mallows_by_chance(),
            Index::Purity => largest_share(table.tier_totals()),
            Index::InversePurity => largest_share(table.cluster_totals()),
            _ => Some(0.0),
        }
    }
}

/// One thing for every index; in JSON an object whose keys are the names of the indices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Indices<T> {
    /// Adjusted Rand index.
    pub ari: T,
    /// Adjusted mutual information.
    pub ami: T,
    /// Normalized mutual information.
    pub nmi: T,
    /// How much of the tier a cluster tells.
    pub homogeneity: T,
    /// How much of the cluster a tier tells.
    pub completeness: T,
    /// The harmonic mean of the two.
    pub v_measure: T,
    /// Fowlkes-Mallows index.
    pub fowlkes_mallows: T,
    /// Share of customers in the majority tier of their cluster.
    pub purity: T,
    /// Share of customers in the largest cluster of their tier.
    pub inverse_purity: T,
    /// Cramér's V, corrected for bias.
    pub cramers_v: T,
    /// Kendall's tau-b between the order of the tiers and the clusters' mean value.
    pub kendall_tau_b: T,
}

impl<T> Indices<T> {
    /// Asks `of` for every index.
    pub fn from_fn(mut of: impl FnMut(Index) -> T) -> Self {
        Indices {
            ari: of(Index::Ari),
            ami: of(Index::Ami),
            nmi: of(Index::Nmi),
            homogeneity: of(Index::Homogeneity),
            completeness: of(Index::Completeness),
            v_measure: of(Index::VMeasure),
            fowlkes_mallows: of(Index::FowlkesMallows),
            purity: of(Index::Purity),
            inverse_purity: of(Index::InversePurity),
            cramers_v: of(Index::CramersV),
            kendall_tau_b: of(Index::KendallTauB),
        }
    }

    /// What is held for `index`.
    pub fn get(&self, index: Index) -> &T {
        match index {
            Index::Ari => &self.ari,
            Index::Ami => &self.ami,
            Index::Nmi => &self.nmi,
            Index::Homogeneity => &self.homogeneity,
            Index::Completeness => &self.completeness,
            Index::VMeasure => &self.v_measure,
            Index::FowlkesMallows => &self.fowlkes_mallows,
            Index::Purity => &self.purity,
            Index::InversePurity => &self.inverse_purity,
            Index::CramersV => &self.cramers_v,
            Index::KendallTauB => &self.kendall_tau_b,
        }
    }
}

impl Indices<Option<f64>> {
    /// Every index of `table`; tau-b needs the ranks of the clusters.
    pub fn of(table: &Contingency, cluster_ranks: Option<&[usize]>) -> Self {
        Indices::with_ami(table, cluster_ranks, |_| table.ami())
    }

    /// Every index of a resampled table: as [`Indices::of`], but what AMI takes off is its first-order value, which is
    /// all a resample needs and does not depend on n.
    pub(super) fn of_resample(table: &Contingency, cluster_ranks: Option<&[usize]>) -> Self {
        let first_order = |information: &Information| {
            let ami = information.adjusted(information.expected_to_first_order(table.n()));
            Some(ami.clamp(-1.0, 1.0))
        };
        Indices::with_ami(table, cluster_ranks, first_order)
    }

    fn with_ami(
        table: &Contingency,
        cluster_ranks: Option<&[usize]>,
        ami: impl Fn(&Information) -> Option<f64>,
    ) -> Self {
        let information = table.information();
        let from_information = |view: fn(&Information) -> f64| information.as_ref().map(view);
        Indices {
            ari: table.ari(),
            ami: information.as_ref().and_then(ami),
            nmi: from_information(Information::nmi),
            homogeneity: from_information(Information::homogeneity),
            completeness: from_information(Information::completeness),
            v_measure: from_information(Information::v_measure),
            fowlkes_mallows: table.fowlkes_mallows(),
            purity: table.purity(),
            inverse_purity: table.inverse_purity(),
            cramers_v: table.cramers_v(),
            kendall_tau_b: cluster_ranks.and_then(|ranks| table.kendall_tau_b(ranks)),
        }
    }
}
