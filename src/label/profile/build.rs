use rayon::prelude::*;

use super::attribute::LevelsByGroup;
use super::column::{Groups, InCluster, Ranked};
use super::members::Members;
use super::neighbour::nearest_clusters;
use super::{
    AttributeProfile, ClusterProfile, ClusteringProfile, ColumnFigures, ColumnProfile, Neighbour, Profiles, attribute,
    representative,
};
use crate::label::catalog::settle;
use crate::label::{FoundIn, LabelError, Roles};
use crate::load::{CustomerTable, IN_FLIGHT, Levels, in_rounds};
use crate::matrix::{RowMap, TiledMatrix};
use crate::metrics::{ClusterId, Partition};
use crate::monitor::Monitor;

/// The customers whose clusters are described.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The customers.
    pub table: &'a CustomerTable,
    /// Which of them are in the matrix.
    pub rows: &'a RowMap,
    /// What was clustered.
    pub matrix: &'a TiledMatrix,
    /// The columns of the table that the matrix was made of, categories among them.
    pub features: &'a [String],
    /// Which column shows which role; columns of roles are described too.
    pub roles: &'a Roles,
}

/// Describes the clusters of every clustering of `subject` in original units; every partition labels the rows of its matrix.
///
/// Categories are described as attributes, by the shares of their levels. For cluster C and column x,
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
/// When features, rows or a partition do not fit the matrix.
///
/// Source of A: Vargha and Delaney (2000), "A critique and improvement of the CL common language effect size
/// statistics of McGraw and Wong"; 2A − 1 is Cliff's delta (1993).
pub fn profile(
    subject: Subject<'_>,
    partitions: &[(FoundIn, &Partition)],
    monitor: &Monitor,
) -> Result<Profiles, LabelError> {
    let Subject { table, rows, matrix, features, roles } = subject;
    let n = matrix.n_customers();
    let (numeric, categories) = table.part(features);
    assert!(matrix.n_features() >= features.len(), "every column is in the matrix");
    assert_eq!(rows.n_matrix(), n, "the row map fits the matrix");
    assert!(partitions.iter().all(|(_, partition)| partition.n_rows() == n), "partitions label matrix rows");

    let names = described_columns(&numeric, roles, table.value.as_deref());
    let middles: Vec<Middles> = partitions.iter().map(|(_, partition)| Middles::of(&subject, partition)).collect();
    let Columns { overall, value_has_shares, of_partitions } =
        described(&names, subject, partitions, &middles, monitor)?;
    let clustered = |levels: &Levels| categories.iter().any(|category| category.name() == levels.name());
    let attributes: Vec<AttributeProfile> =
        table.attributes.par_iter().map(|levels| attribute::overall(levels, clustered(levels), rows)).collect();
    let value = table.value.as_deref().and_then(|name| names.iter().position(|&other| other == name));
    let total = value.and_then(|v| overall[v].sum());
    let shared = total.filter(|_| value_has_shares);

    let mut clusterings = Vec::with_capacity(partitions.len());
    for ((&(found_in, partition), middles), columns) in partitions.iter().zip(&middles).zip(of_partitions) {
        monitor.check()?;
        let members = Members::of(partition);
        let levels = table.attributes.par_iter().zip(&attributes);
        let levels =
            levels.map(|(levels, overall)| LevelsByGroup::of_column(levels, overall, rows, &members)).collect();
        let n_clustered = numeric.len();
        let clustering = Clustering { partition, members, levels, columns, n_clustered, middles, value, shared };
        let clusters = (0..clustering.members.n_groups()).map(|c| clustering.cluster(c)).collect();
        clusterings.push(ClusteringProfile { found_in, clusters });
    }
    let columns = names.iter().zip(overall).enumerate().map(|(j, (name, figures))| ColumnProfile {
        name: (*name).to_owned(),
        spoken: table.numeric.spoken(name),
        clustered: j < numeric.len(),
        constant: figures.distribution.as_ref().is_none_or(|d| d.min == d.max),
        figures,
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
    subject: Subject<'_>,
    partitions: &[(FoundIn, &Partition)],
    middles: &[Middles],
    monitor: &Monitor,
) -> Result<Columns, LabelError> {
    let neighbours: Vec<Vec<Option<usize>>> = middles.iter().map(Middles::neighbours).collect();
    let groups = Groups::of(partitions, subject.rows);
    let task = monitor.task("profile", names.len() as u64);
    let columns = in_rounds(names, IN_FLIGHT, |_, name| -> Result<_, LabelError> {
        monitor.check()?;
        let column = subject.table.numeric.read(name)?;
        let ranked = Ranked::new(&subject.table.numeric.ascending(name)?, &column, &groups);
        let both = ranked.by_cluster(&neighbours).into_iter().zip(middles);
        let described =
            both.map(|(clusters, middles)| Described { clusters, representatives: middles.values(&column) });
        let described: Vec<Described> = described.collect();
        task.advance(1);
        let value_has_shares = subject.table.value.as_deref() == Some(*name) && ranked.has_shares();
        Ok((ranked.overall(), value_has_shares, described))
    })?;
    let mut of_partitions: Vec<Vec<Described>> = partitions.iter().map(|_| Vec::with_capacity(names.len())).collect();
    let (mut overall, mut value_has_shares) = (Vec::with_capacity(names.len()), false);
    for (figures, has_shares, described) in columns {
        overall.push(figures);
        value_has_shares |= has_shares;
        of_partitions.iter_mut().zip(described).for_each(|(columns, described)| columns.push(described));
    }
    Ok(Columns { overall, value_has_shares, of_partitions })
}

/// What the columns say.
struct Columns {
    /// Per column: of all customers.
    overall: Vec<ColumnFigures>,
    /// Whether parts of the sum of the value can be told as shares.
    value_has_shares: bool,
    /// Per partition and column: of its clusters.
    of_partitions: Vec<Vec<Described>>,
}

/// What one column says of the clusters of one partition.
struct Described {
    /// Per cluster, then of the noise if there is any.
    clusters: Vec<InCluster>,
    /// Per cluster: what every representative has.
    representatives: Vec<Vec<Option<f64>>>,
}

/// One clustering, and what was found of it.
struct Clustering<'a> {
    partition: &'a Partition,
    members: Members,
    /// Per attribute.
    levels: Vec<LevelsByGroup>,
    columns: Vec<Described>,
    /// The first of them, which were clustered.
    n_clustered: usize,
    middles: &'a Middles,
    /// The number of the money column.
    value: Option<usize>,
    /// Its sum over all customers, where clusters have a share of it.
    shared: Option<f64>,
}

impl Clustering<'_> {
    /// Its cluster `c`, or its noise.
    fn cluster(&self, c: usize) -> ClusterProfile {
        let here = || self.columns.iter().map(|column| &column.clusters[c]);
        let columns: Vec<ColumnFigures> = here().map(|column| column.figures.clone()).collect();
        let size = self.members.rows(c).len();
        let value = self.value.and_then(|v| columns[v].sum());
        let representatives = self.middles.representatives.get(c).cloned().unwrap_or_default();
        let nearest = self.middles.nearest.get(c).copied().flatten();
        ClusterProfile {
            cluster: (c < self.partition.n_clusters()).then(|| ClusterId::new(c)),
            size,
            share: size as f64 / self.partition.n_rows() as f64,
            value,
            value_share: value.zip(self.shared).map(|(value, total)| value / total),
            distinctive: distinctive(&columns[..self.n_clustered]),
            columns,
            attributes: self.levels.iter().map(|levels| levels.of(c).to_vec()).collect(),
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
        self.columns.iter().map(|column| column.representatives[c][i]).collect()
    }
}

/// What the middles of the clusters of a partition say.
struct Middles {
    /// Per cluster: the table rows nearest to its mean.
    representatives: Vec<Vec<usize>>,
    /// Per cluster: the cluster with the nearest mean, and its distance.
    nearest: Vec<Option<(usize, f64)>>,
}

impl Middles {
    fn of(subject: &Subject<'_>, partition: &Partition) -> Self {
        let Subject { matrix, rows, table, .. } = *subject;
        let means = representative::cluster_means(matrix, partition);
        let comes_first = |a, b| table.ids.compare(rows.table_row(a), rows.table_row(b)).is_lt();
        let nearest_rows = representative::nearest_rows(matrix, partition, &means, comes_first);
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
