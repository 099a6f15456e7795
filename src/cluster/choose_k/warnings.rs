//! What the choice of k lets the user know.

use super::admissible::min_share;
use super::structure::Structure;
use super::table::KRow;
use crate::config::KRange;
use crate::language::counted;
use crate::matrix::TiledMatrix;
use crate::{Text, Warning};

/// The table cannot fill the largest k of the range.
pub(super) fn range_capped(matrix: &TiledMatrix, range: KRange, most: usize) -> Warning {
    let (n, low, high) = (matrix.n_customers(), range.low(), range.high());
    Warning::new(
        "k_range_capped",
        Text::new(
            format!("k_range = [{low}, {high}] ends at k = {most}: {n} customers, too few distinct rows for more"),
            format!("k_range = [{low}, {high}] 截至 k = {most}：共 {n} 位客户，不同的行不足以支持更多聚类"),
        ),
    )
    .with("low", low)
    .with("high", high)
    .with("most", most)
    .with("customers", n)
}

/// A given k has more clusters than the table has distinct rows.
pub(super) fn fewer_than_given(wanted: usize, k: usize, n_customers: usize) -> Warning {
    Warning::new(
        "k_above_distinct_rows",
        Text::new(
            format!(
                "cluster.kmeans.k = {wanted} became {k}: the {n_customers} customers have {} of normalized features",
                counted(k as u64, "distinct row", "distinct rows")
            ),
            format!("cluster.kmeans.k = {wanted} 已改为 {k}：{n_customers} 位客户的标准化特征只有 {k} 种不同的行"),
        ),
    )
    .with("wanted", wanted)
    .with("k", k)
    .with("customers", n_customers)
}

/// What is odd about the chosen row.
pub(super) fn of_choice(table: &[KRow], chosen: usize, range: KRange) -> Vec<Warning> {
    let row = &table[chosen];
    let k = row.k;
    let mut warnings = Vec::new();
    if !row.admissible {
        let (percent, least) = (row.smallest_share * 100.0, min_share(k) * 100.0);
        warnings.push(
            Warning::new(
                "no_admissible_k",
                Text::new(
                    format!(
                        "every k leaves a cluster that is too small; at k = {k} the smallest has {percent:.2} % of the customers \
                         where {least:.2} % is the least"
                    ),
                    format!("任何 k 都会产生过小的聚类；k = {k} 时最小的聚类占客户总数的 {percent:.2}%，而下限为 {least:.2}%"),
                ),
            )
            .with("k", k)
            .with("smallest_share", row.smallest_share),
        );
    }
    // k = 2 has nothing below it; a higher first k has.
    if table.len() > 1 && (k == range.high() || k == range.low() && k > 2) {
        let (low, high) = (range.low(), range.high());
        warnings.push(
            Warning::new(
                "k_at_edge",
                Text::new(
                    format!("the chosen k = {k} is at the edge of k_range = [{low}, {high}]; a wider range may hold a better one"),
                    format!("所选 k = {k} 位于 k_range = [{low}, {high}] 的边缘；更宽的范围内可能有更好的 k"),
                ),
            )
            .with("k", k)
            .with("low", low)
            .with("high", high),
        );
    }
    warnings
}

/// The figures with three decimals, or as many more as tell a silhouette from its limit; `None` unless there are all.
fn told(silhouette: Option<f64>, reached: Option<f64>, limit: Option<f64>) -> Option<[String; 3]> {
    let (silhouette, reached, limit) = (silhouette?, reached?, limit?);
    let differ = |digits: &usize| format!("{silhouette:.digits$}") != format!("{limit:.digits$}");
    let digits = (3..=6).find(differ).unwrap_or(6);
    // Rounding leaves no minus before a zero.
    let unit = 10_f64.powi(digits as i32);
    Some([silhouette, reached, limit].map(|figure| format!("{:.digits$}", (figure * unit).round() / unit + 0.0)))
}

/// The customers cluster no better than tables without clusters, or on one mode.
pub(super) fn no_structure(structure: &Structure) -> Warning {
    let (k, silhouette) = (structure.k.unwrap_or(1), structure.silhouette);
    let (reached, limit) = (structure.highest_reference(), structure.threshold());
    let text = match told(silhouette, reached, limit) {
        Some(_) if structure.modes == Some(1) => Text::new(
            format!(
                "k-means found no cluster structure: on the ways between its {k} clusters the customers do not thin out, so they are \
                 slices of one mass, as of a bent band or of shares of a whole"
            ),
            format!(
                "k-means 未发现聚类结构：在 {k} 个聚类之间的路径上客户并不变稀疏，因此它们只是同一团数据的切片，\
                 例如弯曲的带状或占整体份额的数据"
            ),
        ),
        Some([silhouette, reached, limit]) => Text::new(
            format!(
                "k-means found no cluster structure: at k = {k} the silhouette is {silhouette}, and it would have to exceed {limit} \
                 (tables without clusters reach {reached} at this k); its clusters cannot be told from slices of one cloud"
            ),
            format!(
                "k-means 未发现聚类结构：k = {k} 时轮廓系数为 {silhouette}，须高于 {limit}（无聚类的参照数据在此 k 下可达 {reached}）；\
                 这些聚类与同一团数据的切片无法区分"
            ),
        ),
        None if silhouette.is_some() => Text::new(
            format!(
                "k-means found no cluster structure: every k leaves a cluster that is too small, also k = {k}, which is delivered"
            ),
            format!("k-means 未发现聚类结构：任何 k 都会产生过小的聚类，包括所采用的 k = {k}"),
        ),
        None => Text::new(
            "no cluster structure: all customers are in one k-means cluster",
            "未发现聚类结构：所有客户都在同一个 k-means 聚类中",
        ),
    };
    Warning::new("no_structure", text)
        .with("k", k)
        .with("silhouette", silhouette)
        .with("best_silhouette", structure.best_silhouette)
        .with("highest_reference", reached)
        .with("limit", limit)
        .with("modes", structure.modes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silhouette_is_told_apart_from_its_limit_and_is_no_negative_zero() {
        let of = |silhouette, limit| told(Some(silhouette), Some(0.25), Some(limit)).unwrap();
        assert_eq!(of(0.5, 0.75), ["0.500", "0.250", "0.750"]);
        assert_eq!(of(0.99996, 0.99999), ["0.99996", "0.25000", "0.99999"]);
        assert_eq!(of(-0.0001, 0.3), ["0.000", "0.250", "0.300"]);
        assert_eq!(told(Some(0.1), None, Some(0.2)), None);
    }
}
