//! How a message names the first of many things.

use crate::Text;

/// Things that a message names.
pub(super) const NAMED: usize = 6;

/// The first of `things`, each as `en` and `zh` tell it, and how many more there are.
pub(super) fn named<T>(things: &[T], en: impl Fn(&T) -> String, zh: impl Fn(&T) -> String) -> Text {
    let told =
        |one: &dyn Fn(&T) -> String, gap: &str| things.iter().take(NAMED).map(one).collect::<Vec<String>>().join(gap);
    let (more, more_zh) = match things.len().saturating_sub(NAMED) {
        0 => (String::new(), String::new()),
        more => (format!(" and {more} more"), format!("等，另有 {more} 项")),
    };
    Text::new(told(&en, ", ") + &more, told(&zh, "、") + &more_zh)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_things_are_named_and_the_others_counted() {
        let of = |columns: &[&str]| named(columns, |column| format!("{column:?}"), |column| format!("“{column}”"));
        assert_eq!(of(&["a"]), Text::new("\"a\"", "“a”"));
        assert_eq!(
            of(&["a", "b", "c", "d", "e", "f", "g", "h"]),
            Text::new(r#""a", "b", "c", "d", "e", "f" and 2 more"#, "“a”、“b”、“c”、“d”、“e”、“f”等，另有 2 项")
        );
    }
}
