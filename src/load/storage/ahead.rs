//! Reading columns of an object in few requests and bounded memory.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Buf, Bytes};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};

use super::bucket::PIECE_BYTES;
use super::{Object, Part};

/// Bytes of the chunks of an object, fetched 8 MiB at a time and never beyond the end of a chunk: the decoder asks for pages,
/// which are many, and of columns that nobody asked for nothing is fetched.
#[derive(Clone)]
pub(in crate::load) struct Ahead {
    object: Object,
    chunks: Arc<[Range<u64>]>,
    /// What was fetched of each chunk last.
    fetched: Arc<Mutex<Vec<Option<Part>>>>,
}

impl Ahead {
    /// A reader of `chunks` of an object.
    pub(in crate::load) fn over(object: &Object, chunks: impl IntoIterator<Item = Range<u64>>) -> Ahead {
        let chunks: Arc<[Range<u64>]> = chunks.into_iter().collect();
        let fetched = Arc::new(Mutex::new(vec![None; chunks.len()]));
        Ahead { object: object.clone(), chunks, fetched }
    }

    /// The bytes from `start` on, in order.
    pub(in crate::load) fn read_from(&self, start: u64) -> AheadRead {
        AheadRead { ahead: self.clone(), at: start, bytes: Bytes::new() }
    }

    /// Bytes from `start` on: at least `least`, unless the object ends before.
    fn bytes(&self, start: u64, least: u64) -> io::Result<Bytes> {
        let Some(chunk) = self.chunks.iter().position(|chunk| chunk.contains(&start)) else {
            return self.object.read(start, least);
        };
        let fetched = |parts: &[Option<Part>]| parts[chunk].as_ref().and_then(|part| part.from(start).ok());
        let known = fetched(&self.fetched.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(bytes) = known.filter(|bytes| !bytes.is_empty() && bytes.len() as u64 >= least) {
            return Ok(bytes);
        }
        let length = PIECE_BYTES.min(self.chunks[chunk].end - start).max(least);
        let bytes = self.object.read(start, length)?;
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner)[chunk] = Some(Part::new(start, bytes.clone()));
        Ok(bytes)
    }
}

impl Length for Ahead {
    fn len(&self) -> u64 {
        self.object.len()
    }
}

impl ChunkReader for Ahead {
    type T = AheadRead;

    fn get_read(&self, start: u64) -> ParquetResult<AheadRead> {
        Ok(self.read_from(start))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let mut bytes = self.bytes(start, length as u64)?;
        if bytes.len() < length {
            let there = bytes.len();
            return Err(ParquetError::EOF(format!("Expected to read {length} bytes, read only {there}")));
        }
        bytes.truncate(length);
        Ok(bytes)
    }
}

/// Bytes of an object in order.
pub(in crate::load) struct AheadRead {
    ahead: Ahead,
    /// Where the next ones are, behind those that are here.
    at: u64,
    bytes: Bytes,
}

impl Read for AheadRead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes.is_empty() {
            self.bytes = self.ahead.bytes(self.at, 1)?;
            self.at += self.bytes.len() as u64;
        }
        let n = buffer.len().min(self.bytes.len());
        self.bytes.copy_to_slice(&mut buffer[..n]);
        Ok(n)
    }
}
