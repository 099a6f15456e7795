//! Whether the k of an earlier run is as good as the one that was chosen.

use super::table::KRow;
use crate::metrics::internal::Silhouette;
use crate::{Text, Warning};

/// The position of the earlier `k` where the chosen one is better by less than chance: its excess larger by less than one standard
/// error of the difference, over the same rows where the same rows were measured. `None` when the chosen one is clearly better, or
/// the earlier one was not tried or holds a tiny cluster.
pub(super) fn kept(table: &[KRow], measured: &[Option<Silhouette>], chosen: usize, k: usize) -> Option<usize> {
    let earlier = table.iter().position(|row| row.k == k && row.admissible).filter(|&place| place != chosen)?;
    let gain = table[chosen].excess? - table[earlier].excess?;
    let error = standard_error(measured[chosen].as_ref()?, measured[earlier].as_ref()?);
    (gain < error).then_some(earlier)
}

/// Of the difference of two mean silhouettes.
fn standard_error(a: &Silhouette, b: &Silhouette) -> f64 {
    if a.rows != b.rows {
        let variance = |one: &Silhouette| one.standard_error.unwrap_or(0.0).powi(2);
        return (variance(a) + variance(b)).sqrt();
    }
    let n = a.values.len() as f64;
    let differences = || a.values.iter().zip(&b.values).map(|(a, b)| a - b);
    let mean = differences().sum::<f64>() / n;
    let variance = differences().map(|difference| (difference - mean).powi(2)).sum::<f64>() / n;
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
        // The standard error of the difference is 0.065.
        assert_eq!(kept(&rows(&[0.10, 0.15, 0.0]), &measured, 1, 2), Some(0));
        assert_eq!(kept(&rows(&[0.10, 0.17, 0.0]), &measured, 1, 2), None);
        assert_eq!(kept(&rows(&[0.10, 0.15, 0.0]), &measured, 1, 9), None, "it was not tried");
        assert_eq!(kept(&rows(&[0.10, 0.15, 0.0]), &measured, 1, 3), None, "it is the chosen one");
        let mut tiny = rows(&[0.10, 0.15, 0.0]);
        tiny[0].admissible = false;
        assert_eq!(kept(&tiny, &measured, 1, 2), None);
    }
}
