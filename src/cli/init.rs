//! `segmint init`: a configuration fitted to a table.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::json;
use toml::Value;

use super::args::Arguments;
use super::exit::{CliError, Failed};
use super::output::{print_json, print_text};
use crate::config::{schema, template};
use crate::load::{Column, Kind, Source, refuse_overwriting};

/// Names that usually hold the customer's id, the tier, the money; compared in lower case without underscores.
const ID_NAMES: [&str; 6] = ["customerid", "id", "userid", "clientid", "memberid", "custid"];
const TIER_NAMES: [&str; 6] = ["tier", "segmentation", "segment", "grade", "abc", "customertier"];
const VALUE_NAMES: [&str; 7] = ["monetary", "revenue", "value", "amount", "spend", "sales", "totalspend"];

pub(super) fn init(arguments: &Arguments, input: Option<&Path>, output: &Path, force: bool) -> Result<(), Failed> {
    let given = match input {
        Some(input) => {
            refuse_overwriting(output, input)?;
            fitted(input, output)?
        }
        None => BTreeMap::new(),
    };
    write_new(output, &template(&given), force)?;
    if arguments.json {
        return print_json(&json!({ "written": output, "given": given }));
    }
    let next = if input.is_some() { "segmint run" } else { "set source.path, then segmint check" };
    print_text(&format!("wrote {}; next: {next}", output.display()))
}

/// The keys that a table decides, as TOML.
fn fitted(input: &Path, output: &Path) -> Result<BTreeMap<&'static str, String>, Failed> {
    let source = Source::open(input)?;
    let columns = source.columns();
    let find = |names: &[&str], fits: fn(&Column) -> bool| {
        let named = |name: &&str| columns.iter().find(|c| plain(&c.name) == *name && fits(c));
        names.iter().find_map(named).map(|column| column.name.clone())
    };
    let id = find(&ID_NAMES, |column| column.kind != Kind::Other && !column.is_partition);
    let tier = find(&TIER_NAMES, |column| column.kind == Kind::Text);
    let value = find(&VALUE_NAMES, |column| column.kind == Kind::Number);
    let free = |column: &&Column| Some(&column.name) != id.as_ref() && Some(&column.name) != tier.as_ref();
    let list = |fits: fn(Kind) -> bool| {
        let names = columns.iter().filter(free).filter(|c| fits(c.kind)).map(|c| Value::from(c.name.as_str()));
        Value::Array(names.collect()).to_string()
    };
    let mut given = BTreeMap::from([
        ("source.path", Value::from(relative_to(input, output)).to_string()),
        ("source.features", list(|kind| kind == Kind::Number)),
        ("source.attributes", list(|kind| matches!(kind, Kind::Text | Kind::Bool | Kind::Date))),
    ]);
    for (key, column) in [("source.id", &id), ("source.tier", &tier), ("source.value", &value)] {
        if let Some(column) = column {
            given.insert(key, Value::from(column.as_str()).to_string());
        }
    }
    // A role whose usual column is not there stays commented out.
    for key in schema::KEYS.iter().filter(|key| key.section() == schema::ROLES_TABLE) {
        if columns.iter().any(|c| c.kind == Kind::Number && key.default == format!("{:?}", c.name)) {
            given.insert(key.path, key.default.to_owned());
        }
    }
    Ok(given)
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `input` as the file `output` has to name it: relative when it lies beside or below it, else absolute.
fn relative_to(input: &Path, output: &Path) -> String {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (input, output) = (absolute(input), absolute(output));
    let folder = output.parent().unwrap_or(Path::new(""));
    let named: PathBuf = input.strip_prefix(folder).map_or_else(|_| input.clone(), Path::to_owned);
    named.to_string_lossy().into_owned()
}

/// Writes a file that must not exist, or replaces it when `force`.
fn write_new(path: &Path, text: &str, force: bool) -> Result<(), CliError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => CliError::Exists { path: path.to_owned() },
        _ => CliError::Write { path: path.to_owned(), source },
    })
}
