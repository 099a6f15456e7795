use crate::figures::percent;
use crate::metrics::Partition;
use crate::{Text, Warning};

/// A cluster with more than this share of all rows is no segmentation.
const LARGEST_SHARE: f64 = 0.9;
/// More noise than this is no segmentation either.
const NOISE_SHARE: f64 = 0.5;
/// Fewer core rows than this share means that hardly any place is dense.
const CORE_SHARE: f64 = 0.01;

/// What the outcome of a fit says against its parameters; `n_core` of the `n_fitted` rows are core.
pub(super) fn diagnose(partition: &Partition, n_core: usize, n_fitted: usize) -> Vec<Warning> {
    let n = partition.n_rows() as f64;
    let largest = partition.sizes().into_iter().max().unwrap_or(0) as f64 / n;
    let (noise, core) = (partition.n_noise() as f64 / n, n_core as f64 / n_fitted as f64);
    let n_clusters = partition.n_clusters();
    let mut warnings = Vec::new();
    if largest > LARGEST_SHARE || noise > NOISE_SHARE {
        // The share itself would give away how few customers it leaves.
        let (en, zh) = if largest > LARGEST_SHARE {
            let limit = 100.0 * LARGEST_SHARE;
            (
                format!("one cluster holds more than {limit} % of the customers"),
                format!("单个聚类包含超过 {limit}% 的客户"),
            )
        } else {
            ("more than half of the customers are noise".to_owned(), "超过一半的客户为噪声".to_owned())
        };
        let message =
            Text::new(format!("no separable density was found: {en}"), format!("未发现可分离的密度结构：{zh}"));
        warnings.push(
            Warning::new("no_separable_density", message)
                .with("n_clusters", n_clusters)
                .with("largest_share", largest)
                .with("noise_share", noise),
        );
    }
    if core < CORE_SHARE {
        let message = Text::new(
            format!("almost no customer is in a dense place: {} are core rows; eps may be too small", percent(core)),
            format!("几乎没有客户处于密集区域：核心点仅占 {}，eps 可能过小", percent(core)),
        );
        let warning = Warning::new("almost_no_core_rows", message).with("core_share", core);
        warnings.push(warning.with("n_core", n_core));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(labels: &[i64], n_core: usize) -> Vec<String> {
        let partition = Partition::from_signed(labels);
        diagnose(&partition, n_core, labels.len()).into_iter().map(|warning| warning.code).collect()
    }

    #[test]
    fn one_cluster_or_noise_for_most_rows_is_no_separable_density() {
        assert_eq!(codes(&[0; 20], 20), ["no_separable_density"]);
        assert_eq!(codes(&[0, 0, -1, -1, -1], 1), ["no_separable_density"]);
        assert!(codes(&[0, 0, 0, 1, 1, -1, -1, 1, 1, 1], 8).is_empty());
    }

    #[test]
    fn hardly_any_core_row_is_said() {
        assert_eq!(codes(&[-1; 200], 1), ["no_separable_density", "almost_no_core_rows"]);
    }
}
