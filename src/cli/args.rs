//! What the user typed, as types. Nothing here is resolved against files or the environment.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use clap_complete::Shell;
use jiff::civil::Date;

use super::simulate_args::SimulateArguments;
use crate::Language;

/// Turns a Parquet table of customer features into named customer segments.
#[derive(Debug, Parser)]
#[command(name = "segmint", version, about, max_term_width = 110, arg_required_else_help = true)]
pub struct Arguments {
    /// Configuration file.
    #[arg(short, long, global = true, value_name = "FILE", default_value = "pipeline.toml")]
    pub config: PathBuf,

    /// Override one key of the configuration, for example cluster.kmeans.k=6. May be repeated.
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub set: Vec<String>,

    /// Print one JSON document on standard output instead of text.
    #[arg(long, global = true)]
    pub json: bool,

    /// Log every step that ends to standard error, with its seconds; twice for those that begin too.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Find, name, compare and record segments.
    Run {
        /// Print the plan and estimates of memory and time, and stop.
        #[arg(long)]
        dry_run: bool,
        /// The date of the table, as source.as_of: ages are counted to it, and among runs that continue each other it decides which
        /// is before which. A run that is finished already is given back.
        #[arg(long, value_name = "DATE", value_parser = date)]
        as_of: Option<Date>,
        /// Compute again what a finished run of the same date holds already.
        #[arg(long)]
        force: bool,
        /// Print every table instead of one screen.
        #[arg(long)]
        full: bool,
        /// Write figures of the run to this file, as Prometheus reads them.
        #[arg(long, value_name = "FILE")]
        metrics: Option<PathBuf>,
        /// Fit k-means with this many processes of this machine instead of the threads of one. The run is the same, bit for bit.
        #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
        workers: Option<u16>,
    },
    /// Hold a part of the customers for `run --workers`, which starts it: orders come on standard input, answers go to standard
    /// output.
    Worker,
    /// Check the configuration against its input without a run.
    Check,
    /// Write a configuration fitted to a table, or one with every key commented out.
    Init {
        /// The table: a Parquet file, a folder or a glob.
        input: Option<PathBuf>,
        /// Where to write.
        #[arg(short, long, value_name = "FILE", default_value = "pipeline.toml")]
        output: PathBuf,
        /// Replace a file that exists.
        #[arg(long)]
        force: bool,
        /// For a run every night: segments go on under their ids, and a gate decides whether a run takes the place of the one before.
        #[arg(long)]
        nightly: bool,
    },
    /// Turn transactions into one row of features per customer.
    Features(FeaturesArguments),
    /// Make customers whose true segments are known.
    Simulate(SimulateArguments),
    /// Give new customers the segments of a run.
    Score {
        /// run_id, alias (latest, champion) or folder of a run.
        run: String,
        /// Customers: a Parquet file, a folder or a glob.
        input: PathBuf,
        /// Where to write their segments.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Count ages to this day. Default: the latest date in the columns of ages, and not before the run's.
        #[arg(long, value_name = "DATE", value_parser = date)]
        as_of: Option<Date>,
        /// The language of the text instead of the run's.
        #[arg(long, value_parser = language())]
        language: Option<Language>,
    },
    /// Why a customer is in its segment, exactly.
    Explain {
        /// run_id, alias (latest, champion) or folder of a run.
        run: String,
        /// The customer's id.
        customer: String,
        /// Read the customer from this table instead of the run's input.
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        /// The language of the text instead of the run's.
        #[arg(long, value_parser = language())]
        language: Option<Language>,
    },
    /// Write the report of a run again: report.html in its folder, or Markdown for a pull request or a chat.
    Report {
        /// run_id, alias (latest, champion) or folder of a run.
        run: String,
        /// A page for a browser, or Markdown, which goes to standard output.
        #[arg(long, value_enum, default_value_t = ReportFormat::Html)]
        format: ReportFormat,
        /// Where to write it instead.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// The language of Markdown instead of the run's; the page has both.
        #[arg(long, value_parser = language())]
        language: Option<Language>,
    },
    /// Write the tables of a run for a spreadsheet: an .xlsx with a sheet each, or a .csv with one.
    Export {
        /// run_id, alias or folder of a run.
        run: String,
        /// The file, .xlsx or .csv.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// The table of a .csv. Default: segments.
        #[arg(long, value_enum)]
        table: Option<ExportTable>,
        /// Add the list of customers; the file is then for use inside the company only, and says so.
        #[arg(long)]
        internal: bool,
        /// en or zh. Default: the language of the run.
        #[arg(long, value_parser = language())]
        language: Option<Language>,
    },
    /// Hold a run against another run, or against a table of tiers.
    Compare {
        /// run_id, alias or folder of a run.
        run: String,
        /// Another run, or a table of tiers: a Parquet, CSV or XLSX file with the run's id column and one tier column.
        other: String,
        /// The id column of the table, where it is not called as in the run.
        #[arg(long, value_name = "COLUMN")]
        id: Option<String>,
        /// The tier column of a table that has several.
        #[arg(long, value_name = "COLUMN")]
        tier: Option<String>,
        /// The sheet of an XLSX file instead of its first.
        #[arg(long, value_name = "NAME")]
        sheet: Option<String>,
        /// The language of the text instead of the run's.
        #[arg(long, value_parser = language())]
        language: Option<Language>,
    },
    /// The known customer types segments are named after.
    Archetypes {
        /// What to do with them.
        #[command(subcommand)]
        action: ArchetypesAction,
    },
    /// The recorded runs.
    Runs {
        /// What to do with them.
        #[command(subcommand)]
        action: RunsAction,
    },
    /// Print what a shell needs to complete commands and flags.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page, or write one for every command.
    Man {
        /// The folder to write into, such as ~/.local/share/man/man1.
        #[arg(short, long, value_name = "FOLDER")]
        output: Option<PathBuf>,
    },
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// One HTML file.
    Html,
    /// Markdown.
    Md,
}

/// A table of a run for a spreadsheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportTable {
    /// The segments.
    Segments,
    /// Customers of every tier in every segment.
    Tiers,
    /// Candidates for new segments.
    Candidates,
    /// Every customer; with --internal only.
    Customers,
}

/// `segmint archetypes …`.
#[derive(Debug, Subcommand)]
pub enum ArchetypesAction {
    /// The built-in catalogs and their archetypes.
    List,
    /// One catalog, whole.
    Show {
        /// A built-in name or a TOML file.
        catalog: String,
    },
    /// Check a catalog file.
    Check {
        /// The TOML file.
        file: PathBuf,
    },
    /// Make an archetype of a segment that a run found.
    Add(AddArguments),
}

/// `segmint archetypes add`.
#[derive(Debug, Args)]
pub struct AddArguments {
    /// run_id, alias or folder of the run.
    #[arg(long, value_name = "RUN")]
    pub from_run: String,
    /// The segment (S01) or candidate (C01).
    #[arg(long)]
    pub segment: String,
    /// The catalog file it is added to; made when there is none.
    #[arg(long, value_name = "FILE", default_value = "archetypes.toml")]
    pub catalog: PathBuf,
    /// Its id. Default: its English name as one word.
    #[arg(long)]
    pub id: Option<String>,
    /// Its English name. Default: the segment's.
    #[arg(long, value_name = "NAME")]
    pub name_en: Option<String>,
    /// Its Chinese name. Default: the segment's.
    #[arg(long, value_name = "NAME")]
    pub name_zh: Option<String>,
}

/// `segmint runs …`.
#[derive(Debug, Subcommand)]
pub enum RunsAction {
    /// Every run, oldest first.
    List {
        /// Hold every file of every run against its checksum, which reads them all; exit code 3 when one is damaged.
        #[arg(long)]
        verify: bool,
    },
    /// The summary of one run, the portraits of its segments, or their rule as SQL.
    Show {
        /// run_id, alias or folder of a run.
        run: String,
        /// Show the portrait of this segment (S01, its name, or all) instead. May be repeated.
        #[arg(long)]
        segment: Vec<String>,
        /// Print every table instead of one screen.
        #[arg(long, conflicts_with_all = ["segment", "sql"])]
        full: bool,
        /// Print the segments as a readable rule, a CASE expression for a database, instead.
        #[arg(long, conflicts_with = "segment")]
        sql: bool,
        /// The language of the text instead of the run's.
        #[arg(long, value_parser = language())]
        language: Option<Language>,
    },
    /// Give a run a second name.
    Alias {
        /// The name, such as champion.
        name: String,
        /// run_id, alias or folder of a run.
        run: String,
    },
    /// What became of every segment over the runs that continue each other.
    History {
        /// The alias of the last of them. Default: gate.promote, else champion.
        #[arg(long)]
        alias: Option<String>,
    },
    /// Let a run take the place of the one that it was held against.
    Promote {
        /// run_id, alias or folder of a run.
        run: String,
        /// The alias that moves. Default: gate.promote, else champion.
        #[arg(long)]
        alias: Option<String>,
    },
    /// Give a segment a name that stays, in all that is shown of the runs it is in.
    Name {
        /// The segment, such as S03.
        segment: String,
        /// Its English name. Default: the Chinese one.
        #[arg(long, value_name = "NAME", required_unless_present_any = ["zh", "clear"])]
        en: Option<String>,
        /// Its Chinese name. Default: the English one.
        #[arg(long, value_name = "NAME")]
        zh: Option<String>,
        /// Take the name away; the segment is called again as its runs found.
        #[arg(long, conflicts_with_all = ["en", "zh"])]
        clear: bool,
        /// A run that it is in: run_id, alias or folder. Default: gate.promote, else champion, else latest.
        #[arg(long)]
        run: Option<String>,
    },
    /// Remove the oldest runs; those with an alias are kept.
    Prune {
        /// How many to keep instead of registry.keep.
        #[arg(long, value_name = "RUNS")]
        keep: Option<usize>,
        /// Only say which would go.
        #[arg(long)]
        dry_run: bool,
    },
}

/// `segmint features`.
#[derive(Debug, Args)]
pub struct FeaturesArguments {
    /// Transactions: a Parquet file, a folder or a glob.
    pub input: PathBuf,
    /// Where to write the customers.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// The customer column.
    #[arg(long, value_name = "COLUMN")]
    pub customer: Option<String>,
    /// The time column; with a zone, its days are those of the zone.
    #[arg(long, value_name = "COLUMN")]
    pub time: Option<String>,
    /// The order column; without one, a customer's rows of one time are an order.
    #[arg(long, value_name = "COLUMN")]
    pub order: Option<String>,
    /// The product column.
    #[arg(long, value_name = "COLUMN")]
    pub product: Option<String>,
    /// The quantity column; with --price it gives the amount.
    #[arg(long, value_name = "COLUMN")]
    pub quantity: Option<String>,
    /// The column of the price of one unit.
    #[arg(long, value_name = "COLUMN", conflicts_with = "amount")]
    pub price: Option<String>,
    /// The column of the amount of a whole row.
    #[arg(long, value_name = "COLUMN")]
    pub amount: Option<String>,
    /// Orders whose id begins so are cancellations, whatever their sign, for example C.
    #[arg(long, value_name = "PREFIX")]
    pub cancelled_prefix: Option<String>,
    /// Leave out what happened this many days or longer before the as-of moment.
    #[arg(long, value_name = "DAYS")]
    pub window_days: Option<u32>,
    /// Customers as they were at the end of this day, or at this time; later rows are left out. Default: the last transaction.
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,
}

/// A day.
fn date(text: &str) -> Result<Date, String> {
    crate::config::day(text).ok_or_else(|| "a date such as 2024-01-31 is needed, without a time".to_owned())
}

/// en or zh.
fn language() -> impl TypedValueParser<Value = Language> {
    PossibleValuesParser::new(["en", "zh"]).map(|text| if text == "zh" { Language::Zh } else { Language::En })
}
