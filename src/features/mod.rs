//! Transactions → one row of features a customer.
//!
//! Shops have orders, not customers with features. [`build`] reads order lines (who, when, how much) and writes the table
//! that a run clusters: recency, frequency and monetary value, and how a customer buys. Columns are found by the names
//! they usually have, unless [`FeaturesOptions`] names them; [`FeaturesSummary`] says what was found and left out.

mod account;
mod as_of;
mod build;
mod chunks;
mod columns;
mod customers;
mod dates;
mod distinct;
mod error;
mod figures;
mod lines;
mod moment;
mod options;
mod output;
mod role;
mod summary;
mod survey;
mod times;

pub use as_of::AsOf;
pub use build::build;
pub use columns::UsedColumn;
#[cfg(feature = "cli")]
#[cfg(feature = "cli")]
pub(crate) use columns::purchases;
pub use error::FeaturesError;
pub use options::FeaturesOptions;
pub(crate) use output::TableFile;
pub use summary::FeaturesSummary;
