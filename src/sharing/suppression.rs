//! Small cells are not shown: whoever reads a shared table must not find a handful of people in it, nor compute one.

use super::covers::{Asked, is_small};
use super::settled::{Line, Settled};

/// The counts of a table (rows × columns) as they may be shown; `None` where a cell is held back.
///
/// A cell with 1 … min_cell − 1 customers is held back, and with it the cells that would give it away (complementary suppression):
/// every total of a row or a column is taken for known, and whatever else is hidden, the interval that this leaves to every
/// hidden cell is at least `min_cell` wide. It is hidden on a cycle of hidden cells, then, each of which has enough to give; the
/// cycle with the fewest further cells is taken, and of these the one with the fewest customers. Zero is shown unless it has to
/// cover another cell. Where nothing smaller does, or finding it takes too long, the whole table is held back.
///
/// ```
/// use segmint::sharing::suppress;
/// let shown = suppress(&[vec![3, 200, 40], vec![90, 80, 70]], 10);
/// assert_eq!(shown, [vec![None, Some(200), None], vec![None, Some(80), None]]);
/// ```
pub fn suppress(counts: &[Vec<u64>], min_cell: u64) -> Vec<Vec<Option<u64>>> {
    if let [row] = counts {
        return vec![suppress_list(row, min_cell)];
    }
    let n_columns = counts.first().map_or(0, Vec::len);
    if n_columns == 1 {
        let shown = suppress_list(&counts.concat(), min_cell);
        return shown.into_iter().map(|count| vec![count]).collect();
    }
    suppress_lines(counts, &vec![Line::Listed; counts.len()], &vec![Line::Listed; n_columns], min_cell)
}

/// Counts that add up to a known total, as they may be shown: small ones are held back, then the smallest of the others, until
/// those that are held back are several and hold `min_cell` customers together; see [`suppress`].
///
/// ```
/// use segmint::sharing::suppress_list;
/// assert_eq!(suppress_list(&[900, 40, 3], 10), [Some(900), None, None]);
/// assert_eq!(suppress_list(&[900, 80, 4, 3], 10), [Some(900), None, None, None]);
/// ```
pub fn suppress_list(counts: &[u64], min_cell: u64) -> Vec<Option<u64>> {
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|&i| (counts[i] == 0, counts[i]));
    let mut shown: Vec<Option<u64>> = counts.iter().map(|&count| Some(count)).collect();
    let (mut hidden, mut customers) = (0, 0);
    for i in order {
        let is_small = is_small(counts[i], min_cell);
        if is_small || hidden == 1 || (hidden > 0 && customers < min_cell) {
            shown[i] = None;
            hidden += 1;
            customers += counts[i];
        }
    }
    shown
}

/// [`suppress`] for a table not every total of which is shown.
pub(crate) fn suppress_lines(
    counts: &[Vec<u64>],
    rows: &[Line],
    columns: &[Line],
    min_cell: u64,
) -> Vec<Vec<Option<u64>>> {
    let shown = Settled::of(counts, rows, columns, |_, count| Asked::of_count(count, min_cell)).shown;
    let row = |(counts, shown): (&Vec<u64>, Vec<bool>)| {
        counts.iter().zip(shown).map(|(&count, shown)| shown.then_some(count)).collect()
    };
    counts.iter().zip(shown).map(row).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::interval::OpenTable;
    use super::*;

    /// The widest interval that whole tables with these totals leave a cell of a table of which everything is hidden.
    fn widest(table: &[Vec<u64>], r: usize, c: usize) -> u64 {
        let n: u64 = table.iter().flatten().sum();
        let (row, column): (u64, u64) = (table[r].iter().sum(), table.iter().map(|row| row[c]).sum());
        row.min(column) - (row + column).saturating_sub(n)
    }

    fn tables() -> impl Strategy<Value = Vec<Vec<u64>>> {
        let cell = prop_oneof![3 => 0u64..15, 2 => 15u64..90, 1 => Just(0)];
        (2usize..6, 2usize..6)
            .prop_flat_map(move |(r, c)| prop::collection::vec(prop::collection::vec(cell.clone(), c), r))
    }

    proptest! {
        #[test]
        fn no_small_cell_is_shown_and_no_hidden_one_can_be_narrowed_down(table in tables()) {
            let shown = suppress(&table, 10);
            let mut open = OpenTable::new(&table);
            for (r, row) in shown.iter().enumerate() {
                prop_assert!(row.iter().flatten().all(|&count| count == 0 || count >= 10));
                row.iter().enumerate().filter(|(_, cell)| cell.is_none()).for_each(|(c, _)| open.hide(r * row.len() + c));
            }
            let is_whole = shown.iter().flatten().all(Option::is_none);
            for cell in open.hidden() {
                let (r, c) = (cell / table[0].len(), cell % table[0].len());
                let [row, column] = open.totals(cell);
                let wanted = 10.min(row).min(column);
                // Of a table that is held back whole, totals tell what they tell.
                let wanted = if is_whole { wanted.min(widest(&table, r, c)) } else { wanted };
                prop_assert!(open.width(cell, 1000) >= wanted, "{table:?} {shown:?} {cell}");
            }
        }

        #[test]
        fn what_a_list_holds_back_is_several_parts_and_no_handful_together(
            list in prop::collection::vec(prop_oneof![0u64..12, 10u64..300], 2..9),
        ) {
            let shown = suppress_list(&list, 10);
            let hidden: Vec<u64> = list.iter().zip(&shown).filter(|(_, shown)| shown.is_none()).map(|(&n, _)| n).collect();
            prop_assert!(shown.iter().flatten().all(|&count| count == 0 || count >= 10));
            let all = hidden.len() == list.len();
            prop_assert!(hidden.is_empty() || all || (hidden.len() > 1 && hidden.iter().sum::<u64>() >= 10));
        }

        #[test]
        fn the_ends_of_an_interval_are_those_of_all_tables(
            table in prop::collection::vec(prop::collection::vec(0u64..5, 3), 3),
            hidden in prop::collection::vec(prop::bool::weighted(0.7), 9),
        ) {
            let mut open = OpenTable::new(&table);
            (0..9).filter(|&cell| hidden[cell]).for_each(|cell| open.hide(cell));
            let fits = completions(&table, &hidden);
            for cell in open.hidden() {
                let values = fits.iter().map(|fit| fit[cell]);
                let [below, above] = open.reach(cell, u64::MAX / 4);
                let count = open.count(cell);
                let (least, most) = (values.clone().min().unwrap(), values.max().unwrap());
                prop_assert_eq!([count - least, most - count], [if above >= u64::MAX / 4 { 0 } else { below }, above]);
            }
        }
    }

    /// Every table of 3 × 3 with the totals of `table` that agrees with it where nothing is hidden.
    fn completions(table: &[Vec<u64>], hidden: &[bool]) -> Vec<Vec<u64>> {
        let flat = table.concat();
        let row = |t: &[u64], r: usize| t[3 * r..3 * r + 3].iter().sum::<u64>();
        let column = |t: &[u64], c: usize| (0..3).map(|r| t[3 * r + c]).sum::<u64>();
        let mut found = Vec::new();
        let mut fit = flat.clone();
        fn fill(
            at: usize,
            fit: &mut Vec<u64>,
            hidden: &[bool],
            is_fit: &dyn Fn(&[u64], usize) -> bool,
            found: &mut Vec<Vec<u64>>,
        ) {
            if at == 9 {
                found.push(fit.clone());
                return;
            }
            let own = fit[at];
            for value in if hidden[at] { 0..=15 } else { own..=own } {
                fit[at] = value;
                if is_fit(fit, at) {
                    fill(at + 1, fit, hidden, is_fit, found);
                }
            }
            fit[at] = own;
        }
        let is_fit = |t: &[u64], at: usize| {
            (at % 3 < 2 || row(t, at / 3) == row(&flat, at / 3))
                && (at < 6 || column(t, at - 6) == column(&flat, at - 6))
        };
        fill(0, &mut fit, hidden, &is_fit, &mut found);
        found
    }

    #[test]
    fn a_bridge_between_two_blocks_is_no_hiding_place() {
        let table = vec![vec![4, 5, 3, 40], vec![6, 2, 41, 45], vec![50, 42, 5, 7], vec![44, 55, 8, 4]];
        let mut lines_of_two = OpenTable::new(&table);
        // Two hidden cells in every line, and (0, 2) is the difference of totals all the same.
        for (r, c) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 2), (2, 3), (3, 2), (3, 3)] {
            lines_of_two.hide(4 * r + c);
        }
        assert_eq!(lines_of_two.width(2, 10), 0);
        let shown = suppress(&table, 10);
        let n_hidden = shown.iter().flatten().filter(|cell| cell.is_none()).count();
        assert!((10..=12).contains(&n_hidden), "{shown:?}");
    }

    #[test]
    fn lines_that_are_held_back_are_one_line() {
        use Line::{HeldBack, Listed, Unlisted};
        let counts = [vec![60, 20, 30], vec![40, 3, 0], vec![30, 17, 5]];
        let rows = [Listed, HeldBack, HeldBack];
        let shown = suppress_lines(&counts, &rows, &[Listed, Listed, Listed], 10);
        assert_eq!(shown[0], [Some(60), None, None], "five of the third column are what the first row leaves");
        assert!(shown[1].iter().chain(&shown[2]).all(Option::is_none));
        let shown = suppress_lines(&counts, &[Listed; 3], &[Listed, Listed, Unlisted], 10);
        assert!(shown.iter().flatten().filter(|cell| cell.is_none()).count() >= 4, "{shown:?}");
    }
}
