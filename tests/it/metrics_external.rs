//! Agreement indices: golden values from scikit-learn and SciPy, and laws.

use proptest::prelude::*;
use segmint::metrics::Contingency;
use serde_json::Value;

type View = fn(&Contingency) -> Option<f64>;

/// The indices that treat tiers and clusters alike, with their lower bound.
const SYMMETRIC: [(&str, View, f64); 6] = [
    ("ari", Contingency::ari, -0.5),
    ("ami", Contingency::ami, -1.0),
    ("nmi", Contingency::nmi, 0.0),
    ("v_measure", Contingency::v_measure, 0.0),
    ("fowlkes_mallows", Contingency::fowlkes_mallows, 0.0),
    ("cramers_v", Contingency::cramers_v, 0.0),
];

/// Pairs of indices that swap when tiers and clusters do.
const SWAPPING: [(&str, View, &str, View); 2] = [
    ("homogeneity", Contingency::homogeneity, "completeness", Contingency::completeness),
    ("purity", Contingency::purity, "inverse_purity", Contingency::inverse_purity),
];

fn every_index() -> Vec<(&'static str, View, f64)> {
    let swapping = SWAPPING.iter().flat_map(|&(a, view_a, b, view_b)| [(a, view_a, 0.0), (b, view_b, 0.0)]);
    SYMMETRIC.into_iter().chain(swapping).collect()
}

fn close(a: Option<f64>, b: Option<f64>, tolerance: f64) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= tolerance,
        (a, b) => a == b,
    }
}

fn table_of(case: &Value) -> Contingency {
    let rows = case["counts"].as_array().unwrap();
    let n_clusters = rows[0].as_array().unwrap().len();
    let counts = rows.iter().flat_map(|row| row.as_array().unwrap()).map(|count| count.as_u64().unwrap());
    Contingency::new(rows.len(), n_clusters, counts.collect())
}

#[test]
fn indices_equal_scikit_learn_and_scipy() {
    let golden: Value = serde_json::from_str(include_str!("../golden/external.json")).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert!(cases.len() > 50);
    for case in cases {
        let table = table_of(case);
        for (name, view, _) in every_index() {
            let (ours, theirs) = (view(&table), case[name].as_f64());
            assert!(close(ours, theirs, 1e-12), "{name} of {}: {ours:?}, not {theirs:?}", case["name"]);
        }
        let ranks: Vec<usize> =
            case["ranks"].as_array().unwrap().iter().map(|rank| rank.as_u64().unwrap() as usize).collect();
        let (ours, theirs) = (table.kendall_tau_b(&ranks), case["kendall_tau_b"].as_f64());
        assert!(close(ours, theirs, 1e-12), "tau-b of {}: {ours:?}, not {theirs:?}", case["name"]);
        assert_eq!(table.best_assignment().matched, case["matched"].as_u64().unwrap(), "{}", case["name"]);
    }
}

#[test]
fn without_customers_every_index_is_undefined() {
    for table in [Contingency::new(0, 0, vec![]), Contingency::new(2, 3, vec![0; 6])] {
        for (name, view, _) in every_index() {
            assert_eq!(view(&table), None, "{name}");
        }
        assert_eq!(table.kendall_tau_b(&vec![0; table.n_clusters()]), None);
        assert_eq!(table.best_assignment().pairs, []);
    }
}

#[test]
fn no_association_beyond_chance_is_zero_in_every_order() {
    // φ² = 1/3 = (r − 1)(c − 1)/(n − 1), which rounding makes differ in the last bit.
    for counts in [[1, 0, 1, 2], [0, 1, 2, 1], [1, 2, 1, 0], [2, 1, 0, 1], [1, 1, 0, 2], [0, 2, 1, 1]] {
        assert_eq!(Contingency::new(2, 2, counts.to_vec()).cramers_v(), Some(0.0), "{counts:?}");
    }
}

#[test]
fn equally_good_assignments_are_settled_the_same_way() {
    let table = Contingency::new(3, 3, vec![5; 9]);
    assert!((0..20).all(|_| table.best_assignment() == Contingency::new(3, 3, vec![5; 9]).best_assignment()));
}

#[test]
fn four_thousand_million_customers_do_not_overflow() {
    let table = Contingency::new(2, 2, vec![2_000_000_000, 0, 1, 2_000_000_000]);
    assert!((table.ari().unwrap() - 1.0).abs() < 1e-8);
    assert!((table.fowlkes_mallows().unwrap() - 1.0).abs() < 1e-8);
    assert!((table.kendall_tau_b(&[1, 0]).unwrap() - 1.0).abs() < 1e-8);
}

prop_compose! {
    fn tables()(r in 1usize..7, c in 1usize..7)
        (counts in prop::collection::vec(prop_oneof![Just(0u64), 0u64..4, 0u64..500], r * c), r in Just(r), c in Just(c))
        -> Contingency {
        Contingency::new(r, c, counts)
    }
}

/// The table with rows and columns in another order, drawn from `seed`, and the new column order.
fn shuffled(table: &Contingency, seed: u64) -> (Contingency, Vec<usize>) {
    let order = |n: usize| {
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|&i| (i as u64 + 1).wrapping_mul(seed | 1) % 1_000_003);
        order
    };
    let (tiers, clusters) = (order(table.n_tiers()), order(table.n_clusters()));
    let counts = tiers.iter().flat_map(|&t| clusters.iter().map(move |&c| table.count(t, c))).collect();
    (Contingency::new(tiers.len(), clusters.len(), counts), clusters)
}

proptest! {
    #[test]
    fn indices_are_bounded(table in tables()) {
        for (name, view, low) in every_index() {
            if let Some(value) = view(&table) {
                prop_assert!((low - 1e-9..=1.0 + 1e-9).contains(&value), "{name} {value}");
            }
        }
    }

    #[test]
    fn indices_are_invariant_to_relabelling(table in tables(), seed in any::<u64>()) {
        let (other, clusters) = shuffled(&table, seed);
        for (name, view, _) in every_index() {
            prop_assert!(close(view(&table), view(&other), 1e-9), "{name}: {:?} {:?}", view(&table), view(&other));
        }
        prop_assert_eq!(table.best_assignment().matched, other.best_assignment().matched);
        let ranks: Vec<usize> = (0..table.n_clusters()).map(|c| c / 2).collect();
        let moved: Vec<usize> = clusters.iter().map(|&c| ranks[c]).collect();
        let columns_only: Vec<u64> =
            (0..table.n_tiers()).flat_map(|t| clusters.iter().map(move |&c| (t, c))).map(|(t, c)| table.count(t, c)).collect();
        let columns_only = Contingency::new(table.n_tiers(), table.n_clusters(), columns_only);
        prop_assert_eq!(table.kendall_tau_b(&ranks), columns_only.kendall_tau_b(&moved));
    }

    #[test]
    fn swapping_tiers_and_clusters_swaps_the_indices(table in tables()) {
        let flipped = table.transposed();
        for (name, view, _) in SYMMETRIC {
            prop_assert!(close(view(&table), view(&flipped), 1e-9), "{name}");
        }
        for (name, view, _, other) in SWAPPING {
            prop_assert!(close(view(&table), other(&flipped), 1e-9), "{name}");
        }
        prop_assert_eq!(table.best_assignment().matched, flipped.best_assignment().matched);
    }

    #[test]
    fn agreeing_with_oneself_is_one(sizes in prop::collection::vec(1u64..200, 1..6)) {
        let k = sizes.len();
        let mut counts = vec![0; k * k];
        sizes.iter().enumerate().for_each(|(i, &size)| counts[i * k + i] = size);
        let table = Contingency::new(k, k, counts);
        for (name, view, _) in every_index().into_iter().filter(|(name, ..)| !["cramers_v", "fowlkes_mallows"].contains(name)) {
            prop_assert!(close(view(&table), Some(1.0), 1e-12), "{name} {:?}", view(&table));
        }
    }

    #[test]
    fn empty_rows_and_columns_change_nothing(table in tables()) {
        let mut wider: Vec<u64> = Vec::new();
        for t in 0..table.n_tiers() {
            wider.push(0);
            wider.extend(table.row(t));
        }
        wider.extend(vec![0; table.n_clusters() + 1]);
        let wider = Contingency::new(table.n_tiers() + 1, table.n_clusters() + 1, wider);
        for (name, view, _) in every_index() {
            prop_assert!(close(view(&table), view(&wider), 1e-12), "{name}");
        }
    }

    #[test]
    fn reversing_the_ranks_negates_tau(table in tables()) {
        let ranks: Vec<usize> = (0..table.n_clusters()).map(|c| c * 2 % 5).collect();
        let reversed: Vec<usize> = ranks.iter().map(|rank| 4 - rank).collect();
        prop_assert_eq!(table.concordance(&ranks), -table.concordance(&reversed));
    }

    #[test]
    fn expected_information_is_the_mean_over_tables_with_the_margins(a in 1u64..5, b in 1u64..5, c in 1u64..5) {
        // two tiers, two clusters: m customers of tier 0 in cluster 0 fix the table
        let (n, tier, cluster) = (a + b + c, a, b.min(a + c));
        let choose = |n: u64, k: u64| (1..=k).fold(1.0, |product, i| product * (n - k + i) as f64 / i as f64);
        let (mut mean, mut weight) = (0.0, 0.0);
        for m in (tier + cluster).saturating_sub(n)..=tier.min(cluster) {
            let table = Contingency::new(2, 2, vec![m, tier - m, cluster - m, n + m - tier - cluster]);
            let ways = choose(tier, m) * choose(n - tier, cluster - m);
            mean += ways * table.information().unwrap().mutual;
            weight += ways;
        }
        let m = (tier + cluster).saturating_sub(n);
        let table = Contingency::new(2, 2, vec![m, tier - m, cluster - m, n + m - tier - cluster]);
        prop_assert!((table.expected_information() - mean / weight).abs() < 1e-13);
    }
}
