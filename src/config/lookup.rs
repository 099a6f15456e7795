//! Which keys and tables there are, by path. A path is a list because a column name may hold a dot.

use super::Constraint;
use super::schema::{KEYS, Key, OPEN_TABLES, OpenTable, ROLES_TABLE};

/// What `path` may be, if it is a key.
pub(super) fn constraint_of(path: &[String]) -> Option<Constraint> {
    match (open_table(path), path) {
        (Some(table), [_, _, _]) => table.keys.is_empty().then_some(Constraint::Text),
        (None, [label, roles, _]) if format!("{label}.{roles}") == ROLES_TABLE => Some(Constraint::Text),
        _ => key_of(path).map(|key| key.constraint),
    }
}

/// The key at `path`, whose name the schema knows.
pub(super) fn key_of(path: &[String]) -> Option<&'static Key> {
    let key_in = |keys: &'static [Key], name: &str| keys.iter().find(|key| key.path == name);
    match (open_table(path), path) {
        (Some(table), [_, _, _, name]) => key_in(table.keys, name),
        (Some(_), _) => None,
        (None, _) => key_in(KEYS, &path.join(".")),
    }
}

/// Whether `path` is a table that may hold keys.
pub(super) fn is_table(path: &[String]) -> bool {
    let inside = format!("{}.", path.join("."));
    match open_table(path) {
        Some(table) => path.len() == 2 || (path.len() == 3 && !table.keys.is_empty()),
        None => {
            let tables = OPEN_TABLES.iter().map(|table| table.path);
            KEYS.iter().map(|key| key.path).chain(tables).any(|known| known.starts_with(&inside))
        }
    }
}

/// The table with names of the user's that `path` is or lies in.
fn open_table(path: &[String]) -> Option<&'static OpenTable> {
    let start = path.get(..2)?.join(".");
    OPEN_TABLES.iter().find(|table| table.path == start)
}

/// The known path most like `path`, when one is close.
pub(super) fn nearest(path: &[String]) -> Option<String> {
    let wanted = path.join(".");
    let per_column = open_table(path).filter(|_| path.len() == 4);
    let known: Vec<String> = if let Some(table) = per_column {
        table.keys.iter().map(|key| format!("{}.{}", path[..3].join("."), key.path)).collect()
    } else {
        let paths = KEYS.iter().map(|key| key.path);
        let tables = KEYS.iter().map(Key::section).chain(OPEN_TABLES.iter().map(|table| table.path));
        paths.chain(tables).map(str::to_owned).collect()
    };
    let last = path.last().map(String::as_str).unwrap_or_default();
    // A right name in a wrong table is the other usual mistake.
    let moved = known.iter().filter(|candidate| candidate.rsplit('.').next() == Some(last)).min();
    moved.cloned().or_else(|| crate::nearest::nearest(&wanted, &known))
}
