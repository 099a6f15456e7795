//! Whether the k of an earlier run is as good as the one that was chosen.

use super::curve::Curve;
use super::table::KRow;
use crate::metrics::internal::Silhouette;
use crate::{Text, Warning};

/// By how many standard errors an excess is larger beyond chance. One would let k change in every sixth run in which two k are
/// equally good.
const CHANCE: f64 = 2.0;

/// The position of the earlier `k` where the chosen one is better by less than chance: its excess larger by less than two standard
/// errors of the difference, of the silhouettes (over the same rows where the same rows were measured) and of the means over the
/// `references`. `None` when the chosen one is clearly better, or the earlier one was not tried or holds a tiny cluster.
pub(super) fn kept(
    table: &[KRow],
    measured: &[Option<Silhouette>],
    (ks, references): (&[usize], &[Curve]),
    chosen: usize,
    k: usize,
) -> Option<usize> {
    let earlier = table.iter().position(|row| row.k == k && row.admissible).filter(|&place| place != chosen)?;
    let gain = table[chosen].excess? - table[earlier].excess?;
    let of_rows = error_of_rows(measured[chosen].as_ref()?, measured[earlier].as_ref()?);
    let at = |k: usize| ks.iter().position(|&other| other == k);
    let (a, b) = (at(table[chosen].k)?, at(k)?);
    let between: Option<Vec<f64>> =
        references.iter().map(|curve| Some(curve.silhouettes[a]? - curve.silhouettes[b]?)).collect();
    (gain < CHANCE * of_rows.hypot(error_of_mean(&between?))).then_some(earlier)
}

/// Of the difference of two mean silhouettes.
fn error_of_rows(a: &Silhouette, b: &Silhouette) -> f64 {
    if a.rows != b.rows {
        let variance = |one: &Silhouette| one.standard_error.unwrap_or(0.0).powi(2);
        return (variance(a) + variance(b)).sqrt();
    }
    error_of_mean(&a.values.iter().zip(&b.values).map(|(a, b)| a - b).collect::<Vec<f64>>())
}

/// The standard error of the mean of `values`.
fn error_of_mean(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
    (variance / n).sqrt()
}

/// That the k of the run before is kept.
pub(super) fn warning(k: usize, better: usize) -> Warning {
    let message = Text::new(
        format!("k = {k} is kept from the run before: k = {better} is better by less than chance"),
        format!("沿用上次运行的 k = {k}：k = {better} 的优势未超出偶然"),
    );
    Warning::new("k_kept", message).with("k", k).with("better", better)
}

#[cfg(test)]
mod tests {
    use super::super::steady::tests::rows;
    use super::*;

    fn silhouette(values: &[f64]) -> Option<Silhouette> {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let rows = (0..values.len()).collect();
        Some(Silhouette {
            mean,
            standard_error: None,
            per_cluster: Vec::new(),
            coverage: 1.0,
            rows,
            values: values.to_vec(),
        })
    }

    #[test]
    fn an_earlier_k_stays_unless_another_is_clearly_better() {
        let measured = [silhouette(&[0.2, 0.4, 0.3, 0.5]), silhouette(&[0.3, 0.3, 0.5, 0.4]), None];
        let like =
            |silhouettes: [f64; 3]| Curve { silhouettes: silhouettes.map(Some).to_vec(), admissible: vec![true; 3] };
        let kept = |table: &[KRow], references: &[Curve], k| kept(table, &measured, (&[2, 3, 4], references), 1, k);
        // The standard error of the difference is 0.065, as all references say the same.
        let alike = [like([0.2, 0.2, 0.2]), like([0.2, 0.2, 0.2])];
        assert_eq!(kept(&rows(&[0.10, 0.22, 0.0]), &alike, 2), Some(0));
        assert_eq!(kept(&rows(&[0.10, 0.24, 0.0]), &alike, 2), None);
        // Where they do not, it is 0.065 and 0.05 at right angles, 0.082.
        let unlike = [like([0.2, 0.271, 0.2]), like([0.2, 0.129, 0.2])];
        assert_eq!(kept(&rows(&[0.10, 0.25, 0.0]), &unlike, 2), Some(0));
        assert_eq!(kept(&rows(&[0.10, 0.27, 0.0]), &unlike, 2), None);
        assert_eq!(kept(&rows(&[0.10, 0.15, 0.0]), &alike, 9), None, "it was not tried");
        assert_eq!(kept(&rows(&[0.10, 0.15, 0.0]), &alike, 3), None, "it is the chosen one");
        let mut tiny = rows(&[0.10, 0.15, 0.0]);
        tiny[0].admissible = false;
        assert_eq!(kept(&tiny, &alike, 2), None);
    }
}
