//! The feature matrix every algorithm reads, and the reductions that give the same bits at any thread count.
//!
//! - [`TiledMatrix`]: n_customers × n_features finite `f32` values, in tiles of [`TILE_ROWS`] rows, feature-major
//!   inside a tile; [`TiledMatrix::into_content_order`] makes it a function of the multiset of its rows.
//! - [`reduce`]: parallel reductions over a fixed tree.
//! - [`PrincipalAxes`]: mean, axes and variances of the rows.
//! - `simd`: one source for every instruction set.
//! - [`RowMap`]: which rows of the customer table the matrix rows are.

mod content_order;
mod pages;
mod principal;
pub mod reduce;
mod rows;
// Public for this project's own tests and examples alone; no promise.
#[doc(hidden)]
pub mod simd;
mod symmetric;
mod tiled;

pub use principal::PrincipalAxes;
pub(crate) use principal::{axes_seconds, in_few_dimensions};
pub use rows::RowMap;
pub(crate) use symmetric::dot;
pub use tiled::{ColumnWriter, PartWriter, TILE_ROWS, Tile, TiledMatrix, TiledMatrixBuilder};
