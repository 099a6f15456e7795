//! The catalogs that ship with segmint, and how a run reads its own.

use std::fs;
use std::path::Path;

use super::Catalog;
use crate::config::{CatalogRef, utf8};
use crate::label::{LabelError, Mistake};
use crate::nearest::nearest;

/// A catalog of `datasets/archetypes`, by the name of its file.
macro_rules! shipped {
    ($($id:literal),* $(,)?) => {
        &[$(($id, include_str!(concat!("../../../datasets/archetypes/", $id, ".toml")))),*]
    };
}

const BUILT_IN: &[(&str, &str)] = shipped![
    "rfm-8",
    "order-habits",
    "rfm-10",
    "rfm-11",
    "value-roles",
    "value-tiers",
    "value-abcd",
    "value-frequency",
    "behaviour-loyalty",
    "behaviour-activity",
    "lifecycle",
    "loyalty-stages",
    "needs",
    "needs-phones",
    "demographic",
    "demographic-age-sex",
    "psychographic",
    "benefit",
    "personality",
    "type-service",
    "type-market",
    "type-organisation",
    "type-new-large",
    "insurance-persons",
    "insurance-firms",
    "finance",
    "ecommerce",
    "pharmacy-age",
    "pharmacy-sex",
    "pharmacy-region",
    "pharmacy-condition",
    "pharmacy-price",
    "patients",
    "travel",
    "travel-parties",
    "firms-industry",
    "firms-kind",
    "china-market",
    "china-internet",
    "channel-flooring",
    "channel-flooring-shops",
    "journey",
    "feedback",
    "risk",
];

/// The catalogs that ship with segmint, as (id, TOML text).
pub fn builtin_texts() -> &'static [(&'static str, &'static str)] {
    BUILT_IN
}

/// The catalogs that ship with segmint.
///
/// ```
/// let catalogs = segmint::label::builtin_catalogs();
/// assert_eq!(catalogs[0].id, "rfm-8");
/// assert_eq!(catalogs[0].archetypes.len(), 8);
/// ```
///
/// # Panics
/// When a shipped catalog has a mistake, which the tests exclude.
pub fn builtin_catalogs() -> Vec<Catalog> {
    let parsed = BUILT_IN.iter().map(|(id, text)| Catalog::parse(text, id));
    parsed.map(|catalog| catalog.expect("shipped catalogs have no mistakes")).collect()
}

/// Reads one catalog.
///
/// # Errors
/// An unknown name (with the known ones), a file that cannot be read, or every mistake in it with its line.
pub fn load_catalog(reference: &CatalogRef) -> Result<Catalog, LabelError> {
    catalog_of(reference, None)
}

/// The catalog that `key` of the plan names, or somebody by hand.
fn catalog_of(reference: &CatalogRef, key: Option<&'static str>) -> Result<Catalog, LabelError> {
    match reference {
        CatalogRef::BuiltIn(name) => {
            let Some((id, text)) = BUILT_IN.iter().find(|(id, _)| id == name) else {
                let known = BUILT_IN.iter().map(|(id, _)| (*id).to_owned());
                return Err(LabelError::UnknownCatalog {
                    key,
                    name: name.clone(),
                    nearest: nearest(name, known.clone()),
                    known: known.collect(),
                });
            };
            Catalog::parse(text, id)
        }
        CatalogRef::File(path) => Catalog::parse(&text_of(path, key)?, &path.display().to_string()),
    }
}

/// Reads a catalog of one's own and holds its archetypes against each other, as [`Catalog::check`] does.
///
/// # Errors
/// A file that cannot be read, or every mistake in it with its line.
pub fn check_catalog(path: &Path) -> Result<(Catalog, Vec<Mistake>), LabelError> {
    Catalog::check(&text_of(path, None)?, &path.display().to_string())
}

/// Reads the catalogs of a run, in order.
///
/// # Errors
/// As [`load_catalog`]; two catalogs with the same id.
pub fn load_catalogs(references: &[CatalogRef]) -> Result<Vec<Catalog>, LabelError> {
    let mut catalogs: Vec<Catalog> = Vec::with_capacity(references.len());
    for reference in references {
        let catalog = catalog_of(reference, Some("label.catalogs"))?;
        if catalogs.iter().any(|other| other.id == catalog.id) {
            return Err(LabelError::SameCatalog { id: catalog.id });
        }
        catalogs.push(catalog);
    }
    Ok(catalogs)
}

fn text_of(path: &Path, key: Option<&'static str>) -> Result<String, LabelError> {
    let bytes = fs::read(path).map_err(|source| LabelError::Unreadable { key, path: path.to_owned(), source })?;
    let not_text = |line| {
        let mistake =
            Mistake { line, message: "not text in UTF-8".into(), hint: Some("save it in an editor as UTF-8") };
        LabelError::BadCatalog { file: path.display().to_string(), mistakes: vec![mistake] }
    };
    utf8(&bytes).map(str::to_owned).map_err(not_text)
}
