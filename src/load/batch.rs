//! How many rows are decoded at a time: as many as a bounded number of bytes holds.

use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::{Encoding, Type};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};

use super::decoding::BATCH_ROWS;
use super::stored::Rows;

/// Bytes of the rows that are decoded at a time.
pub(super) const BATCH_BYTES: u64 = 32 << 20;
/// Bytes that a value may have on average, for its column to be decoded at all.
pub(super) const MAX_VALUE_BYTES: usize = 262_144;
/// Rows that are decoded at a time where every value may be as long as everything that is stored.
const FEWEST_PREFIXED: u64 = 16;

/// Rows that are decoded at a time of the columns at `roots`: at most [`BATCH_ROWS`], and no more than [`BATCH_BYTES`] hold,
/// as far as the footer tells how long they are.
pub(super) fn rows_at_once(metadata: &ArrowReaderMetadata, roots: &[usize], rows: Rows) -> usize {
    let groups = groups_of(metadata, rows);
    let schema = metadata.parquet_schema();
    let leaves = (0..schema.num_columns()).filter(|&leaf| roots.contains(&schema.get_column_root_idx(leaf)));
    let leaves: Vec<usize> = leaves.collect();
    let fitting = |chunk: &ColumnChunkMetaData| BATCH_BYTES / leaves.len() as u64 / bytes_of_row(chunk);
    let chunks = groups.iter().flat_map(|group| leaves.iter().map(|&leaf| group.column(leaf)));
    let fewest = chunks.map(fitting).min().unwrap_or(u64::MAX);
    fewest.clamp(1, BATCH_ROWS as u64) as usize
}

/// The row groups that some rows are in.
fn groups_of(metadata: &ArrowReaderMetadata, rows: Rows) -> &[RowGroupMetaData] {
    let groups = metadata.metadata().row_groups();
    match rows {
        Rows::All => groups,
        Rows::Group(group) | Rows::One { group, .. } => &groups[group..=group],
    }
}

/// The bytes of a value of the column at `root` on average, in the row group where they are most: at least one is as long.
///
/// Pages hold many values and are decompressed whole, so where this is large nothing should be decoded.
pub(super) fn mean_text_bytes(metadata: &ArrowReaderMetadata, root: usize, rows: Rows) -> usize {
    let schema = metadata.parquet_schema();
    let leaves = (0..schema.num_columns()).filter(|&leaf| schema.get_column_root_idx(leaf) == root);
    let chunks = leaves.flat_map(|leaf| groups_of(metadata, rows).iter().map(move |group| group.column(leaf)));
    let texts = chunks.filter(|chunk| matches!(chunk.column_type(), Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY));
    texts.map(|chunk| usize::try_from(bytes_of_value(chunk)).unwrap_or(usize::MAX)).max().unwrap_or(0)
}

/// The bytes of a text of a column on average, or of every one.
fn bytes_of_value(chunk: &ColumnChunkMetaData) -> u64 {
    match chunk.column_type() {
        Type::FIXED_LEN_BYTE_ARRAY => u64::try_from(chunk.column_descr().type_length()).unwrap_or(0),
        _ => {
            u64::try_from(chunk.uncompressed_size()).unwrap_or(0)
                / u64::try_from(chunk.num_values()).unwrap_or(0).max(1)
        }
    }
}

/// Bytes that decoding one more row of a column takes, at least 1.
fn bytes_of_row(chunk: &ColumnChunkMetaData) -> u64 {
    let stored = u64::try_from(chunk.uncompressed_size()).unwrap_or(u64::MAX);
    match chunk.column_type() {
        // A value may begin as the one before it, which is stored once.
        Type::BYTE_ARRAY if chunk.encodings().any(|encoding| encoding == Encoding::DELTA_BYTE_ARRAY) => {
            stored.clamp(1, BATCH_BYTES / FEWEST_PREFIXED)
        }
        // Of a dictionary rows have views; texts that are written out stay in the pages they are in. Texts of one length are
        // copied.
        Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY => bytes_of_value(chunk).max(1),
        _ => 8,
    }
}
