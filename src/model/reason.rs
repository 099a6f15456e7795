//! Why a customer is where it is, without a surrogate model: the decision itself, taken apart.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{ClusterName, FittedPipeline};
use crate::Text;
use crate::cluster::Membership;
use crate::cluster::kmeans::Nearest;
use crate::config::{Algorithm, Missing};
use crate::metrics::ClusterId;
use crate::normalize::{CategoryEncoder, FeatureNormalizer, NormalizeError, RowOutcome};

/// Why one customer is in its clusters.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Reason {
    /// Which clustering's cluster is the customer's segment.
    pub primary: Algorithm,
    /// Features whose missing value keeps the customer out of every cluster (`missing = "drop"`); mostly empty.
    pub dropped_for: Vec<String>,
    /// Why this k-means cluster; null for a customer that was dropped.
    pub kmeans: Option<CentroidReason>,
    /// Which DBSCAN cluster; null for a customer that was dropped, or when the model holds no core rows.
    pub dbscan: Option<DensityReason>,
    /// The likeliest cluster of every other algorithm, by its name; null for a customer that was dropped, or when the model holds
    /// none of it.
    #[serde(flatten)]
    pub likeliest: BTreeMap<&'static str, Option<LikeliestReason>>,
}

/// Why the nearest centroid and not the second nearest.
///
/// With μ₁ the nearest and μ₂ the second nearest centroid of the normalized customer x, the gap of the squared distances
/// is a sum over features f: |x − μ₂|² − |x − μ₁|² = Σ_f (x_f − μ₂f)² − (x_f − μ₁f)². Each term is the vote of a feature
/// for the customer's cluster over the runner-up; negative terms speak against it. The term of a category is the sum over
/// its indicators.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CentroidReason {
    /// The cluster of the nearest centroid.
    pub cluster: NamedCluster,
    /// The cluster of the second nearest one; null when there is one cluster only.
    pub runner_up: Option<NamedCluster>,
    /// |x − μ₁|².
    pub distance2: f64,
    /// |x − μ₂|².
    pub runner_up_distance2: Option<f64>,
    /// The sum of the terms, in the order of `features`; never below 0 but for rounding.
    pub gap: Option<f64>,
    /// (d₂ − d₁) / (d₂ + d₁) with the Euclidean distances: 0 on the border, 1 on the centroid.
    pub margin: Option<f32>,
    /// The terms, the strongest for the cluster first, the strongest against it last.
    pub features: Vec<Term>,
}

/// What one feature says.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Term {
    /// The column.
    pub feature: String,
    /// The customer's value in original units; null when it is missing.
    pub value: Option<f64>,
    /// What stood in for a missing value, in original units.
    pub imputed: Option<f64>,
    /// The cluster's centroid in original units; null where no original value belongs to it.
    pub centroid: Option<f64>,
    /// The runner-up's centroid in original units.
    pub runner_up_centroid: Option<f64>,
    /// x_f, the normalized value; of a category in the matrix column of the customer's level, 0 for a level that the fit has
    /// not seen.
    pub normalized: f64,
    /// μ₁f.
    pub normalized_centroid: f64,
    /// μ₂f.
    pub normalized_runner_up_centroid: Option<f64>,
    /// (x_f − μ₂f)² − (x_f − μ₁f)²; null when there is one cluster only.
    pub term: Option<f64>,
    /// The term over the gap; null when the gap is 0.
    pub share: Option<f64>,
    /// What there is to say of a category; its keys are absent for a number.
    #[serde(flatten)]
    pub category: Option<CategoryTerm>,
}

/// The level of a customer, and how common it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CategoryTerm {
    /// The customer's level; null where the text is missing, and for a level that the fit has not seen.
    pub level: Option<String>,
    /// Whether the fit has seen it; what it has not seen is equally far from every level.
    pub seen: bool,
    /// The share of the level in the customer's cluster.
    pub centroid_share: f64,
    /// The share of the level in the runner-up.
    pub runner_up_share: Option<f64>,
}

/// The cluster with a core customer within eps, if any.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DensityReason {
    /// The lowest-numbered cluster with a core customer within eps; null = noise.
    pub cluster: Option<NamedCluster>,
    /// The radius, in normalized units.
    pub eps: f64,
    /// Neighbours that make a customer core, itself included.
    pub min_samples: usize,
}

/// The cluster that the customer most likely belongs to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LikeliestReason {
    /// The cluster; a component of a mixture.
    pub cluster: NamedCluster,
    /// Its probability for this customer.
    pub probability: f64,
    /// ln p(x) of the customer under the whole model; low where no cluster expects such a customer.
    pub log_density: f64,
}

/// A cluster and what it is called.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NamedCluster {
    /// Its number.
    pub cluster: ClusterId,
    /// `S01` …; null outside the primary clustering.
    pub segment_id: Option<String>,
    /// Its name.
    pub name: Text,
    /// The matched archetype as `catalog/id`; null when none matches.
    pub archetype: Option<String>,
}

impl Reason {
    /// The customer's cluster in the primary clustering: its segment; `None` for noise and a customer that was dropped.
    pub fn segment(&self) -> Option<&NamedCluster> {
        match self.primary {
            Algorithm::KMeans => self.kmeans.as_ref().map(|kmeans| &kmeans.cluster),
            Algorithm::Dbscan => self.dbscan.as_ref().and_then(|dbscan| dbscan.cluster.as_ref()),
            other => self.likeliest.get(other.name())?.as_ref().map(|likeliest| &likeliest.cluster),
        }
    }
}

impl FittedPipeline {
    /// Why the customer with the feature values `raw` (original units, NaN = missing, in the order of
    /// [`FittedPipeline::feature_names`]; [codes](CategoryEncoder::code) of categories) is where it is.
    ///
    /// # Errors
    /// When a value is missing where the plan rejects missing values, or too large for the matrix.
    ///
    /// # Panics
    /// When there is not one value a feature.
    pub fn reason(&self, raw: &[f64]) -> Result<Reason, NormalizeError> {
        let features = self.normalizer.features();
        let mut row = vec![0.0; self.normalizer.n_matrix_columns()];
        if self.normalizer.apply(raw, &mut row)? == RowOutcome::Dropped {
            let dropping = |(feature, x): &(&FeatureNormalizer, &f64)| x.is_nan() && feature.missing() == Missing::Drop;
            let dropped_for = features.iter().zip(raw).filter(dropping).map(|(f, _)| f.name().to_owned()).collect();
            let likeliest = self.likeliest(None);
            return Ok(Reason { primary: self.primary, dropped_for, kmeans: None, dbscan: None, likeliest });
        }
        let point: Vec<f64> = row.iter().copied().map(f64::from).collect();
        let dbscan = self.dbscan().ok().map(|model| DensityReason {
            cluster: model.score(&row).map(|cluster| named(cluster, self.names(Algorithm::Dbscan))),
            eps: model.params().eps(),
            min_samples: model.params().min_samples(),
        });
        let likeliest = self.likeliest(Some(&point));
        let kmeans = Some(self.centroid_reason(raw, &point));
        Ok(Reason { primary: self.primary, dropped_for: Vec::new(), kmeans, dbscan, likeliest })
    }

    /// The likeliest clusters of a normalized row, where there is one.
    fn likeliest(&self, point: Option<&[f64]>) -> BTreeMap<&'static str, Option<LikeliestReason>> {
        let others = Algorithm::ALL.into_iter().filter(|one| one.is_further());
        let reason = |algorithm: Algorithm| {
            let fitted = self.clustering(algorithm)?;
            let Membership { cluster, probability, log_density } = fitted.model.as_ref().ok()?.membership(point?)?;
            Some(LikeliestReason { cluster: named(cluster, &fitted.names), probability, log_density })
        };
        others.map(|algorithm| (algorithm.name(), reason(algorithm))).collect()
    }

    fn centroid_reason(&self, raw: &[f64], point: &[f64]) -> CentroidReason {
        let nearest: Nearest = self.kmeans().nearest(point);
        let centroid = self.kmeans().centroids.get(nearest.cluster.index());
        let runner_up = nearest.runner_up.map(|cluster| self.kmeans().centroids.get(cluster.index()));
        let original = |feature: &FeatureNormalizer, z: f64| Some(feature.invert(z)).filter(|x| x.is_finite());
        let term = |(f, feature): (usize, &FeatureNormalizer)| Term {
            feature: feature.name().to_owned(),
            value: Some(raw[f]).filter(|x| !x.is_nan()),
            imputed: feature.fill().filter(|_| raw[f].is_nan()),
            centroid: original(feature, centroid[f]),
            runner_up_centroid: runner_up.and_then(|other| original(feature, other[f])),
            normalized: point[f],
            normalized_centroid: centroid[f],
            normalized_runner_up_centroid: runner_up.map(|other| other[f]),
            term: runner_up.map(|other| (point[f] - other[f]).powi(2) - (point[f] - centroid[f]).powi(2)),
            share: None,
            category: None,
        };
        let mut terms: Vec<Term> = self.normalizer.features().iter().enumerate().map(term).collect();
        let n_features = terms.len();
        let spans = self.normalizer.spans().into_iter().skip(n_features);
        for ((category, span), &code) in self.normalizer.categories().iter().zip(spans).zip(&raw[n_features..]) {
            let other = runner_up.map(|other| &other[span.clone()]);
            terms.push(category_term(category, code, &point[span.clone()], &centroid[span], other));
        }
        // Stable, so that equal terms stay in the order of the features.
        terms.sort_by(|a, b| b.term.unwrap_or(0.0).total_cmp(&a.term.unwrap_or(0.0)));
        // In the order in which they are shown, so that whoever adds them up gets this very number.
        let gap = runner_up.map(|_| terms.iter().filter_map(|term| term.term).sum::<f64>());
        for term in &mut terms {
            term.share = gap.filter(|&gap| gap != 0.0).and_then(|gap| term.term.map(|term| term / gap));
        }
        CentroidReason {
            cluster: named(nearest.cluster, self.names(Algorithm::KMeans)),
            runner_up: nearest.runner_up.map(|cluster| named(cluster, self.names(Algorithm::KMeans))),
            distance2: nearest.distance2,
            runner_up_distance2: nearest.runner_up.map(|_| nearest.runner_up_distance2),
            gap,
            margin: nearest.margin(),
            features: terms,
        }
    }
}

/// What a category says; the slices are its columns of the customer, the nearest and the second nearest centroid.
fn category_term(
    category: &CategoryEncoder,
    code: f64,
    point: &[f64],
    centroid: &[f64],
    runner_up: Option<&[f64]>,
) -> Term {
    let column = category.column(code);
    let at = |values: &[f64]| column.map_or(0.0, |column| values[column]);
    let distance2 = |other: &[f64]| point.iter().zip(other).map(|(x, m)| (x - m).powi(2)).sum::<f64>();
    Term {
        feature: category.name().to_owned(),
        value: None,
        imputed: None,
        centroid: None,
        runner_up_centroid: None,
        normalized: at(point),
        normalized_centroid: at(centroid),
        normalized_runner_up_centroid: runner_up.map(at),
        term: runner_up.map(|other| distance2(other) - distance2(centroid)),
        share: None,
        category: Some(CategoryTerm {
            level: column.and_then(|column| category.levels()[column].clone()),
            seen: column.is_some(),
            centroid_share: category.share(at(centroid)),
            runner_up_share: runner_up.map(|other| category.share(at(other))),
        }),
    }
}

pub(super) fn named(cluster: ClusterId, names: &[ClusterName]) -> NamedCluster {
    let ClusterName { segment_id, name, archetype } = names[cluster.index()].clone();
    NamedCluster { cluster, segment_id, name, archetype }
}
