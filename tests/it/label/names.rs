use std::collections::BTreeSet;

use proptest::prelude::*;
use segmint::config::Algorithm;
use segmint::label::{ClusteringProfile, FoundIn, Labelled, MatchVerdict, Profiles, Roles, label};

use super::{RFM_COLUMNS, Sketch, archetypes, at, english, label_rfm, plan, profiles, rfm, rfm_roles};

#[test]
fn equal_archetypes_get_the_feature_that_separates_them_most() {
    let columns = ["recency_days", "frequency", "monetary", "basket_mean", "age"];
    let sketches = [at(&[0.1, 0.9, 0.9, 0.9, 0.5]), at(&[0.1, 0.9, 0.8, 0.2, 0.7])];
    let labelled =
        label(&profiles(&columns, &[], &sketches), &[rfm()], &rfm_roles(), &plan(), Algorithm::KMeans, |_| true);
    assert_eq!(archetypes(&labelled), [Some("rfm-8/champions"); 2]);
    assert_eq!(english(&labelled), ["champions · higher basket_mean", "champions · lower basket_mean"]);
    let chinese: Vec<&str> = labelled.clusterings[0].clusters.iter().map(|c| c.name.zh.as_str()).collect();
    assert_eq!(chinese, ["重要价值客户 · basket_mean 较高", "重要价值客户 · basket_mean 较低"]);
}

#[test]
fn three_equal_archetypes_are_cut_at_the_widest_gap_and_cut_again() {
    let labelled = label_rfm(&[[0.1, 0.9, 0.9], [0.1, 0.65, 0.9], [0.2, 0.65, 0.9]], &plan());
    assert_eq!(
        english(&labelled),
        [
            "champions · higher frequency",
            "champions · lower frequency, lower recency_days",
            "champions · lower frequency, higher recency_days",
        ]
    );
}

#[test]
fn what_no_feature_separates_is_numbered() {
    let labelled = label_rfm(&[[0.1, 0.9, 0.9]; 3], &plan());
    assert_eq!(english(&labelled), ["champions", "champions (2)", "champions (3)"]);
}

#[test]
fn a_cluster_like_everyone_is_average() {
    let labelled = label_rfm(&[[0.5, 0.59, 0.41]], &plan());
    let name = &labelled.clusterings[0].clusters[0].name;
    assert_eq!((name.en.as_str(), name.zh.as_str()), ("average customers", "平均水平客户"));
}

#[test]
fn segments_are_numbered_in_cluster_order_and_only_in_the_primary_clustering() {
    let sketches: Vec<Sketch> = (0..101).map(|c| at(&[0.1, 0.9, c as f64 / 100.0])).collect();
    let mut both = profiles(&RFM_COLUMNS, &[], &sketches);
    let clusters = both.clusterings[0].clusters.clone();
    both.clusterings.push(ClusteringProfile { found_in: FoundIn::Clustering(Algorithm::Dbscan), clusters });
    let labelled = label(&both, &[rfm()], &rfm_roles(), &plan(), Algorithm::Dbscan, |_| true);
    let ids: Vec<Option<&str>> = labelled.clusterings[1].clusters.iter().map(|c| c.id.as_deref()).collect();
    assert_eq!((ids[0], ids[8], ids[100]), (Some("S01"), Some("S09"), Some("S101")));
    assert!(labelled.clusterings[0].clusters.iter().all(|cluster| cluster.id.is_none()));
    assert_eq!(labelled.primary().unwrap().algorithm, Algorithm::Dbscan);
}

#[test]
fn noise_is_called_noise_and_is_no_segment() {
    let mut with_noise = profiles(&RFM_COLUMNS, &[], &[at(&[0.1, 0.9, 0.9]), at(&[0.1, 0.9, 0.9])]);
    with_noise.clusterings[0].clusters[1].cluster = None;
    let labelled = label(&with_noise, &[rfm()], &rfm_roles(), &plan(), Algorithm::KMeans, |_| true);
    let [segment, noise] = &labelled.clusterings[0].clusters[..] else { panic!("a segment and noise") };
    assert_eq!((segment.id.as_deref(), segment.name.en.as_str()), (Some("S01"), "champions"));
    assert_eq!((&noise.id, &noise.archetype, noise.name.zh.as_str()), (&None, &None, "噪声"));
    assert!(noise.catalogs.is_empty() && !noise.top_features.is_empty());
}

#[test]
fn a_role_no_catalog_uses_is_warned_of() {
    let mut plan = plan();
    plan.roles.insert("recensy".into(), "recency_days".into());
    let profiles = profiles(&RFM_COLUMNS, &[], &[at(&[0.1, 0.9, 0.9])]);
    let labelled = label(&profiles, &[rfm()], &rfm_roles(), &plan, Algorithm::KMeans, |_| true);
    let messages: Vec<&str> = labelled.warnings.iter().map(|w| w.message.en.as_str()).collect();
    assert_eq!(messages, ["no catalog uses the role recensy of label.roles; did you mean recency?"]);
}

#[test]
fn segments_json_reads_back_as_it_was_written() {
    let sketches = [
        Sketch { columns: vec![(0.1, 3.0), (0.9, 4.0), (0.9, 5.0)], shares: vec![0.2, 0.8] },
        Sketch { columns: vec![(0.5, 3.0), (0.9, 4.0), (0.9, 5.0)], shares: vec![0.0, 1.0] },
    ];
    let profiles = profiles(&RFM_COLUMNS, &["app", "store"], &sketches);
    let labelled = label(&profiles, &[rfm()], &rfm_roles(), &plan(), Algorithm::KMeans, |_| true);
    let text = serde_json::to_string(&labelled).unwrap();
    assert_eq!(serde_json::from_str::<Labelled>(&text).unwrap(), labelled);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let first = &json["clusterings"][0]["clusters"][0];
    assert_eq!(json["clusterings"][0]["algorithm"], "kmeans");
    assert_eq!((&first["id"], &first["archetype"]), (&"S01".into(), &"rfm-8/champions".into()));
    let evidence = &first["catalogs"][0]["best"]["evidence"][0];
    assert_eq!(
        (&evidence["kind"], &evidence["role"], &evidence["level"]),
        (&"level".into(), &"recency".into(), &"low".into())
    );
    assert_eq!(evidence["column"], "recency_days");
    assert_eq!(first["attributes"][0]["levels"][1]["level"], "store");
}

/// Everybody's quartiles.
fn with_quartiles(mut profiles: Profiles, column: usize, quartiles: [f64; 3]) -> Profiles {
    let all = profiles.columns[column].figures.distribution.as_mut().unwrap();
    [all.q25, all.median, all.q75] = quartiles;
    profiles
}

#[test]
fn a_name_says_what_sets_a_cluster_apart_from_the_middle_too() {
    // More customers are right of the middle group than left of it, so that its position is low; its median is not.
    let named = |median: f64| {
        let sketch = Sketch { columns: vec![(0.38, median), (0.5, 10.0)], shares: Vec::new() };
        let profiles = with_quartiles(profiles(&["income", "score"], &[], &[sketch]), 0, [40.0, 58.0, 78.0]);
        let labelled = label(&profiles, &[], &Roles::default(), &plan(), Algorithm::KMeans, |_| true);
        labelled.clusterings[0].clusters[0].name.en.clone()
    };
    assert_eq!(
        [54.0, 50.0, 49.0, 25.0].map(named),
        ["average customers", "average customers", "low income", "low income"]
    );
}

#[test]
fn a_cluster_without_values_is_named_after_that_and_the_segment_is_warned_of() {
    let mut profiles = profiles(&["gap_days", "orders"], &[], &[at(&[0.7, 0.1]), at(&[0.5, 0.7]), at(&[0.3, 0.7])]);
    let lacking = &mut profiles.clusterings[0].clusters[0];
    (lacking.columns[0].n_observed, lacking.columns[0].missing_share, lacking.columns[0].position) = (1, 0.9, None);
    lacking.distinctive = vec![1];
    profiles.columns[0].figures.n_observed = 20;
    let labelled = label(&profiles, &[], &Roles::default(), &plan(), Algorithm::KMeans, |_| true);
    let name = &labelled.clusterings[0].clusters[0].name;
    assert_eq!((name.en.as_str(), name.zh.as_str()), ("without gap_days, low orders", "无 gap_days、低 orders"));
    let [warning] = &labelled.warnings[..] else { panic!("{:?}", labelled.warnings) };
    assert_eq!(warning.code, "segments_of_missing_values");
    assert!(warning.message.en.ends_with("lack what the others have: gap_days in S01"), "{}", warning.message.en);
}

#[test]
fn a_column_that_is_missing_everywhere_alike_names_nobody() {
    let mut profiles = profiles(&["gap_days", "orders"], &[], &[at(&[0.7, 0.1]), at(&[0.3, 0.9])]);
    for cluster in &mut profiles.clusterings[0].clusters {
        (cluster.columns[0].n_observed, cluster.columns[0].missing_share, cluster.columns[0].position) = (3, 0.7, None);
    }
    profiles.columns[0].figures.n_observed = 6;
    let labelled = label(&profiles, &[], &Roles::default(), &plan(), Algorithm::KMeans, |_| true);
    assert_eq!(english(&labelled), ["low orders", "high orders"]);
    assert_eq!(labelled.warnings, []);
}

#[test]
fn siblings_are_compared_only_where_their_medians_agree() {
    let sketch = |frequency: (f64, f64), monetary: f64| Sketch {
        columns: vec![(0.1, 2.0), frequency, (monetary, 20.0 * monetary)],
        shares: Vec::new(),
    };
    // By position the second orders less, by median more: only the third column tells them apart.
    let sketches = [sketch((0.95, 12.0), 0.8), sketch((0.8, 14.0), 0.9)];
    let profiles = profiles(&RFM_COLUMNS, &[], &sketches);
    let labelled = label(&profiles, &[rfm()], &rfm_roles(), &plan(), Algorithm::KMeans, |_| true);
    assert_eq!(english(&labelled), ["champions · lower monetary", "champions · higher monetary"]);
}

#[test]
fn names_that_say_the_same_in_another_order_are_told_apart_too() {
    let sketches = [at(&[0.9, 0.8, 0.5]), at(&[0.8, 0.9, 0.55])];
    let profiles = profiles(&["a", "b", "c"], &[], &sketches);
    let labelled = label(&profiles, &[], &Roles::default(), &plan(), Algorithm::KMeans, |_| true);
    assert_eq!(english(&labelled), ["high a, high b · lower c", "high b, high a · higher c"]);
}

#[test]
fn a_name_has_three_parts_at_most_and_fits_a_line() {
    let columns = ["a", "b", "c", "d", "e"];
    let alike: Vec<Sketch> = (0..8)
        .map(|i| {
            let side = |bit: u32| if i >> bit & 1 == 1 { 0.62 } else { 0.64 };
            at(&[0.95, 0.9, side(0), side(1), side(2)])
        })
        .collect();
    let labelled =
        label(&profiles(&columns, &[], &alike), &[], &Roles::default(), &plan(), Algorithm::KMeans, |_| true);
    let parts = |name: &str| name.split([',', '·']).count();
    assert!(english(&labelled).iter().all(|name| parts(name) <= 3), "{:?}", english(&labelled));
    assert_eq!(english(&labelled)[0], "high a, high b · higher c");

    let long = |letter: &str| letter.repeat(70);
    let (a, b) = (long("a"), long("b"));
    let sketches = [at(&[0.9, 0.9]), at(&[0.1, 0.1])];
    let labelled =
        label(&profiles(&[&a, &b], &[], &sketches), &[], &Roles::default(), &plan(), Algorithm::KMeans, |_| true);
    let expected = format!("high {}…{}", &a[..14], &a[..14]);
    assert_eq!(english(&labelled)[0], expected, "the second feature has no place");
}

#[test]
fn nearly_everyone_is_called_so_and_warned_of() {
    let mut profiles = profiles(&RFM_COLUMNS, &[], &[at(&[0.9, 0.1, 0.1]), at(&[0.1, 0.9, 0.9])]);
    profiles.clusterings[0].clusters[0].share = 0.97;
    profiles.clusterings[0].clusters[1].share = 0.03;
    let labelled = label(&profiles, &[rfm()], &rfm_roles(), &plan(), Algorithm::KMeans, |_| true);
    assert_eq!(english(&labelled), ["nearly everyone", "champions"]);
    assert_eq!(labelled.clusterings[0].clusters[0].catalogs[0].verdict, MatchVerdict::NearlyEveryone);
    let [warning] = &labelled.warnings[..] else { panic!("{:?}", labelled.warnings) };
    assert_eq!(warning.code, "nearly_everyone");
    assert!(warning.message.en.starts_with("S01 holds more than 90 % of the customers"), "{}", warning.message.en);
    assert!(!warning.message.en.contains("97"), "the share would give the size of the rest away");
}

#[test]
fn a_value_that_says_little_is_warned_of() {
    let warned_of = |least: f64, most: f64, total: f64, share: Option<f64>| {
        let mut profiles = profiles(&RFM_COLUMNS, &[], &[at(&[0.1, 0.9, 0.9])]);
        (profiles.value_column, profiles.value) = (Some("monetary".to_owned()), Some(total));
        let all = profiles.columns[2].figures.distribution.as_mut().unwrap();
        (all.min, all.max) = (least, most);
        profiles.clusterings[0].clusters[0].value_share = share;
        let labelled = label(&profiles, &[rfm()], &rfm_roles(), &plan(), Algorithm::KMeans, |_| true);
        labelled.warnings.into_iter().map(|warning| warning.code).collect::<Vec<_>>()
    };
    assert_eq!(warned_of(-50.0, 0.0, -900.0, None), ["negative_value"]);
    assert_eq!(warned_of(-50.0, 20.0, -3.0, None), ["no_value_shares"]);
    assert_eq!(warned_of(-50.0, 20.0, 3.0, None), ["no_value_shares"]);
    assert_eq!(warned_of(-1.0, 200.0, 300.0, Some(1.0)), [""; 0]);
    assert_eq!(warned_of(0.0, 0.0, 0.0, None), ["no_value"]);
}

proptest! {
    #[test]
    fn names_are_unique_in_both_languages(
        positions in proptest::collection::vec(proptest::array::uniform3((0..=5_u8).prop_map(|a| f64::from(a) / 5.0)), 1..14),
        structure in any::<bool>(),
    ) {
        let sketches: Vec<Sketch> = positions.iter().map(|p| at(p)).collect();
        let profiles = profiles(&RFM_COLUMNS, &[], &sketches);
        let labelled = label(&profiles, &[rfm()], &rfm_roles(), &plan(), Algorithm::KMeans, |_| structure);
        let clusters = &labelled.clusterings[0].clusters;
        for pick in [|text: &segmint::Text| text.en.clone(), |text: &segmint::Text| text.zh.clone()] {
            let names: BTreeSet<String> = clusters.iter().map(|cluster| pick(&cluster.name)).collect();
            prop_assert_eq!(names.len(), clusters.len());
        }
    }

    #[test]
    fn a_table_without_roles_is_named_from_its_features(a in 0.0..0.4_f64, b in 0.6..1.0_f64) {
        let profiles = profiles(&["x", "y"], &[], &[at(&[a, b])]);
        let labelled = label(&profiles, &[rfm()], &Roles::default(), &plan(), Algorithm::KMeans, |_| true);
        let expected = if 0.5 - a >= b - 0.5 { "low x, high y" } else { "high y, low x" };
        prop_assert_eq!(english(&labelled), [expected]);
    }
}
