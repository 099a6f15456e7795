//! What of a plan is not allowed, held against the schema: for plans that were read from a run or put together by a program.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use toml::{Table, Value};

use super::advice::advice;
use super::source_plan::is_own_column;
use super::{Algorithm, ConfigError, Plan, lookup};

/// Keys whose values in a plan have forms of their own, other than in a file.
const OTHER_FORMS: [&str; 2] = ["limits.time", "label.catalogs"];

impl Plan {
    /// Checks every value against its key in the schema, and those that belong together.
    ///
    /// # Errors
    /// [`ConfigError::Value`] or [`ConfigError::Conflict`] for the first that is not allowed.
    pub fn check(&self) -> Result<(), ConfigError> {
        let written = Table::try_from(self).map_err(|error| ConfigError::Value {
            key: "the plan".to_owned(),
            value: error.to_string(),
            allowed: "of texts in UTF-8 and whole numbers below 2⁶³".to_owned(),
            origin: Default::default(),
            hint: None,
        })?;
        self.check_table(&written, &mut Vec::new())?;
        if let Some(seconds) = self.limits.time.filter(|seconds| !(*seconds > 0.0 && seconds.is_finite())) {
            let allowed = "a number > 0 of seconds".to_owned();
            return Err(self.refused("limits.time", seconds.to_string(), allowed, "for example 7200.0".to_owned()));
        }
        self.check_together()
    }

    /// Checks what no key can say of itself alone.
    pub(super) fn check_together(&self) -> Result<(), ConfigError> {
        if let Some(id) = self.source.id.as_ref().filter(|id| is_own_column(id)) {
            let allowed = "a column with a name that the tables of a run do not need themselves".to_owned();
            let hint = format!("rename it where the file is written, for example {:?}", format!("customer_{id}"));
            return Err(self.refused("source.id", format!("{id:?}"), allowed, hint));
        }
        if self.cluster.primary == Algorithm::Dbscan && !self.cluster.dbscan.enabled {
            let other = "cluster.dbscan.enabled";
            return Err(ConfigError::Conflict {
                key: "cluster.primary",
                value: Algorithm::Dbscan.name(),
                other,
                other_value: false,
                origin: self.origins.of(other),
            });
        }
        Ok(())
    }

    /// Walks a table of the plan, as a file would hold it, down to the keys of the schema.
    fn check_table(&self, table: &Table, path: &mut Vec<String>) -> Result<(), ConfigError> {
        for (name, value) in table {
            path.push(name.clone());
            match (lookup::constraint_of(path), value) {
                (Some(constraint), value) => {
                    let key = path.join(".");
                    if !OTHER_FORMS.contains(&key.as_str()) && !constraint.admits(value) {
                        let hint = advice(path, &constraint, value, &self.origins.of(&key));
                        return Err(self.refused(&key, value.to_string(), constraint.allowed(), hint));
                    }
                }
                (None, Value::Table(inner)) => self.check_table(inner, path)?,
                (None, _) => {}
            }
            path.pop();
        }
        Ok(())
    }

    fn refused(&self, key: &str, value: String, allowed: String, hint: String) -> ConfigError {
        ConfigError::Value {
            key: key.to_owned(),
            value,
            allowed,
            origin: self.origins.of(key),
            hint: Some(hint.into()),
        }
    }
}

/// Reads a plan and checks it; keys that a plan of an earlier version lacks have their defaults.
impl<'de> Deserialize<'de> for Plan {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let plan = Plan::deserialize(from)?;
        plan.check().map_err(de::Error::custom)?;
        Ok(plan)
    }
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Plan::serialize(self, to)
    }
}
