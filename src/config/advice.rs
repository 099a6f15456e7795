//! What to write in place of a value that is not allowed.

use toml::{Table, Value};

use super::schema::Key;
use super::{Constraint, Origin, lookup};
use crate::nearest::nearest;

/// What to write for the key at `path` in place of `value`, which `constraint` refuses: what was most likely meant, else examples.
pub(super) fn advice(path: &[String], constraint: &Constraint, value: &Value, origin: &Origin) -> String {
    let setting = |value: &Value| setting(path, value, origin);
    if let Some(meant) = meant(value, constraint) {
        return format!("did you mean {}?", setting(&meant));
    }
    let default = lookup::key_of(path).filter(|key| !["", "\"\"", "[]"].contains(&key.default)).map(Key::default_value);
    let mut examples: Vec<Value> = default.into_iter().collect();
    match constraint {
        Constraint::WordOr(_, other) => examples.extend(other.example()),
        _ if examples.is_empty() => examples.extend(constraint.example()),
        _ => {}
    }
    match examples.iter().map(setting).collect::<Vec<_>>().as_slice() {
        [] => "docs/tiers.md shows what may stand there".to_owned(),
        examples => format!("for example {}", examples.join(" or ")),
    }
}

/// The key at `path` with `value`, as it stands where the refused value stood.
fn setting(path: &[String], value: &Value, origin: &Origin) -> String {
    let toml = value.to_string();
    let bare = value.as_str().unwrap_or(&toml);
    // A text that reads as a number, a date or a bool needs its quotes.
    let is_other = value.is_str() && format!("value = {bare}").parse::<Table>().is_ok();
    let is_plain = !is_other && !bare.is_empty() && bare.chars().all(|c| c.is_alphanumeric() || "._-".contains(c));
    match (origin, is_plain) {
        (Origin::Flag, true) => format!("`--set {}={bare}`", path.join(".")),
        (Origin::Flag, false) => format!("`--set '{}={toml}'`", path.join(".")),
        _ => format!("`{} = {toml}`", path.last().map_or("", String::as_str)),
    }
}

/// The allowed value that `value` is a slip of, if any.
fn meant(value: &Value, constraint: &Constraint) -> Option<Value> {
    let other_forms: Vec<Value> = match constraint {
        Constraint::WordOr(word, other) => {
            return value
                .as_str()
                .and_then(|text| nearest(text, [word]))
                .map(Value::from)
                .or_else(|| meant(value, other));
        }
        Constraint::OneOf(words) => {
            value.as_str().and_then(|text| nearest(text, *words)).map(Value::from).into_iter().collect()
        }
        // The unit is missing, which nobody can guess.
        Constraint::Size | Constraint::Duration => return None,
        Constraint::Range { .. } | Constraint::Numbers { .. } => {
            value.as_array().map(|list| Value::Array(list.iter().rev().cloned().collect())).into_iter().collect()
        }
        _ => vec![Value::Array(vec![value.clone()])],
    };
    let unquoted = value.as_str().and_then(|text| format!("value = {text}").parse::<Table>().ok()?.remove("value"));
    let whole = value.as_float().filter(|number| number.fract() == 0.0).map(|number| Value::from(number as i64));
    let quoted = (value.is_integer() || value.is_float()).then(|| Value::from(value.to_string()));
    let mut forms = other_forms.into_iter().chain(unquoted).chain(whole).chain(quoted);
    forms.find(|form| constraint.admits(form))
}

#[cfg(test)]
mod tests {
    use super::super::schema::{COLUMN_KEYS, FEATURE_KEYS, KEYS, RULE_KEYS};
    use super::*;

    #[test]
    fn every_example_is_allowed() {
        for key in [KEYS, FEATURE_KEYS, COLUMN_KEYS, RULE_KEYS].concat() {
            let constraint = match key.constraint {
                Constraint::WordOr(_, other) => *other,
                constraint => constraint,
            };
            assert!(constraint.example().is_none_or(|example| constraint.admits(&example)), "{}", key.path);
        }
    }

    #[test]
    fn a_slip_is_told_from_a_value_that_says_nothing() {
        let told = |key: &str, value: &str, origin: Origin| {
            let path: Vec<String> = key.split('.').map(str::to_owned).collect();
            let value = format!("v = {value}").parse::<Table>().unwrap().remove("v").unwrap();
            advice(&path, &lookup::key_of(&path).unwrap().constraint, &value, &origin)
        };
        for (key, value, hint) in [
            ("cluster.kmeans.k", "0", "for example `k = \"auto\"` or `k = 6`"),
            ("cluster.kmeans.k", "6.0", "did you mean `k = 6`?"),
            ("cluster.kmeans.k", "\"6\"", "did you mean `k = 6`?"),
            ("cluster.kmeans.k", "\"Auto\"", "did you mean `k = \"auto\"`?"),
            ("cluster.kmeans.k_range", "[5, 2]", "did you mean `k_range = [2, 5]`?"),
            ("cluster.kmeans.k_range", "[1, 2]", "for example `k_range = [2, 12]`"),
            ("cluster.dbscan.eps", "-1", "for example `eps = \"auto\"` or `eps = 0.5`"),
            ("cluster.dbscan.min_samples", "0", "for example `min_samples = \"auto\"` or `min_samples = 6`"),
            ("report.min_cell", "-1", "for example `min_cell = 10`"),
            ("normalize.transform", "\"log1\"", "did you mean `transform = \"log1p\"`?"),
            ("normalize.transform", "\"squared\"", "for example `transform = \"auto\"`"),
            ("cluster.seed", "\"x\"", "for example `seed = 42`"),
            ("label.catalogs", "\"rfm-8\"", "did you mean `catalogs = [\"rfm-8\"]`?"),
            ("registry.keep", "-1", "for example `keep = 50`"),
            ("registry.path", "\"\"", "for example `path = \"runs\"`"),
            ("limits.memory", "\"8\"", "for example `memory = \"auto\"` or `memory = \"8 GB\"`"),
            ("source.tier", "3", "did you mean `tier = \"3\"`?"),
        ] {
            assert_eq!(told(key, value, Origin::Default), hint, "{key} = {value}");
        }
        let flag = |key, value| told(key, value, Origin::Flag);
        assert_eq!(flag("source.tier", "3"), "did you mean `--set 'source.tier=\"3\"'`?");
        assert_eq!(flag("normalize.scale", "\"x\""), "for example `--set normalize.scale=standard`");
        assert_eq!(flag("label.catalogs", "\"rfm-8\""), "did you mean `--set 'label.catalogs=[\"rfm-8\"]'`?");
    }
}
