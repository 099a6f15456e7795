//! Whether a catalog can be used on a table, and what of it cannot.

use serde::{Deserialize, Serialize};

use super::matching::{SkipReason, attribute_of, column_of};
use crate::config::LabelPlan;
use crate::label::catalog::{Archetype, Catalog, Test};
use crate::label::profile::Profiles;
use crate::label::roles::{Roles, unused};
use crate::language::noun;
use crate::{Text, Warning};

/// A catalog of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CatalogUse {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Whether clusters could be held against it.
    pub applicable: bool,
    /// Why not; null when it was applicable.
    pub reason: Option<Text>,
    /// The column of every role.
    pub roles: Vec<RoleUse>,
}

/// A role of a catalog in this run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RoleUse {
    /// The role.
    pub role: String,
    /// Its column; null when it has none.
    pub column: Option<String>,
    /// Why conditions on it are left out; null when they count.
    pub left_out: Option<SkipReason>,
}

/// Whether a catalog can be used: every role it needs has a column, and some condition can be asked.
pub(in crate::label) fn usage(catalog: &Catalog, profiles: &Profiles, roles: &Roles) -> CatalogUse {
    let role_uses: Vec<RoleUse> = catalog
        .roles
        .iter()
        .map(|role| {
            let (column, left_out) = if role.is_categorical() {
                (roles.attribute(&role.name), attribute_of(&role.name, profiles, roles).err())
            } else {
                (roles.column(&role.name), column_of(&role.name, profiles, roles).err())
            };
            RoleUse { role: role.name.clone(), column: column.map(str::to_owned), left_out }
        })
        .collect();
    let without: Vec<&str> = catalog
        .roles
        .iter()
        .zip(&role_uses)
        .filter(|(role, usage)| !role.optional && usage.left_out == Some(SkipReason::Missing))
        .map(|(role, _)| role.name.as_str())
        .collect();
    let asks = |archetype: &Archetype| {
        let asked = |test: &Test| match test {
            Test::Level { role, .. } | Test::Range { role, .. } => column_of(role, profiles, roles).is_ok(),
            Test::Share { spellings, .. } if spellings.is_empty() => true,
            Test::Share { attribute, .. } => attribute_of(attribute, profiles, roles).is_ok(),
        };
        unknown_attribute(archetype, profiles).is_none() && archetype.conditions.iter().any(|c| asked(&c.test))
    };
    let reason = if !without.is_empty() {
        let roles = noun(without.len() as u64, "role", "roles");
        Some(Text::new(
            format!("no column shows its {roles} {}; name one in label.roles", without.join(", ")),
            format!("角色 {} 没有对应的列，请在 label.roles 中指定", without.join("、")),
        ))
    } else if !catalog.archetypes.iter().any(asks) {
        Some(Text::new(
            "none of its conditions can be asked of this table: their columns are missing or constant",
            "其所有条件所需的列缺失或为常量，无法判断",
        ))
    } else {
        None
    };
    let (id, name) = (catalog.id.clone(), catalog.name.clone());
    CatalogUse { id, name, applicable: reason.is_none(), reason, roles: role_uses }
}

/// Everything of the plan and its catalogs that has no effect on this table.
pub(super) fn warnings(
    plan: &LabelPlan,
    catalogs: &[Catalog],
    uses: &[CatalogUse],
    profiles: &Profiles,
) -> Vec<Warning> {
    let mut warnings = unused(plan, catalogs);
    for (catalog, usage) in catalogs.iter().zip(uses) {
        let id = usage.id.as_str();
        if let Some(reason) = &usage.reason {
            let message = Text::new(
                format!("the catalog {id} is not applicable: {}", reason.en),
                format!("目录 {id} 不适用：{}", reason.zh),
            );
            warnings.push(Warning::new("catalog_not_applicable", message).with("catalog", id));
            continue;
        }
        warnings.extend(usage.roles.iter().filter_map(|role| condition_left_out(id, role)));
        warnings.extend(catalog.archetypes.iter().filter_map(|a| archetype_left_out(id, a, profiles)));
    }
    warnings
}

fn condition_left_out(catalog: &str, usage: &RoleUse) -> Option<Warning> {
    let role = usage.role.as_str();
    let (en, zh) = match (usage.left_out?, &usage.column) {
        (SkipReason::Constant, Some(column)) => {
            (format!("its column {column} is constant"), format!("其列 {column} 为常量"))
        }
        _ => ("it has no column".to_owned(), "没有对应的列".to_owned()),
    };
    let message = Text::new(
        format!("conditions of the catalog {catalog} on {role} are left out: {en}"),
        format!("目录 {catalog} 中关于 {role} 的条件未参与评分：{zh}"),
    );
    Some(Warning::new("condition_left_out", message).with("catalog", catalog).with("role", role))
}

fn archetype_left_out(catalog: &str, archetype: &Archetype, profiles: &Profiles) -> Option<Warning> {
    let attribute = unknown_attribute(archetype, profiles)?;
    let id = archetype.id.as_str();
    let message = Text::new(
        format!("the archetype {catalog}/{id} is left out: the table has no attribute {attribute}"),
        format!("原型 {catalog}/{id} 未参与匹配：表中没有属性列 {attribute}"),
    );
    let warning = Warning::new("archetype_left_out", message).with("catalog", catalog);
    Some(warning.with("archetype", id).with("attribute", attribute))
}

/// An attribute the archetype asks a share of by its column and the table does not have.
fn unknown_attribute<'a>(archetype: &'a Archetype, profiles: &Profiles) -> Option<&'a str> {
    let attributes = archetype.conditions.iter().filter_map(|condition| match &condition.test {
        Test::Share { attribute, spellings, .. } if spellings.is_empty() => Some(attribute.as_str()),
        _ => None,
    });
    attributes.into_iter().find(|name| profiles.attribute(name).is_none())
}
