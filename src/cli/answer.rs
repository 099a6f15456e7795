//! What a verb found, before it is printed.

use serde::Serialize;
use serde_json::Value;

use crate::report::Document;

/// An answer for people and for programs.
#[derive(Debug)]
pub struct Answer {
    /// What people read.
    pub document: Document,
    /// The document of `--json`.
    pub json: Value,
}

impl Answer {
    /// What `shared` says, and `document` for people.
    pub(super) fn of(document: Document, shared: &impl Serialize) -> Answer {
        Answer { document, json: serde_json::to_value(shared).expect("what may be shared is JSON") }
    }
}
