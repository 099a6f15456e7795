use serde::{Deserialize, Serialize};

use super::curve::Curve;
use super::reference::References;
use super::table::KRow;
use crate::cluster::ClusterError;
use crate::monitor::Monitor;

/// How far the limit lies above the best normal reference, in units of how far that lies above their median: these have the
/// customers' own marginals, so it is they that a table without clusters is like.
const NORMAL_MARGIN: f64 = 0.3;
/// The same of the uniform references, which only have to be beaten.
const BOX_MARGIN: f64 = 0.0;
/// How far above the median, in the same units, a silhouette is present without a doubt.
const CLEAR: f64 = 3.0;

/// What 1 − s is at least taken for: clusters of equal rows have s = 1.
const SMALLEST: f64 = 1e-9;

/// Whether there are clusters at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum StructureVerdict {
    /// The customers cluster better than every reference without clusters, and on more than one mode.
    Present,
    /// Tables without clusters give clusters as good as these, or all of them lie on one mode.
    None,
}

/// The verdict on the clusters of a k-means fit and its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Structure {
    /// The verdict.
    pub verdict: StructureVerdict,
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
    /// How many modes the delivered clusters lie on, where their silhouette exceeds the limits; with one there is no structure.
    #[serde(default)]
    pub modes: Option<usize>,
    /// Rows of the sample and of every reference.
    pub sample_rows: usize,
    /// References of either kind.
    pub references: usize,
}

impl Structure {
    /// The verdict on the row `chosen` of `table`; where the references leave it close, more are drawn.
    pub(super) fn judge(
        table: &[KRow],
        chosen: usize,
        references: &mut References<'_>,
        sample_rows: usize,
        monitor: &Monitor,
    ) -> Result<Self, ClusterError> {
        let row = &table[chosen];
        let mut limits = Limit::of_both(table, row, references);
        if row.silhouette.is_some_and(|s| is_close(s, &limits)) {
            references.draw_more(monitor)?;
            limits = Limit::of_both(table, row, references);
        }
        let [gaussian, uniform] = limits;
        let beaten = |limit: &Limit| row.silhouette.is_some_and(|s| s > limit.limit);
        // No box may have a k without a crumb.
        let present = gaussian.as_ref().is_some_and(beaten) && uniform.as_ref().is_none_or(beaten);
        let admissible = table.iter().filter(|row| row.admissible);
        let best = admissible.filter_map(|row| row.silhouette.map(|s| (s, row.k)));
        let best = best.reduce(|best, next| if next.0 > best.0 { next } else { best });
        Ok(Structure {
            verdict: if present { StructureVerdict::Present } else { StructureVerdict::None },
            k: Some(row.k),
            silhouette: row.silhouette,
            best_silhouette: best.map(|(s, _)| s),
            best_k: best.map(|(_, k)| k),
            highest_gaussian: gaussian.as_ref().map(|limit| limit.highest),
            highest_box: uniform.as_ref().map(|limit| limit.highest),
            limit_gaussian: gaussian.map(|limit| limit.limit),
            limit_box: uniform.map(|limit| limit.limit),
            modes: None,
            sample_rows,
            references: references.gaussian.len(),
        })
    }

    /// The verdict where `modes` counts the modes of the delivered clusters: however compact they are, on one there is no structure.
    pub(super) fn on_modes(
        mut self,
        modes: impl FnOnce() -> Result<usize, ClusterError>,
    ) -> Result<Self, ClusterError> {
        if self.verdict == StructureVerdict::Present {
            let modes = modes()?;
            self.modes = Some(modes);
            if modes < 2 {
                self.verdict = StructureVerdict::None;
            }
        }
        Ok(self)
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

/// Whether more references may change the verdict on the silhouette `s`: they raise the highest, so what is below it stays
/// below, and what is far above stays above.
fn is_close(s: f64, limits: &[Option<Limit>; 2]) -> bool {
    let heights: Vec<f64> = limits.iter().flatten().map(|limit| limit.height(s)).collect();
    limits[0].is_some() && heights.iter().all(|&height| height > 1.0) && heights.iter().any(|&height| height < CLEAR)
}

/// What the references of one kind say about one k.
#[derive(Debug)]
struct Limit {
    /// The highest silhouette at this k.
    highest: f64,
    /// What has to be exceeded.
    limit: f64,
    /// Where the limit begins to be counted, and the largest that any reference finds, both of f.
    median: f64,
    largest: f64,
}

/// Silhouettes are compared as f = −ln(1 − s), of which no value is out of reach.
fn scaled(s: f64) -> f64 {
    -libm::log((1.0 - s).max(SMALLEST))
}

impl Limit {
    /// The limits by either kind of reference for the clusters of `row`.
    fn of_both(table: &[KRow], row: &KRow, references: &References<'_>) -> [Option<Self>; 2] {
        let ks = references.ks;
        // A k that was given is held against that k alone, one that was chosen against what choosing finds.
        let compared: Vec<usize> =
            (0..ks.len()).filter(|&at| table.iter().any(|row| row.k == ks[at] && row.silhouette.is_some())).collect();
        let given = table.len() == 1;
        // Where every k leaves a crumb, one of the outliers is what the silhouette speaks of.
        let at = ks.iter().position(|&k| k == row.k).filter(|_| given || row.admissible);
        [(&references.gaussian, NORMAL_MARGIN), (&references.uniform, BOX_MARGIN)]
            .map(|(curves, margin)| at.and_then(|at| Limit::of(curves, &compared, at, !given, margin)))
    }

    /// The limit at the k in place `at`, when the k in the places `compared` were tried.
    ///
    /// e_k = f − its mean over the references at k; the best e of a reference is what a choice among the k finds without
    /// clusters. The limit is the largest of these, and `margin` of its distance from their median more.
    fn of(curves: &[Curve], compared: &[usize], at: usize, only_admissible: bool, margin: f64) -> Option<Self> {
        let scaled = |curve: &Curve, k: usize| curve.silhouettes[k].map(scaled);
        let mean = |k: usize| {
            let values: Vec<f64> = curves.iter().filter_map(|curve| scaled(curve, k)).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let means: Vec<(usize, f64)> = compared.iter().filter_map(|&k| mean(k).map(|mean| (k, mean))).collect();
        let best = |curve: &Curve| {
            let counted = means.iter().filter(|(k, _)| curve.admissible[*k] || !only_admissible);
            counted.filter_map(|&(k, mean)| Some(scaled(curve, k)? - mean)).reduce(f64::max)
        };
        let mut bests: Vec<f64> = curves.iter().filter_map(best).collect();
        bests.sort_by(f64::total_cmp);
        let mean = means.iter().find(|(k, _)| *k == at)?.1;
        let (largest, median) = (mean + bests.last()?, mean + bests[bests.len() / 2]);
        let limit = largest + margin * (largest - median);
        let highest = curves.iter().filter_map(|curve| curve.silhouettes[at]).reduce(f64::max)?;
        Some(Limit { highest, limit: highest.max(-libm::expm1(-limit)), median, largest })
    }

    /// How far `s` is above the median of the references, in units of how far the best of them is.
    fn height(&self, s: f64) -> f64 {
        (scaled(s) - self.median) / (self.largest - self.median)
    }
}
