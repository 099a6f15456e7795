//! From transactions to the table of features.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::account::{Account, Row, features};
use super::chunks::each_chunk;
use super::columns::Columns;
use super::customers::Customers;
use super::dates::Period;
use super::figures::{Millionths, in_units};
use super::lines::{Gap, Lines};
use super::moment::{DAY, Moment, to_civil};
use super::survey::Survey;
use super::{FeaturesError, FeaturesOptions, FeaturesSummary, TableFile};
use crate::limits::{allowed_by, check_held};
use crate::load::{RepeatCount, RowStream, Source, refuse_overwriting};
use crate::model::ROWS_AT_ONCE;
use crate::monitor::Monitor;
use crate::recognize::is_nobody;

/// One part in this many of all rows is much for one customer.
const CROWD_PART: u64 = 20;
/// This many times the rows of the average customer is much, too.
const CROWD_TIMES: u64 = 10;

/// Reads the transactions at `input` (a file, folder or pattern) and writes one row per customer to `output`.
///
/// A *line* is a row of the transactions. It is a return when its quantity or its value is negative, or its order is
/// cancelled ([`FeaturesOptions::cancelled_prefix`]); else it is a purchase. Both count with their absolute value. The
/// output has the customer's id under its own name and in its own type, ascending, and:
///
/// | column | what it is |
/// |---|---|
/// | `recency_days` | days from the last purchase to the as-of moment, with fractions |
/// | `frequency` | different orders with a purchase |
/// | `monetary` | purchases − returns |
/// | `basket_mean` | purchases / `frequency` |
/// | `tenure_days` | days from the first purchase to the as-of moment |
/// | `days_between_orders` | days from the first to the last purchase / (`frequency` − 1); null after one order |
/// | `return_rate` | returns / purchases; null when the purchases are worth nothing |
/// | `recent_share` | share of the purchases in the last 90 days ([`FeaturesOptions::recent_days`]); null as above |
/// | `active_months` | different calendar months with a purchase |
/// | `units` | quantity bought, where there is a quantity column |
/// | `products` | different products bought, where there is a product column |
///
/// Customers without a purchase are left out and counted. Everything counts what lies in the window only, if there is
/// one: tenure then begins with the first purchase in it.
///
/// Times are those that the column shows: of its zone where it names one, else as they are written. Days and months are
/// those of that calendar, and every day has 24 hours. Blank text, and what programs write for a missing value (`nan`, `None`,
/// `NULL`, `NaT` …), are missing. Amounts, prices and quantities may be text (`1,234.50`, `€ 1.234,50`): every one must be a
/// number.
///
/// Figures are summed as integers of a millionth, so neither the order of the rows nor their splitting into files changes
/// a result. Rows are streamed: memory grows with the customers, their orders and their products, not with the rows.
/// Orders and products are told apart by 64-bit hashes.
///
/// The file appears at `output` only when it is complete.
///
/// How many customers there are is known only when all is read, so what they need is counted while they are; where it comes to more than
/// [`FeaturesOptions::memory`] allows, the rest is not read.
///
/// # Errors
/// When a column cannot be found or is ambiguous (the message names the candidates and the flag), when a value cannot be
/// read, when nobody has a purchase, when the customers need more memory than is allowed, or when the file cannot be written or is, or would become, a part of the input.
pub fn build(
    input: &Path,
    output: &Path,
    options: &FeaturesOptions,
    monitor: &Monitor,
) -> Result<FeaturesSummary, FeaturesError> {
    for (option, days) in [("recent_days", Some(options.recent_days)), ("window_days", options.window_days)] {
        if days == Some(0) {
            return Err(FeaturesError::NoDays { option });
        }
    }
    let folder = output.parent().filter(|parent| !parent.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        let reason = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(FeaturesError::Unwritable { path: output.to_owned(), reason });
    }
    refuse_overwriting(output, input)?;
    let source = Arc::new(Source::open_watched(input, monitor)?);
    let columns = Columns::find(&source, options)?;
    let table = features(columns.quantity.is_some(), columns.product.is_some());
    if table.iter().any(|(name, ..)| *name == columns.customer) {
        return Err(FeaturesError::NameTaken { column: columns.customer });
    }
    let survey = Survey::of(&source, &columns, options.as_of, monitor)?;
    let Period { as_of, end } = survey.dates.period();
    let days_before = |days: u32| end.saturating_sub(Moment::from(days).saturating_mul(DAY));
    let mut ledger = Ledger {
        customers: Customers::new(id_type(&source, &columns)),
        accounts: Vec::new(),
        counts: Counts::default(),
        lines: RepeatCount::default(),
        as_of,
        end,
        begin: options.window_days.map_or(Moment::MIN, days_before),
        recent: days_before(options.recent_days),
        list_bytes: 0,
        allowed: allowed_by(options.memory),
    };
    let mut stream = RowStream::new(&source, &columns.names(), &[])?;
    let task = monitor.task("features", source.n_rows() as u64);
    let prefix = options.cancelled_prefix.as_deref();
    each_chunk(&mut stream, monitor, &task, |chunk| {
        let lines = Lines::decode(&source, &columns, &survey.marks, prefix, chunk, &mut ledger.customers)?;
        ledger.enter(&lines)
    })?;
    let mut summary = ledger.write(output, &source, columns, &table)?;
    summary.warnings.extend(survey.warnings());
    summary.warnings.extend(source.warning());
    Ok(summary)
}

fn id_type(source: &Source, columns: &Columns) -> DataType {
    let of_name = source.columns().iter().find(|column| column.name == columns.customer);
    of_name.map_or(DataType::Utf8, |column| column.data_type.clone())
}

/// The accounts of all customers.
struct Ledger {
    customers: Customers,
    /// By the number of the customer.
    accounts: Vec<Account>,
    counts: Counts,
    /// The lines of orders with an id.
    lines: RepeatCount,
    as_of: Moment,
    /// What happened later is after the as-of moment.
    end: Moment,
    /// What happened here or earlier is before the window.
    begin: Moment,
    /// What happened later than this is recent.
    recent: Moment,
    /// Bytes of the orders, products and months of all accounts.
    list_bytes: usize,
    /// Bytes that may be held.
    allowed: Option<u64>,
}

#[derive(Default)]
struct Counts {
    rows: u64,
    purchases: u64,
    returns: u64,
    zero_value: u64,
    without_customer: u64,
    without_time: u64,
    without_amount: u64,
    after_as_of: u64,
    before_window: u64,
    first_and_last: Option<(Moment, Moment)>,
}

/// Who was written, and what they bought and gave back.
#[derive(Default)]
struct Totals {
    customers: u64,
    purchases: Millionths,
    returns: Millionths,
}

impl Ledger {
    fn enter(&mut self, lines: &Lines) -> Result<(), FeaturesError> {
        self.accounts.resize_with(self.customers.len(), Account::default);
        let counts = &mut self.counts;
        for i in 0..lines.len() {
            counts.rows += 1;
            let line = match lines.get(i)? {
                Ok(line) => line,
                Err(Gap::Customer) => {
                    counts.without_customer += 1;
                    continue;
                }
                Err(Gap::Time) => {
                    counts.without_time += 1;
                    continue;
                }
                Err(Gap::Amount) => {
                    counts.without_amount += 1;
                    continue;
                }
            };
            if line.time > self.end {
                counts.after_as_of += 1;
                continue;
            }
            if line.time <= self.begin {
                counts.before_window += 1;
                continue;
            }
            if line.is_return {
                counts.returns += 1;
            } else {
                counts.purchases += 1;
                counts.zero_value += u64::from(line.value == 0);
            }
            let (first, last) = counts.first_and_last.unwrap_or((line.time, line.time));
            counts.first_and_last = Some((first.min(line.time), last.max(line.time)));
            if let Some(key) = line.key(&self.customers) {
                self.lines.add(key);
            }
            let account = &mut self.accounts[line.customer as usize];
            let before = account.list_bytes();
            account.enter(&line, line.time > self.recent);
            self.list_bytes += account.list_bytes() - before;
        }
        Ok(check_held(self.bytes(), self.allowed, "give a part of the customers at a time")?)
    }

    /// Bytes of all that is held.
    fn bytes(&self) -> u64 {
        let accounts = size_of::<Account>() * self.accounts.capacity() + self.list_bytes;
        (accounts + self.customers.bytes() + self.lines.bytes()) as u64
    }

    /// Customers who may be many: those called a word for nobody, and those with more than a twentieth of all rows and ten times
    /// the rows of others; most rows first.
    fn crowds(&self) -> Vec<(String, u64)> {
        let rows = self.counts.rows;
        let customers = self.accounts.len() as u64;
        let is_crowd = |(number, account): (usize, &Account)| {
            let lines = account.lines();
            let is_large = lines * CROWD_PART > rows && lines * customers > rows * CROWD_TIMES;
            let id = self.customers.text(number as u32);
            (is_large || lines > 0 && is_nobody(&id)).then_some((id, lines))
        };
        let mut crowds: Vec<(String, u64)> = self.accounts.iter().enumerate().filter_map(is_crowd).collect();
        crowds.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        crowds
    }

    fn write(
        mut self,
        output: &Path,
        source: &Source,
        columns: Columns,
        table: &[super::account::Feature],
    ) -> Result<FeaturesSummary, FeaturesError> {
        let counts = &self.counts;
        if counts.purchases == 0 {
            return Err(FeaturesError::NoPurchase {
                source_name: source.name(),
                rows: counts.rows,
                without_customer: counts.without_customer,
                without_time: counts.without_time,
                without_amount: counts.without_amount,
                outside: counts.after_as_of + counts.before_window,
                returns: counts.returns,
            });
        }
        let mut fields = vec![Field::new(&columns.customer, id_type(source, &columns), false)];
        fields.extend(
            table.iter().map(|(name, nullable, column)| Field::new(*name, column(&[]).data_type().clone(), *nullable)),
        );
        let schema = Arc::new(Schema::new(fields));
        let totals = self.write_rows(output, &schema, table)?;
        let text = |moment: Moment| to_civil(moment).to_string();
        let (first, last) = self.counts.first_and_last.unwrap_or((self.as_of, self.as_of));
        let mut summary = FeaturesSummary {
            customers: totals.customers,
            rows: self.counts.rows,
            purchases: self.counts.purchases,
            returns: self.counts.returns,
            without_customer: self.counts.without_customer,
            without_time: self.counts.without_time,
            without_amount: self.counts.without_amount,
            after_as_of: self.counts.after_as_of,
            before_window: self.counts.before_window,
            zero_value: self.counts.zero_value,
            customers_without_purchase: self.accounts.len() as u64 - totals.customers,
            purchase_value: in_units(totals.purchases),
            return_value: in_units(totals.returns),
            first_transaction: text(first),
            last_transaction: text(last),
            as_of: text(self.as_of),
            time_zone: columns.clock.zone_name(),
            columns: columns.used,
            features: schema.fields().iter().map(|field| field.name().clone()).collect(),
            warnings: Vec::new(),
        };
        summary.warn(self.customers.words(), &self.crowds(), self.lines.found());
        Ok(summary)
    }

    /// Writes the customers who bought something, some at a time.
    fn write_rows(
        &mut self,
        output: &Path,
        schema: &SchemaRef,
        table: &[super::account::Feature],
    ) -> Result<Totals, FeaturesError> {
        let unwritable = |reason| FeaturesError::Unwritable { path: output.to_owned(), reason };
        let arrow = |error| unwritable(std::io::Error::other(error));
        let mut file = TableFile::create(output, Arc::clone(schema)).map_err(unwritable)?;
        let mut totals = Totals::default();
        for numbers in self.customers.ascending().chunks(ROWS_AT_ONCE) {
            let mut rows: Vec<Row> = Vec::with_capacity(numbers.len());
            let mut kept = Vec::with_capacity(numbers.len());
            for &number in numbers {
                let account = &mut self.accounts[number as usize];
                if let Some(row) = account.features(self.as_of) {
                    let (bought, returned) = account.totals();
                    totals.purchases += bought;
                    totals.returns += returned;
                    rows.push(row);
                    kept.push(number);
                }
            }
            totals.customers += kept.len() as u64;
            let mut arrays: Vec<ArrayRef> = vec![self.customers.ids(&kept).map_err(arrow)?];
            arrays.extend(table.iter().map(|(_, _, column)| column(&rows)));
            let batch = RecordBatch::try_new(Arc::clone(schema), arrays).map_err(arrow)?;
            file.write(&batch).map_err(unwritable)?;
        }
        file.finish().map_err(unwritable)?;
        Ok(totals)
    }
}
