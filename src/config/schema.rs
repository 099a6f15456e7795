//! Every key of `pipeline.toml`: its default, what it may be, and its comment. The only home of all three.

use super::constraint::{COUNT, Constraint, NOT_NEGATIVE, POSITIVE, SHARE};

/// One key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its dotted path, such as `cluster.kmeans.k`.
    pub path: &'static str,
    /// Its default as TOML; empty for the one key that must be given.
    pub default: &'static str,
    /// What it may be.
    pub constraint: Constraint,
    /// Its comment in the file.
    pub comment: &'static str,
}

impl Key {
    /// The table the key is in.
    pub fn section(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// The last part of the path.
    pub fn name(&self) -> &'static str {
        self.path.rsplit_once('.').map_or(self.path, |(_, name)| name)
    }
}

const fn key(path: &'static str, default: &'static str, constraint: Constraint, comment: &'static str) -> Key {
    Key { path, default, constraint, comment }
}

const MISSING: Constraint = Constraint::OneOf(&["reject", "drop", "mean", "median", "zero"]);
const TRANSFORM: Constraint = Constraint::OneOf(&["none", "log1p", "yeo_johnson", "quantile", "auto"]);
const SCALE: Constraint = Constraint::OneOf(&["none", "standard", "min_max", "robust", "max_abs"]);
const CLIP: Constraint = Constraint::Number { low: 0.0, low_included: true, high: 0.5, high_included: false };

/// Every key, in the order of the file.
pub const KEYS: &[Key] = &[
    key("source.path", "", Constraint::Text, "file, folder or glob; hive partitions become attributes"),
    key("source.id", "\"\"", Constraint::OptionalText, "the id column; absent = row number; must be unique"),
    key(
        "source.duplicates",
        "\"error\"",
        Constraint::OneOf(&["error", "first", "last"]),
        "when an id occurs twice: error | first | last",
    ),
    key(
        "source.features",
        "[]",
        Constraint::TextList,
        "clustered columns; absent = the numeric columns that look like measurements; a named one is always taken",
    ),
    key(
        "source.attributes",
        "[]",
        Constraint::TextList,
        "described, never clustered; absent = every text, bool and date column",
    ),
    key("source.exclude", "[]", Constraint::TextList, "columns that are not read"),
    key("source.tier", "\"\"", Constraint::OptionalText, "the tier people gave; absent = none"),
    key(
        "source.value",
        "\"\"",
        Constraint::OptionalText,
        "the money column, summed in profiles and comparisons; it may be a feature too",
    ),
    key(
        "source.outcome",
        "\"\"",
        Constraint::OptionalText,
        "a two-level column described per segment (rate, lift, interval); never a tier",
    ),
    key(
        "source.as_of",
        "\"\"",
        Constraint::OptionalDate,
        "the date ages are counted to; absent = the latest date in the columns read as ages",
    ),
    key("source.null_values", "[]", Constraint::Scalars, "markers of missing in every column, such as [-1, \"n/a\"]"),
    key("normalize.missing", "\"median\"", MISSING, "reject | drop | mean | median | zero"),
    key("normalize.transform", "\"auto\"", TRANSFORM, "none | log1p | yeo_johnson | quantile | auto (by skewness)"),
    key("normalize.scale", "\"standard\"", SCALE, "none | standard | min_max | robust | max_abs"),
    key("normalize.clip", "0.0", CLIP, "winsorize this share at each end before fitting"),
    key(
        "normalize.categories",
        "\"describe\"",
        Constraint::OneOf(&["describe", "cluster"]),
        "describe | cluster: whether categories of customers count in distances",
    ),
    key(
        "cluster.seed",
        "42",
        Constraint::Whole { low: 0, high: i64::MAX },
        "of every random stream but the verdict's references",
    ),
    key("cluster.threads", "0", Constraint::Whole { low: 0, high: 4096 }, "0 = all; never changes a result"),
    key(
        "cluster.primary",
        "\"kmeans\"",
        Constraint::OneOf(&["kmeans", "dbscan"]),
        "which clustering becomes the segments: kmeans | dbscan",
    ),
    key("cluster.kmeans.k", "\"auto\"", Constraint::WordOr("auto", &COUNT), "auto, or a number"),
    key("cluster.kmeans.k_range", "[2, 12]", Constraint::Range { min: 2 }, "what auto tries"),
    key(
        "cluster.kmeans.init",
        "\"auto\"",
        Constraint::OneOf(&["auto", "k-means++", "k-means||"]),
        "k-means++ | k-means|| | auto (by n·k·d)",
    ),
    key("cluster.kmeans.n_init", "10", COUNT, "starts; the best inertia wins"),
    key("cluster.kmeans.max_iter", "300", COUNT, "passes per start"),
    key("cluster.kmeans.tol", "1e-4", NOT_NEGATIVE, "relative to the mean feature variance"),
    key("cluster.dbscan.enabled", "true", Constraint::Bool, "run DBSCAN beside k-means"),
    key(
        "cluster.dbscan.eps",
        "\"auto\"",
        Constraint::WordOr("auto", &POSITIVE),
        "auto, or a number in normalized units",
    ),
    key(
        "cluster.dbscan.min_samples",
        "\"auto\"",
        Constraint::WordOr("auto", &COUNT),
        "auto = max(5, 2 × features), or a number",
    ),
    key(
        "cluster.dbscan.rows",
        "\"all\"",
        Constraint::WordOr("all", &COUNT),
        "all, or N: fit on a fixed sample, score the rest",
    ),
    key("cluster.gmm.enabled", "false", Constraint::Bool, "Gaussian mixture with the chosen k: soft memberships"),
    key("label.catalogs", "[\"rfm-8\"]", Constraint::TextList, "built-in names or paths of TOML files; order matters"),
    key("label.min_score", "0.6", SHARE, "lowest score of a match"),
    key("label.min_margin", "0.1", SHARE, "lowest distance to the next archetype of the catalog"),
    key("label.one_to_one", "false", Constraint::Bool, "an archetype names at most one cluster"),
    key("label.language", "\"en\"", Constraint::OneOf(&["en", "zh"]), "of names and summaries: en | zh"),
    key(
        "label.roles.recency",
        "\"recency_days\"",
        Constraint::Text,
        "role → column; defaults apply only where the column exists",
    ),
    key("label.roles.frequency", "\"frequency\"", Constraint::Text, ""),
    key("label.roles.monetary", "\"monetary\"", Constraint::Text, ""),
    key("compare.tier_order", "[]", Constraint::TextList, "best first; enables the rank measures"),
    key(
        "compare.rules",
        "[]",
        Constraint::Rules,
        "tiers by rule, such as [{ kind = \"abc\", column = \"monetary\", cuts = [0.8, 0.95] }]",
    ),
    key("compare.permutations", "999", Constraint::Whole { low: 0, high: 1_000_000 }, "of the p values"),
    key("compare.bootstrap", "999", Constraint::Whole { low: 0, high: 1_000_000 }, "resamples of the intervals"),
    key(
        "report.min_cell",
        "10",
        Constraint::Whole { low: 0, high: 1_000_000_000 },
        "smaller cells are not shown in anything that is shared",
    ),
    key(
        "report.id_salt",
        "\"\"",
        Constraint::OptionalText,
        "environment variable with a secret to hash shared ids with; absent = ids as they are",
    ),
    key(
        "limits.memory",
        "\"auto\"",
        Constraint::WordOr("auto", &Constraint::Size),
        "auto = 80 % of what is available, or a size such as \"8 GB\"",
    ),
    key("limits.time", "\"none\"", Constraint::WordOr("none", &Constraint::Duration), "none, or a time such as \"2h\""),
    key("registry.path", "\"runs\"", Constraint::Text, "where runs are kept"),
    key("registry.keep", "50", COUNT, "runs kept; those with an alias always are"),
];

/// Keys of `[normalize.features.NAME]`.
pub const FEATURE_KEYS: &[Key] = &[
    key("missing", "", MISSING, ""),
    key("transform", "", TRANSFORM, ""),
    key("scale", "", SCALE, ""),
    key("clip", "", CLIP, ""),
    key("weight", "", POSITIVE, ""),
];

/// Keys of `[source.columns.NAME]`.
pub const COLUMN_KEYS: &[Key] = &[
    key("read", "", Constraint::OneOf(&["number", "age_days", "age_years"]), ""),
    key("decimal", "", Constraint::OneOf(&[".", ","]), ""),
    key("day_first", "", Constraint::Bool, ""),
    key("null_values", "", Constraint::Scalars, ""),
    key("levels", "", Constraint::TextList, ""),
];

/// The table of how single columns are read.
pub const COLUMNS_TABLE: &str = "source.columns";

/// The table of per-column overrides.
pub const FEATURES_TABLE: &str = "normalize.features";

/// The table of service levels, which may hold any tier.
pub const SERVICE_TABLE: &str = "compare.service";

/// The table of roles, which may hold any name.
pub const ROLES_TABLE: &str = "label.roles";

/// The roles that are assumed where their column exists: (role, column).
pub fn default_roles() -> Vec<(&'static str, &'static str)> {
    let keys = KEYS.iter().filter(|key| key.section() == ROLES_TABLE);
    keys.map(|key| (key.name(), key.default.trim_matches('"'))).collect()
}

/// What `path` may be, if it is a key.
pub fn constraint_of(path: &[String]) -> Option<Constraint> {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["normalize", "features", _, name] => FEATURE_KEYS.iter().find(|k| k.path == *name).map(|k| k.constraint),
        ["source", "columns", _, name] => COLUMN_KEYS.iter().find(|k| k.path == *name).map(|k| k.constraint),
        ["label", "roles", _] | ["compare", "service", _] => Some(Constraint::Text),
        _ => KEYS.iter().find(|k| k.path == parts.join(".")).map(|k| k.constraint),
    }
}

/// Whether `path` is a table that may hold keys.
pub fn is_table(path: &[String]) -> bool {
    let joined = path.join(".");
    [FEATURES_TABLE, COLUMNS_TABLE, SERVICE_TABLE].contains(&joined.as_str())
        || (path.len() == 3 && keys_per_column(path).is_some())
        || KEYS.iter().any(|k| k.path.strip_prefix(&joined).is_some_and(|rest| rest.starts_with('.')))
}

/// The keys a table of one column may hold, when `path` is in one.
fn keys_per_column(path: &[String]) -> Option<&'static [Key]> {
    match path {
        [first, second, _, ..] if first == "normalize" && second == "features" => Some(FEATURE_KEYS),
        [first, second, _, ..] if first == "source" && second == "columns" => Some(COLUMN_KEYS),
        _ => None,
    }
}

/// The known path most like `path`, when one is close.
pub fn nearest(path: &[String]) -> Option<String> {
    let wanted = path.join(".");
    let per_column = keys_per_column(path).filter(|_| path.len() == 4);
    let known: Vec<String> = if let Some(keys) = per_column {
        keys.iter().map(|k| format!("{}.{}", path[..3].join("."), k.path)).collect()
    } else {
        let tables = KEYS.iter().map(|k| k.section().to_owned());
        KEYS.iter()
            .map(|k| k.path.to_owned())
            .chain(tables)
            .chain([FEATURES_TABLE, COLUMNS_TABLE, SERVICE_TABLE].map(str::to_owned))
            .collect()
    };
    let last = path.last().map(String::as_str).unwrap_or_default();
    // A right name in a wrong table is the other usual mistake.
    let moved = known.iter().filter(|candidate| candidate.rsplit('.').next() == Some(last)).min();
    moved.cloned().or_else(|| crate::nearest::nearest(&wanted, &known))
}

#[cfg(test)]
mod tests {
    use super::super::read::toml_value;
    use super::*;

    #[test]
    fn every_default_is_admitted_and_every_constraint_refuses_something() {
        for key in KEYS {
            if !key.default.is_empty() {
                assert!(key.constraint.admits(&toml_value(key.default)), "{} = {}", key.path, key.default);
            }
            assert!(!key.constraint.admits(&key.constraint.refused_example()), "{}", key.path);
        }
    }

    #[test]
    fn keys_of_a_section_stand_together() {
        let mut sections: Vec<&str> = KEYS.iter().map(Key::section).collect();
        sections.dedup();
        let mut distinct = sections.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(sections.len(), distinct.len());
    }
}
