//! Exit codes, and the one place where failures become them.

use std::process::ExitCode;

use crate::failure::{Category, Failure, advice_on_writing};
use crate::printable::printable;

/// How the program ends. Schedulers rely on these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// A file that cannot be written, or a machine that misbehaves.
    Unexpected = 1,
    /// Arguments or a configuration that are wrong whatever the data.
    Config = 2,
    /// Bad or missing input, or a configuration that is wrong for it.
    Input = 3,
    /// Refused: would exceed a limit.
    Refused = 4,
    /// The run is recorded, but the gate holds it back.
    Held = 5,
    /// A bug.
    Bug = 70,
    /// Another process holds the registry.
    Locked = 75,
    /// Interrupted.
    Interrupted = 130,
}

impl From<Category> for Exit {
    fn from(category: Category) -> Self {
        match category {
            Category::Config => Exit::Config,
            Category::Input => Exit::Input,
            Category::Refused => Exit::Refused,
            Category::Held => Exit::Held,
            Category::Io => Exit::Unexpected,
            Category::Locked => Exit::Locked,
            Category::Interrupted => Exit::Interrupted,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Any failure a verb can end with.
#[derive(Debug)]
pub struct Failed(pub Box<dyn Failure>);

impl<F: Failure> From<F> for Failed {
    fn from(failure: F) -> Self {
        Failed(Box::new(failure))
    }
}

impl Failed {
    /// The exit code of this failure.
    pub fn exit(&self) -> Exit {
        self.0.category().into()
    }

    /// The failure of what was to follow the run `run_id`, which is recorded.
    pub(super) fn after_run(&self, run_id: &str) -> Failed {
        let message = format!("{}; the run is recorded all the same as {run_id}", self.0.message());
        CliError::AfterRun { message, hint: self.0.hint() }.into()
    }

    /// The failure as people read it: the message, and the advice after a blank line.
    pub fn render(&self) -> String {
        let mut text = format!("segmint: {}", self.0.message());
        if let Some(hint) = self.0.hint() {
            text.push_str("\n\nhint: ");
            text.push_str(&printable(&hint));
        }
        text
    }
}

/// A file or folder the command line itself cannot read or write.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Writing failed.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: std::path::PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is in the way.
    #[error("{} exists", path.display())]
    Exists {
        /// The file.
        path: std::path::PathBuf,
    },
    /// A run that does not take the place of the one before.
    #[error("held: {reasons}; the alias {alias:?} stays where it is")]
    Held {
        /// The run.
        run: String,
        /// The alias.
        alias: String,
        /// The rules that do not hold.
        reasons: String,
        /// Whether a run of a later date is promoted.
        is_late: bool,
    },
    /// A run that was not held against the one whose place it is to take.
    #[error("out of order: {run} was held against {against}, and {alias:?} is {now} now")]
    OutOfOrder {
        /// The run.
        run: String,
        /// The run it was held against.
        against: String,
        /// The alias.
        alias: String,
        /// The run it points to.
        now: String,
        /// Whether that one is of a later date.
        is_late: bool,
    },
    /// What was to follow a run that is recorded.
    #[error("{message}")]
    AfterRun {
        /// What failed.
        message: String,
        /// What helps.
        hint: Option<String>,
    },
    /// An argument that is wrong whatever the data.
    #[error("{message}")]
    Argument {
        /// What is wrong with it.
        message: String,
        /// What to give instead.
        hint: String,
    },
    /// Input that does not fit what is asked of it.
    #[error("{message}")]
    Input {
        /// What does not fit.
        message: String,
        /// What would.
        hint: String,
    },
}

impl CliError {
    /// An argument that is wrong whatever the data, and what to give instead.
    pub(super) fn argument(message: impl Into<String>, hint: impl Into<String>) -> CliError {
        CliError::Argument { message: message.into(), hint: hint.into() }
    }
}

impl Failure for CliError {
    fn category(&self) -> Category {
        match self {
            CliError::Write { .. } | CliError::AfterRun { .. } => Category::Io,
            CliError::Exists { .. } | CliError::Argument { .. } => Category::Config,
            CliError::Input { .. } => Category::Input,
            CliError::Held { .. } | CliError::OutOfOrder { .. } => Category::Held,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            CliError::Exists { .. } => {
                Some("name another place with --output, or replace what is there with --force".into())
            }
            CliError::Write { source, .. } => advice_on_writing(source),
            CliError::Argument { hint, .. } | CliError::Input { hint, .. } => Some(hint.clone()),
            CliError::AfterRun { hint, .. } => hint.clone(),
            CliError::OutOfOrder { run, alias, is_late: true, .. }
            | CliError::Held { run, alias, is_late: true, .. } => Some(format!(
                "it stays beside the promoted runs, and nothing has to be done; to go on from it instead, `segmint runs alias {alias} \
                     {run}`, and run the later dates again"
            )),
            CliError::OutOfOrder { run, alias, .. } => Some(format!(
                "run again, and the new run is held against that one; `segmint runs alias {alias} {run}` goes back to a run of before \
                 without asking"
            )),
            CliError::Held { run, alias, .. } => Some(format!(
                "look at the run; `segmint runs promote {run} --alias {alias}` lets it take the place after all"
            )),
        }
    }
}
