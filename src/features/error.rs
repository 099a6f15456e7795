use std::io;
use std::path::PathBuf;

use crate::failure::{Category, Failure, advice_on_writing};
use crate::limits::Refusal;
use crate::load::{LoadError, Place};
use crate::monitor::Stopped;

/// Why transactions cannot become customer features.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeaturesError {
    /// The transactions cannot be read.
    #[error(transparent)]
    Load(Box<LoadError>),
    /// The customers need more memory than is allowed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No column has a name that is usual for a role that must be filled.
    #[error("no column of {source_name} has a usual name for the {role}")]
    NotFound {
        /// The role, such as `customer`.
        role: &'static str,
        /// The flag that names the column.
        flag: &'static str,
        /// The file or folder.
        source_name: String,
        /// Columns whose type would do, and whose name is not that of something else.
        candidates: Vec<String>,
    },
    /// Several columns have names that are usual for a role.
    #[error("{} columns of {source_name} could be the {role}: {}", candidates.len(), candidates.join(", "))]
    Ambiguous {
        /// The role.
        role: &'static str,
        /// The flag that names the column.
        flag: &'static str,
        /// The file or folder.
        source_name: String,
        /// The columns.
        candidates: Vec<String>,
    },
    /// There is neither an amount nor a quantity and a price.
    #[error("{source_name} has {found}, which does not say what a line is worth")]
    NoAmount {
        /// The file or folder.
        source_name: String,
        /// What there is of quantity and price.
        found: String,
        /// The column that may be the value of the line after all.
        price: Option<String>,
        /// Columns whose type would do.
        candidates: Vec<String>,
    },
    /// A flag names a column that does not exist.
    #[error("{flag} names the column {column:?}, which is not in {source_name}")]
    MissingColumn {
        /// The flag.
        flag: &'static str,
        /// The column asked for.
        column: String,
        /// The file or folder.
        source_name: String,
        /// The nearest column name, when one is near.
        nearest: Option<String>,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// A flag names a column whose type cannot fill the role.
    #[error("{flag} names the column {column:?} of {source_name}, which is {found}, but it must be {wanted}")]
    WrongType {
        /// The flag.
        flag: &'static str,
        /// The column asked for.
        column: String,
        /// The file or folder.
        source_name: String,
        /// The type in the file.
        found: String,
        /// The types the role allows.
        wanted: &'static str,
    },
    /// A column has a name that is usual for a role, and a type that cannot fill it.
    #[error(
        "the column {column:?} of {source_name} has a usual name for the {role}, but it is {found} and must be {wanted}"
    )]
    UsualNameWrongType {
        /// The role.
        role: &'static str,
        /// The flag that names another column.
        flag: &'static str,
        /// The column.
        column: String,
        /// The file or folder.
        source_name: String,
        /// Its type.
        found: String,
        /// The types the role allows.
        wanted: &'static str,
    },
    /// A time column in a zone that is not known.
    #[error("the column {column:?} of {source_name} has the time zone {zone:?}, which is not known")]
    UnknownZone {
        /// The time column.
        column: String,
        /// The file or folder.
        source_name: String,
        /// The zone.
        zone: String,
    },
    /// A text that is no number in a column of numbers.
    #[error("column {column:?} has {value:?} in {place}, which is not a number such as 1234.5 or 1,234.50")]
    NoNumber {
        /// The column.
        column: String,
        /// Where.
        place: Place,
        /// What is there.
        value: String,
    },
    /// Numbers as text of which nobody can tell whether their marks are decimal.
    #[error("column {column:?} of {source_name} is text in which \".\" and \",\" may mean decimals or thousands")]
    UnclearDecimals {
        /// The column.
        column: String,
        /// The file or folder.
        source_name: String,
    },
    /// Two roles would be filled by one column.
    #[error("the column {column:?} cannot be both the {first} and the {second}")]
    TwoRoles {
        /// The column.
        column: String,
        /// One role.
        first: &'static str,
        /// The other role.
        second: &'static str,
    },
    /// The customer column has the name of a feature.
    #[error("the customer column is named {column:?}, which is the name of a feature")]
    NameTaken {
        /// The name.
        column: String,
    },
    /// A number of days that is 0.
    #[error("{option} must be at least 1, got 0")]
    NoDays {
        /// The option.
        option: &'static str,
    },
    /// A time that cannot be understood.
    #[error(
        "column {column:?} has {value:?} in {place}, which is not a date or time such as 2024-01-31 or 2024-01-31 08:30:00"
    )]
    BadTime {
        /// The time column.
        column: String,
        /// Where.
        place: Place,
        /// What is there.
        value: String,
    },
    /// A customer number that is not whole.
    #[error("column {column:?} has {value} in {place}, but numbers of customers must be whole and below 2^53")]
    BadId {
        /// The customer column.
        column: String,
        /// Where.
        place: Place,
        /// What is there.
        value: f64,
    },
    /// A number too large to be money or a count.
    #[error("column {column:?} has {value} in {place}; at most ±10^15 is allowed")]
    TooLarge {
        /// The column.
        column: String,
        /// Where.
        place: Place,
        /// What is there.
        value: f64,
    },
    /// The line value does not fit.
    #[error("quantity × price is {value} in {place}; at most ±10^15 is allowed")]
    ProductTooLarge {
        /// Where.
        place: Place,
        /// The product.
        value: f64,
    },
    /// A column that cannot be brought into the form the role needs.
    #[error("column {column:?} of {source_name} cannot be used: {detail}")]
    Unusable {
        /// The column.
        column: String,
        /// The file or folder.
        source_name: String,
        /// What is wrong.
        detail: String,
    },
    /// Nobody bought anything.
    #[error(
        "no customer of {source_name} has a purchase: of {rows} rows, {without_customer} have no customer, {without_time} no time, \
         {without_amount} no amount, {outside} are outside the window and {returns} are returns"
    )]
    NoPurchase {
        /// The file or folder.
        source_name: String,
        /// Its rows.
        rows: u64,
        /// Rows without a customer.
        without_customer: u64,
        /// Rows without a time.
        without_time: u64,
        /// Rows without an amount.
        without_amount: u64,
        /// Rows after the as-of time or before the window.
        outside: u64,
        /// Returns.
        returns: u64,
    },
    /// The table of features cannot be written.
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// The user or a time limit ended the work.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl From<LoadError> for FeaturesError {
    fn from(error: LoadError) -> Self {
        FeaturesError::Load(Box::new(error))
    }
}

impl Failure for FeaturesError {
    fn category(&self) -> Category {
        match self {
            FeaturesError::Load(error) => error.category(),
            FeaturesError::Stopped(stopped) => stopped.category(),
            FeaturesError::Refused(refusal) => refusal.category(),
            FeaturesError::NoDays { .. } => Category::Config,
            FeaturesError::Unwritable { .. } => Category::Io,
            _ => Category::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        let listed = |columns: &[String]| columns.join(", ");
        match self {
            FeaturesError::Load(error) => advice_on_files(error),
            FeaturesError::Stopped(stopped) => stopped.hint(),
            FeaturesError::Refused(refusal) => refusal.hint(),
            FeaturesError::NotFound { flag, candidates, .. } if candidates.is_empty() => {
                Some(format!("no column has a type and a name that {flag} could mean"))
            }
            FeaturesError::NotFound { flag, candidates, .. } => {
                Some(format!("name it with {flag}: {}", listed(candidates)))
            }
            FeaturesError::Ambiguous { flag, .. } => Some(format!("name one of them with {flag}")),
            FeaturesError::NoAmount { price: Some(price), .. } => Some(format!(
                "name the quantity with --quantity, or use --amount {price} if {price} is the value of the whole line"
            )),
            FeaturesError::NoAmount { candidates, .. } if candidates.is_empty() => {
                Some("no column has a type that --amount, or --quantity and --price, could name".into())
            }
            FeaturesError::NoAmount { candidates, .. } => Some(format!(
                "name the value of a line with --amount, or --quantity and --price: {}",
                listed(candidates)
            )),
            FeaturesError::MissingColumn { nearest: Some(name), .. } => Some(format!("did you mean {name:?}?")),
            FeaturesError::MissingColumn { columns, .. } => Some(format!("the columns are {}", listed(columns))),
            FeaturesError::BadTime { .. } => {
                Some("write times year first (2024-01-31, 2024/1/31, 20240131), or as dates or timestamps, where the file is made".into())
            }
            FeaturesError::UsualNameWrongType { flag, .. } => {
                Some(format!("name another column with {flag}, or change its type where the file is written"))
            }
            FeaturesError::UnknownZone { .. } => {
                Some("zones are those of the IANA database, such as Asia/Shanghai, or offsets such as +08:00".into())
            }
            FeaturesError::NoNumber { .. } | FeaturesError::UnclearDecimals { .. } => {
                Some("write numbers, not text, where the file is made; blank text, nan, None and NULL are missing".into())
            }
            FeaturesError::WrongType { .. } | FeaturesError::BadId { .. } | FeaturesError::Unusable { .. } => {
                Some("name another column, or change its type where the file is written".into())
            }
            FeaturesError::TooLarge { .. } | FeaturesError::ProductTooLarge { .. } => {
                Some("check the unit of the column, or leave the row out where the file is written".into())
            }
            FeaturesError::TwoRoles { .. } => Some(
                "name another column for one of them; --order, --product and --quantity \"\" mean that there is none"
                    .into(),
            ),
            FeaturesError::NameTaken { .. } => Some("rename it where the file is written".into()),
            FeaturesError::NoPurchase { .. } => Some("check --as-of, and the columns that were used".into()),
            FeaturesError::Unwritable { reason, .. } => advice_on_writing(reason),
            _ => None,
        }
    }
}

fn advice_on_files(error: &LoadError) -> Option<String> {
    match error {
        LoadError::ColumnsDiffer { .. } | LoadError::TypesDiffer { .. } => Some(
            "every file needs the columns that are used, in types that go together; --order, --product and --quantity \"\" \
             mean that there is none"
                .into(),
        ),
        error => error.hint(),
    }
}
