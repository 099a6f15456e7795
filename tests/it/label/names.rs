use std::collections::BTreeSet;

use proptest::prelude::*;
use segmint::config::Algorithm;
use segmint::label::{ClusteringProfile, Labelled, Roles, label};

use super::{RFM_COLUMNS, Sketch, archetypes, at, english, label_rfm, plan, profiles, rfm, rfm_roles};

#[test]
fn equal_archetypes_get_the_feature_that_separates_them_most() {
    let columns = ["recency_days", "frequency", "monetary", "basket_mean", "age"];
    let sketches = [at(&[0.1, 0.9, 0.9, 0.9, 0.5]), at(&[0.1, 0.9, 0.8, 0.2, 0.7])];
    let labelled = label(&profiles(&columns, &[], &sketches), &[rfm()], &rfm_roles(), &plan(), Algorithm::KMeans, true);
    assert_eq!(archetypes(&labelled), [Some("rfm-8/champions"); 2]);
    assert_eq!(english(&labelled), ["champions · high basket_mean", "champions · low basket_mean"]);
    let chinese: Vec<&str> = labelled.clusterings[0].clusters.iter().map(|c| c.name.zh.as_str()).collect();
    assert_eq!(chinese, ["重要价值客户 · 高 basket_mean", "重要价值客户 · 低 basket_mean"]);
}

#[test]
fn three_equal_archetypes_are_cut_at_the_widest_gap_and_cut_again() {
    let labelled = label_rfm(&[[0.1, 0.9, 0.9], [0.1, 0.65, 0.9], [0.2, 0.65, 0.9]], &plan());
    assert_eq!(
        english(&labelled),
        [
            "champions · high frequency",
            "champions · low frequency, low recency_days",
            "champions · low frequency, high recency_days",
        ]
    );
}

#[test]
fn what_no_feature_separates_is_numbered() {
    let labelled = label_rfm(&[[0.1, 0.9, 0.9]; 3], &plan());
    assert_eq!(english(&labelled), ["champions", "champions (2)", "champions (3)"]);
}

#[test]
fn a_cluster_like_everyone_is_close_to_average() {
    let labelled = label_rfm(&[[0.5, 0.59, 0.41]], &plan());
    let name = &labelled.clusterings[0].clusters[0].name;
    assert_eq!((name.en.as_str(), name.zh.as_str()), ("close to average", "接近整体"));
}

#[test]
fn segments_are_numbered_in_cluster_order_and_only_in_the_primary_clustering() {
    let sketches: Vec<Sketch> = (0..101).map(|c| at(&[0.1, 0.9, c as f64 / 100.0])).collect();
    let mut both = profiles(&RFM_COLUMNS, &[], &sketches);
    let clusters = both.clusterings[0].clusters.clone();
    both.clusterings.push(ClusteringProfile { algorithm: Algorithm::Dbscan, clusters });
    let labelled = label(&both, &[rfm()], &rfm_roles(), &plan(), Algorithm::Dbscan, true);
    let ids: Vec<Option<&str>> = labelled.clusterings[1].clusters.iter().map(|c| c.id.as_deref()).collect();
    assert_eq!((ids[0], ids[8], ids[100]), (Some("S01"), Some("S09"), Some("S101")));
    assert!(labelled.clusterings[0].clusters.iter().all(|cluster| cluster.id.is_none()));
    assert_eq!(labelled.primary().unwrap().algorithm, Algorithm::Dbscan);
}

#[test]
fn noise_is_called_noise_and_is_no_segment() {
    let mut with_noise = profiles(&RFM_COLUMNS, &[], &[at(&[0.1, 0.9, 0.9]), at(&[0.1, 0.9, 0.9])]);
    with_noise.clusterings[0].clusters[1].cluster = None;
    let labelled = label(&with_noise, &[rfm()], &rfm_roles(), &plan(), Algorithm::KMeans, true);
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
    let labelled = label(&profiles, &[rfm()], &rfm_roles(), &plan, Algorithm::KMeans, true);
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
    let labelled = label(&profiles, &[rfm()], &rfm_roles(), &plan(), Algorithm::KMeans, true);
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

proptest! {
    #[test]
    fn names_are_unique_in_both_languages(
        positions in proptest::collection::vec(proptest::array::uniform3((0..=5_u8).prop_map(|a| f64::from(a) / 5.0)), 1..14),
        structure in any::<bool>(),
    ) {
        let sketches: Vec<Sketch> = positions.iter().map(|p| at(p)).collect();
        let profiles = profiles(&RFM_COLUMNS, &[], &sketches);
        let labelled = label(&profiles, &[rfm()], &rfm_roles(), &plan(), Algorithm::KMeans, structure);
        let clusters = &labelled.clusterings[0].clusters;
        for pick in [|text: &segmint::Text| text.en.clone(), |text: &segmint::Text| text.zh.clone()] {
            let names: BTreeSet<String> = clusters.iter().map(|cluster| pick(&cluster.name)).collect();
            prop_assert_eq!(names.len(), clusters.len());
        }
    }

    #[test]
    fn a_table_without_roles_is_named_from_its_features(a in 0.0..0.4_f64, b in 0.6..1.0_f64) {
        let profiles = profiles(&["x", "y"], &[], &[at(&[a, b])]);
        let labelled = label(&profiles, &[rfm()], &Roles::default(), &plan(), Algorithm::KMeans, true);
        let expected = if 0.5 - a >= b - 0.5 { "low x, high y" } else { "high y, low x" };
        prop_assert_eq!(english(&labelled), [expected]);
    }
}
