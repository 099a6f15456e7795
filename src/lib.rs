//! segmint turns a Parquet table of customer features into named customer segments.
//!
//! A job is a [`config::Plan`]; [`pipeline::run`] does it and records it; [`sharing::SharedRun`] is what may be shown of it:
//!
//! ```
//! use segmint::config::Plan;
//! use segmint::monitor::Monitor;
//! use segmint::pipeline::Finished;
//! use segmint::report::{Document, terminal};
//! use segmint::sharing::SharedRun;
//! use segmint::simulate::{SimulateOptions, simulate};
//!
//! let shop = tempfile::tempdir()?;
//! simulate(shop.path(), &SimulateOptions { customers: 700, ..SimulateOptions::default() })?;
//! let flags = ["cluster.kmeans.k_range=[5, 8]", "compare.bootstrap=19", "compare.permutations=19"].map(String::from);
//! let plan = Plan::load(&shop.path().join("pipeline.toml"), &flags)?;
//!
//! let run = segmint::pipeline::run(&plan, Finished::default(), &Monitor::silent())?;
//!
//! let shared = SharedRun::open(&run.folder.path)?;
//! assert_eq!(shared.segments.len(), 7);
//! let text = terminal(&Document::full(&shared), None, |_tone, text| text.to_owned());
//! assert!(text.contains("champions"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Which module for what:
//!
//! - the whole job as the program does it: [`pipeline::run`], with a plan from [`config`]; without a folder, from a table in
//!   memory: [`pipeline::segment`];
//! - one stage alone: [`load`], [`normalize`], [`cluster`], [`label`], [`compare`]; each takes values and returns values;
//! - measures of clusterings you have: [`metrics`];
//! - new customers and reasons, from a recorded model: [`model`];
//! - k-means and DBSCAN on ndarray data, by linfa's traits: [`cluster::kmeans`], [`cluster::dbscan`].
//!
//! `default-features = false` leaves out the program (`cli`), what people read (`report`), and linfa with the fit of mixtures
//! (`linfa`); docs/library.md has an example of each use.
//!
//! Stages print nothing; they return results, [`Warning`]s with evidence, and errors that know whose fault
//! they are ([`failure`]). The repository's ARCHITECTURE.md shows how they stand to each other.
#![deny(missing_docs)]

#[cfg(feature = "cli")]
pub mod cli;
pub mod cluster;
pub mod compare;
pub mod config;
pub mod failure;
pub mod features;
mod figures;
pub mod label;
mod language;
// Public for this project's own bindings and examples alone; no promise.
#[doc(hidden)]
pub mod limits;
pub mod load;
pub mod matrix;
pub mod metrics;
pub mod model;
pub mod monitor;
mod nearest;
pub mod normalize;
mod object_url;
mod output_file;
pub mod pipeline;
// Public for this project's own bindings alone; no promise.
#[doc(hidden)]
pub mod printable;
// Public for this project's own tests and examples alone; no promise.
#[doc(hidden)]
pub mod random;
// Public for this project's own tests alone; no promise.
#[doc(hidden)]
pub mod recognize;
pub mod refit;
pub mod registry;
#[cfg(feature = "report")]
pub mod report;
pub mod sharing;
pub mod simulate;
mod stats;
mod warning;
pub mod workers;

pub use language::{Language, Text};
pub use warning::Warning;

/// The examples of docs/library.md run with those of this documentation.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
mod library_page {}
