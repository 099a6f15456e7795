//! Catalog files: TOML → [`Catalog`], with every mistake and its line.
//!
//! The text is walked as a spanned tree instead of being deserialized, because a reader should see all mistakes of a
//! file at once, each with its line and the known word most like the wrong one.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::archetype::{Archetype, Catalog, Condition, Level, Role, Test};
use super::error::Mistake;
use super::nearest::nearest;
use crate::Text;

type Value<'i> = Spanned<DeValue<'i>>;

/// A table, where it begins, and what messages call it.
struct Section<'t, 'i> {
    table: &'t DeTable<'i>,
    start: usize,
    path: String,
}

impl<'t, 'i> Section<'t, 'i> {
    fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn get(&self, key: &str) -> Option<&'t Value<'i>> {
        self.table.get(key)
    }

    /// Entries as they stand in the file.
    fn entries(&self) -> Vec<(&'t str, usize, &'t Value<'i>)> {
        let mut entries: Vec<_> = self.table.iter().map(|(k, v)| (k.get_ref().as_ref(), k.span().start, v)).collect();
        entries.sort_by_key(|&(_, start, _)| start);
        entries
    }
}

/// Collects mistakes while the file is walked; what cannot be read becomes `None` and is left out of the result, which
/// is only given out when there was no mistake.
struct Reader<'a> {
    text: &'a str,
    mistakes: Vec<Mistake>,
}

/// The catalog in `text`, or everything that is wrong with it in the order of lines.
pub(super) fn read(text: &str) -> Result<Catalog, Vec<Mistake>> {
    let mut reader = Reader { text, mistakes: Vec::new() };
    let catalog = match DeTable::parse(text) {
        Ok(document) => reader.catalog(document.get_ref()),
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start);
            let message = error.message().replace('\n', ", ");
            reader.mistake(start, format!("not valid TOML: {message}"));
            None
        }
    };
    match catalog {
        Some(catalog) if reader.mistakes.is_empty() => Ok(catalog),
        _ => {
            reader.mistakes.sort_by_key(|mistake| mistake.line);
            Err(reader.mistakes)
        }
    }
}

impl Reader<'_> {
    fn line(&self, start: usize) -> usize {
        self.text.as_bytes()[..start.min(self.text.len())].iter().filter(|&&b| b == b'\n').count() + 1
    }

    fn mistake(&mut self, start: usize, message: String) {
        let line = self.line(start);
        self.mistakes.push(Mistake { line, message });
    }

    fn catalog(&mut self, table: &DeTable<'_>) -> Option<Catalog> {
        let top = Section { table, start: 0, path: String::new() };
        self.keys(&top, &["id", "name", "roles", "archetypes"]);
        let id = self.id(&top);
        let name = self.text(&top, "name", true);
        let declared = top.get("roles").map(|roles| self.roles(roles, &top));
        let mut roles = declared.clone().unwrap_or_default();
        let mut archetypes: Vec<Archetype> = Vec::new();
        let mut taken: BTreeMap<String, usize> = BTreeMap::new();
        for (index, item) in self.items(&top, "archetypes").into_iter().enumerate() {
            let named = item.get_ref().as_table().and_then(|t| t.get("id")).and_then(|id| id.get_ref().as_str());
            let path = format!("archetypes.{}", named.map_or_else(|| (index + 1).to_string(), str::to_owned));
            let Some(section) = self.section(item, path) else { continue };
            let Some(archetype) = self.archetype(&section, declared.as_deref(), &mut roles) else { continue };
            let start = section.get("id").map_or(section.start, |id| id.span().start);
            match taken.get(&archetype.id) {
                Some(line) => self.mistake(start, format!("{}: line {line} has this id already", section.path)),
                None => {
                    taken.insert(archetype.id.clone(), self.line(start));
                    archetypes.push(archetype);
                }
            }
        }
        Some(Catalog { id: id?, name: name?, roles, archetypes })
    }

    fn roles(&mut self, value: &Value<'_>, top: &Section<'_, '_>) -> Vec<Role> {
        let Some(section) = self.section(value, top.at("roles")) else { return Vec::new() };
        let mut roles = Vec::new();
        for (name, _, value) in section.entries() {
            let Some(role) = self.section(value, section.at(name)) else { continue };
            self.keys(&role, &["description", "column", "optional"]);
            roles.push(Role {
                name: name.to_owned(),
                description: self.text(&role, "description", false),
                column: role.get("column").and_then(|column| self.string(column, &role.at("column"))),
                optional: role.get("optional").is_some_and(|flag| self.flag(flag, &role.at("optional"))),
            });
        }
        roles
    }

    fn archetype(
        &mut self,
        section: &Section<'_, '_>,
        declared: Option<&[Role]>,
        roles: &mut Vec<Role>,
    ) -> Option<Archetype> {
        self.keys(section, &["id", "name", "profile", "ranges", "shares", "weights", "action"]);
        let id = self.id(section);
        let name = self.text(section, "name", true);
        let action = self.text(section, "action", false);
        let tests = self.tests(section);
        for (start, test) in &tests {
            let (Test::Level { role, .. } | Test::Range { role, .. }) = test else { continue };
            match declared {
                Some(known) if known.iter().all(|other| other.name != *role) => {
                    let near = near(role, known.iter().map(|role| role.name.as_str()));
                    self.mistake(*start, format!("{}: {role} is none of the catalog's roles{near}", section.path));
                }
                None if roles.iter().all(|other| other.name != *role) => {
                    roles.push(Role { name: role.clone(), description: None, column: None, optional: false });
                }
                _ => {}
            }
        }
        let weights = self.weights(section, &tests);
        let weight = |test: &Test| weights.get(subject(test)).copied().unwrap_or(1.0);
        let conditions = tests.into_iter().map(|(_, test)| Condition { weight: weight(&test), test }).collect();
        Some(Archetype { id: id?, name: name?, conditions, action })
    }

    /// The conditions of an archetype, each with where it stands.
    fn tests(&mut self, section: &Section<'_, '_>) -> Vec<(usize, Test)> {
        let before = self.mistakes.len();
        let mut tests = Vec::new();
        for (role, start, value) in self.entries(section, "profile") {
            if let Some(level) = self.level(value, &format!("{}.profile.{role}", section.path)) {
                tests.push((start, Test::Level { role: role.to_owned(), level }));
            }
        }
        for (role, start, value) in self.entries(section, "ranges") {
            if let Some((min, max)) = self.bounds(value, format!("{}.ranges.{role}", section.path), None) {
                tests.push((start, Test::Range { role: role.to_owned(), min, max }));
            }
        }
        for (attribute, _, value) in self.entries(section, "shares") {
            let path = format!("{}.shares.{attribute}", section.path);
            let Some(levels) = self.section(value, path) else { continue };
            for (level, start, value) in levels.entries() {
                if let Some((min, max)) = self.bounds(value, levels.at(level), Some((0.0, 1.0))) {
                    let (attribute, value) = (attribute.to_owned(), level.to_owned());
                    tests.push((start, Test::Share { attribute, value, min, max }));
                }
            }
        }
        if tests.is_empty() && self.mistakes.len() == before {
            let message = format!("{} has no condition; give it a profile, ranges or shares", section.path);
            self.mistake(section.start, message);
        }
        tests
    }

    fn weights(&mut self, section: &Section<'_, '_>, tests: &[(usize, Test)]) -> BTreeMap<String, f64> {
        let mut weights = BTreeMap::new();
        for (name, start, value) in self.entries(section, "weights") {
            let path = format!("{}.weights.{name}", section.path);
            if tests.iter().all(|(_, test)| subject(test) != name) {
                let near = near(name, tests.iter().map(|(_, test)| subject(test)));
                self.mistake(start, format!("{path}: there is no condition on {name}{near}"));
                continue;
            }
            match number(value) {
                Some(weight) if weight > 0.0 => {
                    weights.insert(name.to_owned(), weight);
                }
                _ => self.mistake(value.span().start, format!("{path} must be a number > 0, got {}", shown(value))),
            }
        }
        weights
    }

    fn bounds(
        &mut self,
        value: &Value<'_>,
        path: String,
        within: Option<(f64, f64)>,
    ) -> Option<(Option<f64>, Option<f64>)> {
        let section = self.section(value, path)?;
        self.keys(&section, &["min", "max"]);
        let mut bound = |key: &str| -> Option<f64> {
            let value = section.get(key)?;
            let allowed = |figure: &f64| within.is_none_or(|(low, high)| (low..=high).contains(figure));
            let figure = number(value).filter(allowed);
            if figure.is_none() {
                let what = if within.is_some() { "a share from 0 to 1" } else { "a finite number" };
                let message = format!("{} must be {what}, got {}", section.at(key), shown(value));
                self.mistake(value.span().start, message);
            }
            figure
        };
        let (min, max) = (bound("min"), bound("max"));
        match (min, max) {
            (Some(low), Some(high)) if low > high => {
                self.mistake(section.start, format!("{}: min {low} is above max {high}", section.path));
                None
            }
            (None, None) => {
                // Whatever else stands there was reported as an unknown key or a wrong figure.
                if section.table.is_empty() {
                    self.mistake(section.start, format!("{} needs min, max or both", section.path));
                }
                None
            }
            bounds => Some(bounds),
        }
    }

    fn level(&mut self, value: &Value<'_>, path: &str) -> Option<Level> {
        let word = value.get_ref().as_str();
        let level = Level::ALL.into_iter().find(|level| Some(level.word()) == word);
        if level.is_none() {
            let near = word.map_or_else(String::new, |word| near(word, Level::ALL.map(Level::word)));
            let allowed = "very_low, low, medium, high or very_high";
            self.mistake(value.span().start, format!("{path} must be {allowed}, got {}{near}", shown(value)));
        }
        level
    }

    /// An id: not empty, and without the characters that would make `catalog/id` ambiguous.
    fn id(&mut self, section: &Section<'_, '_>) -> Option<String> {
        let path = section.at("id");
        let Some(value) = section.get("id") else {
            self.mistake(section.start, format!("{path} is missing"));
            return None;
        };
        let id = self.string(value, &path)?;
        if id.contains(|c: char| c == '/' || c.is_whitespace()) {
            let message = format!("{path} must be one word without slashes, got {id:?}");
            self.mistake(value.span().start, message);
            return None;
        }
        Some(id)
    }

    fn text(&mut self, section: &Section<'_, '_>, key: &str, required: bool) -> Option<Text> {
        let path = section.at(key);
        let Some(value) = section.get(key) else {
            if required {
                self.mistake(section.start, format!("{path} is missing"));
            }
            return None;
        };
        let forms = self.section(value, path)?;
        self.keys(&forms, &["en", "zh"]);
        let mut form = |language: &str| match forms.get(language) {
            Some(value) => self.string(value, &forms.at(language)),
            None => {
                self.mistake(forms.start, format!("{} is missing", forms.at(language)));
                None
            }
        };
        let (en, zh) = (form("en"), form("zh"));
        Some(Text::new(en?, zh?))
    }

    fn string(&mut self, value: &Value<'_>, path: &str) -> Option<String> {
        match value.get_ref().as_str().map(str::trim) {
            Some("") => self.mistake(value.span().start, format!("{path} must not be empty")),
            Some(text) => return Some(text.to_owned()),
            None => self.mistake(value.span().start, format!("{path} must be text, got {}", shown(value))),
        }
        None
    }

    fn flag(&mut self, value: &Value<'_>, path: &str) -> bool {
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.mistake(value.span().start, format!("{path} must be true or false, got {}", shown(value)));
            false
        })
    }

    fn section<'t, 'i>(&mut self, value: &'t Value<'i>, path: String) -> Option<Section<'t, 'i>> {
        let start = value.span().start;
        match value.get_ref().as_table() {
            Some(table) => Some(Section { table, start, path }),
            None => {
                self.mistake(start, format!("{path} must be a table, got {}", shown(value)));
                None
            }
        }
    }

    /// Entries of the table `key`, which may be absent but not empty.
    fn entries<'t, 'i>(&mut self, section: &Section<'t, 'i>, key: &str) -> Vec<(&'t str, usize, &'t Value<'i>)> {
        let Some(value) = section.get(key) else { return Vec::new() };
        let Some(table) = self.section(value, section.at(key)) else { return Vec::new() };
        let entries = table.entries();
        if entries.is_empty() {
            self.mistake(table.start, format!("{} is empty", table.path));
        }
        entries
    }

    fn items<'t, 'i>(&mut self, section: &Section<'t, 'i>, key: &str) -> Vec<&'t Value<'i>> {
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

    fn keys(&mut self, section: &Section<'_, '_>, known: &[&str]) {
        for (key, start, _) in section.entries() {
            if !known.contains(&key) {
                let allowed = known.join(", ");
                let near = near(key, known);
                self.mistake(start, format!("unknown key {}, allowed are {allowed}{near}", section.at(key)));
            }
        }
    }
}

/// What a condition is about: its role or its attribute.
fn subject(test: &Test) -> &str {
    match test {
        Test::Level { role, .. } | Test::Range { role, .. } => role,
        Test::Share { attribute, .. } => attribute,
    }
}

fn near<S: AsRef<str>>(wanted: &str, known: impl IntoIterator<Item = S>) -> String {
    nearest(wanted, known).map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

/// A finite number, whole or not.
fn number(value: &Value<'_>) -> Option<f64> {
    let figure = match value.get_ref() {
        DeValue::Integer(whole) => i64::from_str_radix(whole.as_str(), whole.radix()).ok().map(|whole| whole as f64),
        DeValue::Float(float) => float.as_str().parse().ok(),
        _ => None,
    };
    figure.filter(|figure: &f64| figure.is_finite())
}

/// A value as messages show it.
fn shown(value: &Value<'_>) -> String {
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
