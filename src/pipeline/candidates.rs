//! What may be new segments: unmatched clusters, dense groups among the noise, and how steady they are.

use super::PipelineError;
use crate::cluster::noise_groups::{NoiseGroups, NoiseSearch, SMALLEST_GROUP, noise_groups};
use crate::cluster::stability::{Stability, Steadiness, best_matches};
use crate::cluster::{Clustering, Clusterings, FoundDbscan, isolation};
use crate::config::{Algorithm, Plan};
use crate::label::{ClusterLabel, FoundIn, Labelled, LabelledClustering, NewSegments, NoiseLook};
use crate::matrix::TiledMatrix;
use crate::metrics::{ClusterId, Partition};
use crate::monitor::Monitor;
use crate::{Text, Warning};

/// Jaccard similarity from which two clusters are about the same customers.
const SAME: f64 = 0.5;
/// A candidate holds at most one in so many customers.
const LARGEST_PART: usize = 3;

/// What came of the look at the noise.
#[derive(Debug, Default)]
pub(super) struct Noise {
    /// Its dense groups.
    pub(super) groups: Option<NoiseGroups>,
    /// Why it was not searched, where there is noise.
    not_searched: Option<Warning>,
}

/// The search for new segments in one run.
pub(super) struct Search<'a> {
    pub(super) plan: &'a Plan,
    pub(super) matrix: &'a TiledMatrix,
    pub(super) clusterings: &'a Clusterings,
}

impl Search<'_> {
    /// Looks for dense groups among the noise of DBSCAN's clusters, where those are structure.
    pub(super) fn noise(&self, monitor: &Monitor) -> Result<Noise, PipelineError> {
        let is_structured = self.clusterings.is_structured(Algorithm::Dbscan);
        let Some(FoundDbscan { partition, evidence, .. }) = self.clusterings.dbscan().filter(|_| is_structured) else {
            return Ok(Noise::default());
        };
        let seed = self.plan.cluster.seed;
        let found = noise_groups(self.matrix, partition, evidence.chosen.min_samples, seed, monitor)?;
        let without = |en, zh| {
            let n_noise = partition.n_noise();
            Noise { groups: None, not_searched: (n_noise > 0).then(|| not_searched(n_noise, en, zh)) }
        };
        Ok(match found {
            NoiseSearch::Groups(groups) => Noise { groups: Some(groups), not_searched: None },
            NoiseSearch::TooLittle => without("there is too little of it", "噪声数量过少"),
            NoiseSearch::TooMuch => {
                without("it is more than half of the customers, so there is no remainder", "噪声超过客户的一半")
            }
        })
    }

    /// The candidates among named clusters; `of_noise` are the groups of the noise, named.
    pub(super) fn candidates(
        &self,
        labelled: &Labelled,
        noise: Noise,
        of_noise: &[ClusterLabel],
        monitor: &Monitor,
    ) -> Result<NewSegments, PipelineError> {
        let mut found = NewSegments::default();
        let is_searched = |found: &&LabelledClustering| {
            self.clusterings.get(found.algorithm).is_some_and(Clustering::has_stability)
                && (self.clusterings.is_structured(found.algorithm) || self.is_beside_others(found.algorithm))
        };
        if !labelled.clusterings.iter().any(|found| is_searched(&found)) {
            let message = Text::new(
                "no structure was found, so no cluster is a candidate for a new segment",
                "未发现聚类结构，因此没有候选新客群",
            );
            found.skipped.push(Warning::new("no_structure", message));
            return Ok(found);
        }
        let (primary, others): (Vec<_>, Vec<_>) =
            labelled.clusterings.iter().filter(is_searched).partition(|clustering| clustering.primary);
        for clustering in primary.into_iter().chain(others) {
            self.unmatched(clustering, labelled, &mut found, monitor)?;
        }
        if let Some(groups) = &noise.groups {
            self.of_noise(groups, labelled, of_noise, &mut found);
        }
        found.skipped.extend(noise.not_searched);
        Ok(found)
    }

    /// Whether `algorithm` is DBSCAN and found clusters that hold too little beside the largest to be held against references: a group
    /// of few customers is a candidate where it is apart.
    fn is_beside_others(&self, algorithm: Algorithm) -> bool {
        let dense = self.clusterings.dbscan().filter(|_| algorithm == Algorithm::Dbscan);
        dense.is_some_and(|dense| {
            let is_judged = dense.evidence.structure.as_ref().is_none_or(|structure| structure.references > 0);
            !is_judged && dense.partition.n_clusters() > 1
        })
    }

    /// Adds the unmatched clusters of one clustering that are candidates.
    fn unmatched(
        &self,
        clustering: &LabelledClustering,
        labelled: &Labelled,
        found: &mut NewSegments,
        monitor: &Monitor,
    ) -> Result<(), PipelineError> {
        let partition = &self.clustering(clustering.algorithm).partition;
        let mut sieve = Sieve::default();
        let is_unmatched = |label: &&ClusterLabel| label.cluster.is_some() && label.archetype.is_none();
        let mut finds: Vec<&ClusterLabel> = clustering.clusters.iter().filter(is_unmatched).collect();
        let n = self.matrix.n_customers();
        sieve.keep(&mut finds, Reason::Size, |label| label.share >= SMALLEST_GROUP && LARGEST_PART * label.size <= n);
        let isolated = match finds.is_empty() {
            true => Vec::new(),
            false => isolation(self.matrix, partition, self.plan.cluster.seed),
        };
        let of = |label: &ClusterLabel| label.cluster.and_then(|cluster| isolated[cluster.index()]);
        sieve.keep(&mut finds, Reason::Loose, |label| of(label).is_some_and(|one| one.is_compact()));
        sieve.keep(&mut finds, Reason::NotApart, |label| of(label).is_some_and(|one| one.is_apart()));
        let known = match finds.is_empty() || clustering.primary {
            true => Vec::new(),
            false => self.known(partition, labelled, found),
        };
        let is_known = |label: &ClusterLabel| label.cluster.and_then(|cluster| known.get(cluster.index()));
        sieve.keep(&mut finds, Reason::Known, |label| is_known(label).is_none_or(|known| !known));
        let stability = match finds.is_empty() {
            true => Vec::new(),
            false => self.stability(clustering.algorithm, found, monitor)?,
        };
        let steady = |label: &ClusterLabel| label.cluster.and_then(|cluster| stability[cluster.index()]);
        sieve.keep(&mut finds, Reason::Unstable, |label| steady(label).is_some_and(is_stable));
        found.skipped.extend(sieve.left_out(clustering.algorithm.name(), clustering.algorithm.name()));
        for label in finds {
            if let Some((stability, isolation)) = steady(label).zip(of(label)) {
                found.push(label, FoundIn::Clustering(clustering.algorithm), stability, isolation);
            }
        }
        Ok(())
    }

    /// Which clusters of `partition` are told already: they hold about the same customers as a segment, or most of their
    /// customers are in a segment that is a candidate.
    fn known(&self, partition: &Partition, labelled: &Labelled, found: &NewSegments) -> Vec<bool> {
        let Some(primary) = labelled.primary() else { return vec![false; partition.n_clusters()] };
        let segments = &self.clustering(primary.algorithm).partition;
        let mut is_candidate = vec![false; segments.n_clusters()];
        let of_segments = found.candidates.iter().filter(|one| one.found_in == FoundIn::Clustering(primary.algorithm));
        of_segments.for_each(|candidate| is_candidate[candidate.cluster.index()] = true);
        let mut n_inside = vec![0_usize; partition.n_clusters()];
        for (cluster, segment) in partition.labels().iter().zip(segments.labels()) {
            if let (Some(cluster), Some(segment)) = (cluster, segment)
                && is_candidate[segment.index()]
            {
                n_inside[cluster.index()] += 1;
            }
        }
        let sizes = partition.sizes();
        let alike = best_matches(partition, segments);
        // Segments that are slices tell of no group.
        let is_told = self.clusterings.is_structured(primary.algorithm);
        let is_same = |cluster: usize| is_told && alike[cluster].is_some_and(|same| same.jaccard >= SAME);
        (0..partition.n_clusters()).map(|c| is_same(c) || 2 * n_inside[c] > sizes[c]).collect()
    }

    /// Adds the groups of the noise that are candidates; they have to be apart from the clusters too.
    fn of_noise(&self, groups: &NoiseGroups, labelled: &Labelled, named: &[ClusterLabel], found: &mut NewSegments) {
        let mut finds: Vec<&ClusterLabel> = named.iter().filter(|group| group.archetype.is_none()).collect();
        found.noise = Some(NoiseLook {
            n_noise: groups.n_noise,
            eps: groups.eps,
            min_samples: groups.min_samples,
            n_groups: groups.partition.n_clusters(),
            n_known: groups.partition.n_clusters() - finds.len(),
            n_left_out: groups.n_left_out,
        });
        if finds.is_empty() {
            return;
        }
        let clusters = &self.clustering(Algorithm::Dbscan).partition;
        let n_clusters = clusters.n_clusters();
        let both = clusters.labels().iter().zip(groups.partition.labels());
        let joined =
            both.map(|(cluster, group)| cluster.or_else(|| Some(ClusterId::new(n_clusters + group.as_ref()?.index()))));
        let joined = Partition::new(joined.collect(), n_clusters + groups.partition.n_clusters());
        let isolated = isolation(self.matrix, &joined, self.plan.cluster.seed);
        let of = |label: &ClusterLabel| isolated[n_clusters + label.cluster?.index()];
        let steady = |label: &ClusterLabel| groups.stability[label.cluster?.index()];
        let known = self.known(&groups.partition, labelled, found);
        let mut sieve = Sieve::default();
        sieve.keep(&mut finds, Reason::Loose, |label| of(label).is_some_and(|one| one.is_compact()));
        sieve.keep(&mut finds, Reason::NotApart, |label| of(label).is_some_and(|one| one.is_apart()));
        sieve.keep(&mut finds, Reason::Known, |label| label.cluster.is_none_or(|group| !known[group.index()]));
        sieve.keep(&mut finds, Reason::Unstable, |label| steady(label).is_some_and(is_stable));
        found.skipped.extend(sieve.left_out("noise", "噪声"));
        for group in finds {
            if let Some((stability, isolation)) = steady(group).zip(of(group)) {
                found.push(group, FoundIn::Noise, stability, isolation);
            }
        }
    }

    /// The clustering by `algorithm`, one of those whose clusters were labelled or whose noise was searched.
    fn clustering(&self, algorithm: Algorithm) -> &Clustering {
        self.clusterings.get(algorithm).expect("labelled clusterings were found")
    }

    /// The stability of every cluster; when it was not measured, `found` says so.
    fn stability(
        &self,
        algorithm: Algorithm,
        found: &mut NewSegments,
        monitor: &Monitor,
    ) -> Result<Vec<Option<Stability>>, PipelineError> {
        let stability = self.clustering(algorithm).stability(self.matrix, &self.plan.cluster, monitor)?;
        if stability.iter().all(Option::is_none) {
            found.skipped.push(not_measured(stability.len()));
        }
        Ok(stability)
    }
}

fn not_searched(n_noise: usize, en: &str, zh: &str) -> Warning {
    let message = Text::new(
        format!("the noise was not searched for dense groups: {en}"),
        format!("未在噪声中搜索密集群体：{zh}"),
    );
    Warning::new("noise_not_searched", message).with("n_noise", n_noise)
}

/// Why an unmatched cluster is no candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    Size,
    Loose,
    NotApart,
    Known,
    Unstable,
}

impl Reason {
    fn key(self) -> &'static str {
        match self {
            Reason::Size => "size",
            Reason::Loose => "loose",
            Reason::NotApart => "not_apart",
            Reason::Known => "known",
            Reason::Unstable => "unstable",
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Reason::Size => ("too large or too small", "过大或过小"),
            Reason::Loose => ("loose", "过于松散"),
            Reason::NotApart => ("not apart from the others", "未与其他聚类分开"),
            Reason::Known => ("already in a segment", "已属于某一客群"),
            Reason::Unstable => ("not stable", "不稳定"),
        }
    }
}

/// Lets candidates through and counts the others.
#[derive(Default)]
struct Sieve(Vec<(Reason, usize)>);

impl Sieve {
    fn keep(&mut self, finds: &mut Vec<&ClusterLabel>, reason: Reason, passes: impl Fn(&ClusterLabel) -> bool) {
        let before = finds.len();
        finds.retain(|label| passes(label));
        if finds.len() < before {
            self.0.push((reason, before - finds.len()));
        }
    }

    /// How many clusters of `what` are no candidates, by reason.
    fn left_out(self, what: &'static str, what_zh: &str) -> Option<Warning> {
        let n: usize = self.0.iter().map(|(_, n)| n).sum();
        let list = |word: fn((&'static str, &'static str)) -> &'static str, gap: &str| {
            let parts = self.0.iter().map(|(reason, n)| format!("{n} {}", word(reason.words())));
            parts.collect::<Vec<String>>().join(gap)
        };
        let message = Text::new(
            format!("unmatched groups of {what} that are no candidates for new segments: {}", list(|w| w.0, ", ")),
            format!("{what_zh} 中不列为候选新客群的未匹配群体：{}", list(|w| w.1, "，")),
        );
        let warning = Warning::new("clusters_left_out", message).with("clustering", what).with("n_clusters", n);
        let warning = self.0.iter().fold(warning, |warning, &(reason, n)| warning.with(reason.key(), n));
        (n > 0).then_some(warning)
    }
}

fn is_stable(stability: Stability) -> bool {
    stability.verdict >= Steadiness::Valid
}

fn not_measured(n_clusters: usize) -> Warning {
    let message = Text::new(
        format!("stability was not measured, for {n_clusters} clusters: a sample holds too few customers of each"),
        format!("未评估 {n_clusters} 个聚类的稳定性：样本中每个聚类的客户过少"),
    );
    Warning::new("stability_not_measured", message).with("n_clusters", n_clusters)
}
