use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use segmint::config::{CatalogRef, Origins};
use segmint::failure::{Category, Failure};
use segmint::label::{
    Catalog, Condition, LabelError, Level, Role, Roles, Test, builtin_catalogs, builtin_texts, load_catalog,
    load_catalogs,
};

use super::{plan, rfm};

/// Every file of `tests/bad_data/catalogs` that is read, with the line and the text of each of its messages.
#[rustfmt::skip]
const BAD: &[(&str, &[(usize, &str)])] = &[
    ("archetypes_table.toml", &[
        (4, "archetypes must be [[archetypes]] tables, got a table"),
    ]),
    ("bounds.toml", &[
        (9, "archetypes.a.ranges.orders: min 5 is above max 1"),
        (10, "archetypes.a.ranges.returns needs min, max or both"),
        (11, "archetypes.a.ranges.spent.min must be a finite number, got nan"),
        (11, r#"archetypes.a.ranges.spent.max must be a finite number, got "much""#),
        (14, "archetypes.a.shares.channel.web.max must be a share from 0 to 1, got 1.5"),
        (15, "archetypes.a.shares.channel.app: min 0.8 is above max 0.2"),
    ]),
    ("duplicate_id.toml", &[
        (10, "archetypes.a: line 5 has this id already"),
    ]),
    ("empty.toml", &[
        (1, "id is missing"),
        (1, "name is missing"),
        (1, "there are no [[archetypes]]"),
    ]),
    ("ids.toml", &[
        (1, r#"id must be one word without slashes, got "my catalog""#),
        (5, r#"archetypes.a/b.id must be one word without slashes, got "a/b""#),
    ]),
    ("missing_parts.toml", &[
        (1, "id is missing"),
        (1, "name.zh is missing"),
        (5, "archetypes.a.name.zh is missing"),
        (8, "archetypes.2.id is missing"),
        (9, "archetypes.2.name.en is missing"),
        (11, "archetypes.2.action.zh is missing"),
        (13, "archetypes.c.name is missing"),
    ]),
    ("no_archetypes.toml", &[
        (1, "there are no [[archetypes]]"),
    ]),
    ("no_condition.toml", &[
        (7, "archetypes.a.profile is empty"),
        (9, "archetypes.b has no condition; give it a profile, ranges or shares"),
    ]),
    ("role_types.toml", &[
        (5, "roles.recency.column must be text, got an array"),
        (5, r#"roles.recency.optional must be true or false, got "yes""#),
        (6, r#"roles.frequency.description must be a table, got "orders""#),
        (7, r#"roles.monetary must be a table, got "spent""#),
    ]),
    ("syntax.toml", &[
        (3, "not valid TOML: missing key for inline table element, expected `,`"),
    ]),
    ("unknown_keys.toml", &[
        (2, "unknown key name.fr, allowed are en, zh"),
        (3, "unknown key language, allowed are id, name, roles, archetypes"),
        (6, "unknown key roles.recency.colum, allowed are description, column, optional; did you mean column?"),
        (11, "unknown key archetypes.a.profil, allowed are id, name, profile, ranges, shares, weights, action; did you mean profile?"),
        (12, "unknown key archetypes.a.ranges.recency.mim, allowed are min, max; did you mean min?"),
    ]),
    ("unknown_level.toml", &[
        (7, r#"archetypes.a.profile.recency must be very_low, low, medium, high or very_high, got "verylow"; did you mean very_low?"#),
        (7, "archetypes.a.profile.frequency must be very_low, low, medium, high or very_high, got 5"),
        (7, r#"archetypes.a.profile.monetary must be very_low, low, medium, high or very_high, got "x""#),
    ]),
    ("unknown_role.toml", &[
        (10, "archetypes.a: recensy is none of the catalog's roles; did you mean recency?"),
        (11, "archetypes.a: visits is none of the catalog's roles"),
    ]),
    ("weights.toml", &[
        (8, "archetypes.a.weights.recency must be a number > 0, got 0"),
        (8, "archetypes.a.weights.frequency must be a number > 0, got -2.5"),
        (8, r#"archetypes.a.weights.monetary must be a number > 0, got "heavy""#),
        (8, "archetypes.a.weights.recenzy: there is no condition on recenzy; did you mean recency?"),
        (8, "archetypes.a.weights.visits: there is no condition on visits"),
    ]),
    ("wrong_types.toml", &[
        (1, "id must be text, got 8"),
        (2, r#"name must be a table, got "x""#),
        (3, "roles must be a table, got an array"),
        (7, "archetypes.a.name.en must not be empty"),
        (7, "archetypes.a.name.zh must be text, got 5"),
        (8, "archetypes.a.profile must be a table, got an array"),
        (9, "archetypes.a.ranges.recency must be a table, got 5"),
        (10, r#"archetypes.a.shares.channel must be a table, got "web""#),
        (11, "archetypes.a.weights must be a table, got 2"),
    ]),
];

/// The file that is not text.
const NOT_UTF8: &str = "latin1.toml";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_data/catalogs")
}

#[test]
fn every_bad_catalog_is_listed() {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let files: BTreeSet<String> = fs::read_dir(folder()).unwrap().map(name).collect();
    let listed: BTreeSet<String> =
        BAD.iter().map(|(file, _)| (*file).to_owned()).chain([NOT_UTF8.to_owned()]).collect();
    assert_eq!(files, listed);
}

#[test]
fn every_mistake_of_a_catalog_is_named_with_its_line() {
    for (file, expected) in BAD {
        let path = folder().join(file);
        let error = load_catalog(&CatalogRef::File(path.clone())).unwrap_err();
        let lines = expected.iter().map(|(line, message)| format!("{}:{line}: {message}", path.display()));
        assert_eq!(error.to_string(), lines.collect::<Vec<_>>().join("\n"), "{file}");
        assert_eq!(error.category(), Category::Config, "{file}");
    }
}

#[test]
fn a_catalog_that_is_not_text_or_not_there_is_named() {
    for (file, reason) in [(NOT_UTF8, "stream did not contain valid UTF-8"), ("none.toml", "No such file or directory")]
    {
        let path = folder().join(file);
        let error = load_catalog(&CatalogRef::File(path.clone())).unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with(&format!("cannot read the catalog {}: {reason}", path.display())), "{message}");
        assert_eq!(error.category(), Category::Config);
    }
}

#[test]
fn an_unknown_built_in_catalog_names_the_known_ones() {
    let error = load_catalog(&CatalogRef::BuiltIn("rfm8".into())).unwrap_err();
    assert_eq!(error.to_string(), "label.catalogs: there is no built-in catalog \"rfm8\", only rfm-8, order-habits");
    assert_eq!(error.hint().unwrap(), "did you mean rfm-8?");
}

#[test]
fn two_catalogs_with_one_id_are_refused() {
    let twice = [CatalogRef::BuiltIn("rfm-8".into()), CatalogRef::BuiltIn("rfm-8".into())];
    let error = load_catalogs(&twice).unwrap_err();
    assert_eq!(error.to_string(), "label.catalogs: two catalogs have the id \"rfm-8\"");
}

#[test]
fn built_in_catalogs_have_the_ids_they_are_called_by_and_say_everything_in_both_languages() {
    for (catalog, (id, _)) in builtin_catalogs().iter().zip(builtin_texts()) {
        assert_eq!(catalog.id, *id);
        assert!(catalog.archetypes.iter().all(|a| a.action.is_some()), "{id}");
        assert!(catalog.roles.iter().all(|role| role.description.is_some() && role.column.is_some()), "{id}");
        for pick in [|text: &segmint::Text| text.en.clone(), |text: &segmint::Text| text.zh.clone()] {
            let names: BTreeSet<String> = catalog.archetypes.iter().map(|a| pick(&a.name)).collect();
            assert_eq!(names.len(), catalog.archetypes.len(), "names of {id} are unique");
        }
    }
}

#[test]
fn the_rfm_catalog_has_the_eight_classic_types() {
    let classic = [
        ("重要价值客户", [Level::Low, Level::High, Level::High]),
        ("重要发展客户", [Level::Low, Level::Low, Level::High]),
        ("重要保持客户", [Level::High, Level::High, Level::High]),
        ("重要挽留客户", [Level::High, Level::Low, Level::High]),
        ("一般价值客户", [Level::Low, Level::High, Level::Low]),
        ("一般发展客户", [Level::Low, Level::Low, Level::Low]),
        ("一般保持客户", [Level::High, Level::High, Level::Low]),
        ("一般挽留客户", [Level::High, Level::Low, Level::Low]),
    ];
    let level = |condition: &Condition| match &condition.test {
        Test::Level { role, level } => (role.clone(), *level),
        other => panic!("{other:?} is not a level"),
    };
    for (archetype, (name, levels)) in rfm().archetypes.iter().zip(classic) {
        assert_eq!(archetype.name.zh, name);
        let conditions: Vec<(String, Level)> = archetype.conditions.iter().map(level).collect();
        let expected = ["recency", "frequency", "monetary"].map(str::to_owned).into_iter().zip(levels);
        assert_eq!(conditions, expected.collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn a_catalog_reads_every_kind_of_condition_in_the_order_of_the_file() {
    let text = r#"
        id = "x"
        name = { en = "x", zh = "某" }
        [roles.spent]
        [roles.age]
        column = "age_years"
        optional = true
        [[archetypes]]
        id = "a"
        name = { en = "a", zh = "甲" }
        profile = { spent = "very_high", age = "medium" }
        ranges.age = { min = 18, max = 2_5.5 }
        shares.channel.web = { max = 0.5 }
        weights = { age = 2, channel = 0x10 }
    "#;
    let catalog = Catalog::parse(text, "x.toml").unwrap();
    let role = |name: &str, column: Option<&str>, optional| Role {
        name: name.into(),
        description: None,
        column: column.map(Into::into),
        optional,
    };
    assert_eq!(catalog.roles, [role("spent", None, false), role("age", Some("age_years"), true)]);
    let expected = [
        (Test::Level { role: "spent".into(), level: Level::VeryHigh }, 1.0),
        (Test::Level { role: "age".into(), level: Level::Medium }, 2.0),
        (Test::Range { role: "age".into(), min: Some(18.0), max: Some(25.5) }, 2.0),
        (Test::Share { attribute: "channel".into(), value: "web".into(), min: None, max: Some(0.5) }, 16.0),
    ];
    let conditions = catalog.archetypes[0].conditions.iter().map(|c| (c.test.clone(), c.weight));
    assert_eq!(conditions.collect::<Vec<_>>(), expected);
}

#[test]
fn without_a_table_of_roles_a_catalog_needs_the_roles_it_uses() {
    let text = "id = \"x\"\nname = { en = \"x\", zh = \"某\" }\n[[archetypes]]\nid = \"a\"\n\
                name = { en = \"a\", zh = \"甲\" }\nprofile = { visits = \"high\" }\n";
    let roles = Catalog::parse(text, "x.toml").unwrap().roles;
    assert_eq!(roles, [Role { name: "visits".into(), description: None, column: None, optional: false }]);
}

fn resolve(given: &[(&str, &str)], columns: &[&str]) -> Result<Roles, LabelError> {
    let mut plan = plan();
    plan.roles = given.iter().map(|(role, column)| ((*role).to_owned(), (*column).to_owned())).collect();
    let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    Roles::resolve(&plan, &Origins::default(), &builtin_catalogs(), &columns)
}

#[test]
fn default_roles_and_typical_columns_count_only_where_the_column_exists() {
    let roles = resolve(&[], &["frequency", "monetary", "basket_mean"]).unwrap();
    assert_eq!(roles, Roles::from([("frequency", "frequency"), ("monetary", "monetary"), ("basket", "basket_mean")]));
}

#[test]
fn a_given_role_goes_before_the_default_and_may_be_any_numeric_column() {
    let roles = resolve(&[("recency", "silence"), ("mood", "stars")], &["recency_days", "silence", "stars"]).unwrap();
    assert_eq!(roles, Roles::from([("recency", "silence"), ("mood", "stars")]));
}

#[test]
fn a_role_given_to_a_missing_column_is_an_input_error() {
    let error = resolve(&[("recency", "recency_day")], &["recency_days", "frequency"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "label.roles.recency: \"recency_day\" is not a numeric column of the table (default)"
    );
    assert_eq!(error.hint().unwrap(), "did you mean \"recency_days\"?");
    assert_eq!(error.category(), Category::Input);
}
