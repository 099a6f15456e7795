//! What was found of one column, and what it is best used as.

use super::{Certainty, Marker, date_of};
use crate::config::{ColumnPlan, ReadAs};

/// What a column is best used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It is clustered.
    Feature,
    /// It describes.
    Attribute,
    /// Neither: a number or a text that only identifies, a constant.
    LeftOut,
}

/// What was found of a column, beside its numbers being numbers and its texts being texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColumnNature {
    /// A running number by its name.
    RowNumber,
    /// Something that identifies, by its name.
    Identifier,
    /// Another whole number in every row.
    EveryRowDiffers,
    /// A day written as a number.
    DateAsNumber,
    /// No value in any row.
    Empty,
    /// One value in every row.
    Constant,
    /// One value in every row that has one; others have none.
    ConstantWithGaps,
    /// Two values.
    TwoValues,
    /// Two values under the name of an outcome.
    Outcome,
    /// Few values under the name of a tier.
    Tier,
    /// Few whole numbers under the name of a category.
    Category,
    /// Few whole numbers that may count, rank or be codes.
    FewValues,
    /// Text that writes numbers.
    NumberText,
    /// A year of birth.
    BirthYear,
    /// A date whose age says how long ago something was.
    Date,
}

/// The judgement on one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The column.
    pub column: String,
    /// What it is used as.
    pub usage: Use,
    /// What was found; `None` where nothing has to be said.
    pub finding: Option<ColumnNature>,
    /// How surely. What is doubtful is only proposed, and `usage` is as if it had not been found.
    pub certainty: Certainty,
    /// How it is read, or would be if the finding is right; `None` = as it is stored.
    pub reading: Option<ColumnPlan>,
    /// The role that catalogs know and that the column has when it is read so, for ages.
    pub role: Option<&'static str>,
    /// Values that look like markers of missing ones.
    pub markers: Vec<Marker>,
    /// Whether the markers are days, counted from 1970-01-01.
    pub marks_days: bool,
    /// The words behind its numbers, where they are not read for them.
    pub units: Vec<(String, usize)>,
    /// The units of its numbers as text, where there are several: `%`, `€`, nothing.
    pub marks: Vec<(String, usize)>,
    /// Whether its rows mostly differ.
    pub is_unique: bool,
    /// Whether its values are stored as numbers.
    pub is_number: bool,
}

impl Judgement {
    pub(super) fn plain(column: &str, usage: Use) -> Judgement {
        Judgement {
            column: column.to_owned(),
            usage,
            finding: None,
            certainty: Certainty::Sure,
            reading: None,
            role: None,
            markers: Vec::new(),
            marks_days: false,
            units: Vec::new(),
            marks: Vec::new(),
            is_unique: false,
            is_number: false,
        }
    }

    pub(super) fn found(mut self, finding: ColumnNature, usage: Use) -> Judgement {
        (self.finding, self.usage) = (Some(finding), usage);
        self
    }

    pub(super) fn doubted(mut self, finding: ColumnNature) -> Judgement {
        (self.finding, self.certainty) = (Some(finding), Certainty::Doubtful);
        self
    }

    /// Takes back a doubt that another column has answered.
    pub(super) fn settle(&mut self) {
        if self.certainty == Certainty::Doubtful {
            (self.finding, self.certainty) = (None, Certainty::Sure);
        }
    }

    pub(super) fn read(mut self, read: ReadAs, role: Option<&'static str>) -> Judgement {
        self.reading = Some(ColumnPlan { read: Some(read), ..ColumnPlan::default() });
        self.role = role;
        self
    }

    /// A marker as people write it: of days, the date.
    pub fn marker_text(&self, marker: &Marker) -> String {
        let date = self.marks_days.then(|| date_of(marker.value as i64)).flatten();
        date.map_or_else(|| marker.value.to_string(), |date| date.to_string())
    }

    /// Whether the column cannot be meant as a measurement, so that who names it as a feature is warned.
    pub fn identifies(&self) -> bool {
        let identifies = [
            ColumnNature::RowNumber,
            ColumnNature::Identifier,
            ColumnNature::EveryRowDiffers,
            ColumnNature::DateAsNumber,
        ]
        .map(Some);
        self.certainty == Certainty::Sure && identifies.contains(&self.finding)
    }
}
