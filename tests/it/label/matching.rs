use proptest::prelude::*;
use segmint::config::Algorithm;
use segmint::label::{
    Archetype, Catalog, Condition, Extreme, Level, MatchVerdict, Profiles, Roles, SkipReason, Test, builtin_catalogs,
    label, match_catalog, score,
};

use super::{RFM_COLUMNS, Sketch, archetypes, at, label_rfm, plan, profiles, rfm, rfm_roles};

/// A catalog of archetypes given by the levels of roles.
fn catalog(archetypes: &[(&str, &[(&str, Level)])]) -> Catalog {
    let text = archetypes.iter().fold(
        "id = \"own\"\nname = { en = \"own\", zh = \"自有\" }\n".to_owned(),
        |text, (id, profile)| {
            let levels: Vec<String> = profile.iter().map(|(role, l)| format!("{role} = \"{}\"", l.word())).collect();
            let levels = levels.join(", ");
            format!(
                "{text}[[archetypes]]\nid = \"{id}\"\nname = {{ en = \"{id}\", zh = \"{id}\" }}\nprofile = {{ {levels} }}\n"
            )
        },
    );
    Catalog::parse(&text, "own.toml").unwrap()
}

#[test]
fn the_rfm_archetypes_are_told_apart_on_ideal_profiles() {
    let side = |level: Level| if level == Level::Low { 0.2 } else { 0.8 };
    let ideal = |archetype: &Archetype| -> [f64; 3] {
        std::array::from_fn(|j| match archetype.conditions[j].test {
            Test::Level { level, .. } => side(level),
            _ => unreachable!("rfm-8 speaks of levels"),
        })
    };
    let catalog = rfm();
    let positions: Vec<[f64; 3]> = catalog.archetypes.iter().map(ideal).collect();
    let labelled = label_rfm(&positions, &plan());
    for (cluster, archetype) in labelled.clusterings[0].clusters.iter().zip(&catalog.archetypes) {
        assert_eq!(cluster.archetype, Some(format!("rfm-8/{}", archetype.id)));
        assert_eq!((&cluster.name, &cluster.action), (&archetype.name, &archetype.action));
        let found = &cluster.catalogs[0];
        assert_eq!((found.best.score, found.runner_up.as_ref().unwrap().score), (1.0, 0.666666666667));
    }
}

/// A cluster that is what an archetype asks for and unremarkable in everything else.
fn ideal(archetype: &Archetype, roles: &[&str], levels: &[&str]) -> Sketch {
    let usual = |role: &str| if role == "return_rate" { 0.05 } else { 5.0 };
    let mut sketch = Sketch { columns: roles.iter().map(|r| (0.5, usual(r))).collect(), shares: vec![0.7, 0.3] };
    let column = |wanted: &str| roles.iter().position(|role| *role == wanted).unwrap();
    for Condition { test, .. } in &archetype.conditions {
        match test {
            Test::Level { role, level } => {
                let (low, high) = level.band();
                sketch.columns[column(role)].0 = (low + high) / 2.0;
            }
            Test::Range { role, min, max } => {
                let median = &mut sketch.columns[column(role)].1;
                *median = median.max(min.unwrap_or(f64::MIN)).min(max.unwrap_or(f64::MAX));
            }
            Test::Share { value, min, max, .. } => {
                let Some(level) = levels.iter().position(|level| level == value) else { continue };
                let share = sketch.shares[level].max(min.unwrap_or(0.0)).min(max.unwrap_or(1.0));
                sketch.shares[level] = share;
                sketch.shares[1 - level] = 1.0 - share;
            }
        }
    }
    sketch
}

#[test]
fn every_built_in_archetype_matches_its_ideal_cluster_and_no_other() {
    // Every catalog is held against simulated customers in shipped.rs.
    for catalog in builtin_catalogs().into_iter().filter(|c| ["rfm-8", "order-habits"].contains(&c.id.as_str())) {
        let names: Vec<&str> = catalog.roles.iter().map(|role| role.name.as_str()).collect();
        let levels = ["app", "store"];
        let sketches: Vec<Sketch> = catalog.archetypes.iter().map(|a| ideal(a, &names, &levels)).collect();
        let roles: Vec<(&str, &str)> = names.iter().map(|name| (*name, *name)).collect();
        let roles = Roles::from(<[(&str, &str); 3]>::try_from(roles).expect("three roles"));
        let profiles = profiles(&names, &levels, &sketches);
        let labelled = label(&profiles, std::slice::from_ref(&catalog), &roles, &plan(), Algorithm::KMeans, |_| true);
        for (cluster, archetype) in labelled.clusterings[0].clusters.iter().zip(&catalog.archetypes) {
            assert_eq!(cluster.archetype, Some(format!("{}/{}", catalog.id, archetype.id)), "{:?}", cluster.catalogs);
        }
        assert!(labelled.warnings.is_empty(), "{:?}", labelled.warnings);
    }
}

#[test]
fn scores_are_weighted_means_of_memberships() {
    let mut catalog = catalog(&[("a", &[("recency", Level::Low), ("frequency", Level::High)])]);
    catalog.archetypes[0].conditions[0].weight = 3.0;
    let profiles = profiles(&RFM_COLUMNS, &[], &[at(&[0.45, 0.58, 0.5])]);
    let cluster = &profiles.clusterings[0].clusters[0];
    let candidate = score(&catalog.archetypes[0], &profiles, cluster, &rfm_roles()).unwrap();
    assert_eq!(candidate.score, (3.0 * 0.5 + 0.8) / 4.0);
    let memberships: Vec<_> = candidate.evidence.iter().map(|e| (e.observed.unwrap(), e.membership.unwrap())).collect();
    assert_eq!(memberships, [(0.45, 0.5), (0.58, 0.8)]);
}

fn verdict(positions: [f64; 3], catalog: &Catalog) -> MatchVerdict {
    let profiles = profiles(&RFM_COLUMNS, &[], &[at(&positions)]);
    let clusters = &profiles.clusterings[0].clusters;
    let found = match_catalog(catalog, &profiles, clusters, &rfm_roles(), &plan());
    found[0].as_ref().unwrap().verdict
}

#[test]
fn a_score_of_exactly_min_score_matches_and_less_does_not() {
    let one = catalog(&[("a", &[("recency", Level::Low)])]);
    assert_eq!(verdict([0.44, 0.5, 0.5], &one), MatchVerdict::Matched);
    assert_eq!(verdict([0.441, 0.5, 0.5], &one), MatchVerdict::LowScore);
}

#[test]
fn a_margin_of_exactly_min_margin_matches_and_less_does_not() {
    let two = catalog(&[("a", &[("recency", Level::Low)]), ("b", &[("frequency", Level::High)])]);
    assert_eq!(verdict([0.4, 0.59, 0.5], &two), MatchVerdict::Matched);
    assert_eq!(verdict([0.4, 0.595, 0.5], &two), MatchVerdict::Ambiguous);
}

#[test]
fn a_condition_below_half_forbids_a_match_whatever_the_score() {
    let one = catalog(&[("a", &[("recency", Level::Low), ("frequency", Level::High), ("monetary", Level::High)])]);
    assert_eq!(verdict([0.1, 0.9, 0.55], &one), MatchVerdict::Matched);
    assert_eq!(verdict([0.1, 0.9, 0.549], &one), MatchVerdict::ConditionFailed);
}

/// A cluster in whose frequency three in four have `value`, where everybody has `least` to `most`.
fn at_an_end(position: f64, value: f64, [least, most]: [f64; 2]) -> Profiles {
    let mut profiles = profiles(&RFM_COLUMNS, &[], &[at(&[0.1, position, 0.9]), at(&[0.5; 3])]);
    let all = profiles.columns[1].figures.distribution.as_mut().unwrap();
    (all.min, all.max) = (least, most);
    let here = profiles.clusterings[0].clusters[0].columns[1].distribution.as_mut().unwrap();
    (here.q25, here.median, here.q75) = (value, value, value);
    profiles
}

#[test]
fn low_is_also_the_lowest_value_however_many_share_it() {
    let levels = |level: Level| catalog(&[("a", &[("frequency", level)])]);
    let degree = |level: Level, profiles: &Profiles| {
        let cluster = &profiles.clusterings[0].clusters[0];
        let candidate = score(&levels(level).archetypes[0], profiles, cluster, &rfm_roles()).unwrap();
        (candidate.score, candidate.evidence[0].observed, candidate.evidence[0].extreme)
    };
    let lowest = at_an_end(0.48, 1.0, [1.0, 9.0]);
    assert_eq!(degree(Level::Low, &lowest), (1.0, Some(0.48), Some(Extreme::Lowest)));
    assert_eq!(degree(Level::VeryLow, &lowest).0, 1.0);
    assert_eq!(degree(Level::Medium, &lowest).0, 0.0);
    let highest = at_an_end(0.52, 5.0, [1.0, 5.0]);
    assert_eq!(degree(Level::VeryHigh, &highest), (1.0, Some(0.52), Some(Extreme::Highest)));
    // Where more of the others have the lowest value, the cluster is not low for having it too.
    assert_eq!(degree(Level::Low, &at_an_end(0.55, 1.0, [1.0, 9.0])), (0.0, Some(0.55), None));
    assert_eq!(degree(Level::Medium, &at_an_end(0.48, 2.0, [1.0, 9.0])).0, 1.0);
}

#[test]
fn nearly_everyone_has_no_archetype_by_position_but_one_by_its_figures() {
    let text = r#"
id = "own"
name = { en = "own", zh = "自有" }
[[archetypes]]
id = "once"
name = { en = "one order", zh = "一单" }
ranges = { frequency = { max = 1 } }
"#;
    let by_range = Catalog::parse(text, "own.toml").unwrap();
    let by_level = catalog(&[("low", &[("frequency", Level::Low)])]);
    let mut profiles = at_an_end(0.1, 1.0, [1.0, 9.0]);
    for (share, expected) in [(0.9, MatchVerdict::Matched), (0.91, MatchVerdict::NearlyEveryone)] {
        profiles.clusterings[0].clusters[0].share = share;
        let clusters = &profiles.clusterings[0].clusters;
        let verdict = |catalog: &Catalog| {
            match_catalog(catalog, &profiles, clusters, &rfm_roles(), &plan())[0].as_ref().unwrap().verdict
        };
        assert_eq!((verdict(&by_level), verdict(&by_range)), (expected, MatchVerdict::Matched));
    }
}

#[test]
fn an_archetype_with_a_failed_condition_is_still_a_rival() {
    let two = catalog(&[
        ("a", &[("recency", Level::Low), ("monetary", Level::High)]),
        ("b", &[("recency", Level::Low), ("frequency", Level::High), ("monetary", Level::Low)]),
    ]);
    assert_eq!(verdict([0.1, 0.9, 0.55], &two), MatchVerdict::Ambiguous);
}

#[test]
fn equal_scores_go_to_the_earlier_archetype_that_can_match() {
    let mut plan = plan();
    plan.min_margin = 0.0;
    let of = |catalog: &Catalog, positions: &[f64]| {
        let profiles = profiles(&RFM_COLUMNS, &[], &[at(positions)]);
        let clusters = &profiles.clusterings[0].clusters;
        let found = match_catalog(catalog, &profiles, clusters, &rfm_roles(), &plan).remove(0).unwrap();
        (found.verdict, found.best.archetype, found.margin)
    };
    let same = catalog(&[("z", &[("recency", Level::Low)]), ("a", &[("frequency", Level::High)])]);
    assert_eq!(of(&same, &[0.1, 0.9, 0.5]), (MatchVerdict::Matched, "z".to_owned(), 0.0));
    let failed = catalog(&[
        ("y", &[("recency", Level::High), ("frequency", Level::High), ("monetary", Level::Medium)]),
        ("x", &[("frequency", Level::High), ("monetary", Level::High)]),
    ]);
    // y fails on recency with 0.4, x passes with 1 and 0.6; both score 0.8.
    let (verdict, best, margin) = of(&failed, &[0.54, 0.9, 0.56]);
    assert_eq!((verdict, best.as_str(), margin), (MatchVerdict::Matched, "x", 0.0));
}

#[test]
fn a_cluster_between_archetypes_stays_unmatched_and_shows_both() {
    let labelled = label_rfm(&[[0.5, 0.9, 0.8]], &plan());
    let cluster = &labelled.clusterings[0].clusters[0];
    assert_eq!((cluster.archetype.as_deref(), &cluster.action), (None, &None));
    assert_eq!(
        (cluster.name.en.as_str(), cluster.name.zh.as_str()),
        ("high frequency, high monetary", "高 frequency、高 monetary")
    );
    let found = &cluster.catalogs[0];
    assert_eq!(found.verdict, MatchVerdict::ConditionFailed);
    let near = [&found.best.archetype, &found.runner_up.as_ref().unwrap().archetype];
    assert_eq!(near, ["champions", "fading-champions"]);
}

#[test]
fn a_catalog_without_its_roles_is_not_applicable_and_that_is_said() {
    let profiles = profiles(&["recency_days", "frequency"], &[], &[at(&[0.1, 0.9])]);
    let roles = Roles::from([("recency", "recency_days"), ("frequency", "frequency")]);
    let labelled = label(&profiles, &[rfm()], &roles, &plan(), Algorithm::KMeans, |_| true);
    assert_eq!(archetypes(&labelled), [None]);
    assert!(labelled.clusterings[0].clusters[0].catalogs.is_empty());
    assert!(!labelled.catalogs[0].applicable);
    let warning = &labelled.warnings[0];
    assert_eq!(warning.code, "catalog_not_applicable");
    assert_eq!(
        warning.message.en,
        "the catalog rfm-8 is not applicable: no column shows its role monetary; name one in label.roles"
    );
}

fn constant(mut profiles: Profiles, column: usize) -> Profiles {
    profiles.columns[column].constant = true;
    profiles
}

#[test]
fn conditions_on_constant_columns_are_left_out_and_said() {
    let only_recency = catalog(&[
        ("here", &[("recency", Level::Low), ("monetary", Level::High)]),
        ("gone", &[("recency", Level::High), ("monetary", Level::Low)]),
    ]);
    let profiles = constant(profiles(&RFM_COLUMNS, &[], &[at(&[0.1, 0.5, 0.5])]), 2);
    let labelled = label(&profiles, &[only_recency], &rfm_roles(), &plan(), Algorithm::KMeans, |_| true);
    assert_eq!(archetypes(&labelled), [Some("own/here")]);
    let evidence = &labelled.clusterings[0].clusters[0].catalogs[0].best.evidence[1];
    assert_eq!((evidence.membership, evidence.left_out), (None, Some(SkipReason::Constant)));
    let warnings: Vec<&str> = labelled.warnings.iter().map(|w| w.message.en.as_str()).collect();
    assert_eq!(warnings, ["conditions of the catalog own on monetary are left out: its column monetary is constant"]);
}

#[test]
fn a_catalog_of_constant_columns_only_is_not_applicable() {
    let all = (0..3).fold(profiles(&RFM_COLUMNS, &[], &[at(&[0.5, 0.5, 0.5])]), constant);
    let labelled = label(&all, &[rfm()], &rfm_roles(), &plan(), Algorithm::KMeans, |_| true);
    assert_eq!(
        labelled.catalogs[0].reason.as_ref().unwrap().en,
        "none of its conditions can be asked of this table: their columns are missing or constant"
    );
}

#[test]
fn an_archetype_by_share_is_left_out_where_the_attribute_is_missing() {
    let habits = builtin_catalogs().remove(1);
    let roles = Roles::from([("frequency", "frequency"), ("basket", "basket_mean")]);
    let profiles = profiles(&["frequency", "basket_mean"], &[], &[at(&[0.9, 0.5])]);
    let labelled = label(&profiles, &[habits], &roles, &plan(), Algorithm::KMeans, |_| true);
    let mut codes: Vec<&str> = labelled.warnings.iter().map(|w| w.code.as_str()).collect();
    codes.dedup();
    assert_eq!(codes, ["condition_left_out", "archetype_left_out"]);
    let found = &labelled.clusterings[0].clusters[0].catalogs[0];
    let near = [&found.best.archetype, &found.runner_up.as_ref().unwrap().archetype];
    assert!(near.iter().all(|id| !id.ends_with("-regulars")), "{near:?}");
}

#[test]
fn a_role_nobody_observed_in_the_cluster_is_left_out_there() {
    let mut profiles = profiles(&RFM_COLUMNS, &[], &[at(&[0.1, 0.9, 0.9])]);
    let figures = &mut profiles.clusterings[0].clusters[0].columns[2];
    (figures.position, figures.distribution, figures.n_observed) = (None, None, 0);
    let candidate = score(&rfm().archetypes[0], &profiles, &profiles.clusterings[0].clusters[0], &rfm_roles()).unwrap();
    assert_eq!(candidate.score, 1.0);
    assert_eq!(candidate.evidence[2].left_out, Some(SkipReason::Unobserved));
}

#[test]
fn the_first_catalog_that_matches_names_and_every_catalog_is_recorded() {
    let second = catalog(&[("loud", &[("frequency", Level::High)])]);
    let profiles = profiles(&RFM_COLUMNS, &[], &[at(&[0.1, 0.9, 0.9]), at(&[0.5, 0.9, 0.5])]);
    let named = |catalogs: &[Catalog]| {
        let labelled = label(&profiles, catalogs, &rfm_roles(), &plan(), Algorithm::KMeans, |_| true);
        let clusters = &labelled.clusterings[0].clusters;
        assert!(clusters.iter().all(|cluster| cluster.catalogs.len() == 2));
        archetypes(&labelled).into_iter().map(|a| a.unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(named(&[rfm(), second.clone()]), ["rfm-8/champions", "own/loud"]);
    assert_eq!(named(&[second, rfm()]), ["own/loud", "own/loud"]);
}

#[test]
fn without_structure_no_archetype_is_given() {
    let profiles = profiles(&RFM_COLUMNS, &[], &[at(&[0.1, 0.9, 0.9])]);
    let labelled = label(&profiles, &[rfm()], &rfm_roles(), &plan(), Algorithm::KMeans, |_| false);
    let cluster = &labelled.clusterings[0].clusters[0];
    assert_eq!((cluster.archetype.as_deref(), cluster.catalogs[0].verdict), (None, MatchVerdict::NoStructure));
    assert_eq!(cluster.name.en, "low recency_days, high frequency");
}

#[test]
fn one_to_one_gives_an_archetype_to_the_cluster_that_fits_it_best() {
    let mut plan = plan();
    plan.one_to_one = true;
    // Both are champions; the second fits better.
    let labelled = label_rfm(&[[0.1, 0.9, 0.57], [0.1, 0.9, 0.9]], &plan);
    assert_eq!(archetypes(&labelled), [None, Some("rfm-8/champions")]);
    let verdicts: Vec<MatchVerdict> = labelled.clusterings[0].clusters.iter().map(|c| c.catalogs[0].verdict).collect();
    assert_eq!(verdicts, [MatchVerdict::Taken, MatchVerdict::Matched]);
}

#[test]
fn under_one_to_one_a_cluster_may_get_its_second_best() {
    let mut plan = plan();
    plan.one_to_one = true;
    let own = catalog(&[("a", &[("recency", Level::Low)]), ("b", &[("frequency", Level::High)])]);
    let profiles = profiles(&RFM_COLUMNS, &[], &[at(&[0.4, 0.58, 0.5]), at(&[0.4, 0.5, 0.5])]);
    let labelled = label(&profiles, &[own], &rfm_roles(), &plan, Algorithm::KMeans, |_| true);
    assert_eq!(archetypes(&labelled), [Some("own/b"), Some("own/a")]);
    assert_eq!(labelled.clusterings[0].clusters[0].catalogs[0].margin, -0.2);
}

proptest! {
    #[test]
    fn scores_and_verdicts_keep_their_rules(positions in proptest::array::uniform3(0.0..=1.0_f64)) {
        let profiles = profiles(&RFM_COLUMNS, &[], &[at(&positions)]);
        let (catalog, plan) = (rfm(), plan());
        let clusters = &profiles.clusterings[0].clusters;
        let found = match_catalog(&catalog, &profiles, clusters, &rfm_roles(), &plan).remove(0).unwrap();
        let scores: Vec<f64> = catalog.archetypes.iter()
            .map(|a| score(a, &profiles, &clusters[0], &rfm_roles()).unwrap().score).collect();
        let mut descending = scores.clone();
        descending.sort_by(|a, b| b.total_cmp(a));
        prop_assert_eq!(found.best.score, descending[0]);
        prop_assert_eq!(found.runner_up.as_ref().unwrap().score, descending[1]);
        prop_assert!(scores.iter().all(|s| (0.0..=1.0).contains(s)));
        let passes = found.best.evidence.iter().all(|e| e.membership.unwrap() >= 0.5);
        let margin = descending[0] - descending[1];
        if (margin - plan.min_margin).abs() > 1e-9 {
            let expected = descending[0] >= plan.min_score && passes && margin > plan.min_margin;
            prop_assert_eq!(found.verdict == MatchVerdict::Matched, expected);
        }
    }
}
