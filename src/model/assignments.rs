//! `assignments.parquet`: one row per customer, as a run writes it and as scoring does.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float32Array, Int32Array, Int64Array, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use parquet::errors::ParquetError;
use serde::{Deserialize, Serialize};

use super::table::{TableWriter, text_column};
use crate::load::Ids;
use crate::metrics::ClusterId;

/// The segment that a cluster of the primary clustering is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentName {
    /// `S01`, `S02`, … in cluster order.
    pub segment_id: String,
    /// Its unique name.
    pub segment: String,
    /// `catalog/id` of the archetype it matches; `None` = unmatched.
    pub archetype: Option<String>,
}

/// Consecutive rows of the table. Columns that a run does not have are left `None`, never filled with inventions.
pub struct AssignmentRows<'a> {
    /// The id column.
    pub ids: ArrayRef,
    /// The cluster of the primary clustering, which decides the segment.
    pub primary: &'a [Option<ClusterId>],
    /// The k-means cluster; `None` for rows that were dropped.
    pub kmeans_cluster: &'a [Option<ClusterId>],
    /// (d₂ − d₁) / (d₂ + d₁); `None` at k = 1.
    pub kmeans_margin: &'a [Option<f32>],
    /// The second nearest cluster.
    pub runner_up: &'a [Option<ClusterId>],
    /// The DBSCAN cluster; `None` = noise, or DBSCAN is off.
    pub dbscan_cluster: &'a [Option<ClusterId>],
    /// Whether the row is core; `None` where nobody asked.
    pub dbscan_core: &'a [Option<bool>],
    /// The tier people gave: text, plain or as a dictionary.
    pub tier: ArrayRef,
    /// Component and probability of the Gaussian mixture, when there is one.
    pub gmm: Option<MixtureRows<'a>>,
}

/// Consecutive rows of a Gaussian mixture.
#[derive(Debug, Clone, Copy)]
pub struct MixtureRows<'a> {
    /// The likeliest component.
    pub clusters: &'a [Option<ClusterId>],
    /// Its probability.
    pub probability: &'a [Option<f32>],
}

/// The name of the id column of a table without one: its values are row numbers from 0.
pub const ROW_NUMBER: &str = "row";

/// The id column as it is written: under its own name and in its own type, `row` (int64) for a table without one.
pub fn id_field(ids: &Ids) -> Field {
    match ids {
        Ids::RowNumber(_) => row_number_field(),
        Ids::Column { name, values } => Field::new(name, values.data_type().clone(), true),
    }
}

/// The ids of the rows `range`, in the type of [`id_field`].
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

/// Writes `assignments.parquet` chunk by chunk.
pub struct AssignmentWriter {
    segments: Vec<SegmentName>,
    table: TableWriter,
}

impl AssignmentWriter {
    /// A writer to a new file at `path`. The id column is `id`; `segments` are the primary clusters in order.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn create(path: &Path, id: Field, segments: Vec<SegmentName>, with_gmm: bool) -> Result<Self, ParquetError> {
        let mut fields = vec![
            id,
            Field::new("segment_id", DataType::Utf8, true),
            Field::new("segment", DataType::Utf8, true),
            Field::new("archetype", DataType::Utf8, true),
            Field::new("kmeans_cluster", DataType::Int32, true),
            Field::new("kmeans_margin", DataType::Float32, true),
            Field::new("runner_up", DataType::Int32, true),
            Field::new("dbscan_cluster", DataType::Int32, true),
            Field::new("dbscan_core", DataType::Boolean, true),
            Field::new("tier", DataType::Utf8, true),
        ];
        if with_gmm {
            fields.push(Field::new("gmm_cluster", DataType::Int32, true));
            fields.push(Field::new("gmm_probability", DataType::Float32, true));
        }
        Ok(AssignmentWriter { segments, table: TableWriter::create(path, fields)? })
    }

    /// Appends rows.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, rows: &AssignmentRows<'_>) -> Result<(), ParquetError> {
        let segments = &self.segments;
        self.table.write(rows.ids.len(), |c| match c {
            0 => Arc::clone(&rows.ids),
            1 => names(rows.primary, segments, |segment| Some(&segment.segment_id)),
            2 => names(rows.primary, segments, |segment| Some(&segment.segment)),
            3 => names(rows.primary, segments, |segment| segment.archetype.as_deref()),
            4 => cluster_column(rows.kmeans_cluster),
            5 => Arc::new(rows.kmeans_margin.iter().copied().collect::<Float32Array>()),
            6 => cluster_column(rows.runner_up),
            7 => cluster_column(rows.dbscan_cluster),
            8 => Arc::new(rows.dbscan_core.iter().copied().collect::<BooleanArray>()),
            9 => Arc::clone(&rows.tier),
            10 => cluster_column(rows.gmm.map_or(&[], |gmm| gmm.clusters)),
            _ => Arc::new(rows.gmm.iter().flat_map(|gmm| gmm.probability).copied().collect::<Float32Array>()),
        })
    }

    /// Finishes the file and forces it to disk.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(self) -> Result<(), ParquetError> {
        self.table.finish()
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
