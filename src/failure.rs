//! What every error of segmint can say of itself besides its message: whose fault it is, and what to do.
//!
//! Each stage has its own error type beside its code. This trait is the thread they hang on: the command line turns a
//! [`Category`] into an exit code and prints the hint under the message, so no stage knows about either.

use std::io;

use crate::printable::printable;

/// Whose fault a failure is, which decides the exit code of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// Arguments or configuration that are wrong whatever the data (exit code 2).
    Config,
    /// Bad or missing input, or a configuration that is wrong for this input (exit code 3).
    Input,
    /// The work would exceed a limit and was not started, or stopped cleanly at it (exit code 4).
    Refused,
    /// The work is done, but a gate holds its result back (exit code 5).
    Held,
    /// Files that cannot be written or a machine that misbehaves (exit code 1).
    Io,
    /// Another process holds the registry (exit code 75).
    Locked,
    /// The user asked to stop (exit code 130).
    Interrupted,
}

/// An error that knows its category and may offer advice.
///
/// Messages are lower-case fragments without a final period that name the place, the value and what is allowed;
/// advice goes into the hint.
pub trait Failure: std::error::Error + Send + Sync + 'static {
    /// Whose fault this is.
    fn category(&self) -> Category;

    /// The message as it is shown: on one line, whatever names it holds.
    fn message(&self) -> String {
        printable(&self.to_string()).into_owned()
    }

    /// What the user could do next.
    fn hint(&self) -> Option<String> {
        None
    }
}

/// What to do about a file or folder that cannot be written, where the system's own words leave it open.
pub(crate) fn advice_on_writing(error: &io::Error) -> Option<String> {
    match error.kind() {
        io::ErrorKind::NotFound => Some("the folder it is to lie in does not exist; create it first".to_owned()),
        io::ErrorKind::PermissionDenied => Some("name a folder that you may write to".to_owned()),
        io::ErrorKind::IsADirectory => Some("that is a folder; name a file in it".to_owned()),
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            Some("a file has the name of a folder that is needed; name another place".to_owned())
        }
        io::ErrorKind::BrokenPipe => Some("who reads that pipe went away before the end".to_owned()),
        io::ErrorKind::ReadOnlyFilesystem => {
            Some("nothing can be written to that disk; name a folder on another one".to_owned())
        }
        io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            Some("that is more than you may write there; name a folder on another disk".to_owned())
        }
        io::ErrorKind::StorageFull => Some("make room on that disk, or name a folder on another one".to_owned()),
        _ => None,
    }
}
