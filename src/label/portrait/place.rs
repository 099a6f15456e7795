use serde::{Deserialize, Serialize};

use crate::Text;
use crate::label::Roles;
use crate::label::profile::{ClusterProfile, Profiles};

/// The cell of a cluster in the matrix of value and frequency, each cut at the median of all customers.
///
/// The cluster is high where its median is above the cut, as a customer is in the tier rule `matrix`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MatrixPlace {
    /// Along the value.
    pub value: MatrixSide,
    /// Along the frequency.
    pub frequency: MatrixSide,
    /// The cell for people: "high value, low frequency".
    pub name: Text,
}

/// A side of the matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MatrixSide {
    /// The column.
    pub column: String,
    /// The cut: the median of all customers.
    pub cut: f64,
    /// The cluster's median.
    pub median: f64,
    /// Whether it is above the cut.
    pub high: bool,
}

/// The cell of `cluster`: the value is the money column, else the column of the role `monetary`; the frequency is the
/// column of the role `frequency`. `None` when a column is missing or constant, or both are the same.
pub(super) fn matrix_place(profiles: &Profiles, cluster: &ClusterProfile, roles: &Roles) -> Option<MatrixPlace> {
    let side = |column: &str| {
        let j = profiles.column(column).filter(|&j| !profiles.columns[j].constant)?;
        let (cut, median) = (profiles.columns[j].figures.median()?, cluster.columns[j].median()?);
        Some(MatrixSide { column: column.to_owned(), cut, median, high: median > cut })
    };
    let value = side(profiles.value_column.as_deref().or_else(|| roles.column("monetary"))?)?;
    let frequency = side(roles.column("frequency")?).filter(|frequency| frequency.column != value.column)?;
    let (value_en, value_zh) = if value.high { ("high value", "高价值") } else { ("low value", "低价值") };
    let (frequency_en, frequency_zh) =
        if frequency.high { ("high frequency", "高频") } else { ("low frequency", "低频") };
    let name = Text::new(format!("{value_en}, {frequency_en}"), format!("{value_zh}、{frequency_zh}"));
    Some(MatrixPlace { value, frequency, name })
}
