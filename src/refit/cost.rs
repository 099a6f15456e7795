//! What it costs to continue a run. Bytes were counted from the types, rates measured on 1,000,000 customers.

/// Bytes of a customer of the run before: the id as text, its place, the old cluster and value, for both runs; the cluster the old
/// model gives.
const CUSTOMER_BYTES: u64 = 150;
/// Customers that are read, found again by their ids and counted in a second.
const CUSTOMERS: f64 = 6e5;

/// Bytes while a run of `n` customers is continued, the run before being as large.
pub(crate) fn bytes(n: u64) -> u64 {
    CUSTOMER_BYTES * n
}

/// Seconds of one thread for it.
pub(crate) fn seconds(n: f64) -> f64 {
    n / CUSTOMERS
}
