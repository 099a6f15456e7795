//! The files of a made-up population.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema, SchemaRef};
use rand::seq::SliceRandom;
use rayon::prelude::*;
use serde::Serialize;

use super::SimulateError;
use super::customer::Customer;
use super::group::{Group, quotas};
use super::months::{Month, next_month};
use crate::features::TableFile;
use crate::model::ROWS_AT_ONCE;
use crate::output_file::{create_folder, write_file};
use crate::random::stream;

/// What population to make.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulateOptions {
    /// Customers of the first month, ≥ 1.
    pub customers: usize,
    /// Seed of every draw: the same seed gives the same bytes.
    pub seed: u64,
    /// Months to write, 1 … 120; 1 is a snapshot.
    pub months: usize,
    /// Distance of the groups in units of their inner spread, relative to the default 1, where k-means with the right k
    /// finds nearly every customer's group. At 0.4 one customer in ten is lost to overlap; at 0.2 little is left to find.
    pub separation: f64,
}

impl Default for SimulateOptions {
    /// 20,000 customers, seed 42, one month, separation 1.
    fn default() -> Self {
        SimulateOptions { customers: 20_000, seed: 42, months: 1, separation: 1.0 }
    }
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SimulateSummary {
    /// Customers in `customers.parquet`.
    pub customers: usize,
    /// The planted groups of `truth.parquet`, the one that no catalog knows last.
    pub groups: Vec<GroupCount>,
    /// The months, in order; one for a snapshot.
    pub months: Vec<MonthCount>,
    /// The files that were written, in order.
    pub files: Vec<PathBuf>,
}

/// The size of a planted group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GroupCount {
    /// Its archetype as `catalog/id`; `None` for the group that no catalog knows.
    pub archetype: Option<String>,
    /// Its members.
    pub customers: usize,
}

/// What happened in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MonthCount {
    /// `2025-01`.
    pub month: String,
    /// Customers at its end.
    pub customers: usize,
    /// Customers who were not there the month before; 0 in the first month.
    pub joined: usize,
    /// Customers of the month before who are gone.
    pub left: usize,
    /// Customers of both months whose group is another one.
    pub moved: usize,
}

/// Makes a population and writes it into `folder`, which is created when it is missing.
///
/// - `customers.parquet`: `customer_id` (text), `recency_days`, `frequency`, `monetary`, `basket_mean`, `tenure_days`,
///   `days_between_orders` (null after one order), `return_rate`, `discount_share`, `age` (5 % missing), `channel`,
///   `region`, `tier` (A to D or null). Days are whole days, money is yuan.
/// - `truth.parquet`: `customer_id`, `archetype` (as assignments write it; null for the group that no catalog knows), in
///   the same order.
/// - `pipeline.toml`: what `segmint run` needs for this table.
///
/// With more than one month, both tables exist for every month, in `month=2025-01`, `month=2025-02`, …, and the two in
/// `folder` are those of the last month: what a nightly job would see.
///
/// Shares of the groups are exact in the first month. Every customer is drawn from a random stream of his own, so the
/// result does not depend on threads.
///
/// # Errors
/// When an option is outside its range, or a file cannot be written.
///
/// ```
/// use segmint::simulate::{SimulateOptions, simulate};
/// let folder = tempfile::tempdir()?;
/// let options = SimulateOptions { customers: 500, ..SimulateOptions::default() };
/// let made = simulate(folder.path(), &options)?;
/// assert_eq!(made.customers, 500);
/// assert_eq!(made.groups.last().unwrap().archetype, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn simulate(folder: &Path, options: &SimulateOptions) -> Result<SimulateSummary, SimulateError> {
    let &SimulateOptions { customers: n, seed, months, separation } = options;
    if n == 0 || n > u32::MAX as usize {
        return Err(SimulateError::Customers { customers: n });
    }
    if !(1..=120).contains(&months) {
        return Err(SimulateError::Months { months });
    }
    if !(0.05..=20.0).contains(&separation) {
        return Err(SimulateError::Separation { separation });
    }
    let mut files = Vec::new();
    let mut customers = first_month(n, seed, separation);
    let mut counts = vec![MonthCount { month: Month::new(0).name, customers: n, joined: 0, left: 0, moved: 0 }];
    if months > 1 {
        write_month(folder, &Month::new(0).name, &customers, &mut files)?;
    }
    let mut next_number = n as u64 + 1;
    for number in 1..months {
        let before: BTreeMap<u64, Group> = customers.iter().map(|customer| (customer.number, customer.group)).collect();
        let first_joiner = next_number;
        let month = Month::new(number);
        next_month(&mut customers, &mut next_number, seed, separation, &month);
        let joined = (next_number - first_joiner) as usize;
        counts.push(MonthCount {
            customers: customers.len(),
            joined,
            left: before.len() - (customers.len() - joined),
            moved: customers.iter().filter(|c| before.get(&c.number).is_some_and(|group| *group != c.group)).count(),
            month: month.name,
        });
        write_month(folder, &counts[number].month, &customers, &mut files)?;
    }
    write_tables(folder, &customers, &mut files)?;
    let path = folder.join("pipeline.toml");
    write_file(&path, PIPELINE.as_bytes()).map_err(unwritable(&path))?;
    files.push(path);
    let groups = Group::ALL.iter().map(|&group| GroupCount {
        archetype: group.archetype().map(str::to_owned),
        customers: customers.iter().filter(|customer| customer.group == group).count(),
    });
    Ok(SimulateSummary { customers: customers.len(), groups: groups.collect(), months: counts, files })
}

/// Customers of the first month, numbered from 1; the groups are shuffled over the numbers.
fn first_month(n: usize, seed: u64, separation: f64) -> Vec<Customer> {
    let mut groups: Vec<Group> = Vec::with_capacity(n);
    for (group, quota) in Group::ALL.into_iter().zip(quotas(n)) {
        groups.extend(std::iter::repeat_n(group, quota));
    }
    groups.shuffle(&mut stream(seed, "simulate.groups", 0));
    let draw = |(row, group): (usize, Group)| Customer::draw(seed, row as u64 + 1, group, separation);
    groups.into_par_iter().enumerate().map(draw).collect()
}

fn write_month(
    folder: &Path,
    month: &str,
    customers: &[Customer],
    files: &mut Vec<PathBuf>,
) -> Result<(), SimulateError> {
    write_tables(&folder.join(format!("month={month}")), customers, files)
}

fn write_tables(folder: &Path, customers: &[Customer], files: &mut Vec<PathBuf>) -> Result<(), SimulateError> {
    create_folder(folder).map_err(unwritable(folder))?;
    for (name, columns) in [("customers.parquet", features as Columns), ("truth.parquet", truth as Columns)] {
        let path = folder.join(name);
        write_table(&path, customers, columns).map_err(unwritable(&path))?;
        files.push(path);
    }
    Ok(())
}

pub(super) fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> SimulateError {
    let path = path.to_owned();
    move |reason| SimulateError::Unwritable { path, reason }
}

type Columns = fn(&[Customer]) -> Vec<(&'static str, ArrayRef)>;

fn write_table(path: &Path, customers: &[Customer], columns: Columns) -> io::Result<()> {
    let of = |(name, column): (&'static str, ArrayRef)| {
        let nullable = matches!(name, "days_between_orders" | "age" | "tier" | "archetype");
        (Field::new(name, column.data_type().clone(), nullable), column)
    };
    let fields: Vec<Field> = columns(&[]).into_iter().map(|column| of(column).0).collect();
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let mut file = TableFile::create(path, Arc::clone(&schema))?;
    for rows in customers.chunks(ROWS_AT_ONCE) {
        let arrays = columns(rows).into_iter().map(|(_, column)| column).collect();
        file.write(&RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(io::Error::other)?)?;
    }
    file.finish()
}

fn features(customers: &[Customer]) -> Vec<(&'static str, ArrayRef)> {
    let whole = |of: fn(&Customer) -> u32| -> ArrayRef {
        Arc::new(customers.iter().map(|customer| Some(of(customer) as i32)).collect::<Int32Array>())
    };
    let real =
        |of: fn(&Customer) -> Option<f64>| -> ArrayRef { Arc::new(customers.iter().map(of).collect::<Float64Array>()) };
    let text = |of: fn(&Customer) -> Option<String>| -> ArrayRef {
        Arc::new(customers.iter().map(of).collect::<StringArray>())
    };
    let age = customers.iter().map(|customer| customer.age.map(i32::from));
    vec![
        ("customer_id", text(|c| Some(c.id()))),
        ("recency_days", whole(|c| c.recency)),
        ("frequency", whole(|c| c.orders)),
        ("monetary", real(|c| Some(c.monetary()))),
        ("basket_mean", real(|c| Some(c.basket_mean()))),
        ("tenure_days", whole(Customer::tenure)),
        ("days_between_orders", real(Customer::days_between_orders)),
        ("return_rate", real(|c| Some(c.return_rate()))),
        ("discount_share", real(|c| Some(c.discount_share()))),
        ("age", Arc::new(age.collect::<Int32Array>())),
        ("channel", text(|c| Some(c.channel().to_owned()))),
        ("region", text(|c| Some(c.region().to_owned()))),
        ("tier", text(|c| c.grading.letter().map(String::from))),
    ]
}

fn truth(customers: &[Customer]) -> Vec<(&'static str, ArrayRef)> {
    let ids: StringArray = customers.iter().map(|customer| Some(customer.id())).collect();
    let archetypes: StringArray = customers.iter().map(|customer| customer.group.archetype()).collect();
    vec![("customer_id", Arc::new(ids)), ("archetype", Arc::new(archetypes))]
}

const PIPELINE: &str = include_str!("pipeline.toml");
