use super::customers::CellCodes;
use crate::compare::sentences::reason;
use crate::compare::{CompareError, Comparison, Contrast, Pairing};
use crate::load::{IN_FLIGHT, NumericColumns, Sorted, in_rounds};
use crate::monitor::Monitor;

/// Features kept for a cell.
const KEPT: usize = 3;
/// Stands for the code of a customer who is in no cell.
const NOT_COMPARED: u32 = u32::MAX;

/// Finds, for every disagreement cell, the features that set its customers apart, and writes them into the cell and its
/// reason. `pairing` is the one the comparison was made of.
///
/// A feature's position is the Mann-Whitney probability P(member > other) + ½ P(equal), in 0..1, ties exact, missing
/// values left out: against the other customers of the same tier, which ranks the features by |position − ½| and says
/// why these customers are where they are, and against the other customers of the same cluster, which says why their
/// tier differs.
///
/// Two columns are in memory at a time; cost: one sort, where no stage before has sorted it, and one pass a feature, whatever the
/// number of cells.
///
/// # Errors
/// When a column cannot be read, or the monitor says so.
pub fn explain_cells(
    comparison: &mut Comparison,
    pairing: &Pairing<'_>,
    columns: &dyn NumericColumns,
    features: &[String],
    monitor: &Monitor,
) -> Result<(), CompareError> {
    if comparison.disagreements.is_empty() {
        return Ok(());
    }
    let codes = CellCodes::new(comparison, pairing);
    let cells = codes.of_cells(comparison);
    let shape = (comparison.contingency.tiers.len(), comparison.contingency.clusters.len());
    let task = monitor.task("disagreements", features.len() as u64);
    let mut code_of_row = vec![NOT_COMPARED; columns.n_rows()];
    codes.of_rows(pairing).for_each(|(row, code)| code_of_row[row] = code as u32);
    let contrasts = in_rounds(features, IN_FLIGHT, |_, feature| -> Result<Vec<Contrast>, CompareError> {
        monitor.check()?;
        let values = columns.read(feature)?;
        let positions = Positions::of(&columns.ascending(feature)?, &values, &code_of_row, shape);
        task.advance(1);
        let contrast = |&code: &usize| Contrast {
            feature: feature.clone(),
            against_tier: positions.against_tier(code),
            against_cluster: positions.against_cluster(code),
        };
        Ok(cells.iter().map(contrast).collect())
    })?;
    for of_feature in contrasts {
        for (cell, contrast) in comparison.disagreements.iter_mut().zip(of_feature) {
            cell.features.push(contrast);
        }
    }
    let names = comparison.contingency.clusters.iter().zip(&comparison.contingency.cluster_names);
    for cell in &mut comparison.disagreements {
        let distance = |c: &Contrast| c.against_tier.or(c.against_cluster).map_or(-1.0, |a| (a - 0.5).abs());
        cell.features.sort_by(|a, b| distance(b).total_cmp(&distance(a)));
        cell.features.truncate(KEPT);
        let (_, name) =
            names.clone().find(|&(&cluster, _)| cluster == cell.cluster).expect("a cell's cluster has a name");
        cell.reason = reason(cell, name, &|feature| columns.spoken(feature));
    }
    Ok(())
}

/// Mann-Whitney counts of one feature for every cell.
struct Positions {
    n_clusters: usize,
    in_cell: Vec<u64>,
    in_tier: Vec<u64>,
    in_cluster: Vec<u64>,
    /// Twice the pairs (member, other of the tier) in which the member is higher, ties once; at most n²/2, so they fit.
    above_tier: Vec<u64>,
    above_cluster: Vec<u64>,
}

impl Positions {
    /// From the value of every row and the code of its cell; `order` has the rows ascending by value.
    fn of(order: &[u32], values: &[f64], codes: &[u32], (n_tiers, n_clusters): (usize, usize)) -> Self {
        let cells = n_tiers * n_clusters;
        let mut p = Positions {
            n_clusters,
            in_cell: vec![0; cells],
            in_tier: vec![0; n_tiers],
            in_cluster: vec![0; n_clusters],
            above_tier: vec![0; cells],
            above_cluster: vec![0; cells],
        };
        let places: Vec<(usize, usize)> = (0..cells).map(|code| (code / n_clusters, code % n_clusters)).collect();
        // customers with the value at hand
        let (mut cell_ties, mut tier_ties) = (vec![0u64; cells], vec![0u64; n_tiers]);
        let mut cluster_ties = vec![0u64; n_clusters];
        let mut touched = Vec::new();
        let sorted = Sorted::new(order, values, |row| Some(codes[row]).filter(|&code| code != NOT_COMPARED));
        let mut first = 0;
        while first < sorted.len() {
            let end = sorted.end_of_ties(first);
            let ranks = std::mem::replace(&mut first, end)..end;
            if ranks.len() == 1 {
                // Nobody ties, as with nearly every value of a measured column.
                let code = sorted.tag(ranks.start) as usize;
                let (tier, cluster) = places[code];
                let lower_members = p.in_cell[code];
                p.above_tier[code] += 2 * (p.in_tier[tier] - lower_members);
                p.above_cluster[code] += 2 * (p.in_cluster[cluster] - lower_members);
                p.in_cell[code] += 1;
                p.in_tier[tier] += 1;
                p.in_cluster[cluster] += 1;
                continue;
            }
            for code in ranks.map(|i| sorted.tag(i) as usize) {
                if cell_ties[code] == 0 {
                    touched.push(code);
                }
                cell_ties[code] += 1;
                tier_ties[places[code].0] += 1;
                cluster_ties[places[code].1] += 1;
            }
            for &code in &touched {
                let (tier, cluster) = places[code];
                let (members, lower_members) = (cell_ties[code], p.in_cell[code]);
                let wins = |lower: u64, ties: u64| members * (2 * (lower - lower_members) + (ties - members));
                p.above_tier[code] += wins(p.in_tier[tier], tier_ties[tier]);
                p.above_cluster[code] += wins(p.in_cluster[cluster], cluster_ties[cluster]);
            }
            for code in touched.drain(..) {
                let (tier, cluster) = places[code];
                let members = std::mem::take(&mut cell_ties[code]);
                p.in_cell[code] += members;
                p.in_tier[tier] += members;
                p.in_cluster[cluster] += members;
                (tier_ties[tier], cluster_ties[cluster]) = (0, 0);
            }
        }
        p
    }

    fn against_tier(&self, code: usize) -> Option<f64> {
        self.position(code, self.above_tier[code], self.in_tier[code / self.n_clusters])
    }

    fn against_cluster(&self, code: usize) -> Option<f64> {
        self.position(code, self.above_cluster[code], self.in_cluster[code % self.n_clusters])
    }

    fn position(&self, code: usize, above: u64, group: u64) -> Option<f64> {
        let pairs = self.in_cell[code] * (group - self.in_cell[code]);
        (pairs > 0).then(|| above as f64 / 2.0 / pairs as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::ascending;

    #[test]
    fn positions_equal_counting_every_pair() {
        let customers: Vec<(f64, u32)> =
            (0u32..60).map(|i| (f64::from(i * 7919 % 13), i * 31 % 6)).filter(|&(_, code)| code != 4).collect();
        let (values, codes): (Vec<f64>, Vec<u32>) = customers.iter().copied().unzip();
        let positions = Positions::of(&ascending(&values), &values, &codes, (2, 3));
        let by_hand = |code: u32, same: fn(u32, u32) -> bool| {
            let members = customers.iter().filter(|&&(_, c)| c == code);
            let others: Vec<f64> =
                customers.iter().filter(|&&(_, c)| c != code && same(c, code)).map(|&(v, _)| v).collect();
            let wins = members
                .clone()
                .flat_map(|&(v, _)| others.iter().map(move |&o| (v > o) as u8 as f64 + 0.5 * (v == o) as u8 as f64));
            let pairs = members.count() * others.len();
            (pairs > 0).then(|| wins.sum::<f64>() / pairs as f64)
        };
        for code in 0..6 {
            assert_eq!(positions.against_tier(code as usize), by_hand(code, |a, b| a / 3 == b / 3), "{code}");
            assert_eq!(positions.against_cluster(code as usize), by_hand(code, |a, b| a % 3 == b % 3), "{code}");
        }
        assert_eq!(positions.against_tier(4), None);
    }
}
