//! One order of the rows of a source, whatever order they are stored in.

use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{ArrayRef, AsArray};
use rayon::prelude::*;

use super::batch::MAX_VALUE_BYTES;
use super::days::{days, is_calendar};
use super::facts::MAX_TEXT_BYTES;
use super::kind::Kind;
use super::order::in_rounds;
use super::text::as_text;
use super::{LoadError, Source};
use crate::monitor::Monitor;

/// What stands for a missing value, whatever it is missing for.
const MISSING: u64 = 0x6D69_7373_696E_6721;

impl Source {
    /// The rows in the order of what the columns at `positions` hold: of a hash of their contents, rows that hold the same as they are
    /// stored. So whatever is drawn in this order is a function of the multiset of the rows, and neighbours have nothing in common
    /// unless they are equal. Columns that are not decoded to be judged do not count; two rows that differ share a hash with
    /// probability 2⁻⁶⁴.
    ///
    /// Cost: every column is decoded once; 24 bytes a row for the time being.
    ///
    /// # Errors
    /// When a column cannot be read, and when `monitor` stops the work.
    pub(super) fn content_order(&self, positions: &[usize], monitor: &Monitor) -> Result<Vec<u32>, LoadError> {
        if positions.is_empty() {
            return Ok((0..self.n_rows() as u32).collect());
        }
        let task = monitor.task("order rows", positions.len() as u64);
        let hashes: Vec<AtomicU64> = (0..self.n_rows()).map(|_| AtomicU64::new(0)).collect();
        in_rounds(positions, rayon::current_num_threads(), |_, &position| -> Result<(), LoadError> {
            monitor.check()?;
            self.add_hashes(position, &hashes)?;
            task.advance(1);
            Ok(())
        })?;
        let mut order: Vec<(u64, u32)> = hashes.into_iter().map(AtomicU64::into_inner).zip(0..).collect();
        order.par_sort_unstable();
        Ok(order.into_iter().map(|(_, row)| row).collect())
    }

    /// Adds what a column holds to the hash of every row; sums do not depend on which column comes first.
    fn add_hashes(&self, position: usize, hashes: &[AtomicU64]) -> Result<(), LoadError> {
        let column = &self.columns()[position];
        let seed =
            blake3::hash(column.name.as_bytes()).as_bytes().first_chunk().map_or(0, |seed| u64::from_le_bytes(*seed));
        let mut rows = hashes.iter();
        let mut add = |value: u64| {
            // Addition wraps.
            rows.next().into_iter().for_each(|hash| _ = hash.fetch_add(mixed(seed ^ value), Ordering::Relaxed));
        };
        let is_read = match column.kind {
            Kind::Number | Kind::Bool => true,
            Kind::Date => is_calendar(&column.data_type),
            Kind::Text => self.mean_text_bytes(position) <= MAX_VALUE_BYTES,
            Kind::Bytes => self.mean_text_bytes(position) <= MAX_TEXT_BYTES,
            Kind::Other => false,
        };
        for (file, group) in self.groups().filter(|_| is_read) {
            match column.kind {
                Kind::Number | Kind::Bool => self.read_numbers(file, group, position, |values| {
                    values.iter().for_each(|&x| add(if x.is_nan() { MISSING } else { (x + 0.0).to_bits() }));
                })?,
                _ => self.read_row_group(file, group, position, |array| {
                    values_of(array, column.kind)?.for_each(&mut add);
                    Ok(true)
                })?,
            }
        }
        Ok(())
    }
}

/// What stands for each value of texts or dates.
fn values_of(array: &ArrayRef, kind: Kind) -> Result<impl Iterator<Item = u64>, String> {
    let (dates, texts) = match kind {
        Kind::Date => (days(array)?, None),
        _ => (Vec::new(), Some(as_text(array)?)),
    };
    let dates = dates.into_iter().map(|day| day.map_or(MISSING, |day| day as u64));
    let of_text = |text: Option<&str>| text.map_or(MISSING, hash_of);
    let texts: Vec<u64> = texts.iter().flat_map(|array| array.as_string_view().iter().map(of_text)).collect();
    Ok(dates.chain(texts))
}

/// A hash of a text, eight bytes at a time.
fn hash_of(text: &str) -> u64 {
    text.as_bytes().chunks(8).fold(text.len() as u64, |hash, part| {
        let mut word = [0; 8];
        word[..part.len()].copy_from_slice(part);
        mixed(hash ^ u64::from_le_bytes(word))
    })
}

/// Every bit of `value` spread over all: the finalizer of SplitMix64 (Steele, Lea and Flood 2014).
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ value >> 31
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{BooleanArray, Date32Array, Float64Array, RecordBatch, StringArray, UInt32Array};
    use arrow::compute::take_record_batch;
    use rand::seq::SliceRandom;

    use super::*;
    use crate::random::stream;

    /// The rows of `batch` in the order of their contents.
    fn ordered(batch: &RecordBatch) -> RecordBatch {
        let source = Source::of_batches("t", vec![batch.clone()]).unwrap();
        let positions: Vec<usize> = (0..source.columns().len()).collect();
        let order = source.content_order(&positions, &Monitor::silent()).unwrap();
        take_record_batch(batch, &UInt32Array::from(order)).unwrap()
    }

    #[test]
    fn rows_have_one_order_whatever_order_they_and_the_columns_come_in() {
        let n = 3000;
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("number", Arc::new((0..n).map(|i| (i % 7 > 0).then_some(f64::from(i % 40))).collect::<Float64Array>())),
            ("copy", Arc::new((0..n).map(|i| (i % 7 > 0).then_some(f64::from(i % 40))).collect::<Float64Array>())),
            (
                "text",
                Arc::new((0..n).map(|i| (i % 5 > 0).then(|| format!("level {}", i % 30))).collect::<StringArray>()),
            ),
            ("date", Arc::new((0..n).map(|i| (i % 9 > 0).then_some(i % 20)).collect::<Date32Array>())),
            ("flag", Arc::new((0..n).map(|i| Some(i % 2 == 0)).collect::<BooleanArray>())),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let before = ordered(&batch);
        assert_ne!(before, batch);
        for seed in 0..3 {
            let mut rows: Vec<u32> = (0..n as u32).collect();
            rows.shuffle(&mut stream(seed, "rows", 0));
            let shuffled = take_record_batch(&batch, &UInt32Array::from(rows)).unwrap();
            assert_eq!(ordered(&shuffled), before);
            let turned = shuffled.project(&[4, 2, 0, 3, 1]).unwrap();
            assert_eq!(ordered(&turned).project(&[2, 4, 1, 3, 0]).unwrap(), before);
        }
    }

    #[test]
    fn neighbours_in_the_order_of_contents_have_nothing_in_common() {
        let numbers: ArrayRef = Arc::new((0..10_000).map(|i| Some(f64::from(i))).collect::<Float64Array>());
        let batch = RecordBatch::try_from_iter([("number", numbers)]).unwrap();
        let ordered = ordered(&batch);
        let values = ordered.column(0).as_primitive::<arrow::datatypes::Float64Type>().values();
        let close = values.windows(2).filter(|pair| (pair[0] - pair[1]).abs() < 500.0).count();
        assert!((close as f64 / 10_000.0 - 0.0975).abs() < 0.02, "{close}");
    }
}
