use serde::{Deserialize, Serialize};

use super::ColumnFigures;

/// The end of a column at which a cluster stands, however many others stand there too.
///
/// Where 97 % of the customers bought once, a cluster of them has position .48: as high as nearly everyone, and yet as low
/// as can be. A cluster stands at the lowest value when at least three in four of its members have it and its position
/// is at most ½; at the highest the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Extreme {
    /// Nobody has less.
    Lowest,
    /// Nobody has more.
    Highest,
}

impl Extreme {
    /// Where a cluster stands in a column with the figures `all` over all customers; `None` between the ends.
    pub(in crate::label) fn of(all: &ColumnFigures, cluster: &ColumnFigures) -> Option<Extreme> {
        let (all, here, position) = (all.distribution?, cluster.distribution?, cluster.position?);
        if all.min == all.max {
            None
        } else if here.q75 == all.min && position <= 0.5 {
            Some(Extreme::Lowest)
        } else if here.q25 == all.max && position >= 0.5 {
            Some(Extreme::Highest)
        } else {
            None
        }
    }

    /// The position that levels are asked of instead of the cluster's own.
    pub(in crate::label) fn position(self) -> f64 {
        match self {
            Extreme::Lowest => 0.0,
            Extreme::Highest => 1.0,
        }
    }
}
