//! More than one process for the work that grows with the number of customers.
//!
//! A driver has the whole matrix and cuts it into shards, runs of whole tiles; each [worker](serve()) holds one shard and
//! answers what k-means asks of it (`cluster/kmeans/shard.rs`). Sums are integers, and what is added up in floating point
//! comes as one number a tile, which the driver adds as it adds its own: the bits do not depend on how many workers there are, nor on
//! which of them were lost on the way. docs/many-machines.md says what is where, and what it is good for.
//!
//! - [`Workers`]: how many, what starts one, and how long to wait for an answer.
//! - [`serve()`]: what a worker does, over any pair of pipes.
//! - [`Engine`]: who has workers on other machines and carries the same messages; [`HeldShard`]: what such a worker does.

mod crew;
mod engine;
mod error;
mod message;
mod process;
mod serve;
mod start;
mod wanted;

pub use engine::Engine;
pub use error::WorkerError;
pub use serve::{HeldShard, serve};
pub(crate) use start::start;
pub use wanted::{PATIENCE, Workers};
