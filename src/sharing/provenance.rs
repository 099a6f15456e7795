use super::Screen;
use crate::config::{Origin, Plan};
use crate::registry::RunRecord;

/// What computed a run, and how it can be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedProvenance {
    /// The version of segmint.
    pub version: String,
    /// Operating system and processor family.
    pub platform: String,
    /// Seed of every random stream.
    pub seed: u64,
    /// BLAKE3 over the input, hexadecimal.
    pub fingerprint: String,
    /// The command that does it again.
    pub command: String,
    /// The keys of the plan in alphabetical order.
    pub settings: Vec<SharedSetting>,
}

/// A key of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
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
            // What a plan was read from is recorded beside it.
            command: Plan { origins: record.origins.clone(), ..record.plan.clone() }.command(),
            settings: settings(record),
        }
    }
}

fn settings(record: &RunRecord) -> Vec<SharedSetting> {
    let setting = |key: &str, origin: &Origin| SharedSetting {
        key: key.to_owned(),
        value: record.plan.text_of(key),
        origin: origin.to_string(),
    };
    record.origins.iter().map(|(key, origin)| setting(key, origin)).collect()
}
