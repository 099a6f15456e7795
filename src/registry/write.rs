//! The files of a run that are its own business: `assignments.parquet`, `disagreements.parquet`, JSON documents.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, StringArray, UInt32Array, new_null_array};
use arrow::datatypes::DataType;
use parquet::errors::ParquetError;
use serde::Serialize;

use super::RegistryError;
use crate::Language;
use crate::cluster::{Clustering, Clusterings};
use crate::compare::{Comparison, Direction, Disagreement, DisagreementCell};
use crate::label::Labelled;
use crate::load::{CustomerTable, Ids};
use crate::matrix::RowMap;
use crate::model::{
    AssignmentRows, BesideRows, ClusteringRows, ROWS_AT_ONCE, SegmentName, TableColumn, TableWriter,
    assignment_columns, id_field, id_range, ids_of, text_column,
};
use crate::output_file::OutputFile;

/// Writes `assignments.parquet`: what every customer got, in input order; rows that were dropped have nulls. `rows` says which
/// customers are in the matrix, `segments` are the names of the primary clusters, in order; `beside` says what else is known of
/// customers, rows of the table.
///
/// # Errors
/// When the file cannot be written.
pub fn write_assignments(
    path: &Path,
    table: &CustomerTable,
    rows: &RowMap,
    segments: Vec<SegmentName>,
    clusterings: &Clusterings,
    beside: impl Fn(Range<usize>) -> BesideRows,
) -> Result<(), ParquetError> {
    let n = table.ids.len();
    let algorithms = clusterings.all.iter().map(|clustering| clustering.algorithm);
    let columns = assignment_columns(&id_field(&table.ids), segments, clusterings.primary, algorithms);
    let mut writer = TableWriter::new(OutputFile::within(path)?, columns)?;
    for start in (0..n).step_by(ROWS_AT_ONCE) {
        let part = start..n.min(start + ROWS_AT_ONCE);
        let of = |found: &Clustering| {
            ClusteringRows::of(found.algorithm, &found.partition, &found.facts, rows, part.clone())
        };
        let clusterings = clusterings.all.iter().map(of).collect();
        let (ids, tier) = (id_range(&table.ids, part.clone()), tier(table, part.clone()));
        writer.write(part.len(), &AssignmentRows { ids, tier, clusterings, beside: beside(part.clone()) })?;
    }
    writer.finish()
}

fn tier(table: &CustomerTable, rows: Range<usize>) -> ArrayRef {
    match &table.tier {
        Some(tier) => {
            let codes = rows.map(|row| tier.code(row).map(|code| code as i32));
            text_column(codes, tier.levels().iter().map(String::as_str))
        }
        None => new_null_array(&DataType::Utf8, rows.len()),
    }
}

/// Writes a JSON file of a run.
///
/// # Errors
/// When the file cannot be written.
pub fn write_json(path: &Path, document: &impl Serialize) -> Result<(), RegistryError> {
    let written = || {
        let mut file = BufWriter::new(File::create(path)?);
        serde_json::to_writer_pretty(&mut file, document)?;
        file.write_all(b"\n")?;
        file.flush()
    };
    written().map_err(RegistryError::io("write", path))
}

/// `segments.json`: the named clusters, with the ids of their representatives beside their row numbers.
pub fn segments_document(labelled: &Labelled, ids: &Ids) -> Labelled {
    let mut document = labelled.clone();
    for cluster in document.clusterings.iter_mut().flat_map(|clustering| &mut clustering.clusters) {
        cluster.representative_ids = cluster.representatives.iter().map(|&row| ids.text(row)).collect();
    }
    document
}

/// Consecutive disagreements.
struct DisagreementRows {
    ids: ArrayRef,
    rows: Vec<Disagreement>,
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
    let cells = comparison.map_or(&[][..], |comparison| &comparison.disagreements);
    let mut writer = TableWriter::new(OutputFile::within(path)?, disagreement_columns(ids, cells, segments, language))?;
    for some in disagreements.chunks(ROWS_AT_ONCE) {
        let rows: Vec<u32> = some.iter().map(|d| d.row as u32).collect();
        let rows = DisagreementRows { ids: ids_of(ids, &rows)?, rows: some.to_vec() };
        writer.write(some.len(), &rows)?;
    }
    writer.finish()
}

/// A column with a text for every cell, or none; a disagreement is in one.
fn cell_column(name: &str, texts: Vec<Option<String>>) -> TableColumn<DisagreementRows> {
    TableColumn::new(name, DataType::Utf8, move |rows: &DisagreementRows| {
        let numbers = rows.rows.iter().map(|d| texts[d.cell].is_some().then_some(d.cell as i32));
        text_column(numbers, texts.iter().map(|text| text.as_deref().unwrap_or_default()))
    })
}

fn disagreement_columns(
    ids: &Ids,
    cells: &[DisagreementCell],
    segments: &[SegmentName],
    language: Language,
) -> Vec<TableColumn<DisagreementRows>> {
    let segment = |cell: &DisagreementCell| cell.cluster.and_then(|cluster| segments.get(cluster.index()));
    let text = |name: &str, of: &dyn Fn(&DisagreementCell) -> Option<String>| {
        cell_column(name, cells.iter().map(of).collect())
    };
    let number = |name: &str, of: fn(&Disagreement) -> Option<f64>| {
        TableColumn::new(name, DataType::Float64, move |rows: &DisagreementRows| {
            Arc::new(rows.rows.iter().map(of).collect::<Float64Array>()) as ArrayRef
        })
    };
    let id = id_field(ids);
    vec![
        TableColumn::new(id.name(), id.data_type().clone(), |rows: &DisagreementRows| Arc::clone(&rows.ids)),
        text("tier", &|cell| Some(cell.tier.clone())),
        text("segment_id", &|cell| Some(segment(cell)?.segment_id.clone())),
        text("segment", &|cell| Some(segment(cell)?.segment.clone())),
        text("expected_tier", &|cell| Some(cell.expected_tier.clone())),
        number("value", |d| d.value),
        text("reason", &|cell| Some(cell.reason.get(language).to_owned())),
        TableColumn::new("direction", DataType::Utf8, |rows: &DisagreementRows| {
            Arc::new(rows.rows.iter().map(|d| d.direction.map(Direction::name)).collect::<StringArray>()) as ArrayRef
        }),
        number("expected_value", |d| d.expected_value),
        TableColumn::new("rank", DataType::UInt32, |rows: &DisagreementRows| {
            Arc::new(rows.rows.iter().map(|d| d.rank).collect::<UInt32Array>()) as ArrayRef
        }),
        text("rule", &|cell| Some(cell.rule.as_ref()?.text.get(language).to_owned())),
    ]
}
