//! Which column of the transactions is what.

use serde::Serialize;

use super::role::Role;
use super::times::Clock;
use super::{FeaturesError, FeaturesOptions};
use crate::load::{Column, Source};
use crate::nearest::nearest;

/// The columns that are read.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub customer: String,
    pub time: String,
    /// How the time column tells the time.
    pub clock: Clock,
    pub order: Option<String>,
    pub product: Option<String>,
    pub quantity: Option<String>,
    pub worth: Worth,
    /// Everything above, for the summary.
    pub used: Vec<UsedColumn>,
}

/// Where the value of a line comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Worth {
    /// This column.
    Amount(String),
    /// The quantity times this column.
    Price(String),
}

/// A column of the transactions and what it was used as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UsedColumn {
    /// `customer`, `time`, `order`, `product`, `quantity`, `price` or `amount`.
    pub role: &'static str,
    /// The column.
    pub column: String,
    /// Whether it was found by its name rather than named by an option.
    pub detected: bool,
}

impl Columns {
    /// The columns of `source` that `options` names; for the rest, those with usual names.
    pub fn find(source: &Source, options: &FeaturesOptions) -> Result<Columns, FeaturesError> {
        let mut search = Search { source, used: Vec::new() };
        let customer = search.must(Role::Customer, options.customer.as_deref())?;
        let time = search.must(Role::Time, options.time.as_deref())?;
        let order = search.may(Role::Order, options.order.as_deref())?;
        let product = search.may(Role::Product, options.product.as_deref())?;
        let given = |name: &Option<String>| name.as_deref().is_some_and(|name| !name.is_empty());
        // A named price says how lines are valued; only then is an amount not looked for.
        let amount = match (given(&options.amount), given(&options.price)) {
            (false, true) => None,
            _ => search.may(Role::Amount, options.amount.as_deref())?,
        };
        let quantity = search.may(Role::Quantity, options.quantity.as_deref())?;
        let worth = match amount {
            Some(amount) => Worth::Amount(amount),
            None => match (search.may(Role::Price, options.price.as_deref())?, &quantity) {
                (Some(price), Some(_)) => Worth::Price(price),
                (price, quantity) => return Err(search.no_amount(price, quantity.as_deref())),
            },
        };
        search.exclusive()?;
        let clock = search.clock(&time)?;
        Ok(Columns { customer, time, clock, order, product, quantity, worth, used: search.used })
    }

    /// The columns that are read as numbers.
    pub fn numbers(&self) -> Vec<&str> {
        let (Worth::Amount(worth) | Worth::Price(worth)) = &self.worth;
        std::iter::once(worth.as_str()).chain(self.quantity.as_deref()).collect()
    }

    /// The columns in the order in which [`Lines`](super::lines::Lines) expects them.
    pub fn names(&self) -> Vec<&str> {
        let (Worth::Amount(worth) | Worth::Price(worth)) = &self.worth;
        let mut names = vec![self.customer.as_str(), self.time.as_str(), worth.as_str()];
        names.extend([&self.quantity, &self.order, &self.product].into_iter().flatten().map(String::as_str));
        names
    }
}

/// The columns of customer and time, where a table has by their names all that purchases have, as [`build`](super::build)
/// reads them.
#[cfg(feature = "cli")]
pub fn purchases(source: &Source) -> Option<(String, String)> {
    let columns = Columns::find(source, &FeaturesOptions::default()).ok()?;
    Some((columns.customer, columns.time))
}

struct Search<'a> {
    source: &'a Source,
    used: Vec<UsedColumn>,
}

impl Search<'_> {
    fn must(&mut self, role: Role, named: Option<&str>) -> Result<String, FeaturesError> {
        // An empty name cannot mean "none" here.
        match self.may(role, named.filter(|name| !name.is_empty()))? {
            Some(column) => Ok(column),
            None => Err(self.of_wrong_type(role).unwrap_or_else(|| FeaturesError::NotFound {
                role: role.name(),
                flag: role.flag(),
                source_name: self.source.name(),
                candidates: self.fitting(role).into_iter().filter(|name| !role.is_name_of_another(name)).collect(),
            })),
        }
    }

    fn may(&mut self, role: Role, named: Option<&str>) -> Result<Option<String>, FeaturesError> {
        let column = match named {
            Some("") => return Ok(None),
            Some(name) => Some(self.named(role, name)?),
            None => self.detected(role)?,
        };
        if let Some(column) = &column {
            self.used.push(UsedColumn { role: role.name(), column: column.clone(), detected: named.is_none() });
        }
        Ok(column)
    }

    fn named(&self, role: Role, name: &str) -> Result<String, FeaturesError> {
        self.source.refuse_unshared(name)?;
        let columns = self.source.columns();
        let Some(column) = columns.iter().find(|column| column.name == name) else {
            return Err(FeaturesError::MissingColumn {
                flag: role.flag(),
                column: name.to_owned(),
                source_name: self.source.name(),
                nearest: nearest(name, columns.iter().map(|column| &column.name)),
                columns: columns.iter().map(|column| column.name.clone()).collect(),
            });
        };
        if role.accepts(column) {
            return Ok(column.name.clone());
        }
        Err(FeaturesError::WrongType {
            flag: role.flag(),
            column: name.to_owned(),
            source_name: self.source.name(),
            found: column.type_name(),
            wanted: role.wanted(),
        })
    }

    fn detected(&self, role: Role) -> Result<Option<String>, FeaturesError> {
        let usual = |fits: fn(Role, &Column) -> bool| -> Vec<String> {
            let columns = self.source.columns().iter().filter(|c| role.is_usual_name(&c.name) && fits(role, c));
            columns.map(|column| column.name.clone()).collect()
        };
        // What has to be converted is asked only where nothing else answers to the role.
        let mut candidates = usual(Role::suits);
        if candidates.is_empty() {
            candidates = usual(Role::accepts);
        }
        if candidates.is_empty()
            && let Some(column) = self.source.unshared().iter().find(|column| role.is_usual_name(&column.name))
        {
            return Err(column.error().into());
        }
        if candidates.len() > 1 {
            let (role, flag, source_name) = (role.name(), role.flag(), self.source.name());
            return Err(FeaturesError::Ambiguous { role, flag, source_name, candidates });
        }
        Ok(candidates.pop())
    }

    /// The column with a usual name for the role, whose type will not do.
    fn of_wrong_type(&self, role: Role) -> Option<FeaturesError> {
        let column = self.source.columns().iter().find(|column| role.is_usual_name(&column.name))?;
        (!role.accepts(column)).then(|| FeaturesError::UsualNameWrongType {
            role: role.name(),
            flag: role.flag(),
            column: column.name.clone(),
            source_name: self.source.name(),
            found: column.type_name(),
            wanted: role.wanted(),
        })
    }

    fn clock(&self, time: &str) -> Result<Clock, FeaturesError> {
        let column = self.source.columns().iter().find(|column| column.name == time);
        let clock = column.map_or(Ok(Clock::Local), |column| Clock::of(&column.data_type));
        clock.map_err(|zone| FeaturesError::UnknownZone {
            column: time.to_owned(),
            source_name: self.source.name(),
            zone,
        })
    }

    fn fitting(&self, role: Role) -> Vec<String> {
        let free = |column: &&Column| role.suits(column) && self.used.iter().all(|used| used.column != column.name);
        self.source.columns().iter().filter(free).map(|column| column.name.clone()).collect()
    }

    fn no_amount(&self, price: Option<String>, quantity: Option<&str>) -> FeaturesError {
        let wrong = [Role::Amount, Role::Price].into_iter().find_map(|role| self.of_wrong_type(role));
        if let Some(wrong) = wrong.filter(|_| price.is_none()) {
            return wrong;
        }
        let found = match (&price, quantity) {
            (Some(price), _) => format!("a price ({price:?}) but no quantity and no amount"),
            (None, Some(quantity)) => format!("a quantity ({quantity:?}) but no price and no amount"),
            (None, None) => "no column with a usual name for an amount, or for a quantity and a price".to_owned(),
        };
        let candidates = self.fitting(Role::Amount);
        FeaturesError::NoAmount { source_name: self.source.name(), found, price, candidates }
    }

    fn exclusive(&self) -> Result<(), FeaturesError> {
        for (i, first) in self.used.iter().enumerate() {
            if let Some(second) = self.used[i + 1..].iter().find(|second| second.column == first.column) {
                let column = first.column.clone();
                return Err(FeaturesError::TwoRoles { column, first: first.role, second: second.role });
            }
        }
        Ok(())
    }
}
