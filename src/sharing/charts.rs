use super::bins::{merged, spread};
use super::{Bin, Screen, SharedLorenz, SharedMap, Shown};
use crate::metrics::ClusterId;

/// What pictures may show.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SharedCharts {
    /// The first principal axes of the normalized features.
    pub axes: Vec<SharedAxis>,
    /// Where the customers lie on the first two of them.
    pub map: SharedMap,
    /// How every feature is distributed.
    pub histograms: Vec<SharedHistogram>,
    /// How well every k-means cluster holds together; empty at k = 1.
    pub silhouettes: Vec<SharedSilhouettes>,
    /// k × k: how near the customers of a k-means cluster (row) are to becoming another's (column).
    pub neighbours: Vec<Vec<f64>>,
    /// How unequal the money is spread.
    pub lorenz: Option<SharedLorenz>,
}

/// A principal axis.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SharedAxis {
    /// The features with their loadings, in the order of the features.
    pub loadings: Vec<(String, f64)>,
    /// Its share of the variance.
    pub variance_share: f64,
}

/// How a feature is distributed, in bins of equal width in normalized units.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SharedHistogram {
    /// The feature.
    pub feature: String,
    /// Bins before any were put together.
    pub n_bins: usize,
    /// The ends of those in original units: three of them, rounded to more than the width of a bin. Bins are equally wide, so more
    /// would tell where the outermost end, at values of single customers.
    pub edges: Vec<Shown<f64>>,
    /// Everyone in a segment that is shown, as its bins have them; no bin is a handful.
    pub all: Vec<Bin>,
    /// The same for every cluster of the primary clustering.
    pub clusters: Vec<Shown<Vec<Bin>>>,
}

/// Simplified silhouettes 1 − d₁/d₂ of a k-means cluster.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SharedSilhouettes {
    /// The cluster.
    pub cluster: ClusterId,
    /// Their mean.
    pub mean: Shown<f64>,
    /// Equal parts of 0 … 1 before any were put together.
    pub n_bins: usize,
    /// Customers; no bin is a handful.
    pub bins: Shown<Vec<Bin>>,
}

impl SharedCharts {
    pub(super) fn of(screen: &Screen<'_>) -> Self {
        let charts = &screen.run.charts;
        let silhouettes = charts.silhouettes.iter().map(|of_cluster| {
            let shown = screen.kmeans_is_shown(of_cluster.cluster);
            SharedSilhouettes {
                cluster: of_cluster.cluster,
                mean: Shown::when(shown, of_cluster.mean),
                n_bins: of_cluster.counts.len(),
                bins: Shown::when(shown, merged(&of_cluster.counts, screen.rules.min_cell)),
            }
        });
        SharedCharts {
            axes: axes(screen),
            map: SharedMap::of(screen),
            histograms: (0..charts.histograms.len()).map(|at| SharedHistogram::of(screen, at)).collect(),
            silhouettes: silhouettes.collect(),
            neighbours: charts.neighbours.clone(),
            lorenz: SharedLorenz::of(screen),
        }
    }
}

fn axes(screen: &Screen<'_>) -> Vec<SharedAxis> {
    let pca = &screen.run.charts.pca;
    let axis = |(loadings, &variance_share): (&Vec<f64>, &f64)| SharedAxis {
        loadings: pca.features.iter().cloned().zip(loadings.iter().copied()).collect(),
        variance_share,
    };
    pca.loadings.iter().zip(&pca.variance_share).map(axis).collect()
}

impl SharedHistogram {
    fn of(screen: &Screen<'_>, at: usize) -> Self {
        let histogram = &screen.run.charts.histograms[at];
        let n_bins = histogram.counts.len();
        let bins = |counts: &[u64]| merged(counts, screen.rules.min_cell);
        let edges = histogram.edges.iter().enumerate();
        let clusters = histogram.clusters.iter().enumerate();
        let clusters = clusters.map(|(at, counts)| Shown::when(screen.is_shown(at), bins(counts)));
        let clusters: Vec<Shown<Vec<Bin>>> = clusters.collect();
        let told = |at: usize| {
            let width = (histogram.edges[(at + 1).min(n_bins)] - histogram.edges[at.saturating_sub(1)]).abs();
            rounded(histogram.edges[at], width)
        };
        SharedHistogram {
            feature: histogram.feature.clone(),
            n_bins,
            edges: edges
                .map(|(at, _)| Shown::when(0 < at && at < n_bins && 4 * at % n_bins.max(1) < 4, told(at)))
                .collect(),
            all: bins(&spread(clusters.iter().filter_map(Shown::value).flatten(), n_bins)),
            clusters,
        }
    }
}

/// A figure rounded to 1, 2 or 5 times a power of ten that is no smaller than `width`.
fn rounded(figure: f64, width: f64) -> f64 {
    if !(width > 0.0 && width.is_finite()) {
        return figure;
    }
    let power = 10_f64.powi(width.log10().floor() as i32);
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|&step| step >= width);
    step.map_or(figure, |step| (figure / step).round() * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_is_rounded_to_more_than_a_bin() {
        assert_eq!(rounded(1234.5, 130.0), 1200.0);
        assert_eq!(rounded(1234.5, 3.0), 1235.0);
        assert_eq!(rounded(0.0371, 0.0011), 0.038);
        assert_eq!(rounded(7.0, 0.0), 7.0);
    }
}
