use std::path::PathBuf;

use jiff::civil::Date;
use parquet::errors::ParquetError;

use crate::cluster::ClusterError;
use crate::compare::CompareError;
use crate::config::ConfigError;
use crate::failure::{Category, Failure};
use crate::label::LabelError;
use crate::language::counted;
use crate::limits::Refusal;
use crate::load::LoadError;
use crate::model::ModelError;
use crate::monitor::Stopped;
use crate::normalize::NormalizeError;
use crate::printable::printable;
use crate::registry::{LostRun, RegistryError};
#[cfg(feature = "report")]
use crate::report::ReportError;
use crate::workers::WorkerError;

/// Why a run did not finish: the error of the stage it ended in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// Nothing to cluster.
    #[error("{source_name} has {}, a clustering needs at least 2", counted(*n as u64, "row", "rows"))]
    TooFewCustomers {
        /// The source.
        source_name: String,
        /// Its rows.
        n: usize,
    },
    /// The registry lies in the source.
    #[error("the runs in {} would become files of the input {source_name}", registry.display())]
    RunsInSource {
        /// The registry.
        registry: PathBuf,
        /// The source.
        source_name: String,
    },
    /// The threads could not be started.
    #[error("cannot start {wanted} threads (cluster.threads): {message}")]
    Threads {
        /// Threads wanted; 0 = all.
        wanted: usize,
        /// What the system says.
        message: String,
    },
    /// A table of the run cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// What the writer says.
        source: ParquetError,
    },
    /// A gate that would move an alias from a run which is not the one that is continued.
    #[error("gate.promote: {alias:?} points to {now}, which is not the run that refit.against continues")]
    OutOfOrder {
        /// The alias.
        alias: String,
        /// The run it points to.
        now: String,
    },
    /// A gate whose alias does not point to the run that is continued, nor to any other.
    #[error("gate.promote: there is no alias {alias:?} yet, and refit.against continues {continued}")]
    NotPromoted {
        /// The alias.
        alias: String,
        /// The run that is continued.
        continued: String,
    },
    /// A date before what is left of the promoted runs.
    #[error(
        "what {alias:?} pointed to before {date} is not known any more: of the runs that led to it the one before the oldest, {}, \
         cannot be read: {}",
        lost.run,
        lost.why
    )]
    Forgotten {
        /// The alias.
        alias: String,
        /// The date of the plan.
        date: Date,
        /// The run that would be next.
        lost: LostRun,
    },
    /// A date that has not begun.
    #[error(
        "source.as_of (--as-of) is {date}, and today is {today}: a run of a date to come would keep all before it from being promoted"
    )]
    Future {
        /// The date of the plan.
        date: Date,
        /// Today, where it began first.
        today: Date,
    },
    /// Workers.
    #[error(transparent)]
    Workers(#[from] WorkerError),
    /// A plan that is not valid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Load.
    #[error(transparent)]
    Load(Box<LoadError>),
    /// Normalize.
    #[error(transparent)]
    Normalize(#[from] NormalizeError),
    /// Cluster.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// Label.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// Compare.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// Model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Report.
    #[cfg(feature = "report")]
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A limit.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Interrupted, or out of time.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

// The one large error is boxed, so that results stay small.
impl From<LoadError> for PipelineError {
    fn from(error: LoadError) -> Self {
        PipelineError::Load(Box::new(error))
    }
}

impl PipelineError {
    /// The stage's own error, when it is one.
    fn stage(&self) -> Option<&dyn Failure> {
        match self {
            PipelineError::TooFewCustomers { .. }
            | PipelineError::RunsInSource { .. }
            | PipelineError::Threads { .. }
            | PipelineError::OutOfOrder { .. }
            | PipelineError::NotPromoted { .. }
            | PipelineError::Forgotten { .. }
            | PipelineError::Future { .. }
            | PipelineError::Table { .. } => None,
            PipelineError::Config(error) => Some(error),
            PipelineError::Load(error) => Some(error.as_ref()),
            PipelineError::Normalize(error) => Some(error),
            PipelineError::Cluster(error) => Some(error),
            PipelineError::Label(error) => Some(error),
            PipelineError::Compare(error) => Some(error),
            PipelineError::Model(error) => Some(error),
            PipelineError::Registry(error) => Some(error),
            #[cfg(feature = "report")]
            PipelineError::Report(error) => Some(error),
            PipelineError::Refused(error) => Some(error),
            PipelineError::Workers(error) => Some(error),
            PipelineError::Stopped(error) => Some(error),
        }
    }
}

impl Failure for PipelineError {
    fn category(&self) -> Category {
        match (self, self.stage()) {
            (_, Some(error)) => error.category(),
            (PipelineError::TooFewCustomers { .. } | PipelineError::Forgotten { .. }, None) => Category::Input,
            (
                PipelineError::RunsInSource { .. }
                | PipelineError::OutOfOrder { .. }
                | PipelineError::NotPromoted { .. }
                | PipelineError::Future { .. },
                None,
            ) => Category::Config,
            _ => Category::Io,
        }
    }

    fn message(&self) -> String {
        self.stage().map_or_else(|| printable(&self.to_string()).into_owned(), Failure::message)
    }

    fn hint(&self) -> Option<String> {
        match self {
            PipelineError::RunsInSource { .. } => Some("name a folder that is not read: registry.path".into()),
            PipelineError::OutOfOrder { alias, .. } => Some(format!(
                "set refit.against = {alias:?}, so that the run is held against that one, or promote another alias"
            )),
            PipelineError::NotPromoted { alias, continued } => Some(format!(
                "`segmint runs alias {alias} {continued}` lets the alias begin there; refit.against and gate.promote are one alias as a rule"
            )),
            PipelineError::Forgotten { .. } => Some(
                "restore that run, set refit.against to the run that is to be continued, or to \"\" and gate.promote too for a run \
                 by itself; registry.keep says how many runs stay"
                    .to_owned(),
            ),
            PipelineError::Future { today, .. } => Some(format!("name a date up to {today}")),
            _ => self.stage().and_then(Failure::hint),
        }
    }
}
