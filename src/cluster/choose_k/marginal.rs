//! What one feature is like alone, as far as a table without clusters may be like it.

/// A value that at least this share of the rows has is a spike of its own.
const SPIKE: f64 = 0.05;

/// A feature with at most so many distinct values per row of the sample keeps to these values.
const DISCRETE_SHARE: f64 = 0.05;

/// The distribution with one peak that is nearest to a feature, beside the spikes the feature has.
///
/// A spike (0 for who never returned, 1 for who bought once, either value of a flag) is no cluster: it keeps its share.
/// All other values are taken for a sample of the distribution whose density rises to one mode and falls from there
/// (Grenander's estimate on both sides, the mode where the largest distance to the empirical distribution is smallest). So
/// skewness and heavy tails are kept, and a second peak is not.
#[derive(Debug, PartialEq)]
pub(super) struct Marginal {
    /// Quantiles at (i + ½)/n.
    quantiles: Vec<f64>,
    /// The distinct values, when they are few.
    levels: Option<Vec<f64>>,
    /// Whether the spikes hold most rows.
    pub(super) atomic: bool,
}

impl Marginal {
    /// Of the values of a feature, at least one.
    pub(super) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let n = values.len();
        let (mut quantiles, mut smooth, mut levels) = (Vec::with_capacity(n), Vec::new(), Vec::new());
        for equal in values.chunk_by(|a, b| a == b) {
            levels.push(equal[0]);
            let spike = equal.len() > 1 && equal.len() as f64 >= SPIKE * n as f64;
            if spike { quantiles.extend_from_slice(equal) } else { smooth.extend_from_slice(equal) }
        }
        let atomic = 2 * quantiles.len() >= n;
        let levels = (levels.len() as f64 <= DISCRETE_SHARE * n as f64).then_some(levels);
        let mut marginal = Marginal { quantiles: Vec::new(), levels, atomic };
        quantiles.extend(one_peak(&smooth).into_iter().map(|x| marginal.nearest(x)));
        quantiles.sort_by(f64::total_cmp);
        marginal.quantiles = quantiles;
        marginal
    }

    /// The value below which the share `probability` of the distribution lies.
    pub(super) fn quantile(&self, probability: f64) -> f64 {
        let n = self.quantiles.len();
        self.quantiles[((probability * n as f64) as usize).min(n - 1)]
    }

    /// The level next to `x`, the lower of two equally near; `x` itself of a feature of many values.
    pub(super) fn nearest(&self, x: f64) -> f64 {
        let Some(levels) = &self.levels else { return x };
        let above = levels.partition_point(|&level| level < x).min(levels.len() - 1);
        let below = above.saturating_sub(1);
        if x - levels[below] <= levels[above] - x { levels[below] } else { levels[above] }
    }
}

/// As many quantiles of the nearest distribution with one peak as there are `values`, which ascend.
fn one_peak(values: &[f64]) -> Vec<f64> {
    let n = values.len();
    if n < 3 {
        return values.to_vec();
    }
    // The empirical distribution as a polygon through (x, share of the values up to x); ties are one corner.
    let mut corners: Vec<(f64, f64)> = Vec::with_capacity(n);
    for (i, &x) in values.iter().enumerate() {
        let share = (i as f64 + 0.5) / n as f64;
        match corners.last_mut() {
            Some(last) if last.0 == x => last.1 = share,
            _ => corners.push((x, share)),
        }
    }
    let step = (corners.len() / MODES).max(1);
    let tried = (0..corners.len()).step_by(step).map(|mode| bent(&corners, mode));
    let nearest = tried.min_by(|a, b| a.0.total_cmp(&b.0)).expect("there are corners").1;
    (0..n).map(|i| inverse(&nearest, (i as f64 + 0.5) / n as f64)).collect()
}

/// Modes tried.
const MODES: usize = 100;

/// The distribution with its mode at a corner, convex before and concave behind, and how far it is from the polygon.
fn bent(corners: &[(f64, f64)], mode: usize) -> (f64, Vec<(f64, f64)>) {
    let before = hull(&corners[..=mode], |slope, next| slope >= next);
    let behind = hull(&corners[mode..], |slope, next| slope <= next);
    let far = |hull: &[(f64, f64)], of: &[(f64, f64)]| distance(hull, of);
    let distance = far(&before, &corners[..=mode]).max(far(&behind, &corners[mode..]));
    let mut polygon = before;
    polygon.extend_from_slice(&behind[1..]);
    (distance, polygon)
}

/// The corners that stay when those are taken out behind which the slope turns the wrong way.
fn hull(corners: &[(f64, f64)], wrong: impl Fn(f64, f64) -> bool) -> Vec<(f64, f64)> {
    let slope = |a: (f64, f64), b: (f64, f64)| (b.1 - a.1) / (b.0 - a.0);
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for &corner in corners {
        while let [.., a, b] = kept[..]
            && wrong(slope(a, b), slope(b, corner))
        {
            kept.pop();
        }
        kept.push(corner);
    }
    kept
}

/// The largest vertical distance between a polygon and `corners`, whose ends are its own.
fn distance(polygon: &[(f64, f64)], corners: &[(f64, f64)]) -> f64 {
    let mut at = 0;
    let mut largest: f64 = 0.0;
    for &(x, y) in corners {
        while at + 2 < polygon.len() && polygon[at + 1].0 < x {
            at += 1;
        }
        if at + 1 < polygon.len() {
            let ((x0, y0), (x1, y1)) = (polygon[at], polygon[at + 1]);
            largest = largest.max((y0 + (y1 - y0) * (x - x0) / (x1 - x0) - y).abs());
        }
    }
    largest
}

/// Where the polygon has the height `share`.
fn inverse(polygon: &[(f64, f64)], share: f64) -> f64 {
    let at = polygon.partition_point(|corner| corner.1 < share);
    if at == 0 {
        return polygon[0].0;
    }
    let Some(&(x1, y1)) = polygon.get(at) else { return polygon[at - 1].0 };
    let (x0, y0) = polygon[at - 1];
    x0 + (x1 - x0) * (share - y0) / (y1 - y0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(marginal: &Marginal, within: impl Fn(f64) -> bool) -> f64 {
        let drawn = (0..1000).map(|i| marginal.quantile((f64::from(i) + 0.5) / 1000.0));
        drawn.filter(|&x| within(x)).count() as f64 / 1000.0
    }

    #[test]
    fn either_value_of_a_flag_keeps_its_share() {
        let marginal = Marginal::of((0..1000).map(|i| f64::from(i % 25 < 4)).collect());
        assert!(marginal.atomic);
        assert_eq!(share(&marginal, |x| x == 1.0), 0.16);
        assert_eq!(share(&marginal, |x| x == 0.0), 0.84);
    }

    #[test]
    fn a_spike_keeps_its_share_beside_a_smooth_rest() {
        let marginal = Marginal::of((0..1000).map(|i| f64::from((i - 400).max(0)) / 600.0).collect());
        assert!(!marginal.atomic);
        assert!((share(&marginal, |x| x == 0.0) - 0.401).abs() < 0.002);
        assert!((share(&marginal, |x| x > 0.5) - 0.3).abs() < 0.01);
    }

    #[test]
    fn a_skewed_feature_keeps_its_quantiles() {
        let values: Vec<f64> = (0..1000).map(|i| -libm::log((f64::from(i) + 0.5) / 1000.0)).collect();
        let marginal = Marginal::of(values);
        for (probability, quantile) in [(0.1, 0.1054), (0.4, 0.5108), (0.8, 1.6094), (0.99, 4.6052)] {
            let found = marginal.quantile(probability);
            assert!((found / quantile - 1.0).abs() < 0.05, "{probability}: {found}");
        }
    }

    #[test]
    fn a_second_peak_is_not_kept() {
        // Two narrow peaks at 0 and 10 with nothing between them.
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i % 2) * 10.0 + f64::from(i) / 1000.0).collect();
        let marginal = Marginal::of(values);
        assert!(share(&marginal, |x| (1.5..9.5).contains(&x)) > 0.3);
    }

    #[test]
    fn the_nearest_level_is_the_lower_of_two_equally_near() {
        let marginal = Marginal { quantiles: Vec::new(), levels: Some(vec![0.0, 1.0, 4.0]), atomic: false };
        let nearest = [-3.0, 0.4, 0.5, 0.6, 2.5, 2.6, 9.0].map(|x| marginal.nearest(x));
        assert_eq!(nearest, [0.0, 0.0, 0.0, 1.0, 1.0, 4.0, 4.0]);
    }
}
