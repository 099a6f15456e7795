//! Catalog files: TOML → [`Catalog`], with every mistake and its line.
//!
//! The text is walked as a spanned tree instead of being deserialized, because a reader should see all mistakes of a
//! file at once, each with its line and the known word most like the wrong one.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::archetype::{Archetype, Catalog, Condition, Role, RoleLevel, Test};
use super::level::Level;
use super::spanned::{Reader, Section, Value, near, number, shown};
use crate::Text;
use crate::label::{LabelError, Mistake};

impl Catalog {
    /// A catalog from TOML text, checked; `file` is named in messages.
    ///
    /// ```
    /// use segmint::label::Catalog;
    /// let text = r#"
    /// id = "visits"
    /// name = { en = "visits", zh = "到访" }
    /// [[archetypes]]
    /// id = "weekly"
    /// name = { en = "weekly visitors", zh = "每周到访" }
    /// profile = { visits = "hihg" }
    /// "#;
    /// let error = Catalog::parse(text, "visits.toml").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "visits.toml:7: archetypes.weekly.profile.visits must be very_low, low, medium, high or very_high, \
    ///      got \"hihg\"; did you mean high?"
    /// );
    /// ```
    ///
    /// # Errors
    /// Every mistake with its line.
    pub fn parse(text: &str, file: &str) -> Result<Catalog, LabelError> {
        let read = read(text);
        read.map(|read| read.catalog).map_err(|mistakes| LabelError::BadCatalog { file: file.to_owned(), mistakes })
    }
}

/// A catalog and the lines of its archetypes.
pub(super) struct Read {
    pub(super) catalog: Catalog,
    pub(super) lines: Vec<usize>,
}

/// The catalog in `text`, or everything that is wrong with it in the order of lines.
pub(super) fn read(text: &str) -> Result<Read, Vec<Mistake>> {
    // Editors of Windows put a byte-order mark first.
    let text = text.trim_start_matches('\u{feff}');
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
    fn catalog(&mut self, table: &DeTable<'_>) -> Option<Read> {
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
        let lines = archetypes.iter().map(|archetype| taken[&archetype.id]).collect();
        Some(Read { catalog: Catalog { id: id?, name: name?, roles, archetypes }, lines })
    }

    fn roles(&mut self, value: &Value<'_>, top: &Section<'_, '_>) -> Vec<Role> {
        let Some(section) = self.section(value, top.at("roles")) else { return Vec::new() };
        let mut roles = Vec::new();
        for (name, _, value) in section.entries() {
            let Some(role) = self.section(value, section.at(name)) else { continue };
            self.keys(&role, &["description", "column", "optional", "levels"]);
            roles.push(Role {
                name: name.to_owned(),
                description: self.text(&role, "description", false),
                column: role.get("column").and_then(|column| self.string(column, &role.at("column"))),
                optional: role.get("optional").is_some_and(|flag| self.flag(flag, &role.at("optional"))),
                levels: self.role_levels(&role),
            });
        }
        roles
    }

    /// The levels of a categorical role with their spellings; none of them belongs to two levels.
    fn role_levels(&mut self, role: &Section<'_, '_>) -> Vec<RoleLevel> {
        let mut levels: Vec<RoleLevel> = Vec::new();
        for (name, start, value) in self.entries(role, "levels") {
            let path = format!("{}.levels.{name}", role.path);
            let mut spellings = vec![spelling(name)];
            for text in self.strings(value, &path) {
                let text = spelling(&text);
                if !spellings.contains(&text) {
                    spellings.push(text);
                }
            }
            for other in &levels {
                if let Some(twice) = spellings.iter().find(|text| other.spellings.contains(text)) {
                    self.mistake(start, format!("{path}: {twice:?} is the level {} already", other.name));
                }
            }
            levels.push(RoleLevel { name: name.to_owned(), spellings });
        }
        levels
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
        let mut tests = self.tests(section);
        for (start, test) in &mut tests {
            let (role, is_share) = match test {
                Test::Level { role, .. } | Test::Range { role, .. } => (role.clone(), false),
                Test::Share { attribute, .. } => (attribute.clone(), true),
            };
            match declared {
                Some(known) if let Some(of_levels) = known.iter().find(|known| known.name == role) => {
                    self.kind(*start, &section.path, of_levels, test);
                }
                _ if is_share => {}
                Some(known) if known.iter().all(|other| other.name != role) => {
                    let near = near(&role, known.iter().map(|role| role.name.as_str()));
                    self.mistake(*start, format!("{}: {role} is none of the catalog's roles{near}", section.path));
                }
                None if roles.iter().all(|other| other.name != role) => {
                    roles.push(Role { name: role, description: None, column: None, optional: false, levels: vec![] });
                }
                _ => {}
            }
        }
        let weights = self.weights(section, &tests);
        let weight = |test: &Test| weights.get(subject(test)).copied().unwrap_or(1.0);
        let conditions = tests.into_iter().map(|(_, test)| Condition { weight: weight(&test), test }).collect();
        Some(Archetype { id: id?, name: name?, conditions, action })
    }

    /// Holds a condition against the kind of its role, and gives a share the spellings of its level.
    fn kind(&mut self, start: usize, path: &str, role: &Role, test: &mut Test) {
        let name = &role.name;
        match test {
            Test::Level { .. } | Test::Range { .. } if role.is_categorical() => {
                self.mistake(start, format!("{path}: {name} has levels; ask for shares of them"));
            }
            Test::Share { value, spellings, .. } => match role.levels.iter().find(|level| level.name == *value) {
                Some(level) => *spellings = level.spellings.clone(),
                None if role.is_categorical() => {
                    let near = near(value, role.levels.iter().map(|level| level.name.as_str()));
                    self.mistake(start, format!("{path}: {value} is none of the levels of {name}{near}"));
                }
                None => self.mistake(start, format!("{path}: the role {name} has no levels to ask shares of")),
            },
            _ => {}
        }
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
                    tests.push((start, Test::Share { attribute, value, spellings: Vec::new(), min, max }));
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
        let allowed = |figure: &f64| within.is_none_or(|(low, high)| (low..=high).contains(figure));
        let mut bound = |key: &str| -> Option<f64> {
            let value = section.get(key)?;
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
}

/// What a condition is about: its role or its attribute.
fn subject(test: &Test) -> &str {
    match test {
        Test::Level { role, .. } | Test::Range { role, .. } => role,
        Test::Share { attribute, .. } => attribute,
    }
}

/// A text as levels are compared.
pub(in crate::label) fn spelling(text: &str) -> String {
    text.trim().to_lowercase()
}
