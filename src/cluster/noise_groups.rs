//! Dense groups among the noise: DBSCAN once more on the noise rows alone, with their own eps.

use std::cmp::Reverse;

use super::ClusterError;
use super::choose_eps::choose_eps;
use super::dbscan::DbscanParams;
use super::stability::{Stability, dbscan_stability};
use crate::config::{Auto, DbscanPlan};
use crate::matrix::TiledMatrix;
use crate::metrics::{ClusterId, Partition};
use crate::monitor::Monitor;

/// Noise rows DBSCAN is fitted on, at most; the others are labelled by them.
const FITTED_ROWS: usize = 20_000;
/// A group has at least this share of all customers.
pub const SMALLEST_GROUP: f64 = 0.005;
/// A group with more than this share of the noise is the noise itself, and more noise than half of the customers is no
/// remainder.
const LARGEST_PART: f64 = 0.9;
const MOST_NOISE: f64 = 0.5;

/// The dense groups DBSCAN finds when it looks at the noise alone.
#[derive(Debug, Clone)]
pub struct NoiseGroups {
    /// The radius, chosen from the noise rows.
    pub eps: f64,
    /// The neighbours, itself counted, that make a row core.
    pub min_samples: usize,
    /// Noise rows.
    pub n_noise: usize,
    /// Groups too small, or too large, to be reported.
    pub n_left_out: usize,
    /// The reported groups of all rows, by size, descending; `None` everywhere else.
    pub partition: Partition,
    /// The stability of every group.
    pub stability: Vec<Option<Stability>>,
}

/// What came of a look at the noise.
#[derive(Debug, Clone)]
pub enum NoiseSearch {
    /// The groups that were found, if any.
    Groups(NoiseGroups),
    /// It was not looked at: there is too little of it to hold two neighbourhoods.
    TooLittle,
    /// It was not looked at: more than half of the customers are noise.
    TooMuch,
}

/// Looks for dense groups among the rows that `partition` calls noise.
///
/// min_samples is the `min_samples` of the first look, eps is chosen from the noise rows
/// ([`choose_eps`]). Of more than 20,000 noise rows a fixed sample is fitted and labels
/// the others. A group counts when it has at least [`SMALLEST_GROUP`] of all customers and twice min_samples, and at
/// most 90 % of the noise. The labels of `partition` stay as they are.
///
/// # Errors
/// When the monitor ends the computation.
pub fn noise_groups(
    matrix: &TiledMatrix,
    partition: &Partition,
    min_samples: usize,
    seed: u64,
    monitor: &Monitor,
) -> Result<NoiseSearch, ClusterError> {
    let n = partition.n_rows();
    let rows: Vec<usize> = (0..n).filter(|&i| partition.labels()[i].is_none()).collect();
    let smallest = (2 * min_samples).max((SMALLEST_GROUP * n as f64).ceil() as usize);
    if rows.len() < 2 * smallest {
        return Ok(NoiseSearch::TooLittle);
    }
    if rows.len() as f64 > MOST_NOISE * n as f64 {
        return Ok(NoiseSearch::TooMuch);
    }
    let noise = matrix.select(&rows).expect("there is noise");
    let fitted = (rows.len() > FITTED_ROWS).then_some(FITTED_ROWS);
    let plan = DbscanPlan { min_samples: Auto::Given(min_samples), rows: fitted, ..DbscanPlan::default() };
    let eps = choose_eps(&noise, &plan, seed, monitor)?.eps;
    let params = DbscanParams::new(eps, min_samples).check()?;
    let fit = match fitted {
        Some(n_fitted) => params.fit_sampled(&noise, n_fitted, seed, monitor)?,
        None => params.fit(&noise, monitor)?,
    };
    let largest = LARGEST_PART * rows.len() as f64;
    let groups = reported(&fit.partition, |size| size >= smallest && size as f64 <= largest);
    let n_fitted = fitted.unwrap_or(rows.len());
    let core_share = fit.model.n_core() as f64 / n_fitted as f64;
    let stability = match groups.n_clusters() {
        0 => Vec::new(),
        _ => dbscan_stability(&noise, &groups, min_samples, core_share, n_fitted, seed, monitor)?,
    };
    let mut labels = vec![None; n];
    rows.iter().zip(groups.labels()).for_each(|(&row, &label)| labels[row] = label);
    Ok(NoiseSearch::Groups(NoiseGroups {
        eps,
        min_samples,
        n_noise: rows.len(),
        n_left_out: fit.partition.n_clusters() - groups.n_clusters(),
        partition: Partition::new(labels, groups.n_clusters()),
        stability,
    }))
}

/// The clusters of an admitted size, numbered by size, descending, ties in their order.
fn reported(partition: &Partition, admitted: impl Fn(usize) -> bool) -> Partition {
    let sizes = partition.sizes();
    let mut order: Vec<usize> = (0..sizes.len()).filter(|&cluster| admitted(sizes[cluster])).collect();
    order.sort_by_key(|&cluster| (Reverse(sizes[cluster]), cluster));
    let mut numbers = vec![None; sizes.len()];
    order.iter().enumerate().for_each(|(number, &cluster)| numbers[cluster] = Some(ClusterId::new(number)));
    let labels = partition.labels().iter().map(|label| label.and_then(|cluster| numbers[cluster.index()])).collect();
    Partition::new(labels, order.len())
}
