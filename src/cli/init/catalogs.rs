//! The built-in catalogs that apply to a table.

use std::collections::BTreeMap;

use crate::config::{LabelPlan, Origins};
use crate::label::{Catalog, LabelError, Role, Roles, builtin_catalogs};

/// Catalogs that `init` sets.
const MAX_SET: usize = 3;
/// Catalogs that speak of one trade, by the start of their id; a table that has their columns need not be of that trade.
const OF_A_TRADE: [&str; 9] =
    ["pharmacy", "patients", "insurance", "finance", "travel", "needs", "channel", "china", "firms"];

/// The catalogs of which every needed role has a column.
pub(super) struct Applicable {
    /// Those to name segments by, best first.
    pub set: Vec<Catalog>,
    /// The ids of the others.
    pub others: Vec<String>,
    /// The column of every role.
    pub roles: Roles,
}

impl Applicable {
    /// Finds them for numeric columns and for attributes with their levels.
    ///
    /// `rfm-8` comes first where it applies, then the catalogs with more roles filled, then the order in which they ship.
    /// Catalogs of one trade are never set.
    ///
    /// # Errors
    /// None: `plan` names no column.
    pub fn find(
        plan: &LabelPlan,
        numeric: &[String],
        attributes: &BTreeMap<String, Vec<String>>,
    ) -> Result<Applicable, LabelError> {
        let catalogs = builtin_catalogs();
        let names: Vec<String> = attributes.keys().cloned().collect();
        let roles = Roles::resolve(plan, &Origins::default(), &catalogs, numeric, &names)?;
        let is_filled = |role: &Role| match roles.attribute(&role.name) {
            Some(column) if role.is_categorical() => {
                attributes.get(column).is_some_and(|levels| knows_any(role, levels))
            }
            _ => !role.is_categorical() && roles.column(&role.name).is_some(),
        };
        let applies = |catalog: &&Catalog| {
            catalog.roles.iter().any(is_filled) && catalog.roles.iter().all(|role| role.optional || is_filled(role))
        };
        let n_filled = |catalog: &Catalog| catalog.roles.iter().filter(|role| is_filled(role)).count();
        let mut applicable: Vec<Catalog> = catalogs.iter().filter(applies).cloned().collect();
        applicable.sort_by_key(|catalog| (catalog.id != "rfm-8", std::cmp::Reverse(n_filled(catalog))));
        let is_general = |catalog: &Catalog| OF_A_TRADE.iter().all(|trade| !catalog.id.starts_with(trade));
        let (mut set, others): (Vec<Catalog>, Vec<Catalog>) = applicable.into_iter().partition(is_general);
        let rest = set.split_off(set.len().min(MAX_SET));
        let others = rest.into_iter().chain(others).map(|catalog| catalog.id).collect();
        Ok(Applicable { set, others, roles })
    }

    /// The columns of the roles of the catalogs that are set: (role, column), in the order of the catalogs.
    pub fn used(&self) -> Vec<(&str, &str)> {
        let mut used: Vec<(&str, &str)> = Vec::new();
        for role in self.set.iter().flat_map(|catalog| &catalog.roles) {
            let column = self.roles.column(&role.name).or_else(|| self.roles.attribute(&role.name));
            if let Some(column) = column.filter(|_| used.iter().all(|(known, _)| *known != role.name)) {
                used.push((&role.name, column));
            }
        }
        used
    }
}

/// Whether a categorical role has one of `levels`.
fn knows_any(role: &Role, levels: &[String]) -> bool {
    let is_known = |level: &String| role.levels.iter().any(|l| l.spellings.contains(&level.to_lowercase()));
    levels.iter().any(is_known)
}
