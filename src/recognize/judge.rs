//! From names and facts to judgements.

use super::ages::{MIN_DATES, NEARLY_ALL, age_of, counts_days, judge_date_texts, judge_dates};
use super::facts::{ColumnFacts, Values};
use super::judgement::{ColumnNature, Judgement, Use};
use super::number_facts::NumberFacts;
use super::text_facts::TextFacts;
use super::{Certainty, NameKind, best_match, kind_of, match_name};
use crate::config::{ColumnPlan, ReadAs};

/// Rows from which on values alone can say what a column is; below, only its name does.
const MIN_ROWS: usize = 50;
/// Levels up to which numbers under the name of a category are one.
const MAX_CATEGORIES: usize = 60;
/// Levels a tier may have.
const MAX_TIERS: usize = 20;
/// Different values up to which whole numbers without a telling name may be codes.
const FEW_VALUES: usize = 5;
/// Share of different values from which on every row counts as having its own.
const UNIQUE: f64 = 0.99;

/// Judges one column by its name and its values.
///
/// Values alone say nothing in a table of fewer than 50 rows, but that a column holds only one. Names decide first; in this order:
/// - running numbers, and names that identify over whole numbers, are left out;
/// - a column without values and a constant are left out, two values describe; with the name of an outcome they are one;
/// - dates of known names are read as ages, be they dates, texts, or numbers that write or count days; so are years of birth;
///   other days as numbers are left out;
/// - few whole numbers under the name of a tier or a category describe;
/// - a whole number that differs in every row is left out where it fills its range evenly or always has the same number of
///   digits, six or more, unless the name says that it measures;
/// - text that writes numbers is read as numbers, and judged like them.
pub fn judge(facts: &ColumnFacts) -> Judgement {
    let name = facts.name.as_str();
    let is_long = facts.n_rows >= MIN_ROWS;
    match &facts.values {
        // A table without rows says nothing of its columns.
        Values::Numbers(numbers) if numbers.n_values == 0 && facts.n_rows > 0 => {
            let empty = Judgement::plain(name, Use::Feature).found(ColumnNature::Empty, Use::LeftOut);
            Judgement { is_number: true, ..empty }
        }
        Values::Numbers(numbers) => {
            let judgement = judge_numbers(name, numbers, is_long);
            let has_gaps = judgement.finding == Some(ColumnNature::Constant) && numbers.n_values < facts.n_rows;
            let finding = if has_gaps { Some(ColumnNature::ConstantWithGaps) } else { judgement.finding };
            Judgement { is_number: true, finding, ..judgement }
        }
        Values::Texts(texts) => judge_texts(name, texts, is_long),
        Values::Bools => {
            let plain = Judgement::plain(name, Use::Attribute);
            if is_outcome(name) {
                plain.found(ColumnNature::Outcome, Use::Attribute)
            } else {
                perhaps_role(name, 2, is_long, plain)
            }
        }
        Values::Dates(days) => judge_dates(name, days, is_long),
        Values::Other => Judgement::plain(name, Use::LeftOut),
    }
}

fn is_outcome(name: &str) -> bool {
    matches!(match_name("outcome", name), Some((Certainty::Sure, _)))
}

fn judge_numbers(name: &str, facts: &NumberFacts, is_long: bool) -> Judgement {
    let mut judgement = numbers_by_name(name, facts, is_long).unwrap_or_else(|| numbers_by_value(name, facts, is_long));
    if judgement.usage == Use::Feature {
        judgement.markers.clone_from(&facts.markers);
    }
    judgement.is_unique = is_unique(facts);
    judgement
}

fn is_unique(facts: &NumberFacts) -> bool {
    facts.n_distinct as f64 > UNIQUE * facts.n_looked_at as f64 || facts.n_distinct == facts.n_looked_at
}

/// What the name settles.
fn numbers_by_name(name: &str, facts: &NumberFacts, is_long: bool) -> Option<Judgement> {
    let plain = Judgement::plain(name, Use::Feature);
    if facts.n_values == 0 {
        return Some(plain);
    }
    let few = |most: usize| facts.is_whole && facts.n_distinct <= most;
    if let Some((finding, usage)) = identifying(name, facts) {
        return Some(plain.found(finding, usage));
    }
    if facts.min == facts.max {
        return Some(plain.found(ColumnNature::Constant, Use::LeftOut));
    }
    if facts.n_distinct == 2 && is_outcome(name) {
        return Some(plain.found(ColumnNature::Outcome, Use::Attribute));
    }
    if facts.dates_as_numbers >= UNIQUE && is_long {
        return Some(match age_of(name) {
            Some((Certainty::Sure, read, role)) if facts.n_distinct >= MIN_DATES => {
                plain.read(read, Some(role)).found(ColumnNature::Date, Use::Feature)
            }
            _ => plain.read(ReadAs::AgeDays, None).found(ColumnNature::DateAsNumber, Use::LeftOut),
        });
    }
    if counts_days(facts) && facts.n_distinct >= MIN_DATES && is_long {
        match age_of(name) {
            Some((Certainty::Sure, read, role)) => {
                return Some(plain.read(read, Some(role)).found(ColumnNature::Date, Use::Feature));
            }
            _ if kind_of(name) == NameKind::Moment => {
                return Some(plain.read(ReadAs::AgeDays, None).doubted(ColumnNature::DateAsNumber));
            }
            _ => {}
        }
    }
    if facts.is_whole && (1850.0..=2100.0).contains(&facts.min) && facts.max <= 2100.0 {
        let birth = match_name("birth_year", name).or_else(|| match_name("birth_date", name));
        if let Some((certainty, _)) = birth {
            let read = plain.read(ReadAs::AgeYears, Some("age"));
            return Some(match certainty {
                Certainty::Sure => read.found(ColumnNature::BirthYear, Use::Feature),
                Certainty::Doubtful => read.doubted(ColumnNature::BirthYear),
            });
        }
    }
    if few(MAX_TIERS) && matches!(match_name("tier", name), Some((Certainty::Sure, _))) {
        return Some(plain.found(ColumnNature::Tier, Use::Attribute));
    }
    if few(MAX_CATEGORIES) && kind_of(name) == NameKind::Category {
        return Some(plain.found(ColumnNature::Category, Use::Attribute));
    }
    None
}

/// Running numbers and names that identify.
fn identifying(name: &str, facts: &NumberFacts) -> Option<(ColumnNature, Use)> {
    let is_customer = || matches!(match_name("customer", name), Some((Certainty::Sure, _)));
    let has_few = facts.n_distinct <= MAX_CATEGORIES;
    match kind_of(name) {
        NameKind::RowNumber => Some((ColumnNature::RowNumber, Use::LeftOut)),
        _ if !facts.is_whole => None,
        NameKind::RowNumberIfUnique if is_unique(facts) => Some((ColumnNature::RowNumber, Use::LeftOut)),
        NameKind::Identifier if has_few => Some((ColumnNature::Identifier, Use::Attribute)),
        NameKind::Identifier => Some((ColumnNature::Identifier, Use::LeftOut)),
        NameKind::IdentifierIfUnique if is_unique(facts) || facts.min >= 10_000.0 => {
            Some((ColumnNature::Identifier, Use::LeftOut))
        }
        _ => (!has_few && is_customer()).then_some((ColumnNature::Identifier, Use::LeftOut)),
    }
}

/// What the values say where the name is silent.
fn numbers_by_value(name: &str, facts: &NumberFacts, is_long: bool) -> Judgement {
    let plain = Judgement::plain(name, Use::Feature);
    if !is_long || facts.n_looked_at < MIN_ROWS {
        return plain;
    }
    if facts.n_distinct == 2 {
        return plain.found(ColumnNature::TwoValues, Use::Attribute);
    }
    let kind = kind_of(name);
    if facts.is_whole && is_unique(facts) && kind != NameKind::Measure && !is_measured(name) {
        let n = facts.n_looked_at as f64;
        let is_dense = facts.max - facts.min < 1.1 * facts.n_values as f64;
        let is_even = facts.unevenness < 0.02 + 1.63 / n.sqrt();
        let has_fixed_digits = facts.min >= 1e5 && digits(facts.min) == digits(facts.max);
        return match kind {
            _ if is_dense => plain.found(ColumnNature::EveryRowDiffers, Use::LeftOut),
            // Coordinates may be whole numbers too.
            NameKind::Nameless => plain,
            _ if is_even || has_fixed_digits => plain.found(ColumnNature::EveryRowDiffers, Use::LeftOut),
            _ => plain.doubted(ColumnNature::EveryRowDiffers),
        };
    }
    let is_few = facts.is_whole && facts.n_distinct <= FEW_VALUES;
    if is_few && kind == NameKind::Unknown && !is_measured(name) {
        return plain.doubted(ColumnNature::FewValues);
    }
    plain
}

fn digits(x: f64) -> usize {
    format!("{x}").len()
}

/// Whether the name is that of something measured that the table of names knows.
fn is_measured(name: &str) -> bool {
    let roles = ["recency", "frequency", "monetary", "tenure", "basket", "age", "income"];
    roles.iter().any(|role| matches!(match_name(role, name), Some((Certainty::Sure, _))))
}

fn judge_texts(name: &str, facts: &TextFacts, is_long: bool) -> Judgement {
    let mut plain = Judgement::plain(name, Use::Attribute);
    plain.is_unique = facts.n_distinct as f64 > UNIQUE * facts.n_texts as f64;
    if facts.n_texts == 0 {
        return plain;
    }
    if facts.n_distinct == 2 && is_outcome(name) {
        return plain.found(ColumnNature::Outcome, Use::Attribute);
    }
    if facts.n_distinct <= MAX_TIERS && matches!(match_name("tier", name), Some((Certainty::Sure, _))) {
        return plain.found(ColumnNature::Tier, Use::Attribute);
    }
    let identifies = matches!(kind_of(name), NameKind::Identifier | NameKind::RowNumber)
        || matches!(match_name("customer", name), Some((Certainty::Sure, _)));
    if identifies {
        return plain.found(ColumnNature::Identifier, Use::Attribute);
    }
    if let Some(days) = &facts.as_days {
        return judge_date_texts(facts, Judgement { is_unique: plain.is_unique, ..judge_dates(name, days, is_long) });
    }
    // Few such texts are levels: 12 months, 24 months.
    if facts.n_distinct > FEW_VALUES {
        plain.units.clone_from(&facts.units);
    }
    let Some(numbers) = facts.as_numbers.as_deref().filter(|_| !facts.has_leading_zeros) else {
        return perhaps_role(name, facts.n_distinct, is_long, plain);
    };
    let as_numbers = judge_numbers(name, numbers, is_long);
    // Digits that describe, or identify, do so as text.
    if as_numbers.usage != Use::Feature || numbers.n_distinct < 3 {
        return Judgement { finding: None, reading: None, usage: Use::Attribute, markers: Vec::new(), ..as_numbers };
    }
    // Years of birth, or serial numbers of days.
    if as_numbers.reading.is_some() {
        return Judgement { is_number: false, ..as_numbers };
    }
    plain.reading = Some(ColumnPlan { read: Some(ReadAs::Number), decimal: facts.decimal, ..ColumnPlan::default() });
    plain.marks.clone_from(&facts.marks);
    let is_sure = facts.numbers >= NEARLY_ALL && facts.decimal.is_some();
    // Numbers of several units are not proposed to be read as of one.
    if !is_sure && !facts.marks.is_empty() {
        plain.units.extend_from_slice(&facts.marks);
        return Judgement { reading: None, ..plain };
    }
    plain.markers = as_numbers.markers;
    match is_sure {
        true => plain.found(ColumnNature::NumberText, Use::Feature),
        false => plain.doubted(ColumnNature::NumberText),
    }
}

/// A column that describes and may be the outcome or the tier, by a name that others have too.
fn perhaps_role(name: &str, n_distinct: usize, is_long: bool, plain: Judgement) -> Judgement {
    let is_doubtful = |role| matches!(match_name(role, name), Some((Certainty::Doubtful, _)));
    if is_long && n_distinct == 2 && is_doubtful("outcome") {
        plain.doubted(ColumnNature::Outcome)
    } else if is_long && (2..=MAX_TIERS).contains(&n_distinct) && is_doubtful("tier") {
        plain.doubted(ColumnNature::Tier)
    } else {
        plain
    }
}

/// The column that identifies the customers best: a usual name of the customer's column whose rows differ, else another
/// identifier whose rows differ. What is doubtful has no usual name, or repeats.
pub fn customer_id(judgements: &[Judgement], n_rows: usize) -> Option<(&str, Certainty)> {
    if let Some(column) = usual_id(judgements, true) {
        return Some((column, Certainty::Sure));
    }
    let others = judgements.iter().filter(|j| j.is_unique && j.finding == Some(ColumnNature::Identifier));
    if let Some(column) = others.map(|judgement| judgement.column.as_str()).min() {
        return Some((column, if n_rows >= MIN_ROWS { Certainty::Sure } else { Certainty::Doubtful }));
    }
    usual_id(judgements, false).map(|column| (column, Certainty::Doubtful))
}

/// The column under a usual name of the customer's column, of those whose rows differ or of those that repeat.
fn usual_id(judgements: &[Judgement], is_unique: bool) -> Option<&str> {
    let identifies = |judgement: &&Judgement| {
        judgement.finding != Some(ColumnNature::RowNumber) && (judgement.is_unique || judgement.usage != Use::Feature)
    };
    let names = judgements.iter().filter(identifies).filter(|j| j.is_unique == is_unique);
    if let Some((column, _)) = best_match("customer", names.map(|judgement| judgement.column.as_str())) {
        return Some(column);
    }
    let is_plain_id = |j: &&Judgement| j.is_unique == is_unique && super::plain(&j.column) == "id";
    judgements.iter().find(is_plain_id).map(|judgement| judgement.column.as_str())
}

/// The column under the name of `role` among `columns`, as [`best_match`], for roles of the plan: `tier`, `outcome`.
pub fn named<'j>(judgements: &'j [Judgement], finding: ColumnNature, role: &str) -> Option<&'j str> {
    let is_found = |j: &&Judgement| j.finding == Some(finding) && j.certainty == Certainty::Sure;
    let found = judgements.iter().filter(is_found);
    best_match(role, found.map(|judgement| judgement.column.as_str())).map(|(column, _)| column)
}
