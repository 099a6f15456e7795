//! Behaviour of the library and the program from outside, one file per stage or verb.
//!
//! A law is a property test named after the law; a golden test holds a figure that another program computed.
mod choose_eps;
mod config;
mod kmeans;
mod dbscan;
mod metrics_external;
mod metrics_internal;
mod reconcile;
mod normalize;
mod registry;
mod simulate;
mod threads;
