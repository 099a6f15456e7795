use std::collections::BTreeMap;

use super::finding::{Drift, FeatureDrift, Finding, Measure, SegmentDrift, Unmeasured};
use super::levels::FEWEST_EXPECTED;
use super::psi::joined_bins;
use super::reference::{CategoryReference, FeatureReference};
use super::{
    FEWEST_CUSTOMERS, Homogeneity, Method, Psi, Reference, Summary, holm, holm_levels, wasserstein_of_quantiles,
};
use crate::metrics::ClusterId;

/// What counts as drift.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DriftParams {
    /// The probability that a comparison finds any drift though no population has moved by more than the tolerance; 0.001, which
    /// is one false alarm in three years of nights.
    pub alpha: f64,
    /// τ, the PSI of a population that is no drift yet; 0.1.
    pub tolerance: f64,
    /// The Cramér's V of levels and of missing values that is no drift yet; 0.1.
    pub smallest_effect: f64,
    /// Of tables that are drawn.
    pub seed: u64,
}

impl Default for DriftParams {
    fn default() -> Self {
        DriftParams { alpha: 0.001, tolerance: 0.1, smallest_effect: 0.1, seed: 42 }
    }
}

impl Drift {
    /// What changed between `before` and `now`, which [`Reference::of`] counted in the bins of `before` and in its segments.
    ///
    /// A numeric feature has drifted where its PSI, [corrected](Psi::corrected), is significantly above the tolerance: one test of
    /// significance and size. A category
    /// has, and the missing values of a feature have, where χ² is significant and Cramér's V at least the smallest effect. All tests of
    /// whole and segments are one family of Holm's procedure. Bins and levels with too few customers are joined (`joined_bins`,
    /// levels from the rarest on). Missing values are a measure where there are any.
    ///
    /// Customers in both tables make the samples alike, which finds drift later, not earlier.
    ///
    /// ```
    /// use segmint::load::{CustomerTable, Ids};
    /// use segmint::matrix::{RowMap, TiledMatrix};
    /// use segmint::metrics::Partition;
    /// use segmint::monitor::Monitor;
    /// use segmint::refit::drift::{Drift, DriftParams, Finding, Reference, ReferenceInput};
    ///
    /// let days = |later: f64| -> Vec<f64> { (0..1000).map(|i| f64::from(i * 7 % 100) + later).collect() };
    /// let reference = |days: Vec<f64>, bins: Option<&Reference>| {
    ///     let table = CustomerTable {
    ///         ids: Ids::RowNumber(1000),
    ///         features: vec!["recency".to_owned()],
    ///         attributes: vec![],
    ///         tier: None,
    ///         outcome: None,
    ///         value: None,
    ///         numeric: Box::new(vec![("recency".to_owned(), days)]),
    ///     };
    ///     let input = ReferenceInput {
    ///         table: &table,
    ///         rows: &RowMap::all(1000),
    ///         features: &table.features,
    ///         matrix: &TiledMatrix::from_rows(&[0.0; 1000], 1).unwrap(),
    ///         partition: &Partition::from_signed(&[0; 1000]),
    ///         centroids: None,
    ///     };
    ///     Reference::of(&input, bins, &Monitor::silent()).unwrap()
    /// };
    /// let before = reference(days(0.0), None);
    /// let params = DriftParams::default();
    /// let quiet = Drift::between(&before, &reference(days(1.0), Some(&before)), &params);
    /// assert_eq!(quiet.features[0].verdict, Finding::None);
    /// let later = Drift::between(&before, &reference(days(30.0), Some(&before)), &params);
    /// assert_eq!(later.features[0].verdict, Finding::Drifted);
    /// assert!(later.features[0].effect.unwrap() > 1.0, "by a standard deviation");
    /// ```
    pub fn between(before: &Reference, now: &Reference, params: &DriftParams) -> Drift {
        let compared = Compared { before, now, params };
        let mut whole = compared.group(None);
        let clusters = 0..before.segments.len();
        let mut segments: Vec<Vec<Measured>> = clusters.map(|c| compared.group(Some(c))).collect();
        let all = || std::iter::once(&whole).chain(&segments).flatten();
        let p: Vec<f64> = all().filter_map(|one| one.drift.p).collect();
        let mut steps = holm(&p).into_iter().zip(holm_levels(&p, params.alpha));
        let n_tests = p.len();
        for one in whole.iter_mut().chain(segments.iter_mut().flatten()).filter(|one| one.drift.p.is_some()) {
            let (adjusted, level) = steps.next().expect("every p has its step");
            one.judge(adjusted, level, params);
        }
        let segment = |(c, measured): (usize, Vec<Measured>)| SegmentDrift {
            cluster: ClusterId::new(c),
            before: before.segments[c].size,
            now: now.segments.get(c).map_or(0, |segment| segment.size),
            features: by_effect(measured),
        };
        Drift {
            alpha: params.alpha,
            tolerance: params.tolerance,
            smallest_effect: params.smallest_effect,
            n_tests,
            features: by_effect(whole),
            segments: segments.into_iter().enumerate().map(segment).collect(),
        }
    }
}

/// The largest effect first, what was not measured last; then by name.
fn by_effect(measured: Vec<Measured>) -> Vec<FeatureDrift> {
    let mut features: Vec<FeatureDrift> = measured.into_iter().map(|one| one.drift).collect();
    let effect = |drift: &FeatureDrift| drift.effect.unwrap_or(-1.0);
    features.sort_by(|a, b| {
        let names = || (&a.feature, a.measure).cmp(&(&b.feature, b.measure));
        effect(b).total_cmp(&effect(a)).then_with(names)
    });
    features
}

/// A test, and what its critical value is found from.
struct Measured {
    drift: FeatureDrift,
    test: Option<Test>,
}

enum Test {
    Psi(Psi),
    Homogeneity(Homogeneity),
}

impl Measured {
    fn not(feature: &str, measure: Measure, reason: Unmeasured) -> Measured {
        let drift = FeatureDrift {
            feature: feature.to_owned(),
            measure,
            value: None,
            critical_value: None,
            effect: None,
            before: None,
            now: None,
            p: None,
            p_adjusted: None,
            verdict: Finding::NotMeasured,
            reason: Some(reason),
        };
        Measured { drift, test: None }
    }

    /// The test of a feature with its value, p and effect.
    fn of(feature: &str, measure: Measure, test: Test, [value, p, effect]: [f64; 3]) -> Measured {
        let empty = Measured::not(feature, measure, Unmeasured::NoColumn).drift;
        let (value, p, effect) = (Some(value), Some(p), Some(effect));
        let drift = FeatureDrift { value, p, effect, verdict: Finding::None, reason: None, ..empty };
        Measured { drift, test: Some(test) }
    }

    /// The verdict at its step of Holm's procedure.
    fn judge(&mut self, adjusted: f64, level: f64, params: &DriftParams) {
        let drift = &mut self.drift;
        drift.p_adjusted = Some(adjusted);
        let is_large = match &self.test {
            Some(Test::Psi(psi)) => {
                drift.critical_value = Some(psi.critical_value(params.tolerance, level));
                true
            }
            Some(Test::Homogeneity(found)) => {
                drift.critical_value = (found.method == Method::Asymptotic).then(|| found.critical_value(level));
                found.cramers_v >= params.smallest_effect
            }
            None => false,
        };
        drift.verdict = if is_large && drift.p.is_some_and(|p| p < level) { Finding::Drifted } else { Finding::None };
    }
}

struct Compared<'a> {
    before: &'a Reference,
    now: &'a Reference,
    params: &'a DriftParams,
}

impl Compared<'_> {
    /// Every feature of the whole, or of segment `c`.
    fn group(&self, c: Option<usize>) -> Vec<Measured> {
        let features = pairs(&self.before.features, &self.now.features, |feature| &feature.name);
        let categories = pairs(&self.before.categories, &self.now.categories, |category| &category.name);
        let summary = |feature: &FeatureReference| match c {
            None => Some(feature.whole.clone()),
            Some(c) => feature.segments.get(c).cloned(),
        };
        let mut measured = Vec::new();
        for (name, before, now) in features {
            match (before.and_then(summary), now.and_then(summary)) {
                (Some(before), Some(now)) => measured.extend(self.feature(name, &before, &now)),
                _ => measured.push(Measured::not(name, Measure::Psi, Unmeasured::NoColumn)),
            }
        }
        for (name, before, now) in categories {
            measured.push(match (before, now) {
                (Some(before), Some(now)) => self.category(name, &level_counts(before, c), &level_counts(now, c)),
                _ => Measured::not(name, Measure::Levels, Unmeasured::NoColumn),
            });
        }
        measured
    }

    /// A numeric feature and its missing values.
    fn feature(&self, name: &str, before: &Summary, now: &Summary) -> Vec<Measured> {
        let mut measured = vec![self.psi(name, before, now)];
        if before.n_missing + now.n_missing > 0 {
            let counts = |summary: &Summary| vec![summary.n, summary.n_missing];
            let mut missing = self.homogeneity(name, Measure::Missing, &counts(before), &counts(now));
            let share = |summary: &Summary| summary.n_missing as f64 / (summary.n + summary.n_missing) as f64;
            if missing.test.is_some() {
                (missing.drift.before, missing.drift.now) = (Some(share(before)), Some(share(now)));
            }
            measured.push(missing);
        }
        measured
    }

    fn psi(&self, name: &str, before: &Summary, now: &Summary) -> Measured {
        if before.n.min(now.n) < FEWEST_CUSTOMERS {
            return Measured::not(name, Measure::Psi, Unmeasured::FewCustomers);
        }
        let has_same_bins = before.edges == now.edges && !before.edges.is_empty();
        let (joined, joined_now) = match has_same_bins {
            true => joined_bins(&before.counts, &now.counts, FEWEST_EXPECTED),
            false => return Measured::not(name, Measure::Psi, Unmeasured::OtherBins),
        };
        let Some(psi) = Psi::of(&joined, &joined_now).map(Psi::corrected) else {
            return Measured::not(name, Measure::Psi, Unmeasured::FewCustomers);
        };
        let distance = wasserstein_of_quantiles(&before.quantiles, &now.quantiles);
        // Of customers who all had the same value a change is measured in what they spread now.
        let unit = before.unit().or(now.unit());
        let effect = unit.map_or(if distance > 0.0 { 1.0 } else { 0.0 }, |unit| (distance / unit).min(f64::MAX));
        let mut measured =
            Measured::of(name, Measure::Psi, Test::Psi(psi), [psi.value, psi.p_value(self.params.tolerance), effect]);
        (measured.drift.before, measured.drift.now) = (before.median(), now.median());
        measured
    }

    /// A category; levels are joined from the rarest on.
    fn category(
        &self,
        name: &str,
        before: &BTreeMap<Option<&str>, u64>,
        now: &BTreeMap<Option<&str>, u64>,
    ) -> Measured {
        let of = |counts: &BTreeMap<Option<&str>, u64>, level| counts.get(level).copied().unwrap_or(0);
        let mut levels: Vec<(u64, u64)> = before.iter().map(|(level, &count)| (count, of(now, level))).collect();
        let new = now.iter().filter(|(level, _)| !before.contains_key(*level));
        levels.extend(new.map(|(_, &count)| (0, count)));
        levels.sort_by_key(|&(b, w)| (b + w, b));
        let (before, now): (Vec<u64>, Vec<u64>) = levels.into_iter().unzip();
        let (before, now) = joined_bins(&before, &now, FEWEST_EXPECTED);
        self.homogeneity(name, Measure::Levels, &before, &now)
    }

    fn homogeneity(&self, name: &str, measure: Measure, before: &[u64], now: &[u64]) -> Measured {
        let n: [u64; 2] = [before.iter().sum(), now.iter().sum()];
        match Homogeneity::of(before, now, self.params.seed) {
            Some(found) if n[0].min(n[1]) >= FEWEST_CUSTOMERS => {
                Measured::of(name, measure, Test::Homogeneity(found), [found.chi2, found.p, found.cramers_v])
            }
            _ => Measured::not(name, measure, Unmeasured::FewCustomers),
        }
    }
}

/// Customers of every level, in the whole or in segment `c`.
fn level_counts(category: &CategoryReference, c: Option<usize>) -> BTreeMap<Option<&str>, u64> {
    let counts = c.map_or(Some(&category.whole), |c| category.segments.get(c));
    let levels = category.levels.iter().map(Option::as_deref);
    levels.zip(counts.into_iter().flatten().copied()).collect()
}

/// What has a name before or now, with both.
fn pairs<'a, T>(
    before: &'a [T],
    now: &'a [T],
    name: impl Fn(&T) -> &String,
) -> Vec<(&'a str, Option<&'a T>, Option<&'a T>)> {
    let mut found: BTreeMap<&str, (Option<&T>, Option<&T>)> = BTreeMap::new();
    before.iter().for_each(|one| found.entry(name(one)).or_default().0 = Some(one));
    now.iter().for_each(|one| found.entry(name(one)).or_default().1 = Some(one));
    found.into_iter().map(|(name, (before, now))| (name, before, now)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refit::drift::example::Customers;

    const FEATURES: [&str; 4] = ["age", "spend", "orders", "visits"];

    fn drift(before: &Customers, now: &Customers) -> Drift {
        let before = before.reference(None);
        Drift::between(&before, &now.reference(Some(&before)), &DriftParams::default())
    }

    /// The features found, once each.
    fn found(drift: &Drift) -> Vec<(&str, Measure)> {
        let mut found: Vec<_> = drift.found().iter().map(|(_, one)| (one.feature.as_str(), one.measure)).collect();
        found.sort();
        found.dedup();
        found
    }

    #[test]
    fn identical_tables_have_no_finding_and_nothing_moved() {
        let customers = Customers::draw(900, 1);
        let drift = drift(&customers, &customers);
        let all = drift.features.iter().chain(drift.segments.iter().flat_map(|segment| &segment.features));
        for one in all {
            assert_eq!((one.value, one.effect, one.verdict), (Some(0.0), Some(0.0), Finding::None), "{one:?}");
            assert!(one.p == Some(1.0) && one.critical_value.is_none_or(|critical| critical > 0.0));
        }
        assert_eq!(drift.n_tests, 4 * (4 + 1 + 1));
    }

    #[test]
    fn a_feature_that_moves_by_a_standard_deviation_is_found_and_only_that() {
        let before = Customers::draw(900, 1);
        for name in FEATURES {
            let mut now = Customers::draw(800, 2);
            let deviation = before.reference(None).features.iter().find(|one| one.name == name).unwrap().whole.unit();
            now.column(name).iter_mut().for_each(|x| *x += deviation.unwrap());
            let drift = drift(&before, &now);
            assert_eq!(found(&drift), [(name, Measure::Psi)]);
            assert_eq!(drift.found().len(), 4, "in the whole and in every segment");
            let first = &drift.features[0];
            assert!(first.feature == name && (first.effect.unwrap() - 1.0).abs() < 0.15, "{first:?}");
            assert!(first.value > first.critical_value && first.now > first.before);
        }
    }

    #[test]
    fn a_segment_that_moves_alone_is_found_there() {
        let before = Customers::draw(3_000, 1);
        let mut now = Customers::draw(3_000, 2);
        // The oldest grow older: all of them are in the last tenths of the whole table already.
        for i in 0..3_000 {
            if now.kind[i] == 2 {
                now.column("age")[i] += 4.0;
            }
        }
        let drift = drift(&before, &now);
        let found: Vec<_> = drift.found().iter().map(|(cluster, one)| (*cluster, one.feature.as_str())).collect();
        assert_eq!(found, [(Some(ClusterId::new(2)), "age")]);
    }

    #[test]
    fn levels_that_come_and_values_that_go_missing_are_found() {
        let before = Customers::draw(900, 1);
        let mut now = Customers::draw(900, 2);
        now.plan.iter_mut().step_by(5).for_each(|plan| *plan = Some("team"));
        assert_eq!(found(&drift(&before, &now)), [("plan", Measure::Levels)]);
        let mut now = Customers::draw(900, 2);
        now.column("spend").iter_mut().step_by(4).for_each(|spend| *spend = f64::NAN);
        let gone = drift(&before, &now);
        assert_eq!(found(&gone), [("spend", Measure::Missing)]);
        let spend = gone.found()[0].1.clone();
        assert_eq!(spend.before, Some(0.0));
    }

    #[test]
    fn what_cannot_be_measured_is_said_and_tests_nothing() {
        let before = Customers::draw(900, 1);
        let few = drift(&before, &Customers::draw(120, 2));
        assert!(few.features.iter().all(|one| one.verdict == Finding::None));
        let of_segments = few.segments.iter().flat_map(|segment| &segment.features);
        for one in of_segments {
            assert_eq!((one.verdict, one.reason), (Finding::NotMeasured, Some(Unmeasured::FewCustomers)));
            assert!(one.p.is_none() && one.effect.is_none());
        }
        assert_eq!(few.n_tests, 6);

        let mut without = before.clone();
        without.columns.remove(1);
        let reason = |drift: &Drift| drift.features.iter().find(|one| one.feature == "spend").unwrap().reason;
        assert_eq!(reason(&drift(&before, &without)), Some(Unmeasured::NoColumn));
        assert_eq!(reason(&drift(&without, &before)), Some(Unmeasured::NoColumn));
        let (before, other) = (before.reference(None), Customers::draw(900, 5).reference(None));
        let other = Drift::between(&before, &other, &DriftParams::default());
        assert_eq!(reason(&other), Some(Unmeasured::OtherBins));
    }

    #[test]
    fn what_is_found_is_what_is_above_its_critical_value() {
        let before = Customers::draw(2_000, 1);
        let mut now = Customers::draw(2_000, 2);
        now.column("spend").iter_mut().for_each(|x| *x *= 1.8);
        now.column("orders").iter_mut().step_by(3).for_each(|x| *x += 1.0);
        now.column("age").iter_mut().for_each(|x| *x += 1.7);
        let drift = drift(&before, &now);
        let all = drift.features.iter().chain(drift.segments.iter().flat_map(|segment| &segment.features));
        for one in all.filter(|one| one.measure == Measure::Psi) {
            assert_eq!(one.value > one.critical_value, one.verdict == Finding::Drifted, "{one:?}");
            assert_eq!(one.p_adjusted < Some(drift.alpha), one.verdict == Finding::Drifted, "{one:?}");
        }
        let effects: Vec<f64> = drift.found().iter().map(|(_, one)| one.effect.unwrap()).collect();
        assert!(effects.len() > 2 && effects.is_sorted_by(|a, b| a >= b), "{effects:?}");
    }

    #[test]
    fn two_thousand_quiet_pairs_alarm_no_more_often_than_stated() {
        let strict = DriftParams { alpha: 0.05, tolerance: 0.0, smallest_effect: 0.0, seed: 1 };
        let (mut strict_alarms, mut alarms) = (0, 0);
        for seed in 0..2_000 {
            let before = &Customers::draw(240, 2 * seed).reference(None);
            let now = Customers::draw(240, 2 * seed + 1).reference(Some(before));
            strict_alarms += usize::from(!Drift::between(before, &now, &strict).found().is_empty());
            alarms += usize::from(!Drift::between(before, &now, &DriftParams::default()).found().is_empty());
        }
        // 5 % and three standard errors
        assert!(strict_alarms <= 130, "{strict_alarms} of 2000 without a tolerance at 5 %");
        assert_eq!(alarms, 0, "with one at 0.1 %");
    }

    #[test]
    fn a_reference_that_was_read_finds_the_same() {
        let (customers, mut now) = (Customers::draw(600, 1), Customers::draw(600, 2));
        now.column("orders").iter_mut().for_each(|x| *x += 1.0);
        let before = customers.reference(None);
        let read: Reference = serde_json::from_str(&serde_json::to_string(&before).unwrap()).unwrap();
        let of = |before: &Reference| {
            Drift::between(before, &now.shuffled(3).reference(Some(before)), &DriftParams::default())
        };
        let drift = of(&read);
        assert_eq!(drift, of(&before));
        let back: Drift = serde_json::from_str(&serde_json::to_string(&drift).unwrap()).unwrap();
        assert_eq!(back, drift);
    }
}
