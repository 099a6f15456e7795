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

/// The counts of `n` parts of an axis, as even as whole numbers are where bins hold several: nothing but what the bins say.
pub(super) fn spread<'a>(bins: impl Iterator<Item = &'a Bin>, n: usize) -> Vec<u64> {
    let mut counts = vec![0; n];
    for bin in bins {
        let parts = (bin.to - bin.from) as u64;
        for (i, count) in counts[bin.from..bin.to].iter_mut().enumerate() {
            *count += bin.count / parts + u64::from((i as u64) < bin.count % parts);
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bins_are_spread_over_what_they_cover() {
        let bins =
            [Bin { from: 0, to: 1, count: 12 }, Bin { from: 1, to: 4, count: 11 }, Bin { from: 3, to: 4, count: 10 }];
        assert_eq!(spread(bins.iter(), 5), [12, 4, 4, 13, 0]);
    }

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
