//! Standard output: text, or one JSON document. The only place that prints results.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::exit::{CliError, Failed};
use crate::report::{Document, Tone, terminal};

/// Prints a text and a line end. A reader that has gone away (`| head`) is not an error.
pub(super) fn print_text(text: &str) -> Result<(), Failed> {
    written(writeln!(anstream::stdout(), "{text}"))
}

/// Prints a document for people, in the width of the terminal.
pub(super) fn print_document(document: &Document) -> Result<(), Failed> {
    print_documents(std::slice::from_ref(document))
}

/// Prints documents below each other.
pub(super) fn print_documents(documents: &[Document]) -> Result<(), Failed> {
    let texts: Vec<String> = documents.iter().map(|document| terminal(document, width(), painted)).collect();
    print_text(&texts.join("\n\n\n"))
}

/// Prints bytes as they are: a script, a page.
pub(super) fn print_bytes(bytes: &[u8]) -> Result<(), Failed> {
    written(io::stdout().write_all(bytes))
}

/// The columns of the terminal that text is printed on; `None` for a file or a pipe.
fn width() -> Option<usize> {
    io::stdout().is_terminal().then(terminal_size::terminal_size)?.map(|(width, _)| usize::from(width.0))
}

/// Text in the colours of a terminal; [`print_text`] strips them where they are not welcome.
fn painted(tone: Tone, text: &str) -> String {
    let code = match tone {
        Tone::Strong => 1,
        Tone::Quiet => 2,
        Tone::Caution => 33,
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}

/// Refuses a name that says another format than the Parquet that is written.
pub(super) fn refuse_other_format(output: &Path) -> Result<(), CliError> {
    let end = output.extension().and_then(|end| end.to_str()).unwrap_or_default().to_lowercase();
    match ["csv", "tsv", "txt", "xlsx", "xls", "json"].contains(&end.as_str()) {
        true => Err(CliError::Argument(format!(
            "--output {}: what is written is Parquet; let the name end in .parquet",
            output.display()
        ))),
        false => Ok(()),
    }
}

/// Prints one JSON document.
pub(super) fn print_json(document: &impl Serialize) -> Result<(), Failed> {
    let text = serde_json::to_string_pretty(document).expect("what we print has text keys");
    written(writeln!(io::stdout(), "{text}"))
}

fn written(result: io::Result<()>) -> Result<(), Failed> {
    match result {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::Write { path: PathBuf::from("standard output"), source }.into())
        }
        _ => Ok(()),
    }
}
