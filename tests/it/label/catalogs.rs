use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use segmint::config::{Algorithm, CatalogRef, Origins};
use segmint::failure::{Category, Failure};
use segmint::label::{
    Catalog, Condition, LabelError, Labelled, Level, Role, Roles, Test, builtin_catalogs, builtin_texts, check_catalog,
    label, load_catalog, load_catalogs,
};

use super::{Sketch, archetypes, plan, profiles, rfm};

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
    ("levels.toml", &[
        (4, "roles.age.levels must be a table, got 5"),
        (7, r#"roles.sex.levels.male: "f" is the level female already"#),
        (8, "roles.sex.levels.other must be text, got 3"),
        (9, r#"roles.sex.levels.none must be a list of texts, got "x""#),
        (14, "archetypes.a: sex has levels; ask for shares of them"),
        (16, "archetypes.a: femal is none of the levels of sex; did you mean female?"),
        (17, "archetypes.a: the role spent has no levels to ask shares of"),
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
        (6, "unknown key roles.recency.colum, allowed are description, column, optional, levels; did you mean column?"),
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

/// Every file of `tests/bad_data/catalogs_untold`: well formed, but with archetypes that no cluster can be named by.
#[rustfmt::skip]
const UNTOLD: &[(&str, &[(usize, &str)])] = &[
    ("impossible.toml", &[
        (9, "archetypes.both: no cluster fits it: its shares of sex add up to 1.200 at least"),
    ]),
    ("ranges.toml", &[
        (10, "archetypes.once can never be told from some (line 5): whatever fits it in full fits that one in full too"),
    ]),
    ("shadowed.toml", &[
        (10, "archetypes.daily can never be told from often (line 5): whatever fits it in full fits that one in full too"),
        (10, "archetypes.daily can never be told from regular (line 15): whatever fits it in full fits that one in full too"),
        (15, "archetypes.regular can never be told from often (line 5): whatever fits it in full fits that one in full too"),
    ]),
    ("weights.toml", &[
        (5, "archetypes.rising leads falling (line 11) by 0.050 at most; a match needs a margin of 0.1"),
        (11, "archetypes.falling leads rising (line 5) by 0.050 at most; a match needs a margin of 0.1"),
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
fn archetypes_that_no_cluster_can_be_named_by_are_mistakes_with_line_and_hint() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_data/catalogs_untold");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), UNTOLD.len(), "every file there is listed");
    for (file, expected) in UNTOLD {
        let path = folder.join(file);
        let error = check_catalog(&path).unwrap_err();
        let lines = expected.iter().map(|(line, message)| format!("{}:{line}: {message}", path.display()));
        assert_eq!(error.to_string(), lines.collect::<Vec<_>>().join("\n"), "{file}");
        assert_eq!(error.category(), Category::Config, "{file}");
        assert!(!error.hint().unwrap().contains("rfm-8"), "{file} has a hint of its own");
        load_catalog(&CatalogRef::File(path)).expect("a run reads it all the same");
    }
}

/// A catalog of archetypes given by their conditions, one line each from line 3 on.
fn lines_of(conditions: &[&str]) -> String {
    let archetype = |(i, conditions): (usize, &&str)| {
        format!("[[archetypes]] # {i}\nid = \"a{i}\"\nname = {{ en = \"a{i}\", zh = \"甲{i}\" }}\n{conditions}\n")
    };
    let archetypes: String = conditions.iter().enumerate().map(archetype).collect();
    format!("id = \"x\"\nname = {{ en = \"x\", zh = \"某\" }}\n{archetypes}")
}

#[test]
fn archetypes_that_overlap_are_warned_of_and_neighbouring_bands_are_not() {
    let overlapping = [
        [r#"profile = { spent = "high" }"#, r#"profile = { visits = "high" }"#],
        [r#"profile = { spent = "high", age = "low" }"#, r#"profile = { spent = "very_high", visits = "low" }"#],
        ["ranges = { orders = { min = 1, max = 3 } }", "ranges = { orders = { min = 2 } }"],
        ["shares = { sex = { f = { min = 0.5 } } }", "shares = { sex = { f = { max = 0.6 } } }"],
    ];
    for pair in overlapping {
        let (_, warnings) = Catalog::check(&lines_of(&pair), "x.toml").unwrap();
        assert_eq!(warnings.len(), 1, "{pair:?}");
        let message = "archetypes.a1 overlaps a0 (line 4): a cluster that fits both in full gets neither name";
        assert_eq!((warnings[0].line, warnings[0].message.as_str()), (8, message), "{pair:?}");
        assert_eq!(warnings[0].hint, Some("give one of them a condition that the other contradicts"));
    }
    let apart = [
        [r#"profile = { spent = "low" }"#, r#"profile = { spent = "medium" }"#],
        [r#"profile = { spent = "high", visits = "low" }"#, r#"profile = { spent = "medium" }"#],
        ["ranges = { age = { max = 30 } }", "ranges = { age = { min = 30 } }"],
        ["shares = { sex = { f = { min = 0.6 } } }", "shares = { sex = { m = { min = 0.6 } } }"],
        ["shares = { sex = { f = { min = 0.5 } } }", "shares = { sex = { m = { min = 0.5 } } }"],
    ];
    for pair in apart {
        assert_eq!(Catalog::check(&lines_of(&pair), "x.toml").unwrap().1, [], "{pair:?}");
    }
}

#[test]
fn a_catalog_that_is_not_text_or_not_there_is_named() {
    let path = folder().join(NOT_UTF8);
    let error = load_catalog(&CatalogRef::File(path.clone())).unwrap_err();
    let line =
        fs::read(&path).unwrap().split(|byte| *byte == b'\n').position(|line| str::from_utf8(line).is_err()).unwrap();
    assert_eq!(error.to_string(), format!("{}:{}: not text in UTF-8", path.display(), line + 1));
    assert_eq!((error.category(), error.hint().unwrap().as_str()), (Category::Config, "save it in an editor as UTF-8"));

    let path = folder().join("none.toml");
    let error = load_catalog(&CatalogRef::File(path.clone())).unwrap_err();
    let message = format!("cannot read the catalog {}: No such file or directory", path.display());
    assert!(error.to_string().starts_with(&message), "{error}");
    assert_eq!(error.category(), Category::Config);
    let of_run = load_catalogs(&[CatalogRef::File(path)]).unwrap_err();
    assert!(of_run.to_string().starts_with(&format!("label.catalogs: {message}")), "{of_run}");
    assert!(of_run.hint().unwrap().starts_with("a path is relative to the folder of the configuration"));
}

#[test]
fn an_unknown_built_in_catalog_names_the_known_ones() {
    let reference = CatalogRef::BuiltIn("rfm8".into());
    let error = load_catalog(&reference).unwrap_err();
    let known: Vec<&str> = builtin_texts().iter().map(|(id, _)| *id).collect();
    let message = format!("there is no built-in catalog \"rfm8\", only {}", known.join(", "));
    assert_eq!(error.to_string(), message);
    assert_eq!(error.hint().unwrap(), "did you mean rfm-8?");
    assert_eq!(load_catalogs(&[reference]).unwrap_err().to_string(), format!("label.catalogs: {message}"));
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
        levels: vec![],
    };
    assert_eq!(catalog.roles, [role("spent", None, false), role("age", Some("age_years"), true)]);
    let expected = [
        (Test::Level { role: "spent".into(), level: Level::VeryHigh }, 1.0),
        (Test::Level { role: "age".into(), level: Level::Medium }, 2.0),
        (Test::Range { role: "age".into(), min: Some(18.0), max: Some(25.5) }, 2.0),
        (
            Test::Share {
                attribute: "channel".into(),
                value: "web".into(),
                spellings: vec![],
                min: None,
                max: Some(0.5),
            },
            16.0,
        ),
    ];
    let conditions = catalog.archetypes[0].conditions.iter().map(|c| (c.test.clone(), c.weight));
    assert_eq!(conditions.collect::<Vec<_>>(), expected);
}

#[test]
fn without_a_table_of_roles_a_catalog_needs_the_roles_it_uses() {
    let text = "id = \"x\"\nname = { en = \"x\", zh = \"某\" }\n[[archetypes]]\nid = \"a\"\n\
                name = { en = \"a\", zh = \"甲\" }\nprofile = { visits = \"high\" }\n";
    let roles = Catalog::parse(text, "x.toml").unwrap().roles;
    assert_eq!(
        roles,
        [Role { name: "visits".into(), description: None, column: None, optional: false, levels: vec![] }]
    );
}

fn resolve(given: &[(&str, &str)], columns: &[&str]) -> Result<Roles, LabelError> {
    let mut plan = plan();
    plan.roles = given.iter().map(|(role, column)| ((*role).to_owned(), (*column).to_owned())).collect();
    let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    Roles::resolve(&plan, &Origins::default(), &builtin_catalogs(), &columns, &[])
}

#[test]
fn default_roles_and_typical_columns_count_only_where_the_column_exists() {
    let roles = resolve(&[], &["frequency", "monetary", "basket_mean"]).unwrap();
    assert_eq!(roles, Roles::from([("frequency", "frequency"), ("monetary", "monetary"), ("basket", "basket_mean")]));
}

#[test]
fn a_role_is_found_by_what_people_call_its_column_unless_that_is_doubtful() {
    let roles = resolve(&[], &["Recency", "订单数", "Total Spend", "Edad", "R", "balance"]).unwrap();
    let found = [("recency", "Recency"), ("frequency", "订单数"), ("monetary", "Total Spend"), ("age", "Edad")];
    assert_eq!(roles, Roles::from(found));
    assert_eq!(resolve(&[], &["R", "F", "M"]).unwrap(), Roles::default());
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

const WHO: &str = r#"
    id = "who"
    name = { en = "who", zh = "客户" }
    [roles.sex]
    column = "sex"
    [roles.sex.levels]
    female = ["F", "女"]
    male = ["M", "男"]
    [roles.spent]
    column = "spent"
    [[archetypes]]
    id = "women"
    name = { en = "women", zh = "女性" }
    profile = { spent = "high" }
    shares = { sex = { female = { min = 0.6 } } }
"#;

fn resolve_who(given: &[(&str, &str)], attributes: &[&str]) -> Result<Roles, LabelError> {
    let mut plan = plan();
    plan.roles = given.iter().map(|(role, column)| ((*role).to_owned(), (*column).to_owned())).collect();
    let attributes: Vec<String> = attributes.iter().map(|column| (*column).to_owned()).collect();
    let catalogs = [Catalog::parse(WHO, "who.toml").unwrap()];
    Roles::resolve(&plan, &Origins::default(), &catalogs, &["spent".to_owned()], &attributes)
}

#[test]
fn a_role_with_levels_is_shown_by_an_attribute() {
    assert_eq!(resolve_who(&[], &["sex"]).unwrap().attribute("sex"), Some("sex"));
    assert_eq!(resolve_who(&[("sex", "性别")], &["sex", "性别"]).unwrap().attribute("sex"), Some("性别"));
    assert_eq!(resolve_who(&[], &["Gender"]).unwrap().attribute("sex"), Some("Gender"));
    assert_eq!(resolve_who(&[], &["kind"]).unwrap().attribute("sex"), None);
    let error = resolve_who(&[("sex", "spent")], &["spend_class"]).unwrap_err();
    assert_eq!(error.to_string(), "label.roles.sex: \"spent\" is not an attribute of the table (default)");
    assert_eq!(error.category(), Category::Input);
}

/// Two clusters named by `who`: in one 7 of 10 are women, however they are written.
fn label_who(catalog: &Catalog, attributes: &[&str]) -> Labelled {
    let sketch = |position, shares: &[f64]| Sketch { columns: vec![(position, 1.0)], shares: shares.to_vec() };
    let levels = ["F", "女", "m"];
    let mut profiles = profiles(&["spent"], &levels, &[sketch(0.9, &[0.3, 0.4, 0.3]), sketch(0.9, &[0.3, 0.2, 0.5])]);
    profiles.attributes[0].name = "sex".to_owned();
    let known: Vec<String> = attributes.iter().map(|name| (*name).to_owned()).collect();
    if known.is_empty() {
        profiles.attributes.clear();
    }
    let catalogs = [catalog.clone()];
    let roles = Roles::resolve(&plan(), &Origins::default(), &catalogs, &["spent".to_owned()], &known).unwrap();
    label(&profiles, &catalogs, &roles, &plan(), Algorithm::KMeans, |_| true)
}

#[test]
fn the_share_of_a_level_is_summed_over_its_spellings() {
    let labelled = label_who(&Catalog::parse(WHO, "who.toml").unwrap(), &["sex"]);
    assert_eq!(archetypes(&labelled), [Some("who/women"), None]);
    let evidence = &labelled.clusterings[0].clusters[0].catalogs[0].best.evidence[1];
    assert_eq!((evidence.observed, evidence.column.as_deref()), (Some(0.7), Some("sex")));
}

#[test]
fn a_catalog_without_the_attribute_of_a_role_is_not_applicable_unless_the_role_is_optional() {
    let mut catalog = Catalog::parse(WHO, "who.toml").unwrap();
    let labelled = label_who(&catalog, &[]);
    assert_eq!(archetypes(&labelled), [None, None]);
    assert!(!labelled.catalogs[0].applicable);
    catalog.roles[0].optional = true;
    let labelled = label_who(&catalog, &[]);
    assert_eq!(archetypes(&labelled), [Some("who/women"), Some("who/women")]);
    assert_eq!(labelled.warnings[0].message.en, "conditions of the catalog who on sex are left out: it has no column");
}
