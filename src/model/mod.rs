//! The fitted pipeline, and what can be done with it.
//!
//! - [`FittedPipeline`]: everything a run has learned, saved as one file (`model.segmint`) and read again. The file holds
//!   no path, time or thread count: the same input, plan and version give the same bytes.
//! - [`score`] gives the customers of a file their segments, in chunks, [`FittedPipeline::score_batch`] those of a batch in
//!   memory; for the rows of the fit they repeat the fit's labels.
//! - [`find_customer`] and [`FittedPipeline::reason`] say why a customer is where it is, term by term;
//!   [`FittedPipeline::changes`] what would have to be different for it to be elsewhere.
//! - `assignment_columns`: the table of customers and their segments, of runs and of scoring alike.

mod assignments;
mod change;
mod customer;
mod density_off;
mod drift;
mod error;
mod file;
mod fitted;
mod format;
mod gaps;
mod reason;
mod repeated_ids;
mod score;
mod score_summary;
mod scorer;
mod table;
mod table_of;
mod tally;
mod unseen;
mod version;

pub(crate) use assignments::{
    AssignmentRows, BesideRows, ClusteringRows, VALUE_COLUMN, assignment_columns, id_field, ids_of,
};
pub use assignments::{ROW_NUMBER, SegmentName, id_range};
pub use change::{FeatureChange, LevelChange};
pub use customer::{FoundCustomer, find_customer};
pub use density_off::{DensityOff, MAX_CORE_BYTES};
pub use error::ModelError;
pub use fitted::{ClusterName, FittedClustering, FittedPipeline};
pub use gaps::FeatureGaps;
pub use reason::{CategoryTerm, CentroidReason, DensityReason, LikeliestReason, NamedCluster, Reason, Term};
pub use score::score;
pub use score_summary::{OutsideRange, ScoreSummary, SegmentCount};
pub(crate) use table::{ROWS_AT_ONCE, TableColumn, TableWriter, io_error, table_properties, text_column};
pub use unseen::UnseenLevels;
pub use version::Version;
