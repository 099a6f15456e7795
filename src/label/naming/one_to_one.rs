//! Clusters to archetypes, one to one.

use pathfinding::prelude::{Matrix, kuhn_munkres};

/// Gives every cluster at most one archetype and every archetype to at most one cluster, so that the sum of scores over
/// the pairs is the largest possible. `scores[cluster][archetype]` is `None` for pairs that do not fit.
///
/// Among assignments with equal sums, one with more pairs wins, then earlier clusters get earlier archetypes. Scores
/// count in steps of 2^-40. Cost: O(a²·(c + a)) for c clusters and a archetypes.
pub(super) fn assign(scores: &[Vec<Option<f64>>]) -> Vec<Option<usize>> {
    let n_clusters = scores.len();
    let n_archetypes = scores.first().map_or(0, Vec::len);
    if n_archetypes == 0 {
        return vec![None; n_clusters];
    }
    // A score outweighs any number of bonuses; a pair's bonus grows towards the first cluster and the first archetype.
    let most_bonus = (n_clusters * n_archetypes) as i128;
    let pair = most_bonus * n_archetypes as i128 + 1;
    let step = pair * (n_archetypes as i128 + 1);
    let weight = |archetype: usize, cluster: usize| -> i128 {
        // The last columns stand for "no cluster", and so does a cluster that does not fit.
        match scores.get(cluster).and_then(|row| row[archetype]) {
            Some(score) => {
                let bonus = (n_clusters - cluster) * (n_archetypes - archetype);
                (score * (1_u64 << 40) as f64).round() as i128 * step + pair + bonus as i128
            }
            None => 0,
        }
    };
    let weights = Matrix::from_fn(n_archetypes, n_clusters + n_archetypes, |(a, c)| weight(a, c));
    let (_, clusters) = kuhn_munkres(&weights);
    let mut given = vec![None; n_clusters];
    for (archetype, &cluster) in clusters.iter().enumerate() {
        if scores.get(cluster).is_some_and(|row| row[archetype].is_some()) {
            given[cluster] = Some(archetype);
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The largest sum over all one-to-one pairings, found by trying all of them.
    fn best_sum(scores: &[Vec<Option<f64>>], cluster: usize, taken: &mut Vec<bool>) -> f64 {
        if cluster == scores.len() {
            return 0.0;
        }
        let mut best = best_sum(scores, cluster + 1, taken);
        for archetype in 0..taken.len() {
            if let (Some(score), false) = (scores[cluster][archetype], taken[archetype]) {
                taken[archetype] = true;
                best = best.max(score + best_sum(scores, cluster + 1, taken));
                taken[archetype] = false;
            }
        }
        best
    }

    fn scores() -> impl Strategy<Value = Vec<Vec<Option<f64>>>> {
        (0..6_usize, 1..5_usize).prop_flat_map(|(c, a)| {
            let score = proptest::option::weighted(0.7, (0..=20_u8).prop_map(|s| f64::from(s) / 20.0));
            proptest::collection::vec(proptest::collection::vec(score, a), c)
        })
    }

    proptest! {
        #[test]
        fn assignment_has_the_largest_sum_of_scores(scores in scores()) {
            let given = assign(&scores);
            let mut seen: Vec<usize> = given.iter().flatten().copied().collect();
            seen.sort_unstable();
            prop_assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "an archetype is given once");
            let pairs: Option<Vec<f64>> =
                given.iter().zip(&scores).filter_map(|(a, row)| Some(row[(*a)?])).collect();
            let sum: f64 = pairs.expect("only pairs that fit are given").iter().sum();
            let n_archetypes = scores.first().map_or(0, Vec::len);
            let best = best_sum(&scores, 0, &mut vec![false; n_archetypes]);
            prop_assert!((sum - best).abs() < 1e-9, "{} instead of {}", sum, best);
        }
    }

    #[test]
    fn ties_go_to_earlier_clusters_and_earlier_archetypes() {
        let all = vec![vec![Some(0.8); 2]; 3];
        assert_eq!(assign(&all), [Some(0), Some(1), None]);
        assert_eq!(assign(&[vec![Some(0.0), None]]), [Some(0)], "a pair that fits is given even at score 0");
    }
}
