use super::{SegmentRule, SegmentRules};
use crate::label::rule::{Grouping, Growth, RuleSample, RuleTree, conjunction, sql};
use crate::label::{LabelError, Labelled};
use crate::load::CustomerTable;
use crate::matrix::RowMap;
use crate::metrics::{ClusterId, Partition};
use crate::monitor::Monitor;

/// What the rules call customers in no segment.
pub const NOISE: &str = "noise";
/// Segments that rules are looked for, at most: a tree that tells more apart is nothing to read.
const MAX_SEGMENTS: usize = 32;

/// Learns the rules of the segments that `labelled` names, `partition` being the primary clustering and `features` the
/// clustered columns, and adds each to the portrait of its segment. Customers in no segment are a class of their own.
///
/// Every segment counts alike while the tree is grown, so that a small one is told apart too. Nothing is added with one
/// segment or with more than 32; a segment without a leaf has no rule.
///
/// Cost: one pass over every column, then a tree on at most 20,000 customers.
///
/// # Errors
/// As [`RuleSample::draw`].
pub fn add_rules(
    labelled: &mut Labelled,
    table: &CustomerTable,
    rows: &RowMap,
    features: &[String],
    partition: &Partition,
    seed: u64,
    monitor: &Monitor,
) -> Result<(), LabelError> {
    let Some(primary) = labelled.clusterings.iter_mut().find(|clustering| clustering.primary) else { return Ok(()) };
    let n_segments = partition.n_clusters();
    if !(2..=MAX_SEGMENTS).contains(&n_segments) {
        return Ok(());
    }
    let segments: Vec<String> =
        primary.clusters.iter().map(|cluster| cluster.id.clone().unwrap_or_else(|| NOISE.to_owned())).collect();
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); segments.len()];
    for (row, label) in partition.labels().iter().enumerate() {
        members[label.map_or(n_segments, ClusterId::index)].push(rows.table_row(row) as u32);
    }
    let grouping = Grouping { name: "segments", members: &members };
    let (numeric, categories) = table.part(features);
    let sample = RuleSample::draw(&grouping, &*table.numeric, &numeric, seed, monitor)?.with_categories(&categories);
    // As deep as it takes to tell so many apart, and one question more.
    let max_depth = segments.len().ilog2() as usize + 2;
    let identity: Vec<Option<usize>> = (0..segments.len()).map(Some).collect();
    let growth = Growth { max_depth, balanced: true, ..Growth::default() };
    let tree = sample.learn(&identity, segments.len(), &growth);
    for (class, cluster) in primary.clusters.iter_mut().enumerate() {
        if let Some(portrait) = &mut cluster.portrait {
            portrait.rule = segment_rule(&tree, class);
        }
    }
    labelled.rules = Some(SegmentRules { sql: tree.sql_case(&segments), segments, tree });
    Ok(())
}

/// The leaves of a class; the one that holds for most of its customers first.
fn segment_rule(tree: &RuleTree, class: usize) -> Option<SegmentRule> {
    let mut leaves: Vec<_> = tree.leaves_of(class).collect();
    leaves.sort_by(|a, b| b.recall.unwrap_or(0.0).total_cmp(&a.recall.unwrap_or(0.0)));
    let fidelity = &tree.classes[class];
    let parts: Vec<String> = leaves.iter().map(|leaf| format!("({})", sql(&leaf.conditions))).collect();
    (!leaves.is_empty()).then(|| SegmentRule {
        any_of: leaves.iter().map(|leaf| conjunction(&leaf.conditions)).collect(),
        sql: parts.join(" OR "),
        precision: fidelity.precision,
        recall: fidelity.recall,
        n_held_out: fidelity.n_held_out,
    })
}
