//! What changed since the run before, in sentences: segments, customers, value, drift, decision.

use crate::Text;
use crate::figures::{count, decimal, percent, plain, whole_percent};
use crate::language::noun;
use crate::refit::drift::Measure;
use crate::refit::{Decision, Fate, Flag, ViewKind};
use crate::sharing::{SharedAccount, SharedDrift, SharedEvent, SharedName, SharedRefit};

/// Events, or features, named in one sentence at most.
const NAMED: usize = 3;
/// A change of a share of the value that is worth a word.
const TELLING: f64 = 0.005;

/// What the numbers of a column are called.
pub(super) type Words<'a> = &'a dyn Fn(&str) -> Text;

/// The sentences for who reads no more: at most five.
pub(super) fn in_short(refit: &SharedRefit, words: Words<'_>) -> Vec<Text> {
    let parts = [segments(refit), customers(refit), value(refit), drift(refit, words), decision(refit)];
    parts.into_iter().flatten().collect()
}

/// What there is to say of single segments, beyond that they went on.
pub(super) fn in_detail(refit: &SharedRefit) -> Vec<Text> {
    let mut sentences: Vec<Text> = Vec::new();
    let others = refit.events.iter().filter(|event| event.kind != Fate::Survived);
    // The first sentence names as many.
    if others.clone().count() > NAMED {
        sentences.extend(others.map(happened));
    }
    sentences.extend(of_kind(refit, Fate::Survived).filter_map(|event| {
        let ((en, zh), doubt) = (both(&event.from), doubt(event)?);
        Some(Text::new(format!("{en} went on, {}", doubt.en), format!("{zh} 得以延续，{}", doubt.zh)))
    }));
    sentences.extend(refit.nearer.iter().map(|(id, name)| {
        Text::new(
            format!("{id} is now nearer to {:?}; it is renamed when the next run says so too", name.en),
            format!("{id} 现更接近“{}”；若下次运行亦如此，则改用该名", name.zh),
        )
    }));
    sentences.extend(refit.changed.iter().cloned());
    sentences
}

fn of_kind(refit: &SharedRefit, kind: Fate) -> impl Iterator<Item = &SharedEvent> {
    refit.events.iter().filter(move |event| event.kind == kind)
}

/// What became of the segments, and how that was found where it says something of the table.
fn segments(refit: &SharedRefit) -> Option<Text> {
    if refit.view.is_none() {
        return Some(Text::new(
            "the run could not be held against the one before; its segments are numbered anew",
            "无法与上次运行对照，客群重新编号",
        ));
    }
    // Who is back was not there before.
    let there = refit.events.iter().filter(|event| event.kind != Fate::Revived);
    let n_before = there.map(|event| event.from.len()).sum::<usize>();
    let mut said = vec![went_on(of_kind(refit, Fate::Survived).count(), n_before, &refit.against)];
    let others: Vec<&SharedEvent> = refit.events.iter().filter(|event| event.kind != Fate::Survived).collect();
    said.extend(others.iter().take(NAMED).map(|event| happened(event)));
    if others.len() > NAMED {
        let n = others.len() - NAMED;
        said.push(Text::new(format!("and {n} more"), format!("另有 {n} 项")));
    }
    said.extend(view(refit.view));
    Some(joined(&said, "; ", "；"))
}

fn joined(parts: &[Text], en: &str, zh: &str) -> Text {
    let of = |of: fn(&Text) -> &str, gap: &str| parts.iter().map(of).collect::<Vec<_>>().join(gap);
    Text::new(of(|text| &text.en, en), of(|text| &text.zh, zh))
}

fn went_on(n: usize, n_before: usize, against: &str) -> Text {
    match (n, n_before) {
        (_, 0) => Text::new(format!("{against} had no segments"), format!("{against} 没有客群")),
        (1, 1) => Text::new(
            format!("the only segment of {against} went on under its id and name"),
            format!("{against} 唯一的客群沿用原标识和名称"),
        ),
        (0, 1) => {
            Text::new(format!("the only segment of {against} did not go on"), format!("{against} 唯一的客群未能延续"))
        }
        (n, n_before) if n == n_before => Text::new(
            format!("all {n} segments of {against} went on under their ids and names"),
            format!("{against} 的 {n} 个客群全部沿用原标识和名称"),
        ),
        _ => Text::new(
            format!("{n} of the {n_before} segments of {against} went on under their ids and names"),
            format!("{against} 的 {n_before} 个客群中有 {n} 个沿用原标识和名称"),
        ),
    }
}

/// What happened to segments that did not simply go on.
fn happened(event: &SharedEvent) -> Text {
    let ((from, from_zh), (to, to_zh)) = (both(&event.from), both(&event.to));
    let (part, part_zh) = match event.forward.known() {
        Some(of_100) => (format!(" ({of_100} % of its customers)"), format!("（占其客户的 {of_100}%）")),
        None => (String::new(), String::new()),
    };
    let (en, zh) = match event.kind {
        Fate::Survived => (format!("{from} went on"), format!("{from_zh} 得以延续")),
        Fate::Split => (format!("{from} split into {to}{part}"), format!("{from_zh} 分裂为 {to_zh}{part_zh}")),
        Fate::Merged => (format!("{from} merged into {to}"), format!("{from_zh} 合并为 {to_zh}")),
        Fate::Vanished => (format!("{from} vanished"), format!("{from_zh} 消失")),
        Fate::Emerged => (format!("{to} is new"), format!("{to_zh} 是新客群")),
        Fate::Revived => (format!("{to} is back"), format!("{to_zh} 重新出现")),
    };
    match doubt(event) {
        Some(doubt) => Text::new(format!("{en}, {}", doubt.en), format!("{zh}（{}）", doubt.zh)),
        None => Text::new(en, zh),
    }
}

/// Why an event may be none.
fn doubt(event: &SharedEvent) -> Option<Text> {
    let has = |flag| event.flags.contains(&flag);
    Some(match (has(Flag::Uncertain), has(Flag::Contested)) {
        (false, false) => return None,
        (true, false) => Text::new("which few customers decide", "判定依据的客户很少"),
        (false, true) => Text::new("which another way to compare the runs denies", "另一种对照方式给出不同结论"),
        (true, true) => Text::new(
            "which few customers decide and another way to compare the runs denies",
            "判定依据的客户很少，且另一种对照方式给出不同结论",
        ),
    })
}

fn both(names: &[SharedName]) -> (String, String) {
    let listed = |name: fn(&SharedName) -> &str, and: &str| {
        names.iter().map(|one| format!("{} {}", one.segment_id, name(one))).collect::<Vec<_>>().join(and)
    };
    (listed(|one| &one.name.en, " and "), listed(|one| &one.name.zh, "、"))
}

/// How the runs were held against each other, where that says something of the table.
fn view(view: Option<ViewKind>) -> Option<Text> {
    match view {
        None | Some(ViewKind::Rule) => None,
        Some(ViewKind::Standing) => Some(Text::new(
            "the whole table moved: customers keep their standing, at other values",
            "全表整体移动：客户的相对位置不变，数值不同",
        )),
        Some(ViewKind::People) => Some(Text::new("segments are followed by their customers", "客群按客户归属追踪")),
    }
}

/// Who joined, left and moved, and how much of it is redefinition.
fn customers(refit: &SharedRefit) -> Option<Text> {
    refit.view?;
    let [before, now] = refit.n_customers;
    let mut said = Vec::new();
    match refit.n_shared.value() {
        Some(0) => said.push(Text::new(
            format!("{} customers, before {}; none can be found again", count(now), count(before)),
            format!("{} 位客户，之前 {} 位；无法按标识找回", count(now), count(before)),
        )),
        Some(&shared) => said.push(Text::new(
            format!(
                "{} {}, before {}: {} joined, {} left",
                count(now),
                noun(now, "customer", "customers"),
                count(before),
                count(now.saturating_sub(shared)),
                count(before.saturating_sub(shared))
            ),
            format!(
                "{} 位客户，之前 {} 位：新增 {}，流失 {}",
                count(now),
                count(before),
                count(now.saturating_sub(shared)),
                count(before.saturating_sub(shared))
            ),
        )),
        None => said.push(Text::new(
            format!("{} customers, before {}", count(now), count(before)),
            format!("{} 位客户，之前 {} 位", count(now), count(before)),
        )),
    }
    said.extend(moved(refit));
    if let Some(share) = refit.redefined_share.known() {
        let percent = format!("{:.0}", 100.0 * share);
        said.push(Text::new(
            format!("by definition alone {percent} % are elsewhere than the old segments have them"),
            format!("仅因定义改变而换客群的占 {percent}%"),
        ));
    }
    Some(joined(&said, "; ", "；"))
}

/// How many of those who are in both runs are in another segment.
fn moved(refit: &SharedRefit) -> Option<Text> {
    let share = refit.moved_share.known()?;
    let percent = format!("{:.0}", 100.0 * share);
    Some(match refit.n_moved.value() {
        Some(&n) => Text::new(
            format!("of those in both {} ({percent} %) are in another segment", count(n)),
            format!("两次都在的客户中有 {} 位（{percent}%）换了客群", count(n)),
        ),
        None => Text::new(
            format!("of those in both {percent} % are in another segment"),
            format!("两次都在的客户中有 {percent}% 换了客群"),
        ),
    })
}

/// What all bring, and whose share changed most.
fn value(refit: &SharedRefit) -> Option<Text> {
    let change = refit.value_change.known();
    let shares = |account: &SharedAccount| Some((account.value_share_before.known()?, account.value_share.known()?));
    let by = |account: &SharedAccount| shares(account).map_or(0.0, |(before, now)| now - before);
    let most = refit.accounts.iter().max_by(|a, b| by(a).abs().total_cmp(&by(b).abs()));
    let mut said = Vec::new();
    if let Some(change) = change {
        let percent = percent(change.abs());
        let (en, zh) = if change < 0.0 { ("less", "减少") } else { ("more", "增加") };
        said.push(Text::new(
            format!("all together bring {percent} {en} than before"),
            format!("价值总额比之前{zh} {percent}"),
        ));
    }
    let told = most.and_then(|one| one.segment.as_ref().zip(shares(one)));
    if let Some((name, (before, now))) = told.filter(|(_, (before, now))| (now - before).abs() >= TELLING) {
        let [before, now] = [before, now].map(percent);
        said.push(Text::new(
            format!("{} {} brings {now} of it, before {before}", name.segment_id, name.name.en),
            format!("{} {} 占 {now}，之前占 {before}", name.segment_id, name.name.zh),
        ));
    }
    (!said.is_empty()).then(|| joined(&said, "; ", "；"))
}

/// What has drifted among all customers, and in how many segments.
fn drift(refit: &SharedRefit, words: Words<'_>) -> Option<Text> {
    let of_all: Vec<&SharedDrift> = refit.drifted.iter().filter(|drift| drift.segment.is_none()).collect();
    let segments = segments_that_drifted(refit);
    let mut said = Vec::new();
    if !of_all.is_empty() {
        let told = features(&of_all, words);
        said.push(Text::new(
            format!("drifted beyond chance: {}", told.en),
            format!("发生漂移（超出偶然）：{}", told.zh),
        ));
    }
    if !segments.is_empty() {
        let ids: Vec<String> = segments.iter().map(|name| name.segment_id.to_string()).collect();
        let (en, zh) = (ids.join(", "), ids.join("、"));
        said.push(Text::new(
            format!("the customers of {en} are not those of before"),
            format!("{zh} 的客户已与之前不同"),
        ));
    }
    (!said.is_empty()).then(|| joined(&said, "; ", "；"))
}

/// The old segments whose customers have drifted, each once.
fn segments_that_drifted(refit: &SharedRefit) -> Vec<&SharedName> {
    let mut found: Vec<&SharedName> = refit.drifted.iter().filter_map(|drift| drift.segment.as_ref()).collect();
    found.sort_by_key(|name| name.segment_id);
    found.dedup();
    found
}

/// A sentence for each old segment whose customers have drifted.
pub(super) fn drift_of_segments(refit: &SharedRefit, words: Words<'_>) -> Vec<Text> {
    let of = |name: &SharedName| {
        let own = refit.drifted.iter().filter(|drift| drift.segment.as_ref() == Some(name));
        let told = features(&own.collect::<Vec<_>>(), words);
        Text::new(
            format!("{} {}: {}", name.segment_id, name.name.en, told.en),
            format!("{} {}：{}", name.segment_id, name.name.zh, told.zh),
        )
    };
    segments_that_drifted(refit).into_iter().map(of).collect()
}

/// The first features with what became of them, and how many more there are.
fn features(drifted: &[&SharedDrift], words: Words<'_>) -> Text {
    let mut said: Vec<Text> = drifted.iter().take(NAMED).map(|drift| feature(drift, words)).collect();
    if drifted.len() > NAMED {
        let n = drifted.len() - NAMED;
        said.push(Text::new(format!("{n} more"), format!("另有 {n} 项")));
    }
    joined(&said, ", ", "，")
}

/// What became of a feature.
fn feature(drift: &SharedDrift, words: Words<'_>) -> Text {
    let Text { en, zh } = words(&drift.feature);
    let effect = |of: &str| match drift.effect.known() {
        Some(effect) => format!(" ({} {of})", decimal(Some(effect.abs()), 1)),
        None => String::new(),
    };
    let ends = drift.before.known().zip(drift.now.known());
    match (drift.measure, ends) {
        (Measure::Psi, Some((before, now))) if plain(before) != plain(now) => {
            let (up, up_zh) = if now > before { ("up", "升至") } else { ("down", "降至") };
            let (before, now) = (plain(before), plain(now));
            Text::new(
                format!("{en} {up} from {before} to {now}{}", effect("sd")),
                format!("{zh} 由 {before} {up_zh} {now}{}", effect("个标准差")),
            )
        }
        (Measure::Missing, Some((before, now))) => {
            let [before, now] = [before, now].map(whole_percent);
            Text::new(format!("{en} missing for {now}, before {before}"), format!("{zh} 缺失 {now}，之前 {before}"))
        }
        (Measure::Missing, None) => Text::new(format!("{en} missing for others"), format!("{zh} 的缺失情况不同")),
        _ => Text::new(format!("{en} distributed otherwise"), format!("{zh} 的分布不同")),
    }
}

/// What the gate said when the run was recorded, and why; people may have moved the alias since.
fn decision(refit: &SharedRefit) -> Option<Text> {
    let gate = refit.gate.as_ref()?;
    let alias = &gate.alias;
    if gate.decision == Decision::Promote {
        let n = gate.rules.iter().filter(|rule| rule.passed.is_some()).count();
        return Some(Text::new(
            format!("passed the gate of {alias}: all {n} rules that apply hold"),
            format!("通过 {alias} 的门槛：适用的 {n} 条规则全部满足"),
        ));
    }
    let reasons = joined(&refit.failed(), "; ", "；");
    Some(Text::new(
        format!("held by the gate of {alias}: {}", reasons.en),
        format!("未通过 {alias} 的门槛：{}", reasons.zh),
    ))
}
