//! Levels that differ only in how they are written.

use std::collections::{BTreeMap, BTreeSet};

use super::names::half_width;

/// Those of the different `levels` of a column that differ from others only by case, blanks and width: in groups that are
/// alike, ascending.
///
/// ```
/// use segmint::recognize::alike;
/// assert_eq!(alike(["B", "a", "A ", "Ａ", "C"].into_iter()), [["A ", "a", "Ａ"]]);
/// ```
pub fn alike<'t>(levels: impl Iterator<Item = &'t str>) -> Vec<Vec<&'t str>> {
    let mut groups: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for level in levels {
        groups.entry(bare(level)).or_default().insert(level);
    }
    groups.into_values().filter(|group| group.len() > 1).map(|group| group.into_iter().collect()).collect()
}

/// The text in small letters of half width, without blanks and what does not show.
fn bare(text: &str) -> String {
    let shows = |c: &char| !c.is_whitespace() && !matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{2060}');
    text.chars().filter(shows).map(half_width).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_alike_by_case_blanks_and_width_alone() {
        let of = |levels: &[&'static str]| alike(levels.iter().copied());
        assert_eq!(
            of(&["A", "a", "\u{200b}A", "B+", "B", "b +", "ＶＩＰ", "vip"]),
            [vec!["A", "a", "\u{200b}A"], vec!["B+", "b +"], vec!["vip", "ＶＩＰ"]]
        );
        assert_eq!(of(&["A", "B", "A+", "Ä", "1", "1.0"]), Vec::<Vec<&str>>::new());
    }
}
