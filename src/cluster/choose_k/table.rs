use serde::{Deserialize, Serialize};

use super::admissible::{min_share, smallest_share};
use super::reference::References;
use crate::cluster::kmeans::KMeansFit;
use crate::metrics::internal::{ClusterMoments, Silhouette};

/// What is known about one k.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct KRow {
    /// The number of clusters.
    pub k: usize,
    /// The mean silhouette s_k; `None` with fewer than two non-empty clusters.
    pub silhouette: Option<f64>,
    /// Its standard error, when it was measured on a sample.
    pub standard_error: Option<f64>,
    /// silhouette − reference_mean.
    pub excess: Option<f64>,
    /// The mean silhouette of the normal references at this k.
    pub reference_mean: Option<f64>,
    /// Their standard deviation (ddof 1).
    pub reference_sd: Option<f64>,
    /// Calinski and Harabasz's index, higher is better.
    pub calinski_harabasz: Option<f64>,
    /// Davies and Bouldin's index, lower is better.
    pub davies_bouldin: Option<f64>,
    /// Σ of the squared distances to the nearest centroid.
    pub inertia: f64,
    /// The share of the customers in the smallest cluster.
    pub smallest_share: f64,
    /// Whether that share is at least [`min_share`].
    pub admissible: bool,
    /// The stability of the cluster that comes back least, 0 … 1; only measured where it can decide.
    #[serde(default)]
    pub weakest_stability: Option<f64>,
    /// Whether the excess is larger than at the neighbouring k of the table.
    pub local_maximum: bool,
    /// Whether this is the k of the delivered clusters.
    pub chosen: bool,
}

/// By how many standard deviations of the references a silhouette stands out among them.
const CHANCE: f64 = 2.0;

impl KRow {
    /// Whether its silhouette is above what tables without clusters have, beyond chance: more than two standard deviations of the
    /// normal references above their mean. `None` where either is not known.
    pub fn stands_out(&self) -> Option<bool> {
        Some(self.excess? > CHANCE * self.reference_sd?)
    }

    /// The row of `fit`, neither compared with its neighbours nor chosen yet; `at` is the place of its k in the references, if
    /// they have it.
    pub(super) fn of(
        fit: &KMeansFit,
        moments: &ClusterMoments,
        silhouette: Option<&Silhouette>,
        references: &References<'_>,
        at: Option<usize>,
    ) -> Self {
        let reference: Option<Vec<f64>> =
            references.gaussian.iter().map(|curve| at.and_then(|at| curve.silhouettes[at])).collect();
        let mean = reference.as_ref().map(|values| values.iter().sum::<f64>() / values.len() as f64);
        let sd = reference.as_ref().zip(mean).map(|(values, mean)| {
            (values.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64).sqrt()
        });
        let value = silhouette.map(|s| s.mean);
        let smallest_share = smallest_share(&fit.partition);
        KRow {
            k: fit.model.k(),
            silhouette: value,
            standard_error: silhouette.and_then(|s| s.standard_error),
            excess: value.zip(mean).map(|(s, mean)| s - mean),
            reference_mean: mean,
            reference_sd: sd,
            calinski_harabasz: moments.calinski_harabasz(),
            davies_bouldin: moments.davies_bouldin(),
            inertia: fit.model.inertia,
            smallest_share,
            admissible: smallest_share >= min_share(fit.model.k()),
            weakest_stability: None,
            local_maximum: false,
            chosen: false,
        }
    }
}

/// Marks the rows whose excess is larger than at the neighbouring k.
pub(super) fn mark_local_maxima(rows: &mut [KRow]) {
    let excess: Vec<Option<f64>> = rows.iter().map(|row| row.excess).collect();
    for i in 0..rows.len() {
        let above = |j: Option<usize>| match j.and_then(|j| excess.get(j)) {
            Some(neighbour) => excess[i] > *neighbour,
            None => excess[i].is_some(),
        };
        rows[i].local_maximum = rows.len() > 1 && above(i.checked_sub(1)) && above(Some(i + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_maxima_are_marked_at_the_ends_too() {
        let mut table = super::super::steady::tests::rows(&[0.3, 0.1, 0.2, 0.1, 0.15]);
        mark_local_maxima(&mut table);
        let marked: Vec<usize> = table.iter().filter(|row| row.local_maximum).map(|row| row.k).collect();
        assert_eq!(marked, [2, 4, 6]);
    }

    #[test]
    fn a_silhouette_stands_out_two_deviations_of_the_references_above_their_mean() {
        let table = super::super::steady::tests::rows(&[0.019, 0.021]);
        assert_eq!(
            table.iter().map(|row| (row.reference_sd, row.stands_out())).collect::<Vec<_>>(),
            [(Some(0.01), Some(false)), (Some(0.01), Some(true))]
        );
    }

    #[test]
    fn a_row_of_an_earlier_version_has_no_stability() {
        let row = super::super::steady::tests::rows(&[0.3]).remove(0);
        let mut value = serde_json::to_value(&row).unwrap();
        value.as_object_mut().unwrap().remove("weakest_stability");
        assert_eq!(serde_json::from_value::<KRow>(value).unwrap(), row);
    }
}
