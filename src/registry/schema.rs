//! The documentation of a run's files, made from their types: a JSON Schema for each file, and `docs/run-format.md`.
//!
//! The types derive their schemas in tests alone. A type's documentation is its description there; a key of a later format than
//! 1.0 says so with `#[cfg_attr(test, schemars(extend("x-since" = "1.2")))]`.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

use super::{Charts, LineageIndex, PinnedNames, RUN_FORMAT, RunRecord};
use crate::compare::Comparisons;
use crate::label::Labelled;
use crate::refit::{LeftBehind, Refit};

/// The format of files that were always there.
const FIRST: &str = "1.0";

/// What stands before the tables.
const HEAD: &str = include_str!("run_format.md");

/// A JSON file of a run: its name, what it is, its schema.
struct Described {
    name: &'static str,
    about: &'static str,
    /// The format it is there since.
    since: &'static str,
    schema: Value,
}

fn described<T: JsonSchema>(name: &'static str, since: &'static str, about: &'static str) -> Described {
    let schema: Schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
    let mut schema = schema.to_value();
    let text = format!("{about} Format {RUN_FORMAT}; a reader skips keys it does not know.");
    schema["title"] = Value::from(name);
    schema["description"] = Value::from(text);
    Described { name, about, since, schema }
}

fn files() -> [Described; 8] {
    [
        described::<RunRecord>("run.json", FIRST, "What a run was, what it found and how it can be repeated."),
        described::<Labelled>("segments.json", FIRST, "The named clusters of every clustering."),
        described::<Comparisons>("comparison.json", FIRST, "Tiers against clusterings, matrices, targets."),
        described::<Charts>("charts.json", FIRST, "What the pictures of a run need and its tables do not hold."),
        described::<Refit>(
            "refit.json",
            "1.3",
            "What became of the segments of the run that is continued; since format 1.3, and only in runs that continue one.",
        ),
        described::<LeftBehind>(
            "reference.json",
            "1.3",
            "What later runs are compared with; since format 1.3, and only in runs that continue one or have a gate.",
        ),
        described::<LineageIndex>(
            "lineage.json",
            "1.3",
            "Beside the runs: every promoted run and every segment that any of them had. It is made anew whenever an alias moves.",
        ),
        described::<PinnedNames>(
            "names.json",
            "1.3",
            "Beside the runs: names that people gave to segments. It changes what is shown of runs and no file of them.",
        ),
    ]
}

/// Every generated file: where it is and what it holds.
fn generated() -> Vec<(PathBuf, String)> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let files = files();
    let mut page = HEAD.replace("{RUN_FORMAT}", RUN_FORMAT);
    files.iter().for_each(|file| describe(&mut page, file));
    let schema = |file: &Described| {
        let text = serde_json::to_string_pretty(&file.schema).expect("a schema is JSON");
        (docs.join("schemas").join(file.name.replace(".json", ".schema.json")), text + "\n")
    };
    let mut all: Vec<(PathBuf, String)> = files.iter().map(schema).collect();
    all.push((docs.join("run-format.md"), page));
    all
}

/// Writes the tables of a file: its own keys, then those of every object in it.
fn describe(page: &mut String, file: &Described) {
    write!(page, "\n## `{}`\n\n{}\n\n", file.name, file.about).expect("text takes text");
    keys(page, &file.schema, file.since);
    let objects = file.schema["$defs"].as_object().cloned().unwrap_or_default();
    for (name, schema) in &objects {
        write!(page, "\n### {} · {name}\n\n{}\n\n", file.name, sentence(schema)).expect("text takes text");
        keys(page, schema, file.since);
        values(page, schema);
    }
}

/// The keys of an object as a table; `first` is the format of those that do not say since when they are there.
fn keys(page: &mut String, schema: &Value, first: &str) {
    let Some(properties) = schema["properties"].as_object() else { return };
    page.push_str("| key | type | meaning | since |\n|---|---|---|---|\n");
    for (key, schema) in properties {
        let since = schema["x-since"].as_str().unwrap_or(first);
        let (kind, meaning) = (cell(&kind(schema)), cell(&sentence(schema)));
        writeln!(page, "| `{key}` | {kind} | {meaning} | {since} |").expect("text takes text");
    }
}

/// The alternatives of a type as a list.
fn values(page: &mut String, schema: &Value) {
    let alternatives = ["oneOf", "anyOf"].iter().find_map(|key| schema[key].as_array());
    for one in alternatives.into_iter().flatten() {
        writeln!(page, "- {}: {}", kind(one), sentence(one)).expect("text takes text");
    }
}

/// The type of a value, short.
fn kind(schema: &Value) -> String {
    let Some(object) = schema.as_object() else { return "any".to_owned() };
    if let Some(name) = object.get("$ref").and_then(Value::as_str) {
        return name.rsplit('/').next().unwrap_or(name).to_owned();
    }
    if let Some(constant) = object.get("const") {
        return format!("`{constant}`");
    }
    if let Some(several) = ["anyOf", "oneOf"].iter().find_map(|key| object.get(*key)?.as_array()) {
        return several.iter().map(kind).collect::<Vec<String>>().join(" or ");
    }
    match object.get("type") {
        Some(Value::Array(several)) => {
            let words: Vec<String> =
                several.iter().filter_map(Value::as_str).map(|word| one_kind(word, object)).collect();
            words.join(" or ")
        }
        Some(Value::String(word)) => one_kind(word, object),
        _ => "any".to_owned(),
    }
}

fn one_kind(word: &str, schema: &Map<String, Value>) -> String {
    let items = || schema.get("items").map_or_else(|| "values".to_owned(), kind);
    match word {
        "array" => match schema.get("prefixItems").and_then(Value::as_array) {
            Some(items) => format!("[{}]", items.iter().map(kind).collect::<Vec<String>>().join(", ")),
            None => format!("list of {}", items()),
        },
        "object" => match schema.get("additionalProperties") {
            Some(values) if values.is_object() => format!("object of {}", kind(values)),
            _ => match schema.get("properties").and_then(Value::as_object) {
                Some(keys) => format!("object with {}", keys.keys().cloned().collect::<Vec<String>>().join(", ")),
                None => "object".to_owned(),
            },
        },
        "string" => match schema.get("enum").and_then(Value::as_array) {
            Some(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<String>>().join(" or "),
            None => "text".to_owned(),
        },
        other => other.to_owned(),
    }
}

/// The documentation of a type or key on one line, links to other items as plain code.
fn sentence(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    let paragraph = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    plain_links(&paragraph).replace("`None`", "null")
}

/// A rustdoc link such as [`Run`](crate::Run) without its target.
fn plain_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("[`") {
        let Some(end) = rest[start..].find("`]").map(|end| start + end) else { break };
        plain.push_str(&rest[..start]);
        plain.push_str(&rest[start + 1..=end]);
        rest = &rest[end + 2..];
        if rest.starts_with('(') {
            rest = rest.find(')').map_or(rest, |close| &rest[close + 1..]);
        }
    }
    plain + rest
}

/// A text that stays in its cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// `UPDATE_GOLDEN=1 cargo test --lib generated_files_are_current` writes them.
#[test]
fn generated_files_are_current() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    for (path, text) in generated() {
        if update {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "{} is not current: UPDATE_GOLDEN=1 writes it", path.display());
    }
}

#[test]
fn every_key_of_a_run_says_what_it_is() {
    for file in files() {
        let objects = file.schema["$defs"].as_object().unwrap().iter().map(|(name, schema)| (name.as_str(), schema));
        for (name, schema) in objects.chain([(file.name, &file.schema)]) {
            for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
                let is_said = !sentence(schema).is_empty() || schema.get("const").is_some();
                assert!(is_said, "{}: {name}.{key} has no documentation", file.name);
            }
        }
    }
}
