//! Whether the lists in a run's files fit each other.
//!
//! `checksums.txt` finds a damaged file. A file that fits its checksum may still hold what no version of this program wrote, and
//! runs before format 1.2 have no checksums: whoever reads a [`Run`](super::Run) relies on what is held here.

use std::path::Path;

use super::charts::GRID;
use super::{Charts, REFERENCE, REFIT, RegistryError, RunRecord};
use crate::compare::{Comparison, Comparisons, Matrix, Spread};
use crate::label::{Labelled, LabelledClustering};
use crate::metrics::ClusterId;
use crate::refit::{LeftBehind, MonthAccount, Refit};

/// What does not fit, and where.
type Misfit = Result<(), String>;

/// What the JSON files of a run hold.
pub(super) struct Files<'a> {
    pub(super) record: &'a RunRecord,
    pub(super) labelled: &'a Labelled,
    pub(super) comparisons: &'a Comparisons,
    pub(super) charts: &'a Charts,
    pub(super) refit: Option<&'a Refit>,
    pub(super) left_behind: Option<&'a LeftBehind>,
}

/// Checks the files of the run in `folder` against themselves and each other.
///
/// # Errors
/// [`RegistryError::Damaged`] with the file and the first place that does not fit.
pub(super) fn check(folder: &Path, files: &Files<'_>) -> Result<(), RegistryError> {
    let sizes = Sizes::of(files);
    let of_file = |name: &str, checked: Misfit| {
        checked.map_err(|message| RegistryError::Damaged { path: folder.join(name), message })
    };
    of_file("run.json", record(files.record))?;
    of_file("segments.json", labelled(files.labelled, files.record))?;
    of_file("comparison.json", comparisons(files.comparisons, &sizes))?;
    of_file("charts.json", charts(files.charts, &sizes))?;
    let n_segments = files.record.segments.len();
    let segments_left = files.left_behind.map_or(n_segments, |left| left.reference.segments.len());
    of_file(REFERENCE, as_many("reference", "segments", segments_left, n_segments))?;
    of_file(REFIT, files.refit.map_or(Ok(()), |found| refit(found, files.record)))
}

/// How many there are of what lists are about.
struct Sizes {
    /// Customers in the table.
    n_customers: u64,
    /// Clusters of k-means.
    n_kmeans: usize,
    /// Clusters of any clustering, at most.
    most_clusters: usize,
    /// Clusters of the primary clustering, noise included.
    n_primary: usize,
}

impl Sizes {
    fn of(files: &Files<'_>) -> Self {
        let n_clusters = |clustering: &LabelledClustering| clustering.clusters.len();
        Sizes {
            n_customers: files.record.input.n_customers as u64,
            n_kmeans: files.record.kmeans.k,
            most_clusters: files.labelled.clusterings.iter().map(n_clusters).max().unwrap_or(0),
            n_primary: files.labelled.primary().map_or(0, n_clusters),
        }
    }

    /// That a number of customers is no more than there are.
    fn customers(&self, what: &str, n: u64) -> Misfit {
        no_more(what, n, self.n_customers)
    }

    fn cluster(&self, what: &str, cluster: Option<ClusterId>) -> Misfit {
        match cluster.map(ClusterId::index) {
            Some(index) if index >= self.most_clusters => Err(format!("{what}: there is no cluster {index}")),
            _ => Ok(()),
        }
    }

    /// A table of customers with so many rows and columns.
    fn table(&self, what: &str, counts: &[Vec<u64>], rows: usize, columns: usize) -> Misfit {
        as_many(what, "rows", counts.len(), rows)?;
        counts.iter().try_for_each(|row| {
            as_many(what, "columns", row.len(), columns)?;
            row.iter().try_for_each(|&count| self.customers(what, count))
        })
    }
}

fn as_many(what: &str, of: &str, found: usize, wanted: usize) -> Misfit {
    if found == wanted { Ok(()) } else { Err(format!("{what}: {found} {of} where {wanted} are needed")) }
}

fn no_more(what: &str, found: u64, most: u64) -> Misfit {
    if found <= most { Ok(()) } else { Err(format!("{what}: {found} of {most} customers")) }
}

fn record(record: &RunRecord) -> Misfit {
    let input = &record.input;
    no_more("input.n_clustered", input.n_clustered as u64, input.n_customers as u64)?;
    no_more("input.n_customers", input.n_customers as u64, u64::from(u32::MAX))?;
    as_many("kmeans.sizes", "sizes", record.kmeans.sizes.len(), record.kmeans.k)?;
    let columns = record.normalization.len() + record.categories.len();
    as_many("normalization and categories", "columns", columns, input.features.len())?;
    if let Some(dbscan) = &record.dbscan {
        as_many("dbscan.sizes", "sizes", dbscan.sizes.len(), dbscan.n_clusters)?;
        no_more("dbscan.n_noise", dbscan.n_noise as u64, input.n_clustered as u64)?;
    }
    for segment in &record.segments {
        no_more(&format!("segments, {}", segment.segment_id), segment.size as u64, input.n_clustered as u64)?;
    }
    let cells = record.reconciliation.iter().flat_map(|found| &found.cells);
    for cell in cells {
        no_more("reconciliation.cells", cell.count, input.n_clustered as u64)?;
    }
    Ok(())
}

fn labelled(labelled: &Labelled, record: &RunRecord) -> Misfit {
    let n_clustered = record.input.n_clustered;
    for clustering in &labelled.clusterings {
        let name = clustering.algorithm.name();
        for (position, cluster) in clustering.clusters.iter().enumerate() {
            let is_last = position + 1 == clustering.clusters.len();
            let fits = match cluster.cluster {
                Some(id) => id.index() == position,
                None => is_last,
            };
            if !fits {
                return Err(format!("clusterings, {name}: cluster {position} is not in its place"));
            }
            no_more(&format!("clusterings, {name}"), cluster.size as u64, n_clustered as u64)?;
            for level in cluster.attributes.iter().flat_map(|attribute| &attribute.levels) {
                no_more(&format!("clusterings, {name}, attributes"), level.n as u64, n_clustered as u64)?;
            }
        }
    }
    let primary: Vec<_> = labelled.clusterings.iter().filter(|clustering| clustering.primary).collect();
    as_many("clusterings", "primary clusterings", primary.len(), 1)?;
    let clusters: Vec<_> = primary.iter().flat_map(|primary| primary.without_noise()).collect();
    as_many("clusterings", "segments", clusters.len(), record.segments.len())?;
    for (cluster, segment) in clusters.iter().zip(&record.segments) {
        if cluster.id.as_deref() != Some(&*segment.segment_id) {
            return Err(format!("clusterings: {} is not the segment of run.json", segment.segment_id));
        }
    }
    if let Some(rules) = &labelled.rules {
        as_many("rules.tree.classes", "segments", rules.tree.classes.len(), rules.segments.len())?;
        if let Some(leaf) = rules.tree.leaves.iter().find(|leaf| leaf.class >= rules.segments.len()) {
            return Err(format!("rules.tree.leaves: there is no segment {}", leaf.class));
        }
    }
    Ok(())
}

fn comparisons(comparisons: &Comparisons, sizes: &Sizes) -> Misfit {
    comparisons.comparisons.iter().chain(&comparisons.tier_pairs).try_for_each(|one| comparison(one, sizes))?;
    for report in &comparisons.tiers {
        for class in &report.classes {
            sizes.customers("tiers.classes", class.customers)?;
        }
        report.matrix.as_ref().map_or(Ok(()), |found| matrix(found, sizes))?;
    }
    for target in comparisons.targets.iter().flat_map(|targets| &targets.segments) {
        sizes.customers("targets.segments", target.customers)?;
        no_more("targets.segments.reachable", target.reachable.unwrap_or(0), target.customers)?;
    }
    for segment in comparisons.outcome.iter().flat_map(|outcome| &outcome.segments) {
        sizes.customers("outcome.segments", segment.customers)?;
        no_more("outcome.segments.positives", segment.positives, segment.customers)?;
    }
    Ok(())
}

fn comparison(comparison: &Comparison, sizes: &Sizes) -> Misfit {
    let table = &comparison.contingency;
    let what = format!("comparisons, {:?} and {}", comparison.tier, comparison.clustering);
    let (n_tiers, n_clusters) = (table.tiers.len(), table.clusters.len());
    sizes.table(&what, &table.counts, n_tiers, n_clusters)?;
    as_many(&what, "names of clusters", table.cluster_names.len(), n_clusters)?;
    as_many(&what, "expected tiers", comparison.expected_tiers.len(), n_clusters)?;
    if let Some(value) = &table.value {
        as_many(&what, "rows of value", value.len(), n_tiers)?;
        value.iter().try_for_each(|row| as_many(&what, "columns of value", row.len(), n_clusters))?;
    }
    let listed = comparison.disagreements.iter().map(|cell| (&cell.tier, cell.cluster, cell.customers));
    let over_represented = comparison.over_represented.iter().map(|cell| (&cell.tier, cell.cluster, cell.customers));
    let matched = comparison.best_assignment.pairs.iter().map(|cell| (&cell.tier, cell.cluster, cell.customers));
    for (tier, cluster, customers) in listed.chain(over_represented).chain(matched) {
        sizes.customers(&what, customers)?;
        if !table.tiers.contains(tier) || !table.clusters.contains(&cluster) {
            return Err(format!("{what}: a cell of {tier:?} is not in its table"));
        }
    }
    Ok(())
}

fn matrix(matrix: &Matrix, sizes: &Sizes) -> Misfit {
    let (width, height) = (matrix.y.levels.len(), matrix.x.levels.len());
    as_many("tiers.matrix.cells", "cells", matrix.cells.len(), width * height)?;
    for cell in &matrix.cells {
        sizes.customers("tiers.matrix.cells", cell.customers)?;
        if cell.x >= height || cell.y >= width {
            return Err(format!("tiers.matrix.cells: there is no place {}, {}", cell.x, cell.y));
        }
    }
    matrix.spreads.iter().try_for_each(|spread| {
        let Spread { clusters, cluster_names, counts, .. } = spread;
        as_many("tiers.matrix.spreads", "names of clusters", cluster_names.len(), clusters.len())?;
        sizes.table("tiers.matrix.spreads", counts, matrix.cells.len(), clusters.len())
    })
}

/// Whether numbers of customers can be added up.
fn few_enough<'n>(what: &str, counts: impl Iterator<Item = &'n u64>) -> Misfit {
    let most = counts.max().copied().unwrap_or(0);
    match most <= u64::from(u32::MAX) {
        true => Ok(()),
        false => Err(format!("{what}: there are no {most} customers")),
    }
}

fn refit(refit: &Refit, record: &RunRecord) -> Misfit {
    let (ids, segments) = (&refit.lineage.ids, &record.segments);
    as_many("ids", "segments", ids.len(), segments.len())?;
    for (history, segment) in ids.iter().zip(segments) {
        if history.segment_id.to_string() != segment.segment_id {
            return Err(format!("ids: {} is not the segment of run.json", history.segment_id));
        }
        if history.names.is_empty() {
            return Err(format!("ids: {} has no name", history.segment_id));
        }
    }
    let asleep = refit.lineage.sleepers.iter().map(|sleeper| &sleeper.history);
    if let Some(known) = ids.iter().chain(asleep).find(|known| known.segment_id >= refit.lineage.next_id) {
        return Err(format!("next_id: {} is given already", known.segment_id));
    }
    if let Some(sleeper) = refit.lineage.sleepers.iter().find(|sleeper| sleeper.history.names.is_empty()) {
        return Err(format!("sleepers: {} has no name", sleeper.history.segment_id));
    }
    few_enough(
        "before",
        [&refit.before.n_customers].into_iter().chain(refit.before.groups.iter().map(|one| &one.size)),
    )?;
    few_enough("movement.migration", refit.movement.migration.iter().map(|line| &line.customers))?;
    for segment in &refit.movement.segments {
        let MonthAccount { before, moved, joined, left, redefined, after, .. } = segment.customers;
        let terms = [before, moved, joined, left, redefined, after].map(i64::unsigned_abs);
        few_enough("movement.segments", terms.iter())?;
    }
    for view in &refit.views {
        few_enough("views", view.counts.iter().flatten().chain(&view.outside))?;
        as_many("views", "rows", view.counts.len(), view.from.len())?;
        as_many("views", "numbers of outside", view.outside.len(), view.to.len())?;
        view.counts.iter().try_for_each(|row| as_many("views", "columns", row.len(), view.to.len()))?;
    }
    refit.lineage.sleepers.iter().flat_map(|sleeper| &sleeper.prototype).try_for_each(|prototype| {
        as_many(
            "sleepers",
            "columns of centroids",
            prototype.centroids.n_features(),
            prototype.normalizer.n_matrix_columns(),
        )?;
        match prototype.cluster < prototype.centroids.k() {
            true => Ok(()),
            false => Err(format!("sleepers: there is no centroid {}", prototype.cluster)),
        }
    })
}

fn charts(charts: &Charts, sizes: &Sizes) -> Misfit {
    let density = &charts.density;
    if !(1..=GRID).contains(&density.bins) {
        return Err(format!("density.bins must be 1 to {GRID}, got {}", density.bins));
    }
    let cells = density.clusters.iter().flat_map(|cluster| &cluster.cells).chain(&charts.noise);
    for &(x, y, count) in cells {
        sizes.customers("density", count)?;
        if x >= density.bins || y >= density.bins {
            return Err(format!("density: there is no square {x}, {y}"));
        }
    }
    as_many("density.clusters", "clusters", density.clusters.len(), sizes.n_primary)?;
    for histogram in &charts.histograms {
        let (what, n_bins) = (format!("histograms, {:?}", histogram.feature), histogram.counts.len());
        as_many(&what, "edges", histogram.edges.len(), n_bins + 1)?;
        histogram.counts.iter().try_for_each(|&count| sizes.customers(&what, count))?;
        let n_segments = density.clusters.iter().filter(|cluster| cluster.cluster.is_some()).count();
        sizes.table(&what, &histogram.clusters, n_segments, n_bins)?;
    }
    for silhouettes in &charts.silhouettes {
        sizes.cluster("silhouettes", Some(silhouettes.cluster))?;
        silhouettes.counts.iter().try_for_each(|&count| sizes.customers("silhouettes", count))?;
    }
    if !charts.neighbours.is_empty() {
        as_many("neighbours", "rows", charts.neighbours.len(), sizes.n_kmeans)?;
        charts.neighbours.iter().try_for_each(|row| as_many("neighbours", "columns", row.len(), sizes.n_kmeans))?;
    }
    charts
        .pca
        .loadings
        .iter()
        .try_for_each(|axis| as_many("pca", "loadings", axis.len(), charts.pca.features.len()))?;
    as_many("pca", "shares", charts.pca.variance_share.len(), charts.pca.variance.len())
}
