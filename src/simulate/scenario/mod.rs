//! Two tables of the same shop with an event planted between them.
//!
//! Groups are clouds of customers in the space of their features; what happens to them is known, and so is who was in which group.
//! Half of the features are amounts of money (log-normal), half are habits; customers of both tables keep most of what is their own.

mod arrange;
mod files;
mod kind;
mod plant;
mod world;

pub use files::{SCENARIO_FILES, ScenarioSummary, write_scenario};
pub use kind::{Scenario, ScenarioOptions};
pub use plant::{Planted, PlantedTable, plant};
pub use world::{PlantedEvent, PlantedTruth};
