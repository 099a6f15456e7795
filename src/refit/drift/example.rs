//! Customers to test with.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, Normal, Poisson};

use super::{Reference, ReferenceInput, Sample};
use crate::cluster::kmeans::Centroids;
use crate::load::{CustomerTable, Ids, Levels};
use crate::matrix::{RowMap, TiledMatrix};
use crate::metrics::Partition;
use crate::monitor::Monitor;
use crate::random::stream;

/// Customers of three kinds, which are their segments.
#[derive(Clone)]
pub(super) struct Customers {
    pub(super) columns: Vec<(String, Vec<f64>)>,
    pub(super) plan: Vec<Option<&'static str>>,
    pub(super) kind: Vec<i64>,
    /// Who they are; row numbers where nobody says.
    pub(super) ids: Option<Vec<i64>>,
    pub(super) ids_are_text: bool,
}

impl Customers {
    /// `n` of one population: `age` depends on the kind, `spend` has a long tail, `orders` are few, `visits` miss a twentieth.
    pub(super) fn draw(n: usize, seed: u64) -> Customers {
        let mut random = stream(seed, "test.customers", 0);
        let (normal, few) = (Normal::new(0.0, 1.0).unwrap(), Poisson::new(1.5).unwrap());
        let mut columns = ["age", "spend", "orders", "visits"].map(|name| (name.to_owned(), Vec::with_capacity(n)));
        let (mut plan, mut kind) = (Vec::with_capacity(n), Vec::with_capacity(n));
        for i in 0..n {
            let of = i % 3;
            let value: f64 = normal.sample(&mut random);
            columns[0].1.push(20.0 + 15.0 * of as f64 + 5.0 * value);
            let value: f64 = normal.sample(&mut random);
            columns[1].1.push((4.0 + 1.2 * value).exp());
            columns[2].1.push(few.sample(&mut random));
            let visits = random.random::<f64>() * 30.0;
            columns[3].1.push(if random.random_bool(0.05) { f64::NAN } else { visits });
            plan.push([Some("basic"), Some("basic"), Some("pro"), None][random.random_range(0..4)]);
            kind.push(of as i64);
        }
        Customers { columns: columns.into(), plan, kind, ids: None, ids_are_text: false }
    }

    /// The same customers called by numbers.
    pub(super) fn with_ids(mut self, ids: Range<i64>) -> Customers {
        self.ids = Some(ids.collect());
        self
    }

    pub(super) fn column(&mut self, name: &str) -> &mut Vec<f64> {
        &mut self.columns.iter_mut().find(|(column, _)| column == name).expect("a column").1
    }

    /// The same customers in another order.
    pub(super) fn shuffled(&self, seed: u64) -> Customers {
        let mut order: Vec<usize> = (0..self.kind.len()).collect();
        order.shuffle(&mut stream(seed, "test.shuffle", 0));
        let columns = self.columns.iter().map(|(name, x)| (name.clone(), order.iter().map(|&i| x[i]).collect()));
        Customers {
            columns: columns.collect(),
            plan: order.iter().map(|&i| self.plan[i]).collect(),
            kind: order.iter().map(|&i| self.kind[i]).collect(),
            ids: self.ids.as_ref().map(|ids| order.iter().map(|&i| ids[i]).collect()),
            ids_are_text: self.ids_are_text,
        }
    }

    pub(super) fn table(&self) -> CustomerTable {
        CustomerTable {
            ids: self.table_ids(),
            features: self.columns.iter().map(|(name, _)| name.clone()).collect(),
            attributes: vec![Levels::from_text("plan", &self.plan)],
            tier: None,
            outcome: None,
            value: None,
            numeric: Box::new(self.columns.clone()),
        }
    }

    fn table_ids(&self) -> Ids {
        let Some(ids) = &self.ids else { return Ids::RowNumber(self.kind.len()) };
        let values: ArrayRef = match self.ids_are_text {
            true => Arc::new(StringArray::from_iter_values(ids.iter().map(i64::to_string))),
            false => Arc::new(Int64Array::from(ids.clone())),
        };
        Ids::Column { name: "id".into(), values }
    }

    /// The names of all columns.
    pub(super) fn names(&self) -> Vec<String> {
        self.columns.iter().map(|(name, _)| name.clone()).chain(["plan".to_owned()]).collect()
    }

    /// Their reference, in the bins of an earlier one; the matrix holds their kind and age/100.
    pub(super) fn reference(&self, bins: Option<&Reference>) -> Reference {
        self.with_input(|input| Reference::of(input, bins, &Monitor::silent()).unwrap())
    }

    /// A sample of them.
    pub(super) fn sample(&self, size: usize) -> Sample {
        self.with_input(|input| Sample::of(input, size, 1, &Monitor::silent()).unwrap())
    }

    fn with_input<T>(&self, of: impl FnOnce(&ReferenceInput<'_>) -> T) -> T {
        let n = self.kind.len();
        let rows: Vec<f32> = (0..n).flat_map(|i| [self.kind[i] as f32, self.ages()[i] as f32 / 100.0]).collect();
        of(&ReferenceInput {
            table: &self.table(),
            rows: &RowMap::all(n),
            features: &self.names(),
            matrix: &TiledMatrix::from_rows(&rows, 2).unwrap(),
            partition: &Partition::from_signed(&self.kind),
            centroids: Some(&Centroids::new(vec![0.0, 0.2, 1.0, 0.35, 2.0, 0.5], 2).unwrap()),
        })
    }

    fn ages(&self) -> &[f64] {
        &self.columns.iter().find(|(name, _)| name == "age").expect("a column").1
    }
}
