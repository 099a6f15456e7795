//! A part of a file in memory.

use bytes::{Buf, Bytes};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};

/// Bytes of a file, under their positions in it; the file ends where they end.
#[derive(Debug, Clone)]
pub(in crate::load) struct Part {
    start: u64,
    bytes: Bytes,
}

impl Part {
    /// The bytes that stand at `start`.
    pub(in crate::load) fn new(start: u64, bytes: Bytes) -> Part {
        Part { start, bytes }
    }

    /// The bytes from `start` on.
    pub(in crate::load) fn from(&self, start: u64) -> ParquetResult<Bytes> {
        let at = start.checked_sub(self.start).and_then(|at| usize::try_from(at).ok());
        match at.filter(|&at| at <= self.bytes.len()) {
            Some(at) => Ok(self.bytes.slice(at..)),
            None => Err(ParquetError::EOF(format!("the column does not reach byte {start}"))),
        }
    }
}

impl Length for Part {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl ChunkReader for Part {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let mut bytes = self.from(start)?;
        if bytes.len() < length {
            let there = bytes.len();
            return Err(ParquetError::EOF(format!("Expected to read {length} bytes, read only {there}")));
        }
        bytes.truncate(length);
        Ok(bytes)
    }
}
