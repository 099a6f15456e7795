use std::io;
use std::path::PathBuf;

use super::Place;
#[cfg(feature = "report")]
use super::TextTableError;
use crate::language::counted;
use crate::monitor::Stopped;
use crate::object_url::UrlError;
use crate::recognize::{DayEvidence, DecimalEvidence};

/// Why a table cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A named column does not exist.
    #[error("column {column:?} is not in {source_name}")]
    NoColumn {
        /// The column asked for.
        column: String,
        /// The file or table.
        source_name: String,
    },
    /// A key of the configuration names a column that does not exist.
    #[error("{key} names the column {column:?}, which is not in {source_name}")]
    MissingColumn {
        /// The key, such as `source.tier`.
        key: String,
        /// The column asked for.
        column: String,
        /// The file or folder.
        source_name: String,
        /// The nearest column name, when one is near.
        nearest: Option<String>,
        /// The first columns there are.
        columns: Vec<String>,
    },
    /// A key of the configuration names a column whose type it cannot use.
    #[error("{key} names the column {column:?} of {source_name}, which is {found}, but it must be {wanted}")]
    WrongType {
        /// The key, such as `source.features`.
        key: String,
        /// The column asked for.
        column: String,
        /// The file or folder.
        source_name: String,
        /// The type in the file.
        found: String,
        /// The types the key allows.
        wanted: &'static str,
    },
    /// A column that is an ordinal and something else.
    #[error("source.columns.{column} has both \"read\" and \"levels\", which exclude each other")]
    TwoReadings {
        /// The column.
        column: String,
    },
    /// A column of numbers as text whose decimal mark its values leave open.
    #[error(
        "the decimal mark of column {column:?} of {source_name} cannot be told from its values: {} decide for a point, {} for \
         a comma, and {} can be read either way, such as {}",
        evidence.n_point, evidence.n_comma, evidence.n_open_point + evidence.n_open_comma,
        if evidence.n_open_point > 0 { "1.234" } else { "1,234" }
    )]
    OpenDecimalMark {
        /// The column.
        column: String,
        /// The file or folder.
        source_name: String,
        /// What its values say.
        evidence: DecimalEvidence,
    },
    /// Text read as dates in which the day cannot be told from the month.
    #[error(
        "the order of day and month in the column {column:?} of {source_name} cannot be told: {} of its values are dates \
        only with the day first, {} only with the month first, and {} either way, such as \"04/03/2021\"",
        evidence.n_day_first, evidence.n_month_first, evidence.n_open
    )]
    OpenDayOrder {
        /// The column.
        column: String,
        /// The file or folder.
        source_name: String,
        /// What its values say.
        evidence: DayEvidence,
    },
    /// Two keys of the configuration claim the same column.
    #[error("the column {column:?} is named {}", claims(first, second))]
    TwoRoles {
        /// The column.
        column: String,
        /// One key.
        first: &'static str,
        /// The other key.
        second: &'static str,
    },
    /// An outcome of other than two levels.
    #[error("source.outcome names the column {column:?} of {source_name}, which has {} different values, but it must have two",
        if *n_levels < 1000 { n_levels.to_string() } else { "over 1,000".to_owned() })]
    NotTwoLevels {
        /// The column.
        column: String,
        /// The file or folder.
        source_name: String,
        /// Its different values.
        n_levels: usize,
    },
    /// Nothing is at the path.
    #[error("nothing is at {}", path.display())]
    NotFound {
        /// The path asked for.
        path: PathBuf,
        /// The longest part of it that exists.
        existing: Option<PathBuf>,
    },
    /// A glob cannot be read.
    #[error("the pattern {pattern:?} is not a valid glob: {detail}")]
    BadPattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        detail: String,
    },
    /// No file matches a glob.
    #[error("no file matches the pattern {pattern:?}")]
    NoMatch {
        /// The pattern.
        pattern: String,
    },
    /// A folder holds no Parquet file.
    #[error("the folder {} holds no *.parquet or *.parq file ({n_others} other files)", path.display())]
    NoParquet {
        /// The folder.
        path: PathBuf,
        /// Files it holds that do not look like Parquet, or are hidden.
        n_others: usize,
    },
    /// Hive partitions differ between two files.
    #[error(
        "the folders of {} and {} do not name the same partitions ({first_keys:?} and {second_keys:?})",
        first.display(), second.display()
    )]
    PartitionsDiffer {
        /// One file.
        first: PathBuf,
        /// Its partition keys.
        first_keys: Vec<String>,
        /// Another file.
        second: PathBuf,
        /// Its partition keys.
        second_keys: Vec<String>,
    },
    /// A file or folder cannot be opened or read.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// A file of zero bytes.
    #[error("{} is empty (0 bytes)", path.display())]
    EmptyFile {
        /// The file.
        path: PathBuf,
    },
    /// A file that does not begin as Parquet does.
    #[error("{} is not a Parquet file: it begins with {begins:?} instead of \"PAR1\"", path.display())]
    NotParquet {
        /// The file.
        path: PathBuf,
        /// Its first bytes, as text.
        begins: String,
    },
    /// A file that begins as Parquet does but does not end so.
    #[error("{} is cut off: it begins as a Parquet file, but its {bytes} bytes do not end as one", path.display())]
    CutOff {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// A Parquet file whose footer is encrypted.
    #[error("{} is encrypted", path.display())]
    Encrypted {
        /// The file.
        path: PathBuf,
    },
    /// A Parquet file whose footer cannot be decoded.
    #[error("the footer of {} is damaged: {detail}", path.display())]
    DamagedFooter {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        detail: String,
    },
    /// A column whose pages cannot be decoded.
    #[error("column {column:?} of {} is damaged in row group {row_group}: {detail}", path.display())]
    DamagedColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// The row group, counted from 0.
        row_group: usize,
        /// What the decoder says.
        detail: String,
    },
    /// Batches in memory that are no one table.
    #[error("batch {batch} of {source_name} has other columns or types than the first")]
    BatchesDiffer {
        /// The table.
        source_name: String,
        /// The batch, from 0.
        batch: usize,
    },
    /// A file that has two columns of one name.
    #[error("{} has two columns named {column:?}", path.display())]
    SameName {
        /// The file.
        path: PathBuf,
        /// The name.
        column: String,
    },
    /// A column that is in one file and not in another.
    #[error("column {column:?} is in {} but not in {}", with.display(), without.display())]
    ColumnsDiffer {
        /// The column.
        column: String,
        /// A file that has it.
        with: PathBuf,
        /// A file that does not.
        without: PathBuf,
    },
    /// A column whose types in two files do not go together.
    #[error("column {column:?} is {first_type} in {} but {second_type} in {}", first.display(), second.display())]
    TypesDiffer {
        /// The column.
        column: String,
        /// One file.
        first: PathBuf,
        /// The type there.
        first_type: String,
        /// Another file.
        second: PathBuf,
        /// The type there.
        second_type: String,
    },
    /// A file to be written that is read.
    #[error("{} is one of the input files and would be overwritten", path.display())]
    OutputIsInput {
        /// The file.
        path: PathBuf,
    },
    /// A file to be written that would be read the next time.
    #[error("{} would become one of the files of the input {source_name}", path.display())]
    OutputInInput {
        /// The file.
        path: PathBuf,
        /// The folder or pattern.
        source_name: String,
    },
    /// A source without rows.
    #[error("{source_name} has no rows")]
    NoRows {
        /// The file or folder.
        source_name: String,
    },
    /// A source with more rows than segmint counts.
    #[error("{source_name} has {n_rows} rows; at most {} are allowed", u32::MAX)]
    TooManyRows {
        /// The file or folder.
        source_name: String,
        /// Its rows.
        n_rows: u64,
    },
    /// A value of the value column is too large to be summed and squared.
    #[error("column {column:?} of {source_name} holds {value:e}; as values, numbers up to 1e150 can be summed")]
    Endless {
        /// The value column.
        column: String,
        /// The file or folder.
        source_name: String,
        /// The value.
        value: f64,
    },
    /// A source without a column that could be a feature.
    #[error("{source_name} has no numeric column with a value that could be a feature")]
    NoFeature {
        /// The file or folder.
        source_name: String,
        /// Columns that were judged to be none, with the reason.
        left_out: Vec<(String, String)>,
    },
    /// A column that was named as a feature and has no value at all.
    #[error("the feature {column:?} of {source_name} has no value in any of {n_rows} rows")]
    NoValue {
        /// The column.
        column: String,
        /// The file or folder.
        source_name: String,
        /// Rows.
        n_rows: usize,
    },
    /// A cell that must be a number and is none.
    #[error("column {column:?} has no number that single precision can hold in {place}: it is {found}")]
    NoNumber {
        /// The column.
        column: String,
        /// The row.
        place: Place,
        /// What is there: null, NaN, infinite, or the number.
        found: String,
    },
    /// A customer without an id.
    #[error("the id column {column:?} has no value in {place} ({} without an id)", counted(*n as u64, "row", "rows"))]
    NullId {
        /// The id column.
        column: String,
        /// The first such row.
        place: Place,
        /// How many there are.
        n: usize,
    },
    /// An id that occurs twice.
    #[error(
        "the id {id:?} of column {column:?} occurs twice, in {first} and in {second} ({} an earlier id)", counted(*n as u64, "row repeats", "rows repeat")
    )]
    DuplicateId {
        /// The id column.
        column: String,
        /// The id.
        id: String,
        /// Its first row.
        first: Place,
        /// The first row that repeats it.
        second: Place,
        /// Rows that repeat an id of an earlier row.
        n: usize,
        /// Whether the id is a float so large that it stands for several whole numbers.
        is_rounded: bool,
    },
    /// A tier column with too many different values.
    #[error("the tier column {column:?} has more than {limit} different values")]
    TooManyTiers {
        /// The column.
        column: String,
        /// How many are allowed.
        limit: usize,
    },
    /// A text that is kept in memory and is too long for that.
    #[error("the column {column:?} of {source_name} has a text of {bytes} bytes or more; at most {limit} are allowed")]
    TextTooLong {
        /// The column.
        column: String,
        /// The file or folder.
        source_name: String,
        /// The length of the text.
        bytes: usize,
        /// The longest that is allowed.
        limit: usize,
    },
    /// The source is not what it was.
    #[error("{source_name} is not what the run has read: {difference}")]
    SourceChanged {
        /// The file or folder.
        source_name: String,
        /// What differs.
        difference: String,
    },
    /// A URL that is not read.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// A CSV or XLSX file that is no table.
    #[cfg(feature = "report")]
    #[error(transparent)]
    Text(#[from] TextTableError),
    /// The user or a time limit ended the reading.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// How two keys claim a column, or one does twice.
fn claims(first: &str, second: &str) -> String {
    match first == second {
        true => format!("twice by {first}"),
        false => format!("by {first} and by {second}, which exclude each other"),
    }
}
