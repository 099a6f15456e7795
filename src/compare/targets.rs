//! Which segments to go for first: segmentation, targeting, positioning.

use serde::{Deserialize, Serialize};

use super::tiers::known_ascending;
use crate::Text;
use crate::matrix::RowMap;
use crate::metrics::{ClusterId, Partition};
use crate::stats::quantile_of;

/// The segments as targets, the most rewarding first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Targets {
    /// What they are ranked by, in words.
    pub formula: Text,
    /// Who counts as reachable; null when no column tells.
    pub reach: Option<Reach>,
    /// One entry a segment.
    pub segments: Vec<Target>,
}

impl Targets {
    /// Whether the ranking tells more than the sizes of the segments: a value, a reach, or a service.
    pub fn say_more_than_sizes(&self) -> bool {
        let told = |target: &Target| target.mean_value.is_some() || target.service.is_some();
        !self.segments.is_empty() && (self.reach.is_some() || self.segments.iter().any(told))
    }
}

/// Who counts as reachable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Reach {
    /// The column that tells.
    pub column: String,
    /// Recently active: the value is at most this, the median of all customers. Null: contactable, the value is above zero.
    pub at_most: Option<f64>,
}

/// A segment as a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Target {
    /// From 1, the first to go for.
    pub rank: usize,
    /// `S01` …
    pub segment_id: String,
    /// Its name.
    pub segment: Text,
    /// Its customers.
    pub customers: u64,
    /// Their share of all clustered customers.
    pub share: f64,
    /// Their summed value; null without a value column.
    pub value: Option<f64>,
    /// Their mean value, where known; null when nobody's is.
    pub mean_value: Option<f64>,
    /// Reachable customers; null when no column tells.
    pub reachable: Option<u64>,
    /// Their share of the segment.
    pub reachability: Option<f64>,
    /// What the segment is ranked by.
    pub score: f64,
    /// The tier expected of it, with the service of that tier.
    pub expected_tier: Option<String>,
    /// What its customers are offered.
    pub service: Option<Text>,
    /// What to do about them, from the archetype.
    pub action: Option<Text>,
}

/// What a segment is called and offered.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TargetSegment {
    /// `S01` …
    pub segment_id: String,
    /// Its name.
    pub segment: Text,
    /// The tier expected of it.
    pub expected_tier: Option<String>,
    /// The service of that tier.
    pub service: Option<Text>,
    /// What its archetype recommends.
    pub action: Option<Text>,
}

/// A column that tells who can be reached; values are of table rows.
#[derive(Clone, Copy)]
pub enum ReachColumn<'a> {
    /// Days since the last order: column, what its numbers are called where not by its name, values.
    Recency(&'a str, Option<&'a Text>, &'a [f64]),
    /// Above zero where a customer can be contacted: column, values.
    Contact(&'a str, &'a [f64]),
}

/// Ranks the segments by their reachable value: Σ of the value of their reachable customers.
///
/// A customer is reachable when the contact column is above zero, or, without one, when the last order is at most as long
/// ago as the median customer's; a missing value is not reachable. Without either column everybody counts; without a
/// value column customers are counted instead. Equal scores keep the order of the segments. Noise is no target. O(n).
///
/// Source of the idea: Smith 1956, "Product differentiation and market segmentation"; Kotler's criteria of a useful
/// segment (measurable, substantial, accessible).
///
/// # Panics
/// When offers, partition, rows and columns are not of the same customers and clusters.
pub fn targets(
    partition: &Partition,
    rows: &RowMap,
    value: Option<&[f64]>,
    reach: Option<ReachColumn<'_>>,
    offers: &[TargetSegment],
) -> Targets {
    assert_eq!(offers.len(), partition.n_clusters(), "one offer a segment");
    let reached = Reached::by(reach);
    let mut sums = vec![Sums::default(); partition.n_clusters()];
    for (matrix_row, label) in partition.labels().iter().enumerate() {
        let Some(cluster) = label.map(ClusterId::index) else { continue };
        let row = rows.table_row(matrix_row);
        sums[cluster].add(reached.is(row), value.map(|value| value[row]).filter(|value| !value.is_nan()));
    }
    let target = |(of, offer): (&Sums, &TargetSegment)| Target {
        rank: 0,
        segment_id: offer.segment_id.clone(),
        segment: offer.segment.clone(),
        customers: of.customers,
        share: of.customers as f64 / partition.n_rows() as f64,
        value: value.map(|_| of.value),
        mean_value: (of.valued > 0).then(|| of.value / of.valued as f64),
        reachable: reached.is_told().then_some(of.reachable),
        reachability: (reached.is_told() && of.customers > 0).then(|| of.reachable as f64 / of.customers as f64),
        score: if value.is_some() { of.reachable_value } else { of.reachable as f64 },
        expected_tier: offer.expected_tier.clone(),
        service: offer.service.clone(),
        action: offer.action.clone(),
    };
    let mut segments: Vec<Target> = sums.iter().zip(offers).map(target).collect();
    segments.sort_by(|a, b| b.score.total_cmp(&a.score));
    segments.iter_mut().enumerate().for_each(|(i, target)| target.rank = i + 1);
    Targets { formula: reached.formula(value.is_some()), reach: reached.recorded(), segments }
}

#[derive(Clone, Default)]
struct Sums {
    customers: u64,
    reachable: u64,
    valued: u64,
    value: f64,
    reachable_value: f64,
}

impl Sums {
    fn add(&mut self, is_reachable: bool, value: Option<f64>) {
        self.customers += 1;
        self.reachable += u64::from(is_reachable);
        if let Some(value) = value {
            self.valued += 1;
            self.value += value;
            self.reachable_value += if is_reachable { value } else { 0.0 };
        }
    }
}

/// Who is reachable, as far as a column tells.
enum Reached<'a> {
    /// Everybody: no column tells.
    All,
    /// Whose days since the last order are at most the median, NaN where nobody's are known.
    Recently { column: &'a str, spoken: Option<&'a Text>, days: &'a [f64], median: f64 },
    /// Whose flag is above zero.
    Contactable { column: &'a str, flags: &'a [f64] },
}

impl<'a> Reached<'a> {
    fn by(column: Option<ReachColumn<'a>>) -> Self {
        match column {
            None => Reached::All,
            Some(ReachColumn::Contact(column, flags)) => Reached::Contactable { column, flags },
            Some(ReachColumn::Recency(column, spoken, days)) => {
                let known = known_ascending(days);
                let median = if known.is_empty() { f64::NAN } else { quantile_of(&known, 1, 2) };
                Reached::Recently { column, spoken, days, median }
            }
        }
    }

    /// Whether the customer of a table row is.
    fn is(&self, row: usize) -> bool {
        match self {
            Reached::All => true,
            Reached::Recently { days, median, .. } => days[row] <= *median,
            Reached::Contactable { flags, .. } => flags[row] > 0.0,
        }
    }

    fn is_told(&self) -> bool {
        !matches!(self, Reached::All)
    }

    fn recorded(&self) -> Option<Reach> {
        match *self {
            Reached::All => None,
            Reached::Recently { column, median, .. } => {
                Some(Reach { column: column.to_owned(), at_most: Some(median).filter(|median| !median.is_nan()) })
            }
            Reached::Contactable { column, .. } => Some(Reach { column: column.to_owned(), at_most: None }),
        }
    }

    /// What segments are ranked by, in words.
    fn formula(&self, has_value: bool) -> Text {
        let (who_en, who_zh) = match *self {
            Reached::All => ("all customers".to_owned(), "全部客户".to_owned()),
            Reached::Recently { column, spoken, median, .. } => {
                // Four digits are enough for people; the median itself is in `reach`.
                let median = format!("{median:.3e}").parse::<f64>().unwrap_or(median);
                let [en, zh] = spoken.map_or([column; 2], |spoken| [&spoken.en, &spoken.zh]);
                (
                    format!("customers with {en} ≤ {median} (the median: recently active)"),
                    format!("{zh} ≤ {median}（中位数，即近期活跃）的客户"),
                )
            }
            Reached::Contactable { column, .. } => {
                (format!("customers with {column} > 0 (can be contacted)"), format!("{column} > 0（可联系）的客户"))
            }
        };
        match has_value {
            true => Text::new(format!("summed value of {who_en}"), format!("{who_zh}的价值合计")),
            false => Text::new(format!("number of {who_en}"), format!("{who_zh}人数")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers(n: usize) -> Vec<TargetSegment> {
        let offer = |c: usize| TargetSegment {
            segment_id: format!("S{:02}", c + 1),
            segment: Text::new(format!("segment {c}"), format!("客群 {c}")),
            expected_tier: None,
            service: None,
            action: None,
        };
        (0..n).map(offer).collect()
    }

    fn ranked(targets: &Targets) -> Vec<(&str, f64, Option<f64>)> {
        targets.segments.iter().map(|t| (t.segment_id.as_str(), t.score, t.reachability)).collect()
    }

    #[test]
    fn segments_rank_by_the_value_that_can_be_reached() {
        let partition = Partition::from_signed(&[0, 0, 1, 1, -1, 0]);
        let value = [100.0, 10.0, 40.0, 30.0, 999.0, f64::NAN];
        let rows = RowMap::all(6);
        let days = [300.0, 5.0, 6.0, 7.0, 8.0, f64::NAN];
        let found =
            targets(&partition, &rows, Some(&value), Some(ReachColumn::Recency("days", None, &days)), &offers(2));
        // the median of the days is 7: segment 0 keeps 10, segment 1 all of its 70
        assert_eq!(ranked(&found), [("S02", 70.0, Some(1.0)), ("S01", 10.0, Some(1.0 / 3.0))]);
        assert_eq!(found.reach, Some(Reach { column: "days".into(), at_most: Some(7.0) }));
        assert_eq!((found.segments[1].value, found.segments[1].mean_value), (Some(110.0), Some(55.0)));

        let contact = [1.0, 0.0, f64::NAN, 1.0, 1.0, 1.0];
        let found = targets(&partition, &rows, Some(&value), Some(ReachColumn::Contact("mail", &contact)), &offers(2));
        assert_eq!(ranked(&found), [("S01", 100.0, Some(2.0 / 3.0)), ("S02", 30.0, Some(0.5))]);
        let found = targets(&partition, &rows, None, None, &offers(2));
        assert_eq!(ranked(&found), [("S01", 3.0, None), ("S02", 2.0, None)]);
        assert_eq!(found.formula.en, "number of all customers");
    }
}
