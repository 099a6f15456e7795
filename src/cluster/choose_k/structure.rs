use serde::{Deserialize, Serialize};

use super::curve::Curve;
use super::reference::References;

/// Whether there are clusters at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The customers cluster better than every reference without clusters.
    Present,
    /// Tables without clusters give clusters as good as these.
    None,
}

/// The verdict and its evidence; all silhouettes are the largest over the admissible k.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Structure {
    /// The verdict.
    pub verdict: Verdict,
    /// The best silhouette of the sample; `None` when no k was admissible.
    pub best_silhouette: Option<f64>,
    /// The k that has it.
    pub best_k: Option<usize>,
    /// The best silhouette of the normal references.
    pub highest_gaussian: Option<f64>,
    /// The best silhouette of the uniform references.
    pub highest_box: Option<f64>,
    /// Rows of the sample and of every reference.
    pub sample_rows: usize,
    /// References of either kind.
    pub references: usize,
}

impl Structure {
    /// The verdict on a table whose sample has `curve`.
    pub(super) fn judge(curve: &Curve, references: &References, ks: &[usize], sample_rows: usize) -> Self {
        let highest = |curves: &[Curve]| curves.iter().filter_map(|c| c.best()).map(|(_, s)| s).reduce(f64::max);
        let (highest_gaussian, highest_box) = (highest(&references.gaussian), highest(&references.uniform));
        let best = curve.best();
        let beaten = |reference: Option<f64>| best.is_some_and(|(_, s)| reference.is_none_or(|r| s > r));
        let present = beaten(highest_gaussian) && beaten(highest_box);
        Structure {
            verdict: if present { Verdict::Present } else { Verdict::None },
            best_silhouette: best.map(|(_, s)| s),
            best_k: best.map(|(i, _)| ks[i]),
            highest_gaussian,
            highest_box,
            sample_rows,
            references: references.gaussian.len(),
        }
    }
}
