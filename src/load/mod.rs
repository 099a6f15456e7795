//! Parquet → [`CustomerTable`]: ids, features, attributes, tier, and the audit of what was found.

mod error;
mod table;

pub use error::LoadError;
pub use table::{CustomerTable, Ids, Levels, NumericColumns};
