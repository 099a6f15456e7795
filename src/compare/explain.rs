use rayon::prelude::*;

use super::disagreement::CellCodes;
use super::expectation::Contrast;
use super::pairing::Pairing;
use super::sentences::reason;
use super::{CompareError, Comparison};
use crate::load::NumericColumns;
use crate::monitor::Monitor;

/// Features kept for a cell.
const KEPT: usize = 3;

/// Finds, for every disagreement cell, the features that set its customers apart, and writes them into the cell and its
/// reason. `pairing` is the one the comparison was made of.
///
/// A feature's position is the Mann-Whitney probability P(member > other) + ½ P(equal), in 0..1, ties exact, missing
/// values left out: against the other customers of the same tier, which ranks the features by |position − ½| and says
/// why these customers are where they are, and against the other customers of the same cluster, which says why their
/// tier differs.
///
/// One column is in memory at a time; cost: one sort and one pass a feature, whatever the number of cells.
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
    for feature in features {
        monitor.check()?;
        let values = columns.read(feature)?;
        let known = codes.of_rows(pairing).filter(|&(row, _)| !values[row].is_nan());
        let mut ranked: Vec<(u64, u32)> = known.map(|(row, code)| (sort_key(values[row]), code as u32)).collect();
        drop(values);
        ranked.par_sort_unstable_by_key(|&(key, _)| key);
        let positions = Positions::of(&ranked, shape);
        for (cell, &code) in comparison.disagreements.iter_mut().zip(&cells) {
            cell.features.push(Contrast {
                feature: feature.clone(),
                against_tier: positions.against_tier(code),
                against_cluster: positions.against_cluster(code),
            });
        }
        task.advance(1);
    }
    let names = comparison.contingency.clusters.iter().zip(&comparison.contingency.cluster_names);
    for cell in &mut comparison.disagreements {
        let distance = |c: &Contrast| c.against_tier.or(c.against_cluster).map_or(-1.0, |a| (a - 0.5).abs());
        cell.features.sort_by(|a, b| distance(b).total_cmp(&distance(a)));
        cell.features.truncate(KEPT);
        let (_, name) =
            names.clone().find(|&(&cluster, _)| cluster == cell.cluster).expect("a cell's cluster has a name");
        cell.reason = reason(cell, name);
    }
    Ok(())
}

/// An integer that sorts as the number does, −0 with 0.
fn sort_key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    bits ^ (((bits as i64 >> 63) as u64) | 1 << 63)
}

/// Mann-Whitney counts of one feature for every cell.
struct Positions {
    n_clusters: usize,
    in_cell: Vec<u64>,
    in_tier: Vec<u64>,
    in_cluster: Vec<u64>,
    /// Twice the pairs (member, other of the tier) in which the member is higher, ties once.
    above_tier: Vec<u128>,
    above_cluster: Vec<u128>,
}

impl Positions {
    /// From (key, cell code) in ascending order of the keys.
    fn of(ranked: &[(u64, u32)], (n_tiers, n_clusters): (usize, usize)) -> Self {
        let cells = n_tiers * n_clusters;
        let mut p = Positions {
            n_clusters,
            in_cell: vec![0; cells],
            in_tier: vec![0; n_tiers],
            in_cluster: vec![0; n_clusters],
            above_tier: vec![0; cells],
            above_cluster: vec![0; cells],
        };
        // customers with the value at hand
        let (mut cell_ties, mut tier_ties) = (vec![0u64; cells], vec![0u64; n_tiers]);
        let mut cluster_ties = vec![0u64; n_clusters];
        let mut touched = Vec::new();
        for tied in ranked.chunk_by(|a, b| a.0 == b.0) {
            for &(_, code) in tied {
                let code = code as usize;
                if cell_ties[code] == 0 {
                    touched.push(code);
                }
                cell_ties[code] += 1;
                tier_ties[code / n_clusters] += 1;
                cluster_ties[code % n_clusters] += 1;
            }
            for &code in &touched {
                let (members, lower_members) = (cell_ties[code], p.in_cell[code]);
                let wins = |lower: u64, ties: u64| {
                    u128::from(members) * u128::from(2 * (lower - lower_members) + (ties - members))
                };
                p.above_tier[code] += wins(p.in_tier[code / n_clusters], tier_ties[code / n_clusters]);
                p.above_cluster[code] += wins(p.in_cluster[code % n_clusters], cluster_ties[code % n_clusters]);
            }
            for code in touched.drain(..) {
                let members = std::mem::take(&mut cell_ties[code]);
                p.in_cell[code] += members;
                p.in_tier[code / n_clusters] += members;
                p.in_cluster[code % n_clusters] += members;
                tier_ties[code / n_clusters] = 0;
                cluster_ties[code % n_clusters] = 0;
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

    fn position(&self, code: usize, above: u128, group: u64) -> Option<f64> {
        let pairs = u128::from(self.in_cell[code]) * u128::from(group - self.in_cell[code]);
        (pairs > 0).then(|| above as f64 / 2.0 / pairs as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_numbers_do() {
        let ascending = [f64::MIN, -1.5, -1e-300, 0.0, 1e-300, 2.0, f64::MAX];
        assert!(ascending.windows(2).all(|pair| sort_key(pair[0]) < sort_key(pair[1])));
        assert_eq!(sort_key(-0.0), sort_key(0.0));
    }

    #[test]
    fn positions_equal_counting_every_pair() {
        let customers: Vec<(f64, u32)> =
            (0u32..60).map(|i| (f64::from(i * 7919 % 13), i * 31 % 6)).filter(|&(_, code)| code != 4).collect();
        let mut ranked: Vec<(u64, u32)> = customers.iter().map(|&(v, code)| (sort_key(v), code)).collect();
        ranked.sort_unstable();
        let positions = Positions::of(&ranked, (2, 3));
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
