//! What people read in a terminal: a [`Document`], written by `screen`.

mod screen;

use super::Document;

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

/// A document as text in its language, every line within `width` columns where one is given; what cannot be broken, such as
/// a path, may be longer.
pub fn terminal(document: &Document, width: Option<usize>, paint: Paint) -> String {
    screen::screen(document, width, paint)
}
