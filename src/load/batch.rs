//! How many rows are decoded at a time: as many as a bounded number of bytes holds.

use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::{Encoding, Type};
use parquet::file::metadata::ColumnChunkMetaData;

use super::decoding::BATCH_ROWS;
use super::stored::Rows;

/// Bytes of the rows that are decoded at a time.
pub(super) const BATCH_BYTES: u64 = 32 << 20;
/// Rows that are decoded at a time where every value may be as long as everything that is stored.
const FEWEST_PREFIXED: u64 = 16;

/// Rows that are decoded at a time of the columns at `roots`: at most [`BATCH_ROWS`], and no more than [`BATCH_BYTES`] hold,
/// as far as the footer tells how long they are.
pub(super) fn rows_at_once(metadata: &ArrowReaderMetadata, roots: &[usize], rows: Rows) -> usize {
    let groups = metadata.metadata().row_groups();
    let groups = match rows {
        Rows::All => groups,
        Rows::Group(group) | Rows::One { group, .. } => &groups[group..=group],
    };
    let schema = metadata.parquet_schema();
    let leaves = (0..schema.num_columns()).filter(|&leaf| roots.contains(&schema.get_column_root_idx(leaf)));
    let leaves: Vec<usize> = leaves.collect();
    let fitting = |chunk: &ColumnChunkMetaData| BATCH_BYTES / leaves.len() as u64 / bytes_of_row(chunk);
    let chunks = groups.iter().flat_map(|group| leaves.iter().map(|&leaf| group.column(leaf)));
    let fewest = chunks.map(fitting).min().unwrap_or(u64::MAX);
    fewest.clamp(1, BATCH_ROWS as u64) as usize
}

/// Bytes that decoding one more row of a column takes, at least 1.
fn bytes_of_row(chunk: &ColumnChunkMetaData) -> u64 {
    let stored = u64::try_from(chunk.uncompressed_size()).unwrap_or(u64::MAX);
    match chunk.column_type() {
        // Every value is copied from the dictionary.
        Type::FIXED_LEN_BYTE_ARRAY => u64::try_from(chunk.column_descr().type_length()).unwrap_or(0).max(1),
        // A value may begin as the one before it, which is stored once.
        Type::BYTE_ARRAY if chunk.encodings().any(|encoding| encoding == Encoding::DELTA_BYTE_ARRAY) => {
            stored.clamp(1, BATCH_BYTES / FEWEST_PREFIXED)
        }
        // Of a dictionary rows have views; texts that are written out stay in the pages they are in.
        Type::BYTE_ARRAY => (stored / u64::try_from(chunk.num_values()).unwrap_or(0).max(1)).max(1),
        _ => 8,
    }
}
