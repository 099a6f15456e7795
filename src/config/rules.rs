use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use toml::Value;

use super::cuts::{Cuts, Quadrant};
use super::schema::{Key, RULE_KEYS, key_at};

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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(remote = "Self", tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum TierRule {
    /// A while the cumulative share before the customer is below the first cut, B below the second, C the rest, D ≤ 0.
    Abc {
        /// The column whose shares are cumulated.
        column: String,
        /// The two cuts, ascending in (0, 1); by default those of the schema.
        #[serde(default = "abc_cuts")]
        cuts: [f64; 2],
    },
    /// A, B, C, D by value and loyalty together: a customer is as good as the weaker of the two.
    Abcd {
        /// What a customer brings.
        value: String,
        /// What shows that a customer stays, such as orders or the share of repeat purchases.
        loyalty: String,
        /// The mid-rank shares above which the weaker of the two is A, B or C; by default those of the schema.
        #[serde(default = "abcd_cuts")]
        cuts: [f64; 3],
    },
    /// `q` tiers of about equal size, by the column's quantiles.
    Quantile {
        /// The column that is cut.
        column: String,
        /// How many tiers, 2 to 100; by default that of the schema.
        #[serde(default = "quartiles")]
        q: usize,
    },
    /// The customer matrix: the levels of one column by those of another, 2 × 2 up to 5 × 5.
    Matrix {
        /// The column that counts first.
        x: String,
        /// The other column.
        y: String,
        /// Above which values a column is one level higher; the medians by default.
        #[serde(default)]
        #[cfg_attr(test, schemars(with = "[serde_json::Value; 2]"))]
        cut: Cuts,
        /// What cells are called and what is done about their customers, where the defaults do not fit.
        #[serde(default)]
        cells: Vec<Quadrant>,
    },
    /// Recency, frequency and monetary scores of 1 to `q`, each by its own column's quantiles or by own cuts.
    Rfm {
        /// Days since the last order; lower is better.
        recency: String,
        /// Orders.
        frequency: String,
        /// Spending.
        monetary: String,
        /// The best score, 2 to 9, which makes up to `q`³ tiers; by default that of the schema.
        #[serde(default = "thirds")]
        q: usize,
        /// Own cuts instead of quantiles; `q` does not count then.
        #[serde(default)]
        cuts: Option<RfmCuts>,
    },
}

impl TierRule {
    /// What the tiers of the rule are called in comparisons, such as `abc(monetary)`.
    pub fn name(&self) -> String {
        match self {
            TierRule::Abc { column, .. } => format!("abc({column})"),
            TierRule::Abcd { value, loyalty, .. } => format!("abcd({value}, {loyalty})"),
            TierRule::Quantile { column, q } => format!("quantile({column}, {q})"),
            TierRule::Matrix { x, y, .. } => format!("matrix({x}, {y})"),
            TierRule::Rfm { recency, frequency, monetary, .. } => format!("rfm({recency}, {frequency}, {monetary})"),
        }
    }

    /// What of the rule is not allowed, if anything: a value that its key in the schema refuses, or a cell that does not
    /// exist or is named twice.
    pub(super) fn check(&self) -> Result<(), String> {
        check_values(&toml::Table::try_from(self).map_err(|error| error.to_string())?)?;
        let TierRule::Matrix { cut, cells, .. } = self else { return Ok(()) };
        let levels = [&cut.x, &cut.y].map(|cut| cut.levels().into_iter().map(|level| level.en).collect::<Vec<_>>());
        for (i, cell) in cells.iter().enumerate() {
            for (axis, level, levels) in [("x", &cell.x, &levels[0]), ("y", &cell.y, &levels[1])] {
                if !levels.contains(level) {
                    return Err(format!("{axis} of a cell must be {}, got {level:?}", levels.join(" | ")));
                }
            }
            if cells[..i].iter().any(|other| (&other.x, &other.y) == (&cell.x, &cell.y)) {
                return Err(format!("the cell {:?}, {:?} is named twice", cell.x, cell.y));
            }
        }
        Ok(())
    }

    /// The numeric columns the rule reads.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            TierRule::Abc { column, .. } | TierRule::Quantile { column, .. } => vec![column],
            TierRule::Abcd { value, loyalty, .. } => vec![value, loyalty],
            TierRule::Matrix { x, y, .. } => vec![x, y],
            TierRule::Rfm { recency, frequency, monetary, .. } => vec![recency, frequency, monetary],
        }
    }
}

/// Own cuts of the three scores: a score is one more than the cuts the value exceeds; recency counts backwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RfmCuts {
    /// Days, ascending, 1 to 8 of them.
    pub recency: Vec<f64>,
    /// Orders, ascending.
    pub frequency: Vec<f64>,
    /// Spending, ascending.
    pub monetary: Vec<f64>,
}

impl<'de> Deserialize<'de> for TierRule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let rule = TierRule::deserialize(from)?;
        rule.check().map_err(de::Error::custom)?;
        Ok(rule)
    }
}

impl Serialize for TierRule {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        TierRule::serialize(self, to)
    }
}

/// What of the table of a rule its keys in the schema refuse, if anything.
pub(super) fn check_values(rule: &toml::Table) -> Result<(), String> {
    let kind = rule.get("kind").and_then(Value::as_str).unwrap_or_default();
    let of_kind = |key: &&Key| key.path.strip_prefix(kind).is_some_and(|rest| rest.starts_with('.'));
    for key in RULE_KEYS.iter().filter(of_kind) {
        let mut parts = key.path.split('.').skip(1);
        let first = parts.next().and_then(|name| rule.get(name));
        let Some(value) = parts.try_fold(first, |value, name| Some(value?.get(name))).flatten() else { continue };
        if !key.constraint.admits(value) {
            let name = &key.path[kind.len() + 1..];
            return Err(format!("{name} must be {}, got {value}", key.constraint.allowed()));
        }
    }
    Ok(())
}

/// The default of a key of a rule.
fn default_of<T: DeserializeOwned>(path: &str) -> T {
    key_at(path).default_value().try_into().expect("defaults have the types of their keys")
}

fn abc_cuts() -> [f64; 2] {
    default_of("compare.rules.abc.cuts")
}

fn abcd_cuts() -> [f64; 3] {
    default_of("compare.rules.abcd.cuts")
}

fn quartiles() -> usize {
    default_of("compare.rules.quantile.q")
}

fn thirds() -> usize {
    default_of("compare.rules.rfm.q")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Cut;

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
        assert_eq!(abc("[nan, 0.8]"), "cuts must be two ascending numbers in (0, 1), got [nan, 0.8]");
        let rfm = "kind = \"rfm\"\nrecency = \"r\"\nfrequency = \"f\"\nmonetary = \"m\"\nq = 12";
        assert_eq!(rule(rfm).unwrap_err(), "q must be a whole number from 2 to 9, got 12");
        assert!(rule("kind = \"abc\"\ncolumn = \"m\"\ncut = 3").unwrap_err().contains("unknown field"));
    }

    #[test]
    fn a_matrix_may_have_up_to_five_levels_an_axis() {
        let matrix = |text: &str| rule(&format!("kind = \"matrix\"\nx = \"a\"\ny = \"b\"\n{text}"));
        let levels = |text: &str| match matrix(text) {
            Ok(TierRule::Matrix { cut, .. }) => Ok((cut.x.n_levels(), cut.y.n_levels())),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error),
        };
        assert_eq!(levels("cut = [[10, 100, 1000, 5000], \"median\"]"), Ok((5, 2)));
        assert_eq!(levels("cut = { quantile = [0.3, 0.7] }"), Ok((3, 3)));
        for refused in
            ["cut = [[3, 2], 1]", "cut = [[1, 2, 3, 4, 5], 1]", "cut = { quantile = [0.5, 1.5] }", "cut = [[], 1]"]
        {
            let error = levels(refused).unwrap_err();
            assert!(error.starts_with("cut must be \"median\""), "{refused}: {error}");
        }
        assert!(matrix("cells = [{ x = \"high\", y = \"low\", name = \"whales\" }]").is_ok());
        let unknown = matrix("cells = [{ x = \"medium\", y = \"low\", name = \"whales\" }]").unwrap_err();
        assert_eq!(unknown, "x of a cell must be low | high, got \"medium\"");
        let twice = matrix("cells = [{ x = \"low\", y = \"low\" }, { x = \"low\", y = \"low\" }]").unwrap_err();
        assert_eq!(twice, "the cell \"low\", \"low\" is named twice");
    }

    #[test]
    fn own_cuts_ascend_and_those_of_abcd_descend() {
        let rfm = "kind = \"rfm\"\nrecency = \"r\"\nfrequency = \"f\"\nmonetary = \"m\"\n";
        assert!(
            rule(&format!("{rfm}cuts = {{ recency = [30, 90], frequency = [1], monetary = [100, 500, 900] }}")).is_ok()
        );
        let error =
            rule(&format!("{rfm}cuts = {{ recency = [90, 30], frequency = [1], monetary = [1] }}")).unwrap_err();
        assert_eq!(error, "cuts.recency must be 1 to 8 ascending numbers, got [90.0, 30.0]");
        let error = rule("kind = \"abcd\"\nvalue = \"m\"\nloyalty = \"f\"\ncuts = [0.2, 0.4, 0.7]").unwrap_err();
        assert_eq!(error, "cuts must be three descending numbers in (0, 1), got [0.2, 0.4, 0.7]");
    }

    #[test]
    fn rules_survive_being_written_and_read() {
        let given = rule("kind = \"matrix\"\nx = \"a\"\ny = \"b\"\ncut = [{ quantile = 0.9 }, 3]").unwrap();
        let json = serde_json::to_string(&given).unwrap();
        assert_eq!(serde_json::from_str::<TierRule>(&json).unwrap(), given);
    }
}
