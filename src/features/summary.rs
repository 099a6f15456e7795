use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::UsedColumn;
use crate::figures::percent;
use crate::language::noun;
use crate::load::Repeated;
use crate::{Text, Warning};

/// Words and customers that a message names.
const NAMED: usize = 6;

/// Repeated lines, and their share, from which on they may be no chance.
const MANY_REPEATED: (u64, f64) = (10, 0.05);

/// What was read and what was left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FeaturesSummary {
    /// Customers in the output.
    pub customers: u64,
    /// Rows of the transactions. Each is a purchase, a return, or one of the following five.
    pub rows: u64,
    /// Lines that are purchases.
    pub purchases: u64,
    /// Lines that are returns or cancellations.
    pub returns: u64,
    /// Rows without a customer.
    pub without_customer: u64,
    /// Rows of a customer without a time.
    pub without_time: u64,
    /// Rows of a customer without an amount (or without quantity or price).
    pub without_amount: u64,
    /// Lines later than `as_of`.
    pub after_as_of: u64,
    /// Lines before the window.
    pub before_window: u64,
    /// Purchases worth nothing, such as samples; they count as purchases.
    pub zero_value: u64,
    /// Customers left out because they have no purchase up to the as-of date and in the window.
    pub customers_without_purchase: u64,
    /// Value of all purchases of the customers in the output.
    pub purchase_value: f64,
    /// Value of their returns.
    pub return_value: f64,
    /// The first line that counts.
    pub first_transaction: String,
    /// The last line that counts.
    pub last_transaction: String,
    /// The moment from which was counted back.
    pub as_of: String,
    /// The zone of the time column, by whose days and months was counted; null when the column has none, and the time is the
    /// one written.
    pub time_zone: Option<String>,
    /// The columns of the transactions.
    pub columns: Vec<UsedColumn>,
    /// The columns of the output, the id first.
    pub features: Vec<String>,
    /// What a user should know.
    pub warnings: Vec<Warning>,
}

impl FeaturesSummary {
    /// Adds the warnings the figures call for. `words` stood in place of a customer; `crowds` are customers in doubt and their
    /// rows, `repeated` are lines that are the same as others.
    pub(super) fn warn(&mut self, words: &BTreeMap<String, u64>, crowds: &[(String, u64)], repeated: Option<Repeated>) {
        let found = [
            self.without_customer(words),
            self.left_out(
                "rows_without_time",
                self.without_time,
                noun(self.without_time, "has no time", "have no time"),
                "没有时间",
            ),
            self.left_out(
                "rows_without_amount",
                self.without_amount,
                noun(self.without_amount, "has no amount", "have no amount"),
                "没有金额",
            ),
            self.in_doubt(crowds),
            repeated.and_then(|repeated| self.repeated(repeated)),
            self.without_purchase(),
            self.worth_nothing(),
            self.without_order(),
        ];
        self.warnings.extend(found.into_iter().flatten());
    }

    /// Rows that were left out, if any.
    fn left_out(&self, code: &str, n: u64, en: &str, zh: &str) -> Option<Warning> {
        let share = self.share(n);
        let percent = percent(share);
        let text = Text::new(
            format!("{n} of {} rows ({percent}) {en} and {} left out", self.rows, noun(n, "was", "were")),
            format!("{} 行中有 {n} 行（{percent}）{zh}，已略去", self.rows),
        );
        (n > 0).then(|| Warning::new(code, text).with("rows", n).with("share", share))
    }

    fn share(&self, rows: u64) -> f64 {
        rows as f64 / self.rows as f64
    }

    fn without_customer(&self, words: &BTreeMap<String, u64>) -> Option<Warning> {
        let spelled = |word: &str| if word.trim().is_empty() { "blank text".to_owned() } else { format!("{word:?}") };
        let spelled_zh =
            |word: &str| if word.trim().is_empty() { "空白".to_owned() } else { format!("“{word}”") };
        let listed = |spell: &dyn Fn(&str) -> String, between: &str| {
            // Blanks of different length are spelled alike.
            let spelled: BTreeSet<String> = words.keys().map(|word| spell(word)).collect();
            spelled.into_iter().take(NAMED).collect::<Vec<_>>().join(between)
        };
        let (says, says_zh) = match words.values().sum::<u64>() {
            0 => (String::new(), String::new()),
            n => (
                format!(" ({n} of them {} {})", noun(n, "says", "say"), listed(&spelled, ", ")),
                format!("（其中 {n} 行写作{}）", listed(&spelled_zh, "、")),
            ),
        };
        let n = self.without_customer;
        let en = format!("{}{says}", noun(n, "has no customer", "have no customer"));
        self.left_out("rows_without_customer", n, &en, &format!("没有客户编号{says_zh}"))
    }

    /// Customers who may be many.
    fn in_doubt(&self, crowds: &[(String, u64)]) -> Option<Warning> {
        let (first, rows) = crowds.first()?;
        let n = crowds.len();
        let listed: Vec<String> =
            crowds.iter().take(NAMED).map(|(id, rows)| format!("{id:?} ({})", percent(self.share(*rows)))).collect();
        let text = Text::new(
            format!(
                "{} may stand for many people, by name or by share of the rows: {}; leave them out where the file is \
                 written if so",
                if n == 1 { "1 customer".to_owned() } else { format!("{n} customers") },
                listed.join(", ")
            ),
            format!(
                "有 {n} 位客户从编号或所占行数看可能并非一个人：{}；如确非一人，请在生成文件时去掉",
                listed.join("、").replace(" (", "（").replace(" %)", " %）")
            ),
        );
        let warning = Warning::new("customers_in_doubt", text).with("customers", n);
        Some(warning.with("first", first.as_str()).with("rows", *rows))
    }

    /// Lines that may have been written twice: of an order a few may be the same.
    fn repeated(&self, repeated: Repeated) -> Option<Warning> {
        let (n, lines) = (repeated.n_rows - repeated.n_keys, self.purchases + self.returns);
        let share = n as f64 / lines as f64;
        let (about, about_zh) = if repeated.is_about { ("about ", "约") } else { ("", "") };
        let percent = percent(share);
        let text = Text::new(
            format!(
                "{about}{n} of {lines} lines ({percent}) {} in all that is read the same as another line of the order, and {} \
                 again; if they were written twice, leave the repetitions out where the file is written",
                noun(n, "is", "are"),
                noun(n, "counts", "count")
            ),
            format!(
                "{lines} 行中有{about_zh} {n} 行（{percent}）所读取的各列与同一订单的另一行完全相同，仍重复计入；如系重复写入，请在\
                 生成文件时去重"
            ),
        );
        let warning = Warning::new("repeated_lines", text).with("rows", n).with("share", share);
        (n >= MANY_REPEATED.0 && share >= MANY_REPEATED.1).then_some(warning)
    }

    fn without_purchase(&self) -> Option<Warning> {
        let n = self.customers_without_purchase;
        let text = Text::new(
            format!(
                "{n} {} no purchase up to the as-of date and in the window, and {} left out",
                noun(n, "customer has", "customers have"),
                noun(n, "was", "were")
            ),
            format!("{n} 位客户截至基准日期在时间窗口内没有购买记录，已略去"),
        );
        (n > 0).then(|| Warning::new("customers_without_purchase", text).with("customers", n))
    }

    fn worth_nothing(&self) -> Option<Warning> {
        let n = self.zero_value;
        let text = Text::new(
            format!(
                "{n} {} worth nothing; {} as {}",
                noun(n, "purchase is", "purchases are"),
                noun(n, "it counts", "they count"),
                noun(n, "a purchase", "purchases")
            ),
            format!("{n} 行购买的金额为零，仍按购买计数"),
        );
        (n > 0).then(|| Warning::new("zero_value_purchases", text).with("rows", n))
    }

    fn without_order(&self) -> Option<Warning> {
        let text = Text::new(
            "there is no order column: what a customer buys on a day counts as one order",
            "没有订单列：同一客户同一天的购买算作一个订单",
        );
        self.columns.iter().all(|column| column.role != "order").then(|| Warning::new("orders_are_days", text))
    }
}
