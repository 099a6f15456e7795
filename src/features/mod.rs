//! Transactions → one row of features a customer.
mod output;
pub(crate) use output::TableFile;
