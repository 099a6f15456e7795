//! What a command reads is not what it writes.

use std::path::{Path, PathBuf};

use super::files::would_find;
use super::{LoadError, resolve};
use crate::object_url::ObjectUrl;

/// Refuses to write `output` when that would replace a file of the source `input` (a file, folder or pattern), or add one
/// to it.
///
/// Replacing a table by what was made from it, or putting what was made among the tables it is made from, is never meant.
///
/// No file that is written is in an object store, so of a table there only the URL is looked at.
///
/// # Errors
/// [`LoadError::OutputIsInput`] and [`LoadError::OutputInInput`]; when the files of the source cannot be found.
pub fn refuse_overwriting(output: &Path, input: &Path) -> Result<(), LoadError> {
    if ObjectUrl::of(input)?.is_some() {
        return Ok(());
    }
    let real = real_path(output);
    if resolve(input)?.iter().any(|file| file.path.canonicalize().is_ok_and(|path| path == real)) {
        return Err(LoadError::OutputIsInput { path: output.to_owned() });
    }
    if would_find(input, &real) { Err(inside(output, input)) } else { Ok(()) }
}

/// Refuses to write `output` anywhere below `folder`, such as that of the run which is read.
///
/// # Errors
/// [`LoadError::OutputIsInput`] and [`LoadError::OutputInInput`].
#[cfg(feature = "cli")]
pub fn refuse_writing_into(output: &Path, folder: &Path) -> Result<(), LoadError> {
    match real_path(output).starts_with(real_path(folder)) {
        true if output.exists() => Err(LoadError::OutputIsInput { path: output.to_owned() }),
        true => Err(inside(output, folder)),
        false => Ok(()),
    }
}

fn inside(output: &Path, input: &Path) -> LoadError {
    LoadError::OutputInInput { path: output.to_owned(), source_name: input.display().to_string() }
}

/// Where a file is, or will be once it is written, links resolved as far as folders exist.
fn real_path(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let real = |folder: &Path| Some(folder.canonicalize().ok()?.join(path.strip_prefix(folder).ok()?));
    path.ancestors().find_map(real).unwrap_or_else(|| path.clone())
}
