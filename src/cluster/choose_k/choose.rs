use super::curve::{FIXED_SEED, sample_of};
use super::kept::{self, kept};
use super::modes::n_modes;
use super::reference::References;
use super::steady::choose;
use super::structure::{Structure, StructureVerdict};
use super::table::{KRow, mark_local_maxima};
use super::warnings;
use crate::Warning;
use crate::cluster::kmeans::{Centroids, KMeansFit, KMeansParams, Shards, fit_each};
use crate::cluster::{ClusterError, distinct_rows};
use crate::config::{Auto, KMeansPlan};
use crate::matrix::TiledMatrix;
use crate::metrics::internal::{ClusterMoments, silhouettes};
use crate::monitor::Monitor;

/// The clusters for the chosen k, and why it was chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct ChosenK {
    /// The fit of the chosen k; it has warnings of its own.
    pub fit: KMeansFit,
    /// Every k that was fitted, ascending.
    pub table: Vec<KRow>,
    /// Whether the customers have cluster structure at all.
    pub structure: Structure,
    /// What the user should know about the choice; does not repeat those of `fit`.
    pub warnings: Vec<Warning>,
}

/// Fits k-means with the k of the plan, or with every k of its range, and chooses; see the [module](super) for the rules.
///
/// With a given k the table has one row, and the verdict on structure is of that k.
/// The range ends at the last k that the table can fill: at most its distinct rows, and one less than its rows.
/// A table of identical rows gets k = 1, and a given k above the distinct rows becomes their number, with a warning.
///
/// Cost: n_init fits and one silhouette per k on all rows, 2 · [`REFERENCES`](super::REFERENCES) tables of about
/// [`SAMPLE_ROWS`](super::SAMPLE_ROWS) rows (five times as many where the verdict is close), and for the few k near the best 20 fits of
/// about 3,200 rows. Deterministic for matrix, plan and seed.
///
/// # Errors
/// [`ClusterError::TooManyClusters`] when a given k exceeds the customers; [`ClusterError::Parameter`];
/// [`ClusterError::Stopped`].
pub fn choose_k(
    matrix: &TiledMatrix,
    plan: &KMeansPlan,
    seed: u64,
    monitor: &Monitor,
) -> Result<ChosenK, ClusterError> {
    choose_k_from(matrix, None, plan, seed, None, monitor)
}

/// [`choose_k`] where `shards` may have the rows of the matrix too and fit them, with the centroids of an earlier run as one start more
/// for their k, which stays where the chosen one is better by less than chance.
pub(in crate::cluster) fn choose_k_from(
    matrix: &TiledMatrix,
    shards: Option<&dyn Shards>,
    plan: &KMeansPlan,
    seed: u64,
    warm: Option<&Centroids>,
    monitor: &Monitor,
) -> Result<ChosenK, ClusterError> {
    let mut warnings = Vec::new();
    let ks = ks_to_fit(matrix, plan, &mut warnings);
    let all = ks.iter().map(|&k| KMeansParams::from_plan(plan, k, seed).check()).collect::<Result<Vec<_>, _>>()?;
    let mut fits = fit_each(&all, matrix, shards, warm, monitor)?;
    let partitions: Vec<_> = fits.iter().map(|fit| &fit.partition).collect();
    let measured = silhouettes(matrix, &partitions, FIXED_SEED, monitor)?;
    let moments = ClusterMoments::of_all(matrix, &partitions);

    let sample = sample_of(matrix, ks[ks.len() - 1], FIXED_SEED);
    let in_sample: Vec<usize> = ks.into_iter().filter(|&k| k <= sample.n_customers()).collect();
    let mut references = References::like(&sample, &in_sample, plan, FIXED_SEED, monitor)?;

    let mut table: Vec<KRow> = fits
        .iter()
        .zip(&measured)
        .zip(&moments)
        .map(|((fit, silhouette), moments)| {
            let at = in_sample.iter().position(|&k| k == fit.model.k());
            KRow::of(fit, moments, silhouette.as_ref(), &references, at)
        })
        .collect();
    mark_local_maxima(&mut table);
    let mut chosen = match plan.k {
        Auto::Auto => choose(&mut table, &fits, matrix, plan, FIXED_SEED, monitor)?,
        Auto::Given(_) => 0,
    };
    if let Some(earlier) =
        warm.and_then(|warm| kept(&table, &measured, (references.ks, &references.gaussian), chosen, warm.k()))
    {
        warnings.push(kept::warning(table[earlier].k, table[chosen].k));
        chosen = earlier;
    }
    table[chosen].chosen = true;
    if plan.k == Auto::Auto {
        warnings.extend(warnings::of_choice(&table, chosen, plan.k_range));
    }
    let structure = Structure::judge(&table, chosen, &mut references, sample.n_customers(), monitor)?;
    let fit = &fits[chosen];
    let structure =
        structure.on_modes(|| n_modes(matrix, &fit.partition, &fit.model.centroids, FIXED_SEED, monitor))?;
    if structure.verdict == StructureVerdict::None {
        warnings.push(warnings::no_structure(&structure));
    }
    Ok(ChosenK { fit: fits.swap_remove(chosen), table, structure, warnings })
}

/// Every k that the plan asks for and the table can fill, ascending.
fn ks_to_fit(matrix: &TiledMatrix, plan: &KMeansPlan, warnings: &mut Vec<Warning>) -> Vec<usize> {
    let (low, high) = plan.k_range.into();
    match plan.k {
        Auto::Auto => {
            let most = most_clusters(matrix, high);
            if most < high {
                warnings.push(warnings::range_capped(matrix, plan.k_range, most));
            }
            (low.min(most)..=high.min(most)).collect()
        }
        Auto::Given(wanted) => {
            // Equal rows cannot be told apart, so no more clusters than distinct rows can have any.
            let k = if wanted <= matrix.n_customers() { distinct_rows(matrix, wanted) } else { wanted };
            if k < wanted {
                warnings.push(warnings::fewer_than_given(wanted, k, matrix.n_customers()));
            }
            vec![k]
        }
    }
}

/// The largest k up to `wanted` whose clusters can all have rows and not all be single rows; at least 1.
fn most_clusters(matrix: &TiledMatrix, wanted: usize) -> usize {
    distinct_rows(matrix, wanted).min(matrix.n_customers() - 1).max(1)
}
