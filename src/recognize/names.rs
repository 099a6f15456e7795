//! The names by which people call the columns of customers and of transactions: one table for the whole program.
//!
//! A name is compared in a plain form ([`plain`]): case, accents, spaces, signs, a unit in brackets and a byte-order mark
//! aside, so `Annual Income (k$)`, `annual_income` and `AnnualIncome` are one name. Every role has names that are *sure*,
//! and some that only may mean it; those are proposed, never taken.

mod catalogs;
mod columns;
mod customers;
mod transactions;

pub use columns::{NameKind, kind_of};

/// How far a finding can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// It is taken, and said.
    Sure,
    /// It is proposed, and left to a person.
    Doubtful,
}

/// The names of one role.
pub(super) struct Entry {
    pub role: &'static str,
    /// In plain form, the most telling first.
    pub sure: &'static [&'static str],
    pub doubtful: &'static [&'static str],
}

/// Words before a name of customers' columns that do not change what it means: `customer_age` is an age.
const OWNERS: [&str; 8] = ["customer", "client", "cust", "kunden", "cliente", "客户", "用户", "会员"];

fn entries() -> impl Iterator<Item = &'static Entry> {
    [transactions::NAMES, customers::NAMES, catalogs::NAMES].into_iter().flatten()
}

/// Every role the table knows: of transactions, of customers, and of the built-in catalogs.
pub fn roles() -> impl Iterator<Item = &'static str> {
    entries().map(|entry| entry.role)
}

/// The usual names of `role` in plain form, sure ones first; empty for a role the table does not know.
pub fn names_of(role: &str) -> impl Iterator<Item = &'static str> {
    let entry = entries().find(|entry| entry.role == role);
    entry.into_iter().flat_map(|entry| entry.sure.iter().chain(entry.doubtful).copied())
}

/// Whether `column` is a name of `role`, and how surely; the number orders several columns of one role, lowest first.
///
/// ```
/// use segmint::recognize::{Certainty, match_name};
/// assert_eq!(match_name("income", "Annual Income (k$)").map(|(certainty, _)| certainty), Some(Certainty::Sure));
/// assert_eq!(match_name("recency", "R").map(|(certainty, _)| certainty), Some(Certainty::Doubtful));
/// assert_eq!(match_name("recency", "最近购买天数").map(|(certainty, _)| certainty), Some(Certainty::Sure));
/// assert_eq!(match_name("age", "page"), None);
/// ```
pub fn match_name(role: &str, column: &str) -> Option<(Certainty, usize)> {
    let entry = entries().find(|entry| entry.role == role)?;
    let name = plain(column);
    let place = |names: &[&str], name: &str| names.iter().position(|known| *known == name);
    if let Some(place) = place(entry.sure, &name) {
        return Some((Certainty::Sure, place));
    }
    let is_of_customers = transactions::NAMES.iter().all(|other| other.role != role);
    let rest = OWNERS.iter().filter(|_| is_of_customers).find_map(|owner| name.strip_prefix(owner));
    let rest = rest.filter(|rest| rest.chars().count() > 1);
    if let Some(place) = rest.and_then(|rest| place(entry.sure, rest)) {
        return Some((Certainty::Sure, entry.sure.len() + place));
    }
    place(entry.doubtful, &name).map(|place| (Certainty::Doubtful, place))
}

/// The column among `columns` that `role` most likely is: the surest, then the most telling name, then the first in the
/// order of names, so that the order of columns does not matter.
pub fn best_match<'a>(role: &str, columns: impl Iterator<Item = &'a str>) -> Option<(&'a str, Certainty)> {
    let matches = columns.filter_map(|column| match_name(role, column).map(|rank| (rank, column)));
    matches.min().map(|((certainty, _), column)| (column, certainty))
}

/// A name without what people write in different ways: a byte-order mark, case, accents, full-width forms, a unit in
/// brackets at the end, and every sign that is neither letter nor digit.
pub fn plain(name: &str) -> String {
    let name = without_unit(name.trim_start_matches('\u{feff}').trim());
    name.chars().flat_map(folded).filter(|c| c.is_alphanumeric()).collect()
}

/// `Income (k$)` and `收入（元）` without the brackets; a name that is all bracket stays.
fn without_unit(name: &str) -> &str {
    let Some(inner) = name.strip_suffix([')', ']', '）', '】']) else { return name };
    match inner.rfind(['(', '[', '（', '【']) {
        Some(start) if start > 0 => name[..start].trim_end(),
        _ => name,
    }
}

/// The character of ASCII of which `c` is the full-width form; others as they are.
pub(super) fn half_width(c: char) -> char {
    match c {
        // The forms stand in the order of ASCII.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// The lower-case letters a letter stands for, without accents.
fn folded(c: char) -> impl Iterator<Item = char> {
    let c = half_width(c);
    let letters: &[char] = match c {
        // The signs of Nº and 1ª.
        'º' | 'ª' => &[],
        'á' | 'à' | 'â' | 'ã' | 'å' | 'ä' | 'Á' | 'À' | 'Â' | 'Ã' | 'Å' | 'Ä' => &['a'],
        'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' | 'Ë' => &['e'],
        'í' | 'ì' | 'î' | 'ï' | 'Í' | 'Ì' | 'Î' | 'Ï' => &['i'],
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'Ó' | 'Ò' | 'Ô' | 'Õ' | 'Ö' => &['o'],
        'ú' | 'ù' | 'û' | 'ü' | 'Ú' | 'Ù' | 'Û' | 'Ü' => &['u'],
        'ç' | 'Ç' => &['c'],
        'ñ' | 'Ñ' => &['n'],
        'ß' => &['s', 's'],
        'œ' | 'Œ' => &['o', 'e'],
        // Combining accents of decomposed text.
        '\u{300}'..='\u{36f}' => &[],
        _ => &[c],
    };
    letters.iter().flat_map(|c| c.to_lowercase()).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_in_plain_form() {
        for entry in entries() {
            for name in entry.sure.iter().chain(entry.doubtful) {
                assert_eq!(plain(name), *name, "{}", entry.role);
            }
        }
    }

    #[test]
    fn a_role_has_one_entry_and_a_name_stands_once_in_it() {
        let mut roles: Vec<&str> = roles().collect();
        let n = roles.len();
        roles.sort_unstable();
        roles.dedup();
        assert_eq!(roles.len(), n);
        for entry in entries() {
            let mut names: Vec<&str> = names_of(entry.role).collect();
            let n = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), n, "{}", entry.role);
        }
    }

    #[test]
    fn no_name_of_transactions_stands_for_two_roles() {
        for (i, entry) in transactions::NAMES.iter().enumerate() {
            for name in names_of(entry.role) {
                let others = &transactions::NAMES[i + 1..];
                assert!(others.iter().all(|other| names_of(other.role).all(|taken| taken != name)), "{name}");
            }
        }
    }

    #[test]
    fn no_sure_name_of_customers_stands_for_two_roles() {
        let all: Vec<&Entry> = customers::NAMES.iter().chain(catalogs::NAMES).collect();
        for (i, entry) in all.iter().enumerate() {
            for name in entry.sure {
                let taken = all[i + 1..].iter().find(|other| other.sure.contains(name));
                assert!(taken.is_none(), "{name}: {} and {}", entry.role, taken.map_or("", |other| other.role));
            }
        }
    }

    #[test]
    fn writing_does_not_matter() {
        for name in ["CustomerID", "customer_id", "Customer ID", "customer-id", "\u{feff}customer.id", "ＣustomerＩＤ"]
        {
            assert_eq!(plain(name), "customerid", "{name}");
        }
        assert_eq!(plain("Año de Nacimiento"), "anodenacimiento");
        assert_eq!(plain("Größe"), "grosse");
        assert_eq!(plain("收入（元）"), "收入");
        assert_eq!(plain("(k$)"), "k");
    }
}
