//! Who joined, left and moved, and who is elsewhere only because segments were defined anew.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SegmentId;
use super::ledger::Ledger;

/// What is different for a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// In the same segment as before.
    Stayed,
    /// In another one, and the old segments say so too: the customer changed.
    Moved,
    /// In another one, though the old segments would have the customer where it was: the segments changed.
    Redefined,
    /// In another one than before, and than the old segments say.
    Both,
    /// Not in the table before.
    Joined,
}

impl Change {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Change::Stayed => "stayed",
            Change::Moved => "moved",
            Change::Redefined => "redefined",
            Change::Both => "both",
            Change::Joined => "joined",
        }
    }
}

/// A customer of the new table. A segment is `None` for who is in none: noise, or left out for missing values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CustomerThenAndNow {
    /// The segment as recorded before; `None` = was not in the table.
    pub before: Option<Option<SegmentId>>,
    /// The segment the old ones would give today.
    pub by_old: Option<SegmentId>,
    /// The segment today.
    pub after: Option<SegmentId>,
    /// What the customer brought before, NaN where unknown.
    pub value_before: f64,
    /// What the customer brings today, NaN where unknown.
    pub value: f64,
    /// Whether the customer is so near to the border of two segments that its side is chance.
    pub is_border: bool,
}

/// A customer who is in the new table no more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leaver {
    /// The segment as recorded.
    pub before: Option<SegmentId>,
    /// What the customer brought, NaN where unknown.
    pub value_before: f64,
}

impl CustomerThenAndNow {
    /// What is different.
    pub fn change(&self) -> Change {
        match self.before {
            None => Change::Joined,
            Some(before) if before == self.after => Change::Stayed,
            Some(_) if self.by_old == self.after => Change::Moved,
            Some(before) if before == self.by_old => Change::Redefined,
            Some(_) => Change::Both,
        }
    }
}

/// Customers, or what they bring, of one segment: before + moved + joined − left + redefined = after, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "MonthAccount_of_{T}"))]
#[non_exhaustive]
pub struct MonthAccount<T> {
    /// In the run that is continued.
    pub before: T,
    /// By customers of both tables who changed, as the old segments see it; what they bring now minus what they brought.
    pub moved: T,
    /// By customers who were not in the table, where they are now.
    pub joined: T,
    /// By customers who are in it no more.
    pub left: T,
    /// By new definitions of segments alone, of customers of both tables.
    pub redefined: T,
    /// In the new run.
    pub after: T,
}

/// What became of one segment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SegmentMovement {
    /// The segment; null = in none.
    pub segment_id: Option<SegmentId>,
    /// In customers.
    pub customers: MonthAccount<i64>,
    /// In the money column; null without one. Sums are of values rounded to 2⁻⁵² of what all customers bring, so that they add up.
    pub value: Option<MonthAccount<f64>>,
}

/// Customers who went from one segment to another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Migrated {
    /// Where they were.
    pub from: Whereabouts,
    /// Where they are.
    pub to: Whereabouts,
    /// How many.
    pub customers: u64,
    /// Of them those at the border of two segments, whose side is chance.
    pub border: u64,
    /// What they bring, those who left: brought; null without a money column.
    pub value: Option<f64>,
}

/// Where a customer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Whereabouts {
    /// In a segment.
    Segment(SegmentId),
    /// In the table, but in no segment.
    None,
    /// Not in the table.
    Absent,
}

impl Whereabouts {
    fn of(segment: Option<SegmentId>) -> Whereabouts {
        segment.map_or(Whereabouts::None, Whereabouts::Segment)
    }
}

/// What became of all segments, in customers and in value.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Movement {
    /// Per segment of either run, by id; customers in none last.
    pub segments: Vec<SegmentMovement>,
    /// Who went where, by segments before and after; everybody of both tables once.
    pub migration: Vec<Migrated>,
    /// Customers of both tables.
    pub n_shared: u64,
    /// Customers of the new table whom the old segments would put elsewhere than where they are.
    pub n_redefined: u64,
}

impl Movement {
    /// Counts everybody of both tables once: the customers `customer(0)` … `customer(n - 1)` of the new one and `leavers`. Their
    /// order changes nothing.
    pub fn of(
        n: usize,
        customer: impl Fn(usize) -> CustomerThenAndNow,
        leavers: &[Leaver],
        has_value: bool,
    ) -> Movement {
        let customers = || (0..n).map(&customer);
        let values = customers().flat_map(|customer| [customer.value_before, customer.value]);
        let ledger = Ledger::of(values.chain(leavers.iter().map(|leaver| leaver.value_before)));
        let mut tally = Tally::default();
        for customer in customers() {
            tally.add(&customer, [customer.value_before, customer.value].map(|value| ledger.units(value)));
        }
        for leaver in leavers {
            tally.add_leaver(leaver, ledger.units(leaver.value_before));
        }
        let money = |units: i64| ledger.value(units);
        let segments = tally.segments.iter().map(|(&place, [customers, value])| SegmentMovement {
            segment_id: match place {
                Whereabouts::Segment(id) => Some(id),
                Whereabouts::None | Whereabouts::Absent => None,
            },
            customers: *customers,
            value: has_value.then(|| value.map(money)),
        });
        let migration = tally.migration.iter().map(|(&(from, to), cell)| Migrated {
            from,
            to,
            customers: cell.customers,
            border: cell.border,
            value: has_value.then(|| money(cell.units)),
        });
        let shared = customers().filter(|customer| customer.before.is_some()).count();
        let redefined = customers().filter(|customer| customer.by_old != customer.after).count();
        Movement {
            segments: segments.collect(),
            migration: migration.collect(),
            n_shared: shared as u64,
            n_redefined: redefined as u64,
        }
    }
}

#[derive(Default)]
struct Cell {
    customers: u64,
    border: u64,
    units: i64,
}

/// Accounts of customers and of units of value, and who went where.
#[derive(Default)]
struct Tally {
    segments: BTreeMap<Whereabouts, [MonthAccount<i64>; 2]>,
    migration: BTreeMap<(Whereabouts, Whereabouts), Cell>,
}

impl Tally {
    /// One customer, and what that one brings, in a term of the account of `segment`.
    fn book(&mut self, segment: Option<SegmentId>, units: i64, term: impl Fn(&mut MonthAccount<i64>, i64)) {
        let [customers, value] = self.segments.entry(Whereabouts::of(segment)).or_default();
        term(customers, 1);
        term(value, units);
    }

    fn add(&mut self, customer: &CustomerThenAndNow, [before, now]: [i64; 2]) {
        self.book(customer.after, now, |account, n| account.after += n);
        if let Some(segment) = customer.before {
            self.book(segment, before, |account, n| account.before += n);
            self.book(segment, before, |account, n| account.moved -= n);
            self.book(customer.by_old, now, |account, n| account.moved += n);
            self.book(customer.by_old, now, |account, n| account.redefined -= n);
            self.book(customer.after, now, |account, n| account.redefined += n);
        } else {
            self.book(customer.after, now, |account, n| account.joined += n);
        }
        let from = customer.before.map_or(Whereabouts::Absent, Whereabouts::of);
        let cell = self.migration.entry((from, Whereabouts::of(customer.after))).or_default();
        cell.customers += 1;
        cell.border +=
            u64::from(customer.is_border && matches!(customer.before, Some(before) if before != customer.after));
        cell.units += now;
    }

    fn add_leaver(&mut self, leaver: &Leaver, before: i64) {
        self.book(leaver.before, before, |account, n| account.before += n);
        self.book(leaver.before, before, |account, n| account.left -= n);
        let cell = self.migration.entry((Whereabouts::of(leaver.before), Whereabouts::Absent)).or_default();
        cell.customers += 1;
        cell.units += before;
    }
}

impl MonthAccount<i64> {
    fn map(&self, value: impl Fn(i64) -> f64) -> MonthAccount<f64> {
        MonthAccount {
            before: value(self.before),
            moved: value(self.moved),
            joined: value(self.joined),
            left: value(self.left),
            redefined: value(self.redefined),
            after: value(self.after),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn segment() -> impl Strategy<Value = Option<SegmentId>> {
        prop::option::of((1_u32..5).prop_map(|n| format!("S{n}").parse().unwrap()))
    }

    fn money() -> impl Strategy<Value = f64> {
        prop_oneof![Just(f64::NAN), -1e3..1e9, Just(0.1), Just(1e-9)]
    }

    fn customer() -> impl Strategy<Value = CustomerThenAndNow> {
        (prop::option::of(segment()), segment(), segment(), money(), money(), any::<bool>()).prop_map(
            |(before, by_old, after, value_before, value, is_border)| {
                let value_before = if before.is_some() { value_before } else { f64::NAN };
                CustomerThenAndNow { before, by_old, after, value_before, value, is_border }
            },
        )
    }

    fn tables() -> impl Strategy<Value = (Vec<CustomerThenAndNow>, Vec<Leaver>)> {
        let leaver = (segment(), money()).prop_map(|(before, value_before)| Leaver { before, value_before });
        (prop::collection::vec(customer(), 0..60), prop::collection::vec(leaver, 0..20))
    }

    fn of(customers: &[CustomerThenAndNow], leavers: &[Leaver]) -> Movement {
        Movement::of(customers.len(), |i| customers[i], leavers, true)
    }

    proptest! {
        #[test]
        fn every_account_adds_up_to_the_last_bit((customers, leavers) in tables()) {
            let found = of(&customers, &leavers);
            for SegmentMovement { customers, value, .. } in &found.segments {
                let MonthAccount { before, moved, joined, left, redefined, after } = *customers;
                prop_assert_eq!(before + moved + joined + left + redefined, after);
                let MonthAccount { before, moved, joined, left, redefined, after } = value.unwrap();
                prop_assert_eq!(before + moved + joined + left + redefined, after);
            }
        }

        #[test]
        fn everybody_is_in_one_line_of_the_migration((customers, leavers) in tables()) {
            let found = of(&customers, &leavers);
            let n: u64 = found.migration.iter().map(|cell| cell.customers).sum();
            prop_assert_eq!(n as usize, customers.len() + leavers.len());
            let after: i64 = found.segments.iter().map(|segment| segment.customers.after).sum();
            prop_assert_eq!(after as usize, customers.len());
            let before: i64 = found.segments.iter().map(|segment| segment.customers.before).sum();
            prop_assert_eq!(before as u64, found.n_shared + leavers.len() as u64);
        }

        #[test]
        fn the_order_of_customers_changes_no_bit((customers, leavers) in tables()) {
            let backwards: Vec<CustomerThenAndNow> = customers.iter().rev().copied().collect();
            prop_assert_eq!(of(&backwards, &leavers), of(&customers, &leavers));
        }
    }

    #[test]
    fn a_customer_is_moved_when_the_old_segments_say_so_too() {
        let [a, b, c]: [SegmentId; 3] = ["S01", "S02", "S03"].map(|id| id.parse().unwrap());
        let change = |before, by_old, after| {
            let (by_old, after) = (Some(by_old), Some(after));
            CustomerThenAndNow { before, by_old, after, value_before: 0.0, value: 0.0, is_border: false }.change()
        };
        assert_eq!(change(None, a, b), Change::Joined);
        assert_eq!(change(Some(Some(a)), b, a), Change::Stayed);
        assert_eq!(change(Some(Some(a)), b, b), Change::Moved);
        assert_eq!(change(Some(Some(a)), a, b), Change::Redefined);
        assert_eq!(change(Some(Some(a)), b, c), Change::Both);
        assert_eq!(change(Some(None), b, b), Change::Moved);
    }
}
