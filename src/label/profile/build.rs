use rayon::prelude::*;

use super::column::{Groups, InCluster, Ranked};
use super::members::Members;
use super::neighbour::nearest_clusters;
use super::{
    AttributeProfile, ClusterProfile, ClusteringProfile, ColumnFigures, ColumnProfile, LevelProfile, Neighbour,
    Profiles, attribute, representative,
};
use crate::config::Algorithm;
use crate::label::catalog::settle;
use crate::label::{LabelError, Roles};
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
    partitions: &[(Algorithm, &Partition)],
    monitor: &Monitor,
) -> Result<Profiles, LabelError> {
    let n = matrix.n_customers();
    let (numeric, categories) = table.part(features);
    assert!(matrix.n_features() >= features.len(), "every column is in the matrix");
    assert_eq!(rows.n_matrix(), n, "the row map fits the matrix");
    assert!(partitions.iter().all(|(_, partition)| partition.n_rows() == n), "partitions label matrix rows");

    let mut names: Vec<&str> = numeric.iter().map(String::as_str).collect();
    for name in roles.iter().map(|(_, column)| column).chain(table.value.as_deref()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let middles: Vec<Middles> = partitions.iter().map(|(_, partition)| Middles::of(matrix, partition, rows)).collect();
    let neighbours: Vec<Vec<Option<usize>>> = middles.iter().map(Middles::neighbours).collect();
    let groups = Groups::of(partitions);
    let task = monitor.task("profile", names.len() as u64);
    let outcomes: Vec<ColumnOutcome> = in_rounds(&names, IN_FLIGHT, |_, name| -> Result<_, LabelError> {
        monitor.check()?;
        let column = table.numeric.read(name)?;
        let representatives = middles.iter().map(|middles| middles.values(&column)).collect();
        let ranked = Ranked::new(column, rows, &groups);
        let clusters = ranked.by_cluster(&neighbours);
        task.advance(1);
        Ok(ColumnOutcome { overall: ranked.overall(), clusters, representatives })
    })?;

    let clustered = |levels: &Levels| categories.iter().any(|category| category.name() == levels.name());
    let attributes: Vec<AttributeProfile> =
        table.attributes.par_iter().map(|levels| attribute::overall(levels, clustered(levels), rows)).collect();
    let value = table.value.as_deref().and_then(|name| names.iter().position(|&other| other == name));
    let total = value.and_then(|v| outcomes[v].overall.sum());
    let mut clusterings = Vec::with_capacity(partitions.len());
    for (p, &(algorithm, partition)) in partitions.iter().enumerate() {
        monitor.check()?;
        let members = Members::of(partition);
        let levels: Vec<Vec<Vec<LevelProfile>>> = table
            .attributes
            .par_iter()
            .zip(&attributes)
            .map(|(levels, overall)| attribute::by_cluster(levels, overall, rows, &members))
            .collect();
        let cluster = |c: usize| {
            let here = outcomes.iter().map(|column| &column.clusters[p][c]);
            let columns: Vec<ColumnFigures> = here.clone().map(|column| column.figures.clone()).collect();
            let representatives = middles[p].representatives.get(c).cloned().unwrap_or_default();
            let of_representative = |i: usize| outcomes.iter().map(|o| o.representatives[p][c][i]).collect();
            let size = members.rows(c).len();
            let value = value.and_then(|v| columns[v].sum());
            let share_of = |total: f64| value.filter(|_| total > 0.0).map(|value| value / total);
            ClusterProfile {
                cluster: (c < partition.n_clusters()).then(|| ClusterId::new(c)),
                size,
                share: size as f64 / n as f64,
                value,
                value_share: total.and_then(share_of),
                distinctive: distinctive(&columns[..numeric.len()]),
                columns,
                attributes: levels.iter().map(|clusters| clusters[c].clone()).collect(),
                representative_values: (0..representatives.len()).map(of_representative).collect(),
                representatives,
                neighbour: middles[p].nearest.get(c).copied().flatten().map(|(other, distance)| Neighbour {
                    cluster: ClusterId::new(other),
                    distance,
                    positions: here.map(|column| column.against_neighbour).collect(),
                }),
            }
        };
        let clusters = (0..members.n_groups()).map(cluster).collect();
        clusterings.push(ClusteringProfile { algorithm, clusters });
    }

    let columns = names.iter().zip(outcomes).enumerate().map(|(j, (name, outcome))| ColumnProfile {
        name: (*name).to_owned(),
        spoken: table.numeric.spoken(name),
        clustered: j < numeric.len(),
        constant: outcome.overall.distribution.as_ref().is_none_or(|d| d.min == d.max),
        figures: outcome.overall,
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

/// What one column says.
struct ColumnOutcome {
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
