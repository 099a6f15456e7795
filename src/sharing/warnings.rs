//! Warnings without the handfuls they speak of.

use serde_json::{Map, Value};

use super::Screen;
use crate::figures::percent;
use crate::load::CommonText;
use crate::model::ScoreSummary;
use crate::{Text, Warning};

/// Evidence that counts customers of whom a handful is held back elsewhere.
const COUNTS: [&str; 9] =
    ["customers", "missing", "n_missing", "n_marked", "n_unreadable", "n_unseen", "n_noise", "n_core", "n"];
/// What is such a count over a total.
const SHARES: [&str; 2] = ["share", "core_share"];

/// A warning that names no count from 1 to `min_cell` − 1 of [`COUNTS`].
pub(super) fn without_handfuls(warning: &Warning, min_cell: u64) -> Warning {
    let mut warning = without_texts_of_few(warning, min_cell);
    let mut evidence = Value::Object(std::mem::take(&mut warning.evidence));
    let mut found = Vec::new();
    hold_back(&mut evidence, min_cell, &mut found);
    if let Value::Object(evidence) = evidence {
        warning.evidence = evidence;
    }
    let few = format!("不足 {min_cell}");
    for handful in found {
        warning.message = Text::new(
            replaced(&warning.message.en, &handful, &format!("fewer than {min_cell}")),
            // The words join what stands before, the number keeps its blanks.
            replaced(&warning.message.zh, &handful, &few).replace(&format!(" {few}"), &few),
        );
    }
    warning
}

/// A warning that repeats no text of fewer than `min_cell` customers; runs of older versions do not say how many share it.
fn without_texts_of_few(warning: &Warning, min_cell: u64) -> Warning {
    let mut warning = warning.clone();
    let mut texts: Vec<String> = text_of_few(&mut warning.evidence, min_cell).into_iter().collect();
    let columns = warning.evidence.get_mut("columns").and_then(Value::as_array_mut).into_iter().flatten();
    texts.extend(columns.filter_map(|column| text_of_few(column.as_object_mut()?, min_cell)));
    for text in texts {
        let ([en, zh], said) = (CommonText::named(&text), &warning.message);
        warning.message = Text::new(said.en.replacen(&en, "", 1), said.zh.replacen(&zh, "", 1));
    }
    warning
}

/// Takes the text out of `evidence` that fewer than `min_cell` customers share.
fn text_of_few(evidence: &mut Map<String, Value>, min_cell: u64) -> Option<String> {
    if evidence.get("n_example").and_then(Value::as_u64).is_some_and(|n| n >= min_cell) {
        return None;
    }
    let Value::String(text) = evidence.get_mut("example")?.take() else { return None };
    evidence.insert("n_example".to_owned(), Value::Null);
    Some(text)
}

/// Nulls the handfuls of `value` and what is one over a total; `found` gets what they look like in a sentence.
fn hold_back(value: &mut Value, min_cell: u64, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            let small = |value: &Value| value.as_u64().is_some_and(|n| 0 < n && n < min_cell);
            if COUNTS.iter().any(|key| object.get(*key).is_some_and(small)) {
                let handfuls: Vec<&str> =
                    COUNTS.into_iter().filter(|key| object.get(*key).is_some_and(small)).collect();
                for key in handfuls {
                    found.extend(object.insert(key.to_owned(), Value::Null).map(|n| n.to_string()));
                }
                for key in SHARES {
                    let share = object.get(key).and_then(Value::as_f64);
                    if let Some(share) = share {
                        object.insert(key.to_owned(), Value::Null);
                        found.push(percent(share));
                    }
                }
            }
            object.values_mut().for_each(|inner| hold_back(inner, min_cell, found));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| hold_back(inner, min_cell, found)),
        _ => {}
    }
}

/// `text` with `words` where `figure` stood as a figure of its own.
fn replaced(text: &str, figure: &str, words: &str) -> String {
    // A bracket opens a range of the configuration, which counts nobody.
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '['));
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(figure) {
        let (before, after) = (&rest[..at], &rest[at + figure.len()..]);
        let stands_alone = !is_part(before.chars().next_back().or_else(|| out.chars().next_back()))
            && !is_part(after.chars().next().filter(|&c| c != '.'));
        out.push_str(before);
        out.push_str(if stands_alone { words } else { figure });
        rest = after;
    }
    out + rest
}

/// The warnings of a run.
pub(super) fn of_run(screen: &Screen<'_>, warnings: &[Warning]) -> Vec<Warning> {
    warnings.iter().map(|warning| of_sizes(screen, without_handfuls(warning, screen.rules.min_cell))).collect()
}

/// A warning without the shares of clusters and noise that are held back: one is what the others leave.
fn of_sizes(screen: &Screen<'_>, mut warning: Warning) -> Warning {
    let hides_noise = screen.run.record.dbscan.is_some() && screen.noise().is_none();
    let chosen = screen.run.record.kmeans.table.iter().find(|row| row.k == screen.run.record.kmeans.k);
    let hides_smallest = chosen.is_some_and(|row| !screen.smallest_is_shown(row));
    let mut hold_back = |keys: &[&str]| {
        for key in keys {
            if let Some(figure) = warning.evidence.get_mut(*key) {
                *figure = Value::Null;
            }
        }
    };
    match warning.code.as_str() {
        // It is what one customer brings.
        "one_holds_the_value" => hold_back(&["share"]),
        "no_separable_density" if hides_noise => hold_back(&["largest_share", "noise_share"]),
        "noise_not_searched" if hides_noise => hold_back(&["n_noise"]),
        "no_admissible_k" if hides_smallest => {
            hold_back(&["smallest_share"]);
            let share = chosen.map_or(0.0, |row| 100.0 * row.smallest_share);
            let told = |text: &str, sign: &str| text.replacen(&format!("{share:.2}{sign}"), &format!("*{sign}"), 1);
            // Runs of older versions have a space in Chinese too.
            let Text { en, zh } = &warning.message;
            warning.message = Text::new(told(en, " %"), told(&told(zh, "%"), " %"));
        }
        _ => {}
    }
    warning
}

/// The warnings of a summary of scored customers; `all_are_shown` = every segment is.
pub(super) fn of_score(summary: &ScoreSummary, all_are_shown: bool, min_cell: u64) -> Vec<Warning> {
    let is_few = |n: usize| 0 < n && (n as u64) < min_cell;
    let mut warnings = Vec::new();
    for warning in &summary.warnings {
        let mut warning = without_handfuls(warning, min_cell);
        if warning.code == "segments_moved" && !all_are_shown {
            warning.evidence.insert("distance".to_owned(), Value::Null);
            warning.evidence.insert("segment".to_owned(), Value::Null);
            warning.message = Text::new(
                "the customers fall into other segments than those of the fit",
                "客户所属客群与建模时明显不同",
            );
        }
        if warning.code == "values_outside_range" {
            for found in &summary.outside {
                let (n, en, zh) = match found.n_above >= found.n_below {
                    true => (found.n_above, "above", "高于"),
                    false => (found.n_below, "below", "低于"),
                };
                if is_few(n) || is_few(found.n_observed - n) {
                    let told = found.told(n) + " ";
                    let without = |text: &str, side: &str| {
                        text.replace(&format!("{told}{side}"), &format!("{} {side}", found.feature))
                    };
                    warning.message = Text::new(without(&warning.message.en, en), without(&warning.message.zh, zh));
                }
            }
        }
        warnings.push(warning);
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handful_is_named_neither_in_evidence_nor_in_words() {
        let message = Text::new("3 customers of 31, 3.", "31 位客户中有 3 位");
        let warning =
            Warning::new("value_unknown", message).with("customers", 3).with("share", 0.25).with("n_rows", 31);
        let shared = without_handfuls(&warning, 10);
        assert_eq!(shared.evidence["customers"], Value::Null);
        assert_eq!(shared.evidence["share"], Value::Null);
        assert_eq!(shared.evidence["n_rows"], 31);
        assert_eq!(shared.message.en, "fewer than 10 customers of 31, fewer than 10.");
        assert_eq!(shared.message.zh, "31 位客户中有不足 10 位");
        assert_eq!(without_handfuls(&warning, 3), warning);
    }

    #[test]
    fn a_text_is_repeated_only_where_enough_customers_share_it() {
        let warned = |n_example: Value| {
            let [en, zh] = CommonText::named("Mr Smith owes, call 555-1234");
            let message =
                Text::new(format!("\"balance\" (40 of 1500{en})"), format!("“balance”（1500 行中 40 个{zh}）"));
            let column = serde_json::json!({"column": "balance", "n": 40, "example": "Mr Smith owes, call 555-1234", "n_example": n_example});
            without_handfuls(&Warning::new("values_unreadable", message).with("columns", vec![column]), 10)
        };
        for of_few in [Value::from(1), Value::from(9), Value::Null] {
            let shared = warned(of_few);
            assert_eq!(shared.message, Text::new("\"balance\" (40 of 1500)", "“balance”（1500 行中 40 个）"));
            assert!(!serde_json::to_string(&shared.evidence).unwrap().contains("Smith"));
        }
        let shared = warned(Value::from(10));
        assert!(shared.message.en.contains("Smith") && shared.message.zh.contains("Smith"));
    }
}
