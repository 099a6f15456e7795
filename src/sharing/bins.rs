//! Distributions of which no bar is a handful of people.

/// Customers between two places of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bin {
    /// The first part.
    pub from: usize,
    /// The one behind the last.
    pub to: usize,
    /// Customers.
    pub count: u64,
}

/// Neighbouring bins put together until each holds `min_cell` customers or nobody; nothing when there are fewer in all.
pub(super) fn merged(counts: &[u64], min_cell: u64) -> Vec<Bin> {
    let mut bins: Vec<Bin> = Vec::new();
    let mut open: Option<Bin> = None;
    for (i, &count) in counts.iter().enumerate() {
        let bin = match open.take() {
            // It ends at its last customer, not at the end of the axis.
            Some(bin) => Bin { to: if count > 0 { i + 1 } else { bin.to }, count: bin.count + count, ..bin },
            None if count == 0 => continue,
            None => Bin { from: i, to: i + 1, count },
        };
        if bin.count >= min_cell {
            bins.push(bin);
        } else {
            open = Some(bin);
        }
    }
    if let (Some(rest), Some(last)) = (open, bins.last_mut()) {
        last.to = rest.to;
        last.count += rest.count;
    }
    bins
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn merged_bins_hold_everyone_and_never_a_handful(counts in prop::collection::vec(0u64..30, 1..40), min_cell in 0u64..20) {
            let bins = merged(&counts, min_cell);
            let total: u64 = counts.iter().sum();
            prop_assert!(bins.iter().all(|bin| bin.count >= min_cell && bin.count > 0));
            if total >= min_cell {
                prop_assert_eq!(bins.iter().map(|bin| bin.count).sum::<u64>(), total);
            } else {
                prop_assert!(bins.is_empty());
            }
            prop_assert!(bins.windows(2).all(|pair| pair[0].to <= pair[1].from));
        }
    }
}
