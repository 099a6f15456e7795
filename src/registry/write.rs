//! The files of a run that are its own business: `assignments.parquet`, `disagreements.parquet`, JSON documents.

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, StringArray, UInt32Array, new_null_array};
use arrow::datatypes::{DataType, Field};
use parquet::errors::ParquetError;
use serde::Serialize;

use super::RegistryError;
use crate::Language;
use crate::compare::{Cell, Comparison, Direction, Disagreement};
use crate::label::Labelled;
use crate::load::{CustomerTable, Ids};
use crate::matrix::RowMap;
use crate::metrics::{ClusterId, Partition};
use crate::model::{
    AssignmentRows, AssignmentWriter, MixtureRows, SegmentName, TableWriter, id_field, id_range, ids_of, text_column,
};

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
        let mut writer =
            AssignmentWriter::create(path, id_field(&self.table.ids), self.segments.clone(), self.gmm.is_some())?;
        for start in (0..n).step_by(ROWS_AT_ONCE) {
            let chunk = start..n.min(start + ROWS_AT_ONCE);
            let clusters = |partition: &Partition| -> Vec<Option<ClusterId>> {
                self.rows.scatter_range(partition.labels(), chunk.clone()).into_iter().map(Option::flatten).collect()
            };
            let (margins, runners_up) = match self.runners_up {
                Some((margins, second)) => {
                    (self.rows.scatter_range(margins, chunk.clone()), self.rows.scatter_range(second, chunk.clone()))
                }
                None => (vec![None; chunk.len()], vec![None; chunk.len()]),
            };
            let (dbscan, core) = match self.dbscan {
                Some((partition, core)) => (clusters(partition), self.rows.scatter_range(core, chunk.clone())),
                None => (vec![None; chunk.len()], vec![None; chunk.len()]),
            };
            let gmm = self.gmm.map(|(clusters, probability)| {
                let scatter = |clusters| self.rows.scatter_range(clusters, chunk.clone());
                (scatter(clusters), self.rows.scatter_range(probability, chunk.clone()))
            });
            writer.write(&AssignmentRows {
                ids: id_range(&self.table.ids, chunk.clone()),
                primary: &clusters(self.primary),
                kmeans_cluster: &clusters(self.kmeans),
                kmeans_margin: &margins,
                runner_up: &runners_up,
                dbscan_cluster: &dbscan,
                dbscan_core: &core,
                tier: self.tier(chunk),
                gmm: gmm.as_ref().map(|(clusters, probability)| MixtureRows { clusters, probability }),
            })?;
        }
        writer.finish()
    }

    fn tier(&self, rows: Range<usize>) -> ArrayRef {
        match &self.table.tier {
            Some(tier) => {
                let codes = rows.map(|row| tier.code(row).map(|code| code as i32));
                text_column(codes, tier.levels().iter().map(String::as_str))
            }
            None => new_null_array(&DataType::Utf8, rows.len()),
        }
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

/// Writes a text file of a run.
///
/// # Errors
/// When the file cannot be written.
pub fn write_text(path: &Path, text: &str) -> Result<(), RegistryError> {
    fs::write(path, text).map_err(RegistryError::io("write", path))
}

/// `segments.json`: the named clusters, with the ids of their representatives beside their row numbers.
pub fn segments_document(labelled: &Labelled, ids: &Ids) -> Labelled {
    let mut document = labelled.clone();
    for cluster in document.clusterings.iter_mut().flat_map(|clustering| &mut clustering.clusters) {
        cluster.representative_ids = cluster.representatives.iter().map(|&row| ids.text(row)).collect();
    }
    document
}

/// Writes `disagreements.parquet`: one row per customer whose tier is not the one expected of their segment.
///
/// # Errors
/// When the file cannot be written.
pub fn write_disagreements<'a>(
    path: &Path,
    ids: &Ids,
    segments: &'a [SegmentName],
    language: Language,
    comparison: Option<&'a Comparison>,
    disagreements: &[Disagreement],
) -> Result<(), ParquetError> {
    let cells: &'a [Cell] = comparison.map_or(&[][..], |comparison| &comparison.disagreements);
    let segment = |cell: &'a Cell| cell.cluster.and_then(|cluster| segments.get(cluster.index()));
    let text = |name| Field::new(name, DataType::Utf8, true);
    let fields = vec![
        id_field(ids),
        text("tier"),
        text("segment_id"),
        text("segment"),
        text("expected_tier"),
        Field::new("value", DataType::Float64, true),
        text("reason"),
        text("direction"),
        Field::new("expected_value", DataType::Float64, true),
        Field::new("rank", DataType::UInt32, true),
        text("rule"),
    ];
    let mut writer = TableWriter::create(path, fields)?;
    for some in disagreements.chunks(ROWS_AT_ONCE) {
        let rows: Vec<u32> = some.iter().map(|d| d.row as u32).collect();
        let id = ids_of(ids, &rows)?;
        // A text for every cell; a disagreement is in one.
        let texts = |of: &dyn Fn(&'a Cell) -> Option<&'a str>| -> ArrayRef {
            let texts: Vec<Option<&str>> = cells.iter().map(of).collect();
            let numbers = some.iter().map(|d| texts[d.cell].map(|_| d.cell as i32));
            text_column(numbers, texts.iter().map(|text| text.unwrap_or_default()))
        };
        writer.write(some.len(), |c| match c {
            0 => Arc::clone(&id),
            1 => texts(&|cell| Some(&cell.tier)),
            2 => texts(&|cell| segment(cell).map(|segment| &*segment.segment_id)),
            3 => texts(&|cell| segment(cell).map(|segment| &*segment.segment)),
            4 => texts(&|cell| Some(&cell.expected_tier)),
            5 => Arc::new(some.iter().map(|d| d.value).collect::<Float64Array>()),
            6 => texts(&|cell| Some(cell.reason.get(language))),
            7 => Arc::new(some.iter().map(|d| d.direction.map(Direction::name)).collect::<StringArray>()),
            8 => Arc::new(some.iter().map(|d| d.expected_value).collect::<Float64Array>()),
            9 => Arc::new(some.iter().map(|d| d.rank).collect::<UInt32Array>()),
            _ => texts(&|cell| cell.rule.as_ref().map(|rule| rule.text.get(language))),
        })?;
    }
    writer.finish()
}
