//! What can be counted of the values of a column, without a judgement.

use super::number_facts::NumberFacts;
use super::text_facts::TextFacts;

/// What was counted of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnFacts {
    /// The column.
    pub name: String,
    /// Rows of the table.
    pub n_rows: usize,
    /// What its values are.
    pub values: Values,
}

impl ColumnFacts {
    /// Different values, missing ones aside, among the rows looked at.
    pub fn n_levels(&self) -> usize {
        match &self.values {
            Values::Numbers(facts) | Values::Dates(facts) => facts.n_distinct,
            Values::Texts(facts) => facts.n_distinct,
            Values::Bools => 2,
            Values::Other => 0,
        }
    }

    /// Its numbers, written as texts or not.
    pub(super) fn numbers(&self) -> Option<&NumberFacts> {
        match &self.values {
            Values::Numbers(facts) => Some(facts),
            Values::Texts(facts) => facts.as_numbers.as_deref(),
            Values::Dates(_) | Values::Bools | Values::Other => None,
        }
    }
}

/// The values of a column by their type.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers.
    Numbers(NumberFacts),
    /// Texts.
    Texts(TextFacts),
    /// True and false.
    Bools,
    /// Dates, as days since 1970-01-01.
    Dates(NumberFacts),
    /// What only can identify, or has no use.
    Other,
}
