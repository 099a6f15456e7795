//! What identifies the content of a source, wherever it lies.

use std::io;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{FieldRef, SchemaRef};
use arrow::row::{RowConverter, SortField};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::decoding::BATCH_ROWS;
use super::source_file::SourceFile;
use super::storage::Opened;
use super::stored::Stored;
use super::{LoadError, Source};

/// Bytes up to which whole files are hashed.
const MAX_HASHED_BYTES: u64 = 1 << 30;

/// What identifies the content of a source.
///
/// It does not depend on where the source lies or when it was written: a copy has the same fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Fingerprint {
    /// BLAKE3 over all below, hexadecimal.
    pub hash: String,
    /// What was hashed of each file.
    pub covers: Covers,
    /// The files, in order.
    pub files: Vec<FileFingerprint>,
}

/// What was hashed of each file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Covers {
    /// Every byte; for sources up to 1 GiB.
    Content,
    /// The Parquet footer: schema, sizes, row counts, positions and statistics of every column chunk. A change of values
    /// that moves none of these is not noticed.
    Footer,
}

/// What identifies the content of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FileFingerprint {
    /// Its path below the source.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its rows.
    pub rows: usize,
    /// BLAKE3 of what is covered, hexadecimal.
    pub hash: String,
}

impl Fingerprint {
    /// Of a table in memory that has the hash `hash` over `bytes` bytes.
    pub(super) fn of_memory(name: &str, rows: usize, bytes: u64, hash: blake3::Hash) -> Fingerprint {
        let file = FileFingerprint { name: name.to_owned(), bytes, rows, hash: hash.to_string() };
        Fingerprint::of_parts(Covers::Content, vec![file])
    }

    /// Hashes the files of `source`: whole up to 1 GiB in total, else their footers.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn of(source: &Source) -> Result<Fingerprint, LoadError> {
        Self::covering(source, if source.bytes() <= MAX_HASHED_BYTES { Covers::Content } else { Covers::Footer })
    }

    fn covering(source: &Source, covers: Covers) -> Result<Fingerprint, LoadError> {
        let hashed: Vec<_> = source.files.par_iter().map(|file| hash_file(file, covers)).collect();
        Ok(Fingerprint::of_parts(covers, hashed.into_iter().collect::<Result<Vec<_>, _>>()?))
    }

    fn of_parts(covers: Covers, files: Vec<FileFingerprint>) -> Fingerprint {
        let mut all = blake3::Hasher::new();
        all.update(&[covers as u8]);
        for file in &files {
            all.update(&(file.name.len() as u64).to_le_bytes());
            all.update(file.name.as_bytes());
            all.update(&file.bytes.to_le_bytes());
            all.update(&(file.rows as u64).to_le_bytes());
            all.update(file.hash.as_bytes());
        }
        Fingerprint { hash: all.finalize().to_string(), covers, files }
    }

    /// Whether `source` still has this fingerprint.
    ///
    /// # Errors
    /// [`LoadError::SourceChanged`], which names the first file that differs; or when a file cannot be read.
    pub fn verify(&self, source: &Source) -> Result<(), LoadError> {
        let now = Fingerprint::of(source)?;
        if now == *self {
            return Ok(());
        }
        let missing = self.files.iter().find(|file| now.files.iter().all(|other| other.name != file.name));
        let added = now.files.iter().find(|file| self.files.iter().all(|other| other.name != file.name));
        let changed =
            self.files.iter().find(|file| now.files.iter().any(|other| other.name == file.name && other != *file));
        let difference = match (missing, added, changed) {
            (Some(file), _, _) => format!("the file {} is gone", file.name),
            (_, Some(file), _) => format!("the file {} is new", file.name),
            (_, _, Some(file)) => format!("the file {} has other content", file.name),
            _ => "its files come in another order".to_owned(),
        };
        Err(LoadError::SourceChanged { source_name: source.name(), difference })
    }
}

fn hash_file(file: &SourceFile, covers: Covers) -> Result<FileFingerprint, LoadError> {
    let opened = match &file.stored {
        Stored::Batches(batches, schema) => return Ok(hash_batches(&file.file.name, batches, schema)),
        Stored::Parquet(_, opened) => opened,
    };
    let read = || {
        let mut hasher = blake3::Hasher::new();
        let start = if covers == Covers::Footer { footer_start(opened)? } else { 0 };
        hasher.update_reader(opened.read_from(start)?)?;
        Ok(hasher.finalize().to_string())
    };
    let hash = read().map_err(|reason| opened.unreadable(reason))?;
    Ok(FileFingerprint { name: file.file.name.clone(), bytes: file.bytes, rows: file.n_rows(), hash })
}

/// Where the footer of a file begins: its last eight bytes are the footer's length, and the magic number.
fn footer_start(opened: &Opened) -> io::Result<u64> {
    let end = opened.len()?.saturating_sub(8);
    let length = opened.read_at(end, 4)?;
    let length = length.first_chunk::<4>().ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(end.saturating_sub(u64::from(u32::from_le_bytes(*length))))
}

/// The content of a table in memory: names, types, and the rows in a form that does not depend on how the batches were cut.
/// Columns of types without an order are covered by name and type only; no stage reads them.
fn hash_batches(name: &str, batches: &[RecordBatch], schema: &SchemaRef) -> FileFingerprint {
    let mut hasher = blake3::Hasher::new();
    let mut add = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    for field in schema.fields() {
        add(field.name().as_bytes());
        add(field.data_type().to_string().as_bytes());
    }
    let sorted = |field: &FieldRef| SortField::new(field.data_type().clone());
    let known: Vec<usize> =
        (0..schema.fields().len()).filter(|&i| RowConverter::supports_fields(&[sorted(&schema.fields()[i])])).collect();
    let fields = known.iter().map(|&i| sorted(&schema.fields()[i])).collect();
    let mut bytes = 0;
    if let Ok(converter) = RowConverter::new(fields) {
        for batch in batches {
            let columns: Vec<ArrayRef> = known.iter().map(|&i| Arc::clone(batch.column(i))).collect();
            for first in (0..batch.num_rows()).step_by(BATCH_ROWS) {
                let n = BATCH_ROWS.min(batch.num_rows() - first);
                let part: Vec<ArrayRef> = columns.iter().map(|column| column.slice(first, n)).collect();
                for row in converter.convert_columns(&part).iter().flatten() {
                    bytes += row.as_ref().len() as u64;
                    add(row.as_ref());
                }
            }
        }
    }
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    FileFingerprint { name: name.to_owned(), bytes, rows, hash: hasher.finalize().to_string() }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;
    use std::sync::Arc;

    use arrow::array::{Float64Array, RecordBatch};
    use parquet::arrow::ArrowWriter;

    use super::*;

    fn written(path: &Path, values: Vec<f64>) -> Source {
        let batch = RecordBatch::try_from_iter([("x", Arc::new(Float64Array::from(values)) as _)]).unwrap();
        let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        Source::open(path).unwrap()
    }

    #[test]
    fn a_footer_tells_other_ranges_and_sizes_but_not_every_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        let of = |values: &[f64]| {
            let source = written(&path, values.to_vec());
            let both = [Covers::Content, Covers::Footer].map(|covers| Fingerprint::covering(&source, covers).unwrap());
            both.map(|fingerprint| fingerprint.hash)
        };
        let base = of(&[1.0, 2.0, 3.0]);
        let inside = of(&[1.0, 2.5, 3.0]);
        assert_ne!(base[0], inside[0]);
        assert_eq!(base[1], inside[1]);
        for other in [of(&[1.0, 2.0, 4.0]), of(&[1.0, 2.0, 2.0, 3.0])] {
            assert_ne!(base[1], other[1]);
        }
        assert_ne!(base[0], base[1]);
    }
}
