//! What every column is used for.

use super::kind::Kind;
use super::{Column, Form, LoadError, Source};
use crate::config::{Categories, SourcePlan};
use crate::nearest::nearest;
use crate::recognize::Judgements;

/// A numeric column that a key outside `[source]` needs, such as `label.roles.monetary`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extra<'a> {
    /// The key, for messages.
    pub key: &'a str,
    /// The column it names.
    pub column: &'a str,
}

/// What every column is used for, as positions in [`Source::columns`].
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnUses {
    /// The id; `None` = row number.
    pub id: Option<usize>,
    /// The clustered columns: in the order of the plan, or of the table when the plan names none.
    pub features: Vec<usize>,
    /// Whether the plan names the features.
    pub features_are_named: bool,
    /// Columns that only describe.
    pub attributes: Vec<usize>,
    /// The attributes whose levels may count in distances: with `normalize.categories = "cluster"` all but dates, else
    /// none.
    pub categories: Vec<usize>,
    /// The tier people gave.
    pub tier: Option<usize>,
    /// The column of two levels that is told per segment.
    pub outcome: Option<usize>,
    /// The money column.
    pub value: Option<usize>,
    /// Columns other keys need, without repetition.
    pub extras: Vec<usize>,
    /// Every column that can be read as numbers: all numeric ones but the id, and bool ones named as features.
    pub numeric: Vec<usize>,
    /// Columns that could have a default role if their type had a use.
    pub unused: Vec<usize>,
}

impl ColumnUses {
    /// Gives every column of `source` its role, from the schema alone.
    ///
    /// Without names in the plan, features are all numeric columns and attributes all text, bool and date columns and
    /// partitions that have no other role; `exclude` takes columns out of these two lists. The value column and
    /// `extras` stay features unless excluded.
    ///
    /// # Errors
    /// When a named column does not exist, has a type its role cannot use, or is claimed by two roles that exclude each
    /// other; and when nothing is left that could be a feature.
    pub fn assign(plan: &SourcePlan, extras: &[Extra<'_>], source: &Source) -> Result<ColumnUses, LoadError> {
        ColumnUses::assign_judged(plan, None, Categories::Describe, extras, source)
    }

    /// [`assign`](ColumnUses::assign) with what was judged of the columns: without names in the plan, features are those that
    /// were judged to be some, and numbers that only describe are attributes beside texts, bools and dates. Where `categories`
    /// count in distances a table without numbers has features too, and ordinals among the attributes are features.
    ///
    /// # Errors
    /// As [`assign`](ColumnUses::assign).
    pub fn assign_judged(
        plan: &SourcePlan,
        judged: Option<&Judgements>,
        categories: Categories,
        extras: &[Extra<'_>],
        source: &Source,
    ) -> Result<ColumnUses, LoadError> {
        // What not every file has may be excluded like any column. A feature by default it cannot be: it would come and go.
        let mut unshared = source.unshared().iter().filter(|column| !plan.exclude.contains(&column.name));
        if let Some(column) = unshared.find(|column| plan.features.is_empty() && column.kinds.contains(&Kind::Number)) {
            return Err(column.error());
        }
        let named = Named::find(plan, source)?;
        let extras = extra_columns(extras, source)?;
        let claims = named.claims();
        refuse_two_roles(&claims, source)?;

        let is_free = |position: &usize| !claims.iter().any(|(_, columns)| columns.contains(position));
        let free: Vec<usize> = (0..source.columns().len()).filter(is_free).collect();
        let of_kind = |wanted: &dyn Fn(&Column) -> bool| -> Vec<usize> {
            free.iter().copied().filter(|&position| wanted(&source.columns()[position])).collect()
        };
        let (default_features, default_attributes) = match judged {
            None => (of_kind(&is_number), of_kind(&describes)),
            Some(judged) => {
                let (features, described) = (judged.features(), judged.attributes());
                let is_feature = |c: &Column| features.contains(&c.name) && c.is_readable();
                let is_described =
                    |c: &Column| (is_number(c) && described.contains(&c.name)) || (describes(c) && !is_feature(c));
                let is_outcome = |c: &Column| plan.outcome.as_ref() == Some(&c.name);
                (of_kind(&is_feature), of_kind(&|c| is_described(c) && !is_outcome(c)))
            }
        };
        let looks_for_roles = plan.features.is_empty() || plan.attributes.is_empty();
        let mut uses = ColumnUses {
            id: named.id,
            features: if plan.features.is_empty() { default_features } else { named.features },
            features_are_named: !plan.features.is_empty(),
            attributes: if plan.attributes.is_empty() { default_attributes } else { named.attributes },
            categories: Vec::new(),
            tier: named.tier,
            outcome: named.outcome,
            value: named.value,
            extras,
            numeric: Vec::new(),
            unused: if looks_for_roles { of_kind(&has_no_use) } else { Vec::new() },
        };
        if categories == Categories::Cluster {
            uses.count_categories(source);
        }
        if uses.features.is_empty() && uses.categories.is_empty() {
            let left_out = judged.map_or_else(Vec::new, Judgements::left_out);
            return Err(LoadError::NoFeature { source_name: source.name(), left_out });
        }
        let is_numeric = |p: &usize| is_number(&source.columns()[*p]) || uses.features.contains(p);
        uses.numeric = (0..source.columns().len()).filter(|&p| Some(p) != uses.id).filter(is_numeric).collect();
        Ok(uses)
    }

    /// Where categories count in distances: ordinals among the attributes are features, and of the others all but dates
    /// count.
    fn count_categories(&mut self, source: &Source) {
        let is_ordinal = |position: &usize| matches!(source.columns()[*position].reading.form, Form::Levels { .. });
        let (ordinals, others): (Vec<usize>, Vec<usize>) =
            std::mem::take(&mut self.attributes).into_iter().partition(is_ordinal);
        self.features.extend(ordinals);
        self.categories = others.clone();
        self.categories.retain(|&position| source.columns()[position].kind != Kind::Date);
        self.attributes = others;
    }
}

/// The columns that keys of the plan name.
struct Named {
    id: Option<usize>,
    tier: Option<usize>,
    outcome: Option<usize>,
    value: Option<usize>,
    features: Vec<usize>,
    attributes: Vec<usize>,
    exclude: Vec<usize>,
}

impl Named {
    fn find(plan: &SourcePlan, source: &Source) -> Result<Self, LoadError> {
        const LEVELS: &str = "text, a number, bool or a date";
        let find = Finder { source };
        let is_shared = |name: &&String| source.refuse_unshared(name).is_ok();
        let excluded: Vec<String> = plan.exclude.iter().filter(is_shared).cloned().collect();
        let exclude = find.all("source.exclude", &excluded, |_| true, "")?;
        Ok(Named {
            id: find.one("source.id", plan.id.as_deref(), is_id, "a plain column of the files (text, number, …)")?,
            tier: find.one("source.tier", plan.tier.as_deref(), is_level, LEVELS)?,
            outcome: find.one("source.outcome", plan.outcome.as_deref(), is_level, LEVELS)?,
            value: find.one("source.value", plan.value.as_deref(), is_number, "a number")?,
            features: find.all("source.features", &plan.features, Column::is_readable, "a number or bool")?,
            attributes: find.all("source.attributes", &plan.attributes, is_level, LEVELS)?,
            exclude,
        })
    }

    /// What every key claims for itself; the value is none, for it may be a feature too.
    fn claims(&self) -> [(&'static str, Vec<usize>); 6] {
        [
            ("source.id", self.id.into_iter().collect()),
            ("source.tier", self.tier.into_iter().collect()),
            ("source.outcome", self.outcome.into_iter().collect()),
            ("source.features", self.features.clone()),
            ("source.attributes", self.attributes.clone()),
            ("source.exclude", self.exclude.clone()),
        ]
    }
}

fn extra_columns(extras: &[Extra<'_>], source: &Source) -> Result<Vec<usize>, LoadError> {
    let mut needed = Vec::new();
    for extra in extras {
        let position = Finder { source }.named(extra.key, extra.column, is_number, "a number")?;
        if !needed.contains(&position) {
            needed.push(position);
        }
    }
    Ok(needed)
}

fn refuse_two_roles(claims: &[(&'static str, Vec<usize>)], source: &Source) -> Result<(), LoadError> {
    for (i, (first, columns)) in claims.iter().enumerate() {
        for (at, position) in columns.iter().enumerate() {
            let again = columns[..at].contains(position).then_some(*first);
            let other = claims[i + 1..].iter().find(|(_, others)| others.contains(position)).map(|(key, _)| *key);
            // A tier, id or outcome beside `exclude` only repeats that it is not clustered; an outcome named as a feature
            // is meant to be both.
            let harmless = match other {
                Some("source.exclude") => matches!(*first, "source.id" | "source.tier" | "source.outcome"),
                Some("source.features") => *first == "source.outcome",
                _ => false,
            };
            if let Some(second) = again.or(other.filter(|_| !harmless)) {
                let column = source.columns()[*position].name.clone();
                return Err(LoadError::TwoRoles { column, first, second });
            }
        }
    }
    Ok(())
}

fn is_number(column: &Column) -> bool {
    column.kind == Kind::Number
}

fn is_level(column: &Column) -> bool {
    !matches!(column.kind, Kind::Bytes | Kind::Other)
}

fn describes(column: &Column) -> bool {
    matches!(column.kind, Kind::Text | Kind::Bool | Kind::Date)
}

fn has_no_use(column: &Column) -> bool {
    matches!(column.kind, Kind::Bytes | Kind::Other)
}

fn is_id(column: &Column) -> bool {
    column.kind != Kind::Other && !column.is_partition
}

/// Finds the columns that keys name.
pub(super) struct Finder<'a> {
    pub source: &'a Source,
}

impl Finder<'_> {
    /// Where the column `name` of `key` is, when it `fits`.
    pub fn named(
        &self,
        key: &str,
        name: &str,
        fits: impl Fn(&Column) -> bool,
        wanted: &'static str,
    ) -> Result<usize, LoadError> {
        let columns = self.source.columns();
        self.source.refuse_unshared(name)?;
        let Some(position) = self.source.position(name) else {
            return Err(LoadError::MissingColumn {
                key: key.to_owned(),
                column: name.to_owned(),
                source_name: self.source.name(),
                nearest: nearest(name, columns.iter().map(|column| &column.name)),
                columns: columns.iter().take(20).map(|column| column.name.clone()).collect(),
            });
        };
        if !fits(&columns[position]) {
            return Err(LoadError::WrongType {
                key: key.to_owned(),
                column: name.to_owned(),
                source_name: self.source.name(),
                found: match columns[position].is_partition {
                    true => "a partition (text)".to_owned(),
                    false => columns[position].type_name(),
                },
                wanted,
            });
        }
        Ok(position)
    }

    fn one(
        &self,
        key: &str,
        name: Option<&str>,
        fits: impl Fn(&Column) -> bool,
        wanted: &'static str,
    ) -> Result<Option<usize>, LoadError> {
        name.map(|name| self.named(key, name, fits, wanted)).transpose()
    }

    fn all(
        &self,
        key: &str,
        names: &[String],
        fits: impl Fn(&Column) -> bool,
        wanted: &'static str,
    ) -> Result<Vec<usize>, LoadError> {
        names.iter().map(|name| self.named(key, name, &fits, wanted)).collect()
    }
}
