//! Every key of `pipeline.toml`: its default, what it may be, and its comment. The only home of all three.

use toml::Value;

use super::constraint::{COUNT, Constraint, NOT_NEGATIVE, POSITIVE, SHARE};

/// One key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its dotted path, such as `cluster.kmeans.k`.
    pub path: &'static str,
    /// Its default as TOML; empty for a key that has none.
    pub default: &'static str,
    /// What it may be.
    pub constraint: Constraint,
    /// Its comment in the file; empty where the one above speaks of it too.
    pub comment: &'static str,
    /// The same in Chinese.
    pub comment_zh: &'static str,
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

    /// Its default.
    pub(super) fn default_value(&self) -> Value {
        let mut line: toml::Table = format!("value = {}", self.default).parse().expect("defaults are TOML");
        line.remove("value").expect("one value")
    }

    const fn says(mut self, comment: &'static str, comment_zh: &'static str) -> Key {
        self.comment = comment;
        self.comment_zh = comment_zh;
        self
    }
}

const fn key(path: &'static str, default: &'static str, constraint: Constraint) -> Key {
    Key { path, default, constraint, comment: "", comment_zh: "" }
}

const fn ascending(fewest: usize, most: usize, shares: bool) -> Constraint {
    Constraint::Numbers { fewest, most, ascending: true, shares }
}

const MISSING: Constraint = Constraint::OneOf(&["reject", "drop", "mean", "median", "zero"]);
const TRANSFORM: Constraint = Constraint::OneOf(&["none", "log1p", "yeo_johnson", "quantile", "auto"]);
const SCALE: Constraint = Constraint::OneOf(&["none", "standard", "min_max", "robust", "max_abs"]);
const DOMINANCE: Constraint = Constraint::Number { low: 0.0, low_included: false, high: 1.0, high_included: true };
/// Where 10 means that nearly nobody is where anybody was.
const PSI: Constraint = Constraint::Number { low: 0.0, low_included: true, high: 10.0, high_included: true };
const CLIP: Constraint = Constraint::Number { low: 0.0, low_included: true, high: 0.5, high_included: false };
const RULES: Constraint = Constraint::Tables("{ kind = \"abc\", column = \"monetary\" }");

/// Every key, in the order of the file.
pub const KEYS: &[Key] = &[
    key("source.path", "", Constraint::Text).says(
        "file, folder or glob, or a URL such as s3://bucket/key; hive partitions become attributes",
        "文件、文件夹、通配模式，或 s3://bucket/key 这样的 URL；hive 分区成为属性",
    ),
    key("source.id", "\"\"", Constraint::OptionalText)
        .says("the id column; absent = row number; must be unique", "客户标识列；缺省 = 行号；不得重复"),
    key("source.duplicates", "\"error\"", Constraint::OneOf(&["error", "first", "last"])).says(
        "when an id occurs twice: error | first | last",
        "同一标识出现两次时：error 报错，first 取第一行，last 取最后一行",
    ),
    key("source.features", "[]", Constraint::TextList).says(
        "clustered columns; absent = the numeric columns that look like measurements; a named one is always taken",
        "参与聚类的列；缺省 = 看起来是度量的数值列；写明的列总会采用",
    ),
    key("source.attributes", "[]", Constraint::TextList).says(
        "described, never clustered; absent = every text, bool and date column",
        "只用于描述、不参与聚类的列；缺省 = 所有文本、布尔和日期列",
    ),
    key("source.exclude", "[]", Constraint::TextList).says("columns that are not read", "不读取的列"),
    key("source.tier", "\"\"", Constraint::OptionalText)
        .says("the tier people gave; absent = none", "人工评定的等级；缺省 = 没有"),
    key("source.value", "\"\"", Constraint::OptionalText).says(
        "the money column, summed in profiles and comparisons; it may be a feature too",
        "金额列，在画像和对照中求和；它也可以是特征",
    ),
    key("source.outcome", "\"\"", Constraint::OptionalText).says(
        "a two-level column described per segment (rate, lift, interval); never a tier",
        "按客群描述的二值列（比率、提升度、区间）；不会当作等级",
    ),
    key("source.as_of", "\"\"", Constraint::OptionalDate).says(
        "the date ages are counted to; absent = the latest date in the columns read as ages",
        "距今天数算到这一天；缺省 = 按距今天数读取的各列中最晚的日期",
    ),
    key("source.null_values", "[]", Constraint::Scalars).says(
        "markers of missing in every column, such as [-1, \"n/a\"]",
        "每一列中表示缺失的标记，例如 [-1, \"n/a\"]",
    ),
    key("normalize.missing", "\"median\"", MISSING).says(
        "reject | drop | mean | median | zero",
        "缺失值：reject 拒绝，drop 去除该行，mean 均值，median 中位数，zero 零",
    ),
    key("normalize.transform", "\"auto\"", TRANSFORM).says(
        "none | log1p | yeo_johnson | quantile | auto (by skewness)",
        "形状变换：none、log1p、yeo_johnson、quantile；auto 按偏度选择",
    ),
    key("normalize.scale", "\"standard\"", SCALE)
        .says("none | standard | min_max | robust | max_abs", "尺度：none、standard、min_max、robust、max_abs"),
    key("normalize.clip", "0.0", CLIP)
        .says("winsorize this share at each end before fitting", "拟合之前在两端各缩尾这一比例"),
    key("normalize.categories", "\"describe\"", Constraint::OneOf(&["describe", "cluster"])).says(
        "describe | cluster: whether categories of customers count in distances",
        "客户的类别列：describe 只描述，cluster 计入距离",
    ),
    key("cluster.seed", "42", Constraint::Whole { low: 0, high: i64::MAX })
        .says("of every random stream but the verdict's references", "所有随机流的种子，结构判断的参照除外"),
    key("cluster.threads", "0", Constraint::Whole { low: 0, high: 4096 })
        .says("0 = all; never changes a result", "线程数；0 = 全部；不改变任何结果"),
    key("cluster.primary", "\"kmeans\"", Constraint::OneOf(&["kmeans", "dbscan"]))
        .says("which clustering becomes the segments: kmeans | dbscan", "哪种聚类成为客群：kmeans | dbscan"),
    key("cluster.kmeans.k", "\"auto\"", Constraint::WordOr("auto", &COUNT))
        .says("auto, or a number", "auto 为自动选择，或给定聚类数"),
    key("cluster.kmeans.k_range", "[2, 12]", Constraint::Range { min: 2 }).says("what auto tries", "auto 尝试的范围"),
    key("cluster.kmeans.init", "\"auto\"", Constraint::OneOf(&["auto", "k-means++", "k-means||"]))
        .says("k-means++ | k-means|| | auto (by n·k·d)", "起始质心：k-means++、k-means||；auto 按 n·k·d 选择"),
    key("cluster.kmeans.n_init", "\"auto\"", Constraint::WordOr("auto", &COUNT)).says(
        "auto = up to 10 starts, until a better one is unlikely, or a number; the best inertia wins",
        "auto = 至多 10 次起始，直到不大可能再有更好的，或给定次数；取惯性最小者",
    ),
    key("cluster.kmeans.max_iter", "300", COUNT).says("passes per start", "每次起始的最多轮数"),
    key("cluster.kmeans.tol", "1e-4", NOT_NEGATIVE)
        .says("relative to the mean feature variance", "收敛阈值，相对于特征方差的均值"),
    key("cluster.dbscan.enabled", "true", Constraint::Bool)
        .says("run DBSCAN beside k-means", "与 k-means 同时运行 DBSCAN"),
    key("cluster.dbscan.eps", "\"auto\"", Constraint::WordOr("auto", &POSITIVE))
        .says("auto, or a number in normalized units", "auto 为自动选择，或标准化单位下的邻域半径"),
    key("cluster.dbscan.min_samples", "\"auto\"", Constraint::WordOr("auto", &COUNT))
        .says("auto = max(5, 2 × features), or a number", "auto = max(5, 2 × 特征数)，或给定最小样本数"),
    key("cluster.dbscan.rows", "\"all\"", Constraint::WordOr("all", &COUNT)).says(
        "all, or N: fit on a fixed sample, score the rest",
        "all 为全部，或 N：在 N 行的固定样本上拟合，其余据此归类",
    ),
    key("cluster.gmm.enabled", "false", Constraint::Bool)
        .says("Gaussian mixture with the chosen k: soft memberships", "按选定的 k 拟合高斯混合：给出隶属概率"),
    key("label.catalogs", "[\"rfm-8\"]", Constraint::TextList)
        .says("built-in names or paths of TOML files; order matters", "内置目录名或 TOML 文件路径；次序有意义"),
    key("label.min_score", "0.6", SHARE).says("lowest score of a match", "匹配的最低得分"),
    key("label.min_margin", "0.1", SHARE)
        .says("lowest distance to the next archetype of the catalog", "与同一目录中次优原型的最小间隔"),
    key("label.one_to_one", "false", Constraint::Bool)
        .says("an archetype names at most one cluster", "一个客户原型至多命名一个聚类"),
    key("label.language", "\"en\"", Constraint::OneOf(&["en", "zh"]))
        .says("of names and summaries: en | zh", "名称和摘要的语言：en | zh"),
    key("label.roles.recency", "\"recency_days\"", Constraint::Text)
        .says("role → column; defaults apply only where the column exists", "角色 → 列；默认值只在该列存在时生效"),
    key("label.roles.frequency", "\"frequency\"", Constraint::Text).says("", "同上"),
    key("label.roles.monetary", "\"monetary\"", Constraint::Text).says("", "同上"),
    key("compare.tier_order", "[]", Constraint::DistinctTexts)
        .says("best first; enables the rank measures", "等级次序，最好的在前；有次序才有秩相关指标"),
    key("compare.rules", "[]", RULES).says(
        "tiers by rule, such as [{ kind = \"abc\", column = \"monetary\", cuts = [0.8, 0.95] }]",
        "按规则划分的等级，例如 [{ kind = \"abc\", column = \"monetary\", cuts = [0.8, 0.95] }]",
    ),
    key("compare.permutations", "999", Constraint::Whole { low: 0, high: 1_000_000 })
        .says("of the p values", "p 值的置换次数"),
    key("compare.bootstrap", "999", Constraint::Whole { low: 0, high: 1_000_000 })
        .says("resamples of the intervals", "区间的重抽样次数"),
    key("refit.against", "\"\"", Constraint::OptionalText).says(
        "the run whose segments this one continues: alias, run id or folder; absent = none, as is an alias not yet there",
        "本次运行延续哪次运行的客群：别名、运行标识或文件夹；缺省 = 不延续，别名尚不存在时亦然",
    ),
    key("refit.grace", "3", Constraint::Whole { low: 0, high: 1000 })
        .says("runs that a vanished segment may come back after", "消失的客群在几次运行之内可以恢复原标识"),
    key("gate.promote", "\"\"", Constraint::OptionalText).says(
        "the alias that moves to a run when every rule below holds; absent = no gate, no exit code 5",
        "以下规则全部满足时指向本次运行的别名；缺省 = 不设门槛，也没有退出码 5",
    ),
    key("gate.min_carried", "0.8", SHARE)
        .says("share of customers in segments whose id went on", "标识得以延续的客群所含客户的占比"),
    key("gate.max_redefined", "0.15", SHARE)
        .says("share whose segment changed by definition alone", "仅因客群定义改变而换客群的客户占比"),
    key("gate.max_drift", "0.0", PSI).says(
        "PSI of a feature, tested against its critical value; 0 = only reported",
        "单个特征的 PSI 上限，按临界值检验；0 = 只报告",
    ),
    key("gate.min_stability", "0.75", SHARE).says(
        "a segment that came back in samples this often has to do so still",
        "原先达到此稳定度的客群须继续达到",
    ),
    key("gate.max_vanished_value", "0.05", SHARE)
        .says("share of value in segments that vanished", "消失的客群所占金额的比例"),
    key("gate.min_rows", "0.7", NOT_NEGATIVE).says("customers against the run before", "客户数与上次运行之比"),
    key("gate.max_missing_rise", "0.1", SHARE)
        .says("rise of the missing share of any feature", "任一特征缺失占比的上升"),
    key("gate.columns", "\"same\"", Constraint::OneOf(&["same", "any"]))
        .says("same | any: whether features may change", "特征列是否可以改变：same 必须相同，any 不限"),
    key("report.min_cell", "10", Constraint::Whole { low: 0, high: 1_000_000_000 }).says(
        "smaller cells are not shown in anything that is shared",
        "少于此数的单元格在任何对外共享的内容中都不显示",
    ),
    key("report.dominance", "0.85", DOMINANCE).says(
        "a sum of values is not shown where one customer has this share of it; 1 = off",
        "若一位客户占某金额合计的比例达到此数，则不显示该合计；1 = 关闭",
    ),
    key("report.id_salt", "\"\"", Constraint::OptionalText).says(
        "environment variable with a secret to hash shared ids with; absent = ids as they are",
        "存放密钥的环境变量，共享的客户标识以其散列；缺省 = 原样显示",
    ),
    key("limits.memory", "\"auto\"", Constraint::WordOr("auto", &Constraint::Size)).says(
        "auto = 80 % of what is available, or a size such as \"8 GB\"",
        "auto = 可用内存的 80%，或容量，例如 \"8 GB\"",
    ),
    key("limits.time", "\"none\"", Constraint::WordOr("none", &Constraint::Duration))
        .says("none, or a time such as \"2h\"", "none 为不限，或时长，例如 \"2h\""),
    key("registry.path", "\"runs\"", Constraint::Folder).says("where runs are kept", "存放运行的文件夹"),
    key("registry.permissions", "\"owner\"", Constraint::OneOf(&["owner", "umask"])).says(
        "owner | umask: who may enter a new registry; no effect on Windows",
        "新建的运行文件夹谁可进入：owner 仅所有者，umask 按系统掩码；Windows 上无效",
    ),
    key("registry.keep", "50", COUNT)
        .says("runs kept; those with an alias always are", "保留的运行个数；有别名的总是保留"),
];

/// A table of the file whose own tables or keys are named by the user.
#[derive(Debug, Clone, Copy)]
pub struct OpenTable {
    /// Its dotted path.
    pub path: &'static str,
    /// Its heading in the file, with the user's word in capitals.
    pub heading: &'static str,
    /// The keys of each of its tables; none: it holds one text for each name.
    pub keys: &'static [Key],
    /// Its comment in the file.
    pub comment: &'static str,
    /// The same in Chinese.
    pub comment_zh: &'static str,
}

/// The tables whose names the user chooses, in the order of the file; each stands at the end of its section.
pub const OPEN_TABLES: &[OpenTable] = &[
    OpenTable {
        path: "source.columns",
        heading: "source.columns.NAME",
        keys: COLUMN_KEYS,
        comment: "how one column is read: read = \"number\" | \"age_days\" | \"age_years\", decimal = \".\" | \",\", day_first = true | false, null_values = [], levels = [] (an ordinal, low to high)",
        comment_zh: "一列如何读取",
    },
    OpenTable {
        path: "normalize.features",
        heading: "normalize.features.NAME",
        keys: FEATURE_KEYS,
        comment: "any of the above for one column, and weight (its share in squared distances)",
        comment_zh: "一列自己的标准化方式，以及权重",
    },
    OpenTable {
        path: "compare.service",
        heading: "compare.service",
        keys: &[],
        comment: "TIER = \"what its customers are offered\"; absent = tailored, standard or basic by its place in the order",
        comment_zh: "等级 = \"该等级客户的服务\"；缺省按次序为定制、标准或基础服务",
    },
];

/// Keys of `[normalize.features.NAME]`; one without a default has the value of `[normalize]`.
pub const FEATURE_KEYS: &[Key] = &[
    key("missing", "", MISSING).says("as normalize.missing, for this column", "同 normalize.missing，仅用于该列"),
    key("transform", "", TRANSFORM)
        .says("as normalize.transform, for this column", "同 normalize.transform，仅用于该列"),
    key("scale", "", SCALE).says("as normalize.scale, for this column", "同 normalize.scale，仅用于该列"),
    key("clip", "", CLIP).says("as normalize.clip, for this column", "同 normalize.clip，仅用于该列"),
    key("weight", "1.0", POSITIVE).says("its share in squared distances", "该列在距离平方中的权重"),
];

/// Keys of `[source.columns.NAME]`; what is absent is judged from the column's type and values.
pub const COLUMN_KEYS: &[Key] = &[
    key("read", "", Constraint::OneOf(&["number", "age_days", "age_years"])).says(
        "what its values become: numbers, or days or years to the as-of date",
        "取值读作什么：数值，或距今天数、距今年数",
    ),
    key("decimal", "", Constraint::OneOf(&[".", ","]))
        .says("the decimal mark of numbers in text", "文本中数值的小数点"),
    key("day_first", "", Constraint::Bool)
        .says("whether the day comes before the month in dates with the year last", "年份在后的日期中，日是否在月之前"),
    key("null_values", "", Constraint::Scalars).says(
        "markers of missing in this column, in place of source.null_values",
        "该列中表示缺失的标记，取代 source.null_values",
    ),
    key("levels", "", Constraint::TextList).says("the levels of an ordinal, low to high", "有序类别的取值，由低到高"),
];

/// Keys of a rule in `compare.rules`, as `KIND.KEY`; one without a default must be given, or may be absent.
pub const RULE_KEYS: &[Key] = &[
    key("abc.column", "", Constraint::Text).says("the column whose shares are cumulated", "累计其占比的列"),
    key("abc.cuts", "[0.8, 0.95]", ascending(2, 2, true)).says("where A and B end", "A 与 B 的界线"),
    key("abcd.value", "", Constraint::Text).says("what a customer brings", "客户带来的价值"),
    key("abcd.loyalty", "", Constraint::Text).says("what shows that a customer stays", "表明客户留存的列"),
    key("abcd.cuts", "[0.7, 0.4, 0.2]", Constraint::Numbers { fewest: 3, most: 3, ascending: false, shares: true })
        .says(
            "the mid-rank shares above which the weaker of the two is A, B or C",
            "两者中较弱者高于此秩次占比时为 A、B、C",
        ),
    key("quantile.column", "", Constraint::Text).says("the column that is cut", "划分所依据的列"),
    key("quantile.q", "4", Constraint::Whole { low: 2, high: 100 }).says("how many tiers", "等级个数"),
    key("matrix.x", "", Constraint::Text).says("the column that counts first", "第一列"),
    key("matrix.y", "", Constraint::Text).says("the other column", "另一列"),
    key("matrix.cut", "\"median\"", Constraint::Form(CUT))
        .says("above which values a column is one level higher", "高于哪些值时升一级"),
    key("matrix.cells", "[]", Constraint::Form(CELLS)).says("names and actions of cells", "单元格的名称与行动建议"),
    key("rfm.recency", "", Constraint::Text).says("days since the last order", "距上次下单的天数"),
    key("rfm.frequency", "", Constraint::Text).says("orders", "订单数"),
    key("rfm.monetary", "", Constraint::Text).says("spending", "消费金额"),
    key("rfm.q", "3", Constraint::Whole { low: 2, high: 9 }).says("the best score", "最高分"),
    key("rfm.cuts.recency", "", ascending(1, 8, false))
        .says("own cuts in days, with those below", "自定的天数界线，须与下面两项同时给出"),
    key("rfm.cuts.frequency", "", ascending(1, 8, false)).says("own cuts in orders", "自定的订单数界线"),
    key("rfm.cuts.monetary", "", ascending(1, 8, false)).says("own cuts in money", "自定的金额界线"),
];

/// What a cut of the customer matrix may be.
pub(super) const CUT: &str = "\"median\" | \"mean\" | a number | { quantile = share or ascending shares }, or two of them, where each may be a list of up to 4 ascending numbers";

/// What the cells of the customer matrix may be.
const CELLS: &str = "a list of tables such as { x = \"high\", y = \"low\", name = \"whales\" }";

/// The table of roles, which may hold any name.
pub const ROLES_TABLE: &str = "label.roles";

/// The key at `path`, such as `cluster.kmeans.k`; for a rule, `compare.rules.abc.cuts`.
///
/// # Panics
/// When there is none: only code names keys here.
pub fn key_at(path: &str) -> &'static Key {
    let found = match path.strip_prefix("compare.rules.") {
        Some(of_rule) => RULE_KEYS.iter().find(|key| key.path == of_rule),
        None => KEYS.iter().find(|key| key.path == path),
    };
    found.unwrap_or_else(|| panic!("{path} is not in the schema"))
}

/// The roles that are assumed where their column exists: (role, column).
pub fn default_roles() -> Vec<(&'static str, &'static str)> {
    let keys = KEYS.iter().filter(|key| key.section() == ROLES_TABLE);
    keys.map(|key| (key.name(), key.default.trim_matches('"'))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_admitted_and_every_constraint_refuses_something() {
        for key in [KEYS, FEATURE_KEYS, COLUMN_KEYS, RULE_KEYS].concat() {
            if !key.default.is_empty() {
                assert!(key.constraint.admits(&key.default_value()), "{} = {}", key.path, key.default);
            }
            if let Some(refused) = key.constraint.refused_example() {
                assert!(!key.constraint.admits(&refused), "{}", key.path);
            }
        }
    }

    #[test]
    fn words_in_a_comment_are_those_that_are_allowed() {
        for key in KEYS {
            let Constraint::OneOf(words) = key.constraint else { continue };
            let listed = key.comment.split(" | ").count();
            assert!(listed == words.len(), "{}", key.path);
            assert!(words.iter().all(|word| key.comment.contains(word)), "{}", key.path);
        }
        for table in OPEN_TABLES {
            let missing = table.keys.iter().find(|key| key.default.is_empty() && !table.comment.contains(key.path));
            assert!(table.keys.is_empty() || missing.is_none() || table.comment.contains("any of the above"));
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
