//! The portrait of a segment for a terminal.

use super::figures::{count, decimal, percent, plain, signed};
use super::terminal::{HELD_BACK, bold};
use super::{Table, wording};
use crate::label::Strength;
use crate::language::noun;
use crate::sharing::{SharedCluster, SharedPlace, SharedPortrait, SharedRule, SharedRun, SharedSide, Shown};
use crate::{Language, Text};

/// Features shown, at most.
const FEATURES: usize = 8;
/// Levels of attributes shown, at most.
const LEVELS: usize = 8;
/// Features shown of a typical customer.
const TYPICAL_FEATURES: usize = 5;

/// The portrait of a segment of the run in `language`, with colours; figures of segments smaller than min_cell, ids of their
/// customers and small levels of attributes are held back.
pub fn portrait(run: &SharedRun, cluster: &SharedCluster, language: Language) -> String {
    let page = Page { run, cluster, language };
    let mut parts = vec![page.head()];
    if let Some(portrait) = &cluster.portrait {
        parts.extend(page.features(portrait));
        parts.extend(page.attributes(portrait));
        parts.extend(page.neighbour(portrait));
        parts.extend(portrait.rule.as_ref().map(|rule| page.rule(rule)));
        parts.extend(page.evidence());
        parts.extend(page.typical(portrait));
    }
    parts.join("\n\n")
}

struct Page<'a> {
    run: &'a SharedRun,
    cluster: &'a SharedCluster,
    language: Language,
}

impl Page<'_> {
    fn say<'w>(&self, en: &'w str, zh: &'w str) -> &'w str {
        self.language.say(en, zh)
    }

    fn heading(&self, en: &str, zh: &str) -> String {
        bold(self.say(en, zh))
    }

    /// A figure, a dash where there is none, or the sign of what is held back.
    fn figure(&self, value: Shown<Option<f64>>) -> String {
        match value {
            Shown::Value(value) => value.map_or_else(|| "–".to_owned(), plain),
            Shown::HeldBack => HELD_BACK.to_owned(),
        }
    }

    fn head(&self) -> String {
        let cluster = self.cluster;
        let title = [cluster.id.as_deref().unwrap_or_default(), cluster.name.get(self.language)].join(" ");
        let mut table = Table::bare();
        let mut line = |name: &str, text: String| table.row([String::new(), name.to_owned(), text]);
        line(self.say("size", "规模"), self.size());
        if let Some(value) = self.value() {
            line(self.say("value", "价值"), value);
        }
        line(self.say("archetype", "原型"), self.archetype());
        if let Some(portrait) = &cluster.portrait {
            if let Some(stage) = &portrait.lifecycle {
                line(self.say("lifecycle", "生命周期"), wording::stage(stage, self.language));
            }
            if let Some(place) = &portrait.matrix {
                line(self.say("matrix", "矩阵位置"), self.place(place));
            }
            let action = portrait.action.as_ref().map(|action| action.get(self.language).to_owned());
            let nothing = self.say("none", "无");
            line(self.say("action", "建议行动"), action.unwrap_or_else(|| nothing.to_owned()));
        }
        format!("{}\n{table}", bold(&title))
    }

    fn place(&self, place: &SharedPlace) -> String {
        let side = |side: &SharedSide| {
            let sign = if side.high { ">" } else { "≤" };
            format!("{} {} {sign} {}", side.column, held_or(side.median, plain), plain(side.cut))
        };
        let (name, value, frequency) = (place.name.get(self.language), side(&place.value), side(&place.frequency));
        match self.language {
            Language::En => format!("{name} (medians of the segment and of all: {value}, {frequency})"),
            Language::Zh => format!("{name}（客群与整体的中位数：{value}，{frequency}）"),
        }
    }

    fn size(&self) -> String {
        if self.cluster.held_back {
            let (fewer, customers) = (self.say("fewer than", "少于"), self.say("customers", "位客户"));
            return format!("{fewer} {} {customers}", self.run.min_cell);
        }
        let (Some(size), Some(&share)) = (self.cluster.size(), self.cluster.share.value()) else {
            // It covers a small one.
            return HELD_BACK.to_owned();
        };
        let (n, share) = (count(size), percent(share));
        match self.language {
            Language::En => {
                let customers = noun(size, "customer", "customers");
                format!("{n} {customers}, {share} of all")
            }
            Language::Zh => format!("{n} 位客户，占全部的 {share}"),
        }
    }

    fn value(&self) -> Option<String> {
        let Shown::Value(value) = self.cluster.value else { return Some(HELD_BACK.to_owned()) };
        let mut text = plain(value?);
        if let (Some(share), Some(of_all)) = (self.cluster.value_share.known(), self.cluster.share.value()) {
            let times = decimal(Some(share / of_all), 2);
            text += &match self.language {
                Language::En => format!(", {} of all; per customer {times} times the average", percent(share)),
                Language::Zh => format!("，占全部的 {}；人均为整体的 {times} 倍", percent(share)),
            };
        }
        Some(text)
    }

    fn archetype(&self) -> String {
        let said = self.cluster.catalogs.iter().find(|said| {
            self.cluster.archetype.as_deref().is_none_or(|id| id == format!("{}/{}", said.catalog, said.best.archetype))
        });
        match said {
            Some(said) => wording::stage(said, self.language),
            None => self.say("no catalog applies to this table", "没有目录适用于此表").to_owned(),
        }
    }

    /// In which numbers it differs; nothing where only categories were clustered.
    fn features(&self, portrait: &SharedPortrait) -> Option<String> {
        if portrait.features.is_empty() && portrait.attributes.iter().any(|effect| effect.clustered) {
            return None;
        }
        let heading = self.heading("What sets it apart from everyone else", "与其他客户的差异");
        let striking = portrait.features.iter().filter(|effect| effect.strength > Strength::Negligible);
        let mut table = Table::new([
            "",
            self.say("feature", "特征"),
            self.say("median here", "本客群中位数"),
            self.say("median of all", "整体中位数"),
            "Cliff δ",
            self.say("std. difference", "标准化差异"),
            "",
        ]);
        let mut n = 0;
        for effect in striking.take(FEATURES) {
            n += 1;
            table.row([
                String::new(),
                self.run.words(&effect.feature, self.language).to_owned(),
                held_or(effect.median, plain),
                plain(effect.overall_median),
                signed(effect.delta, 2),
                held_or(effect.standardized_difference, |d| d.map_or("–".into(), |d| signed(d, 2))),
                effect.words.get(self.language).to_owned(),
            ]);
        }
        if n == 0 {
            let nothing = self.say("nothing: in every column it is about like everyone", "无：各列均与整体基本持平");
            return Some(format!("{heading}\n    {nothing}"));
        }
        Some(format!("{heading}\n{table}"))
    }

    fn attributes(&self, portrait: &SharedPortrait) -> Option<String> {
        if portrait.attributes.is_empty() {
            return None;
        }
        let mut table = Table::new([
            "",
            self.say("attribute", "属性"),
            self.say("level", "取值"),
            self.say("share here", "本客群占比"),
            self.say("share elsewhere", "其他客户占比"),
            self.say("lift", "提升度"),
            "",
        ]);
        for effect in portrait.attributes.iter().take(LEVELS) {
            table.row([
                String::new(),
                effect.attribute.clone(),
                effect.level.clone().unwrap_or_else(|| self.say("(missing)", "（缺失）").to_owned()),
                held_or(effect.share, percent),
                held_or(effect.others_share, percent),
                held_or(effect.lift, |lift| decimal(Some(lift), 2)),
                effect.words.get(self.language).to_owned(),
            ]);
        }
        Some(format!("{}\n{table}", self.heading("Who they are", "客户构成")))
    }

    /// Every condition of the best archetype of every catalog that was asked.
    fn evidence(&self) -> Option<String> {
        let lifecycle = self.cluster.portrait.iter().filter_map(|portrait| portrait.lifecycle.as_ref());
        let said_before = |catalog: &str| self.cluster.catalogs.iter().any(|said| said.catalog == catalog);
        let extra = lifecycle.filter(|said| !said_before(&said.catalog));
        let mut table = Table::new([
            "",
            self.say("archetype", "原型"),
            self.say("condition", "条件"),
            self.say("observed", "观测值"),
            self.say("fits", "符合度"),
        ]);
        let mut any = false;
        for said in self.cluster.catalogs.iter().chain(extra) {
            for (i, evidence) in said.best.evidence.iter().enumerate() {
                any = true;
                let name = format!("{}/{}", said.catalog, said.best.archetype);
                let observed = wording::observed(evidence, self.language);
                table.row([
                    String::new(),
                    if i == 0 { name } else { String::new() },
                    wording::condition(evidence, self.language),
                    if self.cluster.held_back { HELD_BACK.to_owned() } else { observed },
                    wording::fits(evidence, self.language),
                ]);
            }
        }
        any.then(|| format!("{}\n{table}", self.heading("Evidence for the archetypes", "原型依据")))
    }

    fn neighbour(&self, portrait: &SharedPortrait) -> Option<String> {
        let neighbour = portrait.neighbour.as_ref()?;
        let name = neighbour.name.get(self.language);
        let title = [neighbour.id.as_deref().unwrap_or_default(), name].join(" ");
        let heading = self.heading("Nearest segment", "最相近的客群");
        let distance = decimal(Some(neighbour.distance), 2);
        let heading = match self.language {
            Language::En => format!("{heading}: {title} (distance {distance})"),
            Language::Zh => format!("{heading}：{title}（距离 {distance}）"),
        };
        if neighbour.features.is_empty() {
            let nothing = self.say("no column tells the two apart", "没有任何一列能区分二者");
            return Some(format!("{heading}\n    {nothing}"));
        }
        let mut table = Table::new([
            "",
            self.say("feature", "特征"),
            self.say("median here", "本客群中位数"),
            self.say("median there", "对方中位数"),
            self.say("P(here > there)", "P(本 > 对方)"),
            "",
        ]);
        for pair in &neighbour.features {
            table.row([
                String::new(),
                pair.subject.get(self.language).to_owned(),
                self.figure(pair.median),
                self.figure(pair.neighbour_median),
                percent(pair.position),
                pair.words.get(self.language).to_owned(),
            ]);
        }
        Some(format!("{heading}\n{table}"))
    }

    fn rule(&self, rule: &SharedRule) -> String {
        let heading = self.heading("Rule", "规则");
        let share = |share| held_or(share, |share: Option<f64>| share.map_or_else(|| "–".to_owned(), percent));
        let (precision, recall) = (share(rule.precision), share(rule.recall));
        let fidelity = match self.language {
            Language::En => format!(
                "holds for {recall} of the segment; {precision} of those it holds for are in it (customers it was not \
                 learned from)"
            ),
            Language::Zh => {
                format!("覆盖本客群的 {recall}；符合规则者有 {precision} 属于本客群（以未参与学习的客户检验）")
            }
        };
        let or = self.say("or ", "或 ");
        let line =
            |(i, text): (usize, &Text)| format!("    {}{}", if i == 0 { "" } else { or }, text.get(self.language));
        let lines: Vec<String> = rule.any_of.iter().enumerate().map(line).collect();
        format!("{heading} · {fidelity}\n{}", lines.join("\n"))
    }

    fn typical(&self, portrait: &SharedPortrait) -> Option<String> {
        let customers = portrait.representatives.value().filter(|customers| !customers.is_empty())?;
        let ids = self.cluster.representative_ids.value();
        let shown = portrait.features.iter().take(TYPICAL_FEATURES);
        let mut headings = vec![String::new(), self.say("customer", "客户").to_owned()];
        headings.extend(shown.map(|effect| self.run.words(&effect.feature, self.language).to_owned()));
        let mut table = Table::new(headings.iter().map(String::as_str));
        for (i, typical) in customers.iter().enumerate() {
            let id =
                ids.and_then(|ids| ids.get(i)).cloned().unwrap_or_else(|| held_or(typical.row, |row| row.to_string()));
            let values = typical.values.iter().take(TYPICAL_FEATURES).map(|&value| self.figure(Shown::Value(value)));
            table.row([String::new(), id].into_iter().chain(values));
        }
        Some(format!("{}\n{table}", self.heading("Typical customers", "典型客户")))
    }
}

fn held_or<T>(value: Shown<T>, text: impl Fn(T) -> String) -> String {
    match value {
        Shown::Value(value) => text(value),
        Shown::HeldBack => HELD_BACK.to_owned(),
    }
}
