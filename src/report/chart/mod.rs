//! Pictures as SVG.
//!
//! They are drawn here and not by a library because every text is there in two languages, every colour comes from the style of
//! the page (so that it follows the theme and is the same for a segment everywhere), and every mark has a value to hover over;
//! the plotting libraries for Rust give none of the three.

mod element;
mod flows;
mod graph;
mod lines;
mod map;
mod picture;
mod ridges;
mod scale;
mod strip;

pub(super) use element::colour;
pub use flows::{Band, Flows, Stop};
pub use graph::{Edge, Graph};
pub use lines::{Line, Lines};
pub use map::Map;
pub use picture::{Drawing, Picture};
pub use ridges::{Ridge, Ridges};
pub use strip::{bar, position};
