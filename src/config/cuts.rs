//! Where the columns of a customer matrix are cut: the six spellings of a cut, read by one visitor.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::schema::CUT;
use crate::Text;

/// Most levels of an axis of a matrix.
pub const MOST_LEVELS: usize = 5;

/// Where the two columns of a matrix are cut; one cut in the file holds for both.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cuts {
    /// The cut of `x`.
    pub x: Cut,
    /// The cut of `y`.
    pub y: Cut,
}

/// The values above which a column is one level higher.
#[derive(Debug, Clone, PartialEq, Default)]
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

/// What stands in the file, before it is known whether it makes sense.
enum Form {
    Word(String),
    Number(f64),
    List(Vec<Form>),
    /// `{ quantile = … }`.
    Quantile(Box<Form>),
}

/// A list of cuts is one for each column; anything else holds for both.
fn cuts(form: Form) -> Result<Cuts, String> {
    let [x, y] = match form {
        Form::List(forms) => {
            let n = forms.len();
            <[Form; 2]>::try_from(forms).map_err(|_| format!("a list has one cut for x and one for y, got {n}"))?
        }
        form => {
            let both = cut(form)?;
            return Ok(Cuts { x: both.clone(), y: both });
        }
    };
    Ok(Cuts { x: cut(x)?, y: cut(y)? })
}

fn cut(form: Form) -> Result<Cut, String> {
    match form {
        Form::Word(word) if word == "median" => Ok(Cut::Median),
        Form::Word(word) if word == "mean" => Ok(Cut::Mean),
        Form::Word(word) => Err(format!("got {word:?}")),
        Form::Number(value) => finite(value).map(Cut::At),
        Form::List(forms) => ascending(forms).map(Cut::Values),
        Form::Quantile(form) => match *form {
            Form::Number(share) => inner_share(share).map(Cut::Quantile),
            Form::List(forms) => {
                let shares = ascending(forms)?;
                shares.iter().try_for_each(|&share| inner_share(share).map(drop))?;
                Ok(Cut::Quantiles(shares))
            }
            Form::Word(_) | Form::Quantile(_) => Err("a quantile is a share or a list of shares".to_owned()),
        },
    }
}

/// One to four ascending numbers.
fn ascending(forms: Vec<Form>) -> Result<Vec<f64>, String> {
    let number = |form: Form| match form {
        Form::Number(value) => finite(value),
        _ => Err("a list for one column holds numbers".to_owned()),
    };
    let values: Vec<f64> = forms.into_iter().map(number).collect::<Result<_, _>>()?;
    let few = (1..MOST_LEVELS).contains(&values.len());
    if few && values.windows(2).all(|pair| pair[0] < pair[1]) {
        return Ok(values);
    }
    Err(format!("a list for one column holds 1 to {} ascending numbers, got {values:?}", MOST_LEVELS - 1))
}

fn finite(value: f64) -> Result<f64, String> {
    value.is_finite().then_some(value).ok_or_else(|| format!("a cut is finite, got {value}"))
}

fn inner_share(share: f64) -> Result<f64, String> {
    let inside = 0.0 < share && share < 1.0;
    inside.then_some(share).ok_or_else(|| format!("a quantile is in (0, 1), got {share:?}"))
}

impl<'de> Deserialize<'de> for Cuts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let refused = |why: String| de::Error::custom(format_args!("cut must be {CUT}: {why}"));
        cuts(Form::deserialize(from)?).map_err(refused)
    }
}

impl<'de> Deserialize<'de> for Form {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(FormVisitor)
    }
}

struct FormVisitor;

impl<'de> Visitor<'de> for FormVisitor {
    type Value = Form;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CUT)
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Form, E> {
        Ok(Form::Word(word.to_owned()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Form, E> {
        Ok(Form::Number(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Form, E> {
        Ok(Form::Number(value as f64))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Form, E> {
        Ok(Form::Number(value as f64))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Form, A::Error> {
        let mut forms = Vec::new();
        while let Some(form) = list.next_element()? {
            forms.push(form);
        }
        Ok(Form::List(forms))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Form, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key != "quantile" || found.is_some() {
                return Err(de::Error::custom(format_args!("cut must be {CUT}: {key} is none of its keys")));
            }
            found = Some(map.next_value()?);
        }
        let missing = || de::Error::custom(format_args!("cut must be {CUT}: quantile is missing"));
        found.map(|form| Form::Quantile(Box::new(form))).ok_or_else(missing)
    }
}

impl Serialize for Cuts {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        [&self.x, &self.y].serialize(to)
    }
}

impl Serialize for Cut {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Cut::Median => to.serialize_str("median"),
            Cut::Mean => to.serialize_str("mean"),
            Cut::At(value) => to.serialize_f64(*value),
            Cut::Values(values) => values.serialize(to),
            Cut::Quantile(share) => {
                let mut map = to.serialize_map(Some(1))?;
                map.serialize_entry("quantile", share)?;
                map.end()
            }
            Cut::Quantiles(shares) => {
                let mut map = to.serialize_map(Some(1))?;
                map.serialize_entry("quantile", shares)?;
                map.end()
            }
        }
    }
}

/// What a user calls a cell of a matrix and does about its customers.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
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
#[derive(serde::Deserialize)]
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Cuts, String> {
        let value: toml::Table = format!("cut = {text}").parse().unwrap();
        value["cut"].clone().try_into().map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn a_refused_cut_says_what_of_it_is_wrong() {
        let why = |text: &str| read(text).unwrap_err().trim().rsplit_once(": ").unwrap().1.to_owned();
        assert_eq!(why("\"mode\""), "got \"mode\"");
        assert_eq!(why("{ quantile = 1.0 }"), "a quantile is in (0, 1), got 1.0");
        assert_eq!(why("{ quantiles = 0.5 }"), "quantiles is none of its keys");
        assert_eq!(why("{ quantile = \"median\" }"), "a quantile is a share or a list of shares");
        assert_eq!(why("nan"), "a cut is finite, got NaN");
        assert_eq!(why("[1, 2, 3]"), "a list has one cut for x and one for y, got 3");
        assert_eq!(why("[[3, 2], 1]"), "a list for one column holds 1 to 4 ascending numbers, got [3.0, 2.0]");
        assert_eq!(why("[[1, \"mean\"], 1]"), "a list for one column holds numbers");
    }

    #[test]
    fn a_cut_is_written_as_it_is_read() {
        for text in
            ["[\"median\", 100.0]", "[{ quantile = 0.25 }, { quantile = [0.25, 0.5] }]", "[[1.0, 2.0], \"mean\"]"]
        {
            let cuts = read(text).unwrap();
            let json = serde_json::to_string(&cuts).unwrap();
            assert_eq!(serde_json::from_str::<Cuts>(&json).unwrap(), cuts, "{json}");
        }
    }
}
