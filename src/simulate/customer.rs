//! One made-up customer: what is drawn, and what follows from it.

use rand::RngExt;

use super::draw::{normal, weighted};
use super::group::{CHANNELS, Group, REGIONS};
use super::tier::{Grading, Turnover};
use crate::random::stream;

/// A customer with everything the columns are computed from.
#[derive(Debug, Clone)]
pub(super) struct Customer {
    /// Number in the customer's id.
    pub number: u64,
    /// What the customer is by now.
    pub group: Group,
    /// What the customer is becoming; the group follows when the features have arrived there.
    pub heading: Group,
    /// Days since the last purchase.
    pub recency: u32,
    /// Days from the first purchase to the last.
    pub span: u32,
    /// Orders, at least 1.
    pub orders: u32,
    /// Value of all purchases before returns, in cents.
    pub purchases: i64,
    /// The part of it that came back, in cents.
    pub returned: i64,
    /// The part of it that was bought at a discount, in cents.
    pub discounted: i64,
    /// What the customer does from now on.
    pub habit: Habit,
    /// Age in years, where known.
    pub age: Option<u8>,
    /// Position in [`CHANNELS`].
    pub channel: u8,
    /// Position in [`REGIONS`].
    pub region: u8,
    /// What the sales department thinks.
    pub grading: Grading,
}

/// How a customer buys while active.
#[derive(Debug, Clone)]
pub(super) struct Habit {
    /// Typical value of an order, in yuan.
    pub basket: f64,
    /// Orders a day.
    pub rhythm: f64,
    /// Share of the value that comes back.
    pub returned: f64,
    /// Share of the value bought at a discount.
    pub discounted: f64,
}

impl Customer {
    /// Draws customer `number` of `group`. The spread inside the group is divided by `separation`.
    ///
    /// One latent activity makes the draws depend on each other: who is more active bought more recently, orders more
    /// often and, a little, for less.
    pub fn draw(seed: u64, number: u64, group: Group, separation: f64) -> Self {
        let mut rng = stream(seed, "simulate.customer", number);
        let traits = group.traits();
        let activity = normal(&mut rng);
        let mut spread = |with_activity: f64, sd: f64| {
            let own = (1.0 - with_activity * with_activity).sqrt() * normal(&mut rng);
            (with_activity * activity + own) * sd / separation
        };
        let recency = (traits.recency * spread(-0.4, 0.42).exp()).round().min(5000.0) as u32;
        let orders = (traits.frequency * spread(0.6, 0.30).exp()).round().clamp(1.0, 5000.0) as u32;
        let basket = (traits.basket * spread(-0.3, 0.35).exp()).clamp(1.0, 1e6);
        let span = (traits.span * spread(0.3, 0.35).exp()).round().min(9000.0) as u32;
        let returned = inverse_logit(logit(traits.return_rate) + spread(0.0, 0.38));
        let discounted = inverse_logit(logit(traits.discount) + spread(0.0, 0.37));
        // At most one order a day; a single order spans nothing.
        let span = if orders == 1 { 0 } else { span.max(orders - 1) };
        let age = (traits.age + 5.5 * normal(&mut rng)).round().clamp(18.0, 90.0) as u8;
        let age = (!rng.random_bool(0.05)).then_some(age);
        let channel = weighted(&mut rng, traits.channels.into_iter()) as u8;
        let region = weighted(&mut rng, REGIONS.iter().map(|(_, weight)| *weight)) as u8;
        let mut customer = Customer {
            number,
            group,
            heading: group,
            recency,
            span,
            orders,
            purchases: 0,
            returned: 0,
            discounted: 0,
            habit: Habit { basket, rhythm: f64::from(orders) / f64::from(span.max(120)), returned, discounted },
            age,
            channel,
            region,
            grading: Grading::Never,
        };
        customer.buy(f64::from(orders) * basket);
        customer.grading = Grading::first(customer.turnover(), &mut rng);
        customer
    }

    /// A customer who joined in a month of `days` days: one or two orders, the rest as drawn for `group`.
    pub fn join(seed: u64, number: u64, group: Group, separation: f64, days: u32) -> Self {
        let mut customer = Customer::draw(seed, number, group, separation);
        let mut rng = stream(seed, "simulate.join", number);
        let tenure = rng.random_range(1..=days);
        customer.recency = rng.random_range(0..tenure);
        customer.span = tenure - customer.recency;
        customer.orders = 2;
        if rng.random_bool(0.5) {
            customer.recency = tenure;
            customer.span = 0;
            customer.orders = 1;
        }
        (customer.purchases, customer.returned, customer.discounted) = (0, 0, 0);
        customer.buy(f64::from(customer.orders) * customer.habit.basket);
        customer.grading = Grading::first(customer.turnover(), &mut rng);
        customer
    }

    /// Adds goods of that value, in yuan; part of them is discounted and part comes back, as the customer's habit is.
    pub fn buy(&mut self, value: f64) {
        let cents = |value: f64| (value * 100.0).round() as i64;
        self.purchases += cents(value);
        self.returned += cents(value * self.habit.returned);
        self.discounted += cents(value * self.habit.discounted);
    }

    /// The id: `C` and at least six digits.
    pub fn id(&self) -> String {
        format!("C{:06}", self.number)
    }

    /// What the sales department looks at.
    pub fn turnover(&self) -> Turnover {
        Turnover { tenure: self.tenure(), purchases: self.purchases }
    }

    /// Days since the first purchase.
    pub fn tenure(&self) -> u32 {
        self.recency + self.span
    }

    /// Purchases − returns, in yuan, to the cent.
    pub fn monetary(&self) -> f64 {
        (self.purchases - self.returned) as f64 / 100.0
    }

    /// Returned value / purchased value, to four digits.
    pub fn return_rate(&self) -> f64 {
        (self.returned as f64 / self.purchases as f64 * 1e4).round() / 1e4
    }

    /// Share of the value bought at a discount, to four digits.
    pub fn discount_share(&self) -> f64 {
        (self.discounted as f64 / self.purchases as f64 * 1e4).round() / 1e4
    }

    /// Mean value of an order before returns, in yuan, to the cent.
    pub fn basket_mean(&self) -> f64 {
        (self.purchases as f64 / f64::from(self.orders)).round() / 100.0
    }

    /// Mean days from one order to the next; `None` for a single order.
    pub fn days_between_orders(&self) -> Option<f64> {
        (self.orders > 1).then(|| (f64::from(self.span) / f64::from(self.orders - 1) * 100.0).round() / 100.0)
    }

    /// The channel's name.
    pub fn channel(&self) -> &'static str {
        CHANNELS[usize::from(self.channel)]
    }

    /// The region's name.
    pub fn region(&self) -> &'static str {
        REGIONS[usize::from(self.region)].0
    }
}

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

fn inverse_logit(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_consistent_at_any_separation() {
        for separation in [0.05, 0.4, 1.0, 20.0] {
            for number in 0..700 {
                let group = Group::ALL[number as usize % Group::ALL.len()];
                let customer = Customer::draw(3, number, group, separation);
                assert!(customer.orders >= 1 && customer.tenure() >= customer.recency);
                assert_eq!(customer.days_between_orders().is_none(), customer.orders == 1);
                assert!(customer.span == 0 || customer.span >= customer.orders - 1, "{customer:?}");
                let (returned, discounted) = (customer.return_rate(), customer.discount_share());
                assert!((0.0..=1.0).contains(&returned) && (0.0..=1.0).contains(&discounted));
                let bought = f64::from(customer.orders) * customer.basket_mean();
                let value = bought * (1.0 - returned);
                let rounding = 0.005 * f64::from(customer.orders) + 5e-5 * bought + 0.01;
                assert!((value - customer.monetary()).abs() <= rounding, "{customer:?}");
            }
        }
    }

    #[test]
    fn the_same_number_is_the_same_customer() {
        let of = |number| format!("{:?}", Customer::draw(9, number, Group::Dormant, 1.0));
        assert_eq!(of(4), of(4));
        assert_ne!(of(4), of(5));
    }
}
