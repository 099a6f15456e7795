//! Parquet → [`CustomerTable`]: ids, features, attributes, tier, and the audit of what was found.
//!
//! - [`open`] reads the table of a plan; [`Source`] and [`ColumnUses`] are its first two steps, for those who only look at the
//!   schema. [`Source::of_batches`] is a table in memory instead of files, [`Loaded::of_table`] one that needs no reading.
//! - Files are on disk or, with the feature `cloud`, in object stores; `storage` reads both.
//! - Numeric columns are decoded when [`CustomerTable::numeric`] is asked for one; up to 192 MiB of them and of their orders are
//!   kept, so that tables that are not large are decoded and sorted once.
//! - [`read_matrix`] decodes numeric columns straight into a matrix, without normalization.
//! - [`TextTable`] is a CSV or XLSX file, for small tables that people keep beside a run.
//! - [`RowStream`] reads any columns in chunks with bounded memory; [`find_row`] and [`read_row`] read one customer.

mod advice;
mod alike_tiers;
mod audit;
mod batch;
mod bytes_as_text;
mod cells;
mod chunk;
mod column;
mod column_uses;
mod common_text;
mod content_order;
mod cost;
mod data_file;
mod days;
mod decoding;
mod error;
mod facts;
mod files;
mod fingerprint;
mod footer;
mod ids;
mod kind;
mod levels;
mod matrix;
mod memory;
mod missing_words;
mod named;
mod numeric;
#[cfg(feature = "cloud")]
mod objects;
mod open;
mod order;
mod overwrite;
mod place;
mod plan_readings;
mod reading;
mod repeat_count;
mod retyped;
mod schema;
mod source;
mod source_file;
mod storage;
mod stored;
mod stream;
mod table;
mod text;
#[cfg(feature = "report")]
mod text_table;
mod unreadable;
mod unshared;

#[cfg(feature = "report")]
pub(crate) use alike_tiers::alike_tiers;
pub use audit::{Audit, LeftOut, LeftOutReason, LevelsAudit, NumericAudit};
pub(crate) use cells::WhyMissing;
pub use column::Column;
pub use column_uses::{ColumnUses, Extra};
pub(crate) use common_text::{CommonText, TextCounts};
#[cfg(test)]
pub(crate) use cost::LevelsShape;
pub(crate) use cost::TableShape;
pub use data_file::DataFile;
pub use decoding::is_decoding;
pub use error::LoadError;
pub use files::resolve;
pub use fingerprint::{Covers, FileFingerprint, Fingerprint};
pub(crate) use ids::hashes_of_ids;
pub use kind::Kind;
#[cfg(feature = "cli")]
pub(crate) use levels::MAX_LEVELS;
pub use matrix::read_matrix;
#[cfg(feature = "report")]
pub(crate) use missing_words::MissingWords;
pub use numeric::ParquetColumns;
#[cfg(feature = "cli")]
pub(crate) use open::type_without_use;
pub use open::{Loaded, open, open_source};
pub(crate) use order::{IN_FLIGHT, Sorted, ascending, in_rounds};
pub(crate) use overwrite::refuse_overwriting;
#[cfg(feature = "cli")]
pub(crate) use overwrite::refuse_writing_into;
pub use place::Place;
pub use plan_readings::as_of_unused;
pub use reading::{Form, Reading};
pub(crate) use repeat_count::{RepeatCount, Repeated};
pub use source::Source;
pub use stream::{Chunk, RowStream, find_row, read_row, texts};
pub(crate) use table::IN_MEMORY;
pub use table::{CustomerTable, Ids, Levels, NumericColumns};
#[cfg(feature = "report")]
pub use text_table::{TextTable, TextTableError};
pub(crate) use unreadable::{Unreadable, example_of_unreadable};
pub use unshared::Unshared;

pub use crate::object_url::UrlError;
