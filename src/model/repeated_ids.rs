//! Ids that several scored rows have.

use crate::language::counted;
use crate::load::Repeated;
use crate::{Text, Warning};

pub(super) fn repeated_ids(repeated: Repeated) -> Warning {
    let Repeated { n_keys, n_rows, is_about } = repeated;
    let (about, about_zh) = if is_about { ("about ", "约") } else { ("", "") };
    let message = Text::new(
        format!(
            "{about}{} more than once, in {n_rows} rows: each row is scored by itself",
            counted(n_keys, "id occurs", "ids occur")
        ),
        format!("有{about_zh} {n_keys} 个 ID 重复出现，共 {n_rows} 行，每行各自计算所属客群"),
    );
    Warning::new("ids_repeated", message).with("n_repeated_ids", n_keys).with("n_repeating_rows", n_rows)
}
