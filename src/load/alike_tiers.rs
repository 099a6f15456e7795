//! What the user should know of classes that may be meant as one.

use super::named::named;
use crate::recognize::alike;
use crate::{Text, Warning};

/// The classes of the tier `column` that are written alike; `None` when there are none. How many customers they have says
/// the tier itself, where it may be said.
pub(crate) fn alike_tiers<'t>(column: &str, tiers: impl Iterator<Item = &'t str>) -> Option<Warning> {
    let groups = alike(tiers);
    if groups.is_empty() {
        return None;
    }
    let told = |group: &Vec<&str>| group.iter().map(|tier| format!("{tier:?}")).collect::<Vec<String>>().join(" / ");
    let Text { en, zh } = named(&groups, told, told);
    let message = Text::new(
        format!(
            "column {column:?} has classes that differ only by case, blanks or width, and each counts by itself: {en}; write \
             those alike that are one"
        ),
        format!("列“{column}”中有仅大小写、空格或全半角不同的类别，各自单独计数：{zh}；若为同一类别，请统一写法"),
    );
    Some(Warning::new("tiers_alike", message).with("column", column).with("tiers", groups))
}
