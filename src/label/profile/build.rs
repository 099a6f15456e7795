use rayon::prelude::*;

use super::column::{Groups, InCluster, Ranked};
use super::members::Members;
use super::neighbour::nearest_clusters;
use super::{
    AttributeProfile, ClusterProfile, ClusteringProfile, ColumnFigures, ColumnProfile, LevelProfile, Neighbour,
    Profiles, attribute, representative,
};
use crate::label::catalog::settle;
use crate::label::{FoundIn, LabelError, Roles};
use crate::load::{CustomerTable, Levels, in_rounds};
use crate::matrix::{RowMap, TiledMatrix};
use crate::metrics::{ClusterId, Partition};
use crate::monitor::Monitor;

/// Columns that are ranked at the same time: each takes 24 bytes per customer at most.
const IN_FLIGHT: usize = 2;

/// Describes the clusters of every clustering in original units.
///
/// `features` names the columns of the table that `matrix` was made of, categories among them; every partition labels its
/// rows. Categories are described as attributes, by the shares of their levels. For cluster C and column x,
/// from observed values only: n, mean, standard deviation (n in the denominator), minimum, quartiles (linear
/// interpolation), maximum, and the position
///
/// A = P(x of a member > x of a non-member) + ½ P(equal) = (mean mid-rank percentile of members − s/2) / (1 − s)
///
/// with s the cluster's share of the observed rows; 0.5 when s = 1, null when no member is observed. A is 0 when every
/// member is below every non-member, 1 when above, and does not depend on the cluster's size. It is computed from exact
/// integer rank sums, so it depends neither on row order nor on threads.
///
/// Every cluster is held against its [`Neighbour`] the same way, member against member.
///
/// Cost: O(n log n) per column for all partitions together, O(n·d) for representatives, O(k²·d) for neighbours.
///
/// # Errors
/// A column that cannot be read again; [`crate::monitor::Stopped`].
///
/// # Panics
/// When `features`, `rows` or a partition do not fit the matrix.
///
/// Source of A: Vargha and Delaney (2000), "A critique and improvement of the CL common language effect size
/// statistics of McGraw and Wong"; 2A − 1 is Cliff's delta (1993).
pub fn profile(
    table: &CustomerTable,
    rows: &RowMap,
    matrix: &TiledMatrix,
    features: &[String],
    roles: &Roles,
    partitions: &[(FoundIn, &Partition)],
    monitor: &Monitor,
) -> Result<Profiles, LabelError> {
    let n = matrix.n_customers();
    let (numeric, categories) = table.part(features);
    assert!(matrix.n_features() >= features.len(), "every column is in the matrix");
    assert_eq!(rows.n_matrix(), n, "the row map fits the matrix");
    assert!(partitions.iter().all(|(_, partition)| partition.n_rows() == n), "partitions label matrix rows");

    let names = described_columns(&numeric, roles, table.value.as_deref());
    let middles: Vec<Middles> = partitions.iter().map(|(_, partition)| Middles::of(matrix, partition, rows)).collect();
    let columns = described(&names, table, rows, partitions, &middles, monitor)?;
    let clustered = |levels: &Levels| categories.iter().any(|category| category.name() == levels.name());
    let attributes: Vec<AttributeProfile> =
        table.attributes.par_iter().map(|levels| attribute::overall(levels, clustered(levels), rows)).collect();
    let value = table.value.as_deref().and_then(|name| names.iter().position(|&other| other == name));
    let total = value.and_then(|v| columns[v].overall.sum());

    let mut clusterings = Vec::with_capacity(partitions.len());
    for (p, &(found_in, partition)) in partitions.iter().enumerate() {
        monitor.check()?;
        let members = Members::of(partition);
        let levels = table.attributes.par_iter().zip(&attributes);
        let levels = levels.map(|(levels, overall)| attribute::by_cluster(levels, overall, rows, &members)).collect();
        let (columns, middles) = (columns.as_slice(), &middles[p]);
        let n_clustered = numeric.len();
        let clustering = Clustering { p, partition, members, levels, columns, n_clustered, middles, value, total };
        let clusters = (0..clustering.members.n_groups()).map(|c| clustering.cluster(c)).collect();
        clusterings.push(ClusteringProfile { found_in, clusters });
    }
    let columns = names.iter().zip(columns).enumerate().map(|(j, (name, column))| ColumnProfile {
        name: (*name).to_owned(),
        spoken: table.numeric.spoken(name),
        clustered: j < numeric.len(),
        constant: column.overall.distribution.as_ref().is_none_or(|d| d.min == d.max),
        figures: column.overall,
    });
    Ok(Profiles {
        n_customers: n,
        columns: columns.collect(),
        value_column: table.value.clone(),
        value: total,
        attributes,
        clusterings,
    })
}

/// The numeric columns that are described: those that were clustered, then those of roles, then the value.
fn described_columns<'a>(clustered: &'a [String], roles: &'a Roles, value: Option<&'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = clustered.iter().map(String::as_str).collect();
    for name in roles.iter().map(|(_, column)| column).chain(value) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Reads and ranks every column once, for all partitions.
fn described(
    names: &[&str],
    table: &CustomerTable,
    rows: &RowMap,
    partitions: &[(FoundIn, &Partition)],
    middles: &[Middles],
    monitor: &Monitor,
) -> Result<Vec<Described>, LabelError> {
    let neighbours: Vec<Vec<Option<usize>>> = middles.iter().map(Middles::neighbours).collect();
    let groups = Groups::of(partitions, rows);
    let task = monitor.task("profile", names.len() as u64);
    in_rounds(names, IN_FLIGHT, |_, name| -> Result<_, LabelError> {
        monitor.check()?;
        let column = table.numeric.read(name)?;
        let representatives = middles.iter().map(|middles| middles.values(&column)).collect();
        let ranked = Ranked::new(&column, &groups);
        let clusters = ranked.by_cluster(&neighbours);
        task.advance(1);
        Ok(Described { overall: ranked.overall(), clusters, representatives })
    })
}

/// One clustering, and what was found of it.
struct Clustering<'a> {
    /// Its number among the partitions.
    p: usize,
    partition: &'a Partition,
    members: Members,
    /// Per attribute and cluster.
    levels: Vec<Vec<Vec<LevelProfile>>>,
    columns: &'a [Described],
    /// The first of them, which were clustered.
    n_clustered: usize,
    middles: &'a Middles,
    /// The number of the money column.
    value: Option<usize>,
    /// Its sum over all customers.
    total: Option<f64>,
}

impl Clustering<'_> {
    /// Its cluster `c`, or its noise.
    fn cluster(&self, c: usize) -> ClusterProfile {
        let here = || self.columns.iter().map(|column| &column.clusters[self.p][c]);
        let columns: Vec<ColumnFigures> = here().map(|column| column.figures.clone()).collect();
        let size = self.members.rows(c).len();
        let value = self.value.and_then(|v| columns[v].sum());
        let total = self.total.filter(|&total| total > 0.0);
        let representatives = self.middles.representatives.get(c).cloned().unwrap_or_default();
        let nearest = self.middles.nearest.get(c).copied().flatten();
        ClusterProfile {
            cluster: (c < self.partition.n_clusters()).then(|| ClusterId::new(c)),
            size,
            share: size as f64 / self.partition.n_rows() as f64,
            value,
            value_share: value.zip(total).map(|(value, total)| value / total),
            distinctive: distinctive(&columns[..self.n_clustered]),
            columns,
            attributes: self.levels.iter().map(|clusters| clusters[c].clone()).collect(),
            representative_values: (0..representatives.len()).map(|i| self.of_representative(c, i)).collect(),
            representatives,
            neighbour: nearest.map(|(other, distance)| Neighbour {
                cluster: ClusterId::new(other),
                distance,
                positions: here().map(|column| column.against_neighbour).collect(),
            }),
        }
    }

    /// What representative `i` of cluster `c` has in every column.
    fn of_representative(&self, c: usize, i: usize) -> Vec<Option<f64>> {
        self.columns.iter().map(|column| column.representatives[self.p][c][i]).collect()
    }
}

/// What one column says.
struct Described {
    overall: ColumnFigures,
    /// Per partition and cluster.
    clusters: Vec<Vec<InCluster>>,
    /// Per partition, cluster and representative.
    representatives: Vec<Vec<Vec<Option<f64>>>>,
}

/// What the middles of the clusters of a partition say.
struct Middles {
    /// Per cluster: the table rows nearest to its mean.
    representatives: Vec<Vec<usize>>,
    /// Per cluster: the cluster with the nearest mean, and its distance.
    nearest: Vec<Option<(usize, f64)>>,
}

impl Middles {
    fn of(matrix: &TiledMatrix, partition: &Partition, rows: &RowMap) -> Self {
        let means = representative::cluster_means(matrix, partition);
        let nearest_rows = representative::nearest_rows(matrix, partition, &means);
        let in_table = |nearest: Vec<usize>| nearest.into_iter().map(|row| rows.table_row(row)).collect();
        Middles {
            representatives: nearest_rows.into_iter().map(in_table).collect(),
            nearest: nearest_clusters(&means, partition.n_clusters()),
        }
    }

    fn neighbours(&self) -> Vec<Option<usize>> {
        self.nearest.iter().map(|nearest| nearest.map(|(cluster, _)| cluster)).collect()
    }

    /// What the representatives have in a column given in table order.
    fn values(&self, column: &[f64]) -> Vec<Vec<Option<f64>>> {
        let known = |&row: &usize| Some(column[row]).filter(|value| !value.is_nan());
        self.representatives.iter().map(|rows| rows.iter().map(known).collect()).collect()
    }
}

/// Columns by |2A − 1|, descending; those without a position are left out.
fn distinctive(columns: &[ColumnFigures]) -> Vec<usize> {
    let strength = |j: &usize| columns[*j].position.map_or(0.0, |a| settle((2.0 * a - 1.0).abs()));
    let mut order: Vec<usize> = (0..columns.len()).filter(|&j| columns[j].position.is_some()).collect();
    order.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    order
}
