use std::collections::{BTreeMap, BTreeSet};

use super::RunId;

/// The runs that retention deletes, oldest first: all but the newest `keep`, and never one that has an alias.
///
/// Runs with an alias count among the newest `keep` when they are.
///
/// ```
/// use std::collections::BTreeMap;
/// use segmint::registry::{RunId, expired};
/// let ids: Vec<RunId> = (1..=4).map(|day| {
///     RunId::new(format!("2026-08-0{day}T00:00:00Z").parse().unwrap(), b"")
/// }).collect();
/// let aliases = BTreeMap::from([("champion".to_owned(), ids[0])]);
/// assert_eq!(expired(&ids, &aliases, 2), [ids[1]]);
/// ```
pub fn expired(runs: &[RunId], aliases: &BTreeMap<String, RunId>, keep: usize) -> Vec<RunId> {
    let named: BTreeSet<RunId> = aliases.values().copied().collect();
    let all: BTreeSet<RunId> = runs.iter().copied().collect();
    let beyond = all.len().saturating_sub(keep);
    all.into_iter().take(beyond).filter(|run| !named.contains(run)).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn runs() -> impl Strategy<Value = Vec<RunId>> {
        let run = (0_i64..40, any::<bool>());
        prop::collection::vec(run, 0..30).prop_map(|drawn| {
            drawn
                .into_iter()
                .map(|(at, work)| RunId::new(Timestamp::from_second(at).unwrap(), &[u8::from(work)]))
                .collect()
        })
    }

    fn aliases(runs: &[RunId], chosen: &[prop::sample::Index]) -> BTreeMap<String, RunId> {
        let of = |(i, index): (usize, &prop::sample::Index)| (format!("a{i}"), runs[index.index(runs.len())]);
        if runs.is_empty() { BTreeMap::new() } else { chosen.iter().enumerate().map(of).collect() }
    }

    proptest! {
        #[test]
        fn what_stays_is_the_newest_and_the_named(
            runs in runs(),
            chosen in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
            keep in 0_usize..35,
        ) {
            let aliases = aliases(&runs, &chosen);
            let gone = expired(&runs, &aliases, keep);
            prop_assert!(gone.is_sorted());
            let mut sorted = runs.clone();
            sorted.sort();
            sorted.dedup();
            for (from_newest, run) in sorted.iter().rev().enumerate() {
                let stays = from_newest < keep || aliases.values().any(|named| named == run);
                prop_assert_eq!(gone.contains(run), !stays);
            }
            prop_assert!(gone.iter().all(|run| sorted.contains(run)));
        }

        #[test]
        fn deleting_twice_deletes_nothing_more(runs in runs(), keep in 0_usize..35) {
            let gone = expired(&runs, &BTreeMap::new(), keep);
            let left: Vec<RunId> = runs.into_iter().filter(|run| !gone.contains(run)).collect();
            prop_assert!(expired(&left, &BTreeMap::new(), keep).is_empty());
        }
    }
}
