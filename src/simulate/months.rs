//! How the population lives on from month to month.
//!
//! Every customer has habits: a rhythm, a basket, what comes back. In a month an active customer orders at his rhythm; a
//! silent one orders nothing, and his recency grows by the days of the month. Changes begin with a decision (falling
//! silent, coming back, buying more), which becomes the customer's *heading*; the group, which is the truth that is
//! written, follows only when the features have arrived: nobody is "fading" a day after an order.
//!
//! About one in twenty customers changes his group in a month. Those on the way blur the groups: after a year k-means
//! finds the group of three in four customers, where it found nearly all at the beginning, but the segments keep their
//! archetypes.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};

use super::customer::{Customer, Habit};
use super::draw::normal;
use super::group::Group;
use crate::random::stream;

/// Silence, in days, after which a customer who left is called so.
const SILENCE: u32 = 90;

impl Group {
    /// Whether the members order nothing.
    fn is_silent(self) -> bool {
        matches!(self, Group::FadingChampion | Group::Dormant)
    }

    /// Probability a month of leaving the table.
    fn leaving(self) -> f64 {
        match self {
            Group::Dormant => 0.060,
            Group::FadingChampion => 0.025,
            _ => 0.002,
        }
    }

    /// Where members go and with which probability a month. With [`JOINING`](Group::JOINING), what comes to a group and
    /// what goes from it are nearly equal in the first month, so the shares of the groups last.
    fn moves(self) -> &'static [(Group, f64)] {
        match self {
            Group::Champion => &[(Group::FadingChampion, 0.060)],
            Group::FadingChampion => &[(Group::Champion, 0.030)],
            Group::RisingSpender => &[(Group::FadingChampion, 0.020), (Group::Champion, 0.010)],
            Group::LoyalSmallSpender => &[(Group::Dormant, 0.030), (Group::Champion, 0.005)],
            Group::Newcomer => {
                &[(Group::Dormant, 0.100), (Group::LoyalSmallSpender, 0.040), (Group::RisingSpender, 0.020)]
            }
            Group::Dormant => &[(Group::Newcomer, 0.010)],
            Group::Reseller => &[(Group::Dormant, 0.005)],
        }
    }

    /// The groups new customers begin in, and their share of the joiners.
    const JOINING: [(Group, f64); 3] = [(Group::Newcomer, 0.86), (Group::RisingSpender, 0.12), (Group::Reseller, 0.02)];
}

impl Customer {
    /// Lives through month number `month` of `days` days; `false` when the customer leaves the table.
    pub fn live(&mut self, seed: u64, month: u64, days: u32, review: bool) -> bool {
        let mut rng = stream(seed, "simulate.month", (month << 40) | self.number);
        if rng.random_bool(self.group.leaving()) {
            return false;
        }
        self.decide(&mut rng);
        if self.heading.is_silent() {
            self.recency += days;
        } else {
            self.order(days, &mut rng);
        }
        if self.has_arrived() {
            self.group = self.heading;
        }
        if review {
            self.grading = self.grading.reviewed(self.turnover(), &mut rng);
        }
        true
    }

    /// Begins a change, now and then; who is on the way finishes it first.
    fn decide(&mut self, rng: &mut ChaCha8Rng) {
        if self.heading != self.group {
            return;
        }
        // Few orders are what makes these two groups; who kept ordering has left them.
        match self.group {
            Group::Newcomer if self.orders >= 10 => return self.head_for(Group::LoyalSmallSpender, rng),
            Group::RisingSpender if self.orders >= 15 => return self.head_for(Group::Champion, rng),
            _ => {}
        }
        let u: f64 = rng.random();
        let mut below = 0.0;
        for &(group, probability) in self.group.moves() {
            below += probability;
            if u < below {
                return self.head_for(group, rng);
            }
        }
    }

    fn head_for(&mut self, group: Group, rng: &mut ChaCha8Rng) {
        self.heading = group;
        if group.is_silent() {
            return;
        }
        let traits = group.traits();
        let mut near = |median: f64| median * (0.3 * normal(rng)).exp();
        self.habit = Habit {
            basket: near(traits.basket),
            rhythm: near(traits.frequency / traits.span.max(120.0)),
            returned: near(traits.return_rate).min(0.99),
            discounted: near(traits.discount).min(0.99),
        };
        // Who comes back does so with an order, within days.
        if self.group.is_silent() {
            self.habit.rhythm = self.habit.rhythm.max(0.1);
        }
    }

    fn order(&mut self, days: u32, rng: &mut ChaCha8Rng) {
        let expected = self.habit.rhythm * f64::from(days);
        let drawn = Poisson::new(expected).map_or(0.0, |poisson| poisson.sample(rng));
        let orders = (drawn as u32).min(days);
        if orders == 0 {
            self.recency += days;
            return;
        }
        let tenure = self.tenure() + days;
        for _ in 0..orders {
            self.buy(self.habit.basket * (0.3 * normal(rng)).exp());
        }
        self.orders += orders;
        self.recency = (0..orders).map(|_| rng.random_range(0..days)).min().unwrap_or(0);
        self.span = tenure - self.recency;
    }

    fn has_arrived(&self) -> bool {
        let mean = self.purchases as f64 / 100.0 / f64::from(self.orders);
        match self.heading {
            Group::FadingChampion | Group::Dormant => self.recency >= SILENCE,
            Group::Champion => self.recency < SILENCE && self.orders >= 15 && self.monetary() >= 4000.0,
            Group::LoyalSmallSpender => self.orders >= 10,
            Group::RisingSpender => mean >= 1200.0,
            Group::Newcomer | Group::Reseller => self.recency < SILENCE,
        }
    }
}

/// The population a month later: those who stay, in their order, then those who join (2.1 % of the stayers).
pub(super) fn next_month(
    customers: &mut Vec<Customer>,
    next_number: &mut u64,
    seed: u64,
    separation: f64,
    calendar: &Month,
) {
    let mut stayed = Vec::with_capacity(customers.len());
    for mut customer in customers.drain(..) {
        if customer.live(seed, calendar.number, calendar.days, calendar.review) {
            stayed.push(customer);
        }
    }
    *customers = stayed;
    let joining = (customers.len() as f64 * 0.021).round() as usize;
    let mut rng = stream(seed, "simulate.joining", calendar.number);
    for _ in 0..joining {
        let mut u: f64 = rng.random();
        let mut group = Group::Newcomer;
        for (candidate, share) in Group::JOINING {
            group = candidate;
            u -= share;
            if u < 0.0 {
                break;
            }
        }
        customers.push(Customer::join(seed, *next_number, group, separation, calendar.days));
        *next_number += 1;
    }
}

/// A month of the simulated calendar, which begins in January 2025.
pub(super) struct Month {
    /// 0 for January 2025.
    pub number: u64,
    /// Days it has.
    pub days: u32,
    /// Whether sales reviews its customers in it (every January).
    pub review: bool,
    /// `2025-01`.
    pub name: String,
}

impl Month {
    /// Month `number` from January 2025.
    pub fn new(number: usize) -> Self {
        let (year, month) = (2025 + number / 12, number % 12 + 1);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        Month { number: number as u64, days, review: month == 1, name: format!("{year}-{month:02}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_knows_its_months() {
        let of = |number| (Month::new(number).name, Month::new(number).days, Month::new(number).review);
        assert_eq!(of(0), ("2025-01".into(), 31, true));
        assert_eq!(of(1), ("2025-02".into(), 28, false));
        assert_eq!(of(37), ("2028-02".into(), 29, false));
    }

    #[test]
    fn a_month_adds_its_days_to_the_tenure_of_everyone_who_stays() {
        for number in 0..700 {
            let mut customer = Customer::draw(5, number, Group::ALL[number as usize % 7], 1.0);
            let (tenure, orders, recency) = (customer.tenure(), customer.orders, customer.recency);
            if customer.live(5, 1, 28, false) {
                assert_eq!(customer.tenure(), tenure + 28);
                let silent = customer.orders == orders;
                assert_eq!(customer.recency, if silent { recency + 28 } else { customer.recency.min(27) });
            }
        }
    }
}
