//! The report of a run.

use std::path::{Path, PathBuf};

use super::ReportError;
use super::document::Document;
use super::html::html;
use super::markdown::markdown;
use super::read_back::read_back;
use crate::Language;
use crate::sharing::SharedRun;

/// Everything a report says of a run, from the run's files alone; what may not be shared is not in it.
#[derive(Debug)]
pub struct Report {
    document: Document,
    folder: PathBuf,
}

impl Report {
    /// Reads the run in `folder`.
    ///
    /// # Errors
    /// When the run cannot be read, or the secret for ids is not there.
    pub fn read(folder: &Path) -> Result<Report, ReportError> {
        Ok(Report { document: Document::of(&SharedRun::open(folder)?), folder: folder.to_owned() })
    }

    /// The report as one HTML file that needs no other: both languages, light and dark. Its size does not depend on the number
    /// of customers, and the same files give the same bytes.
    ///
    /// # Errors
    /// [`ReportError::Contradiction`] when a figure of the page is not the one in the files, and when they cannot be read.
    pub fn html(&self) -> Result<String, ReportError> {
        let page = html(&self.document);
        read_back(&page, &self.folder)?;
        Ok(page)
    }

    /// The report as Markdown, in the language of the run or another.
    pub fn markdown(&self, language: Option<Language>) -> String {
        markdown(&self.document, language.unwrap_or(self.document.language))
    }
}
