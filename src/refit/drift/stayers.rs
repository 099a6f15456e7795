use serde::{Deserialize, Serialize};

use super::{DriftParams, FEWEST_CUSTOMERS, Finding, Method, Paired, Reference, Sample, holm, holm_levels};

/// How customers who stayed have changed in one feature, each held against himself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StayerDrift {
    /// The column.
    pub feature: String,
    /// Customers of both samples with a value before and now.
    pub n: usize,
    /// The mean of now − before; null where it was not measured.
    pub mean: Option<f64>,
    /// The mean in the unit of the feature before ([`Summary::unit`](super::Summary::unit)); null where that is none.
    pub effect: Option<f64>,
    /// The probability of as large a mean if up and down are alike.
    pub p: Option<f64>,
    /// p after Holm, over the features.
    pub p_adjusted: Option<f64>,
    /// How p was found.
    pub method: Option<Method>,
    /// What was found; not measured below 50 customers.
    pub verdict: Finding,
}

/// How the customers that both samples have changed in the numeric features of `reference`, the run before; the largest effect
/// first. Empty where nobody is in both, as without ids.
///
/// A feature has drifted where p is below its level of Holm's procedure and the mean change at least the smallest effect, in
/// units of the feature before.
pub fn stayers(before: &Sample, now: &Sample, reference: &Reference, params: &DriftParams) -> Vec<StayerDrift> {
    let shared = before.shared(now);
    if shared.is_empty() {
        return Vec::new();
    }
    let paired = |name: &str, unit: Option<f64>| -> Option<Paired> {
        let columns = (before.column(name)?, now.column(name)?);
        let values: (Vec<f64>, Vec<f64>) =
            shared.iter().map(|&(i, j)| (columns.0.values[i], columns.1.values[j])).unzip();
        Paired::of(&values.0, &values.1, unit.unwrap_or(0.0), params.seed)
    };
    let features = reference.features.iter();
    let mut found: Vec<StayerDrift> = features
        .map(|feature| {
            let paired = paired(&feature.name, feature.whole.unit());
            let told = paired.filter(|paired| paired.n as u64 >= FEWEST_CUSTOMERS);
            StayerDrift {
                feature: feature.name.clone(),
                n: paired.map_or(0, |paired| paired.n),
                mean: told.map(|told| told.mean),
                effect: told.and_then(|told| told.effect),
                p: told.map(|told| told.p),
                p_adjusted: None,
                method: told.map(|told| told.method),
                verdict: if told.is_some() { Finding::None } else { Finding::NotMeasured },
            }
        })
        .collect();
    let p: Vec<f64> = found.iter().filter_map(|one| one.p).collect();
    let steps = holm(&p).into_iter().zip(holm_levels(&p, params.alpha));
    for (one, (adjusted, level)) in found.iter_mut().filter(|one| one.p.is_some()).zip(steps) {
        one.p_adjusted = Some(adjusted);
        let is_large = one.effect.is_some_and(|effect| effect.abs() >= params.smallest_effect);
        if is_large && one.p.is_some_and(|p| p < level) {
            one.verdict = Finding::Drifted;
        }
    }
    let size = |one: &StayerDrift| one.effect.map_or(-1.0, f64::abs);
    found.sort_by(|a, b| size(b).total_cmp(&size(a)).then_with(|| a.feature.cmp(&b.feature)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refit::drift::example::Customers;

    #[test]
    fn stayers_are_found_by_less_than_strangers_are() {
        let before = Customers::draw(2_000, 1).with_ids(0..2_000);
        let mut now = before.clone();
        let reference = before.reference(None);
        // A fifth of a standard deviation, which the tolerance of the two-sample test allows.
        now.column("age").iter_mut().enumerate().for_each(|(i, age)| *age += 2.6 + (i % 7) as f64 * 0.1);
        let params = DriftParams::default();
        let found = stayers(&before.sample(2_000), &now.sample(2_000), &reference, &params);
        assert_eq!((found[0].feature.as_str(), found[0].verdict, found[0].n), ("age", Finding::Drifted, 2_000));
        assert!((found[0].effect.unwrap() - 0.22).abs() < 0.03 && (found[0].mean.unwrap() - 2.9).abs() < 0.01);
        assert!(found[1..].iter().all(|one| one.verdict == Finding::None && one.p == Some(1.0)));
        let strangers = super::super::Drift::between(&reference, &now.reference(Some(&reference)), &params);
        assert!(strangers.features.iter().all(|one| one.verdict == Finding::None));
    }

    #[test]
    fn nobody_stayed_is_nothing_and_few_are_not_measured() {
        let before = Customers::draw(300, 1).with_ids(0..300);
        let reference = before.reference(None);
        let with = |start: i64| {
            let now = Customers::draw(300, 2).with_ids(start..start + 300);
            stayers(&before.sample(300), &now.sample(300), &reference, &DriftParams::default())
        };
        assert!(with(300).is_empty());
        let few = with(260);
        assert!(few.len() == 4 && few.iter().all(|one| one.verdict == Finding::NotMeasured && one.p.is_none()));
        assert!(with(0).iter().all(|one| one.verdict == Finding::None && one.n > 250));
    }
}
