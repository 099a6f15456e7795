//! Readable rules: which conditions on original columns tell groups of customers apart.
//!
//! - [`RuleSample::draw`] draws, for a grouping of the customers, a fixed sample to learn from and another to hold the
//!   result against, and reads the columns two at a time.
//!   [`RuleSample::with_categories`] adds columns of levels.
//! - [`RuleSample::learn`] grows a small [`RuleTree`] (greedy, Gini) for classes made of the groups. Its [`Leaf`]s are
//!   conjunctions of [`RuleCondition`]s in original units, each with precision and recall among held-out customers.
//! - [`conjunction`] and [`sql`] write conditions for people and for databases; [`RuleTree::sql_case`] a whole tree.
//!
//! ```
//! use segmint::label::rule::{Grouping, Growth, RuleSample, conjunction, sql};
//! use segmint::monitor::Monitor;
//!
//! let spend: Vec<f64> = (0..1000).map(|i| f64::from(i % 100)).collect();
//! let members = [(0..1000).filter(|i| i % 100 <= 60).collect(), (0..1000).filter(|i| i % 100 > 60).collect()];
//! let columns = vec![("spend".to_owned(), spend)];
//! let grouping = Grouping { name: "example", members: &members };
//! let names = ["spend".to_owned()];
//! let sample = RuleSample::draw(&grouping, &columns, &names, 42, &Monitor::silent())?;
//!
//! let tree = sample.learn(&[Some(0), Some(1)], 2, &Growth::default());
//! let rule = tree.leaves_of(1).next().unwrap();
//! assert_eq!(conjunction(&rule.conditions).en, "spend > 60");
//! assert_eq!(sql(&rule.conditions), "\"spend\" > 60");
//! assert_eq!((rule.precision, rule.recall), (Some(1.0), Some(1.0)));
//! # Ok::<(), segmint::label::LabelError>(())
//! ```

mod condition;
mod grow;
mod rows;
mod sample;
mod tree;

pub use condition::{RuleCondition, conjunction, sql};
pub use grow::Growth;
pub use sample::{Grouping, RuleSample};
pub use tree::{ClassFidelity, Leaf, RuleTree};
