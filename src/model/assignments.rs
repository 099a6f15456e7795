//! `assignments.parquet`: one row per customer, as a run writes it and as scoring does.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float32Array, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};

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
    /// The tier people gave.
    pub tier: Vec<Option<&'a str>>,
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
pub fn id_column(ids: &Ids) -> (Field, ArrayRef) {
    match ids {
        Ids::RowNumber(n) => (row_number_field(), row_numbers(0, *n)),
        Ids::Column { name, values } => (Field::new(name, values.data_type().clone(), true), Arc::clone(values)),
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
    schema: Arc<Schema>,
    segments: Vec<SegmentName>,
    writer: ArrowWriter<File>,
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
        let schema = Arc::new(Schema::new(fields));
        let properties = table_properties();
        let writer = ArrowWriter::try_new(File::create(path)?, Arc::clone(&schema), Some(properties))?;
        Ok(AssignmentWriter { schema, segments, writer })
    }

    /// Appends rows.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, rows: &AssignmentRows<'_>) -> Result<(), ParquetError> {
        let name = |of: fn(&SegmentName) -> Option<&str>| -> ArrayRef {
            let names = rows.primary.iter().map(|cluster| cluster.and_then(|id| of(&self.segments[id.index()])));
            Arc::new(names.collect::<StringArray>())
        };
        let mut columns: Vec<ArrayRef> = vec![
            Arc::clone(&rows.ids),
            name(|segment| Some(&segment.segment_id)),
            name(|segment| Some(&segment.segment)),
            name(|segment| segment.archetype.as_deref()),
            cluster_column(rows.kmeans_cluster),
            Arc::new(rows.kmeans_margin.iter().copied().collect::<Float32Array>()),
            cluster_column(rows.runner_up),
            cluster_column(rows.dbscan_cluster),
            Arc::new(rows.dbscan_core.iter().copied().collect::<BooleanArray>()),
            Arc::new(rows.tier.iter().copied().collect::<StringArray>()),
        ];
        if let Some(MixtureRows { clusters, probability }) = rows.gmm {
            columns.push(cluster_column(clusters));
            columns.push(Arc::new(probability.iter().copied().collect::<Float32Array>()));
        }
        self.writer.write(&RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }

    /// Finishes the file and forces it to disk.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(self) -> Result<(), ParquetError> {
        let file = self.writer.into_inner()?;
        Ok(file.sync_all()?)
    }
}

/// Zstd, as every table segmint writes.
pub fn table_properties() -> WriterProperties {
    WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build()
}

fn cluster_column(clusters: &[Option<ClusterId>]) -> ArrayRef {
    Arc::new(clusters.iter().map(|cluster| cluster.map(|id| id.index() as i32)).collect::<Int32Array>())
}
