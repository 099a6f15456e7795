//! `segmint archetypes`: the catalogs.

use std::fmt::Display;
use std::path::Path;

use serde_json::{Value, json};

use super::args::{ArchetypesAction, Arguments};
use super::exit::Failed;
use super::output::{print_json, print_text};
use super::plan_if_any;
use crate::Language;
use crate::config::CatalogRef;
use crate::label::{Catalog, Condition, Mistake, Role, RoleLevel, Test, builtin_catalogs, check_catalog, load_catalog};
use crate::printable::printable;
use crate::report::ScreenTable;

pub(super) fn run(arguments: &Arguments, action: &ArchetypesAction) -> Result<(), Failed> {
    let language = plan_if_any(arguments)?.map_or(Language::En, |plan| plan.label.language);
    match action {
        ArchetypesAction::List => {
            let catalogs = builtin_catalogs();
            if arguments.json {
                return print_json(&json!({ "catalogs": catalogs.iter().map(document).collect::<Vec<_>>() }));
            }
            let lists: Vec<String> = catalogs.iter().map(|catalog| list(catalog, language)).collect();
            let more = match language {
                Language::En => "[role] = optional; `segmint archetypes show ID` prints conditions and actions",
                Language::Zh => "[角色] 为可选；`segmint archetypes show ID` 显示条件与建议动作",
            };
            print_text(&format!("{}\n\n{more}", lists.join("\n\n")))
        }
        ArchetypesAction::Show { catalog } => {
            let catalog = load_catalog(&reference(catalog))?;
            if arguments.json { print_json(&catalog) } else { print_text(&show(&catalog, language)) }
        }
        ArchetypesAction::Add(wanted) => super::archetypes_add::add(arguments, wanted),
        ArchetypesAction::Check { file } => {
            let (catalog, warnings) = check_catalog(file)?;
            let n = catalog.archetypes.len();
            if arguments.json {
                return print_json(&json!({
                    "file": file, "id": catalog.id, "archetypes": n, "roles": roles(&catalog), "warnings": warnings
                }));
            }
            let file = file.display();
            let mut lines: Vec<String> = warnings.iter().map(|warning| said(&file, warning)).collect();
            lines.push(format!(
                "{}: catalog {:?} with {n} archetype{}, no mistake found",
                printable(&file.to_string()),
                catalog.id,
                if n == 1 { "" } else { "s" }
            ));
            print_text(&lines.join("\n"))
        }
    }
}

/// A built-in name, or a file when it looks like one.
fn reference(text: &str) -> CatalogRef {
    let is_file = text.ends_with(".toml") || text.contains(['/', '\\']);
    if is_file { CatalogRef::File(Path::new(text).to_owned()) } else { CatalogRef::BuiltIn(text.to_owned()) }
}

fn said(file: &impl Display, warning: &Mistake) -> String {
    let hint = warning.hint.map_or_else(String::new, |hint| format!("\n  hint: {hint}"));
    format!("{}:{}: warning: {}{hint}", printable(&file.to_string()), warning.line, printable(&warning.message))
}

fn roles(catalog: &Catalog) -> Vec<&str> {
    catalog.roles.iter().map(|role| role.name.as_str()).collect()
}

fn document(catalog: &Catalog) -> Value {
    let archetypes = catalog.archetypes.iter();
    json!({
        "id": catalog.id,
        "name": catalog.name,
        "roles": roles(catalog),
        "archetypes": archetypes.map(|a| json!({ "id": a.id, "name": a.name, "action": a.action })).collect::<Vec<_>>(),
    })
}

fn list(catalog: &Catalog, language: Language) -> String {
    let separator = match language {
        Language::En => ", ",
        Language::Zh => "、",
    };
    let names: Vec<&str> = catalog.archetypes.iter().map(|archetype| archetype.name.get(language)).collect();
    let role = |role: &Role| if role.optional { format!("[{}]", role.name) } else { role.name.clone() };
    let roles: Vec<String> = catalog.roles.iter().map(role).collect();
    let (id, name) = (&catalog.id, catalog.name.get(language));
    let line = |text: String| printable(&text).into_owned();
    format!("{}\n  {}\n  {}", line(format!("{id} · {name}")), line(roles.join(", ")), line(names.join(separator)))
}

fn show(catalog: &Catalog, language: Language) -> String {
    let line = |text: String| printable(&text).into_owned();
    let mut parts = vec![line(format!("{} · {}", catalog.id, catalog.name.get(language)))];
    let mut table = ScreenTable::new(["role", "usual column", "", ""]);
    for role in &catalog.roles {
        table.row([
            role.name.clone(),
            role.column.clone().unwrap_or_default(),
            if role.optional { "optional" } else { "" }.to_owned(),
            role.description.as_ref().map_or("", |text| text.get(language)).to_owned(),
        ]);
    }
    parts.push(table.to_string());
    parts.extend(catalog.roles.iter().filter(|role| role.is_categorical()).map(levels));
    for archetype in &catalog.archetypes {
        let mut lines = vec![line(format!("{} · {}", archetype.id, archetype.name.get(language)))];
        lines.extend(archetype.conditions.iter().map(|condition| line(format!("  {}", words(condition)))));
        lines.extend(archetype.action.iter().map(|action| line(format!("  → {}", action.get(language)))));
        parts.push(lines.join("\n"));
    }
    parts.join("\n\n")
}

/// The levels of a categorical role with the texts they are written as.
fn levels(role: &Role) -> String {
    let spellings = |level: &RoleLevel| format!("  {}: {}", level.name, level.spellings.join(", "));
    let lines = std::iter::once(role.name.clone()).chain(role.levels.iter().map(spellings));
    lines.map(|line| printable(&line).into_owned()).collect::<Vec<_>>().join("\n")
}

/// A condition as people write it.
fn words(condition: &Condition) -> String {
    let between = |min: &Option<f64>, max: &Option<f64>| match (min, max) {
        (Some(min), Some(max)) => format!("{min} … {max}"),
        (Some(min), None) => format!("≥ {min}"),
        (None, Some(max)) => format!("≤ {max}"),
        (None, None) => "any".to_owned(),
    };
    let text = match &condition.test {
        Test::Level { role, level } => format!("{role} {}", level.word()),
        Test::Range { role, min, max } => format!("median {role} {}", between(min, max)),
        Test::Share { attribute, value, min, max, .. } => {
            format!("share of {attribute} = {value} {}", between(min, max))
        }
    };
    if condition.weight == 1.0 { text } else { format!("{text} (weight {})", condition.weight) }
}
