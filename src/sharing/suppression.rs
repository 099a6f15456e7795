//! Small cells are not shown: whoever reads a shared table must not find a handful of people in it.

/// The counts of a table (rows × columns) as they may be shown; `None` where a cell is held back.
///
/// A cell with 1 … min_cell − 1 customers is held back. Where a row or column holds back exactly one cell, its total would give
/// that cell away, so its next smallest cell is held back too, until no row and no column is left with one (complementary
/// suppression). Zero is shown unless it has to cover another cell.
///
/// ```
/// use segmint::sharing::suppress;
/// let shown = suppress(&[vec![3, 200, 40], vec![90, 80, 70]], 10);
/// assert_eq!(shown, [vec![None, Some(200), None], vec![None, Some(80), None]]);
/// ```
pub fn suppress(counts: &[Vec<u64>], min_cell: u64) -> Vec<Vec<Option<u64>>> {
    let mut shown: Vec<Vec<Option<u64>>> = counts
        .iter()
        .map(|row| row.iter().map(|&count| (count == 0 || count >= min_cell).then_some(count)).collect())
        .collect();
    let n_columns = counts.first().map_or(0, Vec::len);
    let rows: Vec<Vec<(usize, usize)>> = (0..counts.len()).map(|r| (0..n_columns).map(|c| (r, c)).collect()).collect();
    let columns: Vec<Vec<(usize, usize)>> =
        (0..n_columns).map(|c| (0..counts.len()).map(|r| (r, c)).collect()).collect();
    loop {
        let mut changed = false;
        for line in rows.iter().chain(&columns) {
            let hidden = line.iter().filter(|&&(r, c)| shown[r][c].is_none()).count();
            if hidden != 1 {
                continue;
            }
            // Zero covers nothing people would miss, but it covers badly: a real cell goes first.
            let smallest = line.iter().filter_map(|&(r, c)| shown[r][c].map(|count| (count == 0, count, r, c))).min();
            if let Some((_, _, r, c)) = smallest {
                shown[r][c] = None;
                changed = true;
            }
        }
        if !changed {
            return shown;
        }
    }
}

/// Counts that add up to a known total, as they may be shown; see [`suppress`].
///
/// ```
/// use segmint::sharing::suppress_list;
/// assert_eq!(suppress_list(&[900, 40, 3], 10), [Some(900), None, None]);
/// ```
pub fn suppress_list(counts: &[u64], min_cell: u64) -> Vec<Option<u64>> {
    suppress(&[counts.to_vec()], min_cell).remove(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_small_cell_is_shown_and_none_can_be_computed_from_its_line(
            table in (1usize..6, 1usize..6).prop_flat_map(|(r, c)| prop::collection::vec(prop::collection::vec(0u64..40, c), r)),
        ) {
            let shown = suppress(&table, 10);
            for row in &shown {
                prop_assert!(row.iter().flatten().all(|&count| count == 0 || count >= 10));
            }
            let hidden = |line: Vec<Option<u64>>| line.iter().filter(|cell| cell.is_none()).count();
            for row in &shown {
                prop_assert!(hidden(row.clone()) != 1 || row.len() == 1);
            }
            for c in 0..table[0].len() {
                prop_assert!(hidden(shown.iter().map(|row| row[c]).collect()) != 1 || table.len() == 1);
            }
        }
    }
}
