//! How many dimensions the rows of a table really fill.

use crate::matrix::{PrincipalAxes, TiledMatrix};

/// Estimates are rounded to these parts of a dimension: their error is about as large, and a table that fills its features
/// then counts with their number.
const PARTS: f64 = 4.0;
/// The order of the effective number of axes; the chance clusters of correlated clouds last as long as this one says.
const ORDER: f64 = 0.25;
/// Features above which no correlation makes a cloud so thin that clusters by chance last.
const MOST_FEATURES: usize = 16;

/// The position, the row itself counted, of the nearer neighbour that is compared with the `neighbours`-th.
pub(super) fn nearer(neighbours: usize) -> usize {
    neighbours / 2 + 1
}

/// The dimension of the table near its rows, 1 ≤ … ≤ `n_features`: 1 on a curve, 2 on a surface, whatever the features.
///
/// `far` are the distances of all rows to their `neighbours`-th neighbour, themselves counted, `near` those to the
/// [`nearer`]. Within the radius r of the a-th neighbour lie the nearer ones as in r^D, so the expected value of
/// ln(far / near) is (1/b + … + 1/(a − 1)) / D with the a-th and the b-th neighbour besides the row (Levina & Bickel 2004,
/// with two neighbours instead of all). Rows without a distance to the nearer one are left out.
pub(super) fn near_rows(far: &[f64], near: &[f64], neighbours: usize, n_features: usize) -> f64 {
    let (a, b) = (neighbours - 1, nearer(neighbours) - 1);
    let mut ratios: Vec<f64> =
        far.iter().zip(near).filter(|&(_, &near)| near > 0.0).map(|(far, near)| far / near).collect();
    // In this order the sum does not depend on that of the rows.
    ratios.sort_unstable_by(f64::total_cmp);
    let mean = ratios.iter().map(|&ratio| libm::log(ratio)).sum::<f64>() / ratios.len() as f64;
    let expected: f64 = (b..a).map(|i| 1.0 / i as f64).sum();
    if expected > 0.0 && mean > 0.0 { rounded(expected / mean, n_features) } else { n_features as f64 }
}

/// The dimension of the table as a whole, 1 ≤ … ≤ features: correlated features make a long cloud of it, in which clusters by
/// chance last as they do in fewer dimensions.
///
/// (Σ p^q)^(1 / (1 − q)) with q = ¼, the effective number of principal axes (Hill 1973), p their shares of the variance.
pub(super) fn as_a_whole(matrix: &TiledMatrix, rows: &[usize]) -> f64 {
    let d = matrix.n_features();
    if d > MOST_FEATURES {
        return d as f64;
    }
    let values: Vec<f32> = rows.iter().flat_map(|&row| (0..d).map(move |j| matrix.get(row, j))).collect();
    let sample = TiledMatrix::from_rows(&values, d).expect("rows of a matrix make a matrix");
    let variances = PrincipalAxes::of(&sample).variances;
    let total: f64 = variances.iter().sum();
    if total > 0.0 {
        let powers: f64 = variances.iter().map(|variance| libm::pow(variance / total, ORDER)).sum();
        rounded(libm::pow(powers, 1.0 / (1.0 - ORDER)), d)
    } else {
        d as f64
    }
}

fn rounded(dimension: f64, n_features: usize) -> f64 {
    ((PARTS * dimension).round() / PARTS).clamp(1.0, n_features as f64)
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::random::stream;

    /// The dimension of 600 rows, by the distances between all of them.
    fn of(rows: &[Vec<f64>], neighbours: usize) -> f64 {
        let square = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum::<f64>();
        let distances = |row: &Vec<f64>| {
            let mut all: Vec<f64> = rows.iter().map(|other| square(row, other).sqrt()).collect();
            all.sort_unstable_by(f64::total_cmp);
            (all[neighbours - 1], all[nearer(neighbours) - 1])
        };
        let (far, near): (Vec<f64>, Vec<f64>) = rows.iter().map(distances).unzip();
        near_rows(&far, &near, neighbours, rows[0].len())
    }

    fn table(row: impl Fn(&mut dyn FnMut() -> f64) -> Vec<f64>) -> Vec<Vec<f64>> {
        let mut numbers = stream(3, "dimension", 0);
        (0..600).map(|_| row(&mut || numbers.random())).collect()
    }

    #[test]
    fn curves_surfaces_and_clouds_have_1_2_and_3() {
        let curve = table(|unit| {
            let t = 6.0 * unit();
            vec![t.cos(), t.sin(), (2.0 * t).sin()]
        });
        let surface = table(|unit| {
            let (s, t) = (unit(), unit());
            vec![s, t, s + t, s - t]
        });
        let cloud = table(|unit| vec![unit(), unit(), unit()]);
        for neighbours in [5, 6, 8, 10] {
            assert_eq!(of(&curve, neighbours), 1.0);
            assert!((1.75..=2.25).contains(&of(&surface, neighbours)));
            assert!((2.75..=3.0).contains(&of(&cloud, neighbours)));
        }
    }

    #[test]
    fn without_distances_all_features_count() {
        assert_eq!(near_rows(&[0.0; 9], &[0.0; 9], 5, 4), 4.0);
        assert_eq!(near_rows(&[2.0; 9], &[2.0; 9], 5, 4), 4.0);
        assert_eq!(near_rows(&[2.0; 9], &[1.0; 9], 2, 4), 4.0);
        assert_eq!(near_rows(&[9e9; 9], &[1.0; 9], 5, 4), 1.0);
    }

    #[test]
    fn correlated_features_count_as_fewer() {
        let whole = |share: f32| {
            let mut numbers = stream(4, "dimension", 0);
            let row = |_| {
                let mut unit = || numbers.random::<f32>() - 0.5;
                let common = unit();
                [(); 3].map(|()| share * common + (1.0 - share) * unit())
            };
            let values: Vec<f32> = (0..600).flat_map(row).collect();
            as_a_whole(&TiledMatrix::from_rows(&values, 3).unwrap(), &(0..600).collect::<Vec<_>>())
        };
        assert_eq!((whole(0.0), whole(1.0)), (3.0, 1.0));
        assert!((2.0..=2.5).contains(&whole(0.75)), "{}", whole(0.75));
        let equal = TiledMatrix::from_rows(&[1.0; 20], 2).unwrap();
        assert_eq!(as_a_whole(&equal, &[0, 1, 5]), 2.0);
    }
}
