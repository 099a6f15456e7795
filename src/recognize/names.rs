//! The names by which people call the columns of customers and of transactions: one table for the whole program.
//!
//! A name is compared in a plain form ([`plain`]): case, accents, spaces, signs, a unit in brackets and a byte-order mark
//! aside, so `Annual Income (k$)`, `annual_income` and `AnnualIncome` are one name. Every role has names that are *sure*,
//! and some that only may mean it; those are proposed, never taken.

mod catalogs;
mod columns;
mod customers;
mod plain;
mod transactions;

pub use columns::{NameKind, kind_of};
pub(super) use plain::half_width;
pub use plain::plain;

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
