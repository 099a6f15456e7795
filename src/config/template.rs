//! `pipeline.toml` as text: every key with its default and its comment.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::schema::{KEYS, OPEN_TABLES};

/// What a table decides of its configuration.
#[cfg(feature = "cli")]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fitted {
    /// Keys with their values as TOML, by path.
    pub given: BTreeMap<&'static str, String>,
    /// Comments that stand before a key, by its path; one line each.
    pub notes: BTreeMap<&'static str, Vec<String>>,
    /// Lines of TOML after the keys of a section, by the section.
    pub lines: BTreeMap<&'static str, Vec<String>>,
}

/// [`template`] with comments and more lines, as a table decides them.
#[cfg(feature = "cli")]
pub fn fitted_template(fitted: &Fitted) -> String {
    render(&fitted.given, false, &fitted.notes, &fitted.lines)
}

/// A configuration file: keys in `given` have their values (as TOML), the others are commented out at their defaults.
///
/// ```
/// use std::collections::BTreeMap;
/// let given = BTreeMap::from([("source.path", "\"customers.parquet\"".to_owned())]);
/// let text = segmint::config::template(&given);
/// assert!(text.contains("\npath = \"customers.parquet\""));
/// assert!(text.contains("\n# k = \"auto\""));
/// ```
pub fn template(given: &BTreeMap<&str, String>) -> String {
    render(given, false, &BTreeMap::new(), &BTreeMap::new())
}

/// The configuration file of the sample data: every key, none commented out.
pub fn sample() -> String {
    let given = BTreeMap::from([
        ("source.path", "\"datasets/customers.parquet\"".to_owned()),
        ("source.id", "\"customer_id\"".to_owned()),
        ("source.tier", "\"tier\"".to_owned()),
        ("source.value", "\"monetary\"".to_owned()),
        ("compare.tier_order", "[\"A\", \"B\", \"C\", \"D\"]".to_owned()),
    ]);
    render(&given, true, &BTreeMap::new(), &BTreeMap::new())
}

fn render(
    given: &BTreeMap<&str, String>,
    every_key: bool,
    notes: &BTreeMap<&str, Vec<String>>,
    lines: &BTreeMap<&str, Vec<String>>,
) -> String {
    let mut text = String::from(
        "# How segmint turns a table of customer features into named segments. Every key is here; a key that is absent\n\
         # or commented out has the value shown. Paths are relative to this file.\n",
    );
    let mut section = "";
    for key in KEYS {
        if key.section() != section {
            let ended = OPEN_TABLES.iter().filter(|table| table.path.split('.').next() == Some(section));
            for table in ended {
                let _ = writeln!(text, "# [{}]: {}", table.heading, table.comment);
            }
            push_lines(&mut text, lines.get(section));
            section = key.section();
            let _ = write!(text, "\n[{section}]\n");
        }
        for note in notes.get(key.path).into_iter().flatten() {
            let _ = writeln!(text, "# {note}");
        }
        let (mark, value) = match given.get(key.path) {
            Some(value) => ("", value.as_str()),
            None if every_key => ("", key.default),
            None => ("# ", if key.default.is_empty() { "\"\"" } else { key.default }),
        };
        let line = format!("{mark}{} = {value}", key.name());
        let comment = match given.get(key.path) {
            Some(value) if value != key.default && !key.default.is_empty() && every_key => {
                let gap = if key.comment.is_empty() { "" } else { "; " };
                format!("{}{gap}default {}", key.comment, key.default)
            }
            _ => key.comment.to_owned(),
        };
        if comment.is_empty() {
            text.push_str(&line);
        } else {
            let _ = write!(text, "{line:<30}  # {comment}");
        }
        text.push('\n');
    }
    push_lines(&mut text, lines.get(section));
    text
}

fn push_lines(text: &mut String, lines: Option<&Vec<String>>) {
    for line in lines.into_iter().flatten() {
        text.push_str(line);
        text.push('\n');
    }
}
