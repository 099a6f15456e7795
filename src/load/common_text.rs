//! The text that most rows share.

use std::collections::BTreeMap;

/// Different texts that are counted.
const MAX_COUNTED: usize = 10_000;

/// A text of a table, and how many rows share it: whoever passes it on has to know whether it is one customer's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct CommonText {
    pub text: String,
    pub n: usize,
}

impl CommonText {
    /// How a message in English and in Chinese names `text`.
    pub(crate) fn named(text: &str) -> [String; 2] {
        [format!(", such as {text:?}"), format!("，例如“{text}”")]
    }
}

/// Texts and how many rows have each; of very many those that come first by name, whatever the order of the rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TextCounts(BTreeMap<String, usize>);

impl TextCounts {
    /// Counts `n` rows with `text`.
    pub(crate) fn add(&mut self, text: &str, n: usize) {
        if let Some(counted) = self.0.get_mut(text) {
            *counted += n;
            return;
        }
        self.0.insert(text.to_owned(), n);
        if self.0.len() > MAX_COUNTED {
            // What comes first in the end was never last, so that its count is whole.
            self.0.pop_last();
        }
    }

    /// Counts the rows of `more`.
    pub(crate) fn add_all(&mut self, more: &TextCounts) {
        more.0.iter().for_each(|(text, n)| self.add(text, *n));
    }

    /// The text that most rows share, the first by name of those that as many do; `None` without a text.
    pub(crate) fn most_common(self) -> Option<CommonText> {
        self.0.into_iter().rev().max_by_key(|(_, n)| *n).map(|(text, n)| CommonText { text, n })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_common_text_depends_neither_on_the_order_nor_on_the_parts_that_are_counted() {
        let text = |i: usize| format!("{:05}", i * 7919 % 15_000 % 12_000);
        let counted = |rows: &mut dyn Iterator<Item = usize>| {
            let mut counts = TextCounts::default();
            rows.for_each(|i| counts.add(&text(i), 1));
            counts
        };
        let forwards = counted(&mut (0..15_000));
        assert_eq!(counted(&mut (0..15_000).rev()), forwards);
        let mut parts = counted(&mut (9_000..15_000));
        parts.add_all(&counted(&mut (0..9_000)));
        assert_eq!(parts, forwards);
        assert_eq!(forwards.most_common(), Some(CommonText { text: "00000".into(), n: 2 }));
        assert_eq!(TextCounts::default().most_common(), None);
    }
}
