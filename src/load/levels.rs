//! Columns that describe, read as codes into their levels.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, MAX_INLINE_VIEW_LEN};

use super::batch::MAX_VALUE_BYTES;
use super::kind::Kind;
use super::missing_words::MissingWords;
use super::numeric::remove_rows;
use super::text::as_text;
use super::{Form, Levels, LoadError, Source};
use crate::recognize::missing_levels;

/// Levels an attribute may have.
pub(crate) const MAX_LEVELS: usize = 1000;
/// Bytes a level may have; what is longer is no category.
pub(super) const MAX_LEVEL_BYTES: usize = 1_024;

/// A column that was to describe.
pub(super) enum Described {
    /// By its levels.
    Levels(LevelsRead),
    /// It cannot: it has more than [`MAX_LEVELS`] levels, of which no more were collected.
    TooMany,
    /// It cannot: one of its levels is longer than [`MAX_LEVEL_BYTES`], this many bytes.
    TooLong(usize),
}

/// Reads the column at `position`.
///
/// Levels are in ascending order: of the text, or of the numbers when the column is numeric; those of an ordinal come first,
/// in its order. Values that stand for a missing one are missing.
pub(super) fn read_levels(source: &Source, removed: &[u32], position: usize) -> Result<Described, LoadError> {
    let column = &source.columns()[position];
    let mean = source.mean_text_bytes(position);
    if mean > MAX_VALUE_BYTES {
        return Ok(Described::TooLong(mean));
    }
    let mut seen = Seen { codes: Vec::with_capacity(source.n_rows()), ..Seen::default() };
    for (f, file) in source.files.iter().enumerate() {
        if column.is_partition {
            let code = seen.code(source.partition_value(f, position));
            seen.codes.resize(seen.codes.len() + file.n_rows(), code);
        }
        let n_groups = if column.is_partition { 0 } else { file.row_groups.len() };
        for group in 0..n_groups {
            source.read_row_group(f, group, position, |array| {
                seen.push(array)?;
                Ok(!seen.is_over())
            })?;
            if seen.is_over() {
                return Ok(Described::TooMany);
            }
        }
    }
    if seen.is_over() {
        return Ok(Described::TooMany);
    }
    if seen.longest > MAX_LEVEL_BYTES {
        return Ok(Described::TooLong(seen.longest));
    }
    remove_rows(&mut seen.codes, removed);
    let stored = Kind::of(&column.data_type);
    let n_marked = seen.take_out(|level| column.reading.marks_text(level, stored));
    let ordinal: &[String] = match &column.reading.form {
        Form::Levels { levels } => levels,
        _ => &[],
    };
    let words = seen.missing_words(ordinal);
    let n_words = seen.take_out(|level| words.iter().any(|word| word == level));
    let levels = seen.in_order(&column.name, stored == Kind::Number, ordinal);
    Ok(Described::Levels(LevelsRead { levels, n_marked: n_marked + n_words, words, n_words }))
}

/// A column that describes.
pub(super) struct LevelsRead {
    pub levels: Levels,
    /// Rows with a value that stands for a missing one.
    pub n_marked: usize,
    /// The levels that are words for a missing one, in ascending order, but for those that somebody named.
    words: Vec<String>,
    /// Rows with one of them.
    n_words: usize,
}

impl LevelsRead {
    /// Its words for a missing level.
    pub fn missing_words(&self) -> MissingWords<'_> {
        let (column, n_rows) = (self.levels.name(), self.levels.n_rows());
        MissingWords { column, words: &self.words, n: self.n_words, n_rows }
    }

    /// See [`Levels::described_only`].
    pub fn described_only(self) -> LevelsRead {
        LevelsRead { levels: self.levels.described_only(), ..self }
    }
}

/// Levels in the order of their first row.
#[derive(Default)]
struct Seen {
    index: HashMap<String, u16>,
    levels: Vec<String>,
    codes: Vec<Option<u16>>,
    /// Bytes of the longest level.
    longest: usize,
}

impl Seen {
    fn is_over(&self) -> bool {
        self.levels.len() > MAX_LEVELS
    }

    fn code(&mut self, text: Option<&str>) -> Option<u16> {
        let text = text?.trim_start_matches('\u{feff}');
        self.longest = self.longest.max(text.len());
        // What is too long to be a level only counts as one.
        let hash = (text.len() > MAX_LEVEL_BYTES).then(|| blake3::hash(text.as_bytes()).to_hex());
        let text = hash.as_ref().map_or(text, |hash| hash.as_str());
        if let Some(&code) = self.index.get(text) {
            return Some(code);
        }
        if self.is_over() {
            return None;
        }
        let code = self.levels.len() as u16;
        self.levels.push(text.to_owned());
        self.index.insert(text.to_owned(), code);
        Some(code)
    }

    fn push(&mut self, array: &ArrayRef) -> Result<(), String> {
        let Some(dictionary) = array.as_any_dictionary_opt() else {
            let texts = as_text(array)?;
            let texts = texts.as_string_view();
            // Rows that share a value in a dictionary have the same view of it, which is looked up once.
            let mut shared: HashMap<u128, Option<u16>> = HashMap::new();
            for (row, &view) in texts.views().iter().enumerate() {
                let code = match texts.is_valid(row) {
                    false => None,
                    true if view as u32 <= MAX_INLINE_VIEW_LEN => self.code(Some(texts.value(row))),
                    true => *shared.entry(view).or_insert_with(|| self.code(Some(texts.value(row)))),
                };
                self.codes.push(code);
            }
            return Ok(());
        };
        let values = as_text(dictionary.values())?;
        let values = values.as_string_view();
        // A dictionary may hold values that no row has; only those of rows become levels.
        let mut codes: Vec<Option<Option<u16>>> = vec![None; values.len()];
        let keys = if values.is_empty() { vec![0; array.len()] } else { dictionary.normalized_keys() };
        for (row, key) in keys.into_iter().enumerate() {
            let code = if array.is_null(row) || values.is_null(key) {
                None
            } else {
                *codes[key].get_or_insert_with(|| self.code(Some(values.value(key))))
            };
            self.codes.push(code);
        }
        Ok(())
    }

    /// The levels that stand for a missing one, but for those of an ordinal.
    fn missing_words(&self, ordinal: &[String]) -> Vec<String> {
        let missing = missing_levels(self.levels.iter().map(String::as_str)).into_iter();
        missing.filter(|word| !ordinal.iter().any(|level| level == word)).map(str::to_owned).collect()
    }

    /// Makes the levels that `is_marker` missing, and counts their rows.
    fn take_out(&mut self, is_marker: impl Fn(&str) -> bool) -> usize {
        let is_out: Vec<bool> = self.levels.iter().map(|level| is_marker(level)).collect();
        let mut rank = vec![None; is_out.len()];
        let kept = (0..is_out.len()).filter(|&old| !is_out[old]);
        kept.zip(0..).for_each(|(old, new)| rank[old] = Some(new));
        let n_before = self.codes.iter().flatten().count();
        self.codes.iter_mut().for_each(|code| *code = code.and_then(|code| rank[usize::from(code)]));
        let mut is_out = is_out.into_iter();
        self.levels.retain(|_| is_out.next() == Some(false));
        n_before - self.codes.iter().flatten().count()
    }

    fn in_order(self, name: &str, by_number: bool, ordinal: &[String]) -> Levels {
        let place = |level: &String| ordinal.iter().position(|other| other == level).unwrap_or(ordinal.len());
        let number = |level: &str| level.parse::<f64>().unwrap_or(f64::NAN);
        let mut order: Vec<usize> = (0..self.levels.len()).collect();
        order.sort_by(|&a, &b| {
            let (a, b) = (&self.levels[a], &self.levels[b]);
            let numbers = if by_number { number(a).total_cmp(&number(b)) } else { std::cmp::Ordering::Equal };
            place(a).cmp(&place(b)).then(numbers).then_with(|| a.cmp(b))
        });
        let mut rank = vec![0_u16; order.len()];
        for (new, &old) in order.iter().enumerate() {
            rank[old] = new as u16;
        }
        let levels = order.iter().map(|&old| self.levels[old].clone()).collect();
        Levels::new(name, levels, self.codes.into_iter().map(|code| code.map(|code| rank[usize::from(code)])))
    }
}
