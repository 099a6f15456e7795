//! TOML as a tree with places: the pieces that [`super::file`] reads a catalog from.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::label::Mistake;
use crate::nearest::nearest;

/// A value and where it stands.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// A table, where it begins, and what messages call it.
pub(super) struct Section<'t, 'i> {
    pub(super) table: &'t DeTable<'i>,
    pub(super) start: usize,
    pub(super) path: String,
}

impl<'t, 'i> Section<'t, 'i> {
    pub(super) fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'t Value<'i>> {
        self.table.get(key)
    }

    /// Entries as they stand in the file.
    pub(super) fn entries(&self) -> Vec<(&'t str, usize, &'t Value<'i>)> {
        let mut entries: Vec<_> = self.table.iter().map(|(k, v)| (k.get_ref().as_ref(), k.span().start, v)).collect();
        entries.sort_by_key(|&(_, start, _)| start);
        entries
    }
}

/// Collects mistakes while the file is walked; what cannot be read becomes `None` and is left out of the result, which
/// is only given out when there was no mistake.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    pub(super) fn line(&self, start: usize) -> usize {
        self.text.as_bytes()[..start.min(self.text.len())].iter().filter(|&&b| b == b'\n').count() + 1
    }

    pub(super) fn mistake(&mut self, start: usize, message: String) {
        let line = self.line(start);
        self.mistakes.push(Mistake { line, message, hint: None });
    }

    pub(super) fn string(&mut self, value: &Value<'_>, path: &str) -> Option<String> {
        match value.get_ref().as_str().map(str::trim) {
            Some("") => self.mistake(value.span().start, format!("{path} must not be empty")),
            Some(text) => return Some(text.to_owned()),
            None => self.mistake(value.span().start, format!("{path} must be text, got {}", shown(value))),
        }
        None
    }

    pub(super) fn flag(&mut self, value: &Value<'_>, path: &str) -> bool {
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.mistake(value.span().start, format!("{path} must be true or false, got {}", shown(value)));
            false
        })
    }

    pub(super) fn section<'t, 'i>(&mut self, value: &'t Value<'i>, path: String) -> Option<Section<'t, 'i>> {
        let start = value.span().start;
        match value.get_ref().as_table() {
            Some(table) => Some(Section { table, start, path }),
            None => {
                self.mistake(start, format!("{path} must be a table, got {}", shown(value)));
                None
            }
        }
    }

    /// A list of texts.
    pub(super) fn strings(&mut self, value: &Value<'_>, path: &str) -> Vec<String> {
        let Some(items) = value.get_ref().as_array() else {
            self.mistake(value.span().start, format!("{path} must be a list of texts, got {}", shown(value)));
            return Vec::new();
        };
        items.iter().filter_map(|item| self.string(item, path)).collect()
    }

    /// Entries of the table `key`, which may be absent but not empty.
    pub(super) fn entries<'t, 'i>(
        &mut self,
        section: &Section<'t, 'i>,
        key: &str,
    ) -> Vec<(&'t str, usize, &'t Value<'i>)> {
        let Some(value) = section.get(key) else { return Vec::new() };
        let Some(table) = self.section(value, section.at(key)) else { return Vec::new() };
        let entries = table.entries();
        if entries.is_empty() {
            self.mistake(table.start, format!("{} is empty", table.path));
        }
        entries
    }

    pub(super) fn items<'t, 'i>(&mut self, section: &Section<'t, 'i>, key: &str) -> Vec<&'t Value<'i>> {
        let path = section.at(key);
        match section.get(key).map(|value| (value, value.get_ref().as_array())) {
            Some((_, Some(items))) if items.iter().next().is_some() => return items.iter().collect(),
            Some((value, None)) => {
                self.mistake(value.span().start, format!("{path} must be [[{path}]] tables, got {}", shown(value)));
            }
            _ => self.mistake(section.start, format!("there are no [[{path}]]")),
        }
        Vec::new()
    }

    pub(super) fn keys(&mut self, section: &Section<'_, '_>, known: &[&str]) {
        for (key, start, _) in section.entries() {
            if !known.contains(&key) {
                let allowed = known.join(", ");
                let near = near(key, known);
                self.mistake(start, format!("unknown key {}, allowed are {allowed}{near}", section.at(key)));
            }
        }
    }
}

pub(super) fn near<S: AsRef<str>>(wanted: &str, known: impl IntoIterator<Item = S>) -> String {
    nearest(wanted, known).map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

/// A finite number, whole or not.
pub(super) fn number(value: &Value<'_>) -> Option<f64> {
    let figure = match value.get_ref() {
        DeValue::Integer(whole) => i64::from_str_radix(whole.as_str(), whole.radix()).ok().map(|whole| whole as f64),
        DeValue::Float(float) => float.as_str().parse().ok(),
        _ => None,
    };
    figure.filter(|figure: &f64| figure.is_finite())
}

/// A value as messages show it.
pub(super) fn shown(value: &Value<'_>) -> String {
    match value.get_ref() {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(whole) => whole.to_string(),
        DeValue::Float(float) => float.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(moment) => moment.to_string(),
        DeValue::Array(_) => "an array".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
