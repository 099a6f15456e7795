//! The planted groups: how many of each there are and what is typical of them.

/// A planted group of customers; six are archetypes of the catalog `rfm-8`, resellers are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    /// Recent, many orders, much money.
    Champion,
    /// As good as champions once, silent for months.
    FadingChampion,
    /// Recent, few but large orders.
    RisingSpender,
    /// Recent, many small orders, mostly at a discount.
    LoyalSmallSpender,
    /// Recent first orders, little money.
    Newcomer,
    /// Few small orders, long ago.
    Dormant,
    /// Huge baskets, most of which come back; medium in recency, frequency and monetary value.
    Reseller,
}

/// What is typical of a group. Medians where a value is skewed (log-normal, or logit-normal for shares).
pub(super) struct Traits {
    /// Share of the population.
    pub share: f64,
    /// Days since the last purchase.
    pub recency: f64,
    /// Orders.
    pub frequency: f64,
    /// Value of an order before returns, in yuan.
    pub basket: f64,
    /// Days from the first purchase to the last.
    pub span: f64,
    /// Returned value / purchased value.
    pub return_rate: f64,
    /// Share of the value bought at a discount.
    pub discount: f64,
    /// Mean age in years.
    pub age: f64,
    /// Weights of [`CHANNELS`].
    pub channels: [f64; 5],
}

/// Where orders come from.
pub(super) const CHANNELS: [&str; 5] = ["app", "mini_program", "marketplace", "web", "store"];

/// Where customers live, with the weights of the cities.
pub(super) const REGIONS: [(&str, f64); 10] = [
    ("上海", 0.18),
    ("北京", 0.16),
    ("广州", 0.12),
    ("深圳", 0.12),
    ("杭州", 0.10),
    ("成都", 0.09),
    ("武汉", 0.07),
    ("南京", 0.06),
    ("西安", 0.05),
    ("苏州", 0.05),
];

impl Group {
    /// Every group, in the order of the enum.
    pub const ALL: [Group; 7] = [
        Group::Champion,
        Group::FadingChampion,
        Group::RisingSpender,
        Group::LoyalSmallSpender,
        Group::Newcomer,
        Group::Dormant,
        Group::Reseller,
    ];

    /// The archetype as assignments write it; `None` for the group that no catalog knows.
    pub fn archetype(self) -> Option<&'static str> {
        match self {
            Group::Champion => Some("rfm-8/champions"),
            Group::FadingChampion => Some("rfm-8/fading-champions"),
            Group::RisingSpender => Some("rfm-8/rising-spenders"),
            Group::LoyalSmallSpender => Some("rfm-8/loyal-small-spenders"),
            Group::Newcomer => Some("rfm-8/newcomers"),
            Group::Dormant => Some("rfm-8/dormant"),
            Group::Reseller => None,
        }
    }

    /// What is typical of the group.
    ///
    /// The shares balance each of the three RFM axes, so that a reseller, who sits between the two sides of every axis,
    /// is medium by rank as well.
    #[rustfmt::skip]
    pub fn traits(self) -> Traits {
        match self {
            Group::Champion => Traits {
                share: 0.11, recency: 9.0, frequency: 60.0, basket: 420.0, span: 1100.0, return_rate: 0.020,
                discount: 0.08, age: 45.0, channels: [0.45, 0.25, 0.10, 0.10, 0.10],
            },
            Group::FadingChampion => Traits {
                share: 0.18, recency: 220.0, frequency: 24.0, basket: 560.0, span: 430.0, return_rate: 0.085,
                discount: 0.19, age: 54.0, channels: [0.15, 0.10, 0.15, 0.25, 0.35],
            },
            Group::RisingSpender => Traits {
                share: 0.14, recency: 14.0, frequency: 4.2, basket: 3400.0, span: 170.0, return_rate: 0.120,
                discount: 0.04, age: 37.0, channels: [0.20, 0.15, 0.10, 0.35, 0.20],
            },
            Group::LoyalSmallSpender => Traits {
                share: 0.14, recency: 13.0, frequency: 24.0, basket: 38.0, span: 330.0, return_rate: 0.022,
                discount: 0.42, age: 31.0, channels: [0.25, 0.35, 0.35, 0.03, 0.02],
            },
            Group::Newcomer => Traits {
                share: 0.13, recency: 18.0, frequency: 3.4, basket: 130.0, span: 50.0, return_rate: 0.060,
                discount: 0.22, age: 24.0, channels: [0.30, 0.40, 0.20, 0.05, 0.05],
            },
            Group::Dormant => Traits {
                share: 0.25, recency: 380.0, frequency: 3.0, basket: 80.0, span: 130.0, return_rate: 0.050,
                discount: 0.33, age: 41.0, channels: [0.10, 0.10, 0.35, 0.15, 0.30],
            },
            Group::Reseller => Traits {
                share: 0.05, recency: 45.0, frequency: 9.5, basket: 1500.0, span: 560.0, return_rate: 0.80,
                discount: 0.34, age: 35.0, channels: [0.02, 0.02, 0.16, 0.80, 0.00],
            },
        }
    }
}

/// How many of `n` customers each group of [`Group::ALL`] gets: its share, rounded by largest remainders.
pub(super) fn quotas(n: usize) -> [usize; 7] {
    let exact = Group::ALL.map(|group| group.traits().share * n as f64);
    let mut counts = exact.map(|share| share.floor() as usize);
    let mut by_remainder: Vec<usize> = (0..counts.len()).collect();
    by_remainder.sort_by(|&a, &b| (exact[b] - exact[b].floor()).total_cmp(&(exact[a] - exact[a].floor())));
    let missing = n - counts.iter().sum::<usize>();
    for &group in by_remainder.iter().take(missing) {
        counts[group] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_and_quotas_use_every_customer() {
        let total: f64 = Group::ALL.iter().map(|group| group.traits().share).sum();
        assert!((total - 1.0).abs() < 1e-12, "{total}");
        for n in [1, 2, 7, 99, 1000, 12_345] {
            assert_eq!(quotas(n).iter().sum::<usize>(), n);
        }
        assert_eq!(quotas(20_000), [2200, 3600, 2800, 2800, 2600, 5000, 1000]);
    }
}
