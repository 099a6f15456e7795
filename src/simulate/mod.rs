//! A made-up customer population whose segments are known.
//!
//! [`simulate`] writes a table of customers, the archetype each of them was drawn from, and the configuration that runs
//! segmint on the table. It is sample data, test data and the yardstick for what a run should find: six archetypes of
//! the catalog `rfm-8`, and one group that no archetype describes (resellers who order much and send most of it back).
//!
//! The table is made as a shop's would be: money and days are skewed, features depend on each other (`monetary` is
//! orders × basket − returns, nobody was away longer than he has been a customer), ages are missing, and the tier column
//! is a sales rule on last year's turnover that was not always followed. With months, the population lives on: customers
//! order or fall silent, come back, grow, leave, and new ones join.
//!
//! [`plant`] makes two tables between which a known event happened: what segments that last are proven on.

mod customer;
mod draw;
mod error;
mod files;
mod group;
mod months;
mod scenario;
mod tier;

pub use error::SimulateError;
pub use files::{GroupCount, MonthCount, SimulateOptions, SimulateSummary, simulate};
pub use scenario::{
    Planted, PlantedEvent, PlantedTable, PlantedTruth, SCENARIO_FILES, Scenario, ScenarioOptions, ScenarioSummary,
    plant, write_scenario,
};
