//! `charts.json`: what pictures of a run need and its tables do not hold. Its size does not depend on the number of
//! customers.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::histogram::{Histogram, Known, REACH, bin};
use crate::cluster::kmeans::RunnersUp;
use crate::load::{CustomerTable, LoadError, in_rounds};
use crate::matrix::{PrincipalAxes, RowMap, TILE_ROWS, TiledMatrix};
use crate::metrics::{ClusterId, Partition};
use crate::normalize::Normalizer;
use crate::stats::gini;

/// Bins along each side of the density grid.
pub const GRID: usize = 64;
/// Points of a Lorenz curve after the origin.
pub const LORENZ_POINTS: usize = 100;

/// The content of `charts.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Charts {
    /// The principal axes of the normalized customers.
    pub pca: Pca,
    /// Where the customers of each segment lie on the first two axes.
    pub density: Density,
    /// Where the noise of DBSCAN lies on the same grid: (column, row, customers); empty without DBSCAN.
    #[serde(default)]
    pub noise: Vec<(usize, usize, u64)>,
    /// One per feature, in original units.
    pub histograms: Vec<Histogram>,
    /// One per k-means cluster; empty at k = 1.
    pub silhouettes: Vec<Silhouettes>,
    /// k × k: how near the customers of a k-means cluster (row) are to becoming another's (column): Σ (1 − margin) over the
    /// customers whose runner-up it is, over the size of the cluster (Leisch 2010); empty at k = 1.
    pub neighbours: Vec<Vec<f64>>,
    /// How unequal the money column is spread; null without one, or when its sum is not positive.
    pub lorenz: Option<Lorenz>,
}

/// Principal axes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Pca {
    /// The features, in order.
    pub features: Vec<String>,
    /// The first axes, at most two; the largest loading of each is positive, and so is that of a category, the length of the
    /// loadings of its levels.
    pub loadings: Vec<Vec<f64>>,
    /// The variance along every axis, descending.
    pub variance: Vec<f64>,
    /// Its share.
    pub variance_share: Vec<f64>,
}

/// Counts on a grid over the first two principal axes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Density {
    /// The ends of the first axis.
    pub x: [f64; 2],
    /// The ends of the second.
    pub y: [f64; 2],
    /// Bins along either.
    pub bins: usize,
    /// The clusters of the primary clustering, noise last.
    pub clusters: Vec<DensityCells>,
}

/// The occupied cells of one cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DensityCells {
    /// The cluster; null = noise.
    pub cluster: Option<ClusterId>,
    /// (column, row, customers).
    pub cells: Vec<(usize, usize, u64)>,
}

/// Simplified silhouettes 1 − d₁/d₂ of a k-means cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Silhouettes {
    /// The cluster.
    pub cluster: ClusterId,
    /// Their mean.
    pub mean: f64,
    /// Customers in 20 bins from 0 to 1.
    pub counts: Vec<u64>,
}

/// A Lorenz curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Lorenz {
    /// The money column.
    pub column: String,
    /// (share of customers, poorest first; their share of the money).
    pub points: Vec<(f64, f64)>,
    /// Gini = Σ (2i − n − 1) x₍ᵢ₎ / (n Σ x), ascending; above 1 is possible with negative values.
    pub gini: f64,
}

/// What the charts are made of.
pub struct ChartInput<'a> {
    /// The customers.
    pub table: &'a CustomerTable,
    /// Which of them are in the matrix.
    pub rows: &'a RowMap,
    /// The normalized customers.
    pub matrix: &'a TiledMatrix,
    /// How they were normalized.
    pub normalizer: &'a Normalizer,
    /// The primary clustering.
    pub primary: &'a Partition,
    /// k-means.
    pub kmeans: &'a Partition,
    /// DBSCAN, when it ran.
    pub dbscan: Option<&'a Partition>,
    /// Who came second; `None` at k = 1.
    pub runners_up: Option<&'a RunnersUp>,
}

impl Charts {
    /// Counts everything; reads each feature once more.
    ///
    /// # Errors
    /// When a column cannot be read again.
    pub fn of(input: &ChartInput<'_>) -> Result<Charts, LoadError> {
        let axes = PrincipalAxes::first(input.matrix, 2);
        let features = input.normalizer.features();
        let histograms = in_rounds(features, rayon::current_num_threads(), |j, feature| -> Result<_, LoadError> {
            let values = input.rows.gather(&input.table.numeric.read(feature.name())?);
            Ok(Histogram::of(feature, &Known { matrix: input.matrix, j, values }, input.primary))
        });
        let (silhouettes, neighbours) = match input.runners_up {
            Some(second) => rayon::join(|| silhouettes(input.kmeans, second), || neighbours(input.kmeans, second)),
            None => (Vec::new(), Vec::new()),
        };
        let (density, noise) = density(input, &axes);
        Ok(Charts {
            density,
            noise,
            pca: pca(input.normalizer, &axes),
            histograms: histograms?,
            silhouettes,
            neighbours,
            lorenz: match &input.table.value {
                Some(column) => lorenz(column, &input.table.numeric.read(column)?),
                None => None,
            },
        })
    }
}

fn pca(normalizer: &Normalizer, axes: &PrincipalAxes) -> Pca {
    let d = axes.mean.len();
    let total: f64 = axes.variances.iter().sum();
    let share = |variance: &f64| if total > 0.0 { variance / total } else { 0.0 };
    let spans = normalizer.spans();
    let of_columns = |axis: &[f64]| spans.iter().map(|span| loading(&axis[span.clone()])).collect();
    Pca {
        features: normalizer.names().into_iter().map(str::to_owned).collect(),
        loadings: axes.axes.chunks_exact(d).map(of_columns).collect(),
        variance: axes.variances.clone(),
        variance_share: axes.variances.iter().map(share).collect(),
    }
}

/// The loading of a column of the table: of a category the length of those of its indicators.
fn loading(axis: &[f64]) -> f64 {
    match axis {
        [number] => *number,
        indicators => indicators.iter().map(|loading| loading * loading).sum::<f64>().sqrt(),
    }
}

/// The customers of every cluster on the grid, and the noise of DBSCAN.
fn density(input: &ChartInput<'_>, axes: &PrincipalAxes) -> (Density, Vec<(usize, usize, u64)>) {
    let reach = |axis: usize| REACH * axes.variances.get(axis).copied().unwrap_or(0.0).sqrt().max(f64::MIN_POSITIVE);
    let (x, y) = (reach(0), reach(1));
    let n_clusters = input.primary.n_clusters();
    let d = axes.mean.len();
    // The cell of every customer, GRID · row + column.
    let mut cell_of = vec![0_u16; input.matrix.n_customers()];
    cell_of.par_chunks_mut(TILE_ROWS).enumerate().for_each(|(t, cells)| {
        let tile = input.matrix.tile(t);
        let along = |axis: usize| {
            let mut along = [0.0; TILE_ROWS];
            for (j, loading) in axes.axes.chunks_exact(d).nth(axis).unwrap_or_default().iter().enumerate() {
                for (sum, &x) in along.iter_mut().zip(tile.padded_column(j)) {
                    *sum += loading * (f64::from(x) - axes.mean[j]);
                }
            }
            along
        };
        let (first, second) = (along(0), along(1));
        for (cell, (a, b)) in cells.iter_mut().zip(first.into_iter().zip(second)) {
            *cell = (bin(a, -x, x, GRID) + GRID * bin(b, -y, y, GRID)) as u16;
        }
    });
    let mut counts = vec![vec![0_u64; GRID * GRID]; n_clusters + 1];
    for (label, &cell) in input.primary.labels().iter().zip(&cell_of) {
        counts[label.map_or(n_clusters, ClusterId::index)][usize::from(cell)] += 1;
    }
    let mut noise = vec![0_u64; GRID * GRID];
    for (label, &cell) in input.dbscan.iter().flat_map(|dbscan| dbscan.labels().iter().zip(&cell_of)) {
        noise[usize::from(cell)] += u64::from(label.is_none());
    }
    let cells = |counts: Vec<u64>| -> Vec<(usize, usize, u64)> {
        let occupied = counts.into_iter().enumerate().filter(|(_, count)| *count > 0);
        occupied.map(|(cell, count)| (cell % GRID, cell / GRID, count)).collect()
    };
    let clusters = counts
        .into_iter()
        .enumerate()
        .map(|(c, counts)| DensityCells { cluster: (c < n_clusters).then(|| ClusterId::new(c)), cells: cells(counts) });
    let density = Density {
        x: [-x, x],
        y: [-y, y],
        bins: GRID,
        clusters: clusters.filter(|cluster| cluster.cluster.is_some() || !cluster.cells.is_empty()).collect(),
    };
    (density, cells(noise))
}

fn silhouettes(kmeans: &Partition, second: &RunnersUp) -> Vec<Silhouettes> {
    const SILHOUETTE_BINS: usize = 20;
    let mut sums = vec![0.0; kmeans.n_clusters()];
    let mut counts = vec![vec![0; SILHOUETTE_BINS]; kmeans.n_clusters()];
    for (label, &margin) in kmeans.labels().iter().zip(&second.margins) {
        let margin = f64::from(margin);
        // margin = (d₂ − d₁)/(d₂ + d₁), so 1 − d₁/d₂ = 2·margin/(1 + margin).
        let silhouette = 2.0 * margin / (1.0 + margin);
        if let Some(cluster) = label {
            sums[cluster.index()] += silhouette;
            counts[cluster.index()][bin(silhouette, 0.0, 1.0, SILHOUETTE_BINS)] += 1;
        }
    }
    let sizes = kmeans.sizes();
    let of = |(c, counts): (usize, Vec<u64>)| Silhouettes {
        cluster: ClusterId::new(c),
        mean: if sizes[c] > 0 { sums[c] / sizes[c] as f64 } else { 0.0 },
        counts,
    };
    counts.into_iter().enumerate().map(of).collect()
}

fn neighbours(kmeans: &Partition, second: &RunnersUp) -> Vec<Vec<f64>> {
    let k = kmeans.n_clusters();
    let mut near = vec![vec![0.0; k]; k];
    for ((label, runner_up), &margin) in kmeans.labels().iter().zip(&second.clusters).zip(&second.margins) {
        if let Some(cluster) = label {
            near[cluster.index()][runner_up.index()] += 1.0 - f64::from(margin);
        }
    }
    for (row, size) in near.iter_mut().zip(kmeans.sizes()) {
        row.iter_mut().for_each(|sum| *sum /= size.max(1) as f64);
    }
    near
}

fn lorenz(column: &str, values: &[f64]) -> Option<Lorenz> {
    let mut known: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    known.par_sort_unstable_by(f64::total_cmp);
    let n = known.len();
    let total: f64 = known.iter().sum();
    let gini = gini(&known, known.iter().rev().sum());
    if n == 0 || total <= 0.0 || !gini.is_finite() {
        return None;
    }
    let mut points = vec![(0.0, 0.0)];
    let (mut so_far, mut taken) = (0.0, 0);
    for point in 1..=LORENZ_POINTS {
        let upto = n * point / LORENZ_POINTS;
        so_far += known[taken..upto].iter().sum::<f64>();
        taken = upto;
        points.push((upto as f64 / n as f64, so_far / total));
    }
    Some(Lorenz { column: column.to_owned(), points, gini })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_money_is_the_diagonal_and_one_rich_customer_is_nearly_one() {
        let equal = lorenz("v", &[2.0; 50]).unwrap();
        assert!(equal.gini.abs() < 1e-12 && equal.points.iter().all(|(p, share)| (p - share).abs() < 1e-12));
        let mut rich = vec![0.0; 99];
        rich.push(7.0);
        assert!((lorenz("v", &rich).unwrap().gini - 0.99).abs() < 1e-12);
        assert_eq!(lorenz("v", &[-1.0, 1.0]), None);
    }

    #[test]
    fn simplified_silhouettes_follow_from_margins() {
        let partition = Partition::from_signed(&[0, 0, 1]);
        // d₁/d₂ = ½ gives margin ⅓ and silhouette ½.
        let second = RunnersUp { clusters: [1, 1, 0].map(ClusterId::new).to_vec(), margins: vec![1.0 / 3.0, 1.0, 0.0] };
        let found = silhouettes(&partition, &second);
        assert!((found[0].mean - 0.75).abs() < 1e-6 && found[1].mean == 0.0);
        assert_eq!(neighbours(&partition, &second)[1][0], 1.0);
    }
}
