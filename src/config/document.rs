//! Configuration text → checked settings: every value with its path and origin, nothing unknown among them.

use std::collections::BTreeMap;

use toml::Value;
use toml::de::{DeTable, DeValue};

use super::advice::advice;
use super::{ConfigError, Origin, lookup};

/// A value with its origin.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The value, which its constraint admits.
    pub value: Value,
    /// Where it stands.
    pub origin: Origin,
}

/// Checked settings by path. A path is a list because a column name may hold a dot.
pub type Settings = BTreeMap<Vec<String>, Setting>;

/// The settings of the text of a configuration file, which messages call `file`.
pub fn parse(text: &str, file: &str) -> Result<Settings, ConfigError> {
    let line_of = |offset: usize| text[..offset.min(text.len())].matches('\n').count() + 1;
    let document = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
        file: file.to_owned(),
        line: line_of(error.span().map_or(0, |span| span.start)),
        message: error.message().trim().replace('\n', ", "),
    })?;
    let mut settings = Settings::new();
    let origin = |offset| Origin::File { file: file.to_owned(), line: line_of(offset) };
    collect(document.get_ref(), &mut Vec::new(), &origin, &mut settings)?;
    Ok(settings)
}

/// The setting of one `--set key=value`: a TOML value, else a bare string.
pub fn parse_flag(argument: &str) -> Result<Settings, ConfigError> {
    let wrong = |message: &str| ConfigError::SetSyntax { argument: argument.to_owned(), message: message.to_owned() };
    let (key, value) = argument.split_once('=').ok_or_else(|| wrong("there is no ="))?;
    let quoted = Value::from(value.trim()).to_string();
    let lines = [format!("{key} = {value}"), format!("{key} = {quoted}")];
    let document = match DeTable::parse(&lines[0]) {
        Ok(document) => document,
        Err(_) => DeTable::parse(&lines[1]).map_err(|error| wrong(error.message()))?,
    };
    let mut settings = Settings::new();
    collect(document.get_ref(), &mut Vec::new(), &|_| Origin::Flag, &mut settings)?;
    Ok(settings)
}

/// Walks a table down to the keys of the schema.
fn collect(
    table: &DeTable<'_>,
    path: &mut Vec<String>,
    origin: &dyn Fn(usize) -> Origin,
    settings: &mut Settings,
) -> Result<(), ConfigError> {
    for (name, item) in table {
        path.push(name.get_ref().to_string());
        let place = origin(name.span().start);
        match (lookup::constraint_of(path), item.get_ref()) {
            (Some(constraint), item) => {
                let value = owned(item);
                if !constraint.admits(&value) {
                    return Err(ConfigError::Value {
                        key: path.join("."),
                        value: value.to_string(),
                        allowed: constraint.allowed(),
                        hint: Some(advice(path, &constraint, &value, &place).into()),
                        origin: place,
                    });
                }
                settings.insert(path.clone(), Setting { value, origin: place });
            }
            (None, DeValue::Table(inner)) if lookup::is_table(path) => collect(inner, path, origin, settings)?,
            (None, item) if lookup::is_table(path) => {
                return Err(ConfigError::Value {
                    key: path.join("."),
                    value: owned(item).to_string(),
                    allowed: "a table".to_owned(),
                    origin: place,
                    hint: Some(format!("write its keys below a line [{}]", path.join(".")).into()),
                });
            }
            _ => {
                let nearest = lookup::nearest(path);
                return Err(ConfigError::UnknownKey { key: path.join("."), origin: place, nearest });
            }
        }
        path.pop();
    }
    Ok(())
}

/// A parsed value without its borrowed text. A number too large for 64 bits stays what it was: a text nothing admits.
fn owned(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(whole) => match i64::from_str_radix(whole.as_str(), whole.radix()) {
            Ok(whole) => Value::from(whole),
            Err(_) => Value::from(whole.as_str()),
        },
        DeValue::Float(float) => Value::from(float.as_str().parse::<f64>().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => Value::from(*truth),
        DeValue::Datetime(time) => Value::from(*time),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| owned(item.get_ref())).collect()),
        DeValue::Table(table) => {
            Value::Table(table.iter().map(|(k, v)| (k.get_ref().to_string(), owned(v.get_ref()))).collect())
        }
    }
}
