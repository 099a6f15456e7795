//! The catalogs that ship with segmint, held against customers made from what they ask for.

use std::collections::{BTreeMap, BTreeSet};

use segmint::config::{Algorithm, Origins};
use segmint::label::{
    Archetype, Catalog, FoundIn, Level, MatchVerdict, Role, Roles, Subject, Test, builtin_catalogs, builtin_texts,
    label, profile,
};
use segmint::load::{CustomerTable, Ids, Levels};
use segmint::matrix::{RowMap, TiledMatrix};
use segmint::metrics::Partition;
use segmint::monitor::Monitor;

use super::plan;

/// A level and its spellings.
type Spelled = (String, Vec<String>);

/// Customers planted per archetype.
const GROUP: usize = 300;

/// splitmix64: the customers must not come from anything that names them.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn between(&mut self, (low, high): (f64, f64)) -> f64 {
        low + (high - low) * self.roll()
    }

    fn pick<'a>(&mut self, texts: &'a [String]) -> &'a String {
        &texts[(self.roll() * texts.len() as f64) as usize]
    }
}

/// Where customers of a level stand on a scale from 0 to 1.
fn scale(level: Option<Level>) -> (f64, f64) {
    match level {
        None => (0.0, 1.0),
        Some(Level::VeryLow) => (0.0, 0.1),
        Some(Level::Low) => (0.05, 0.25),
        Some(Level::Medium) => (0.4, 0.6),
        Some(Level::High) => (0.75, 0.95),
        Some(Level::VeryHigh) => (0.9, 1.0),
    }
}

/// The figures that ranges of `role` name in the catalog, lowest and highest.
fn span(catalog: &Catalog, role: &str) -> Option<(f64, f64)> {
    let conditions = catalog.archetypes.iter().flat_map(|archetype| &archetype.conditions);
    let bounds = conditions.filter_map(|condition| match &condition.test {
        Test::Range { role: other, min, max } if other == role => Some([*min, *max]),
        _ => None,
    });
    let figures: Vec<f64> = bounds.flatten().flatten().collect();
    (!figures.is_empty()).then(|| figures.iter().fold((f64::MAX, f64::MIN), |(a, b), &x| (a.min(x), b.max(x))))
}

/// A customer's value of a numeric role; nobody in particular without an archetype.
fn value(catalog: &Catalog, archetype: Option<&Archetype>, role: &str, dice: &mut Dice) -> f64 {
    let (mut level, mut low, mut high) = (None, None, None);
    for condition in archetype.iter().flat_map(|archetype| &archetype.conditions) {
        match &condition.test {
            Test::Level { role: asked, level: l } if asked == role => level = Some(*l),
            Test::Range { role: asked, min, max } if asked == role => (low, high) = (*min, *max),
            _ => {}
        }
    }
    let place = dice.between(scale(level));
    match span(catalog, role) {
        None => place,
        Some((first, last)) => {
            let around = 10.0 * (last - first).max(1.0);
            let low = low.unwrap_or((first - around).max(0.0)).min(high.unwrap_or(f64::MAX));
            let high = high.unwrap_or(last + around);
            low + (high - low) * place
        }
    }
}

/// A customer's text of an attribute with these levels (name, spellings).
fn text(archetype: Option<&Archetype>, attribute: &str, levels: &[Spelled], dice: &mut Dice) -> String {
    let mut chances: Vec<Option<f64>> = vec![None; levels.len()];
    for condition in archetype.iter().flat_map(|archetype| &archetype.conditions) {
        let Test::Share { attribute: asked, value, min, max, .. } = &condition.test else { continue };
        if asked == attribute {
            let level = levels.iter().position(|(name, _)| name == value).unwrap();
            chances[level] = Some(f64::midpoint(min.unwrap_or(0.0), max.unwrap_or(1.0)));
        }
    }
    let asked: f64 = chances.iter().flatten().sum();
    let free = chances.iter().filter(|chance| chance.is_none()).count() as f64;
    let mut rest = dice.roll();
    for (chance, (_, spellings)) in chances.iter().zip(levels) {
        rest -= chance.unwrap_or((1.0 - asked) / free);
        if rest < 0.0 {
            let text = dice.pick(spellings);
            return if dice.roll() < 0.5 { text.clone() } else { text.to_uppercase() };
        }
    }
    levels[0].1[0].clone()
}

/// What shows each categorical role or attribute of the catalog, with its levels.
fn categorical(catalog: &Catalog) -> Vec<(String, String, Vec<Spelled>)> {
    let of_role = |role: &Role| {
        let levels = role.levels.iter().map(|level| (level.name.clone(), level.spellings.clone())).collect();
        (role.name.clone(), role.column.clone().unwrap(), levels)
    };
    let mut found: Vec<_> = catalog.roles.iter().filter(|role| role.is_categorical()).map(of_role).collect();
    let mut plain: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for condition in catalog.archetypes.iter().flat_map(|archetype| &archetype.conditions) {
        if let Test::Share { attribute, value, spellings, .. } = &condition.test
            && spellings.is_empty()
        {
            plain.entry(attribute.clone()).or_insert_with(|| ["-".to_owned()].into()).insert(value.clone());
        }
    }
    found.extend(plain.into_iter().map(|(attribute, values)| {
        let levels = values.into_iter().map(|value| (value.clone(), vec![value])).collect();
        (attribute.clone(), attribute, levels)
    }));
    found
}

/// Per archetype, `GROUP` customers who are what it asks for and anything else; then as many groups of people like
/// nobody as `crowds` says. With the group of each.
fn customers(catalog: &Catalog, crowds: usize) -> (CustomerTable, Vec<i64>) {
    let groups = catalog.archetypes.len() + crowds;
    let mut dice = Dice(7);
    let group_of = |i: usize| catalog.archetypes.get(i / GROUP);
    let n = groups * GROUP;
    let mut columns: Vec<(String, Vec<f64>)> = Vec::new();
    for role in catalog.roles.iter().filter(|role| !role.is_categorical()) {
        let values = (0..n).map(|i| value(catalog, group_of(i), &role.name, &mut dice)).collect();
        columns.push((role.column.clone().unwrap(), values));
    }
    columns.push(("anything".into(), (0..n).map(|_| dice.roll()).collect()));
    let attributes = categorical(catalog)
        .into_iter()
        .map(|(name, column, levels)| {
            let plain = catalog.roles.iter().all(|role| role.name != name);
            let texts: Vec<Option<String>> = (0..n)
                .map(|i| text(group_of(i), &name, &levels, &mut dice))
                .map(|text| Some(if plain { text.to_lowercase() } else { text }))
                .collect();
            Levels::from_text(column, &texts)
        })
        .collect();
    let table = CustomerTable {
        ids: Ids::RowNumber(n),
        features: vec!["anything".into()],
        attributes,
        tier: None,
        outcome: None,
        value: None,
        numeric: Box::new(columns),
    };
    let last = catalog.archetypes.len();
    (table, (0..n).map(|i| (i / GROUP).min(last) as i64).collect())
}

/// Names the planted groups, and says which got a name that is not theirs.
fn mistaken(catalog: &Catalog, crowds: usize) -> Vec<String> {
    let (table, groups) = customers(catalog, crowds);
    let n = groups.len();
    let names = table.numeric.names();
    let attributes: Vec<String> = table.attributes.iter().map(|levels| levels.name().to_owned()).collect();
    let plan = plan();
    let catalogs = std::slice::from_ref(catalog);
    let roles = Roles::resolve(&plan, &Origins::default(), catalogs, &names, &attributes).unwrap();
    let anything: Vec<f32> = table.numeric.read("anything").unwrap().iter().map(|&x| x as f32).collect();
    let matrix = TiledMatrix::from_rows(&anything, 1).unwrap();
    let partition = Partition::from_signed(&groups);
    let found = [(FoundIn::Clustering(Algorithm::KMeans), &partition)];
    let features = table.features.clone();
    let profiles = profile(
        Subject { table: &table, rows: &RowMap::all(n), matrix: &matrix, features: &features, roles: &roles },
        &found,
        &Monitor::silent(),
    )
    .unwrap();
    let labelled = label(&profiles, catalogs, &roles, &plan, Algorithm::KMeans, |_| true);
    assert!(labelled.warnings.is_empty(), "{}: {:?}", catalog.id, labelled.warnings);
    let clusters = labelled.clusterings[0].clusters.iter().zip(&catalog.archetypes);
    let wrong = clusters.filter_map(|(cluster, archetype)| {
        let found = &cluster.catalogs[0];
        let right = found.best.archetype == archetype.id
            && found.verdict == MatchVerdict::Matched
            && found.margin >= plan.min_margin
            && cluster.archetype == Some(format!("{}/{}", catalog.id, archetype.id));
        let seen = (&found.best.archetype, found.best.score, found.verdict, found.margin);
        (!right).then(|| format!("{}/{} with {crowds} groups of others: {seen:?}", catalog.id, archetype.id))
    });
    wrong.collect()
}

#[test]
fn simulated_customers_of_every_archetype_are_told_apart_from_the_others_and_from_anybody() {
    let catalogs = builtin_catalogs();
    let with = |catalog: &Catalog| [1, catalog.archetypes.len()].map(|crowds| mistaken(catalog, crowds));
    let wrong: Vec<String> = catalogs.iter().flat_map(with).flatten().collect();
    assert_eq!(wrong, [""; 0], "{}", wrong.join("\n"));
}

#[test]
fn every_shipped_catalog_passes_the_check_without_a_warning() {
    for (id, text) in builtin_texts() {
        let (catalog, warnings) = Catalog::check(text, id).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(warnings, [], "{id}");
        assert_eq!(catalog.id, *id);
    }
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[test]
fn every_text_of_every_shipped_catalog_is_english_and_chinese() {
    let mut ids = BTreeSet::new();
    for catalog in builtin_catalogs() {
        assert!(ids.insert(catalog.id.clone()), "{}", catalog.id);
        let archetypes = catalog.archetypes.iter().flat_map(|a| [Some(&a.name), a.action.as_ref()]);
        let roles = catalog.roles.iter().map(|role| role.description.as_ref());
        for text in archetypes.chain(roles).chain([Some(&catalog.name)]) {
            let text = text.unwrap_or_else(|| panic!("{} leaves a text out", catalog.id));
            assert!(is_chinese(&text.zh), "{}: {}", catalog.id, text.zh);
            assert!(!is_chinese(&text.en) && text.en.len() > 1, "{}: {}", catalog.id, text.en);
        }
    }
}

#[test]
fn a_role_means_the_same_column_and_levels_in_every_shipped_catalog() {
    let mut known: BTreeMap<String, Role> = BTreeMap::new();
    for catalog in builtin_catalogs() {
        for role in &catalog.roles {
            let first = known.entry(role.name.clone()).or_insert_with(|| role.clone());
            assert_eq!((&first.column, &first.levels), (&role.column, &role.levels), "{}/{}", catalog.id, role.name);
        }
        for level in catalog.roles.iter().filter(|role| role.is_categorical()).flat_map(|role| &role.levels) {
            assert!(level.spellings.iter().any(|text| is_chinese(text)), "{}/{}", catalog.id, level.name);
        }
    }
}
