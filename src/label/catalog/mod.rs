//! Catalogs of known customer types: what they are, and how they are read.
//!
//! - [`Catalog`]s hold [`Archetype`]s: conditions on roles, some of them [`Level`]s.
//! - `file` reads them from TOML with every mistake and its line (`spanned` is TOML with places); `review` holds the
//!   archetypes of a catalog against each other.
//! - `builtin`: those that ship with segmint; `lifecycle`: the one that portraits ask besides; [`Draft`] makes an archetype
//!   of a segment.

mod archetype;
mod builtin;
mod draft;
mod file;
mod level;
mod lifecycle;
mod review;
mod spanned;

pub use self::archetype::{Archetype, Catalog, Condition, Role, RoleLevel, Test};
pub use self::builtin::{builtin_catalogs, builtin_texts, check_catalog, load_catalog, load_catalogs};
pub use self::draft::Draft;
pub(super) use self::file::spelling;
pub use self::level::Level;
pub(super) use self::level::settle;
pub(crate) use self::lifecycle::{LIFECYCLE, lifecycle_catalog};
