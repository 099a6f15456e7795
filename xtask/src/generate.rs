//! `cargo xtask generate`: files that are written from the program's own types.

use std::path::Path;

use crate::command::cargo;

/// Writes every generated file, or with `check` only says which are not current.
///
/// The generators are in tests/it/generated and, for the format of runs, in src/registry/schema.rs, where the tests that hold the
/// files current run with the others; here they are told to write.
pub fn run(root: &Path, check: bool) -> Result<(), String> {
    let update: &[(&str, &str)] = if check { &[] } else { &[("UPDATE_GOLDEN", "1")] };
    cargo(root, &["test", "--locked", "--quiet", "--lib", "--test", "it", "generated_files_are_current"], update)
}
