//! What decides which figures of a run may be shown. Every decision is made here; the other files of the folder say what is
//! shown where.

use super::agreement::{no_indices, shown_indices};
use super::segment_parts::SegmentParts;
use super::{Rules, Tables};
use crate::Text;
use crate::cluster::choose_eps::EpsAnswer;
use crate::cluster::choose_k::KRow;
use crate::compare::{
    Comparison, Direction, DisagreementCell, Estimate, Indices, Matrix, MatrixCell, Move, NoisePolicy, ShownCells,
    Spread, Target,
};
use crate::config::Algorithm;
use crate::label::{ClusterLabel, FoundIn, NewSegment};
use crate::metrics::ClusterId;
use crate::registry::Run;

/// Customers listed for each direction.
const MOVES: usize = 20;

/// A run behind the rules of what may be shown of it.
pub(crate) struct Screen<'a> {
    pub(crate) run: &'a Run,
    pub(crate) rules: &'a Rules,
    pub(super) tables: Tables,
    pub(super) parts: SegmentParts<'a>,
}

impl<'a> Screen<'a> {
    pub(crate) fn of(run: &'a Run, rules: &'a Rules) -> Self {
        let tables = Tables::of(run, rules);
        let mut screen = Screen { run, rules, tables, parts: SegmentParts::default() };
        screen.parts = screen.segment_parts();
        screen
    }

    /// The clusters of the primary clustering in order, noise last if there is any.
    pub(crate) fn clusters(&self) -> &'a [ClusterLabel] {
        self.run.labelled.primary().map_or(&[], |primary| &primary.clusters)
    }

    /// The categories that count in distances.
    pub(crate) fn categories(&self) -> impl Iterator<Item = &'a str> {
        self.run.labelled.attributes.iter().filter(|one| one.clustered).map(|one| one.name.as_str())
    }

    /// Whether a number of customers that is no part of a table is none, or no handful.
    pub(super) fn is_no_handful(&self, customers: u64) -> bool {
        self.rules.count(customers).is_some()
    }

    /// Whether size and value of the primary cluster at `position` (noise stands last) may be shown: it is no small cell,
    /// and covers none.
    pub(crate) fn is_shown(&self, position: usize) -> bool {
        self.primary_sizes().get(position).is_none_or(Option::is_some)
    }

    fn primary_sizes(&self) -> Vec<Option<u64>> {
        let primary = self.run.labelled.primary();
        primary.map_or_else(Vec::new, |primary| self.sizes_of(primary.algorithm))
    }

    /// Whether the value of a cluster of the primary clustering may be shown: one customer's it is not, and it covers none.
    pub(crate) fn value_is_shown(&self, cluster: &ClusterLabel) -> bool {
        let primary = self.run.labelled.primary();
        primary.is_none_or(|primary| self.tables.shows_cluster_value(primary.algorithm, cluster.cluster))
    }

    /// [`Screen::value_is_shown`] for the segment with this id; another id is no segment and stands alone.
    pub(crate) fn segment_value_is_shown(&self, id: &str) -> bool {
        let cluster = self.clusters().iter().find(|cluster| cluster.id.as_deref() == Some(id));
        cluster.is_none_or(|cluster| self.value_is_shown(cluster))
    }

    /// Whether the value of a class of a tier may be shown.
    pub(crate) fn class_value_is_shown(&self, tier: &str, class: &str) -> bool {
        self.tables.shows_class_value(tier, class)
    }

    /// Whether one customer has so much of a sum of the best of a column that the sum is as good as that value.
    pub(crate) fn is_one_customers(&self, column: &str, sum: f64) -> bool {
        let audit = self.run.record.input.audit.numeric.iter().find(|audit| audit.name == column);
        let largest = audit.and_then(|audit| audit.max).unwrap_or(0.0);
        self.rules.dominance < 1.0 && largest >= self.rules.dominance * sum
    }

    /// Whether the value of a cell may be shown.
    pub(crate) fn cell_value_is_shown(&self, comparison: &Comparison, cell: &DisagreementCell) -> bool {
        self.tables.shows_value(comparison, &cell.tier, cell.cluster)
    }

    /// Whether the value of every cell of a comparison may be shown.
    pub(crate) fn values(&self, comparison: &Comparison) -> Vec<Vec<bool>> {
        let table = &comparison.contingency;
        let row = |tier: &String| {
            table.clusters.iter().map(|&cluster| self.tables.shows_value(comparison, tier, cluster)).collect()
        };
        table.tiers.iter().map(row).collect()
    }

    /// [`Screen::is_shown`] for a cluster of the primary clustering.
    pub(crate) fn cluster_is_shown(&self, cluster: &ClusterLabel) -> bool {
        let position = self.clusters().iter().position(|other| other.cluster == cluster.cluster);
        position.is_none_or(|position| self.is_shown(position))
    }

    /// A score of a cluster, to one digit where its size is held back: it is made of shares of members.
    pub(crate) fn coarse_score(&self, cluster: Option<&ClusterLabel>, score: Option<f64>) -> Option<f64> {
        score.map(|score| cluster.map_or(score, |cluster| self.coarse(cluster, score)))
    }

    /// A figure made of shares of members, to one digit where the size of the cluster is held back: more would tell of how many
    /// they are shares.
    pub(crate) fn coarse(&self, cluster: &ClusterLabel, figure: f64) -> f64 {
        if self.cluster_is_shown(cluster) { figure } else { (10.0 * figure).round() / 10.0 }
    }

    /// Whether a cluster is a handful of people, of whom nothing but the name is told.
    pub(crate) fn is_small(&self, cluster: &ClusterLabel) -> bool {
        (cluster.size as u64) < self.rules.min_cell
    }

    /// [`Screen::is_shown`] for the segment with this id; another id is no segment and stands alone.
    fn segment_is_shown(&self, id: &str) -> bool {
        let position = self.clusters().iter().position(|cluster| cluster.id.as_deref() == Some(id));
        position.is_none_or(|position| self.is_shown(position))
    }

    /// Whether size and value of a segment as a target may be shown.
    pub(crate) fn target_is_shown(&self, target: &Target) -> bool {
        self.segment_is_shown(&target.segment_id)
    }

    /// Whether size and value of a candidate may be shown.
    pub(crate) fn candidate_is_shown(&self, candidate: &NewSegment) -> bool {
        let covers = match candidate.found_in {
            FoundIn::Clustering(algorithm) => {
                self.sizes_of(algorithm).get(candidate.cluster.index()).is_some_and(Option::is_none)
            }
            _ => false,
        };
        self.is_no_handful(candidate.size as u64) && !covers && self.segment_is_shown(&candidate.id)
    }

    /// Whether the value of a candidate may be shown.
    pub(crate) fn candidate_value_is_shown(&self, candidate: &NewSegment) -> bool {
        let of_clustering = match candidate.found_in {
            FoundIn::Clustering(algorithm) => self.tables.shows_cluster_value(algorithm, Some(candidate.cluster)),
            _ => true,
        };
        self.candidate_is_shown(candidate) && of_clustering && self.segment_value_is_shown(&candidate.id)
    }

    /// Whether the share of the smallest cluster of a k may be shown.
    pub(crate) fn smallest_is_shown(&self, row: &KRow) -> bool {
        let is_chosen = row.k == self.run.record.kmeans.k && self.primary_sizes().iter().any(Option::is_none);
        self.is_no_handful(self.customers_of(row.smallest_share)) && !is_chosen
    }

    /// The customers behind a share of all that were clustered.
    fn customers_of(&self, share: f64) -> u64 {
        (share * self.run.record.input.n_clustered as f64).round() as u64
    }

    /// The sizes of the clusters of an algorithm as they may be shown, noise last if there is any.
    pub(super) fn sizes_of(&self, algorithm: Algorithm) -> Vec<Option<u64>> {
        let clusterings = &self.run.labelled.clusterings;
        let clustering = clusterings.iter().find(|clustering| clustering.algorithm == algorithm);
        let sizes = self.tables.sizes.iter().find(|(other, _)| *other == algorithm);
        clustering.zip(sizes).map_or_else(Vec::new, |(clustering, (_, sizes))| {
            clustering.clusters.iter().map(|cluster| sizes.shown(&cluster.cluster)).collect()
        })
    }

    /// The sizes of the clusters of DBSCAN as they may be shown, noise last if there is any.
    pub(crate) fn density_sizes(&self) -> Vec<Option<u64>> {
        self.sizes_of(Algorithm::Dbscan)
    }

    /// Whether the size of a k-means cluster may be shown.
    pub(crate) fn kmeans_is_shown(&self, cluster: ClusterId) -> bool {
        self.sizes_of(Algorithm::KMeans).get(cluster.index()).is_none_or(Option::is_some)
    }

    /// The noise of DBSCAN; held back when it is a handful, or covers a small cluster or segment.
    pub(crate) fn noise(&self) -> Option<u64> {
        let dbscan = self.run.record.dbscan.as_ref()?;
        let of_density = match self.density_sizes() {
            ref sizes if sizes.len() > dbscan.n_clusters => sizes[dbscan.n_clusters],
            _ => self.rules.count(dbscan.n_noise as u64),
        };
        let noise = self.clusters().iter().position(|cluster| cluster.cluster.is_none());
        of_density.filter(|_| noise.is_none_or(|position| self.is_shown(position)))
    }

    /// Whether the noise of an answer to eps may be shown: it is not just a few customers, nor that of this run, held back.
    pub(crate) fn noise_of_answer_is_shown(&self, answer: &EpsAnswer) -> bool {
        self.is_no_handful(self.customers_of(answer.noise_share)) && self.noise().is_some()
    }

    /// The counts of a comparison as they may be shown.
    pub(crate) fn counts(&self, comparison: &Comparison) -> Vec<Vec<Option<u64>>> {
        self.tables.counts(comparison)
    }

    /// The sentences of a comparison that give no small cell away.
    pub(crate) fn sentences(&self, comparison: &Comparison) -> Vec<Text> {
        let [tiers, clusters] = self.tables.totals(comparison);
        let (counts, values, indices) = (&self.counts(comparison), &self.values(comparison), &self.indices(comparison));
        let told = self.tables.disagreeing(comparison);
        let shown = ShownCells {
            counts,
            values,
            tiers: &tiers,
            clusters: &clusters,
            indices,
            disagreeing: told.customers,
            disagreeing_value: told.value,
        };
        self.rules.sentences(comparison, shown)
    }

    /// The agreement indices of a comparison, as far as they leave its hidden cells hidden.
    pub(crate) fn indices(&self, comparison: &Comparison) -> Indices<Estimate> {
        // Without the noise it is a table of the same cells: two indices of it would be two equations.
        let is_second = comparison.noise_policy == NoisePolicy::Excluded && self.tables.has_noise(comparison);
        if is_second && self.tables.hides(comparison) {
            return no_indices();
        }
        match self.tables.whole(comparison) {
            Some((counts, shown, told)) => shown_indices(comparison, counts, shown, told, self.rules.min_cell),
            None => no_indices(),
        }
    }

    /// Whether the total of every tier in a table may be told.
    pub(crate) fn tier_totals(&self, comparison: &Comparison) -> Vec<bool> {
        let [tiers, _] = self.tables.totals(comparison);
        tiers
    }

    /// Whether the number of compared customers may be told.
    pub(crate) fn n_is_shown(&self, comparison: &Comparison) -> bool {
        self.tables.n_is_shown(comparison)
    }

    /// Customers of a tier, or without one, where they may be told.
    pub(crate) fn class(&self, tier: &str, class: Option<&str>) -> Option<u64> {
        self.tables.class(tier, class)
    }

    /// The customers without the tier of a comparison, where they may be told: they may cover a class.
    pub(crate) fn without_tier(&self, comparison: &Comparison) -> Option<u64> {
        let is_listed = self.run.comparisons.tiers.iter().any(|report| report.tier == comparison.tier);
        if is_listed { self.class(&comparison.tier, None) } else { self.rules.count(comparison.n_without_tier) }
    }

    /// The cells of a matrix (rows) in the clusters of a clustering.
    pub(crate) fn spread(&self, tier: &str, matrix: &Matrix, spread: &Spread) -> Vec<Vec<Option<u64>>> {
        let row = |cell: &MatrixCell| {
            let clusters = spread.clusters.iter();
            clusters.map(|&cluster| self.tables.cell((tier, &spread.clustering), &cell.tier, cluster)).collect()
        };
        matrix.cells.iter().map(row).collect()
    }

    /// k-means clusters against DBSCAN's.
    pub(crate) fn reconciled(
        &self,
        counts: &[Vec<u64>],
        kmeans: &[ClusterId],
        dbscan: &[Option<ClusterId>],
    ) -> Vec<Vec<Option<u64>>> {
        let kmeans: Vec<Option<ClusterId>> = kmeans.iter().copied().map(Some).collect();
        self.tables.both([Algorithm::KMeans, Algorithm::Dbscan], counts, [&kmeans, dbscan])
    }

    /// The disagreement cells of a comparison that may be shown, with their places in its list.
    pub(crate) fn disagreements<'c>(&self, comparison: &'c Comparison) -> Vec<(usize, &'c DisagreementCell)> {
        let table = &comparison.contingency;
        let shown = self.counts(comparison);
        let is_shown = |(_, cell): &(usize, &DisagreementCell)| {
            let tier = table.tiers.iter().position(|tier| *tier == cell.tier);
            let cluster = table.clusters.iter().position(|cluster| *cluster == cell.cluster);
            tier.zip(cluster).is_some_and(|(t, c)| shown[t][c].is_some())
        };
        comparison.disagreements.iter().enumerate().filter(is_shown).collect()
    }

    /// The first twenty customers of a direction whose cell is shown: it is no small one, and covers none.
    pub(crate) fn moves(&self, direction: Direction) -> Vec<&'a Move> {
        let Some(moves) = &self.run.comparisons.moves else { return Vec::new() };
        let of_moves = |c: &&Comparison| (&c.tier, &c.clustering) == (&moves.tier, &moves.clustering);
        let Some(comparison) = self.run.comparisons.comparisons.iter().find(of_moves) else { return Vec::new() };
        let table = &comparison.contingency;
        let segment = |cell: &DisagreementCell| {
            let column = table.clusters.iter().position(|cluster| *cluster == cell.cluster)?;
            Some(&table.cluster_names[column])
        };
        let shown: Vec<(&String, &Text)> = self
            .disagreements(comparison)
            .into_iter()
            .filter_map(|(_, cell)| Some((&cell.tier, segment(cell)?)))
            .collect();
        let is_shown = |m: &&Move| m.direction == direction && shown.contains(&(&m.tier, &m.segment));
        moves.customers.iter().filter(is_shown).take(MOVES).collect()
    }

    /// Whether it may be told how many look too low, and how many too high.
    pub(crate) fn moves_are_counted(&self) -> bool {
        self.tables.moves_are_told
    }
}
