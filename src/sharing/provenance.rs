use serde_json::Value;

use super::Screen;
use crate::registry::RunRecord;

/// What computed a run, and how it can be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedProvenance {
    /// The version of segmint.
    pub version: String,
    /// Operating system and processor family.
    pub platform: String,
    /// Seed of every random stream.
    pub seed: u64,
    /// BLAKE3 over the input, hexadecimal.
    pub fingerprint: String,
    /// The keys of the plan in alphabetical order.
    pub settings: Vec<SharedSetting>,
}

/// A key of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedSetting {
    /// The key, such as `cluster.kmeans.k`.
    pub key: String,
    /// Its value as text; empty where there is none.
    pub value: String,
    /// Where that comes from: `default`, `FILE:LINE` or `--set`.
    pub origin: String,
}

impl SharedProvenance {
    pub(super) fn of(screen: &Screen<'_>) -> Self {
        let record = &screen.run.record;
        SharedProvenance {
            version: record.software.segmint.clone(),
            platform: record.software.platform.clone(),
            seed: record.seed,
            fingerprint: record.input.fingerprint.hash.clone(),
            settings: settings(record),
        }
    }
}

fn settings(record: &RunRecord) -> Vec<SharedSetting> {
    let plan = serde_json::to_value(&record.plan).expect("a plan has text keys");
    let value = |key: &str| match key.split('.').try_fold(&plan, |value, part| value.get(part)) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let setting = |key: &str| SharedSetting {
        key: key.to_owned(),
        value: value(key),
        origin: record.origins.of(key).to_string(),
    };
    record.origins.iter().map(|(key, _)| setting(key)).collect()
}
