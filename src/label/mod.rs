//! Clusters → named segments: what they look like, which known archetype they are, what they are called.
//!
//! - [`profile`] describes every cluster in original units ([`Profiles`]): figures of every column, the **position**
//!   among all customers, attributes, representatives.
//! - [`Catalog`]s hold [`Archetype`]s: known customer types as conditions on roles. [`builtin_catalogs`] ship with
//!   segmint, [`load_catalogs`] reads those of a run, [`Roles::resolve`] finds the columns they speak of.
//! - [`match_catalog`] scores archetypes against clusters and decides.
//! - [`rule`] learns readable rules: small trees on original units, measured on held-out customers.
//! - [`label`] puts it together: [`Labelled`] is what `segments.json` holds; [`portray`] and [`add_rules`] add
//!   what a person wants to read about each segment.
//! - [`Draft`] makes an archetype of a segment and puts it into a catalog file.
//! - [`NewSegments`] are the clusters and dense groups that may be segments no catalog knows.
//!
//! A run calls them in this order:
//!
//! ```
//! use segmint::config::{Algorithm, LabelPlan, Origins};
//! use segmint::label::{FoundIn, Roles, Subject, label, load_catalogs, profile};
//! use segmint::load::{CustomerTable, Ids};
//! use segmint::matrix::{RowMap, TiledMatrix};
//! use segmint::metrics::Partition;
//! use segmint::monitor::Monitor;
//!
//! let columns: Vec<(String, Vec<f64>)> = vec![
//!     ("recency_days".into(), vec![3.0, 5.0, 200.0, 300.0]),
//!     ("frequency".into(), vec![20.0, 30.0, 1.0, 2.0]),
//!     ("monetary".into(), vec![900.0, 800.0, 10.0, 20.0]),
//! ];
//! let features: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
//! let matrix = TiledMatrix::from_rows(
//!     &[-1.0, 1.0, 1.0, -1.0, 1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0, -1.0],
//!     3,
//! ).unwrap();
//! let table = CustomerTable {
//!     ids: Ids::RowNumber(4),
//!     features: features.clone(),
//!     attributes: vec![],
//!     tier: None,
//!     outcome: None,
//!     value: Some("monetary".into()),
//!     numeric: Box::new(columns),
//! };
//! let plan = LabelPlan::default();
//!
//! let catalogs = load_catalogs(&plan.catalogs)?;
//! let roles = Roles::resolve(&plan, &Origins::default(), &catalogs, &table.numeric.names(), &[])?;
//! let clusters = Partition::from_signed(&[0, 0, 1, 1]);
//! let found = [(FoundIn::Clustering(Algorithm::KMeans), &clusters)];
//! let monitor = Monitor::silent();
//! let rows = RowMap::all(4);
//! let subject = Subject { table: &table, rows: &rows, matrix: &matrix, features: &features, roles: &roles };
//! let profiles = profile(subject, &found, &monitor)?;
//! let labelled = label(&profiles, &catalogs, &roles, &plan, Algorithm::KMeans, |_| true);
//!
//! let segments = &labelled.primary().unwrap().clusters;
//! assert_eq!(segments[0].id.as_deref(), Some("S01"));
//! assert_eq!(segments[0].archetype.as_deref(), Some("rfm-8/champions"));
//! assert_eq!(segments[1].name.zh, "一般挽留客户");
//! # Ok::<(), segmint::label::LabelError>(())
//! ```

mod catalog;
mod cluster_label;
mod cost;
mod error;
mod found_in;
mod labelled;
mod naming;
mod new_segments;
mod portrait;
mod profile;
mod roles;
pub mod rule;
mod segment_id;

pub(crate) use catalog::lifecycle_catalog;
pub use catalog::{
    Archetype, Catalog, Condition, Draft, Level, Role, RoleLevel, Test, builtin_catalogs, builtin_texts, check_catalog,
    load_catalog, load_catalogs,
};
pub use cluster_label::{AttributeLabel, ClusterLabel, LevelLabel, TOP_FEATURES, TopFeature};
pub(crate) use cost::{bytes, ranking_bytes, seconds};
pub use error::{LabelError, Mistake};
pub use found_in::FoundIn;
pub use labelled::{Labelled, LabelledClustering};
pub use naming::{
    CatalogMatch, CatalogUse, ConditionEvidence, MatchVerdict, RoleUse, ScoredArchetype, SkipReason, label,
    match_catalog, number, score,
};
pub(crate) use naming::{label_as, label_noise};
pub use new_segments::{NewSegment, NewSegments, NoiseLook};
pub(crate) use portrait::NEGLIGIBLE_DELTA;
pub use portrait::{
    AttributeEffect, FeatureEffect, MatrixPlace, MatrixSide, NeighbourContrast, PairEffect, Portrait, Representative,
    SegmentRule, SegmentRules, Strength, add_rules, portray,
};
pub use profile::{
    AttributeProfile, ClusterProfile, ClusteringProfile, ColumnFigures, ColumnProfile, Distribution, Extreme,
    LevelProfile, LevelShare, Neighbour, Profiles, Subject, profile,
};
pub use roles::Roles;
pub(crate) use roles::{CONTACT, is_categorical};
pub use segment_id::SegmentId;
