//! The files of a run that are its own business: `assignments.parquet`, `disagreements.parquet`, JSON documents.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;
use serde::Serialize;
use serde_json::Value;

use super::RegistryError;
use crate::Language;
use crate::compare::{Cell, Comparison, Disagreement};
use crate::label::Labelled;
use crate::load::{CustomerTable, Ids};
use crate::matrix::RowMap;
use crate::metrics::{ClusterId, Partition};
use crate::model::{AssignmentRows, AssignmentWriter, MixtureRows, SegmentName, id_column, table_properties};

/// Rows written at once.
const ROWS_AT_ONCE: usize = 65_536;

/// What every customer got. Everything but the table is in matrix order.
pub struct Assigned<'a> {
    /// The customers.
    pub table: &'a CustomerTable,
    /// Which of them are in the matrix.
    pub rows: &'a RowMap,
    /// The names of the clusters of the primary clustering, in order.
    pub segments: Vec<SegmentName>,
    /// The primary clustering.
    pub primary: &'a Partition,
    /// k-means.
    pub kmeans: &'a Partition,
    /// Margin and runner-up of every row; `None` at k = 1.
    pub runners_up: Option<(&'a [f32], &'a [ClusterId])>,
    /// DBSCAN and its core flags.
    pub dbscan: Option<(&'a Partition, &'a [bool])>,
    /// Component and probability of the Gaussian mixture.
    pub gmm: Option<(&'a [ClusterId], &'a [f32])>,
}

impl Assigned<'_> {
    /// Writes `assignments.parquet`, in input order; rows that were dropped have nulls.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ParquetError> {
        let n = self.table.ids.len();
        let (field, ids) = id_column(&self.table.ids);
        let scatter = |partition: &Partition| self.rows.scatter(partition.labels(), None);
        let primary = scatter(self.primary);
        let kmeans = scatter(self.kmeans);
        let (margins, runners_up) = match self.runners_up {
            Some((margins, clusters)) => (self.table_order(margins), self.table_order(clusters)),
            None => (vec![None; n], vec![None; n]),
        };
        let (dbscan, core) = match self.dbscan {
            Some((partition, core)) => (scatter(partition), self.table_order(core)),
            None => (vec![None; n], vec![None; n]),
        };
        let gmm = self.gmm.map(|(clusters, p)| (self.table_order(clusters), self.table_order(p)));
        let mut writer = AssignmentWriter::create(path, field, self.segments.clone(), gmm.is_some())?;
        for start in (0..n).step_by(ROWS_AT_ONCE) {
            let chunk = start..n.min(start + ROWS_AT_ONCE);
            let tier = |row| self.table.tier.as_ref().and_then(|tier| tier.text(row));
            writer.write(&AssignmentRows {
                ids: ids.slice(chunk.start, chunk.len()),
                primary: &primary[chunk.clone()],
                kmeans_cluster: &kmeans[chunk.clone()],
                kmeans_margin: &margins[chunk.clone()],
                runner_up: &runners_up[chunk.clone()],
                dbscan_cluster: &dbscan[chunk.clone()],
                dbscan_core: &core[chunk.clone()],
                tier: chunk.clone().map(tier).collect(),
                gmm: gmm.as_ref().map(|(clusters, p)| MixtureRows {
                    clusters: &clusters[chunk.clone()],
                    probability: &p[chunk.clone()],
                }),
            })?;
        }
        writer.finish()
    }

    fn table_order<T: Copy>(&self, values: &[T]) -> Vec<Option<T>> {
        let present: Vec<Option<T>> = values.iter().copied().map(Some).collect();
        self.rows.scatter(&present, None)
    }
}

/// Writes a JSON file of a run.
///
/// # Errors
/// When the file cannot be written.
pub fn write_json(path: &Path, document: &impl Serialize) -> Result<(), RegistryError> {
    let mut text = serde_json::to_vec_pretty(document).expect("what a run records has text keys");
    text.push(b'\n');
    fs::write(path, text).map_err(RegistryError::io("write", path))
}

/// `segments.json`: the named clusters, with the ids of their representatives beside their row numbers.
pub fn segments_document(labelled: &Labelled, ids: &Ids) -> Value {
    let (_, ids) = id_column(ids);
    let mut document = serde_json::to_value(labelled).expect("labels have text keys");
    let clusterings = document["clusterings"].as_array_mut().into_iter().flatten();
    let clusters = clusterings.flat_map(|clustering| clustering["clusters"].as_array_mut().into_iter().flatten());
    for cluster in clusters {
        let rows = cluster["representatives"].as_array().into_iter().flatten().filter_map(Value::as_u64);
        let named: Vec<Value> = rows.map(|row| Value::from(id_text(&ids, row as usize))).collect();
        cluster["representative_ids"] = Value::from(named);
    }
    document
}

/// An id as text.
fn id_text(ids: &ArrayRef, row: usize) -> Option<String> {
    let formatter = ArrayFormatter::try_new(ids.as_ref(), &FormatOptions::default()).ok()?;
    formatter.value(row).try_to_string().ok()
}

/// Writes `disagreements.parquet`: one row per customer whose tier is not the one expected of their segment.
///
/// # Errors
/// When the file cannot be written.
pub fn write_disagreements(
    path: &Path,
    ids: &Ids,
    segments: &[SegmentName],
    language: Language,
    comparison: Option<&Comparison>,
    disagreements: &[Disagreement],
) -> Result<(), ParquetError> {
    let (field, ids) = id_column(ids);
    let cell = |d: &Disagreement| comparison.map(|comparison| &comparison.disagreements[d.cell]);
    let rows = UInt32Array::from_iter_values(disagreements.iter().map(|d| d.row as u32));
    let texts = |of: &dyn Fn(&Cell) -> Option<String>| -> ArrayRef {
        Arc::new(disagreements.iter().map(|d| cell(d).and_then(of)).collect::<StringArray>())
    };
    let segment = |cell: &Cell| cell.cluster.and_then(|cluster| segments.get(cluster.index()));
    let columns: Vec<ArrayRef> = vec![
        take(&ids, &rows, None)?,
        texts(&|cell| Some(cell.tier.clone())),
        texts(&|cell| segment(cell).map(|segment| segment.segment_id.clone())),
        texts(&|cell| segment(cell).map(|segment| segment.segment.clone())),
        texts(&|cell| Some(cell.expected_tier.clone())),
        Arc::new(disagreements.iter().map(|d| d.value).collect::<Float64Array>()),
        texts(&|cell| Some(cell.reason.get(language).to_owned())),
    ];
    let mut fields = vec![field];
    fields
        .extend(["tier", "segment_id", "segment", "expected_tier"].map(|name| Field::new(name, DataType::Utf8, true)));
    fields.push(Field::new("value", DataType::Float64, true));
    fields.push(Field::new("reason", DataType::Utf8, true));
    let schema = Arc::new(Schema::new(fields));
    let mut writer = ArrowWriter::try_new(File::create(path)?, Arc::clone(&schema), Some(table_properties()))?;
    writer.write(&RecordBatch::try_new(schema, columns)?)?;
    writer.close()?;
    Ok(())
}
