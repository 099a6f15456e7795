use serde::{Deserialize, Deserializer, Serialize, de};

use crate::Text;

/// Most levels of an axis of a matrix.
pub const MOST_LEVELS: usize = 5;

/// Where the two columns of a matrix are cut; one cut in the file holds for both.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(from = "CutsForm", into = "[Cut; 2]")]
pub struct Cuts {
    /// The cut of `x`.
    pub x: Cut,
    /// The cut of `y`.
    pub y: Cut,
}

// A pair comes first, so that [100, 5] is one cut for each column, as a list of values stands only inside a pair.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(
    untagged,
    expecting = "cut must be \"median\" | \"mean\" | a number | { quantile = share or ascending shares }, or two of them, where each may be a list of up to 4 ascending numbers"
)]
enum CutsForm {
    Each([Cut; 2]),
    Both(SameCut),
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
struct SameCut(#[serde(deserialize_with = "no_values")] Cut);

impl From<CutsForm> for Cuts {
    fn from(form: CutsForm) -> Self {
        match form {
            CutsForm::Each([x, y]) => Cuts { x, y },
            CutsForm::Both(SameCut(cut)) => Cuts { x: cut.clone(), y: cut },
        }
    }
}

impl From<Cuts> for [Cut; 2] {
    fn from(cuts: Cuts) -> Self {
        [cuts.x, cuts.y]
    }
}

/// The values above which a column is one level higher.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// The column's quantiles at up to four ascending shares.
    Quantiles(Vec<f64>),
    /// Up to four ascending values in the column's unit.
    Values(Vec<f64>),
}

impl Cut {
    /// Levels the column has: one more than cuts.
    pub fn n_levels(&self) -> usize {
        match self {
            Cut::Quantiles(list) | Cut::Values(list) => list.len() + 1,
            _ => 2,
        }
    }

    /// What the levels are called, the lowest first; the English words are those of tiers and of `cells`.
    pub fn levels(&self) -> Vec<Text> {
        let words: &[(&str, &str)] = match self.n_levels() {
            2 => &[("low", "低"), ("high", "高")],
            3 => &[("low", "低"), ("medium", "中"), ("high", "高")],
            4 => &[("low", "低"), ("lower middle", "中低"), ("upper middle", "中高"), ("high", "高")],
            _ => &[("very low", "很低"), ("low", "低"), ("medium", "中"), ("high", "高"), ("very high", "很高")],
        };
        words.iter().map(|&(en, zh)| Text::new(en, zh)).collect()
    }
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
enum CutForm {
    Word(CutWord),
    Quantile {
        #[serde(deserialize_with = "inner_share")]
        quantile: f64,
    },
    Quantiles {
        #[serde(deserialize_with = "inner_shares")]
        quantile: Vec<f64>,
    },
    At(#[serde(deserialize_with = "finite")] f64),
    Values(#[serde(deserialize_with = "few_ascending")] Vec<f64>),
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
            CutForm::Quantiles { quantile } => Cut::Quantiles(quantile),
            CutForm::At(value) => Cut::At(value),
            CutForm::Values(values) => Cut::Values(values),
        }
    }
}

impl From<Cut> for CutForm {
    fn from(cut: Cut) -> Self {
        match cut {
            Cut::Median => CutForm::Word(CutWord::Median),
            Cut::Mean => CutForm::Word(CutWord::Mean),
            Cut::Quantile(quantile) => CutForm::Quantile { quantile },
            Cut::Quantiles(quantile) => CutForm::Quantiles { quantile },
            Cut::At(value) => CutForm::At(value),
            Cut::Values(values) => CutForm::Values(values),
        }
    }
}

/// What a user calls a cell of a matrix and does about its customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Quadrant {
    /// The level of `x`, such as `high`.
    pub x: String,
    /// The level of `y`.
    pub y: String,
    /// The name of the cell.
    #[serde(default, deserialize_with = "text_or_both")]
    pub name: Option<Text>,
    /// What to do about its customers.
    #[serde(default, deserialize_with = "text_or_both")]
    pub action: Option<Text>,
}

/// One text for both languages, or one for each.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a name or action is a text, or { en = \"…\", zh = \"…\" }")]
enum TextForm {
    Same(String),
    Each(Text),
}

fn text_or_both<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Text>, D::Error> {
    Ok(Option::<TextForm>::deserialize(from)?.map(|form| match form {
        TextForm::Same(text) => Text::new(text.clone(), text),
        TextForm::Each(text) => text,
    }))
}

fn no_values<'de, D: Deserializer<'de>>(from: D) -> Result<Cut, D::Error> {
    match Cut::deserialize(from)? {
        Cut::Values(_) => Err(de::Error::custom("a list of values is for one column")),
        cut => Ok(cut),
    }
}

fn inner_share<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(from)?;
    let inside = 0.0 < share && share < 1.0;
    inside.then_some(share).ok_or_else(|| de::Error::custom("a quantile is in (0, 1)"))
}

fn inner_shares<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
    let shares = few_ascending(from)?;
    let inside = shares.iter().all(|&share| 0.0 < share && share < 1.0);
    inside.then_some(shares).ok_or_else(|| de::Error::custom("quantiles are in (0, 1)"))
}

fn finite<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let value = f64::deserialize(from)?;
    value.is_finite().then_some(value).ok_or_else(|| de::Error::custom("a cut is finite"))
}

fn few_ascending<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
    let values = Vec::<f64>::deserialize(from)?;
    let few = (1..MOST_LEVELS).contains(&values.len());
    let ascending = values.iter().all(|v| v.is_finite()) && values.windows(2).all(|pair| pair[0] < pair[1]);
    (few && ascending).then_some(values).ok_or_else(|| de::Error::custom("1 to 4 ascending numbers"))
}
