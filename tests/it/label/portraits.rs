use segmint::config::{Algorithm, LabelPlan};
use segmint::label::{
    Catalog, ClusterLabel, FoundIn, Labelled, MatchVerdict, Neighbour, Portrait, Profiles, Roles, Strength, label,
    portray,
};
use segmint::metrics::ClusterId;

use super::{Sketch, at, plan, profiles, rfm, rfm_roles};

/// A catalog of stages on one role.
fn stages() -> Catalog {
    let text = r#"
id = "lifecycle"
name = { en = "stages", zh = "阶段" }
[roles.recency]
column = "recency_days"
[[archetypes]]
id = "active"
name = { en = "active", zh = "活跃" }
profile = { recency = "low" }
action = { en = "keep", zh = "保持" }
[[archetypes]]
id = "leaving"
name = { en = "leaving", zh = "流失中" }
profile = { recency = "high" }
action = { en = "call", zh = "致电" }
"#;
    Catalog::parse(text, "stages.toml").unwrap()
}

fn portrayed(profiles: &Profiles, catalogs: &[Catalog], roles: &Roles, plan: &LabelPlan, structure: bool) -> Labelled {
    let mut labelled = label(profiles, catalogs, roles, plan, Algorithm::KMeans, |_| structure);
    portray(&mut labelled, profiles, catalogs, roles, plan, structure);
    labelled
}

fn portraits(labelled: &Labelled) -> Vec<&Portrait> {
    labelled.clusterings[0].clusters.iter().map(|cluster: &ClusterLabel| cluster.portrait.as_ref().unwrap()).collect()
}

const COLUMNS: [&str; 3] = ["recency_days", "frequency", "monetary"];

#[test]
fn features_are_told_by_effect_size_with_a_word() {
    let sketches = [at(&[0.5, 0.9, 0.35]), at(&[0.5, 0.1, 0.6])];
    let labelled = portrayed(&profiles(&COLUMNS, &[], &sketches), &[rfm()], &rfm_roles(), &plan(), true);
    let told: Vec<(&str, f64, Strength, &str)> = portraits(&labelled)[0]
        .features
        .iter()
        .map(|e| (e.feature.as_str(), (e.delta * 10.0).round() / 10.0, e.strength, e.words.en.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("frequency", 0.8, Strength::Large, "much higher"),
            ("monetary", -0.3, Strength::Small, "slightly lower"),
            ("recency_days", 0.0, Strength::Negligible, "about equal"),
        ]
    );
    assert_eq!(portraits(&labelled)[1].features[0].words.zh, "明显偏低");
}

#[test]
fn a_stage_of_life_comes_from_the_lifecycle_catalog() {
    let sketches = [at(&[0.9, 0.5, 0.5]), at(&[0.1, 0.9, 0.9])];
    let profiles = profiles(&COLUMNS, &[], &sketches);
    let labelled = portrayed(&profiles, &[rfm(), stages()], &rfm_roles(), &plan(), true);
    let stages_of: Vec<&str> =
        portraits(&labelled).iter().map(|p| p.lifecycle.as_ref().unwrap().best.archetype.as_str()).collect();
    assert_eq!(stages_of, ["leaving", "active"]);
    // The first is named by its stage, the second by the eight types.
    let actions: Vec<&str> = portraits(&labelled).iter().map(|p| p.action.as_ref().unwrap().en.as_str()).collect();
    assert_eq!(actions[0], "call");
    assert_ne!(actions[1], "keep");
    let without = portrayed(&profiles, &[rfm(), stages()], &rfm_roles(), &plan(), false);
    let verdicts = portraits(&without).iter().map(|p| p.lifecycle.as_ref().unwrap().verdict).collect::<Vec<_>>();
    assert_eq!(verdicts, [MatchVerdict::NoStructure; 2]);
    assert!(portraits(&without).iter().all(|portrait| portrait.action.is_none()));
}

#[test]
fn an_unmatched_segment_has_no_action_but_to_look_at_it() {
    let profiles = profiles(&COLUMNS, &[], &[at(&[0.9, 0.5, 0.5]), at(&[0.1, 0.9, 0.9])]);
    // The shipped stages of life fit the first; nobody asked for them.
    let labelled = portrayed(&profiles, &[rfm()], &rfm_roles(), &plan(), true);
    let [unmatched, champions] = portraits(&labelled)[..] else { panic!("two segments") };
    let action = unmatched.action.as_ref().unwrap();
    assert!(
        action.en.starts_with("Look at them before acting") && action.zh.starts_with("先了解这些客户"),
        "{action:?}"
    );
    assert_eq!(Some(champions.action.as_ref().unwrap()), rfm().archetypes[0].action.as_ref());
}

#[test]
fn the_place_in_the_matrix_is_by_the_medians_of_value_and_frequency() {
    // Everybody's medians are 10.
    let cluster = |frequency: f64, monetary: f64| Sketch {
        columns: vec![(0.5, 10.0), (0.5, frequency), (0.5, monetary)],
        shares: Vec::new(),
    };
    let sketches = [cluster(11.0, 10.5), cluster(10.0, 12.0), cluster(12.0, 10.0), cluster(1.0, 1.0)];
    let mut profiles = profiles(&COLUMNS, &[], &sketches);
    let labelled = portrayed(&profiles, &[rfm()], &rfm_roles(), &plan(), true);
    let names: Vec<&str> = portraits(&labelled).iter().map(|p| p.matrix.as_ref().unwrap().name.en.as_str()).collect();
    assert_eq!(
        names,
        [
            "high value, high frequency",
            "high value, low frequency",
            "low value, high frequency",
            "low value, low frequency",
        ]
    );
    // The money column goes before the role, and a column is no matrix with itself.
    profiles.value_column = Some("recency_days".to_owned());
    let labelled = portrayed(&profiles, &[rfm()], &rfm_roles(), &plan(), true);
    assert_eq!(portraits(&labelled)[0].matrix.as_ref().unwrap().value.column, "recency_days");
    profiles.value_column = Some("frequency".to_owned());
    let labelled = portrayed(&profiles, &[rfm()], &rfm_roles(), &plan(), true);
    assert!(portraits(&labelled).iter().all(|portrait| portrait.matrix.is_none()));
}

#[test]
fn levels_that_are_common_here_are_told_with_their_lift_and_chance_is_not() {
    let with = |shares: [f64; 2]| Sketch { columns: vec![(0.5, 10.0)], shares: shares.to_vec() };
    let mut profiles = profiles(&["frequency"], &["web", "store"], &[with([0.9, 0.1]), with([0.1, 0.9])]);
    profiles.attributes[0].levels.iter_mut().for_each(|level| level.n = 10);
    let labelled = portrayed(&profiles, &[rfm()], &rfm_roles(), &plan(), true);
    let told = &portraits(&labelled)[0].attributes;
    assert_eq!(told.len(), 2);
    assert_eq!((told[0].level.as_deref(), told[0].n, told[0].strength), (Some("web"), 9, Strength::Large));
    assert!((told[0].lift - 1.8).abs() < 1e-12 && (told[0].others_share - 0.1).abs() < 1e-12);
    // 2·asin √0.9 − 2·asin √0.1
    assert!((told[0].h - 1.854_590_436_003_224_6).abs() < 1e-12);
    assert_eq!(told[1].words.zh, "占比明显偏低");
    // Six of ten against four of ten is what chance does.
    let mut even = super::profiles(&["frequency"], &["web", "store"], &[with([0.6, 0.4]), with([0.4, 0.6])]);
    even.attributes[0].levels.iter_mut().for_each(|level| level.n = 10);
    let labelled = portrayed(&even, &[rfm()], &rfm_roles(), &plan(), true);
    assert!(portraits(&labelled)[0].attributes.is_empty());
}

#[test]
fn a_neighbour_is_told_with_what_separates_the_two_most() {
    let mut profiles = profiles(&COLUMNS, &[], &[at(&[0.5; 3]), at(&[0.5; 3])]);
    let neighbour = |cluster, positions: [f64; 3]| Neighbour {
        cluster: ClusterId::new(cluster),
        distance: 1.5,
        positions: positions.map(Some).to_vec(),
    };
    profiles.clusterings[0].clusters[0].neighbour = Some(neighbour(1, [0.55, 0.1, 0.7]));
    profiles.clusterings[0].clusters[1].neighbour = Some(neighbour(0, [0.45, 0.9, 0.3]));
    let labelled = portrayed(&profiles, &[rfm()], &rfm_roles(), &plan(), true);
    let contrast = portraits(&labelled)[0].neighbour.as_ref().unwrap();
    assert_eq!((contrast.id.as_deref(), contrast.distance), (Some("S02"), 1.5));
    let told: Vec<(&str, f64, &str)> =
        contrast.features.iter().map(|f| (f.feature.as_str(), f.position, f.words.en.as_str())).collect();
    assert_eq!(told, [("frequency", 0.1, "much lower"), ("monetary", 0.7, "higher")]);
}

#[test]
fn only_segments_have_portraits() {
    let sketches = [at(&[0.5; 3]), at(&[0.5; 3])];
    let mut profiles = profiles(&COLUMNS, &[], &sketches);
    profiles.clusterings[0].clusters[1].cluster = None;
    let mut other = profiles.clusterings[0].clone();
    other.found_in = FoundIn::Clustering(Algorithm::Dbscan);
    profiles.clusterings.push(other);
    let labelled = portrayed(&profiles, &[rfm()], &rfm_roles(), &plan(), true);
    let told = labelled.clusterings.iter().flat_map(|c| &c.clusters).map(|cluster| cluster.portrait.is_some());
    assert_eq!(told.collect::<Vec<_>>(), [true, false, false, false]);
}
