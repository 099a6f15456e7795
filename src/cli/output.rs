//! What the program says, and the files it is asked to write. Nothing else prints: whatever goes out here has been made
//! [printable](crate::printable), so that no control character from data or names reaches a terminal.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use clap::error::ErrorKind;
use serde::Serialize;

use super::exit::{CliError, Failed};
use crate::output_file;
use crate::printable::{printable, printable_json, printable_lines, shown};
use crate::report::{Document, Tone, terminal};

/// Whether standard output is the file that is written, so that what is said goes to standard error.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// Prints a text and a line end. A reader that has gone away (`| head`) is not an error.
pub(super) fn print_text(text: &str) -> Result<(), Failed> {
    print_line(&printable_lines(text))
}

/// Prints a document for people, in the width of the terminal.
pub(super) fn print_document(document: &Document) -> Result<(), Failed> {
    print_documents(std::slice::from_ref(document))
}

/// Prints documents below each other. Their writer has made them printable; the colours are ours.
pub(super) fn print_documents(documents: &[Document]) -> Result<(), Failed> {
    let texts: Vec<String> = documents.iter().map(|document| terminal(document, width(), painted)).collect();
    print_line(&texts.join("\n\n\n"))
}

/// Prints one JSON document, with every character that acts on a terminal escaped: laid out for people on a terminal, else on one
/// line, which is what schedulers and pipes read.
pub(super) fn print_json(document: &impl Serialize) -> Result<(), Failed> {
    let is_read = io::stdout().is_terminal();
    let text = if is_read { serde_json::to_string_pretty(document) } else { serde_json::to_string(document) };
    let text = text.expect("what we print has text keys");
    print_line(&printable_json(&text))
}

/// Names as people read them: the first 24, and how many more there are. JSON has all.
pub(super) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 24;
    let (shown, rest) = names.split_at(names.len().min(SHOWN));
    match rest.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A text as a cell of a table shows it: its first 120 characters, `…` in place of the rest.
pub(super) fn as_cell(text: &str) -> String {
    const SHOWN: usize = 120;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Prints bytes of our own as they are: a script, a page of the manual.
pub(super) fn print_bytes(bytes: &[u8]) -> Result<(), Failed> {
    let mut out = io::stdout();
    written(out.write_all(bytes).and_then(|()| out.flush()))
}

/// Where messages for another program go, as they are.
pub(super) fn binary_output() -> impl Write {
    io::stdout()
}

/// Says something beside the results, on standard error. There is nobody to tell when that fails.
pub(super) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable_lines(text));
}

/// Says what is wrong with the arguments; help and version are printed as they are.
pub(super) fn say_usage(
    error: &clap::Error,
    arguments: &[OsString],
    again: impl Fn(Vec<OsString>) -> Option<clap::Error>,
) {
    if !error.use_stderr() {
        let _ = error.print();
        return;
    }
    let legible = |one: &OsString| OsString::from(printable(&one.to_string_lossy()).into_owned());
    if error.kind() == ErrorKind::InvalidUtf8 {
        // A path may be of any bytes, so the one that may not is the one that is refused where all others are legible.
        let is_refused = |at: &usize| {
            let others = arguments.iter().enumerate().map(|(i, one)| if i == *at { one.clone() } else { legible(one) });
            again(others.collect()).is_some_and(|error| error.kind() == ErrorKind::InvalidUtf8)
        };
        if let Some(at) = (0..arguments.len()).find(is_refused) {
            let hint = "give it in UTF-8, which a terminal or script in another encoding does not write";
            say(&Failed::from(CliError::argument(format!("argument {:?} is not text in UTF-8", arguments[at]), hint))
                .render());
            return;
        }
    }
    // The message quotes the arguments, so they are made printable before it is made.
    match again(arguments.iter().map(legible).collect()) {
        Some(error) => drop(error.print()),
        None => say(&error.to_string()),
    }
}

/// Writes `content` to the file that was asked for; see [`output_file`].
pub(super) fn write_output(path: &Path, content: &[u8]) -> Result<(), Failed> {
    refuse_nameless("--output", path)?;
    leave_free(path);
    output_file::write_file(path, content).map_err(unwritable(path))
}

/// Refuses the file of `flag` where none can be written, before there is anything to write.
pub(super) fn refuse_impossible(flag: &str, path: &Path) -> Result<(), Failed> {
    refuse_nameless(flag, path)?;
    match std::fs::metadata(path) {
        // A pipe is opened when there is something for its reader.
        Ok(found) if !found.is_file() && !found.is_dir() => Ok(()),
        // Dropped as it is, it leaves what was there.
        _ => output_file::OutputFile::create(path).map(drop).map_err(unwritable(path)),
    }
}

fn refuse_nameless(flag: &str, path: &Path) -> Result<(), CliError> {
    match path.file_name() {
        Some(_) => Ok(()),
        None => {
            let message = format!("{flag} {}: not the name of a file", shown(path));
            Err(CliError::argument(message, "let it end in the name of a file"))
        }
    }
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> Failed {
    |source| CliError::Write { path: path.to_owned(), source }.into()
}

/// Leaves standard output to a file of that name: what is said then goes to standard error.
pub(super) fn leave_free(path: &Path) {
    if ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name)) {
        IS_TAKEN.store(true, Ordering::Relaxed);
    }
}

/// Prints a text that is printable, and a line end. Colours are left out where they are not welcome.
fn print_line(text: &str) -> Result<(), Failed> {
    if IS_TAKEN.load(Ordering::Relaxed) {
        let _ = writeln!(anstream::stderr(), "{text}");
        return Ok(());
    }
    let mut out = anstream::stdout();
    written(writeln!(out, "{text}").and_then(|()| out.flush()))
}

/// The columns of the terminal that text is printed on; `None` for a file or a pipe.
fn width() -> Option<usize> {
    io::stdout().is_terminal().then(terminal_size::terminal_size)?.map(|(width, _)| usize::from(width.0))
}

/// Text in the colours of a terminal.
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
        true => Err(CliError::argument(
            format!("--output {}: what is written is Parquet, not {end}", output.display()),
            format!("let the name end in .parquet, as in {}", shown(&output.with_extension("parquet"))),
        )),
        false => Ok(()),
    }
}

fn written(result: io::Result<()>) -> Result<(), Failed> {
    match result {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::Write { path: PathBuf::from("standard output"), source }.into())
        }
        _ => Ok(()),
    }
}
