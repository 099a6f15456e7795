//! `assignments.parquet`: one row per customer, as a run writes it and as scoring does.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float32Array, Int32Array, Int64Array, UInt32Array, new_null_array};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use serde::{Deserialize, Serialize};

use super::table::{TableColumn, text_column};
use crate::cluster::{RowFacts, TableFacts};
use crate::config::Algorithm;
use crate::load::Ids;
use crate::matrix::RowMap;
use crate::metrics::{ClusterId, Partition};

/// The segment that a cluster of the primary clustering is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SegmentName {
    /// `S01`, `S02`, … in cluster order.
    pub segment_id: String,
    /// Its unique name.
    pub segment: String,
    /// `catalog/id` of the archetype it matches; `None` = unmatched.
    pub archetype: Option<String>,
}

/// Consecutive rows of the table.
pub struct AssignmentRows {
    /// The id column.
    pub ids: ArrayRef,
    /// The tier people gave: text, plain or as a dictionary.
    pub tier: ArrayRef,
    /// Where every clustering has them; one that is not there leaves its columns null.
    pub clusterings: Vec<ClusteringRows>,
    /// What is known beside that of customers of a run.
    pub beside: BesideRows,
}

/// What a run records of consecutive customers beside their clusters.
pub struct BesideRows {
    /// The money column.
    pub value: ArrayRef,
    /// The segment in the run that is continued: text, plain or as a dictionary.
    pub previous_segment_id: ArrayRef,
    /// What is different since: text, plain or as a dictionary.
    pub change: ArrayRef,
}

impl BesideRows {
    /// Of `n` customers of whom nothing is known.
    pub fn unknown(n: usize) -> BesideRows {
        let nothing = |data_type| new_null_array(data_type, n);
        let (value, previous_segment_id) = (nothing(&DataType::Float64), nothing(&DataType::Utf8));
        BesideRows { value, previous_segment_id, change: nothing(&DataType::Utf8) }
    }
}

/// Consecutive rows of the table in one clustering; rows that were dropped are in no cluster.
pub struct ClusteringRows {
    /// The clustering.
    pub algorithm: Algorithm,
    /// Their clusters; `None` is noise too.
    pub clusters: Vec<Option<ClusterId>>,
    /// What the clustering says of them beside that.
    pub facts: TableFacts,
}

impl ClusteringRows {
    /// The rows `range` of the table, of which `rows` says which are in the matrix.
    pub fn of(
        algorithm: Algorithm,
        partition: &Partition,
        facts: &RowFacts,
        rows: &RowMap,
        range: Range<usize>,
    ) -> Self {
        let facts = facts.in_table(rows, range.clone());
        let clusters = rows.scatter_range(partition.labels(), range).into_iter().map(Option::flatten).collect();
        ClusteringRows { algorithm, clusters, facts }
    }
}

impl AssignmentRows {
    fn of(&self, algorithm: Algorithm) -> Option<&ClusteringRows> {
        self.clusterings.iter().find(|rows| rows.algorithm == algorithm)
    }

    /// A column of what `algorithm` says of the rows; null where it says nothing.
    fn column(&self, algorithm: Algorithm, data_type: &DataType, make: fn(&ClusteringRows) -> ArrayRef) -> ArrayRef {
        self.of(algorithm).map_or_else(|| new_null_array(data_type, self.ids.len()), make)
    }
}

/// The column with what a customer brings, in original units.
pub const VALUE_COLUMN: &str = "value";

/// The name of the id column of a table without one: its values are row numbers from 0.
pub const ROW_NUMBER: &str = "row";

/// The id column as it is written: under its own name and in its own type, `row` (int64) for a table without one.
pub fn id_field(ids: &Ids) -> Field {
    match ids {
        Ids::RowNumber(_) => row_number_field(),
        Ids::Column { name, values } => Field::new(name, values.data_type().clone(), true),
    }
}

/// The ids of the rows `range`, in the type of their column.
pub fn id_range(ids: &Ids, range: Range<usize>) -> ArrayRef {
    match ids {
        Ids::RowNumber(_) => row_numbers(range.start, range.len()),
        Ids::Column { values, .. } => values.slice(range.start, range.len()),
    }
}

/// The ids of `rows`, in the type of [`id_field`].
///
/// # Errors
/// When there is no such row.
pub fn ids_of(ids: &Ids, rows: &[u32]) -> Result<ArrayRef, ArrowError> {
    match ids {
        Ids::RowNumber(_) => Ok(Arc::new(rows.iter().map(|&row| i64::from(row)).collect::<Int64Array>())),
        Ids::Column { values, .. } => take(values, &UInt32Array::from(rows.to_vec()), None),
    }
}

/// The field of [`row_numbers`].
pub(super) fn row_number_field() -> Field {
    Field::new(ROW_NUMBER, DataType::Int64, true)
}

/// The row numbers `first`, `first` + 1, …, `n` of them.
pub(super) fn row_numbers(first: usize, n: usize) -> ArrayRef {
    Arc::new((first..first + n).map(|row| row as i64).collect::<Int64Array>())
}

/// The columns of `assignments.parquet`: those of k-means and DBSCAN in every table, whether they ran or not; those of any
/// other of the `algorithms` that found the clusters come behind, and last what a run knows beside. The id column is `id`; `segments` are the clusters of `primary`
/// in order.
pub fn assignment_columns(
    id: &Field,
    segments: Vec<SegmentName>,
    primary: Algorithm,
    algorithms: impl IntoIterator<Item = Algorithm>,
) -> Vec<TableColumn<AssignmentRows>> {
    let segments: Arc<[SegmentName]> = segments.into();
    let segment = |name: &str, of: fn(&SegmentName) -> Option<&str>| {
        let segments = Arc::clone(&segments);
        TableColumn::new(name, DataType::Utf8, move |rows: &AssignmentRows| match rows.of(primary) {
            Some(rows) => names(&rows.clusters, &segments, of),
            None => new_null_array(&DataType::Utf8, rows.ids.len()),
        })
    };
    let mut columns = vec![
        TableColumn::new(id.name(), id.data_type().clone(), |rows: &AssignmentRows| Arc::clone(&rows.ids)),
        segment("segment_id", |segment| Some(&segment.segment_id)),
        segment("segment", |segment| Some(&segment.segment)),
        segment("archetype", |segment| segment.archetype.as_deref()),
    ];
    let always = [Algorithm::KMeans, Algorithm::Dbscan];
    columns.extend(always.into_iter().flat_map(cluster_columns));
    columns.push(TableColumn::new("tier", DataType::Utf8, |rows: &AssignmentRows| Arc::clone(&rows.tier)));
    columns.extend(algorithms.into_iter().filter(|algorithm| !always.contains(algorithm)).flat_map(cluster_columns));
    let beside = |name: &str, data_type: DataType, of: fn(&BesideRows) -> &ArrayRef| {
        TableColumn::new(name, data_type, move |rows: &AssignmentRows| Arc::clone(of(&rows.beside)))
    };
    columns.extend([
        beside(VALUE_COLUMN, DataType::Float64, |rows| &rows.value),
        beside("previous_segment_id", DataType::Utf8, |rows| &rows.previous_segment_id),
        beside("change", DataType::Utf8, |rows| &rows.change),
    ]);
    columns
}

/// The columns of one clustering.
fn cluster_columns(algorithm: Algorithm) -> Vec<TableColumn<AssignmentRows>> {
    let of = |name: &str, data_type: DataType, make: fn(&ClusteringRows) -> ArrayRef| {
        let of_rows = data_type.clone();
        TableColumn::new(name, data_type, move |rows: &AssignmentRows| rows.column(algorithm, &of_rows, make))
    };
    let cluster = of(&format!("{}_cluster", algorithm.name()), DataType::Int32, |rows| cluster_column(&rows.clusters));
    match algorithm {
        Algorithm::KMeans => {
            let margin = |rows: &ClusteringRows| rows.margins();
            vec![
                cluster,
                of("kmeans_margin", DataType::Float32, margin),
                of("runner_up", DataType::Int32, |rows| rows.runners_up()),
            ]
        }
        Algorithm::Dbscan => vec![cluster, of("dbscan_core", DataType::Boolean, |rows| rows.core())],
        other => {
            let name = format!("{}_probability", other.name());
            vec![cluster, of(&name, DataType::Float32, |rows| rows.probability())]
        }
    }
}

impl ClusteringRows {
    fn margins(&self) -> ArrayRef {
        match &self.facts {
            TableFacts::RunnersUp { margins, .. } => Arc::new(margins.iter().copied().collect::<Float32Array>()),
            _ => new_null_array(&DataType::Float32, self.clusters.len()),
        }
    }

    fn runners_up(&self) -> ArrayRef {
        match &self.facts {
            TableFacts::RunnersUp { clusters, .. } => cluster_column(clusters),
            _ => new_null_array(&DataType::Int32, self.clusters.len()),
        }
    }

    fn core(&self) -> ArrayRef {
        match &self.facts {
            TableFacts::Core(core) => Arc::new(core.iter().copied().collect::<BooleanArray>()),
            _ => new_null_array(&DataType::Boolean, self.clusters.len()),
        }
    }

    fn probability(&self) -> ArrayRef {
        match &self.facts {
            TableFacts::Probability(probability) => Arc::new(probability.iter().copied().collect::<Float32Array>()),
            _ => new_null_array(&DataType::Float32, self.clusters.len()),
        }
    }
}

/// A text of the segment of every row, as a dictionary.
fn names<'a>(
    primary: &[Option<ClusterId>],
    segments: &'a [SegmentName],
    of: impl Fn(&'a SegmentName) -> Option<&'a str>,
) -> ArrayRef {
    let texts: Vec<Option<&str>> = segments.iter().map(of).collect();
    let key = |cluster: &Option<ClusterId>| {
        cluster.map(ClusterId::index).filter(|&cluster| texts[cluster].is_some()).map(|cluster| cluster as i32)
    };
    text_column(primary.iter().map(key), texts.iter().map(|text| text.unwrap_or_default()))
}

fn cluster_column(clusters: &[Option<ClusterId>]) -> ArrayRef {
    Arc::new(clusters.iter().map(|cluster| cluster.map(|id| id.index() as i32)).collect::<Int32Array>())
}
