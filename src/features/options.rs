use jiff::civil::DateTime;

/// How transactions are read; the default finds the columns by their usual names.
///
/// A column name is taken as it is. `Some("")` for the order, product or quantity column means that there is none,
/// whatever the columns are called.
#[derive(Debug, Clone, PartialEq)]
pub struct FeaturesOptions {
    /// The customer's id: text, bytes or whole numbers (`--customer`).
    pub customer: Option<String>,
    /// When the line happened: a date, a timestamp, or ISO 8601 text (`--time`).
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
    /// The moment from which recency and tenure are counted back; later lines are ignored. A date means its first
    /// moment. `None`: the last transaction of the table.
    pub as_of: Option<DateTime>,
    /// Ignore what happened this many days or longer before the as-of moment; `None`: nothing.
    pub window_days: Option<u32>,
    /// The days before the as-of moment that `recent_share` counts; 90 by default.
    pub recent_days: u32,
    /// Lines of orders whose id begins so are returns, whatever their sign: `C` in some invoice numbers. `None`: only
    /// the sign tells.
    pub cancelled_prefix: Option<String>,
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
        }
    }
}
