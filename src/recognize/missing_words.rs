//! Words that stand for a value that is not there.

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
}
