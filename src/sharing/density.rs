use serde::Serialize;

use super::{Screen, Shown};
use crate::cluster::choose_eps::EpsAnswer;
use crate::cluster::choose_k::DensityStructure;
use crate::registry::DbscanRecord;

/// The DBSCAN clustering.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedDensity {
    /// The radius.
    pub eps: f64,
    /// What makes a customer core.
    pub min_samples: usize,
    /// Clusters.
    pub n_clusters: usize,
    /// Customers in none.
    pub n_noise: Shown<u64>,
    /// What eps was chosen for; null when it was given.
    pub answer: Option<SharedAnswer>,
    /// What another eps would give.
    pub alternatives: Vec<SharedAnswer>,
    /// Whether its clusters are more than fragments of one cloud, where that was asked.
    #[serde(skip)]
    pub structure: Option<DensityStructure>,
    /// Whether eps was chosen, and no two clusters were found apart.
    #[serde(skip)]
    pub is_one_density: bool,
    /// What eps was read from; null when it was given.
    #[serde(skip)]
    pub curve: Option<SharedEpsCurve>,
}

/// The distances of customers to their min_samples-th neighbour.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SharedEpsCurve {
    /// (share of the customers, distance in normalized units), ascending.
    pub points: Vec<(f64, f64)>,
    /// The distance at the knee.
    pub knee: Option<f64>,
    /// The ends of its interval.
    pub interval: Option<(f64, f64)>,
}

/// What one radius gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedAnswer {
    /// An eps that gives it.
    pub eps: f64,
    /// The smallest eps that gives it.
    pub low: f64,
    /// The largest eps that gives it.
    pub high: f64,
    /// Clusters that last and are large enough to count.
    pub n_clusters: usize,
    /// The share of the customers from which on a cluster counts.
    pub smallest_share: f64,
    /// The share of the customers in no cluster at all.
    pub noise_share: Shown<f64>,
    /// What speaks for it.
    pub evidence: f64,
}

impl SharedDensity {
    pub(super) fn of(screen: &Screen<'_>, dbscan: &DbscanRecord) -> Self {
        let chosen = &dbscan.chosen;
        let answer = |answer: &EpsAnswer| SharedAnswer::of(screen, answer);
        SharedDensity {
            eps: chosen.eps,
            min_samples: chosen.min_samples,
            n_clusters: dbscan.n_clusters,
            n_noise: screen.noise().into(),
            answer: chosen.answer.as_ref().map(answer),
            alternatives: chosen.alternatives.iter().flatten().map(answer).collect(),
            structure: dbscan.structure.clone(),
            is_one_density: chosen.knee.is_some() && chosen.alternatives.is_some() && chosen.answer.is_none(),
            curve: (chosen.curve.len() > 1).then(|| SharedEpsCurve {
                points: chosen.curve.clone(),
                knee: chosen.knee,
                interval: chosen.low.zip(chosen.high),
            }),
        }
    }
}

impl SharedAnswer {
    fn of(screen: &Screen<'_>, answer: &EpsAnswer) -> Self {
        SharedAnswer {
            eps: answer.eps,
            low: answer.low,
            high: answer.high,
            n_clusters: answer.n_clusters,
            smallest_share: answer.smallest_share,
            noise_share: Shown::when(screen.noise_of_answer_is_shown(answer), answer.noise_share),
            evidence: answer.evidence,
        }
    }
}
