//! A tier beside a clustering, and the comparison of the two.

use std::collections::BTreeSet;

use super::comparison::{AssignmentRecord, Comparison, ContingencyRecord, MatchedCell, NoisePolicy, is_chance};
use super::disagreement::{expected_tiers, is_small_part, lift, over_represented};
use super::sentences::{plain_reason, sentences};
use super::tally::Tally;
use super::{CompareError, DisagreementCell, Estimate, Index, Indices, OverRepresented, Resampling, estimate};
use crate::config::ComparePlan;
use crate::language::{counted, noun};
use crate::load::Levels;
use crate::matrix::RowMap;
use crate::metrics::{ClusterId, Contingency, Partition};
use crate::monitor::Monitor;
use crate::{Text, Warning};

/// A tier beside a clustering of the same customers.
#[derive(Clone, Copy)]
pub struct Pairing<'a> {
    /// The tier of every table row.
    pub tier: &'a Levels,
    /// Its values, best first; empty = they have no order, and there are no rank measures.
    pub tier_order: &'a [String],
    /// What the clustering is called, such as `kmeans`.
    pub clustering: &'a str,
    /// What becomes of customers in no cluster.
    pub noise: NoisePolicy,
    /// The cluster of every matrix row.
    pub partition: &'a Partition,
    /// Which table rows the matrix rows are.
    pub rows: &'a RowMap,
    /// What the clusters are called, one name a cluster.
    pub cluster_names: &'a [Text],
    /// The value of every table row, NaN where unknown.
    pub value: Option<&'a [f64]>,
}

/// Compares a tier with a clustering.
///
/// Customers without a tier are left out and counted; customers whose row was dropped before clustering have no cluster
/// and lower the coverage. An unknown value (NaN) adds nothing to the sums and does not count in the mean value that
/// orders the clusters; negative values count as they are. When the order leaves out a tier that occurs, a warning says
/// so and tau-b stays undefined. Uncertainty is that of [`estimate`], from random streams of this tier, clustering and
/// noise policy alone.
///
/// Cost: one pass over the customers; then whatever the indices cost, which does not depend on their number.
///
/// # Errors
/// [`CompareError::Stopped`] when the monitor says so.
///
/// # Panics
/// When tier, partition, rows, names and value are not of the same customers and clusters.
pub fn compare(
    pairing: &Pairing<'_>,
    plan: &ComparePlan,
    seed: u64,
    monitor: &Monitor,
) -> Result<Comparison, CompareError> {
    let Pairing { tier, partition, rows, value, .. } = *pairing;
    assert_eq!((tier.n_rows(), partition.n_rows()), (rows.n_table(), rows.n_matrix()), "one row a customer");
    assert_eq!(pairing.cluster_names.len(), partition.n_clusters(), "one name a cluster");
    let noise = (pairing.noise == NoisePolicy::OwnCluster && partition.n_noise() > 0).then_some(partition.n_clusters());
    let mut tally = Tally::new(tier.levels().len(), partition.n_clusters() + usize::from(noise.is_some()), value);
    for (matrix_row, label) in partition.labels().iter().enumerate() {
        let row = rows.table_row(matrix_row);
        tally.add(row, tier.code(row), label.map(ClusterId::index).or(noise));
    }
    let n_with_tier = (0..tier.n_rows()).filter(|&row| tier.code(row).is_some()).count() as u64;

    let mut clusters: Vec<Option<ClusterId>> = (0..partition.n_clusters()).map(|c| Some(ClusterId::new(c))).collect();
    let mut cluster_names = pairing.cluster_names.to_vec();
    if noise.is_some() {
        clusters.push(None);
        cluster_names.push(Text::new("noise", "噪声"));
    }
    let columns = Columns {
        clustering: pairing.clustering.to_owned(),
        noise_policy: pairing.noise,
        clusters,
        cluster_names,
        n_with_tier,
        n_without_tier: tier.n_rows() as u64 - n_with_tier,
    };
    conclude(tier, pairing.tier_order, tally, columns, plan, seed, monitor)
}

/// Compares two label columns of the same rows, such as the segments of two runs or a run and a tier file: `left` takes
/// the place of the tier, the levels of `right` that of the clusters.
///
/// Rows without a left label are left out and counted; rows without a right label lower the coverage.
///
/// # Errors
/// [`CompareError::Stopped`] when the monitor says so.
///
/// # Panics
/// When the columns have different lengths.
pub fn compare_assignments(
    left: &Levels,
    left_order: &[String],
    right: &Levels,
    value: Option<&[f64]>,
    plan: &ComparePlan,
    seed: u64,
    monitor: &Monitor,
) -> Result<Comparison, CompareError> {
    assert_eq!(left.n_rows(), right.n_rows(), "one row a customer");
    let n_clusters = right.levels().len();
    let mut tally = Tally::new(left.levels().len(), n_clusters, value);
    (0..left.n_rows()).for_each(|row| tally.add(row, left.code(row), right.code(row)));
    let n_with_tier = (0..left.n_rows()).filter(|&row| left.code(row).is_some()).count() as u64;
    let columns = Columns {
        clustering: right.name().to_owned(),
        noise_policy: NoisePolicy::Excluded,
        clusters: (0..n_clusters).map(|c| Some(ClusterId::new(c))).collect(),
        cluster_names: right.levels().iter().map(|level| Text::new(level, level)).collect(),
        n_with_tier,
        n_without_tier: left.n_rows() as u64 - n_with_tier,
    };
    conclude(left, left_order, tally, columns, plan, seed, monitor)
}

/// What the clusters are, and who is not in the table.
struct Columns {
    clustering: String,
    noise_policy: NoisePolicy,
    clusters: Vec<Option<ClusterId>>,
    cluster_names: Vec<Text>,
    n_with_tier: u64,
    n_without_tier: u64,
}

fn conclude(
    tier: &Levels,
    tier_order: &[String],
    tally: Tally<'_>,
    columns: Columns,
    plan: &ComparePlan,
    seed: u64,
    monitor: &Monitor,
) -> Result<Comparison, CompareError> {
    let mut warnings = Vec::new();
    let (codes, unlisted) = tiers_in_order(tier, tier_order, &tally);
    if !unlisted.is_empty() && !tier_order.is_empty() {
        warnings.push(unlisted_tiers(tier.name(), &unlisted));
    }
    if tally.n_without_value() > 0 {
        warnings.push(unknown_values(tier.name(), &columns.clustering, tally.n_without_value()));
    }
    let ordered = unlisted.is_empty() && !tier_order.is_empty();
    let ranks = if ordered { tally.cluster_ranks() } else { None };
    let table = tally.table(&codes);
    let tiers: Vec<String> = codes.iter().map(|&code| tier.levels()[code].clone()).collect();

    let stream = format!("{}/{}/{}", tier.name(), columns.clustering, columns.noise_policy.name());
    let resampling = Resampling { permutations: plan.permutations, bootstrap: plan.bootstrap, seed, stream: &stream };
    let indices: Indices<Estimate> = estimate(&table, ranks.as_deref(), &resampling, monitor)?;

    // What chance has put together expects nothing of anybody.
    let chance = is_chance(&indices);
    let expected = if chance { vec![None; table.n_clusters()] } else { expected_tiers(&table) };
    let mut comparison = Comparison {
        tier: tier.name().to_owned(),
        noise_policy: columns.noise_policy,
        n: table.n(),
        n_without_tier: columns.n_without_tier,
        coverage: share(table.n(), columns.n_with_tier),
        indices,
        best_assignment: best_assignment(&table, &tiers, &columns),
        expected_tiers: expected.iter().map(|tier| tier.map(|tier| tiers[tier].clone())).collect(),
        over_represented: if chance { Vec::new() } else { small_parts(&table, &tiers, &columns, &expected) },
        disagreements: disagreement_cells(&table, &tiers, &columns, &expected),
        contingency: ContingencyRecord {
            counts: (0..table.n_tiers()).map(|t| table.row(t).to_vec()).collect(),
            value: tally.has_value().then(|| values(&table)),
            largest: tally.largest(&codes),
            tiers,
            clusters: columns.clusters,
            cluster_names: columns.cluster_names,
        },
        clustering: columns.clustering,
        sentences: Vec::new(),
        warnings,
    };
    if Index::ALL.iter().all(|&index| comparison.indices.get(index).value.is_none()) {
        comparison.warnings.push(nothing_to_compare(&comparison));
    }
    comparison.sentences = sentences(&comparison, None);
    Ok(comparison)
}

fn share(customers: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| customers as f64 / of as f64)
}

/// The summed values of a table, tiers × clusters.
fn values(table: &Contingency) -> Vec<Vec<f64>> {
    let row = |t: usize| (0..table.n_clusters()).map(|c| table.value(t, c).unwrap_or(0.0)).collect();
    (0..table.n_tiers()).map(row).collect()
}

fn best_assignment(table: &Contingency, tiers: &[String], columns: &Columns) -> AssignmentRecord {
    let best = table.best_assignment();
    let matched_cell = |&(t, c): &(usize, usize)| MatchedCell {
        tier: tiers[t].clone(),
        cluster: columns.clusters[c],
        customers: table.count(t, c),
    };
    AssignmentRecord {
        matched: best.matched,
        share: share(best.matched, table.n()),
        pairs: best.pairs.iter().map(matched_cell).collect(),
    }
}

/// The tiers that are over-represented in a cluster but not expected of it, being too small a part of it.
fn small_parts(
    table: &Contingency,
    tiers: &[String],
    columns: &Columns,
    expected: &[Option<usize>],
) -> Vec<OverRepresented> {
    let mut over = over_represented(table);
    over.retain(|&(t, c)| expected[c] != Some(t) && is_small_part(table, t, c));
    let part = |(t, c): (usize, usize)| {
        let [lift, low, high] = lift(table, t, c);
        let customers = table.count(t, c);
        OverRepresented {
            tier: tiers[t].clone(),
            cluster: columns.clusters[c],
            customers,
            share: customers as f64 / table.cluster_totals()[c] as f64,
            lift,
            low,
            high,
        }
    };
    over.into_iter().map(part).collect()
}

/// The codes of the tiers that occur, in order, and those among them that the order leaves out.
fn tiers_in_order(tier: &Levels, tier_order: &[String], tally: &Tally<'_>) -> (Vec<usize>, Vec<String>) {
    let occurs = |code: &usize| tally.occurs(*code);
    let listed = tier_order.iter().filter_map(|name| tier.levels().iter().position(|level| level == name));
    let mut seen = BTreeSet::new();
    let mut codes: Vec<usize> = listed.filter(occurs).filter(|&code| seen.insert(code)).collect();
    let mut unlisted: Vec<usize> =
        (0..tier.levels().len()).filter(occurs).filter(|code| !seen.contains(code)).collect();
    unlisted.sort_by(|&a, &b| tier.levels()[a].cmp(&tier.levels()[b]));
    codes.extend(&unlisted);
    (codes, unlisted.into_iter().map(|code| tier.levels()[code].clone()).collect())
}

/// Every cell of a tier that is not the one expected of the cluster, most customers first.
fn disagreement_cells(
    table: &Contingency,
    tiers: &[String],
    columns: &Columns,
    expected: &[Option<usize>],
) -> Vec<DisagreementCell> {
    let mut cells = Vec::new();
    for (c, wanted) in expected.iter().enumerate() {
        let Some(wanted) = *wanted else { continue };
        for t in (0..table.n_tiers()).filter(|&t| t != wanted && table.count(t, c) > 0) {
            cells.push(DisagreementCell {
                tier: tiers[t].clone(),
                cluster: columns.clusters[c],
                expected_tier: tiers[wanted].clone(),
                customers: table.count(t, c),
                value: table.value(t, c),
                features: Vec::new(),
                reason: plain_reason(&columns.cluster_names[c], &tiers[t], &tiers[wanted]),
                rule: None,
            });
        }
    }
    cells.sort_by_key(|cell| std::cmp::Reverse(cell.customers));
    cells
}

fn unlisted_tiers(tier: &str, unlisted: &[String]) -> Warning {
    let list = unlisted.join(", ");
    let message = Text::new(
        format!("tier {tier:?} has values that compare.tier_order does not list ({list}); rank measures are left out"),
        format!("等级列“{tier}”含有 compare.tier_order 未列出的取值（{list}），不计算秩相关指标"),
    );
    Warning::new("tier_not_in_order", message).with("tier", tier).with("values", unlisted.to_vec())
}

fn unknown_values(tier: &str, clustering: &str, customers: u64) -> Warning {
    let message = Text::new(
        format!(
            "{} no known value, and nothing is added for {} to the value of tier {tier:?} or cluster",
            counted(customers, "customer has", "customers have"),
            noun(customers, "it", "them")
        ),
        format!("{customers} 名客户的金额未知，不计入其等级（“{tier}”）和聚类的金额"),
    );
    Warning::new("value_unknown", message)
        .with("tier", tier)
        .with("clustering", clustering)
        .with("customers", customers)
}

fn nothing_to_compare(comparison: &Comparison) -> Warning {
    let (tier, clustering) = (&comparison.tier, &comparison.clustering);
    let message = Text::new(
        format!("no customer has both a tier in {tier:?} and a {clustering} cluster; nothing was compared"),
        format!("没有客户同时具有“{tier}”等级和 {clustering} 聚类，未作比较"),
    );
    Warning::new("nothing_to_compare", message).with("tier", tier.as_str()).with("clustering", clustering.as_str())
}
