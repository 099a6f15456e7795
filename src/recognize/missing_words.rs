//! Words that stand for a value that is not there.

use std::collections::BTreeSet;

/// What programs, and people in tables, write for a missing value, in lower case.
const MARKERS: [&str; 14] =
    ["nan", "none", "null", "<na>", "nat", "na", "n/a", "#n/a", "\\n", "(null)", "undefined", "-", "--", "?"];

/// What people write for a customer they do not know, in lower case.
const NOBODY: [&str; 12] =
    ["unknown", "anonymous", "guest", "nobody", "no name", "未知", "未知客户", "匿名", "无", "空", "散客", "游客"];

/// Whether `text` is blank, or what is written for a missing value.
pub fn is_missing(text: &str) -> bool {
    let text = text.trim();
    // No marker is longer; most values are.
    text.is_empty() || text.len() <= 9 && MARKERS.contains(&text.to_lowercase().as_str())
}

/// What people write where a class is not known, in lower case.
const UNKNOWN: [&str; 6] = ["unknown", "not known", "未知", "不详", "未填", "空"];

/// Whether `text` is blank, or what is written where a class is missing.
pub fn is_unknown(text: &str) -> bool {
    is_missing(text) || UNKNOWN.contains(&text.trim().to_lowercase().as_str())
}

/// What people write among numbers where there is none, in lower case; among other words it may say something.
const NO_NUMBER: [&str; 7] = ["keine angabe", "k.a.", "k. a.", "n.a.", "无", "無", "暂无"];

/// Whether `text` is what is written among numbers in place of a missing one.
pub fn is_no_number(text: &str) -> bool {
    is_unknown(text) || NO_NUMBER.contains(&text.trim().to_lowercase().as_str())
}

/// Which of the different `levels` of a column stand for a missing one: blanks, and where at least two others are left, words;
/// of `vip` and `none` either says something.
pub fn missing_levels<'t>(levels: impl Iterator<Item = &'t str>) -> BTreeSet<&'t str> {
    let (mut missing, others): (BTreeSet<&str>, BTreeSet<&str>) = levels.partition(|level| is_unknown(level));
    if others.len() < 2 {
        missing.retain(|level| level.trim().is_empty());
    }
    missing
}

/// Whether `text` is a word for nobody in particular.
pub fn is_nobody(text: &str) -> bool {
    NOBODY.contains(&text.trim().to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_programs_are_missing_and_names_are_not() {
        for text in ["", "  ", "nan", "NaN", "None", "NULL", "<NA>", "NaT", " N/A ", "\\N"] {
            assert!(is_missing(text), "{text}");
        }
        for text in ["Nana", "0", "-1", "Nancy", "无名", "unknown"] {
            assert!(!is_missing(text), "{text}");
        }
        assert!(is_nobody("Guest ") && is_nobody("散客") && !is_nobody("Guesthouse"));
        assert!(MARKERS.iter().all(|marker| marker.len() <= 9));
    }

    #[test]
    fn words_for_missing_are_no_levels_where_two_others_are_left() {
        let missing = |levels: &[&'static str]| missing_levels(levels.iter().copied()).into_iter().collect::<Vec<_>>();
        assert_eq!(
            missing(&["A", "B", "nan", "None", "N/A", "未知", "unknown", ""]),
            ["", "N/A", "None", "nan", "unknown", "未知"]
        );
        assert_eq!(missing(&["vip", "none"]), [""; 0]);
        assert_eq!(missing(&["vip", "none", " "]), [" "]);
        assert_eq!(missing(&["a", "A", "Nancy"]), [""; 0]);
    }
}
