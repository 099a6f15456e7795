use serde::Serialize;

use super::{Screen, Shown, warnings};
use crate::cluster::Isolation;
use crate::cluster::stability::Stability;
use crate::label::{FoundIn, NewSegment};
use crate::{Text, Warning};

/// What may be segments that no catalog knows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedCandidates {
    /// The candidates.
    pub candidates: Vec<SharedCandidate>,
    /// What was not looked for, or not measured, and why.
    pub skipped: Vec<Warning>,
}

/// A candidate for a new segment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedCandidate {
    /// `S01` … when it is a segment of the run, else `C01` ….
    pub id: String,
    /// What found it.
    pub found_in: FoundIn,
    /// In runs of earlier versions, the segment that holds about the same customers.
    pub same_as: Option<String>,
    /// Its generated name.
    pub name: Text,
    /// Its customers.
    pub size: Shown<usize>,
    /// Their share.
    pub share: Shown<f64>,
    /// The sum of the money column over them.
    pub value: Shown<Option<f64>>,
    /// Its part of that sum over all.
    pub value_share: Shown<Option<f64>>,
    /// Whether it comes back in bootstrap samples.
    pub stability: Option<Stability>,
    /// How compact it is, and how far apart.
    pub isolation: Option<Isolation>,
}

impl SharedCandidates {
    pub(super) fn of(screen: &Screen<'_>) -> Self {
        let found = &screen.run.labelled.new_segments;
        SharedCandidates {
            candidates: found.candidates.iter().map(|candidate| SharedCandidate::of(screen, candidate)).collect(),
            skipped: warnings::of_run(screen, &found.skipped),
        }
    }
}

impl SharedCandidate {
    fn of(screen: &Screen<'_>, candidate: &NewSegment) -> Self {
        let shown = screen.candidate_is_shown(candidate);
        let value = screen.candidate_value_is_shown(candidate);
        SharedCandidate {
            id: candidate.id.clone(),
            found_in: candidate.found_in,
            same_as: candidate.same_as.clone(),
            name: candidate.name.clone(),
            size: Shown::when(shown, candidate.size),
            share: Shown::when(shown, candidate.share),
            value: Shown::maybe(value, candidate.value),
            value_share: Shown::maybe(value, candidate.value_share),
            stability: candidate.stability,
            isolation: candidate.isolation,
        }
    }

    /// Whether no segment holds its customers already.
    pub fn is_news(&self) -> bool {
        self.id.starts_with('S') || self.same_as.is_none()
    }
}
