//! What catalogs say of a segment, in words.

use crate::Language;
use crate::figures::{decimal, percent, plain};
use crate::label::{CatalogMatch, ConditionEvidence, Extreme, Level, MatchVerdict, ScoredArchetype, SkipReason, Test};

/// The best archetype of a catalog, its score and what became of it: `champions (rfm-8/champions, score 1.00, next …)`.
pub(super) fn stage(said: &CatalogMatch, language: Language) -> String {
    let best = &said.best;
    let mut facts = vec![
        format!("{}/{}", said.catalog, best.archetype),
        format!("{} {}", language.say("score", "得分"), decimal(Some(best.score), 2)),
    ];
    if let Some(next) = &said.runner_up {
        let score = decimal(Some(next.score), 2);
        facts.push(format!("{}{} {score}", language.say("next ", "其次"), next.name.get(language)));
    }
    let facts = facts.join(language.say(", ", "，"));
    let name = |candidate: &ScoredArchetype| match language {
        Language::En => format!("{} ({facts})", candidate.name.en),
        Language::Zh => format!("{}（{facts}）", candidate.name.zh),
    };
    let verdict = match said.verdict {
        MatchVerdict::Matched => return name(best),
        MatchVerdict::LowScore => language.say("the score is too low", "得分不足"),
        MatchVerdict::ConditionFailed => language.say("a condition fails", "有条件不满足"),
        MatchVerdict::NearlyEveryone => language.say("nearly everyone is in it", "几乎包含全部客户"),
        MatchVerdict::Ambiguous => language.say("the next is too close", "与其次者过于接近"),
        MatchVerdict::Taken => language.say("another segment fits it better", "另一客群更符合"),
        MatchVerdict::NoStructure => language.say("no structure", "无结构"),
    };
    match language {
        Language::En => format!("unmatched: {verdict}; nearest {}", name(best)),
        Language::Zh => format!("未匹配：{verdict}；最接近{}", name(best)),
    }
}

/// What a condition asks: `frequency (orders) high`.
pub(super) fn condition(evidence: &ConditionEvidence, language: Language) -> String {
    let role = |role: &str| match &evidence.column {
        Some(column) if column != role => format!("{role} ({column})"),
        _ => role.to_owned(),
    };
    match &evidence.condition.test {
        Test::Level { role: name, level } => format!("{} {}", role(name), level_word(*level, language)),
        Test::Range { role: name, min, max } => {
            format!("{} {} {}", language.say("median of", "中位数"), role(name), limits(*min, *max, plain))
        }
        Test::Share { attribute, value, min, max, .. } => {
            let share = language.say("share of", "占比");
            format!("{share} {} = {value} {}", role(attribute), limits(*min, *max, percent))
        }
    }
}

fn level_word(level: Level, language: Language) -> &'static str {
    match level {
        Level::VeryLow => language.say("very low", "很低"),
        Level::Low => language.say("low", "低"),
        Level::Medium => language.say("medium", "中等"),
        Level::High => language.say("high", "高"),
        Level::VeryHigh => language.say("very high", "很高"),
    }
}

fn limits(min: Option<f64>, max: Option<f64>, figure: fn(f64) -> String) -> String {
    match (min, max) {
        (Some(low), Some(high)) if low == high => format!("= {}", figure(low)),
        (Some(low), Some(high)) => format!("{} – {}", figure(low), figure(high)),
        (Some(low), None) => format!("≥ {}", figure(low)),
        (None, Some(high)) => format!("≤ {}", figure(high)),
        (None, None) => String::new(),
    }
}

/// What was observed: a position, a median or a share.
pub(super) fn observed(evidence: &ConditionEvidence, language: Language) -> String {
    let Some(figure) = evidence.observed else { return "–".to_owned() };
    match &evidence.condition.test {
        Test::Level { .. } => {
            let end = match evidence.extreme {
                Some(Extreme::Lowest) => language.say(", the lowest value", "，为最低值"),
                Some(Extreme::Highest) => language.say(", the highest value", "，为最高值"),
                None => "",
            };
            format!("{} {}{end}", language.say("position", "位置"), decimal(Some(figure), 2))
        }
        Test::Range { .. } => format!("{} {}", language.say("median", "中位数"), plain(figure)),
        Test::Share { .. } => percent(figure),
    }
}

/// The membership, or why the condition is left out.
pub(super) fn fits(evidence: &ConditionEvidence, language: Language) -> String {
    match (evidence.membership, evidence.left_out) {
        (Some(membership), _) => decimal(Some(membership), 2),
        (None, Some(SkipReason::Missing)) => language.say("left out: no column", "未参与：没有列").to_owned(),
        (None, Some(SkipReason::Constant)) => language.say("left out: constant", "未参与：常量").to_owned(),
        (None, Some(SkipReason::Unobserved)) => {
            language.say("left out: too few have a value", "未参与：有值的客户过少").to_owned()
        }
        (None, None) => language.say("held back", "已隐去").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Condition;

    #[test]
    fn a_membership_is_a_figure_or_says_why_there_is_none() {
        let condition = Condition { test: Test::Level { role: "recency".into(), level: Level::Low }, weight: 1.0 };
        let said = |membership, left_out| {
            let (condition, column) = (condition.clone(), Some("days".to_owned()));
            let evidence = ConditionEvidence { condition, column, observed: None, extreme: None, membership, left_out };
            [Language::En, Language::Zh].map(|language| fits(&evidence, language))
        };
        assert_eq!(said(Some(0.5), None), ["0.50", "0.50"]);
        assert_eq!(said(None, Some(SkipReason::Missing)), ["left out: no column", "未参与：没有列"]);
        assert_eq!(said(None, Some(SkipReason::Constant)), ["left out: constant", "未参与：常量"]);
        assert_eq!(
            said(None, Some(SkipReason::Unobserved)),
            ["left out: too few have a value", "未参与：有值的客户过少"]
        );
        assert_eq!(said(None, None), ["held back", "已隐去"]);
    }
}
