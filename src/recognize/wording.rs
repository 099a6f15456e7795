//! What is said of a finding, in a word and in a sentence.

use super::judgement::ColumnNature;
use crate::Text;

/// Columns a warning names.
pub(super) const MAX_NAMED: usize = 6;

/// How many of `n` a warning does not name, behind those that it does.
pub(super) fn more(n: usize) -> (String, String) {
    match n.saturating_sub(MAX_NAMED) {
        0 => (String::new(), String::new()),
        n => (format!(" and {n} more"), format!(" 等另外 {n} 项")),
    }
}

impl ColumnNature {
    /// Every finding.
    pub(super) const ALL: [ColumnNature; 15] = [
        ColumnNature::RowNumber,
        ColumnNature::Identifier,
        ColumnNature::EveryRowDiffers,
        ColumnNature::DateAsNumber,
        ColumnNature::Empty,
        ColumnNature::Constant,
        ColumnNature::ConstantWithGaps,
        ColumnNature::TwoValues,
        ColumnNature::Outcome,
        ColumnNature::Tier,
        ColumnNature::Category,
        ColumnNature::FewValues,
        ColumnNature::NumberText,
        ColumnNature::BirthYear,
        ColumnNature::Date,
    ];

    /// Whether it is of numbers that take few values.
    pub(super) fn is_few(self) -> bool {
        matches!(self, ColumnNature::TwoValues | ColumnNature::Category | ColumnNature::FewValues)
    }

    /// The code of the warning of what was taken.
    pub(super) fn code(self) -> &'static str {
        match self {
            ColumnNature::RowNumber => "row_number_left_out",
            ColumnNature::Identifier | ColumnNature::EveryRowDiffers => "identifier_left_out",
            ColumnNature::DateAsNumber => "date_as_number_left_out",
            ColumnNature::Empty => "empty_column",
            ColumnNature::Constant | ColumnNature::ConstantWithGaps => "constant_left_out",
            ColumnNature::TwoValues => "flag_described",
            ColumnNature::Outcome => "outcome_found",
            ColumnNature::Tier => "tier_not_clustered",
            ColumnNature::Category | ColumnNature::FewValues => "category_described",
            ColumnNature::NumberText => "text_read_as_numbers",
            ColumnNature::BirthYear | ColumnNature::Date => "read_as_age",
        }
    }

    /// The code of the warning of what is doubtful.
    pub(super) fn doubt_code(self) -> &'static str {
        match self {
            ColumnNature::EveryRowDiffers => "perhaps_identifier",
            ColumnNature::FewValues => "perhaps_category",
            ColumnNature::NumberText => "perhaps_numbers",
            ColumnNature::Outcome => "perhaps_outcome",
            ColumnNature::Tier => "perhaps_tier",
            ColumnNature::DateAsNumber => "perhaps_dates",
            _ => "perhaps_age",
        }
    }

    /// Why a column is what it is, in a few words.
    pub fn reason(self) -> Text {
        let (en, zh) = match self {
            ColumnNature::RowNumber => ("the number of the row", "行号"),
            ColumnNature::Identifier => ("identifies, by its name", "按列名判断为标识符"),
            ColumnNature::EveryRowDiffers => ("another whole number in every row", "每行均为不同的整数"),
            ColumnNature::DateAsNumber => ("days written as numbers", "以数字书写的日期"),
            ColumnNature::Empty => ("no value in any row", "所有行均无取值"),
            ColumnNature::Constant => ("one value in every row", "所有行取值相同"),
            ColumnNature::ConstantWithGaps => ("one value in every row that has one", "所有有值的行取值相同"),
            ColumnNature::TwoValues => ("two values", "只有两个取值"),
            ColumnNature::Outcome => ("two values under the name of an outcome", "两个取值，列名为结果变量"),
            ColumnNature::Tier => ("the name of a tier, and few values", "列名为等级，取值很少"),
            ColumnNature::Category => ("the name of a category, and few values", "列名为类别，取值很少"),
            ColumnNature::FewValues => ("few whole numbers", "只有少数整数取值"),
            ColumnNature::NumberText => ("text that writes numbers", "以文本书写的数值"),
            ColumnNature::BirthYear => ("years of birth", "出生年份"),
            ColumnNature::Date => ("a date; its age in days can be clustered", "日期，可转换为距今天数"),
        };
        Text::new(en, zh)
    }

    /// What was done, after the names of the columns.
    pub(super) fn taken(self) -> Text {
        let (en, zh) = match self {
            ColumnNature::RowNumber => ("not clustered, the number of the row", "为行号，不参与聚类"),
            ColumnNature::Identifier => (
                "not clustered, an identifier by its name; source.features takes it all the same",
                "按列名为标识符，不参与聚类；可在 source.features 中指定",
            ),
            ColumnNature::EveryRowDiffers => (
                "not clustered, another whole number in every row, as identifiers have; source.features takes it all the same",
                "每行均为不同的整数，视为标识符，不参与聚类；可在 source.features 中指定",
            ),
            ColumnNature::DateAsNumber => (
                "not clustered, days written as numbers; [source.columns.NAME] read = \"age_days\" clusters their age",
                "为以数字书写的日期，不参与聚类；可用 [source.columns.NAME] read = \"age_days\" 按距今天数参与聚类",
            ),
            ColumnNature::Empty => ("left out, no value in any row", "所有行均无取值，未使用"),
            ColumnNature::Constant => ("not clustered, one value in every row", "所有行取值相同，不参与聚类"),
            ColumnNature::ConstantWithGaps => {
                ("not clustered, one value in every row that has one", "所有有值的行取值相同，不参与聚类")
            }
            ColumnNature::TwoValues => (
                "described and not clustered, two values; source.features clusters it all the same",
                "只有两个取值，仅作描述，不参与聚类；可在 source.features 中指定",
            ),
            ColumnNature::Outcome => (
                "taken as the outcome or described, and not clustered: two values under the name of an outcome",
                "两个取值且列名为结果变量，作为结果或描述，不参与聚类",
            ),
            ColumnNature::Tier => (
                "described and not clustered, the name of a tier; source.tier compares it with the segments",
                "列名为等级，不参与聚类；可用 source.tier 与客群比较",
            ),
            ColumnNature::Category | ColumnNature::FewValues => (
                "described and not clustered, numbers under the name of a category; source.features clusters it all the same",
                "列名为类别的数字，仅作描述，不参与聚类；可在 source.features 中指定",
            ),
            ColumnNature::NumberText => {
                ("text that writes numbers, read as numbers and clustered", "以文本书写的数值，按数值读取并参与聚类")
            }
            ColumnNature::BirthYear => ("years of birth, read as ages in years", "出生年份，按年龄（岁）读取"),
            ColumnNature::Date => ("dates, read as their age", "日期，按距今时长读取"),
        };
        Text::new(en, zh)
    }

    /// What is proposed, after the names of the columns; `None` for what is only said in a file.
    pub(super) fn doubt(self) -> Option<Text> {
        let (en, zh) = match self {
            ColumnNature::EveryRowDiffers => (
                "clustered, but another whole number in every row: if it identifies, name it in source.exclude",
                "每行均为不同的整数，已参与聚类；若为标识符，请加入 source.exclude",
            ),
            ColumnNature::FewValues => (
                "clustered, but few whole numbers: if they are codes, name the column in source.attributes or source.exclude",
                "只有少数整数取值，已参与聚类；若为代码，请加入 source.attributes 或 source.exclude",
            ),
            ColumnNature::NumberText => (
                "text, though most of it writes numbers: [source.columns.NAME] read = \"number\" takes it as such",
                "为文本，但大多为数值；可用 [source.columns.NAME] read = \"number\" 按数值读取",
            ),
            ColumnNature::Outcome => (
                "described: if it is the outcome, name it in source.outcome",
                "仅作描述；若为结果变量，请在 source.outcome 中指定",
            ),
            ColumnNature::Tier => (
                "described: if it is the tier people gave, name it in source.tier",
                "仅作描述；若为人工等级，请在 source.tier 中指定",
            ),
            ColumnNature::BirthYear => (
                "clustered as years: if they are years of birth, [source.columns.NAME] read = \"age_years\" makes them ages",
                "按年份聚类；若为出生年份，可用 [source.columns.NAME] read = \"age_years\" 转换为年龄",
            ),
            ColumnNature::DateAsNumber => (
                "clustered as numbers: if they count days or seconds, [source.columns.NAME] read = \"age_days\" makes them ages",
                "按数值聚类；若为日期序号或时间戳，可用 [source.columns.NAME] read = \"age_days\" 转换为距今天数",
            ),
            ColumnNature::Date => (
                "dates, described and not clustered: [source.columns.NAME] read = \"age_days\" clusters their age",
                "为日期，仅作描述，不参与聚类；可用 [source.columns.NAME] read = \"age_days\" 按距今天数参与聚类",
            ),
            _ => return None,
        };
        Some(Text::new(en, zh))
    }
}
