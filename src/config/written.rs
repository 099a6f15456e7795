//! A plan as files and command lines write it.

use toml::{Table, Value};

use super::schema::KEYS;
use super::{CatalogRef, Origin, Plan};

impl Plan {
    /// The value of a key as people read it: texts without quotes, everything else as TOML. What stands for nothing in the plan,
    /// such as `none`, is what the schema says of its absence; empty for a key that has no value.
    pub fn text_of(&self, key: &str) -> String {
        match self.value_of(key) {
            Some(Value::String(text)) => text,
            Some(value) => value.to_string(),
            None => match KEYS.iter().find(|known| known.path == key).map(|known| known.default) {
                None | Some("") => String::new(),
                Some(default) => default.trim_matches('"').to_owned(),
            },
        }
    }

    /// The command that does this plan again: the file it was read from, and what was set beside it; but for what never changes a
    /// result (threads, limits, the registry).
    ///
    /// ```
    /// use segmint::config::Plan;
    /// let flags = ["cluster.kmeans.k=6", "source.tier=客户 等级"].map(str::to_owned);
    /// let plan = Plan::parse("[source]\npath = \"customers.parquet\"\n", "shop.toml", "".as_ref(), &flags)?;
    /// assert_eq!(plan.command(), "segmint run --config shop.toml --set cluster.kmeans.k=6 --set 'source.tier=\"客户 等级\"'");
    /// # Ok::<(), segmint::config::ConfigError>(())
    /// ```
    pub fn command(&self) -> String {
        let mut words = vec!["segmint".to_owned(), "run".to_owned()];
        let file = self.origins.iter().find_map(|(_, origin)| match origin {
            Origin::File { file, .. } => Some(file),
            Origin::Default | Origin::Flag => None,
        });
        words.extend(file.into_iter().flat_map(|file| ["--config".to_owned(), quoted(file)]));
        let changes_results =
            |key: &str| key != "cluster.threads" && !key.starts_with("limits.") && !key.starts_with("registry.");
        let set = self.origins.iter().filter(|(key, origin)| **origin == Origin::Flag && changes_results(key));
        for (key, _) in set {
            let value = match self.value_of(key) {
                Some(value) => value.to_string(),
                None => self.text_of(key),
            };
            words.extend(["--set".to_owned(), quoted(&format!("{key}={value}"))]);
        }
        words.join(" ")
    }

    /// The value of a key as TOML has it; `None` for nothing.
    fn value_of(&self, key: &str) -> Option<Value> {
        // Two values whose forms in a plan are others than in a file.
        match key {
            "limits.time" => self.limits.time.map(|seconds| Value::from(format!("{seconds} s"))),
            "label.catalogs" => {
                let name = |catalog: &CatalogRef| match catalog {
                    CatalogRef::BuiltIn(name) => name.clone(),
                    CatalogRef::File(path) => path.display().to_string(),
                };
                Some(self.label.catalogs.iter().map(name).map(Value::from).collect::<Vec<_>>().into())
            }
            _ => find(&Value::Table(Table::try_from(self).ok()?), key).cloned(),
        }
    }
}

/// The value at a dotted path; names of columns may hold dots themselves.
fn find<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let table = value.as_table()?;
    table.get(path).or_else(|| {
        let splits = path.match_indices('.');
        splits.into_iter().find_map(|(at, _)| find(table.get(&path[..at])?, &path[at + 1..]))
    })
}

/// A word of a command line, in quotes where a shell would take it apart.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./=:,+@%".contains(c);
    match word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_nothing_is_said_in_the_words_of_the_file() {
        let plan = Plan::new("customers.parquet");
        let text = ["cluster.dbscan.rows", "limits.time", "label.catalogs", "cluster.kmeans.k", "source.id"];
        assert_eq!(text.map(|key| plan.text_of(key)), ["all", "none", "[\"rfm-8\"]", "auto", ""]);
        assert_eq!(plan.text_of("label.roles.recency"), "recency_days");
    }

    #[test]
    fn every_set_value_is_read_again_as_it_was() {
        let flags = [
            "cluster.kmeans.k=6",
            "cluster.dbscan.rows=all",
            "limits.time=90 s",
            "label.catalogs=[\"rfm-8\", \"value-roles\"]",
            "source.features=[\"a b\", \"it's\"]",
            "source.columns.spend.read=\"number\"",
            "source.as_of=2024-01-31",
        ];
        let text = "[source]\npath = \"customers.parquet\"\n";
        let read = |flags: &[String]| Plan::parse(text, "shop.toml", "".as_ref(), flags).unwrap();
        let plan = read(&flags.map(str::to_owned));
        let of = |key: &str| plan.value_of(key).map_or_else(|| plan.text_of(key), |value| value.to_string());
        let again: Vec<String> = plan
            .origins
            .iter()
            .filter(|(_, origin)| **origin == Origin::Flag)
            .map(|(key, _)| format!("{key}={}", of(key)))
            .collect();
        assert_eq!(read(&again), plan);
    }
}
