//! Customers of both tables.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow::error::ArrowError;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::world::World;
use super::{PlantedTruth, ScenarioOptions};
use crate::random::stream;
use crate::simulate::SimulateError;
use crate::simulate::draw::{normal, weighted};

/// How much of what is a customer's own is the same in both tables: a correlation.
const KEPT: f64 = 0.9;
/// Degrees of freedom of heavy tails.
const FREEDOM: usize = 4;

/// Two tables and what is known of them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Planted {
    /// The first table.
    pub before: PlantedTable,
    /// The second table: first the customers of both, then those who joined.
    pub after: PlantedTable,
    /// What happened between them.
    pub truth: PlantedTruth,
}

/// A table of customers whose groups are known.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PlantedTable {
    /// The numbers in the customers' ids, ascending.
    pub customers: Vec<u64>,
    /// Names of the groups.
    pub group_names: Vec<String>,
    /// Per customer, the place of its group among the names.
    pub groups: Vec<usize>,
    /// Names of the features: `spend_01` (money, log-normal), `habit_02` (normal), `spend_03` …
    pub features: Vec<String>,
    /// Per feature, the values of the customers.
    pub columns: Vec<Vec<f64>>,
}

impl PlantedTable {
    /// The ids of the customers: `C` and at least six digits.
    pub fn ids(&self) -> StringArray {
        self.customers.iter().map(|number| Some(format!("C{number:06}"))).collect()
    }

    /// `customer_id` and the features.
    ///
    /// # Errors
    /// When there is not one value a customer and feature.
    pub fn batch(&self) -> Result<RecordBatch, ArrowError> {
        let id = ("customer_id".to_owned(), Arc::new(self.ids()) as ArrayRef);
        let feature = |(name, values): (&String, &Vec<f64>)| {
            (name.clone(), Arc::new(Float64Array::from(values.clone())) as ArrayRef)
        };
        let features = self.features.iter().zip(&self.columns).map(feature);
        RecordBatch::try_from_iter_with_nullable(
            std::iter::once(id).chain(features).map(|(name, column)| (name, column, false)),
        )
    }
}

/// One customer in both tables.
struct Twice {
    groups: [usize; 2],
    values: [Vec<f64>; 2],
}

/// Plants what `options` say between two tables.
///
/// Groups are clouds around centres that lie 4 × separation standard deviations apart or more, in the space of the features; a
/// feature of money is 100 · exp(0.35 x) to the cent, a habit 100 + 10 x to two digits. What is a customer's own has a correlation of
/// 0.9 between the tables. Every customer is drawn from a random stream of his own, so the result does not depend on threads.
///
/// # Errors
/// When an option is outside its range.
///
/// ```
/// use segmint::simulate::{Scenario, ScenarioOptions, plant};
/// let options = ScenarioOptions { scenario: Scenario::Split, customers: 500, ..ScenarioOptions::default() };
/// let planted = plant(&options)?;
/// assert_eq!((planted.before.customers.len(), planted.truth.shared), (500, 475));
/// assert!(planted.after.group_names.len() > planted.before.group_names.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn plant(options: &ScenarioOptions) -> Result<Planted, SimulateError> {
    options.check()?;
    let world = World::draw(options);
    let n = options.customers;
    let n_shared = (options.shared * n as f64).round() as usize;
    let n_all = 2 * n - n_shared;
    let everybody: Vec<Twice> =
        (0..n_all).into_par_iter().map(|i| world.customer(options, i as u64 + 1, i >= n)).collect();
    let after: Vec<usize> = (0..n_shared).chain(n..n_all).collect();
    let values = |place: usize, rows: &[usize], feature: usize| {
        rows.iter().map(|&i| everybody[i].values[place][feature]).collect()
    };
    let table = |place: usize, rows: &[usize], group_names: Vec<String>| PlantedTable {
        customers: rows.iter().map(|&i| i as u64 + 1).collect(),
        group_names,
        groups: rows.iter().map(|&i| everybody[i].groups[place]).collect(),
        features: (0..options.features).map(feature_name).collect(),
        columns: (0..options.features).map(|feature| values(place, rows, feature)).collect(),
    };
    let is_mover = |customer: &&Twice| !world.after[customer.groups[1]].from.contains(&customer.groups[0]);
    let truth = PlantedTruth {
        scenario: options.scenario,
        seed: options.seed,
        events: world.events(),
        shared: n_shared,
        moved: everybody[..n_shared].iter().filter(is_mover).count(),
        inflation: world.inflation,
        drifted: world.drifted.clone(),
    };
    Ok(Planted {
        before: table(0, &(0..n).collect::<Vec<_>>(), world.names.clone()),
        after: table(1, &after, world.after.iter().map(|group| group.name.clone()).collect()),
        truth,
    })
}

fn is_money(j: usize) -> bool {
    j.is_multiple_of(2)
}

fn feature_name(j: usize) -> String {
    format!("{}_{:02}", if is_money(j) { "spend" } else { "habit" }, j + 1)
}

impl World {
    /// Customer `number`, who joined the second table or was in the first.
    fn customer(&self, options: &ScenarioOptions, number: u64, joins: bool) -> Twice {
        let mut rng = stream(options.seed, "simulate.scenario.customer", number);
        let before = weighted(&mut rng, self.weights.iter().copied());
        let chances = if joins { &self.joining } else { &self.flow[before] };
        let after = weighted(&mut rng, chances.iter().copied());
        let tail = if options.heavy_tails { heavy(&mut rng) } else { 1.0 };
        let own: Vec<f64> = (0..options.features).map(|_| normal(&mut rng)).collect();
        let mut changed = |own: &f64| KEPT * own + (1.0 - KEPT * KEPT).sqrt() * normal(&mut rng);
        let later: Vec<f64> = own.iter().map(&mut changed).collect();
        let value = |j: usize, centre: &[f64], own: &[f64], inflation: f64| {
            let x = centre[j] + tail * own[j];
            let exact = if is_money(j) { inflation * 100.0 * libm::exp(0.35 * x) } else { 100.0 + 10.0 * x };
            (exact * 100.0).round() / 100.0
        };
        let values = |centre: &[f64], own: &[f64], inflation: f64| {
            (0..options.features).map(|j| value(j, centre, own, inflation)).collect()
        };
        Twice {
            groups: [before, after],
            values: [
                values(&self.before[before], &own, 1.0),
                values(&self.after[after].centre, &later, self.inflation),
            ],
        }
    }
}

/// What makes a normal vector one of Student's t, with the variance of the normal one.
fn heavy(rng: &mut ChaCha8Rng) -> f64 {
    // χ² of an even number of degrees of freedom is a sum of exponentials.
    let exponential = |rng: &mut ChaCha8Rng| -2.0 * libm::log(1.0 - rng.random::<f64>());
    let chi2: f64 = (0..FREEDOM / 2).map(|_| exponential(rng)).sum();
    ((FREEDOM - 2) as f64 / chi2.max(1e-9)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heavy_tails_have_the_variance_of_normal_ones() {
        let n = 200_000;
        let square = |number| {
            let mut rng = stream(1, "test", number);
            (heavy(&mut rng) * normal(&mut rng)).powi(2)
        };
        let variance = (0..n).map(square).sum::<f64>() / n as f64;
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }
}
