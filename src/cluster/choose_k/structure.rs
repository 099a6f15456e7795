use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::curve::Curve;
use super::reference::References;

/// How often a table without clusters may be taken for one that has them, per kind of reference.
pub const LEVEL: f64 = 0.001;

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
    /// What the best silhouette of one more normal reference stays below, but for one in a thousand.
    #[serde(default)]
    pub limit_gaussian: Option<f64>,
    /// The same of the uniform references.
    #[serde(default)]
    pub limit_box: Option<f64>,
    /// Rows of the sample and of every reference.
    pub sample_rows: usize,
    /// References of either kind.
    pub references: usize,
}

impl Structure {
    /// The verdict on a table whose sample has `curve`.
    pub(super) fn judge(curve: &Curve, references: &References, ks: &[usize], sample_rows: usize) -> Self {
        let [gaussian, uniform] = [&references.gaussian, &references.uniform].map(|curves| {
            let best: Vec<f64> = curves.iter().filter_map(|curve| curve.best()).map(|(_, s)| s).collect();
            (best.iter().copied().reduce(f64::max), prediction_limit(&best))
        });
        let best = curve.best();
        let beaten = |reference: Option<f64>| best.is_some_and(|(_, s)| reference.is_none_or(|r| s > r));
        let present = [gaussian.0, gaussian.1, uniform.0, uniform.1].into_iter().all(beaten);
        Structure {
            verdict: if present { Verdict::Present } else { Verdict::None },
            best_silhouette: best.map(|(_, s)| s),
            best_k: best.map(|(i, _)| ks[i]),
            highest_gaussian: gaussian.0,
            highest_box: uniform.0,
            limit_gaussian: gaussian.1,
            limit_box: uniform.1,
            sample_rows,
            references: references.gaussian.len(),
        }
    }

    /// What the best silhouette has to exceed: the highest reference, and the limit of one more.
    pub fn threshold(&self) -> Option<f64> {
        [self.highest_gaussian, self.highest_box, self.limit_gaussian, self.limit_box]
            .into_iter()
            .flatten()
            .reduce(f64::max)
    }
}

/// The upper end of the one-sided prediction interval for one more value of a normal population, at [`LEVEL`]:
/// mean + t · sd · √(1 + 1/n), t the quantile of Student's distribution with n − 1 degrees of freedom.
fn prediction_limit(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let t = StudentsT::new(0.0, 1.0, n - 1.0).ok()?.inverse_cdf(1.0 - LEVEL);
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    Some(mean + t * (variance * (1.0 + 1.0 / n)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_that_of_the_t_table() {
        // t(0.999, 18) = 3.6105 in any table; 19 values 1 … 19 have mean 10 and variance 95/3.
        let values: Vec<f64> = (1..=19).map(f64::from).collect();
        let expected = 10.0 + 3.610_5 * (95.0_f64 / 3.0 * 20.0 / 19.0).sqrt();
        assert!((prediction_limit(&values).unwrap() - expected).abs() < 1e-3);
        assert_eq!(prediction_limit(&[0.5]), None);
    }
}
