//! The customers seen so far, numbered in the order of their first line.

use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, LargeBinaryArray, LargeStringArray, UInt64Array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, UInt64Type};
use arrow::error::ArrowError;

use crate::recognize::is_missing;

/// Floats hold every whole number up to here.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// Bytes of an id that is a text beside the text: two counts of who refers to it, and what the allocator rounds up.
const TEXT_BYTES: usize = 24;

/// Ids of customers and their numbers.
pub(super) struct Customers {
    data_type: DataType,
    numbers: Numbers,
    /// Rows with a word in place of an id, by the word.
    words: BTreeMap<String, u64>,
    /// Bytes of all ids that are texts.
    text_bytes: usize,
}

enum Numbers {
    Whole { of: HashMap<i64, u32>, ids: Vec<i64> },
    Bytes { of: HashMap<Arc<[u8]>, u32>, ids: Vec<Arc<[u8]>> },
}

/// What is wrong in a customer column.
pub(super) enum IdProblem {
    /// The row whose number is not whole, and the number.
    Row(usize, f64),
    /// The column cannot be decoded.
    Column(String),
}

impl From<ArrowError> for IdProblem {
    fn from(error: ArrowError) -> Self {
        IdProblem::Column(error.to_string())
    }
}

impl Customers {
    /// Nobody yet; ids will come in the type `data_type`.
    pub fn new(data_type: DataType) -> Self {
        let numbers = if data_type.is_numeric() {
            Numbers::Whole { of: HashMap::new(), ids: Vec::new() }
        } else {
            Numbers::Bytes { of: HashMap::new(), ids: Vec::new() }
        };
        Customers { data_type, numbers, words: BTreeMap::new(), text_bytes: 0 }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.numbers {
            Numbers::Whole { ids, .. } => ids.len(),
            Numbers::Bytes { ids, .. } => ids.len(),
        }
    }

    /// Bytes of the ids and of what finds their numbers.
    pub fn bytes(&self) -> usize {
        match &self.numbers {
            Numbers::Whole { of, ids } => {
                size_of::<(i64, u32, u64)>() * of.capacity() + size_of::<i64>() * ids.capacity()
            }
            Numbers::Bytes { of, ids } => {
                let ids_bytes = (size_of::<Arc<[u8]>>() + TEXT_BYTES) * ids.len() + self.text_bytes;
                size_of::<(Arc<[u8]>, u64)>() * of.capacity() + ids_bytes
            }
        }
    }

    /// The words that stood in place of an id, such as `nan`, and their rows.
    pub fn words(&self) -> &BTreeMap<String, u64> {
        &self.words
    }

    /// The id of a customer as text; bytes are hexadecimal.
    pub fn text(&self, number: u32) -> String {
        match &self.numbers {
            Numbers::Whole { ids, .. } if self.data_type == DataType::UInt64 => {
                unsigned(ids[number as usize]).to_string()
            }
            Numbers::Whole { ids, .. } => ids[number as usize].to_string(),
            Numbers::Bytes { ids, .. } => match std::str::from_utf8(&ids[number as usize]) {
                Ok(text) if self.data_type.is_string() => text.to_owned(),
                _ => ids[number as usize].iter().map(|byte| format!("{byte:02x}")).collect(),
            },
        }
    }

    /// Adds the id of a customer to what is hashed.
    pub fn hash_id(&self, number: u32, hasher: &mut impl Hasher) {
        match &self.numbers {
            Numbers::Whole { ids, .. } => ids[number as usize].hash(hasher),
            Numbers::Bytes { ids, .. } => ids[number as usize].hash(hasher),
        }
    }

    /// The number of the customer of every row, new ones included; null, NaN, blank text and words for a missing value are
    /// no customer.
    pub fn number(&mut self, array: &ArrayRef) -> Result<Vec<Option<u32>>, IdProblem> {
        match &mut self.numbers {
            Numbers::Whole { of, ids } => {
                let mut last = None;
                let mut number = |id: Option<i64>| {
                    let id = id?;
                    if let Some((_, number)) = last.filter(|&(before, _)| before == id) {
                        return Some(number);
                    }
                    let next = ids.len() as u32;
                    let number = *of.entry(id).or_insert(next);
                    if number == next {
                        ids.push(id);
                    }
                    last = Some((id, number));
                    Some(number)
                };
                Ok(whole(array)?.into_iter().map(&mut number).collect())
            }
            Numbers::Bytes { of, ids } => {
                let texts = bytes(array)?;
                let texts = texts.as_binary::<i64>();
                let are_words = self.data_type.is_string();
                let mut number = |id: Option<&[u8]>| {
                    let id = id.filter(|id| !id.is_empty())?;
                    if let Some(&number) = of.get(id) {
                        return Some(number);
                    }
                    if let Some(word) = std::str::from_utf8(id).ok().filter(|id| are_words && is_missing(id)) {
                        *self.words.entry(word.to_owned()).or_default() += 1;
                        return None;
                    }
                    self.text_bytes += id.len();
                    let (id, number): (Arc<[u8]>, u32) = (id.into(), ids.len() as u32);
                    of.insert(Arc::clone(&id), number);
                    ids.push(id);
                    Some(number)
                };
                Ok(texts.iter().map(&mut number).collect())
            }
        }
    }

    /// The numbers of the customers in ascending order of their ids.
    pub fn ascending(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        match &self.numbers {
            Numbers::Whole { ids, .. } => order.sort_unstable_by_key(|&number| ids[number as usize]),
            Numbers::Bytes { ids, .. } => order.sort_unstable_by(|&a, &b| ids[a as usize].cmp(&ids[b as usize])),
        }
        order
    }

    /// The ids of the numbered customers, in the type they came in.
    pub fn ids(&self, numbers: &[u32]) -> Result<ArrayRef, ArrowError> {
        let plain: ArrayRef = match &self.numbers {
            Numbers::Whole { ids, .. } => {
                let chosen = numbers.iter().map(|&number| ids[number as usize]);
                match &self.data_type {
                    DataType::UInt64 => Arc::new(chosen.map(unsigned).collect::<UInt64Array>()),
                    t if t.is_floating() => Arc::new(chosen.map(|id| id as f64).collect::<Float64Array>()),
                    _ => Arc::new(chosen.collect::<Int64Array>()),
                }
            }
            Numbers::Bytes { ids, .. } => {
                let chosen = numbers.iter().map(|&number| Some(ids[number as usize].as_ref()));
                let bytes: ArrayRef = Arc::new(chosen.collect::<LargeBinaryArray>());
                if self.data_type.is_string() { cast(&bytes, &DataType::LargeUtf8)? } else { bytes }
            }
        };
        cast(&plain, &self.data_type)
    }
}

/// Whole numbers of any type. Unsigned ones are moved down by 2^63, which keeps their order.
fn whole(array: &ArrayRef) -> Result<Vec<Option<i64>>, IdProblem> {
    match array.data_type() {
        DataType::UInt64 => Ok(array.as_primitive::<UInt64Type>().iter().map(|id| id.map(signed)).collect()),
        t if t.is_floating() => {
            let floats = cast(array, &DataType::Float64)?;
            let id = |(row, id): (usize, Option<f64>)| match id.filter(|id| !id.is_nan()) {
                None => Ok(None),
                Some(id) if id.fract() == 0.0 && id.abs() <= WHOLE => Ok(Some(id as i64)),
                Some(id) => Err(IdProblem::Row(row, id)),
            };
            floats.as_primitive::<Float64Type>().iter().enumerate().map(id).collect()
        }
        _ => {
            let strict = arrow::compute::CastOptions { safe: false, ..Default::default() };
            let ids = arrow::compute::cast_with_options(array, &DataType::Int64, &strict)?;
            Ok(ids.as_primitive::<Int64Type>().iter().collect())
        }
    }
}

fn signed(id: u64) -> i64 {
    (id ^ (1 << 63)) as i64
}

fn unsigned(id: i64) -> u64 {
    (id as u64) ^ (1 << 63)
}

/// Text and bytes of any type as bytes.
pub(super) fn bytes(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    if array.data_type().is_string() {
        let text: LargeStringArray = cast(array, &DataType::LargeUtf8)?.as_string::<i64>().clone();
        return Ok(Arc::new(LargeBinaryArray::from(text)));
    }
    cast(array, &DataType::LargeBinary)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Decimal128Array, FixedSizeBinaryArray, Int32Array, StringArray};

    use super::*;

    fn round_trip(ids: ArrayRef) -> (Vec<Option<u32>>, ArrayRef) {
        let mut customers = Customers::new(ids.data_type().clone());
        let numbers = customers.number(&ids).ok().unwrap();
        (numbers, customers.ids(&customers.ascending()).unwrap())
    }

    #[test]
    fn ids_come_back_sorted_in_their_own_type() {
        let decimal = |ids: Vec<i128>| Decimal128Array::from(ids).with_precision_and_scale(38, 0).unwrap();
        let fixed = |ids: [&[u8]; 2]| FixedSizeBinaryArray::try_from_iter(ids.into_iter()).unwrap();
        let pairs: [(ArrayRef, ArrayRef); 7] = [
            (Arc::new(Int32Array::from(vec![7, -2])), Arc::new(Int32Array::from(vec![-2, 7]))),
            (Arc::new(UInt64Array::from(vec![u64::MAX, 0])), Arc::new(UInt64Array::from(vec![0, u64::MAX]))),
            (Arc::new(Float64Array::from(vec![17850.0, 3.0])), Arc::new(Float64Array::from(vec![3.0, 17850.0]))),
            (Arc::new(decimal(vec![70, 9])), Arc::new(decimal(vec![9, 70]))),
            (Arc::new(StringArray::from(vec!["b", "a"])), Arc::new(StringArray::from(vec!["a", "b"]))),
            (
                Arc::new(arrow::array::StringViewArray::from(vec!["客户2", "客户1"])),
                Arc::new(arrow::array::StringViewArray::from(vec!["客户1", "客户2"])),
            ),
            (Arc::new(fixed([&[2, 0], &[1, 255]])), Arc::new(fixed([&[1, 255], &[2, 0]]))),
        ];
        for (ids, sorted) in pairs {
            let (numbers, found) = round_trip(ids);
            assert_eq!(numbers, [Some(0), Some(1)]);
            assert_eq!(&found, &sorted);
        }
    }

    #[test]
    fn missing_ids_are_nobody() {
        let (numbers, _) = round_trip(Arc::new(StringArray::from(vec![Some("a"), None, Some(""), Some("a")])));
        assert_eq!(numbers, [Some(0), None, None, Some(0)]);
        let mut customers = Customers::new(DataType::Utf8);
        let ids: ArrayRef = Arc::new(StringArray::from(vec!["nan", "a", " ", "nan", "NULL"]));
        assert_eq!(customers.number(&ids).ok().unwrap(), [None, Some(0), None, None, None]);
        let words: Vec<_> = customers.words().iter().map(|(word, &rows)| (word.as_str(), rows)).collect();
        assert_eq!(words, [(" ", 1), ("NULL", 1), ("nan", 2)]);
        let (numbers, _) = round_trip(Arc::new(Float64Array::from(vec![5.0, f64::NAN, 5.0])));
        assert_eq!(numbers, [Some(0), None, Some(0)]);
    }

    #[test]
    fn a_number_that_is_not_whole_is_no_id() {
        let ids: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.5]));
        let numbered = Customers::new(DataType::Float64).number(&ids);
        assert!(matches!(numbered, Err(IdProblem::Row(1, id)) if id == 2.5));
    }
}
