use serde::{Deserialize, Deserializer, Serialize, de};

/// A rule that gives every customer a tier.
///
/// ```
/// use segmint::config::{Cut, TierRule};
/// let rule: TierRule = toml::from_str("kind = \"matrix\"\nx = \"monetary\"\ny = \"frequency\"\ncut = \"median\"").unwrap();
/// assert_eq!(rule.name(), "matrix(monetary, frequency)");
/// let refused = toml::from_str::<TierRule>("kind = \"quantile\"\ncolumn = \"monetary\"\nq = 1").unwrap_err();
/// assert_eq!(refused.message(), "q must be a whole number from 2 to 100, got 1");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum TierRule {
    /// A while the cumulative share before the customer is below the first cut, B below the second, C the rest, D ≤ 0.
    Abc {
        /// The column whose shares are cumulated.
        column: String,
        /// The two cuts, ascending in (0, 1); 0.8 and 0.95 by default.
        #[serde(default = "abc_cuts", deserialize_with = "ascending_shares")]
        cuts: [f64; 2],
    },
    /// `q` tiers of about equal size, by the column's quantiles.
    Quantile {
        /// The column that is cut.
        column: String,
        /// How many tiers, 2 to 100; 4 by default.
        #[serde(default = "quartiles", deserialize_with = "up_to_100")]
        q: usize,
    },
    /// The four quadrants of two columns.
    Matrix {
        /// The column that counts first.
        x: String,
        /// The other column.
        y: String,
        /// Above which values a column is high; the medians by default.
        #[serde(default)]
        cut: Cuts,
    },
    /// Recency, frequency and monetary scores of 1 to `q`, each by its own column's quantiles.
    Rfm {
        /// Days since the last order; lower is better.
        recency: String,
        /// Orders.
        frequency: String,
        /// Spending.
        monetary: String,
        /// The best score, 2 to 9; 3 by default, which makes up to 27 tiers.
        #[serde(default = "thirds", deserialize_with = "up_to_9")]
        q: usize,
    },
}

impl TierRule {
    /// What the tiers of the rule are called in comparisons, such as `abc(monetary)`.
    pub fn name(&self) -> String {
        match self {
            TierRule::Abc { column, .. } => format!("abc({column})"),
            TierRule::Quantile { column, q } => format!("quantile({column}, {q})"),
            TierRule::Matrix { x, y, .. } => format!("matrix({x}, {y})"),
            TierRule::Rfm { recency, frequency, monetary, .. } => format!("rfm({recency}, {frequency}, {monetary})"),
        }
    }

    /// The numeric columns the rule reads.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            TierRule::Abc { column, .. } | TierRule::Quantile { column, .. } => vec![column],
            TierRule::Matrix { x, y, .. } => vec![x, y],
            TierRule::Rfm { recency, frequency, monetary, .. } => vec![recency, frequency, monetary],
        }
    }
}

/// Where the two columns of a matrix are cut; one cut in the file holds for both.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "CutsForm", into = "[Cut; 2]")]
pub struct Cuts {
    /// The cut of `x`.
    pub x: Cut,
    /// The cut of `y`.
    pub y: Cut,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "cut must be \"median\" | \"mean\" | a number | { quantile = share }, or two of them")]
enum CutsForm {
    Both(Cut),
    Each([Cut; 2]),
}

impl From<CutsForm> for Cuts {
    fn from(form: CutsForm) -> Self {
        match form {
            CutsForm::Both(cut) => Cuts { x: cut, y: cut },
            CutsForm::Each([x, y]) => Cuts { x, y },
        }
    }
}

impl From<Cuts> for [Cut; 2] {
    fn from(cuts: Cuts) -> Self {
        [cuts.x, cuts.y]
    }
}

/// The value above which a column is high.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "CutForm", into = "CutForm")]
pub enum Cut {
    /// The column's median.
    #[default]
    Median,
    /// The column's mean.
    Mean,
    /// The column's quantile at a share in (0, 1).
    Quantile(f64),
    /// A value in the column's unit.
    At(f64),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum CutForm {
    Word(CutWord),
    Quantile {
        #[serde(deserialize_with = "inner_share")]
        quantile: f64,
    },
    At(#[serde(deserialize_with = "finite")] f64),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum CutWord {
    Median,
    Mean,
}

impl From<CutForm> for Cut {
    fn from(form: CutForm) -> Self {
        match form {
            CutForm::Word(CutWord::Median) => Cut::Median,
            CutForm::Word(CutWord::Mean) => Cut::Mean,
            CutForm::Quantile { quantile } => Cut::Quantile(quantile),
            CutForm::At(value) => Cut::At(value),
        }
    }
}

impl From<Cut> for CutForm {
    fn from(cut: Cut) -> Self {
        match cut {
            Cut::Median => CutForm::Word(CutWord::Median),
            Cut::Mean => CutForm::Word(CutWord::Mean),
            Cut::Quantile(quantile) => CutForm::Quantile { quantile },
            Cut::At(value) => CutForm::At(value),
        }
    }
}

fn abc_cuts() -> [f64; 2] {
    [0.8, 0.95]
}

fn quartiles() -> usize {
    4
}

fn thirds() -> usize {
    3
}

fn ascending_shares<'de, D: Deserializer<'de>>(from: D) -> Result<[f64; 2], D::Error> {
    let [a, b] = <[f64; 2]>::deserialize(from)?;
    if 0.0 < a && a < b && b < 1.0 {
        return Ok([a, b]);
    }
    Err(de::Error::custom(format_args!("cuts must be two ascending numbers in (0, 1), got [{a}, {b}]")))
}

fn up_to_100<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    tiers_up_to(100, from)
}

fn up_to_9<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    tiers_up_to(9, from)
}

fn tiers_up_to<'de, D: Deserializer<'de>>(most: i64, from: D) -> Result<usize, D::Error> {
    let q = i64::deserialize(from)?;
    if (2..=most).contains(&q) {
        return Ok(q as usize);
    }
    Err(de::Error::custom(format_args!("q must be a whole number from 2 to {most}, got {q}")))
}

fn inner_share<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(from)?;
    let inside = 0.0 < share && share < 1.0;
    inside.then_some(share).ok_or_else(|| de::Error::custom("a quantile is in (0, 1)"))
}

fn finite<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let value = f64::deserialize(from)?;
    value.is_finite().then_some(value).ok_or_else(|| de::Error::custom("a cut is finite"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Result<TierRule, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn a_matrix_is_cut_alike_or_each_its_own_way() {
        let cut = |text: &str| match rule(&format!("kind = \"matrix\"\nx = \"a\"\ny = \"b\"\n{text}")) {
            Ok(TierRule::Matrix { cut, .. }) => Ok((cut.x, cut.y)),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error),
        };
        assert_eq!(cut(""), Ok((Cut::Median, Cut::Median)));
        assert_eq!(cut("cut = \"mean\""), Ok((Cut::Mean, Cut::Mean)));
        assert_eq!(cut("cut = { quantile = 0.8 }"), Ok((Cut::Quantile(0.8), Cut::Quantile(0.8))));
        assert_eq!(cut("cut = [100, \"median\"]"), Ok((Cut::At(100.0), Cut::Median)));
        for refused in ["cut = \"mode\"", "cut = { quantile = 1.0 }", "cut = nan", "cut = [1, 2, 3]"] {
            let error = cut(refused).unwrap_err();
            assert!(error.starts_with("cut must be \"median\""), "{refused}: {error}");
        }
    }

    #[test]
    fn impossible_rules_are_refused_with_the_value() {
        let abc = |cuts: &str| rule(&format!("kind = \"abc\"\ncolumn = \"m\"\ncuts = {cuts}")).unwrap_err();
        assert_eq!(abc("[0.9, 0.8]"), "cuts must be two ascending numbers in (0, 1), got [0.9, 0.8]");
        assert_eq!(abc("[nan, 0.8]"), "cuts must be two ascending numbers in (0, 1), got [NaN, 0.8]");
        let rfm = "kind = \"rfm\"\nrecency = \"r\"\nfrequency = \"f\"\nmonetary = \"m\"\nq = 12";
        assert_eq!(rule(rfm).unwrap_err(), "q must be a whole number from 2 to 9, got 12");
        assert!(rule("kind = \"abc\"\ncolumn = \"m\"\ncut = 3").unwrap_err().contains("unknown field"));
    }

    #[test]
    fn rules_survive_being_written_and_read() {
        let given = rule("kind = \"matrix\"\nx = \"a\"\ny = \"b\"\ncut = [{ quantile = 0.9 }, 3]").unwrap();
        let json = serde_json::to_string(&given).unwrap();
        assert_eq!(serde_json::from_str::<TierRule>(&json).unwrap(), given);
    }
}
