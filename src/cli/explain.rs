//! `segmint explain`: why a customer is in its segment, exactly.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use super::args::Arguments;
use super::exit::{CliError, Failed};
use super::output::{print_json, print_text};
use super::{plan_if_any, registry_of};
use crate::Language;
use crate::compare::Comparisons;
use crate::load::{Fingerprint, Source};
use crate::model::{CentroidReason, Customer, FittedPipeline, NamedCluster, Reason, find_customer};
use crate::registry::RunFolder;
use crate::report::Table;

/// What of `run.json` says where the customers are.
#[derive(Deserialize)]
struct RunInput {
    input: Input,
}

#[derive(Deserialize)]
struct Input {
    path: PathBuf,
    fingerprint: Fingerprint,
}

pub(super) fn run(arguments: &Arguments, run: &str, customer: &str, from: Option<&Path>) -> Result<(), Failed> {
    let (registry, _) = registry_of(arguments)?;
    let run = registry.resolve(run)?;
    let model = FittedPipeline::load(&run.file("model.segmint"))?;
    let (source, fingerprint) = match from {
        Some(table) => (Source::open(table)?, None),
        None => {
            let RunInput { input } = read(&run, "run.json")?;
            // The recorded path is relative to where the run was started; from elsewhere the configuration knows.
            let path = match plan_if_any(arguments)? {
                Some(plan) if !input.path.exists() => plan.source.path,
                _ => input.path,
            };
            (Source::open(&path)?, Some(input.fingerprint))
        }
    };
    let found = find_customer(&model, &Arc::new(source), fingerprint.as_ref(), customer)?;
    let reason = model.reason(&found.raw)?;
    let expected = expected_tier(&run, &reason, &found)?;
    if arguments.json {
        return print_json(&json!({
            "customer": customer,
            "row": found.row,
            "tier": found.tier,
            "expected_tier": expected,
            "reason": reason,
        }));
    }
    print_text(&Page { language: model.language, customer, found: &found, expected }.text(&reason))
}

fn read<T: for<'de> Deserialize<'de>>(run: &RunFolder, file: &str) -> Result<T, CliError> {
    let path = run.file(file);
    let failed = |message: String| CliError::Input {
        message: format!("cannot read {}: {message}", path.display()),
        hint: "`segmint runs list` shows the runs that are whole".to_owned(),
    };
    let text = std::fs::read(&path).map_err(|error| failed(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))
}

/// The tier expected of the customer's segment, when the run compared tiers and the customer has one.
fn expected_tier(run: &RunFolder, reason: &Reason, found: &Customer) -> Result<Option<String>, CliError> {
    let comparisons: Comparisons = read(run, "comparison.json")?;
    let cluster = match reason.primary {
        crate::config::Algorithm::KMeans => reason.kmeans.as_ref().map(|kmeans| kmeans.cluster.cluster),
        crate::config::Algorithm::Dbscan => {
            reason.dbscan.as_ref().and_then(|dbscan| dbscan.cluster.as_ref()).map(|named| named.cluster)
        }
    };
    let of_segments = comparisons.comparisons.iter().find(|c| c.clustering == reason.primary.name());
    Ok(of_segments.filter(|_| found.tier.is_some()).zip(cluster).and_then(|(comparison, cluster)| {
        let column = comparison.contingency.clusters.iter().position(|other| *other == Some(cluster))?;
        comparison.expected_tiers[column].clone()
    }))
}

struct Page<'a> {
    language: Language,
    customer: &'a str,
    found: &'a Customer,
    expected: Option<String>,
}

impl Page<'_> {
    fn say<'w>(&self, en: &'w str, zh: &'w str) -> &'w str {
        match self.language {
            Language::En => en,
            Language::Zh => zh,
        }
    }

    fn text(&self, reason: &Reason) -> String {
        let mut lines = Vec::new();
        if !reason.dropped_for.is_empty() {
            let why = self.say("is in no segment, these values are missing:", "不属于任何客群,缺失以下数值:");
            lines.push(format!("{} {why} {}", self.customer, reason.dropped_for.join(", ")));
        }
        if let Some(kmeans) = &reason.kmeans {
            lines.extend(self.centroids(kmeans));
        }
        if let Some(dbscan) = &reason.dbscan {
            let cluster =
                dbscan.cluster.as_ref().map_or_else(|| self.say("noise", "噪声").to_owned(), |c| self.named(c));
            lines.push(format!("DBSCAN: {cluster} (eps {:.3}, min_samples {})", dbscan.eps, dbscan.min_samples));
        }
        if let Some(tier) = &self.found.tier {
            let mut line = format!("{} {tier}", self.say("tier", "等级"));
            if let Some(expected) = &self.expected {
                line.push_str(&format!("; {} {expected}", self.say("expected of this segment:", "该客群的预期等级:")));
            }
            lines.push(line);
        }
        lines.join("\n")
    }

    fn named(&self, cluster: &NamedCluster) -> String {
        let id = cluster.segment_id.clone().unwrap_or_else(|| format!("#{}", cluster.cluster.index()));
        let archetype = cluster.archetype.as_ref().map(|a| format!(" ({a})")).unwrap_or_default();
        format!("{id} {}{archetype}", cluster.name.get(self.language))
    }

    fn centroids(&self, kmeans: &CentroidReason) -> Vec<String> {
        let mut lines = vec![format!("{} → {}", self.customer, self.named(&kmeans.cluster))];
        let (Some(runner_up), Some(margin), Some(gap)) = (&kmeans.runner_up, kmeans.margin, kmeans.gap) else {
            return lines;
        };
        lines.push(format!(
            "{} {}, {} {margin:.3}, {} {gap:.3}",
            self.say("next nearest:", "次近:"),
            self.named(runner_up),
            self.say("margin", "间隔"),
            self.say("gap of squared distances", "平方距离之差")
        ));
        let mut table = Table::new([
            self.say("feature", "特征"),
            self.say("value", "数值"),
            self.say("own centroid", "所属质心"),
            self.say("next centroid", "次近质心"),
            self.say("vote", "投票"),
            self.say("share of gap", "占差额"),
        ]);
        let figure = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"));
        for term in &kmeans.features {
            let value = match (term.value, term.imputed) {
                (None, Some(imputed)) => format!("{imputed:.2} ({})", self.say("missing", "缺失")),
                (value, _) => figure(value),
            };
            table.row([
                term.feature.clone(),
                value,
                figure(term.centroid),
                figure(term.runner_up_centroid),
                term.term.map_or_else(|| "–".to_owned(), |term| format!("{term:+.3}")),
                term.share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0)),
            ]);
        }
        lines.extend([String::new(), table.to_string(), String::new()]);
        lines
    }
}
