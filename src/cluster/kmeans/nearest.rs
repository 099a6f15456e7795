use super::Centroids;

/// D²(x, c) = Σ_j (x_j − c_j)², j ascending, plain `f64`: the distance that every label is defined by.
#[inline]
pub(super) fn squared_distance(row: &[f64], centroid: &[f64]) -> f64 {
    row.iter().zip(centroid).fold(0.0, |sum, (x, c)| sum + (x - c) * (x - c))
}

/// The nearest and the second nearest centroid of a row; the lowest ones among equals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nearest2 {
    pub(super) clusters: [usize; 2],
    /// The second one is infinite when there is one centroid only.
    pub(super) distances2: [f64; 2],
}

impl Nearest2 {
    pub(super) fn of(row: &[f64], centroids: &Centroids) -> Self {
        let mut two = Nearest2 { clusters: [0; 2], distances2: [f64::INFINITY; 2] };
        for (c, centroid) in centroids.iter().enumerate() {
            let d2 = squared_distance(row, centroid);
            if d2 < two.distances2[0] {
                two = Nearest2 { clusters: [c, two.clusters[0]], distances2: [d2, two.distances2[0]] };
            } else if d2 < two.distances2[1] {
                (two.clusters[1], two.distances2[1]) = (c, d2);
            }
        }
        two
    }

    /// Every centroid as near as the nearest, ascending.
    pub(super) fn all_nearest(&self, row: &[f64], centroids: &Centroids) -> Vec<usize> {
        let is_nearest = |c: &usize| squared_distance(row, centroids.get(*c)) == self.distances2[0];
        (0..centroids.k()).filter(is_nearest).collect()
    }
}
