//! A recorded run as the pages of the report look at it: what may be shown, and beside it the run's own records, of which a page
//! shows a figure only where this view says so.

use std::path::Path;

use super::ReportError;
use crate::Language;
use crate::Text;
use crate::cluster::choose_eps::EpsAnswer;
use crate::cluster::choose_k::KRow;
use crate::compare::{
    Cell, Comparison, Direction, Matrix, Move, OutcomeRate, OutcomeReport, Target, Targets, TierReport,
};
use crate::label::{AttributeEffect, ClusterLabel, Labelled, NewSegment};
use crate::registry::{Charts, Run, RunRecord};
use crate::sharing::{Rules, Screen, SharedRun};

/// A run, read from its folder for pages.
#[derive(Debug, Clone)]
pub(super) struct Summary {
    /// What may be shown.
    pub(super) shared: SharedRun,
    /// `run.json`, its warnings as they may be shown.
    pub(super) run: RunRecord,
    /// `segments.json`, the ids of customers as they may be shown.
    pub(super) labelled: Labelled,
    /// Every tier against every clustering.
    pub(super) comparisons: Vec<Comparison>,
    /// Every tier by itself.
    pub(super) tiers: Vec<TierReport>,
    /// The segments, ranked as targets.
    pub(super) targets: Option<Targets>,
    /// The outcome per segment.
    pub(super) outcome: Option<OutcomeReport>,
    /// `charts.json`.
    pub(super) charts: Charts,
    /// The rules.
    pub(super) sharing: Rules,
    /// The run with the ids of customers as they may be shown.
    whole: Run,
}

impl Summary {
    /// Reads the run in `folder`.
    ///
    /// # Errors
    /// When a file is missing or was written by a version that is too different; when the secret for ids is not there.
    pub(super) fn read(folder: &Path) -> Result<Summary, ReportError> {
        let mut whole = Run::open(folder)?;
        let sharing = Rules::of(&whole.record.plan.report)?;
        let shared = SharedRun::of(&whole, &sharing);
        whole.record.warnings = shared.warnings.clone();
        let customers = whole.comparisons.moves.iter_mut().flat_map(|moves| &mut moves.customers);
        customers.for_each(|customer| customer.id = sharing.ids.shown(&customer.id));
        let clusterings = whole.labelled.clusterings.iter_mut();
        clusterings.flat_map(|clustering| &mut clustering.clusters).for_each(|cluster| hide_members(cluster, &sharing));
        let compared = whole.comparisons.clone();
        Ok(Summary {
            shared,
            run: whole.record.clone(),
            labelled: whole.labelled.clone(),
            comparisons: compared.comparisons,
            tiers: compared.tiers,
            targets: compared.targets,
            outcome: compared.outcome,
            charts: whole.charts.clone(),
            sharing,
            whole,
        })
    }

    fn screen(&self) -> Screen<'_> {
        Screen::of(&self.whole, &self.sharing)
    }

    /// The language of the run.
    pub(super) fn language(&self) -> Language {
        self.shared.language
    }

    /// Cells with fewer customers are held back.
    pub(super) fn min_cell(&self) -> u64 {
        self.sharing.min_cell
    }

    /// Whether size and value of the primary cluster at `position` (noise stands last) may be shown.
    pub(super) fn is_shown(&self, position: usize) -> bool {
        self.screen().is_shown(position)
    }

    /// [`is_shown`](Summary::is_shown) for a segment as a target.
    pub(super) fn target_is_shown(&self, target: &Target) -> bool {
        self.screen().target_is_shown(target)
    }

    /// Whether the reach of a segment tells of a handful of people.
    pub(super) fn gives_away(&self, target: &Target) -> bool {
        self.screen().gives_away(target)
    }

    /// Whether size and value of a candidate may be shown.
    pub(super) fn candidate_is_shown(&self, candidate: &NewSegment) -> bool {
        self.screen().candidate_is_shown(candidate)
    }

    /// Whether the members with this level may be shown.
    pub(super) fn level_is_shown(&self, cluster: &ClusterLabel, effect: &AttributeEffect) -> bool {
        self.screen().level_is_shown(cluster, effect)
    }

    /// Whether the share of the smallest cluster of a k may be shown.
    pub(super) fn smallest_is_shown(&self, row: &KRow) -> bool {
        self.screen().smallest_is_shown(row)
    }

    /// The noise of DBSCAN, where it may be shown.
    pub(super) fn shown_noise(&self) -> Option<u64> {
        self.screen().noise()
    }

    /// Whether the noise of an answer to eps may be shown.
    pub(super) fn noise_of_answer_is_shown(&self, answer: &EpsAnswer) -> bool {
        self.screen().noise_of_answer_is_shown(answer)
    }

    /// The sentences of a comparison that give no small cell away.
    pub(super) fn shown_sentences(&self, comparison: &Comparison) -> Vec<Text> {
        self.screen().sentences(comparison)
    }

    /// The counts of a comparison as they may be shown.
    pub(super) fn shown_counts(&self, comparison: &Comparison) -> Vec<Vec<Option<u64>>> {
        self.screen().counts(comparison)
    }

    /// The disagreement cells of a comparison that may be shown.
    pub(super) fn shown_disagreements<'a>(&self, comparison: &'a Comparison) -> Vec<&'a Cell> {
        self.screen().disagreements(comparison)
    }

    /// The customers of every cell of a matrix as they may be shown.
    pub(super) fn shown_cells(&self, matrix: &Matrix) -> Vec<Option<u64>> {
        self.screen().cells(matrix)
    }

    /// The customers of a direction that may be listed.
    pub(super) fn shown_moves(&self, direction: Direction) -> Vec<&Move> {
        self.screen().moves(direction)
    }

    /// The segments of the outcome, and whether each may be shown.
    pub(super) fn outcome_rates(&self) -> Vec<(&OutcomeRate, bool)> {
        self.screen().outcome_rates()
    }
}

/// Takes members out of a cluster that may not be shown, and hides the ids of the others.
fn hide_members(cluster: &mut ClusterLabel, sharing: &Rules) {
    if sharing.count(cluster.size as u64).is_none() {
        cluster.representatives.clear();
        cluster.representative_ids.clear();
    }
    if sharing.ids.are_hashed() {
        // Row numbers are ids too.
        cluster.representatives.clear();
        cluster.representative_ids.iter_mut().for_each(|id| *id = sharing.ids.shown(id));
    }
}
