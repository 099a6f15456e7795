//! Tiers by themselves: rules, matrices, services; whose tier looks wrong, and the rule that says who they are.

use std::collections::BTreeMap;

use proptest::prelude::*;
use segmint::Text;
use segmint::compare::{
    AxisPair, Comparison, Direction, NoisePolicy, Pairing, TierFacts, TierReport, compare, disagreements, rule_cells,
    tiers_by_rule,
};
use segmint::config::{ComparePlan, Cut, Cuts, Quadrant, RfmCuts, TierRule};
use segmint::load::Levels;
use segmint::matrix::RowMap;
use segmint::metrics::Partition;
use segmint::monitor::Monitor;

use crate::threads::with_threads;

fn tiers(rule: &TierRule, columns: &[(&str, &[f64])]) -> Vec<Option<String>> {
    let columns: Vec<(String, Vec<f64>)> = columns.iter().map(|(name, v)| ((*name).to_owned(), v.to_vec())).collect();
    let tiers = tiers_by_rule(rule, &columns).unwrap();
    (0..tiers.levels.n_rows()).map(|row| tiers.levels.text(row).map(str::to_owned)).collect()
}

fn joined(tiers: &[Option<String>]) -> String {
    tiers.iter().map(|tier| tier.as_deref().unwrap_or("-")).collect::<Vec<_>>().join(" ")
}

fn abcd() -> TierRule {
    TierRule::Abcd { value: "m".into(), loyalty: "f".into(), cuts: [0.7, 0.4, 0.2] }
}

#[test]
fn a_customer_is_as_good_as_the_weaker_of_value_and_loyalty() {
    let value = [100.0, 90.0, 50.0, 20.0, 80.0, 0.0, f64::NAN, 95.0, 60.0, 70.0];
    let orders = [30.0, 20.0, 10.0, 9.0, 1.0, 40.0, 8.0, f64::NAN, 1.0, 25.0];
    // 80 and 60 were spent in a single order, 0 was spent in 40: D whatever the other column says
    assert_eq!(joined(&tiers(&abcd(), &[("m", &value), ("f", &orders)])), "A B C D D D - - D B");
}

#[test]
fn equal_customers_have_equal_tiers_whatever_the_rule() {
    let (value, orders) = ([5.0, 7.0, 5.0, 9.0, 5.0, 1.0], [2.0, 2.0, 2.0, 9.0, 2.0, 1.0]);
    let columns: [(&str, &[f64]); 3] = [("m", &value), ("f", &orders), ("r", &orders)];
    let rfm = TierRule::Rfm { recency: "r".into(), frequency: "f".into(), monetary: "m".into(), q: 4, cuts: None };
    let matrix = TierRule::Matrix { x: "m".into(), y: "f".into(), cut: Cuts::default(), cells: vec![] };
    for rule in [abcd(), rfm, matrix, TierRule::Abc { column: "m".into(), cuts: [0.3, 0.6] }] {
        let found = tiers(&rule, &columns);
        assert!(found[0] == found[2] && found[2] == found[4], "{}: {found:?}", rule.name());
    }
}

#[test]
fn own_rfm_cuts_hold_whatever_the_others_are_like() {
    let cuts = RfmCuts { recency: vec![30.0, 90.0], frequency: vec![1.0], monetary: vec![100.0, 500.0, 900.0] };
    let (recency, frequency, monetary) = ("r".to_owned(), "f".to_owned(), "m".to_owned());
    let rule = TierRule::Rfm { recency, frequency, monetary, q: 3, cuts: Some(cuts) };
    let columns: [(&str, &[f64]); 3] = [
        ("r", &[30.0, 31.0, 90.0, 91.0, f64::NAN]),
        ("f", &[1.0, 2.0, 1.0, 2.0, 2.0]),
        ("m", &[100.0, 500.5, 900.0, 901.0, 1.0]),
    ];
    assert_eq!(joined(&tiers(&rule, &columns)), "311 223 213 124 -");
}

fn matrix(cut: Cuts, cells: Vec<Quadrant>) -> TierRule {
    TierRule::Matrix { x: "m".into(), y: "f".into(), cut, cells }
}

fn report(
    rule: &TierRule,
    columns: &Vec<(String, Vec<f64>)>,
    axis_pair: AxisPair,
    value: Option<&[f64]>,
) -> TierReport {
    let by_rule = tiers_by_rule(rule, columns).unwrap();
    TierReport::of(TierFacts {
        tier: &by_rule.levels,
        scale: by_rule.levels.levels(),
        rule: Some(rule),
        axes: by_rule.axes.as_ref(),
        axis_pair,
        value,
        concentration: None,
        services: &BTreeMap::from([("m high, f high".to_owned(), "own desk".to_owned())]),
    })
}

#[test]
fn the_quadrants_of_value_and_frequency_have_names_and_actions_that_a_user_can_change() {
    let columns = vec![("m".to_owned(), vec![1.0, 2.0, 3.0, 4.0]), ("f".to_owned(), vec![1.0, 3.0, 1.0, 5.0])];
    let own =
        Quadrant { x: "high".into(), y: "low".into(), name: Some(Text::new("whales", "大客户")), action: None };
    let rule = matrix(Cuts::default(), vec![own]);
    let found = report(&rule, &columns, AxisPair::ValueByFrequency, Some(&columns[0].1));
    let cells = &found.matrix.as_ref().unwrap().cells;
    let names: Vec<&str> = cells.iter().map(|cell| cell.name.en.as_str()).collect();
    assert_eq!(names, ["core customers", "whales", "small but frequent buyers", "marginal customers"]);
    assert!(cells.iter().all(|cell| cell.action.as_ref().is_some_and(|action| !action.zh.is_empty())));
    assert_eq!(cells.iter().map(|cell| cell.customers).collect::<Vec<_>>(), [1; 4]);
    assert_eq!(cells.iter().map(|cell| cell.value_share.unwrap()).collect::<Vec<_>>(), [0.4, 0.3, 0.2, 0.1]);
    assert_eq!(found.service("m high, f high").unwrap().zh, "own desk");
    assert_eq!(found.service("m low, f low").unwrap().en, "basic");

    let other = report(&rule, &columns, AxisPair::Neither, None);
    let cells = &other.matrix.as_ref().unwrap().cells;
    assert_eq!((cells[0].name.zh.as_str(), &cells[0].action), ("m高·f高", &None));
    assert_eq!(cells[0].value, None);
}

#[test]
fn axes_may_have_different_numbers_of_levels_and_a_value_on_a_cut_is_below_it() {
    let cut = Cuts { x: Cut::Values(vec![1.0, 2.0, 3.0, 4.0]), y: Cut::Quantiles(vec![0.5]) };
    let columns = vec![("m".to_owned(), vec![1.0, 2.5, 9.0, f64::NAN]), ("f".to_owned(), vec![1.0, 3.0, 5.0, 3.0])];
    let found = report(&matrix(cut, vec![]), &columns, AxisPair::ValueByFrequency, None);
    let matrix = found.matrix.as_ref().unwrap();
    assert_eq!((matrix.cells.len(), found.n, found.n_without_tier), (10, 3, 1));
    assert_eq!(matrix.y.cuts, [3.0]);
    let filled: Vec<&str> =
        matrix.cells.iter().filter(|cell| cell.customers > 0).map(|cell| cell.tier.as_str()).collect();
    assert_eq!(filled, ["m very high, f high", "m medium, f low", "m very low, f low"]);
}

proptest! {
    #[test]
    fn every_customer_with_both_values_is_in_one_cell_of_a_matrix(
        rows in prop::collection::vec((-9i32..9, 0u8..6), 1..80),
        cuts in 1usize..5,
    ) {
        let known = |y: u8| if y == 0 { f64::NAN } else { f64::from(y) };
        let columns = vec![
            ("m".to_owned(), rows.iter().map(|row| f64::from(row.0)).collect::<Vec<f64>>()),
            ("f".to_owned(), rows.iter().map(|row| known(row.1)).collect::<Vec<f64>>()),
        ];
        let shares = (1..=cuts).map(|i| i as f64 / (cuts + 1) as f64).collect();
        let rule = matrix(Cuts { x: Cut::Quantiles(shares), y: Cut::Mean }, vec![]);
        let found = report(&rule, &columns, AxisPair::Neither, Some(&columns[0].1));
        let matrix = found.matrix.as_ref().unwrap();
        prop_assert_eq!(matrix.cells.len(), 2 * (cuts + 1));
        let n = rows.iter().filter(|row| row.1 > 0).count() as u64;
        prop_assert_eq!(matrix.cells.iter().map(|cell| cell.customers).sum::<u64>(), n);
        prop_assert_eq!(found.classes.iter().map(|class| class.customers).sum::<u64>(), n);
        prop_assert_eq!(found.n + found.n_without_tier, rows.len() as u64);
    }
}

/// 400 customers in two clusters. Tier A is expected of cluster 0 and B of cluster 1; those of tier A in cluster 1 are the
/// ones who have not bought for more than 60 days.
struct Example {
    tier: Levels,
    partition: Partition,
    value: Vec<f64>,
    columns: Vec<(String, Vec<f64>)>,
    order: Vec<String>,
    names: Vec<Text>,
}

impl Example {
    fn new() -> Self {
        let n = 400;
        let lapsed = |i: usize| i % 10 == 3;
        let is_a = |i: usize| i % 2 == 1;
        let cluster = |i: usize| i64::from(!is_a(i) ^ (lapsed(i) && is_a(i)) ^ (i % 50 == 2));
        let tier: Vec<Option<&str>> = (0..n).map(|i| Some(if is_a(i) { "A" } else { "B" })).collect();
        let days = (0..n).map(|i| if lapsed(i) { 61.0 + (i % 7) as f64 } else { (i % 60) as f64 });
        let noise = (0..n).map(|i| (i * 7919 % 211) as f64);
        Example {
            tier: Levels::from_text("grade", &tier),
            partition: Partition::from_signed(&(0..n).map(cluster).collect::<Vec<_>>()),
            value: (0..n).map(|i| if i == 3 { f64::NAN } else { (i * 31 % 101) as f64 }).collect(),
            columns: vec![("noise".to_owned(), noise.collect()), ("days".to_owned(), days.collect())],
            order: ["A", "B"].map(str::to_owned).to_vec(),
            names: vec![Text::new("zero", "零"), Text::new("one", "一")],
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Comparison, &Pairing<'_>) -> T) -> T {
        let rows = RowMap::all(self.tier.n_rows());
        let pairing = Pairing {
            tier: &self.tier,
            tier_order: &self.order,
            clustering: "kmeans",
            noise: NoisePolicy::None,
            partition: &self.partition,
            rows: &rows,
            cluster_names: &self.names,
            value: Some(&self.value),
        };
        let plan = ComparePlan { permutations: 0, bootstrap: 0, ..ComparePlan::default() };
        let mut comparison = compare(&pairing, &plan, 1, &Monitor::silent()).unwrap();
        work(&mut comparison, &pairing)
    }

    fn ruled(&self) -> Comparison {
        let features: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        self.with(|comparison, pairing| {
            rule_cells(comparison, pairing, &self.columns, &features, &[], 42, &Monitor::silent()).unwrap();
            comparison.clone()
        })
    }
}

#[test]
fn a_cell_is_described_by_the_rule_that_made_it_with_its_fidelity_on_others() {
    let comparison = Example::new().ruled();
    let cell = comparison.disagreements.iter().find(|cell| cell.tier == "A").unwrap();
    let rule = cell.rule.as_ref().unwrap();
    assert_eq!(rule.text.en, "days > 60");
    assert_eq!(rule.sql, "(\"days\" > 60)");
    assert!(rule.within_tier);
    assert_eq!((rule.precision, rule.recall, rule.accuracy), (Some(1.0), Some(1.0), Some(1.0)));
    let share = rule.share.unwrap();
    assert!((share - 0.2).abs() < 0.01, "a fifth of tier A has lapsed: {share}");
    assert_eq!(rule.n_held_out, 100, "half of the tier");
}

#[test]
fn a_rule_that_is_right_no_more_often_than_guessing_is_none() {
    let mut n_without = 0;
    for step in [31, 53, 71, 113, 127, 131, 137, 7919] {
        let noise = (0..400).map(|i| (i * step % 211) as f64).collect();
        let example = Example { columns: vec![("noise".to_owned(), noise)], ..Example::new() };
        for cell in example.ruled().disagreements {
            n_without += usize::from(cell.rule.is_none());
            let rules = cell.rule.into_iter();
            rules.for_each(|rule| assert!(rule.precision.is_none() || rule.precision > rule.share, "{rule:?}"));
        }
    }
    assert!(n_without > 0);
}

#[test]
fn rules_are_the_same_for_1_and_3_threads() {
    let example = Example::new();
    assert_eq!(with_threads(1, || example.ruled()), with_threads(3, || example.ruled()));
}

#[test]
fn tiers_look_too_low_or_too_high_and_rank_by_how_far_the_value_is_from_that_of_peers() {
    let example = Example::new();
    example.with(|comparison, pairing| {
        let found = disagreements(comparison, pairing);
        let peers_of = |cluster: usize, tier: &str| {
            let peers: Vec<f64> = (0..400)
                .filter(|&row| example.partition.labels()[row].is_some_and(|label| label.index() == cluster))
                .filter(|&row| example.tier.text(row) == Some(tier))
                .map(|row| example.value[row])
                .collect();
            peers.iter().sum::<f64>() / peers.len() as f64
        };
        for (tier, direction) in [("A", Direction::TooHigh), ("B", Direction::TooLow)] {
            let mut of: Vec<_> =
                found.iter().filter(|d| example.tier.text(d.row) == Some(tier) && d.value.is_some()).collect();
            of.sort_by_key(|d| d.rank);
            assert!(of.len() > 5 && of.iter().all(|d| d.direction == Some(direction)));
            assert_eq!(
                of.iter().map(|d| d.rank.unwrap()).collect::<Vec<_>>(),
                (1..=of.len() as u32).collect::<Vec<_>>()
            );
            let values: Vec<f64> = of.iter().map(|d| d.value.unwrap()).collect();
            assert!(match direction {
                Direction::TooLow => values.is_sorted_by(|a, b| a >= b),
                Direction::TooHigh => values.is_sorted(),
            });
            let cluster = usize::from(tier == "A");
            let wanted = peers_of(cluster, if tier == "A" { "B" } else { "A" });
            assert!(of.iter().all(|d| (d.expected_value.unwrap() - wanted).abs() < 1e-9));
        }
        let unknown = found.iter().find(|d| d.row == 3).unwrap();
        assert_eq!((unknown.rank, unknown.direction), (None, Some(Direction::TooHigh)));
    });
}

#[test]
fn without_an_order_no_tier_is_too_low() {
    let example = Example { order: Vec::new(), ..Example::new() };
    let found = example.with(|comparison, pairing| disagreements(comparison, pairing));
    assert!(!found.is_empty());
    assert!(found.iter().all(|d| d.direction.is_none() && d.rank.is_none() && d.expected_value.is_some()));
}
