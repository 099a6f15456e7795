//! What a column of transactions can be, and the names by which it is known.

use arrow::datatypes::DataType;

use crate::load::{Column, Kind};
use crate::recognize::{Certainty, NameKind, kind_of, match_name, roles};

/// What a column of transactions is used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Customer,
    Time,
    Order,
    Product,
    Quantity,
    Price,
    Amount,
}

impl Role {
    /// The word in messages and in the summary.
    pub fn name(self) -> &'static str {
        match self {
            Role::Customer => "customer",
            Role::Time => "time",
            Role::Order => "order",
            Role::Product => "product",
            Role::Quantity => "quantity",
            Role::Price => "price",
            Role::Amount => "amount",
        }
    }

    /// The flag that names the column.
    pub fn flag(self) -> &'static str {
        match self {
            Role::Customer => "--customer",
            Role::Time => "--time",
            Role::Order => "--order",
            Role::Product => "--product",
            Role::Quantity => "--quantity",
            Role::Price => "--price",
            Role::Amount => "--amount",
        }
    }

    /// Whether `column` is of a type that will do, or of one that can be converted: numbers as text, dates as numbers.
    pub fn accepts(self, column: &Column) -> bool {
        match (self, column.kind) {
            (Role::Quantity | Role::Price | Role::Amount, Kind::Text) => true,
            (Role::Time, Kind::Number) => Role::Customer.suits(column),
            _ => self.suits(column),
        }
    }

    /// Whether the type of `column` will do as it is.
    pub fn suits(self, column: &Column) -> bool {
        let whole_or_float = match &column.data_type {
            DataType::Decimal32(_, scale)
            | DataType::Decimal64(_, scale)
            | DataType::Decimal128(_, scale)
            | DataType::Decimal256(_, scale) => *scale == 0,
            _ => true,
        };
        match (self, column.kind) {
            (Role::Time, Kind::Date | Kind::Text) => true,
            (Role::Customer, Kind::Number) => whole_or_float,
            (Role::Customer | Role::Order | Role::Product, Kind::Text | Kind::Bytes) => true,
            (Role::Order | Role::Product, Kind::Number) => true,
            (Role::Quantity | Role::Price | Role::Amount, Kind::Number) => true,
            _ => false,
        }
    }

    /// The types that will do, in words.
    pub fn wanted(self) -> &'static str {
        match self {
            Role::Customer => "text, bytes or a whole number",
            Role::Time => "a date, a timestamp, text or a whole number such as 20240131",
            Role::Order | Role::Product => "text, bytes or a number",
            Role::Quantity | Role::Price | Role::Amount => "a number or text",
        }
    }

    /// Whether `column` has a name that is usual for the role, in any case and with any of `_`, `-`, `.` and spaces.
    pub fn is_usual_name(self, column: &str) -> bool {
        matches!(match_name(self.name(), column), Some((Certainty::Sure, _)))
    }

    /// Whether `column` is, by its name, something else than this role or a moment: an order, a sex, perhaps a tier.
    pub fn is_name_of_another(self, column: &str) -> bool {
        let is_named = |role: &str| match match_name(role, column) {
            Some((certainty, _)) => certainty == Certainty::Sure || role == "tier",
            None => false,
        };
        kind_of(column) != NameKind::Moment && roles().any(|role| role != self.name() && is_named(role))
    }
}
