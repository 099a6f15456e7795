//! Who the customers are, and which of them occur twice.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, DynComparator, make_comparator};
use arrow::compute::{SortOptions, cast, concat, filter};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use arrow::row::{RowConverter, SortField};
use rayon::prelude::*;

use super::decoding::{BATCH_ROWS, guarded};
use super::text::{text_lengths, value_as_text};
use super::{Ids, LoadError, Source};
use crate::config::Duplicates;

/// Bytes the text of an id may have.
const MAX_ID_BYTES: usize = 65_536;

/// The ids of the rows that stay.
pub(super) struct IdReading {
    pub ids: Ids,
    /// Rows that repeat another row's id and are taken out, ascending.
    pub removed: Vec<u32>,
    /// Different ids that occur more than once.
    pub n_repeated_ids: usize,
}

pub(super) fn read_ids(source: &Source, id: Option<usize>, duplicates: Duplicates) -> Result<IdReading, LoadError> {
    let Some(position) = id else {
        return Ok(IdReading { ids: Ids::RowNumber(source.n_rows()), removed: Vec::new(), n_repeated_ids: 0 });
    };
    let name = &source.columns()[position].name;
    let values = read_values(source, position)?;
    let Repeats { mut pairs, n_ids } = repeats(&values).map_err(|detail| source.damaged(0, position, 0, detail))?;
    if let (Duplicates::Error, Some(&(first, second))) = (duplicates, pairs.iter().min_by_key(|(_, again)| *again)) {
        return Err(LoadError::DuplicateId {
            column: name.clone(),
            id: value_as_text(&values, second as usize),
            first: source.place(first as usize),
            second: source.place(second as usize),
            n: pairs.len(),
            is_rounded: is_rounded(&values, second as usize),
        });
    }
    if duplicates == Duplicates::Last {
        keep_last(&mut pairs);
    }
    let mut removed: Vec<u32> = pairs.into_iter().map(|(_, row)| row).collect();
    removed.sort_unstable();
    let values = if removed.is_empty() { values } else { without(&values, &removed) };
    let values = in_own_type(values, &source.columns()[position].data_type);
    let values = values.map_err(|detail| source.damaged(0, position, 0, detail))?;
    Ok(IdReading { ids: Ids::Column { name: name.clone(), values }, removed, n_repeated_ids: n_ids })
}

/// Whether the id of `row` is a float beyond which whole numbers are no longer all floats.
fn is_rounded(values: &ArrayRef, row: usize) -> bool {
    match values.data_type() {
        DataType::Float64 => {
            values.as_primitive::<Float64Type>().value(row).abs() >= (1_u64 << f64::MANTISSA_DIGITS) as f64
        }
        DataType::Float32 => {
            values.as_primitive::<Float32Type>().value(row).abs() >= (1_u64 << f32::MANTISSA_DIGITS) as f32
        }
        _ => false,
    }
}

/// The id column without a null, in its own type, but texts as views: a text that many rows share takes the memory of one
/// until it is known that they do not.
fn read_values(source: &Source, position: usize) -> Result<ArrayRef, LoadError> {
    let tasks: Vec<(usize, usize)> =
        (0..source.n_files()).flat_map(|f| (0..source.files[f].row_groups.len()).map(move |g| (f, g))).collect();
    let read: Vec<Result<Vec<ArrayRef>, LoadError>> =
        tasks.into_par_iter().map(|(f, g)| read_group(source, position, f, g)).collect();
    let mut arrays = Vec::new();
    for part in read {
        arrays.append(&mut part?);
    }
    refuse_nulls(source, position, &arrays)?;
    let joined = guarded(|| {
        let all: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
        concat(&all)
    });
    joined.map_err(|detail| source.damaged(0, position, 0, detail))
}

/// The ids of one row group, until one is too long.
fn read_group(source: &Source, position: usize, file: usize, group: usize) -> Result<Vec<ArrayRef>, LoadError> {
    let column = &source.columns()[position];
    let (mut arrays, mut longest) = (Vec::new(), 0);
    source.read_row_group(file, group, position, |array| {
        arrays.push(cast(array, &viewed(&column.data_type)).map_err(|error| error.to_string())?);
        longest = longest.max(arrays.last().map_or(0, longest_text));
        Ok(longest <= MAX_ID_BYTES)
    })?;
    if longest > MAX_ID_BYTES {
        let (column, source_name) = (column.name.clone(), source.name());
        return Err(LoadError::TextTooLong { column, source_name, bytes: longest, limit: MAX_ID_BYTES });
    }
    Ok(arrays)
}

/// Texts and bytes as views.
fn viewed(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
        other => other.clone(),
    }
}

fn longest_text(array: &ArrayRef) -> usize {
    text_lengths(array).max().unwrap_or(0)
}

/// Views as the texts they are, in the type of their column; offsets of plain text count to 2 GiB, so longer ones are large.
fn in_own_type(values: ArrayRef, data_type: &DataType) -> Result<ArrayRef, String> {
    let is_large = i32::try_from(text_lengths(&values).sum::<usize>()).is_err();
    let data_type = match data_type {
        DataType::Utf8 if is_large => &DataType::LargeUtf8,
        DataType::Binary if is_large => &DataType::LargeBinary,
        own => own,
    };
    match values.data_type() == data_type {
        true => Ok(values),
        false => guarded(|| cast(&values, data_type)),
    }
}

fn refuse_nulls(source: &Source, position: usize, arrays: &[ArrayRef]) -> Result<(), LoadError> {
    let (mut first, mut n, mut start) = (None, 0, 0);
    for array in arrays {
        let missing: Vec<usize> = match array.data_type() {
            DataType::Float64 => nulls_where(array, |row| array.as_primitive::<Float64Type>().value(row).is_nan()),
            DataType::Float32 => nulls_where(array, |row| array.as_primitive::<Float32Type>().value(row).is_nan()),
            _ if array.null_count() == 0 => Vec::new(),
            _ => nulls_where(array, |_| false),
        };
        n += missing.len();
        first = first.or(missing.first().map(|row| start + row));
        start += array.len();
    }
    match first {
        Some(row) => {
            Err(LoadError::NullId { column: source.columns()[position].name.clone(), place: source.place(row), n })
        }
        None => Ok(()),
    }
}

fn nulls_where(array: &ArrayRef, is_nan: impl Fn(usize) -> bool) -> Vec<usize> {
    (0..array.len()).filter(|&row| array.is_null(row) || is_nan(row)).collect()
}

struct Repeats {
    /// The first row of an id with each row that repeats it; pairs of one id are adjacent, rows ascending.
    pairs: Vec<(u32, u32)>,
    n_ids: usize,
}

/// Rows whose id an earlier row has.
///
/// Sorts a 64-bit hash beside the row number (16 bytes a row) and compares ids themselves only where hashes agree.
fn repeats(values: &ArrayRef) -> Result<Repeats, String> {
    let compare = make_comparator(values, values, SortOptions::default()).map_err(|error| error.to_string())?;
    let ascending = (1..values.len()).all(|row| compare(row - 1, row) == Ordering::Less);
    let mut found = Repeats { pairs: Vec::new(), n_ids: 0 };
    if ascending {
        return Ok(found);
    }
    let mut hashes = hashed_rows(values).map_err(|error| error.to_string())?;
    hashes.par_sort_unstable();
    for group in hashes.chunk_by_mut(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
        group.sort_by(|a, b| compare_rows(&compare, a.1, b.1).then(a.1.cmp(&b.1)));
        for same in group.chunk_by(|a, b| compare_rows(&compare, a.1, b.1).is_eq()).filter(|same| same.len() > 1) {
            found.n_ids += 1;
            found.pairs.extend(same[1..].iter().map(|again| (same[0].1, again.1)));
        }
    }
    Ok(found)
}

fn compare_rows(compare: &DynComparator, a: u32, b: u32) -> Ordering {
    compare(a as usize, b as usize)
}

/// A hash of every id in `values`, read from `column`: the same of the same id, in whichever chunk it stands.
pub(crate) fn hashes_of_ids(source: &Source, column: &str, values: &ArrayRef) -> Result<Vec<u64>, LoadError> {
    let position = source.column_or_error(column)?;
    let hashed = guarded(|| hashed_rows(values)).map_err(|detail| source.damaged(0, position, 0, detail))?;
    Ok(hashed.into_iter().filter(|&(_, row)| values.is_valid(row as usize)).map(|(hash, _)| hash).collect())
}

fn hashed_rows(values: &ArrayRef) -> Result<Vec<(u64, u32)>, arrow::error::ArrowError> {
    if *values.data_type() == DataType::Utf8View {
        let texts = values.as_string_view().iter().zip(0..);
        return Ok(texts.map(|(text, row)| (hash_of(text.unwrap_or_default().as_bytes()), row)).collect());
    }
    if *values.data_type() == DataType::BinaryView {
        let values = values.as_binary_view().iter().zip(0..);
        return Ok(values.map(|(bytes, row)| (hash_of(bytes.unwrap_or_default()), row)).collect());
    }
    let converter = RowConverter::new(vec![SortField::new(values.data_type().clone())])?;
    let mut hashes = Vec::with_capacity(values.len());
    for start in (0..values.len()).step_by(BATCH_ROWS) {
        let part = values.slice(start, BATCH_ROWS.min(values.len() - start));
        for row in &converter.convert_columns(&[part])? {
            hashes.push((hash_of(row.as_ref()), hashes.len() as u32));
        }
    }
    Ok(hashes)
}

fn hash_of(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// Turns (first, repeat) pairs so that the second of each pair is a row to remove when the last row of an id stays.
fn keep_last(pairs: &mut [(u32, u32)]) {
    for same in pairs.chunk_by_mut(|a, b| a.0 == b.0) {
        for i in (1..same.len()).rev() {
            same[i].1 = same[i - 1].1;
        }
        same[0].1 = same[0].0;
    }
}

fn without(values: &ArrayRef, removed: &[u32]) -> ArrayRef {
    let mut stays = vec![true; values.len()];
    removed.iter().for_each(|&row| stays[row as usize] = false);
    filter(values, &BooleanArray::from(stays)).expect("the mask is as long as the column")
}
