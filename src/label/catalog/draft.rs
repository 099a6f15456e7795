//! An archetype made of a segment that was found, and its place in a catalog file.

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, value};

use super::{Catalog, Level, Test};
use crate::Text;
use crate::label::{Extreme, LabelError, TopFeature};

/// A catalog that does not exist yet.
const NEW_CATALOG: &str = "\
# Customer types of our own. `segmint archetypes check` says whether it is right; label.catalogs in pipeline.toml names it.
";

/// An archetype in the making: the columns that set a segment apart, and where it stands in each.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Its id in the catalog.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Column and position.
    positions: Vec<(String, f64)>,
}

impl Draft {
    /// The archetype of a segment with these distinctive features: in each the level its position, or the end of the column
    /// it stands at, is at.
    pub fn of(id: String, name: Text, features: &[TopFeature]) -> Draft {
        let asked = |top: &TopFeature| top.extreme.map_or(top.position, Extreme::position);
        let positions = features.iter().map(|top| (top.feature.clone(), asked(top))).collect();
        Draft { id, name, positions }
    }

    /// Column and level, in order.
    pub fn levels(&self) -> impl Iterator<Item = (&str, Level)> {
        self.positions.iter().map(|(column, position)| (column.as_str(), Level::at(*position)))
    }

    /// The text of a catalog with this archetype at its end.
    ///
    /// `text` is the catalog so far, whose comments and layout stay as they are; without one a catalog called
    /// `catalog_id` begins. `file` is named in messages. A column is spoken of by the role of the catalog whose column
    /// it is, else by the role of `known` (role, column), else by its own name; roles the catalog does not have yet are
    /// added, in a catalog with archetypes as optional ones.
    ///
    /// # Errors
    /// A catalog with mistakes, an id that is taken or no id, an archetype of the catalog that fits the segment nearly
    /// as well, so that no run could tell the two apart.
    pub fn add_to(
        &self,
        text: Option<&str>,
        file: &str,
        catalog_id: &str,
        known: &[(String, String)],
        min_margin: f64,
    ) -> Result<String, LabelError> {
        let catalog = text.map(|text| Catalog::parse(text, file)).transpose()?;
        let mut document = match text {
            Some(text) => text.parse::<DocumentMut>().expect("a catalog that was parsed is TOML"),
            None => new_document(catalog_id),
        };
        if let Some(catalog) = &catalog {
            self.fits_beside(catalog, file, known, min_margin)?;
        }
        let mut profile = InlineTable::new();
        for (column, level) in self.levels() {
            let role = role_of(column, catalog.as_ref(), known, &profile);
            if catalog.as_ref().is_none_or(|catalog| catalog.roles.iter().all(|other| other.name != role)) {
                declare(&mut document, catalog.as_ref(), &role, column);
            }
            profile.insert(&role, level.word().into());
        }
        let mut archetype = Table::new();
        archetype.insert("id", value(&self.id));
        archetype.insert("name", value(both(&self.name)));
        archetype.insert("profile", value(profile));
        push(&mut document, archetype);
        let text = document.to_string();
        Catalog::parse(&text, file)?;
        Ok(text)
    }

    /// Refuses an id that is taken, and a segment that an archetype of the catalog fits as well.
    fn fits_beside(
        &self,
        catalog: &Catalog,
        file: &str,
        known: &[(String, String)],
        min_margin: f64,
    ) -> Result<(), LabelError> {
        if catalog.archetype(&self.id).is_some() {
            let taken = catalog.archetypes.iter().map(|archetype| archetype.id.clone()).collect();
            return Err(LabelError::ArchetypeTaken { file: file.to_owned(), id: self.id.clone(), taken });
        }
        for archetype in &catalog.archetypes {
            let (mut sum, mut weights) = (Some(0.0), 0.0);
            for condition in &archetype.conditions {
                let degree = self.membership(&condition.test, catalog, known);
                sum = sum.zip(degree).map(|(sum, degree)| sum + condition.weight * degree);
                weights += condition.weight;
            }
            // An archetype that asks more than is known of the segment cannot be judged here.
            if sum.is_some_and(|sum| sum / weights > 1.0 - min_margin) {
                let (file, id) = (file.to_owned(), self.id.clone());
                return Err(LabelError::ArchetypeAlike { file, id, other: archetype.id.clone() });
            }
        }
        Ok(())
    }

    /// The degree to which the segment fulfils a condition on a level; `None` of other conditions, and where its position is not
    /// known.
    fn membership(&self, test: &Test, catalog: &Catalog, known: &[(String, String)]) -> Option<f64> {
        let Test::Level { role, level } = test else { return None };
        let declared = catalog.roles.iter().find(|other| other.name == *role);
        let column = declared.and_then(|role| role.column.as_deref());
        let column = column.or_else(|| known.iter().find(|(other, _)| other == role).map(|(_, c)| c.as_str()));
        let position = self.positions.iter().find(|(other, _)| Some(other.as_str()) == column)?.1;
        Some(level.membership(position))
    }
}

fn new_document(catalog_id: &str) -> DocumentMut {
    let mut document: DocumentMut = NEW_CATALOG.parse().expect("a comment is TOML");
    document.insert("id", value(catalog_id));
    document.insert("name", value(both(&Text::new("our own segments", "自有客群"))));
    // The comment of an empty document stands at its end; it belongs before the first key.
    document.set_trailing("");
    let mut first = document.key_mut("id").expect("it was just put in");
    first.leaf_decor_mut().set_prefix(NEW_CATALOG);
    document
}

fn both(text: &Text) -> InlineTable {
    InlineTable::from_iter([("en", text.en.as_str()), ("zh", text.zh.as_str())])
}

/// The role by which the catalog speaks of a column.
fn role_of(column: &str, catalog: Option<&Catalog>, known: &[(String, String)], used: &InlineTable) -> String {
    let declared = catalog.map_or(&[][..], |catalog| &catalog.roles);
    if let Some(role) = declared.iter().find(|role| role.column.as_deref() == Some(column)) {
        return role.name.clone();
    }
    let means_another = |name: &str| {
        let other = declared.iter().find(|role| role.name == name).and_then(|role| role.column.as_deref());
        used.contains_key(name) || other.is_some_and(|other| other != column)
    };
    if let Some((usual, _)) = known.iter().find(|(role, other)| other == column && !means_another(role)) {
        return usual.clone();
    }
    let numbered = |number: usize| if number == 1 { column.to_owned() } else { format!("{column}_{number}") };
    let is_free =
        |name: &String| !means_another(name) && known.iter().all(|(role, other)| role != name || other == column);
    (1..).map(numbered).find(is_free).expect("numbers do not run out")
}

/// Adds a role to `[roles]`, in the way the catalog writes its roles.
fn declare(document: &mut DocumentMut, catalog: Option<&Catalog>, role: &str, column: &str) {
    let mut declaration = InlineTable::from_iter([("column", column)]);
    if catalog.is_some() {
        declaration.insert("optional", true.into());
    }
    if !document.contains_key("roles") {
        // Once one role is declared, all have to be.
        let mut roles = Table::new();
        for implied in catalog.map_or(&[][..], |catalog| &catalog.roles) {
            roles.insert(&implied.name, value(InlineTable::new()));
        }
        document.insert("roles", Item::Table(roles));
    }
    match &mut document["roles"] {
        Item::Table(roles) if roles.is_implicit() => {
            let mut table = declaration.into_table();
            table.set_implicit(false);
            roles.insert(role, Item::Table(table));
        }
        Item::Table(roles) => {
            roles.insert(role, value(declaration));
        }
        roles => {
            if let Some(roles) = roles.as_inline_table_mut() {
                roles.insert(role, declaration.into());
            }
        }
    }
}

/// Puts an archetype at the end of `[[archetypes]]`, or of an array that is written in one piece.
fn push(document: &mut DocumentMut, archetype: Table) {
    let archetypes = document.entry("archetypes").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    match archetypes {
        Item::ArrayOfTables(tables) => tables.push(archetype),
        other => {
            let array: Option<&mut Array> = other.as_array_mut();
            if let Some(array) = array {
                array.push(archetype.into_inline_table());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CATALOG: &str = r#"# Ours.
id = "ours"   # short
name = { en = "ours", zh = "自有" }

[roles.spend]
column = "monetary"

# The best.
[[archetypes]]
id = "best"
name = { en = "best", zh = "最佳" }
profile = { spend = "very_high" } # always
"#;

    fn draft(id: &str, positions: &[(&str, f64)]) -> Draft {
        let positions = positions.iter().map(|&(column, position)| (column.to_owned(), position)).collect();
        Draft { id: id.into(), name: Text::new("say \"new\"", "新"), positions }
    }

    fn known() -> Vec<(String, String)> {
        vec![("recency".into(), "recency_days".into())]
    }

    #[test]
    fn a_new_catalog_begins_with_its_comment_and_holds_the_archetype() {
        let text = draft("new", &[("recency_days", 0.1), ("basket", 0.7)]).add_to(None, "a.toml", "a", &known(), 0.1);
        let expected = r#"# Customer types of our own. `segmint archetypes check` says whether it is right; label.catalogs in pipeline.toml names it.
id = "a"
name = { en = "our own segments", zh = "自有客群" }

[roles]
recency = { column = "recency_days" }
basket = { column = "basket" }

[[archetypes]]
id = "new"
name = { en = 'say "new"', zh = "新" }
profile = { recency = "very_low", basket = "high" }
"#;
        assert_eq!(text.unwrap(), expected);
    }

    #[test]
    fn what_stands_in_a_catalog_stays_as_it_is() {
        let text = draft("new", &[("monetary", 0.5), ("recency_days", 0.3)]);
        let text = text.add_to(Some(CATALOG), "ours.toml", "x", &known(), 0.1).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(CATALOG.lines().filter(|line| !line.is_empty()).all(|line| lines.contains(&line)), "{text}");
        let catalog = Catalog::parse(&text, "ours.toml").unwrap();
        assert_eq!(catalog.archetypes.len(), 2);
        let recency = catalog.roles.iter().find(|role| role.name == "recency").unwrap();
        assert_eq!((recency.column.as_deref(), recency.optional), (Some("recency_days"), true));
        let asked: Vec<String> = catalog.archetypes[1].conditions.iter().map(|c| format!("{:?}", c.test)).collect();
        assert!(asked.iter().any(|test| test.contains("spend") && test.contains("Medium")), "{asked:?}");
    }

    #[test]
    fn catalogs_without_roles_and_in_one_piece_take_archetypes_too() {
        let text = "id = \"b\"\nname = { en = \"b\", zh = \"b\" }\narchetypes = [{ id = \"one\", name = { en = \"one\", \
                    zh = \"一\" }, profile = { monetary = \"low\" } }]\n";
        let added = draft("two", &[("monetary", 0.9), ("visits", 0.9)]).add_to(Some(text), "b.toml", "x", &[], 0.1);
        let catalog = Catalog::parse(&added.unwrap(), "b.toml").unwrap();
        let roles: Vec<&str> = catalog.roles.iter().map(|role| role.name.as_str()).collect();
        assert_eq!((catalog.archetypes.len(), roles), (2, vec!["monetary", "visits"]));
    }

    #[test]
    fn an_archetype_that_fits_as_well_is_refused() {
        let best = draft("new", &[("monetary", 0.9), ("visits", 0.1)]);
        let refused = best.add_to(Some(CATALOG), "ours.toml", "x", &known(), 0.1).unwrap_err();
        assert!(matches!(refused, LabelError::ArchetypeAlike { ref other, .. } if other == "best"), "{refused}");
        let taken = draft("best", &[("monetary", 0.1)]).add_to(Some(CATALOG), "ours.toml", "x", &known(), 0.1);
        assert!(matches!(taken, Err(LabelError::ArchetypeTaken { .. })));
    }
}
