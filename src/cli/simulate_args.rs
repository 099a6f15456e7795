//! What the user typed after `segmint simulate`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::simulate::Scenario;

/// `segmint simulate`.
#[derive(Debug, Args)]
pub struct SimulateArguments {
    /// How many customers, of each table where there are two.
    #[arg(long, default_value_t = 20_000)]
    pub customers: usize,
    /// Seed of every random stream.
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
    /// The folder to write into.
    #[arg(short, long, value_name = "FOLDER")]
    pub output: PathBuf,
    /// Snapshots, a month apart, in which customers move, join and leave.
    #[arg(long, default_value_t = 1)]
    pub months: usize,
    /// How far the planted groups are apart; 1 = well separated, 0 = not at all.
    #[arg(long, default_value_t = 1.0)]
    pub separation: f64,
    /// Replace files that exist.
    #[arg(long)]
    pub force: bool,
    /// Make two tables of another shop instead, between which this happens.
    #[arg(long, value_parser = scenario(), conflicts_with = "months")]
    pub scenario: Option<Scenario>,
    /// The share of customers who are in both tables, 0 to 0.95. Default: 0.95.
    #[arg(long, value_name = "SHARE", requires = "scenario")]
    pub shared: Option<f64>,
    /// Groups before, 4 to 10. Default: 6.
    #[arg(long, requires = "scenario")]
    pub groups: Option<usize>,
    /// Features, 4 to 16. Default: 8.
    #[arg(long, requires = "scenario")]
    pub features: Option<usize>,
    /// Customers lie around their group by Student's t of 4 degrees of freedom.
    #[arg(long, requires = "scenario")]
    pub heavy_tails: bool,
}

fn scenario() -> impl TypedValueParser<Value = Scenario> {
    PossibleValuesParser::new(Scenario::ALL.map(Scenario::name)).try_map(|text| text.parse::<Scenario>())
}
