//! What a table decides of its configuration, with the reasons.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Value;

use super::super::exit::Failed;
use super::super::output::listed;
use super::catalogs::Applicable;
use crate::config::{ColumnPlan, Fitted, LabelPlan, ReadAs, SourcePlan, schema};
use crate::features::purchases;
use crate::figures::percent;
use crate::language::counted;
use crate::load::{Column, Kind, MAX_LEVELS, Source, type_without_use};
use crate::monitor::Monitor;
use crate::normalize::MAX_CATEGORY_LEVELS;
use crate::recognize::{Certainty, ColumnFacts, ColumnNature, Judgement, Judgements, Marker, Use, Values, best_match};
use crate::{Text, Warning};

/// Roles that are proposed where a name only may mean them.
const PROPOSED: [&str; 6] = ["recency", "frequency", "monetary", "tenure", "age", "income"];

/// What was found in a table.
pub(super) struct Found {
    path: String,
    judged: Judgements,
    facts: Vec<ColumnFacts>,
    id: Option<(String, Certainty)>,
    tier: Option<String>,
    outcome: Option<String>,
    value: Option<(String, Certainty)>,
    features: Vec<String>,
    /// Columns that describe, in the order of the table.
    described: Vec<String>,
    /// Columns of categories that could be clustered.
    categories: Vec<String>,
    applicable: Applicable,
    /// Columns of customer and time, where rows are purchases.
    purchases: Option<(String, String)>,
    /// Columns whose type has no use.
    useless: Vec<Column>,
}

impl Found {
    /// Judges the table at `input`; `path` is what the configuration calls it.
    pub fn of(input: &Path, path: String) -> Result<Found, Failed> {
        let source = Source::open(input)?;
        let plan = SourcePlan::new(input);
        let facts = source.facts(&plan, &Monitor::silent())?;
        let judged = Judgements::of(&facts, &plan);
        let owned = |found: Option<(&str, Certainty)>| found.map(|(column, certainty)| (column.to_owned(), certainty));
        let id = owned(judged.customer_id());
        let tier = judged.tier().map(str::to_owned);
        let outcome = judged.outcome().map(str::to_owned);
        let sure_id = id.as_ref().filter(|(_, certainty)| *certainty == Certainty::Sure).map(|(column, _)| column);
        let has_role = |name: &String| [sure_id, tier.as_ref(), outcome.as_ref()].contains(&Some(name));
        let features: Vec<String> = judged.features().into_iter().filter(|name| !has_role(name)).collect();
        let mut attributes = BTreeMap::new();
        let mut described = Vec::new();
        let mut categories = Vec::new();
        for column in source.columns().iter().filter(|column| !has_role(&column.name)) {
            let facts = facts.iter().find(|facts| facts.name == column.name);
            let judgement = judged.columns.iter().find(|judgement| judgement.column == column.name);
            let Some(levels) = levels_of(column.kind, column.is_partition, facts, judgement) else { continue };
            if column.kind != Kind::Number
                && column.kind != Kind::Date
                && (2..=MAX_CATEGORY_LEVELS).contains(&levels.len())
            {
                categories.push(column.name.clone());
            }
            described.push(column.name.clone());
            attributes.insert(column.name.clone(), levels);
        }
        let value = owned(judged.value());
        let mut label = LabelPlan::default();
        let ages = judged.ages().filter(|(_, column)| features.iter().any(|name| name == column));
        label.roles.extend(ages.map(|(role, column)| (role.to_owned(), column.to_owned())));
        let applicable = Applicable::find(&label, &features, &attributes)?;
        // Customers who stand there once each are a table of customers, whatever else there is.
        let is_of_customers = id.as_ref().is_some_and(|(_, certainty)| *certainty == Certainty::Sure);
        let purchases = if is_of_customers { None } else { purchases(&source) };
        let is_used = |name: &String| has_role(name) || features.contains(name) || described.contains(name);
        let is_useless = |c: &&Column| matches!(c.kind, Kind::Bytes | Kind::Other) && !is_used(&c.name);
        let useless = source.columns().iter().filter(is_useless).cloned().collect();
        Ok(Found {
            path,
            judged,
            facts,
            id,
            tier,
            outcome,
            value,
            features,
            described,
            categories,
            applicable,
            purchases,
            useless,
        })
    }

    /// What a person should look at.
    pub fn warnings(&self) -> Vec<Warning> {
        // Of a column whose role was found there is nothing to look at.
        let mut plan = SourcePlan::new(&self.path);
        plan.id = self.id.as_ref().filter(|(_, certainty)| *certainty == Certainty::Sure).map(|(id, _)| id.clone());
        (plan.tier, plan.outcome) = (self.tier.clone(), self.outcome.clone());
        let rows = self.purchases.iter().map(|(customer, time)| rows_are_purchases(customer, time));
        let nothing = (!self.has_features()).then(|| nothing_to_cluster(&self.categories));
        let useless = self.useless.iter().map(type_without_use);
        rows.chain(nothing).chain(useless).chain(Judgements::of(&self.facts, &plan).warnings()).collect()
    }

    /// Whether a run of the configuration as it is has something to cluster.
    pub fn has_features(&self) -> bool {
        !self.features.is_empty()
    }

    /// What was found, for the terminal.
    pub fn summary(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut say = |what: &str, columns: String| lines.push(format!("  {what:<10}  {columns}"));
        match &self.id {
            Some((column, Certainty::Sure)) => say("id", column.clone()),
            Some((column, Certainty::Doubtful)) => say("id", format!("none; perhaps {column}")),
            None => say("id", "none; rows are numbered".to_owned()),
        }
        say("features", format!("{}: {}", self.features.len(), listed(&self.features)));
        if !self.described.is_empty() {
            say("attributes", format!("{}: {}", self.described.len(), listed(&self.described)));
        }
        for (what, column) in [("tier", &self.tier), ("outcome", &self.outcome)] {
            if let Some(column) = column {
                say(what, column.clone());
            }
        }
        match &self.value {
            Some((column, Certainty::Sure)) => say("value", column.clone()),
            Some((column, Certainty::Doubtful)) => say("value", format!("none; perhaps {column}")),
            None => {}
        }
        let ids: Vec<&str> = self.applicable.set.iter().map(|catalog| catalog.id.as_str()).collect();
        match ids.as_slice() {
            [] => say("catalogs", "no built-in one applies: its roles have no columns (label.roles)".to_owned()),
            ids => say("catalogs", ids.join(", ")),
        }
        if !self.categories.is_empty() {
            let (n, one) = (self.categories.len(), self.categories.len() == 1);
            let columns = if one { "column" } else { "columns" };
            say("categories", format!("{n} {columns} more with normalize.categories = \"cluster\""));
        }
        lines
    }

    /// The keys, comments and lines of the configuration.
    pub fn fitted(&self) -> Fitted {
        let mut fitted = Fitted::default();
        let text = |column: &str| Value::from(column).to_string();
        let list =
            |columns: &[String]| Value::Array(columns.iter().map(|c| Value::from(c.as_str())).collect()).to_string();
        fitted.given.insert("source.path", text(&self.path));
        fitted.given.insert("source.features", list(&self.features));
        if !self.described.is_empty() {
            fitted.given.insert("source.attributes", list(&self.described));
        }
        for (key, found) in [("source.id", &self.id), ("source.value", &self.value)] {
            match found {
                Some((column, Certainty::Sure)) => {
                    fitted.given.insert(key, text(column));
                }
                Some((column, Certainty::Doubtful)) => {
                    fitted.notes.entry(key).or_default().push(format!("perhaps {}", quoted(column)));
                }
                None => {}
            }
        }
        for (key, column) in [("source.tier", &self.tier), ("source.outcome", &self.outcome)] {
            if let Some(column) = column {
                fitted.given.insert(key, text(column));
            }
        }
        fitted.notes.insert("source.features", self.notes_on_features());
        fitted.lines.insert("source", self.column_tables());
        self.label(&mut fitted);
        if !self.categories.is_empty() {
            let columns = self.categories.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ");
            let note = format!("\"cluster\" would bring in {}: {columns}", self.categories.len());
            fitted.notes.insert("normalize.categories", vec![note]);
        }
        fitted
    }

    fn notes_on_features(&self) -> Vec<String> {
        let mut by_finding: BTreeMap<(ColumnNature, Certainty), Vec<String>> = BTreeMap::new();
        for judgement in &self.judged.columns {
            let is_role = [self.id.as_ref().map(|(id, _)| id), self.tier.as_ref(), self.outcome.as_ref()]
                .contains(&Some(&judgement.column));
            if let Some(finding) = judgement.finding.filter(|_| !is_role) {
                by_finding.entry((finding, judgement.certainty)).or_default().push(quoted(&judgement.column));
            }
        }
        let mut notes: Vec<String> = by_finding
            .into_iter()
            .map(|((finding, certainty), columns)| {
                let is_clustered = self.judged.columns.iter().any(|j| {
                    j.finding == Some(finding) && j.certainty == certainty && self.features.contains(&j.column)
                });
                let what = match (is_clustered, certainty) {
                    (true, Certainty::Sure) => "clustered",
                    (true, Certainty::Doubtful) => "clustered, but look at",
                    (false, Certainty::Sure) => "not clustered",
                    (false, Certainty::Doubtful) => "not clustered, but look at",
                };
                format!("{what}: {} ({})", columns.join(", "), finding.reason().en)
            })
            .collect();
        for copy in &self.judged.copies {
            let (column, of) = (quoted(&copy.column), quoted(&copy.of));
            notes.push(format!("not clustered: {column} (repeats {of}, |ρ| {:.3})", copy.rho.abs()));
        }
        let type_of =
            |column: &Column| format!("not clustered: {} (type {})", quoted(&column.name), column.type_name());
        notes.extend(self.useless.iter().map(type_of));
        let dependences = self.judged.dependences.iter();
        notes.extend(dependences.map(|one| format!("clustered, but look at: {}", one.said(&quoted).en)));
        notes
    }

    /// `[source.columns.NAME]` of every column that is read in its own way; commented out where that is doubtful.
    fn column_tables(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for judgement in &self.judged.columns {
            let is_used = self.features.contains(&judgement.column) || judgement.certainty == Certainty::Doubtful;
            let reading = judgement.reading.as_ref().filter(|_| is_used);
            let marker = |marker: &Marker| match judgement.marks_days {
                true => format!("{:?}", judgement.marker_text(marker)),
                false => judgement.marker_text(marker),
            };
            let markers: Vec<String> = judgement.markers.iter().map(marker).collect();
            if reading.is_none() && markers.is_empty() {
                continue;
            }
            let is_sure = reading.is_some() && judgement.certainty == Certainty::Sure;
            let mark = if is_sure { "" } else { "# " };
            let reason = judgement.finding.filter(|_| reading.is_some()).map(|finding| finding.reason().en);
            lines.push(String::new());
            lines.push(match reason {
                Some(reason) => format!("{mark}[source.columns.{}]  # {reason}", quoted(&judgement.column)),
                None => format!("{mark}[source.columns.{}]", quoted(&judgement.column)),
            });
            lines.extend(reading.into_iter().flat_map(reading_lines).map(|line| format!("{mark}{line}")));
            if !markers.is_empty() {
                let shares: Vec<String> = judgement
                    .markers
                    .iter()
                    .zip(&markers)
                    .map(|(marker, text)| {
                        let rows = counted(marker.count as u64, "row", "rows");
                        format!("{} are {text} ({rows})", percent(marker.share))
                    })
                    .collect();
                let list = markers.join(", ");
                lines.push(format!("# null_values = [{list}]  # {}, far from all other values", shares.join(", ")));
            }
        }
        lines
    }

    /// Catalogs and roles.
    fn label(&self, fitted: &mut Fitted) {
        let ids: Vec<String> = self.applicable.set.iter().map(|catalog| catalog.id.clone()).collect();
        let mut notes = Vec::new();
        if ids.is_empty() {
            notes.push("no built-in catalog applies: name columns for its roles in [label.roles] below".to_owned());
        } else {
            let ids: Vec<Value> = ids.into_iter().map(Value::from).collect();
            fitted.given.insert("label.catalogs", Value::Array(ids).to_string());
        }
        if !self.applicable.others.is_empty() {
            notes.push(format!("could be asked too: {}", self.applicable.others.join(", ")));
        }
        fitted.notes.insert("label.catalogs", notes);
        let mut lines = Vec::new();
        for (role, column) in self.applicable.used() {
            let key = schema::KEYS.iter().find(|key| key.section() == schema::ROLES_TABLE && key.name() == role);
            match key {
                Some(key) => {
                    fitted.given.insert(key.path, Value::from(column).to_string());
                }
                None => lines.push(format!("{role} = {}", Value::from(column))),
            }
        }
        for role in PROPOSED.iter().filter(|role| self.applicable.roles.column(role).is_none()) {
            if let Some((column, Certainty::Doubtful)) = best_match(role, self.features.iter().map(String::as_str)) {
                lines.push(format!("# {role} = {}  # perhaps, by its name", Value::from(column)));
            }
        }
        fitted.lines.insert(schema::ROLES_TABLE, lines);
    }
}

/// That no column can be clustered as it is, and what would make a run of it.
fn nothing_to_cluster(categories: &[String]) -> Warning {
    let (en, zh) = match categories {
        [] => ("", ""),
        _ => (", or set normalize.categories = \"cluster\"", "，或设 normalize.categories = \"cluster\""),
    };
    let message = Text::new(
        format!("no column can be clustered, so `segmint run` refuses the table: name columns in source.features{en}"),
        format!("没有可参与聚类的列，`segmint run` 会拒绝此表：请在 source.features 中指定列{zh}"),
    );
    Warning::new("nothing_to_cluster", message)
}

/// That a table is to be made of customers first.
fn rows_are_purchases(customer: &str, time: &str) -> Warning {
    let message = Text::new(
        format!(
            "each row looks like a purchase ({customer:?} at {time:?}), not like a customer: `segmint features` makes a table of \
             customers"
        ),
        format!("每一行像是一笔交易（“{customer}”于“{time}”），而不是一位客户：`segmint features` 可由此生成客户表"),
    );
    Warning::new("rows_are_purchases", message).with("customer", customer).with("time", time)
}

/// The levels of a column that describes, empty where they are many; `None` for a column that does not.
fn levels_of(
    kind: Kind,
    is_partition: bool,
    facts: Option<&ColumnFacts>,
    judgement: Option<&Judgement>,
) -> Option<Vec<String>> {
    if is_partition {
        return Some(Vec::new());
    }
    let (facts, judgement) = (facts?, judgement?);
    if judgement.usage != Use::Attribute || kind == Kind::Bytes {
        return None;
    }
    match &facts.values {
        Values::Numbers(numbers) => Some(numbers.levels.iter().map(|(value, _)| value.to_string()).collect()),
        Values::Texts(texts) => {
            let is_wide = texts.n_distinct > MAX_LEVELS || (judgement.is_unique && facts.n_rows >= 50);
            (!is_wide).then(|| texts.levels.clone())
        }
        Values::Bools => Some(vec!["false".to_owned(), "true".to_owned()]),
        Values::Dates(days) => (days.n_distinct <= MAX_LEVELS).then(Vec::new),
        Values::Other => None,
    }
}

fn reading_lines(reading: &ColumnPlan) -> Vec<String> {
    let read = reading.read.map(|read| match read {
        ReadAs::Number => "read = \"number\"",
        ReadAs::AgeDays => "read = \"age_days\"",
        ReadAs::AgeYears => "read = \"age_years\"",
    });
    let decimal = reading.decimal.map(|mark| match mark {
        crate::config::DecimalMark::Point => "decimal = \".\"",
        crate::config::DecimalMark::Comma => "decimal = \",\"",
    });
    let day_first = reading.day_first.map(|first| if first { "day_first = true" } else { "day_first = false" });
    read.into_iter().chain(decimal).chain(day_first).map(str::to_owned).collect()
}

/// A name as a key of TOML, which also keeps a comment on its line.
fn quoted(name: &str) -> String {
    serde_json::to_string(name).unwrap_or_else(|_| format!("{name:?}"))
}
