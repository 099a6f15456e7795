//! The fitted pipeline, and what can be done with it.
//!
//! - [`FittedPipeline`]: everything a run has learned, saved as one file (`model.segmint`) and read again. The file holds
//!   no path, time or thread count: the same input, plan and version give the same bytes.
//! - [`score`] gives new customers their segments, in chunks; for the rows of the fit it repeats the fit's labels.
//! - [`find_customer`] and [`FittedPipeline::reason`] say why a customer is where it is, term by term;
//!   [`FittedPipeline::changes`] what would have to be different for it to be elsewhere.
//! - [`AssignmentWriter`]: the table of customers and their segments, written by runs and by scoring alike.

mod assignments;
mod change;
mod customer;
mod drift;
mod error;
mod file;
mod fitted;
mod format;
mod gaps;
mod reason;
mod score;
mod table;
mod table_of;
mod unseen;
mod whole_file;

pub use assignments::{
    AssignmentRows, AssignmentWriter, MixtureRows, ROW_NUMBER, SegmentName, id_field, id_range, ids_of,
};
pub use change::{FeatureChange, LevelChange};
pub use customer::{Customer, find_customer};
pub use error::ModelError;
pub use fitted::{ClusterName, Density, DensityOff, FittedPipeline, MAX_CORE_BYTES};
pub use format::Version;
pub use gaps::FeatureGaps;
pub use reason::{CategoryTerm, CentroidReason, DensityReason, NamedCluster, Reason, Term};
pub use score::{OutsideRange, ScoreSummary, SegmentCount, score};
pub use table::{TableWriter, table_properties, text_column};
pub use unseen::UnseenLevels;
