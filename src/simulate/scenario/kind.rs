//! What may happen, and how large the tables are.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::Serialize;

use crate::simulate::SimulateError;

/// What happens between two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    /// Nothing: other customers of the same groups.
    Quiet,
    /// 10 to 40 % of the customers of both tables move to another group.
    Move,
    /// Every group gets larger or smaller, up to twice against each other.
    Resize,
    /// One group drifts by 1 to 3 standard deviations, and stays as far from the others as before.
    Drift,
    /// Every amount of money is 1.1 to 2 times as large.
    Inflation,
    /// One group becomes two or three.
    Split,
    /// Two groups that lie beside each other become one.
    Merge,
    /// One group is empty: its customers left, or are spread over the others.
    Vanish,
    /// A group of 1 to 10 % of the customers that was not there, of customers of all others.
    Emerge,
    /// Two of drift, split, merge, vanish and emerge, to different groups.
    Two,
}

impl Scenario {
    /// Every scenario, in the order of the enum.
    pub const ALL: [Scenario; 10] = [
        Scenario::Quiet,
        Scenario::Move,
        Scenario::Resize,
        Scenario::Drift,
        Scenario::Inflation,
        Scenario::Split,
        Scenario::Merge,
        Scenario::Vanish,
        Scenario::Emerge,
        Scenario::Two,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Scenario::Quiet => "quiet",
            Scenario::Move => "move",
            Scenario::Resize => "resize",
            Scenario::Drift => "drift",
            Scenario::Inflation => "inflation",
            Scenario::Split => "split",
            Scenario::Merge => "merge",
            Scenario::Vanish => "vanish",
            Scenario::Emerge => "emerge",
            Scenario::Two => "two",
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scenario {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Scenario::ALL.map(Scenario::name).join(", ");
        let found = Scenario::ALL.into_iter().find(|scenario| scenario.name() == text);
        found.ok_or_else(|| format!("{text:?} is no scenario ({})", names()))
    }
}

/// What to plant.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioOptions {
    /// What happens.
    pub scenario: Scenario,
    /// Customers of each table, 100 … 2³¹.
    pub customers: usize,
    /// Seed of every draw: the same seed gives the same bytes.
    pub seed: u64,
    /// The share of customers of the first table who are in the second one too, 0 … 0.95.
    pub shared: f64,
    /// Groups of the first table, 4 … 10.
    pub groups: usize,
    /// Features, 4 … 16.
    pub features: usize,
    /// How far groups that lie beside each other are apart, in units of 4 standard deviations; 0.5 … 1.25 are 2 to 5.
    pub separation: f64,
    /// Whether customers lie around the centre of their group by Student's t of 4 degrees of freedom instead of the normal
    /// distribution.
    pub heavy_tails: bool,
}

impl Default for ScenarioOptions {
    /// A quiet pair of 20,000 customers each, seed 42, of whom 0.95 are shared; 6 groups in 8 features, 4 standard deviations
    /// apart, without heavy tails.
    fn default() -> Self {
        ScenarioOptions {
            scenario: Scenario::Quiet,
            customers: 20_000,
            seed: 42,
            shared: 0.95,
            groups: 6,
            features: 8,
            separation: 1.0,
            heavy_tails: false,
        }
    }
}

/// Groups there may be.
const GROUPS: RangeInclusive<usize> = 4..=10;
/// Features there may be.
const FEATURES: RangeInclusive<usize> = 4..=16;
/// Customers there may be.
const CUSTOMERS: RangeInclusive<usize> = 100..=1 << 31;

impl ScenarioOptions {
    /// Refuses what is outside its range.
    pub(super) fn check(&self) -> Result<(), SimulateError> {
        let within = |what: &'static str, range: RangeInclusive<usize>, value: usize| match range.contains(&value) {
            true => Ok(()),
            false => Err(SimulateError::Range { what, low: *range.start(), high: *range.end(), value }),
        };
        within("customers", CUSTOMERS, self.customers)?;
        within("groups", GROUPS, self.groups)?;
        within("features", FEATURES, self.features)?;
        if !(0.0..=0.95).contains(&self.shared) {
            return Err(SimulateError::Shared { shared: self.shared });
        }
        if !(0.05..=20.0).contains(&self.separation) {
            return Err(SimulateError::Separation { separation: self.separation });
        }
        Ok(())
    }
}
