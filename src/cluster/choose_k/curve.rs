//! The rows that stand for all beside the references, and the silhouettes found on such a small table.

use super::admissible::is_admissible;
use crate::cluster::ClusterError;
use crate::cluster::kmeans::{KMeansParams, Rows};
use crate::config::{Init, KMeansPlan};
use crate::matrix::{TiledMatrix, in_few_dimensions};
use crate::metrics::internal::silhouettes;
use crate::monitor::Monitor;
use crate::random::sample_rows;

/// Rows of the sample and of every reference table, at most; more where the range of k is long, fewer where the table is wide.
pub const SAMPLE_ROWS: usize = 2_000;
/// Values of the sample that are enough: wider tables have fewer rows in it, down to [`FEWEST_ROWS`].
const SAMPLE_VALUES: usize = 1_000_000;
const FEWEST_ROWS: usize = 500;

/// Rows of the sample for every cluster of the largest k, at least.
const ROWS_PER_CLUSTER: usize = 20;

/// Starts per k on the sample and on every reference: silhouettes need the shape of a good fit, not its last digit.
pub(super) const STARTS: usize = 2;

/// The seed of the sample and the references, so that a verdict is of the customers and their clusters alone.
pub(super) const FIXED_SEED: u64 = 0;

/// Rows of the sample of a table with `n` rows and `d` features, of which up to `most_clusters` are looked for.
pub(super) fn n_sample_rows(n: usize, d: usize, most_clusters: usize) -> usize {
    let rows = (SAMPLE_VALUES / d.max(1)).clamp(FEWEST_ROWS, SAMPLE_ROWS);
    n.min(rows.max(ROWS_PER_CLUSTER * most_clusters))
}

/// That many rows, drawn without replacement, in their order.
pub(super) fn sample_of(matrix: &TiledMatrix, most_clusters: usize, seed: u64) -> TiledMatrix {
    let n = matrix.n_customers();
    let wanted = n_sample_rows(n, matrix.n_features(), most_clusters);
    if n == wanted {
        return matrix.clone();
    }
    let rows: Vec<usize> =
        sample_rows(n, wanted, seed, "choose_k.sample").into_iter().map(|row| row as usize).collect();
    matrix.select(&rows).expect("a sample has rows")
}

/// The silhouettes of one small table, by k.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Curve {
    /// The mean silhouette of every k.
    pub(super) silhouettes: Vec<Option<f64>>,
    /// Whether that k is admissible.
    pub(super) admissible: Vec<bool>,
}

impl Curve {
    /// Fits every k of `ks` to `matrix` in a few starts.
    pub(super) fn of(
        matrix: &TiledMatrix,
        ks: &[usize],
        plan: &KMeansPlan,
        seed: u64,
        monitor: &Monitor,
    ) -> Result<Self, ClusterError> {
        let monitor = monitor.without_progress();
        let image = (matrix.n_customers() < matrix.n_features()).then(|| in_few_dimensions(matrix));
        let matrix = image.as_ref().unwrap_or(matrix);
        let mut partitions = Vec::with_capacity(ks.len());
        let rows = Rows::of(matrix);
        for &k in ks {
            let params = KMeansParams::from_plan(plan, k, seed).init(Init::PlusPlus).n_init(plan.few_starts(STARTS));
            partitions.push(params.check()?.fit_in(&rows, None, None, &monitor)?.partition);
        }
        let judged = silhouettes(matrix, &partitions.iter().collect::<Vec<_>>(), seed, &monitor)?;
        Ok(Curve {
            silhouettes: judged.into_iter().map(|s| s.map(|s| s.mean)).collect(),
            admissible: partitions.iter().map(is_admissible).collect(),
        })
    }
}
