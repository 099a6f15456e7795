//! Whose result is correct, and so whose time counts.

use super::results::{Entry, Measured};
use super::workload::Kind;

/// Relative difference of inertias that still are the same result.
const INERTIA_TOLERANCE: f64 = 1e-5;
/// Difference of two sums of a standardised matrix per value: only the order of addition differs.
const SUM_TOLERANCE: f64 = 1e-9;

impl Measured {
    /// segmint's measurements.
    pub fn segmint(&self) -> &Entry {
        self.entries.iter().find(|entry| entry.is_segmint()).expect("segmint is always measured")
    }

    /// Whose result the others are held against: scikit-learn's in double precision, or segmint's where that is missing.
    pub fn reference(&self) -> &Entry {
        let is_reference = |entry: &&Entry| ["sklearn", "sklearn:lloyd:64"].contains(&entry.name.as_str());
        let reference = self.entries.iter().find(is_reference).filter(|entry| entry.seconds().is_some());
        reference.unwrap_or(self.segmint())
    }

    /// Whether an entrant has found what the reference has.
    pub fn is_correct(&self, entry: &Entry) -> bool {
        let reference = self.reference();
        let figure = |entry: &Entry, name: &str| entry.found(name).as_f64();
        let differs = |name: &str| match (figure(entry, name), figure(reference, name)) {
            (Some(a), Some(b)) => (a - b).abs(),
            _ => f64::INFINITY,
        };
        let same = |name: &str| !entry.found(name).is_null() && entry.found(name) == reference.found(name);
        let (n, d) = (self.workload.n, self.workload.d);
        match self.workload.kind {
            Kind::KMeans => differs("inertia") <= INERTIA_TOLERANCE * figure(reference, "inertia").unwrap_or(0.0),
            Kind::Dbscan => same("clusters") && same("noise"),
            Kind::Load => has_shape(entry, n, d) && differs("sum") <= SUM_TOLERANCE * (n * d) as f64,
            // k is chosen by different rules, so there is nothing to be equal.
            Kind::Job => entry.seconds().is_some(),
        }
    }

    /// The rivals that have a time.
    pub fn timed_rivals(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.is_segmint() && entry.seconds().is_some())
    }

    /// The fastest rival whose result is correct.
    pub fn fastest_rival(&self) -> Option<&Entry> {
        let correct = self.timed_rivals().filter(|entry| self.is_correct(entry));
        correct.min_by(|a, b| a.seconds().unwrap_or(f64::INFINITY).total_cmp(&b.seconds().unwrap_or(f64::INFINITY)))
    }

    /// How many times as long as segmint an entrant takes.
    pub fn ratio(&self, entry: &Entry) -> Option<f64> {
        Some(entry.seconds()? / self.segmint().seconds()?)
    }

    /// Whether segmint is correct and faster than every rival that is.
    pub fn is_ahead(&self) -> bool {
        let segmint = self.segmint();
        let is_faster = self.fastest_rival().is_none_or(|rival| self.ratio(rival).is_some_and(|ratio| ratio > 1.0));
        segmint.seconds().is_some() && self.is_correct(segmint) && is_faster
    }
}

fn has_shape(entry: &Entry, n: usize, d: usize) -> bool {
    *entry.found("shape") == serde_json::json!([n, d])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::results::Failure;
    use super::super::workload::workloads;
    use super::*;

    fn measured(kind: Kind, lines: &[(&str, Value)]) -> Measured {
        let entry = |(name, line): &(&str, Value)| {
            let mut entry = Entry::of(name);
            match line {
                Value::Null => entry.failure = Some(Failure::Limit(1)),
                line => entry.lines.push(line.clone()),
            }
            entry
        };
        let workload = workloads().into_iter().find(|workload| workload.kind == kind).unwrap();
        Measured { workload, entries: lines.iter().map(entry).collect() }
    }

    #[test]
    fn a_fast_wrong_rival_does_not_count() {
        let measured = measured(
            Kind::KMeans,
            &[
                ("segmint", json!({"s": 0.1, "inertia": 1000.001})),
                ("sklearn:lloyd:64", json!({"s": 0.4, "inertia": 1000.0})),
                ("near", json!({"s": 0.3, "inertia": 999.995})),
                ("wrong", json!({"s": 0.01, "inertia": 1001.0})),
            ],
        );
        let fastest = measured.fastest_rival().unwrap();
        assert_eq!(fastest.name, "near");
        assert!((measured.ratio(fastest).unwrap() - 3.0).abs() < 1e-12 && measured.is_ahead());
    }

    #[test]
    fn segmint_is_not_ahead_when_its_own_result_is_wrong_or_missing() {
        let sklearn = ("sklearn", json!({"s": 1.0, "clusters": 12, "noise": 3}));
        let segmint = |line| measured(Kind::Dbscan, &[("segmint", line), sklearn.clone()]);
        assert!(segmint(json!({"s": 0.5, "clusters": 12, "noise": 3})).is_ahead());
        assert!(!segmint(json!({"s": 0.5, "clusters": 12, "noise": 4})).is_ahead());
        assert!(!segmint(json!({"s": 1.5, "clusters": 12, "noise": 3})).is_ahead());
        assert!(!segmint(Value::Null).is_ahead());
    }

    #[test]
    fn a_matrix_of_another_shape_is_not_the_table() {
        let line = |n: usize| json!({"s": 1.0, "shape": [n, 16], "sum": 0.5});
        let measured = measured(Kind::Load, &[("segmint", line(1_000_000)), ("half", line(500_000))]);
        assert!(measured.is_correct(&measured.entries[0]) && !measured.is_correct(&measured.entries[1]));
    }

    #[test]
    fn without_scikit_learn_results_are_held_against_segmint() {
        let lines = [
            ("segmint", json!({"s": 1.0, "clusters": 12, "noise": 3})),
            ("sklearn", Value::Null),
            ("other", json!({"s": 2.0, "clusters": 13, "noise": 3})),
        ];
        let measured = measured(Kind::Dbscan, &lines);
        assert!(measured.reference().is_segmint() && measured.fastest_rival().is_none() && measured.is_ahead());
    }
}
