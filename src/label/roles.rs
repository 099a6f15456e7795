//! Which column shows which role.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::nearest::nearest;
use super::{Catalog, LabelError, lifecycle_catalog};
use crate::config::{LabelPlan, Origins, schema};
use crate::{Text, Warning};

/// The role of the column that is above zero where a customer can be contacted; targets read it, no catalog has to.
pub const CONTACT: &str = "contact";

/// Role → column, for every role that has one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roles(BTreeMap<String, String>);

impl Roles {
    /// Finds the column of every role.
    ///
    /// In this order: what `[label.roles]` says; the three defaults (`recency_days`, `frequency`, `monetary`); the
    /// typical column a catalog names. The last two count only where `columns` has them.
    ///
    /// # Errors
    /// A column that `[label.roles]` names and `columns` does not have.
    pub fn resolve(
        plan: &LabelPlan,
        origins: &Origins,
        catalogs: &[Catalog],
        columns: &[String],
    ) -> Result<Roles, LabelError> {
        let mut found = BTreeMap::new();
        for (role, column) in &plan.roles {
            if !columns.contains(column) {
                return Err(LabelError::RoleColumn {
                    role: role.clone(),
                    column: column.clone(),
                    origin: origins.of(&format!("{}.{role}", schema::ROLES_TABLE)),
                    nearest: nearest(column, columns),
                });
            }
            found.insert(role.clone(), column.clone());
        }
        let defaults = schema::default_roles();
        let assumed = defaults.into_iter().map(|(role, column)| (role.to_owned(), column.to_owned()));
        let declared = catalogs.iter().flat_map(|catalog| &catalog.roles);
        let typical = declared.filter_map(|role| Some((role.name.clone(), role.column.clone()?)));
        for (role, column) in assumed.chain(typical) {
            if columns.contains(&column) {
                found.entry(role).or_insert(column);
            }
        }
        Ok(Roles(found))
    }

    /// The column that shows `role`.
    pub fn column(&self, role: &str) -> Option<&str> {
        self.0.get(role).map(String::as_str)
    }

    /// Every (role, column), by role.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(role, column)| (role.as_str(), column.as_str()))
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Roles {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Roles(pairs.into_iter().map(|(role, column)| (role.to_owned(), column.to_owned())).collect())
    }
}

/// Roles the user gave that no catalog speaks of, not even that of portraits: mostly a typing mistake.
pub(super) fn unused(plan: &LabelPlan, catalogs: &[Catalog]) -> Vec<Warning> {
    let of_portraits = lifecycle_catalog(catalogs);
    let asked = catalogs.iter().chain(&of_portraits);
    let mut known: Vec<&str> = asked.flat_map(|c| &c.roles).map(|role| role.name.as_str()).collect();
    known.push(CONTACT);
    let unknown = plan.roles.iter().filter(|(role, _)| !known.contains(&role.as_str()));
    unknown
        .map(|(role, column)| {
            let near = nearest(role, &known);
            let (en, zh) = near.map_or_else(Default::default, |near| {
                (format!("; did you mean {near}?"), format!(";是否应为 {near}?"))
            });
            let message = Text::new(
                format!("no catalog uses the role {role} of label.roles{en}"),
                format!("label.roles 中的角色 {role} 未被任何目录使用{zh}"),
            );
            Warning::new("unused_role", message).with("role", role.as_str()).with("column", column.as_str())
        })
        .collect()
}
