//! Behaviour of the library and the program from outside, one file per stage or verb.
//!
//! A law is a property test named after the law; a golden test holds a figure that another program computed.

mod architecture;
mod bad_data;
mod choose_eps;
mod choose_k;
mod cli;
mod compare;
mod config;
mod dbscan;
mod features;
mod files;
mod generated;
mod gmm;
mod kmeans;
mod label;
mod levels;
mod load;
mod metrics_external;
mod metrics_internal;
mod mixed;
mod model;
mod normalize;
mod order;
mod parquet_table;
mod reading;
mod recognize;
mod reconcile;
mod registry;
mod run_format;
mod segmentation;
mod simulate;
mod stability;
mod threads;
mod tier_tables;
mod tiers;
mod time_kernel;
