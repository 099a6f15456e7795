//! Text that came from data or from a name, as it may leave the program: nothing in it moves a cursor, turns the direction of
//! writing, begins a line or hides.
//!
//! A terminal obeys control characters, and whoever names a column, a level, a file or an id chooses them. Every such character
//! is written out instead, as Rust writes it: `\u{1b}`, `\n`, `\u{202e}`. Writing a text out twice changes nothing.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

/// Whether a character acts on what displays it instead of being displayed: the control characters of C0 and C1, DEL, the
/// separators of lines and paragraphs, marks and overrides of direction, the deprecated format characters, annotations and tags.
/// Joiners stay, without which Persian and some emoji fall apart.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
                | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// The text on one line.
///
/// ```
/// use segmint::printable::printable;
/// assert_eq!(printable("Zoë 客户"), "Zoë 客户");
/// assert_eq!(printable("a\u{1b}[2J\nb\u{202e}"), r"a\u{1b}[2J\nb\u{202e}");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    written_out(text, acts, |out, character| out.extend(character.escape_default()))
}

/// The text with its lines and tabs.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    let acts = |character| acts(character) && !matches!(character, '\n' | '\t');
    written_out(text, acts, |out, character| out.extend(character.escape_default()))
}

/// An SQL expression with its lines, except within quotes, where a name would make lines of its own.
///
/// ```
/// use segmint::printable::printable_sql;
/// assert_eq!(printable_sql("CASE\n  WHEN \"a\nb\" > 1 THEN 'S01'\nEND"), "CASE\n  WHEN \"a\\nb\" > 1 THEN 'S01'\nEND");
/// ```
pub fn printable_sql(sql: &str) -> String {
    let (mut out, mut quote) = (String::with_capacity(sql.len()), None);
    for character in sql.chars() {
        match (character, quote) {
            ('"' | '\'', None) => quote = Some(character),
            (end, Some(begin)) if end == begin => quote = None,
            _ => {}
        }
        let is_line_end = character == '\n' && quote.is_none();
        if acts(character) && !is_line_end { out.extend(character.escape_default()) } else { out.push(character) }
    }
    out
}

/// A JSON document in which such characters are written as `\uXXXX`; it says the same.
pub fn printable_json(document: &str) -> Cow<'_, str> {
    // Outside of its strings a document is ASCII, and in them the writer has escaped C0.
    let acts = |character| acts(character) && character != '\n';
    written_out(document, acts, |out, character| {
        let mut units = [0; 2];
        out.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
    })
}

/// A path on one line, for messages.
pub fn shown(path: &Path) -> impl fmt::Display {
    printable(&path.to_string_lossy()).into_owned()
}

fn written_out(text: &str, acts: impl Fn(char) -> bool, write: impl Fn(&mut String, char)) -> Cow<'_, str> {
    if !text.chars().any(&acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if acts(character) { write(&mut out, character) } else { out.push(character) }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_character_that_acts_is_left_and_writing_out_twice_changes_nothing(text in any::<String>(), tail in "[\\u{0}-\\u{a0}\\u{200e}-\\u{206f}]{0,9}") {
            let text = text + &tail;
            let once = printable(&text).into_owned();
            prop_assert!(!once.chars().any(acts), "{once:?}");
            prop_assert_eq!(&printable(&once), &once);
            let lines = printable_lines(&text);
            prop_assert_eq!(lines.matches('\n').count(), text.matches('\n').count());
        }

        #[test]
        fn a_json_document_says_the_same(text in any::<String>(), tail in "[\\u{0}-\\u{a0}\\u{200e}-\\u{206f}\\u{e0001}]{0,9}") {
            let value = serde_json::json!({ "text": text + &tail, "of": [1, "\u{2028}"] });
            let document = serde_json::to_string_pretty(&value).unwrap();
            let safe = printable_json(&document);
            prop_assert!(!safe.chars().any(|c| acts(c) && c != '\n'), "{safe}");
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
        }
    }
}
