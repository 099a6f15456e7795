//! What a run says in a terminal.
//!
//! `screen` writes a [`Document`], the one of [`Document::brief`], which fits one screen; `full` has every table.

mod full;
mod screen;

pub use full::terminal;
pub(super) use full::{HELD_BACK, Page, bold, dash};

use super::document::Document;
use crate::sharing::SharedRun;

/// How a piece of text is meant; what that looks like is for the program to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Headings, and what was found.
    Strong,
    /// What one need not read.
    Quiet,
    /// What must not be overlooked.
    Caution,
}

/// Text in a tone as it is printed.
pub type Paint = fn(Tone, &str) -> String;

/// What matters of a run on about one screen, in its language, every line within `width` columns where one is given.
pub fn screen(run: &SharedRun, width: Option<usize>, paint: Paint) -> String {
    screen::screen(&Document::brief(run), width, paint)
}
