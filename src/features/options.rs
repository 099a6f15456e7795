use super::AsOf;
use crate::config::Auto;

/// How transactions are read; the default finds the columns by their usual names.
///
/// A column name is taken as it is. `Some("")` for the order, product or quantity column means that there is none,
/// whatever the columns are called.
#[derive(Debug, Clone, PartialEq)]
pub struct FeaturesOptions {
    /// The customer's id: text, bytes or whole numbers (`--customer`).
    pub customer: Option<String>,
    /// When the line happened (`--time`): a date, a timestamp, text with the year first (`2024-01-31 08:30`, `2024/1/31`) or a
    /// whole number (20240131). A timestamp with a zone tells the time of that zone.
    pub time: Option<String>,
    /// The order, invoice or receipt the line belongs to (`--order`). Without one, what a customer buys on a day is an
    /// order.
    pub order: Option<String>,
    /// What was bought (`--product`); only counted.
    pub product: Option<String>,
    /// How many were bought, negative for returns (`--quantity`).
    pub quantity: Option<String>,
    /// The price of one (`--price`); a line is worth quantity × price.
    pub price: Option<String>,
    /// What the line is worth (`--amount`), in place of quantity × price.
    pub amount: Option<String>,
    /// The moment from which recency and tenure are counted back, in the time of the time column; later lines are ignored. A
    /// day means its end. `None`: the last transaction of the table.
    pub as_of: Option<AsOf>,
    /// Ignore what happened this many days or longer before the as-of moment; `None`: nothing.
    pub window_days: Option<u32>,
    /// The days before the as-of moment that `recent_share` counts; 90 by default.
    pub recent_days: u32,
    /// Lines of orders whose id begins so are returns, whatever their sign: `C` in some invoice numbers. `None`: only
    /// the sign tells.
    pub cancelled_prefix: Option<String>,
    /// Bytes that the accounts of the customers may have, as `limits.memory` of a plan; by default what the machine and the limits of
    /// the process leave.
    pub memory: Auto<u64>,
}

impl Default for FeaturesOptions {
    fn default() -> Self {
        FeaturesOptions {
            customer: None,
            time: None,
            order: None,
            product: None,
            quantity: None,
            price: None,
            amount: None,
            as_of: None,
            window_days: None,
            recent_days: 90,
            cancelled_prefix: None,
            memory: Auto::Auto,
        }
    }
}
