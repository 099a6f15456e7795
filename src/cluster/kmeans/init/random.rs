use rand::{Rng, RngExt};

/// `k` of `n` rows, drawn one after the other, each as likely as its weight among those that are left; `weights` `None` = 1 each.
///
/// The k rows with the smallest −ln(u)/weight, u uniform (Efraimidis and Spirakis 2006). With fewer than k rows they are drawn
/// again from the first.
pub(in crate::cluster::kmeans) fn random(
    n: usize,
    weights: Option<&[f64]>,
    k: usize,
    rng: &mut impl Rng,
) -> Vec<usize> {
    let mut keyed: Vec<(f64, usize)> = (0..n)
        .map(|row| (-libm::log(1.0 - rng.random::<f64>()) / weights.map_or(1.0, |weights| weights[row]), row))
        .collect();
    let sooner = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    if k < n {
        keyed.select_nth_unstable_by(k, sooner);
        keyed.truncate(k);
    }
    keyed.sort_unstable_by(sooner);
    keyed.into_iter().map(|(_, row)| row).cycle().take(k).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    #[test]
    fn rows_are_drawn_as_often_as_they_weigh() {
        let mut rng = stream(7, "test", 0);
        let mut first = [0_u32; 3];
        for _ in 0..6000 {
            let rows = random(3, Some(&[1.0, 2.0, 3.0]), 2, &mut rng);
            assert_ne!(rows[0], rows[1]);
            first[rows[0]] += 1;
        }
        for (seen, expected) in first.into_iter().zip([1000.0, 2000.0, 3000.0]) {
            assert!((f64::from(seen) - expected).abs() < 150.0, "{first:?}");
        }
    }

    #[test]
    fn too_few_rows_are_drawn_again() {
        assert_eq!(random(2, None, 5, &mut stream(1, "test", 0)).len(), 5);
    }
}
