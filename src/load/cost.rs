//! What a table costs in memory, while it is read and afterwards. Bytes of a row were measured (docs/methods.md).

use arrow::array::Array;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::Type;
use parquet::file::metadata::ColumnChunkMetaData;

use super::batch::BATCH_BYTES;
use super::levels::MAX_LEVELS;
use super::numeric::KEPT_BYTES;
use super::stored::Stored;
use super::{ColumnUses, CustomerTable, Ids, Levels, Source};
use crate::recognize::{ColumnFacts, Values};

/// Bytes of a number while its column is read, judged, sorted and normalized.
const READING_BYTES: u64 = 24;
/// Bytes of a row while rows are put in the order of their contents, from which those that columns are judged by are drawn.
const ORDER_BYTES: u64 = 24;
/// Bytes of a text id beside its own: where it begins while it is kept, its view and its hash while repeats are looked for.
const ID_BYTES: u64 = 36;
/// Bytes of a row of an attribute while it is read; two of them stay.
const CODE_BYTES: u64 = 6;
/// Bytes of a level beside its text, in the table and in the index while it is read.
const LEVEL_BYTES: u64 = 96;
/// Values of columns that describe, which are read twice and looked up, in a second of one thread.
const DESCRIBED: f64 = 1e6;
/// Levels that a column is taken to have when nobody has looked at it.
const UNKNOWN_LEVELS: u64 = 100;
/// Bytes that a level is taken to have when nobody has looked at it.
const UNKNOWN_TEXT: u64 = 16;

/// What of a table decides what a run of it costs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TableShape {
    /// Customers.
    pub n_rows: u64,
    /// Numeric columns that are read.
    pub n_numeric: u64,
    /// Bytes of all ids.
    pub id_bytes: u64,
    /// Attributes, the tier and the outcome.
    pub described: Vec<LevelsShape>,
    /// Levels of the tier; 0 without one.
    pub n_tiers: u64,
    /// Bytes of the texts of one column that are decoded at a time.
    pub text_bytes: u64,
}

/// What of a column that describes decides what it costs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LevelsShape {
    /// Its levels.
    pub n_levels: u64,
    /// Bytes of a level's text, on average.
    pub text_bytes: u64,
}

impl TableShape {
    /// Bytes that stay: ids, codes of attributes and their levels.
    pub fn kept_bytes(&self) -> u64 {
        let levels = |one: &LevelsShape| 2 * self.n_rows + one.n_levels * (LEVEL_BYTES + one.text_bytes);
        self.id_bytes + self.described.iter().map(levels).sum::<u64>()
    }

    /// Bytes of the numeric columns that stay decoded, and of their orders.
    pub fn decoded_bytes(&self) -> u64 {
        (12 * self.n_rows * self.n_numeric).min(KEPT_BYTES as u64)
    }

    /// Seconds of one thread to judge and to read the columns that describe.
    pub fn describing_seconds(&self) -> f64 {
        (self.n_rows * self.described.len() as u64) as f64 / DESCRIBED
    }

    /// Bytes beside [`kept_bytes`](Self::kept_bytes) while the table is read by `threads` threads.
    pub fn reading_bytes(&self, threads: u64) -> u64 {
        let numbers = READING_BYTES * self.n_rows * threads.min(self.n_numeric);
        let codes = CODE_BYTES * self.n_rows * threads.min(self.described.len() as u64);
        let ids = if self.id_bytes > 8 * self.n_rows { self.id_bytes + ID_BYTES * self.n_rows } else { 0 };
        numbers.max(codes + threads * self.text_bytes).max(ids).max(ORDER_BYTES * self.n_rows)
    }
}

impl Source {
    /// The shape of the table that `uses` make of this source, as far as the footers and `facts` of some columns tell.
    pub fn shape(&self, uses: &ColumnUses, facts: &[ColumnFacts]) -> TableShape {
        let n_rows = self.n_rows() as u64;
        let described = |&position: &usize| {
            let name = &self.columns()[position].name;
            LevelsShape::of_facts(facts.iter().find(|facts| facts.name == *name))
        };
        // Ids are counted by themselves.
        let is_text = |&position: &usize| !self.columns()[position].is_partition && uses.id != Some(position);
        let texts = (0..self.columns().len()).filter(is_text);
        TableShape {
            n_rows,
            n_numeric: uses.numeric.len() as u64,
            id_bytes: uses.id.map_or(0, |position| self.stored_bytes(position).max(8 * n_rows)),
            described: uses.attributes.iter().chain(&uses.tier).chain(&uses.outcome).map(described).collect(),
            n_tiers: uses.tier.as_ref().map_or(0, |position| described(position).n_levels),
            text_bytes: texts.map(|position| self.text_bytes_at_once(position)).max().unwrap_or(0),
        }
    }

    /// Bytes of the column `name` before it is compressed, in all files; 0 where there is none.
    pub fn column_bytes(&self, name: &str) -> u64 {
        self.position(name).map_or(0, |position| self.stored_bytes(position))
    }

    /// Bytes of a column before it is compressed, in all files.
    fn stored_bytes(&self, position: usize) -> u64 {
        self.chunks(position).map(|chunk| chunk.uncompressed_size().max(0) as u64).sum()
    }

    /// Bytes of a column of texts that are decoded at a time: no more than one chunk of it has, and not much more than
    /// [`BATCH_BYTES`].
    fn text_bytes_at_once(&self, position: usize) -> u64 {
        let texts = self.chunks(position).filter(|chunk| chunk.column_type() == Type::BYTE_ARRAY);
        texts.map(|chunk| (2 * chunk.uncompressed_size().max(0) as u64).min(2 * BATCH_BYTES)).max().unwrap_or(0)
    }

    fn chunks(&self, position: usize) -> impl Iterator<Item = &ColumnChunkMetaData> {
        self.files.iter().flat_map(move |file| {
            let footer = match &file.stored {
                Stored::Parquet(footer, _) if !self.columns()[position].is_partition => Some(&footer.declared),
                _ => None,
            };
            footer.into_iter().flat_map(move |footer| chunks_below(footer, file.position(position)))
        })
    }
}

/// The chunks of all leaves of the column that is number `root` of a file.
fn chunks_below(footer: &ArrowReaderMetadata, root: usize) -> impl Iterator<Item = &ColumnChunkMetaData> {
    let schema = footer.parquet_schema();
    let leaves = (0..schema.num_columns()).filter(move |&leaf| schema.get_column_root_idx(leaf) == root);
    leaves.flat_map(|leaf| footer.metadata().row_groups().iter().map(move |group| group.column(leaf)))
}

impl CustomerTable {
    /// The shape of the table as it is in memory.
    pub fn shape(&self) -> TableShape {
        let described: Vec<&Levels> = self.attributes.iter().chain(&self.tier).chain(&self.outcome).collect();
        let id_bytes = match &self.ids {
            Ids::RowNumber(_) => 0,
            Ids::Column { values, .. } => values.get_array_memory_size() as u64,
        };
        TableShape {
            n_rows: self.ids.len() as u64,
            n_numeric: self.numeric.names().len() as u64,
            id_bytes,
            described: described.into_iter().map(LevelsShape::of).collect(),
            n_tiers: self.tier.as_ref().map_or(0, |tier| tier.levels().len() as u64),
            text_bytes: 0,
        }
    }
}

impl LevelsShape {
    fn of(levels: &Levels) -> LevelsShape {
        let n_levels = levels.levels().len() as u64;
        let bytes: usize = levels.levels().iter().map(String::len).sum();
        LevelsShape { n_levels, text_bytes: bytes as u64 / n_levels.max(1) }
    }

    /// Of a column as its facts tell; a column with too many levels is left out.
    fn of_facts(facts: Option<&ColumnFacts>) -> LevelsShape {
        let n_levels = match facts.map(|facts| &facts.values) {
            Some(Values::Bools) => 2,
            Some(Values::Texts(_) | Values::Numbers(_) | Values::Dates(_)) => {
                facts.map_or(0, ColumnFacts::n_levels) as u64
            }
            _ => UNKNOWN_LEVELS,
        };
        let text_bytes = match facts.map(|facts| &facts.values) {
            Some(Values::Texts(texts)) => texts.mean_bytes.ceil() as u64,
            _ => UNKNOWN_TEXT,
        };
        LevelsShape { n_levels: if n_levels > MAX_LEVELS as u64 { 0 } else { n_levels }, text_bytes }
    }
}
