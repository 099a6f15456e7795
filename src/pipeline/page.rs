//! The page of a run that is safe already.

use std::path::Path;

use crate::Warning;

/// Renders `report.html` into the folder of a run; what goes wrong is a warning of a run that exists.
#[cfg(feature = "report")]
pub(super) fn write(folder: &Path) -> Option<Warning> {
    use super::PipelineError;
    use crate::Text;
    use crate::registry::replace_file;
    use crate::report::{REPORT_FILE, Report};

    let written = || -> Result<(), PipelineError> {
        let page = Report::read(folder)?.html()?;
        Ok(replace_file(folder, REPORT_FILE, &page)?)
    };
    let error = written().err()?;
    let message = Text::new(
        format!("the run is saved, but its page could not be made: {error}; `segmint report RUN` makes it again"),
        format!("本次运行已保存，但未能生成报告页面：{error}；可用 segmint report RUN 重新生成"),
    );
    Some(Warning::new("no_page", message).with("error", error.to_string()))
}

/// [`write()`] for a run that was killed before it had a page.
#[cfg(feature = "report")]
pub(super) fn write_missing(folder: &Path) -> Option<Warning> {
    let is_there = folder.join(crate::report::REPORT_FILE).exists();
    if is_there { None } else { write(folder) }
}

/// Without the feature `report` a run has no page.
#[cfg(not(feature = "report"))]
pub(super) fn write(_: &Path) -> Option<Warning> {
    None
}

/// Without the feature `report` a run has no page.
#[cfg(not(feature = "report"))]
pub(super) fn write_missing(_: &Path) -> Option<Warning> {
    None
}
