//! Checked settings → [`Plan`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::Value;

use super::constraint::{date, number, seconds, size};
use super::document::{Setting, Settings, parse, parse_flag};
use super::rules::check_values;
use super::*;
use crate::object_url::is_url;

impl Plan {
    /// The plan of a configuration file, overridden by `--set` arguments.
    ///
    /// Paths in the file are relative to its folder, paths in a flag to the working folder.
    ///
    /// # Errors
    /// [`ConfigError`] when the file cannot be read, is not TOML, holds an unknown key or a value that is not allowed.
    pub fn load(file: &Path, flags: &[String]) -> Result<Plan, ConfigError> {
        let bytes = std::fs::read(file).map_err(|source| ConfigError::Unreadable { path: file.to_owned(), source })?;
        let not_text = |line| ConfigError::NotText { file: file.display().to_string(), line };
        let text = utf8(&bytes).map_err(not_text)?;
        let folder = file.parent().unwrap_or(Path::new(""));
        // Editors on Windows write a byte-order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Plan::parse(text, &file.display().to_string(), folder, flags)
    }

    /// The plan of a configuration text, which messages call `file` and whose paths are relative to `folder`.
    ///
    /// # Errors
    /// As [`Plan::load`].
    ///
    /// ```
    /// use segmint::config::{Auto, Plan};
    /// let text = "[source]\npath = \"customers.parquet\"\n";
    /// let flags = ["cluster.kmeans.k=6".to_owned()];
    /// let plan = Plan::parse(text, "pipeline.toml", "shop".as_ref(), &flags)?;
    /// assert_eq!(plan.cluster.kmeans.k, Auto::Given(6));
    /// assert_eq!(plan.source.path, std::path::Path::new("shop/customers.parquet"));
    /// assert_eq!(plan.origins.of("source.path").to_string(), "pipeline.toml:2");
    /// # Ok::<(), segmint::config::ConfigError>(())
    /// ```
    pub fn parse(text: &str, file: &str, folder: &Path, flags: &[String]) -> Result<Plan, ConfigError> {
        let mut settings = parse(text, file)?;
        for flag in flags {
            settings.extend(parse_flag(flag)?);
        }
        Reader { settings, file, folder }.plan()
    }
}

/// Reads typed values out of settings; what is absent has its default from the schema.
pub(super) struct Reader<'a> {
    pub(super) settings: Settings,
    pub(super) file: &'a str,
    pub(super) folder: &'a Path,
}

impl Reader<'_> {
    fn plan(&self) -> Result<Plan, ConfigError> {
        if self.given("source.path").is_none() {
            return Err(ConfigError::Required { key: "source.path".into(), file: self.file.to_owned() });
        }
        let plan = Plan {
            source: self.source(),
            normalize: self.normalize(),
            cluster: self.cluster(),
            label: self.label(),
            compare: self.compare()?,
            refit: self.refit(),
            gate: self.gate(),
            report: self.report(),
            limits: self.limits(),
            registry: self.registry(),
            origins: self.origins(),
        };
        plan.check_together()?;
        Ok(plan)
    }

    pub(super) fn source(&self) -> SourcePlan {
        SourcePlan {
            path: self.given("source.path").map(|_| self.path("source.path")).unwrap_or_default(),
            id: self.optional_text("source.id"),
            duplicates: self.word("source.duplicates"),
            features: self.word("source.features"),
            attributes: self.word("source.attributes"),
            exclude: self.word("source.exclude"),
            tier: self.optional_text("source.tier"),
            value: self.optional_text("source.value"),
            outcome: self.optional_text("source.outcome"),
            as_of: date(&self.value("source.as_of")),
            null_values: self.word("source.null_values"),
            columns: self.columns(),
        }
    }

    pub(super) fn label(&self) -> LabelPlan {
        LabelPlan {
            catalogs: self.catalogs(),
            min_score: self.number("label.min_score"),
            min_margin: self.number("label.min_margin"),
            one_to_one: self.word("label.one_to_one"),
            language: self.word("label.language"),
            roles: self.roles(),
        }
    }

    pub(super) fn compare(&self) -> Result<ComparePlan, ConfigError> {
        Ok(ComparePlan {
            tier_order: self.word("compare.tier_order"),
            rules: self.rules()?,
            permutations: self.word("compare.permutations"),
            bootstrap: self.word("compare.bootstrap"),
            service: self.service(),
        })
    }

    pub(super) fn refit(&self) -> RefitPlan {
        RefitPlan { against: self.optional_text("refit.against"), grace: self.word("refit.grace") }
    }

    pub(super) fn gate(&self) -> GatePlan {
        GatePlan {
            promote: self.optional_text("gate.promote"),
            min_carried: self.number("gate.min_carried"),
            max_redefined: self.number("gate.max_redefined"),
            max_drift: self.number("gate.max_drift"),
            min_stability: self.number("gate.min_stability"),
            max_vanished_value: self.number("gate.max_vanished_value"),
            min_rows: self.number("gate.min_rows"),
            max_missing_rise: self.number("gate.max_missing_rise"),
            columns: self.word("gate.columns"),
        }
    }

    pub(super) fn report(&self) -> ReportPlan {
        ReportPlan {
            min_cell: self.word("report.min_cell"),
            dominance: self.number("report.dominance"),
            id_salt: self.optional_text("report.id_salt"),
        }
    }

    pub(super) fn limits(&self) -> LimitsPlan {
        LimitsPlan { memory: self.auto("limits.memory", size), time: seconds(&self.value("limits.time")) }
    }

    pub(super) fn registry(&self) -> RegistryPlan {
        let (path, permissions) = (self.path("registry.path"), self.word("registry.permissions"));
        RegistryPlan { path, permissions, keep: self.word("registry.keep") }
    }

    /// `[normalize]` for columns without an override.
    pub(super) fn feature(&self) -> FeaturePlan {
        let weight = schema::FEATURE_KEYS.iter().find(|key| key.path == "weight").expect("weight is in the schema");
        FeaturePlan {
            missing: self.word("normalize.missing"),
            transform: self.word("normalize.transform"),
            scale: self.word("normalize.scale"),
            clip: self.number("normalize.clip"),
            weight: typed(&weight.default_value()),
        }
    }

    pub(super) fn normalize(&self) -> NormalizePlan {
        let default = self.feature();
        let mut features: BTreeMap<String, FeaturePlan> = BTreeMap::new();
        for (path, Setting { value, .. }) in &self.settings {
            if let [normalize, table, column, name] = path.as_slice()
                && (normalize.as_str(), table.as_str()) == ("normalize", "features")
            {
                let feature = features.entry(column.clone()).or_insert_with(|| default.clone());
                match name.as_str() {
                    "missing" => feature.missing = typed(value),
                    "transform" => feature.transform = typed(value),
                    "scale" => feature.scale = typed(value),
                    "clip" => feature.clip = number(value).expect("checked by the schema"),
                    "weight" => feature.weight = number(value).expect("checked by the schema"),
                    other => unreachable!("{other} is not in the schema"),
                }
            }
        }
        NormalizePlan { default, categories: self.word("normalize.categories"), features }
    }

    fn columns(&self) -> BTreeMap<String, ColumnPlan> {
        let mut columns: BTreeMap<String, ColumnPlan> = BTreeMap::new();
        for (path, Setting { value, .. }) in &self.settings {
            if let [source, table, column, name] = path.as_slice()
                && (source.as_str(), table.as_str()) == ("source", "columns")
            {
                let plan = columns.entry(column.clone()).or_default();
                match name.as_str() {
                    "read" => plan.read = Some(typed(value)),
                    "decimal" => plan.decimal = Some(typed(value)),
                    "day_first" => plan.day_first = value.as_bool(),
                    "null_values" => plan.null_values = Some(typed(value)),
                    "levels" => plan.levels = typed(value),
                    other => unreachable!("{other} is not in the schema"),
                }
            }
        }
        columns
    }

    fn catalogs(&self) -> Vec<CatalogRef> {
        let names: Vec<String> = self.word("label.catalogs");
        let refer = |name: String| {
            if name.ends_with(".toml") || name.contains(['/', '\\']) {
                CatalogRef::File(self.resolve("label.catalogs", &name))
            } else {
                CatalogRef::BuiltIn(name)
            }
        };
        names.into_iter().map(refer).collect()
    }

    /// The roles the user gave. Defaults, written out or not, are not among them: they hold only where their column
    /// exists.
    fn roles(&self) -> BTreeMap<String, String> {
        let defaults: Vec<&schema::Key> =
            schema::KEYS.iter().filter(|key| key.section() == schema::ROLES_TABLE).collect();
        let in_table = self.settings.iter().filter_map(|(path, setting)| match path.as_slice() {
            [label, roles, role] if (label.as_str(), roles.as_str()) == ("label", "roles") => {
                let is_default = |key: &&schema::Key| key.name() == role && key.default_value() == setting.value;
                (!defaults.iter().any(is_default)).then(|| (role.clone(), typed(&setting.value)))
            }
            _ => None,
        });
        in_table.collect()
    }

    fn rules(&self) -> Result<Vec<TierRule>, ConfigError> {
        let rules = self.value("compare.rules");
        rules.as_array().into_iter().flatten().map(|rule| self.rule(rule)).collect()
    }

    fn rule(&self, rule: &Value) -> Result<TierRule, ConfigError> {
        let refused = |message: &str| ConfigError::Value {
            key: "compare.rules".into(),
            value: rule.to_string(),
            allowed: format!("a list of tier rules ({})", message.trim()),
            origin: self.given("compare.rules").map_or(Origin::Default, |setting| setting.origin.clone()),
            hint: Some("docs/tiers.md shows what every kind of rule takes".into()),
        };
        check_values(rule.as_table().expect("checked by the schema")).map_err(|message| refused(&message))?;
        rule.clone().try_into().map_err(|error: toml::de::Error| refused(error.message()))
    }

    /// Tier → service level, as given.
    fn service(&self) -> BTreeMap<String, String> {
        let given = self.settings.iter().filter_map(|(path, setting)| match path.as_slice() {
            [compare, service, tier] if (compare.as_str(), service.as_str()) == ("compare", "service") => {
                Some((tier.clone(), typed(&setting.value)))
            }
            _ => None,
        });
        given.collect()
    }

    pub(super) fn origins(&self) -> Origins {
        let mut origins = Origins::default();
        for key in schema::KEYS {
            origins.set(key.path, Origin::Default);
        }
        for (path, setting) in &self.settings {
            origins.set(&path.join("."), setting.origin.clone());
        }
        origins
    }

    fn given(&self, path: &str) -> Option<&Setting> {
        let parts: Vec<String> = path.split('.').map(str::to_owned).collect();
        self.settings.get(&parts)
    }

    /// The value at `path`, or its default.
    pub(super) fn value(&self, path: &str) -> Value {
        self.given(path).map(|setting| setting.value.clone()).unwrap_or_else(|| schema::key_at(path).default_value())
    }

    pub(super) fn word<T: DeserializeOwned>(&self, path: &str) -> T {
        typed(&self.value(path))
    }

    pub(super) fn number(&self, path: &str) -> f64 {
        number(&self.value(path)).expect("checked by the schema")
    }

    fn optional_text(&self, path: &str) -> Option<String> {
        Some(self.word::<String>(path)).filter(|text| !text.is_empty())
    }

    pub(super) fn auto<T>(&self, path: &str, read: impl Fn(&Value) -> Option<T>) -> Auto<T> {
        let value = self.value(path);
        if value.as_str() == Some("auto") {
            return Auto::Auto;
        }
        Auto::Given(read(&value).expect("checked by the schema"))
    }

    fn path(&self, path: &str) -> PathBuf {
        self.resolve(path, &self.word::<String>(path))
    }

    fn resolve(&self, key: &str, path: &str) -> PathBuf {
        match self.given(key).map(|setting| &setting.origin) {
            Some(Origin::Flag) => PathBuf::from(path),
            _ if is_url(Path::new(path)) => PathBuf::from(path),
            _ => self.folder.join(path),
        }
    }
}

/// A whole number; nothing for a word.
pub(super) fn whole(value: &Value) -> Option<usize> {
    value.as_integer().map(|v| v as usize)
}

/// A value as the type its constraint has checked it for.
fn typed<T: DeserializeOwned>(value: &Value) -> T {
    value.clone().try_into().expect("checked by the schema")
}
