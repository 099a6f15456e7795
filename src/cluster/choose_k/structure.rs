use serde::{Deserialize, Serialize};

use super::curve::Curve;
use super::reference::References;
use super::table::KRow;

/// How far the limit lies above the best normal reference, in units of how far that lies above their median: these have the
/// customers' own marginals, so it is they that a table without clusters is like.
const NORMAL_MARGIN: f64 = 0.6;
/// The same of the uniform references, which only have to be beaten.
const BOX_MARGIN: f64 = 0.0;

/// What 1 − s is at least taken for: clusters of equal rows have s = 1.
const SMALLEST: f64 = 1e-9;

/// Whether there are clusters at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The customers cluster better than every reference without clusters.
    Present,
    /// Tables without clusters give clusters as good as these.
    None,
}

/// The verdict on the clusters of a k-means fit and its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Structure {
    /// The verdict.
    pub verdict: Verdict,
    /// The k of the delivered clusters, which the verdict is of; `None` in runs of versions that judged another clustering.
    #[serde(default)]
    pub k: Option<usize>,
    /// The silhouette of the delivered clusters; `None` where there are fewer than two.
    #[serde(default)]
    pub silhouette: Option<f64>,
    /// The best silhouette over the admissible k that were fitted.
    pub best_silhouette: Option<f64>,
    /// The k that has it.
    pub best_k: Option<usize>,
    /// The highest silhouette that a normal reference has at k; `None` where nothing can be compared: with one cluster, or
    /// when k was to be chosen and every k leaves a cluster that is too small.
    pub highest_gaussian: Option<f64>,
    /// The highest silhouette that a uniform reference has at k.
    pub highest_box: Option<f64>,
    /// What the silhouette has to exceed at k, by the normal references.
    #[serde(default)]
    pub limit_gaussian: Option<f64>,
    /// The same by the uniform references.
    #[serde(default)]
    pub limit_box: Option<f64>,
    /// Rows of the sample and of every reference.
    pub sample_rows: usize,
    /// References of either kind.
    pub references: usize,
}

impl Structure {
    /// The verdict on the row `chosen` of `table`; the references were fitted with every k of `ks`.
    pub(super) fn judge(
        table: &[KRow],
        chosen: usize,
        references: &References,
        ks: &[usize],
        sample_rows: usize,
    ) -> Self {
        let row = &table[chosen];
        // A k that was given is held against that k alone, one that was chosen against what choosing finds.
        let compared: Vec<usize> =
            (0..ks.len()).filter(|&at| table.iter().any(|row| row.k == ks[at] && row.silhouette.is_some())).collect();
        let given = table.len() == 1;
        // Where every k leaves a crumb, one of the outliers is what the silhouette speaks of.
        let at = ks.iter().position(|&k| k == row.k).filter(|_| given || row.admissible);
        let [gaussian, uniform] = [(&references.gaussian, NORMAL_MARGIN), (&references.uniform, BOX_MARGIN)]
            .map(|(curves, margin)| at.and_then(|at| Limit::of(curves, &compared, at, !given, margin)));
        let beaten = |limit: &Limit| row.silhouette.is_some_and(|s| s > limit.limit);
        // No box may have a k without a crumb.
        let present = gaussian.as_ref().is_some_and(beaten) && uniform.as_ref().is_none_or(beaten);
        let admissible = table.iter().filter(|row| row.admissible);
        let best = admissible.filter_map(|row| row.silhouette.map(|s| (s, row.k)));
        let best = best.reduce(|best, next| if next.0 > best.0 { next } else { best });
        Structure {
            verdict: if present { Verdict::Present } else { Verdict::None },
            k: Some(row.k),
            silhouette: row.silhouette,
            best_silhouette: best.map(|(s, _)| s),
            best_k: best.map(|(_, k)| k),
            highest_gaussian: gaussian.as_ref().map(|limit| limit.highest),
            highest_box: uniform.as_ref().map(|limit| limit.highest),
            limit_gaussian: gaussian.map(|limit| limit.limit),
            limit_box: uniform.map(|limit| limit.limit),
            sample_rows,
            references: references.gaussian.len(),
        }
    }

    /// What the silhouette has to exceed.
    pub fn threshold(&self) -> Option<f64> {
        [self.highest_gaussian, self.highest_box, self.limit_gaussian, self.limit_box]
            .into_iter()
            .flatten()
            .reduce(f64::max)
    }

    /// The highest silhouette that any reference has at k.
    pub fn highest_reference(&self) -> Option<f64> {
        [self.highest_gaussian, self.highest_box].into_iter().flatten().reduce(f64::max)
    }
}

/// What the references of one kind say about one k.
struct Limit {
    highest: f64,
    limit: f64,
}

impl Limit {
    /// The limit at the k in place `at`, when the k in the places `compared` were tried.
    ///
    /// Silhouettes are compared as f = −ln(1 − s), of which no value is out of reach. e_k = f − its mean over the references
    /// at k; the best e of a reference is what a choice among the k finds without clusters. The limit is the largest of
    /// these, and `margin` of its distance from their median more.
    fn of(curves: &[Curve], compared: &[usize], at: usize, only_admissible: bool, margin: f64) -> Option<Self> {
        let scaled = |curve: &Curve, k: usize| curve.silhouettes[k].map(|s| -libm::log((1.0 - s).max(SMALLEST)));
        let mean = |k: usize| {
            let values: Vec<f64> = curves.iter().filter_map(|curve| scaled(curve, k)).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let means: Vec<(usize, f64)> = compared.iter().filter_map(|&k| mean(k).map(|mean| (k, mean))).collect();
        let best = |curve: &Curve| {
            let counted = means.iter().filter(|(k, _)| curve.admissible[*k] || !only_admissible);
            counted.filter_map(|&(k, mean)| scaled(curve, k).map(|f| f - mean)).reduce(f64::max)
        };
        let mut bests: Vec<f64> = curves.iter().filter_map(best).collect();
        bests.sort_by(f64::total_cmp);
        let (largest, median) = (*bests.last()?, bests[bests.len() / 2]);
        let mean = means.iter().find(|(k, _)| *k == at)?.1;
        let limit = mean + largest + margin * (largest - median);
        let highest = curves.iter().filter_map(|curve| curve.silhouettes[at]).reduce(f64::max)?;
        Some(Limit { highest, limit: highest.max(-libm::expm1(-limit)) })
    }
}
