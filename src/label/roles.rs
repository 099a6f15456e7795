//! Which column shows which role.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::LabelError;
use super::catalog::{Catalog, lifecycle_catalog};
use crate::config::{LabelPlan, Origins, schema};
use crate::nearest::nearest;
use crate::recognize::{Certainty, best_match};
use crate::{Text, Warning};

/// The role of the column that is above zero where a customer can be contacted; targets read it, no catalog has to.
pub const CONTACT: &str = "contact";

/// Role → column, for every role that has one: a numeric column, or an attribute where the role has levels.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Roles {
    columns: BTreeMap<String, String>,
    attributes: BTreeMap<String, String>,
}

impl Roles {
    /// Finds the column of every role.
    ///
    /// In this order: what `[label.roles]` says; the three defaults (`recency_days`, `frequency`, `monetary`); the
    /// typical column a catalog names; a column that is surely called so ([`best_match`]). The last three count only where
    /// the table has them: among its numeric `columns`, or among its `attributes` for a role with levels.
    ///
    /// # Errors
    /// A column that `[label.roles]` names and that is none of the right kind.
    pub fn resolve(
        plan: &LabelPlan,
        origins: &Origins,
        catalogs: &[Catalog],
        columns: &[String],
        attributes: &[String],
    ) -> Result<Roles, LabelError> {
        let mut found = Roles::default();
        for (role, column) in &plan.roles {
            let categorical = is_categorical(role, catalogs);
            let known = if categorical { attributes } else { columns };
            if !known.contains(column) {
                return Err(LabelError::RoleColumn {
                    role: role.clone(),
                    column: column.clone(),
                    categorical,
                    origin: origins.of(&format!("{}.{role}", schema::ROLES_TABLE)),
                    nearest: nearest(column, known),
                });
            }
            let shown = if categorical { &mut found.attributes } else { &mut found.columns };
            shown.insert(role.clone(), column.clone());
        }
        let defaults = schema::default_roles();
        let assumed = defaults.iter().map(|(role, column)| ((*role).to_owned(), (*column).to_owned(), false));
        let declared = catalogs.iter().flat_map(|catalog| &catalog.roles);
        let typical =
            declared.filter_map(|role| Some((role.name.clone(), role.column.clone()?, role.is_categorical())));
        for (role, column, categorical) in assumed.chain(typical) {
            let (known, shown) =
                if categorical { (attributes, &mut found.attributes) } else { (columns, &mut found.columns) };
            if known.contains(&column) {
                shown.entry(role).or_insert(column);
            }
        }
        let asked = catalogs.iter().flat_map(|catalog| &catalog.roles);
        let asked = asked.map(|role| (role.name.as_str(), role.is_categorical()));
        for (role, categorical) in defaults.iter().map(|(role, _)| (*role, false)).chain(asked) {
            let (known, shown) =
                if categorical { (attributes, &mut found.attributes) } else { (columns, &mut found.columns) };
            if !shown.contains_key(role)
                && let Some((column, Certainty::Sure)) = best_match(role, known.iter().map(String::as_str))
            {
                shown.insert(role.to_owned(), column.to_owned());
            }
        }
        Ok(found)
    }

    /// The numeric column that shows `role`.
    pub fn column(&self, role: &str) -> Option<&str> {
        self.columns.get(role).map(String::as_str)
    }

    /// The attribute that shows the categorical `role`.
    pub fn attribute(&self, role: &str) -> Option<&str> {
        self.attributes.get(role).map(String::as_str)
    }

    /// Every (role, numeric column), by role.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.columns.iter().map(|(role, column)| (role.as_str(), column.as_str()))
    }
}

/// Whether some catalog gives the role levels, so that an attribute shows it.
pub(crate) fn is_categorical(role: &str, catalogs: &[Catalog]) -> bool {
    catalogs.iter().flat_map(|catalog| &catalog.roles).any(|known| known.name == role && known.is_categorical())
}

impl<const N: usize> From<[(&str, &str); N]> for Roles {
    /// Roles shown by numeric columns.
    fn from(pairs: [(&str, &str); N]) -> Self {
        let columns = pairs.into_iter().map(|(role, column)| (role.to_owned(), column.to_owned())).collect();
        Roles { columns, attributes: BTreeMap::new() }
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
                (format!("; did you mean {near}?"), format!("；是否应为 {near}？"))
            });
            let message = Text::new(
                format!("no catalog uses the role {role} of label.roles{en}"),
                format!("label.roles 中的角色 {role} 未被任何目录使用{zh}"),
            );
            Warning::new("unused_role", message).with("role", role.as_str()).with("column", column.as_str())
        })
        .collect()
}
