//! Parquet → [`CustomerTable`]: ids, features, attributes, tier, and the audit of what was found.

mod error;
mod files;
mod table;

pub use error::LoadError;
pub use files::{DataFile, Place, resolve};
pub use table::{CustomerTable, Ids, Levels, NumericColumns};
