//! What a column of transactions can be, and the names by which it is known.

use arrow::datatypes::DataType;

use crate::load::{Column, Kind};

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
        let plain: String = column.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        self.usual_names().contains(&plain.as_str())
    }

    #[rustfmt::skip]
    fn usual_names(self) -> &'static [&'static str] {
        match self {
            Role::Customer => &[
                "customer", "customerid", "customerno", "customernumber", "customerkey", "customercode", "custid",
                "custno", "client", "clientid", "user", "userid", "uid", "member", "memberid", "buyer", "buyerid",
                "shopperid", "accountid", "householdid", "householdkey", "客户", "客户id", "客户编号", "客户号", "用户id",
                "用户编号", "会员id", "会员编号", "会员号", "会员卡号", "顾客id", "顾客编号", "买家id",
            ],
            Role::Time => &[
                "date", "time", "datetime", "timestamp", "day", "invoicedate", "orderdate", "ordertime", "orderdatetime",
                "ordertimestamp", "orderpurchasetimestamp", "orderedat", "purchasedate", "purchasetime", "purchasedat",
                "transactiondate", "transactiontime", "transdate", "trandate", "txndate", "saledate", "salesdate",
                "paymentdate", "createdat", "日期", "时间", "订单日期", "订单时间", "下单日期", "下单时间", "交易日期", "交易时间",
                "购买日期", "购买时间", "支付时间", "付款时间", "销售日期",
            ],
            Role::Order => &[
                "order", "orderid", "orderno", "ordernumber", "invoice", "invoiceid", "invoiceno", "invoicenumber",
                "transactionid", "transactionno", "transactionnumber", "txnid", "receipt", "receiptid", "receiptno",
                "basketid", "ticketid", "saleid", "purchaseid", "订单号", "订单id", "订单编号", "发票号", "交易号", "小票号",
            ],
            Role::Product => &[
                "product", "productid", "productcode", "productno", "productkey", "stockcode", "sku", "skuid", "item",
                "itemid", "itemcode", "itemno", "article", "articleid", "articleno", "upc", "ean", "商品id", "商品编号",
                "商品编码", "商品代码", "产品id", "产品编号", "货号",
            ],
            Role::Quantity => &[
                "quantity", "qty", "units", "unitssold", "quantitysold", "orderquantity", "orderqty", "itemquantity",
                "数量", "购买数量", "件数", "销量",
            ],
            Role::Price => &["price", "unitprice", "itemprice", "priceperunit", "priceeach", "价格", "单价"],
            Role::Amount => &[
                "amount", "totalamount", "orderamount", "lineamount", "netamount", "grossamount", "salesamount",
                "transactionamount", "purchaseamount", "total", "linetotal", "ordertotal", "totalprice", "totalvalue",
                "value", "ordervalue", "salesvalue", "revenue", "sales", "netsales", "turnover", "spend", "payment",
                "paymentvalue", "金额", "总金额", "订单金额", "交易金额", "消费金额", "支付金额", "实付金额", "销售额", "总价",
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Role; 7] =
        [Role::Customer, Role::Time, Role::Order, Role::Product, Role::Quantity, Role::Price, Role::Amount];

    #[test]
    fn no_name_stands_for_two_roles() {
        for (i, role) in ALL.iter().enumerate() {
            for name in role.usual_names() {
                assert!(ALL[i + 1..].iter().all(|other| !other.usual_names().contains(name)), "{name}");
                assert!(role.is_usual_name(name), "{name}");
            }
        }
    }

    #[test]
    fn case_and_separators_do_not_matter() {
        for name in ["CustomerID", "customer_id", "Customer ID", "customer-id", "客户编号"] {
            assert!(Role::Customer.is_usual_name(name), "{name}");
        }
        assert!(!Role::Customer.is_usual_name("customer_name"));
    }
}
