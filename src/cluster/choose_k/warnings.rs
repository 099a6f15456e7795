//! What the choice of k lets the user know.

use super::admissible::MIN_SHARE;
use super::structure::Structure;
use super::table::KRow;
use crate::matrix::TiledMatrix;
use crate::{Text, Warning};

/// The table cannot fill the largest k of the range.
pub(super) fn range_capped(matrix: &TiledMatrix, (low, high): (usize, usize), most: usize) -> Warning {
    let n = matrix.n_customers();
    Warning::new(
        "k_range_capped",
        Text::new(
            format!("k_range = [{low}, {high}] ends at k = {most}: {n} customers, too few distinct rows for more"),
            format!("k_range = [{low}, {high}] 截至 k = {most}:共 {n} 位客户,不同的行不足以支持更多簇"),
        ),
    )
    .with("low", low)
    .with("high", high)
    .with("most", most)
    .with("customers", n)
}

/// What is odd about the chosen row.
pub(super) fn of_choice(table: &[KRow], chosen: usize, range: (usize, usize)) -> Vec<Warning> {
    let row = &table[chosen];
    let k = row.k;
    let mut warnings = Vec::new();
    if !row.admissible {
        let percent = row.smallest_share * 100.0;
        warnings.push(
            Warning::new(
                "no_admissible_k",
                Text::new(
                    format!(
                        "every k leaves a cluster under {} % of the customers; at k = {k} the smallest has {percent:.2} %",
                        MIN_SHARE * 100.0
                    ),
                    format!(
                        "任何 k 都会产生不足客户总数 {} % 的簇;k = {k} 时最小的簇占 {percent:.2} %",
                        MIN_SHARE * 100.0
                    ),
                ),
            )
            .with("k", k)
            .with("smallest_share", row.smallest_share),
        );
    }
    // k = 2 has nothing below it; a higher first k has.
    if table.len() > 1 && (k == range.1 || k == range.0 && k > 2) {
        let (low, high) = range;
        warnings.push(
            Warning::new(
                "k_at_edge",
                Text::new(
                    format!("the chosen k = {k} is at the edge of k_range = [{low}, {high}]; a wider range may hold a better one"),
                    format!("所选 k = {k} 位于 k_range = [{low}, {high}] 的边缘;更宽的范围内可能有更好的 k"),
                ),
            )
            .with("k", k)
            .with("low", low)
            .with("high", high),
        );
    }
    warnings
}

/// The customers cluster no better than tables without clusters.
pub(super) fn no_structure(structure: &Structure) -> Warning {
    let best = structure.best_silhouette;
    let reference = structure.threshold();
    let text = match (best, reference) {
        (Some(best), Some(reference)) => Text::new(
            format!(
                "no cluster structure: the best silhouette is {best:.3}, tables without clusters reach {reference:.3}; \
                 the clusters are slices of one cloud"
            ),
            format!(
                "未发现聚类结构:最佳轮廓系数为 {best:.3},无簇的参照数据可达 {reference:.3};这些簇只是同一团数据的切片"
            ),
        ),
        _ => Text::new(
            "no cluster structure: no k of at least two clusters gives each of them 1 % of the customers",
            "未发现聚类结构:没有任何 k(至少两个簇)能使每个簇都包含 1 % 的客户",
        ),
    };
    Warning::new("no_structure", text).with("best_silhouette", best).with("highest_reference", reference)
}
