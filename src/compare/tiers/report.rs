//! A tier by itself: how many customers, how much value, which service.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Axis, AxisPair, Concentration, Matrix, TierClass};
use crate::Text;
use crate::compare::Comparison;
use crate::config::TierRule;
use crate::load::{Levels, Sorted, ascending};
use crate::stats::has_shares;

/// The customers of every class of a tier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TierReport {
    /// The tier's column, or the name of its rule.
    pub tier: String,
    /// The rule; null for the tier people gave.
    pub rule: Option<TierRule>,
    /// Customers with a tier.
    pub n: u64,
    /// Customers without.
    pub n_without_tier: u64,
    /// The tiers that occur: those of the order, best first, then the others by name.
    pub classes: Vec<TierClass>,
    /// How unevenly the column is spread that the rule cuts, or else the value; null without.
    pub concentration: Option<Concentration>,
    /// The cells, when the rule is a matrix.
    pub matrix: Option<Matrix>,
}

/// What a [`TierReport`] is made of.
pub struct TierFacts<'a> {
    /// The tier of every table row.
    pub tier: &'a Levels,
    /// All its classes that have a place, best first; services are given by the place.
    pub scale: &'a [String],
    /// Its rule; `None` for the tier people gave.
    pub rule: Option<&'a TierRule>,
    /// The axes when the rule is a matrix.
    pub axes: Option<&'a [Axis; 2]>,
    /// Whether these are value and frequency.
    pub axis_pair: AxisPair,
    /// The value of every table row, NaN where unknown.
    pub value: Option<&'a [f64]>,
    /// How unevenly the column of the rule, or the value, is spread.
    pub concentration: Option<Concentration>,
    /// Services given by the user, by tier.
    pub services: &'a BTreeMap<String, String>,
}

impl TierReport {
    /// Counts the customers. O(n), O(n log n) with a value.
    pub fn of(facts: TierFacts<'_>) -> Self {
        let TierFacts { tier, scale, .. } = facts;
        let mut customers = vec![0u64; tier.levels().len()];
        let mut sums = vec![0.0; tier.levels().len()];
        let mut largest = vec![0.0_f64; tier.levels().len()];
        (0..tier.n_rows()).filter_map(|row| tier.code(row)).for_each(|code| customers[code] += 1);
        // In the order of the values: that of the rows decides no bit of a sum.
        let value = facts.value.unwrap_or_default();
        let known = Sorted::new(&ascending(value), value, |row| tier.code(row).map(|code| code as u32));
        for (code, value) in (0..known.len()).map(|i| (known.tag(i) as usize, known.values()[i])) {
            sums[code] += value;
            largest[code] = largest[code].max(value.abs());
        }
        let n: u64 = customers.iter().sum();
        let place = |code: &usize| scale.iter().position(|level| *level == tier.levels()[*code]);
        let mut codes: Vec<usize> = (0..customers.len()).filter(|&code| customers[code] > 0).collect();
        codes.sort_by(|a, b| {
            let key = |code: &usize| (place(code).unwrap_or(scale.len()), &tier.levels()[*code]);
            key(a).cmp(&key(b))
        });
        let total: f64 = codes.iter().map(|&code| sums[code]).sum();
        let has_shares = has_shares(known.values().iter().copied());
        let class = |code: usize| {
            let name = &tier.levels()[code];
            let given = facts.services.get(name).map(|service| Text::new(service, service));
            TierClass {
                tier: name.clone(),
                customers: customers[code],
                share: (n > 0).then(|| customers[code] as f64 / n as f64),
                value: facts.value.map(|_| sums[code]),
                largest_value: facts.value.map(|_| largest[code]),
                value_share: has_shares.then(|| sums[code] / total),
                service: given.or_else(|| Some(service(place(&code)?, scale.len()))),
            }
        };
        let classes: Vec<TierClass> = codes.into_iter().map(class).collect();
        let given = match facts.rule {
            Some(TierRule::Matrix { cells, .. }) => &cells[..],
            _ => &[],
        };
        TierReport {
            tier: tier.name().to_owned(),
            rule: facts.rule.cloned(),
            n,
            n_without_tier: tier.n_rows() as u64 - n,
            matrix: facts.axes.map(|axes| Matrix::of(axes, given, facts.axis_pair, &classes)),
            classes,
            concentration: facts.concentration,
        }
    }

    /// What the customers of a tier are offered.
    pub fn service(&self, tier: &str) -> Option<&Text> {
        self.classes.iter().find(|class| class.tier == tier)?.service.as_ref()
    }

    /// Adds how a clustering spreads over the cells, when the tier is a matrix.
    pub fn add_spread(&mut self, comparison: &Comparison) {
        if let Some(matrix) = &mut self.matrix {
            matrix.add_spread(comparison);
        }
    }
}

/// The service of the tier at `place` of `n`: the best is tailored, the worst basic, those between by their place,
/// round(2 · place/(n − 1)).
fn service(place: usize, n: usize) -> Text {
    let level = if n < 2 { 0 } else { (4 * place + n - 1) / (2 * (n - 1)) };
    match level {
        0 => Text::new("tailored", "定制服务"),
        1 => Text::new("standard", "标准服务"),
        _ => Text::new("basic", "基础服务"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_rows_decides_no_bit_of_the_value_of_a_tier() {
        let values: Vec<f64> = (0..999_u32).map(|i| 0.1 * f64::from(i * 7919 % 997).powi(3) - 7.3).collect();
        let codes: Vec<u16> = (0..999).map(|i| i * 31 % 3).collect();
        let of = |values: &[f64], codes: &[u16]| {
            let levels = ["A", "B", "C"].map(str::to_owned).to_vec();
            TierReport::of(TierFacts {
                tier: &Levels::new("tier", levels, codes.iter().map(|&code| Some(code))),
                scale: &[],
                rule: None,
                axes: None,
                axis_pair: AxisPair::Neither,
                value: Some(values),
                concentration: None,
                services: &BTreeMap::new(),
            })
        };
        let turned = |of: &[u16]| of.iter().rev().copied().collect::<Vec<u16>>();
        let backwards: Vec<f64> = values.iter().rev().copied().collect();
        assert_eq!(of(&values, &codes), of(&backwards, &turned(&codes)));
    }

    #[test]
    fn the_best_tier_is_served_tailored_and_the_worst_basic() {
        let levels = |n: usize| (0..n).map(|place| service(place, n).en).collect::<Vec<_>>();
        assert_eq!(levels(1), ["tailored"]);
        assert_eq!(levels(2), ["tailored", "basic"]);
        assert_eq!(levels(3), ["tailored", "standard", "basic"]);
        assert_eq!(levels(4), ["tailored", "standard", "standard", "basic"]);
        assert_eq!(levels(5), ["tailored", "standard", "standard", "basic", "basic"]);
    }
}
