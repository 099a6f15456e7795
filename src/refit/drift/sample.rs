use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::ReferenceInput;
use crate::Text;
use crate::load::{CustomerTable, IN_FLIGHT, Ids, Levels, LoadError, NumericColumns, in_rounds};
use crate::monitor::Monitor;
use crate::random::sample_rows;

/// Customers of a sample.
pub const SAMPLED_CUSTOMERS: usize = 2_000;
/// Customers whose ids are hashed by one task.
const CHUNK: usize = 1 << 16;

/// Some customers of a table in original units: the same ones whenever they are in it.
///
/// Those with the smallest hashes of their ids, so that the samples of two months share the customers that both tables have; of
/// a table without ids, rows drawn by the order of the matrix. Neither depends on the order of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "Unchecked")]
#[non_exhaustive]
pub struct Sample {
    /// The hashes, ascending: who a customer is in another sample. Null where the table has no ids.
    pub keys: Option<Vec<u64>>,
    /// Customers.
    pub n: usize,
    /// The columns.
    pub columns: Vec<SampleColumn>,
}

/// A column of a sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SampleColumn {
    /// Its name.
    pub name: String,
    /// The value of every customer, of a category the number of its level; null is missing, NaN in memory.
    #[serde(with = "null_is_missing")]
    #[cfg_attr(test, schemars(with = "Vec<Option<f64>>"))]
    pub values: Vec<f64>,
    /// The levels of a category; null of numbers.
    pub levels: Option<Vec<String>>,
    /// What its numbers are called where they are not what its name says.
    pub spoken: Option<Text>,
}

impl Sample {
    /// The sampled customers as a table of their own, and its columns.
    pub(in crate::refit) fn table(&self) -> (CustomerTable, Vec<String>) {
        let codes = |column: &SampleColumn| {
            column.values.iter().map(|&code| (!code.is_nan()).then_some(code as u16)).collect::<Vec<Option<u16>>>()
        };
        let levels = |column: &SampleColumn| {
            let levels = column.levels.clone()?;
            Some(Levels::new(column.name.clone(), levels, codes(column)))
        };
        let numeric = self.columns.iter().filter(|column| column.levels.is_none());
        let numeric: Vec<(String, Vec<f64>)> =
            numeric.map(|column| (column.name.clone(), column.values.clone())).collect();
        let table = CustomerTable {
            ids: Ids::RowNumber(self.n),
            features: numeric.iter().map(|(name, _)| name.clone()).collect(),
            attributes: self.columns.iter().filter_map(levels).collect(),
            tier: None,
            outcome: None,
            value: None,
            numeric: Box::new(numeric),
        };
        (table, self.columns.iter().map(|column| column.name.clone()).collect())
    }

    /// `size` customers of a table, all where it has no more, with the features of `input`; [`SAMPLED_CUSTOMERS`] is a good size.
    /// `seed` draws where there are no ids.
    ///
    /// Cost: a hash a customer, and every column read once, two at a time.
    ///
    /// # Errors
    /// When a column cannot be read again, or the monitor says so.
    pub fn of(input: &ReferenceInput<'_>, size: usize, seed: u64, monitor: &Monitor) -> Result<Sample, LoadError> {
        let table = input.table;
        let (keys, rows): (Option<Vec<u64>>, Vec<usize>) = match &table.ids {
            Ids::RowNumber(_) => {
                let drawn = sample_rows(input.rows.n_matrix(), size, seed, "drift.sample");
                (None, drawn.into_iter().map(|row| input.rows.table_row(row as usize)).collect())
            }
            ids => {
                let (keys, rows) = smallest_hashes(ids, size).into_iter().map(|(key, row)| (key, row as usize)).unzip();
                (Some(keys), rows)
            }
        };
        let (numeric, categories) = table.part(input.features);
        let mut columns = in_rounds(&numeric, IN_FLIGHT, |_, name| -> Result<_, LoadError> {
            monitor.check()?;
            let column = table.numeric.read(name)?;
            // Why a value is missing does not matter here, and could not be written.
            let known = |&row: &usize| if column[row].is_nan() { f64::NAN } else { column[row] };
            let (values, spoken) = (rows.iter().map(known).collect(), table.numeric.spoken(name));
            Ok(SampleColumn { name: name.clone(), values, levels: None, spoken })
        })?;
        columns.extend(categories.into_iter().map(|levels| SampleColumn::of_category(levels, &rows)));
        Ok(Sample { keys, n: rows.len(), columns })
    }

    /// The customers that both samples have, as their places in either; none without ids.
    pub fn shared(&self, other: &Sample) -> Vec<(usize, usize)> {
        let (Some(keys), Some(others)) = (&self.keys, &other.keys) else { return Vec::new() };
        let place = |(i, key): (usize, &u64)| Some((i, others.binary_search(key).ok()?));
        keys.iter().enumerate().filter_map(place).collect()
    }

    /// The column `name`.
    pub fn column(&self, name: &str) -> Option<&SampleColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl SampleColumn {
    /// The levels of `rows`, by their codes.
    fn of_category(levels: &Levels, rows: &[usize]) -> SampleColumn {
        let code = |&row: &usize| levels.code(row).map_or(f64::NAN, |code| code as f64);
        let values = rows.iter().map(code).collect();
        let (name, levels) = (levels.name().to_owned(), Some(levels.levels().to_vec()));
        SampleColumn { name, values, levels, spoken: None }
    }

    /// The text of customer `i` of a category; `None` when it is missing or a number.
    pub(in crate::refit) fn text(&self, i: usize) -> Option<&str> {
        let level = Some(self.values[i]).filter(|code| !code.is_nan())?;
        self.levels.as_ref()?.get(level as usize).map(String::as_str)
    }
}

/// Customers of two samples one below the other.
pub(super) struct Stacked {
    columns: Vec<(String, Vec<f64>)>,
    spoken: BTreeMap<String, Text>,
    pub(super) categories: Vec<Levels>,
}

impl Stacked {
    /// The customers `rows` of either sample, with the columns that both have, by name.
    pub(super) fn of(samples: [&Sample; 2], rows: [&[usize]; 2]) -> Stacked {
        let [before, now] = samples;
        let mut both: Vec<[&SampleColumn; 2]> =
            now.columns.iter().filter_map(|now| Some([before.column(&now.name)?, now])).collect();
        both.retain(|[before, now]| before.levels.is_some() == now.levels.is_some());
        both.sort_by_key(|[_, now]| &now.name);
        let mut stacked = Stacked { columns: Vec::new(), spoken: BTreeMap::new(), categories: Vec::new() };
        for pair in both {
            let name = &pair[1].name;
            let of = |side: usize| rows[side].iter().map(move |&row| (pair[side], row));
            let places = || of(0).chain(of(1));
            if pair[1].levels.is_some() {
                let texts: Vec<Option<&str>> = places().map(|(column, row)| column.text(row)).collect();
                stacked.categories.push(Levels::from_text(name.as_str(), &texts));
            } else {
                stacked.columns.push((name.clone(), places().map(|(column, row)| column.values[row]).collect()));
                stacked.spoken.extend(pair[1].spoken.clone().map(|spoken| (name.clone(), spoken)));
            }
        }
        stacked
    }
}

impl NumericColumns for Stacked {
    fn n_rows(&self) -> usize {
        self.columns.n_rows()
    }

    fn names(&self) -> Vec<String> {
        self.columns.names()
    }

    fn read(&self, column: &str) -> Result<std::sync::Arc<Vec<f64>>, LoadError> {
        self.columns.read(column)
    }

    fn spoken(&self, column: &str) -> Option<Text> {
        self.spoken.get(column).cloned()
    }
}

/// The `size` rows with the smallest hashes of their ids, ascending.
fn smallest_hashes(ids: &Ids, size: usize) -> Vec<(u64, u32)> {
    let starts: Vec<usize> = (0..ids.len()).step_by(CHUNK).collect();
    let of_chunk = |&start: &usize| {
        let hashes = hashes(ids, start, CHUNK.min(ids.len() - start));
        smallest(hashes.into_iter().zip(start as u32..).collect(), size)
    };
    smallest(starts.par_iter().flat_map_iter(of_chunk).collect(), size)
}

fn smallest(mut hashes: Vec<(u64, u32)>, size: usize) -> Vec<(u64, u32)> {
    hashes.sort_unstable();
    hashes.truncate(size);
    hashes
}

/// The hashes of `n` ids from `start` on: of their text, so that ids whose type changed are the same.
fn hashes(ids: &Ids, start: usize, n: usize) -> Vec<u64> {
    let hash = |text: &str| {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"segmint sample").update(text.as_bytes());
        u64::from_le_bytes(*hasher.finalize().as_bytes().first_chunk().expect("a hash has 32 bytes"))
    };
    let at_once = match ids {
        Ids::Column { values, .. } if values.data_type().is_integer() || values.data_type().is_string() => {
            cast(&values.slice(start, n), &DataType::Utf8View).ok()
        }
        _ => None,
    };
    match at_once.filter(|texts| texts.null_count() == 0) {
        Some(texts) => texts.as_string_view().iter().map(|text| hash(text.unwrap_or_default())).collect(),
        None => (start..start + n).map(|row| hash(&ids.text(row))).collect(),
    }
}

/// A sample as it is read.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Unchecked {
    keys: Option<Vec<u64>>,
    n: usize,
    columns: Vec<SampleColumn>,
}

impl TryFrom<Unchecked> for Sample {
    type Error = String;

    fn try_from(Unchecked { keys, n, columns }: Unchecked) -> Result<Self, String> {
        if !keys.as_ref().is_none_or(|keys| keys.len() == n && keys.is_sorted_by(|a, b| a < b)) {
            return Err("the customers of a sample are not in order".to_owned());
        }
        let fits = |column: &SampleColumn| {
            let levels_fit = column.levels.as_ref().is_none_or(|levels| are_codes(&column.values, levels.len()));
            column.values.len() == n && column.values.iter().all(|x| !x.is_infinite()) && levels_fit
        };
        match columns.iter().find(|column| !fits(column)) {
            Some(column) => Err(format!("the sample of {:?} does not have a value for every customer", column.name)),
            None => Ok(Sample { keys, n, columns }),
        }
    }
}

/// Whether `n_levels` are not too many, and every value is the code of one or missing.
fn are_codes(values: &[f64], n_levels: usize) -> bool {
    let is_code = |&x: &f64| x.is_nan() || x.fract() == 0.0 && (0.0..n_levels as f64).contains(&x);
    n_levels < usize::from(u16::MAX) / 2 && values.iter().all(is_code)
}

/// Missing values as null.
mod null_is_missing {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(|&x| Some(x).filter(|x| !x.is_nan())))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
        let values = Vec::<Option<f64>>::deserialize(deserializer)?;
        Ok(values.into_iter().map(|x| x.unwrap_or(f64::NAN)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refit::drift::example::Customers;

    #[test]
    fn customers_who_stay_are_in_both_samples() {
        let before = Customers::draw(5_000, 1).with_ids(0..5_000);
        let now = Customers::draw(5_000, 2).with_ids(500..5_500);
        let (before, now) = (before.sample(1_000), now.sample(1_000));
        let shared = before.shared(&now);
        // nine tenths stay, and as many of a sample
        assert!((850..950).contains(&shared.len()), "{}", shared.len());
        let keys = |sample: &Sample| sample.keys.clone().unwrap();
        assert!(shared.iter().all(|&(i, j)| keys(&before)[i] == keys(&now)[j]));
        assert!(before.shared(&Customers::draw(100, 1).sample(100)).is_empty(), "no ids, nobody known");
    }

    #[test]
    fn the_order_of_the_customers_and_the_type_of_ids_change_nothing() {
        let customers = Customers::draw(900, 1).with_ids(0..900);
        let sample = customers.sample(300);
        let known = |sample: &Sample| serde_json::to_string(sample).unwrap();
        assert_eq!(known(&customers.shuffled(2).sample(300)), known(&sample));
        let mut as_text = customers.clone();
        as_text.ids_are_text = true;
        assert_eq!(known(&as_text.sample(300)), known(&sample));
    }

    #[test]
    fn what_was_written_is_read_and_what_does_not_fit_is_refused() {
        let sample = Customers::draw(60, 1).with_ids(0..60).sample(20);
        let text = serde_json::to_string(&sample).unwrap();
        let back: Sample = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
        assert!(back.column("visits").is_some() && back.column("plan").unwrap().levels.is_some());
        for (from, to) in
            [("\"n\":20", "\"n\":21"), ("\"values\":[", "\"values\":[1,"), ("[\"basic\",\"pro\"]", "[\"pro\"]")]
        {
            let changed = text.replacen(from, to, 1);
            assert!(changed != text && serde_json::from_str::<Sample>(&changed).is_err(), "{from}");
        }
    }
}
