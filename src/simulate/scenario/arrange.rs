//! Where centres of groups are, in standard deviations of a group.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::simulate::draw::normal;

/// A centre.
pub(super) type Centre = Vec<f64>;

/// Proposals for one place before the best of them is taken.
const PROPOSALS: usize = 500;

/// `k` centres in `d` dimensions, those beside each other at least `apart` and hardly more.
pub(super) fn centres(k: usize, d: usize, apart: f64, rng: &mut ChaCha8Rng) -> Vec<Centre> {
    let mut found: Vec<Centre> = Vec::new();
    let mut spread = apart / 2.0;
    while found.len() < k {
        let centre: Centre = (0..d).map(|_| spread * normal(rng)).collect();
        if clearance(&centre, &found) >= apart {
            found.push(centre);
        }
        spread *= 1.01;
    }
    found
}

/// The distance to the nearest of `others`; infinite without any.
pub(super) fn clearance(centre: &Centre, others: &[Centre]) -> f64 {
    others.iter().map(|other| distance(centre, other)).fold(f64::INFINITY, f64::min)
}

pub(super) fn distance(a: &Centre, b: &Centre) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// The first of what `propose` says whose centres are all `apart` from `others`, else the one that comes nearest to it, and how
/// far its centres are from them.
pub(super) fn place(
    others: &[Centre],
    apart: f64,
    rng: &mut ChaCha8Rng,
    propose: impl Fn(&mut ChaCha8Rng) -> Vec<Centre>,
) -> (Vec<Centre>, f64) {
    let clear = |proposed: &[Centre]| proposed.iter().map(|c| clearance(c, others)).fold(f64::INFINITY, f64::min);
    let mut best = propose(rng);
    let mut most = clear(&best);
    for _ in 1..PROPOSALS {
        if most >= apart {
            break;
        }
        let next = propose(rng);
        let is_clear = clear(&next);
        if is_clear > most {
            (best, most) = (next, is_clear);
        }
    }
    (best, most)
}

/// `centre` and `length` in a random direction.
pub(super) fn aside(centre: &Centre, length: f64, rng: &mut ChaCha8Rng) -> Centre {
    let direction = direction(centre.len(), rng);
    centre.iter().zip(direction).map(|(c, u)| c + length * u).collect()
}

/// `n` centres around `centre`, 2 or 3, each `apart` from the others.
pub(super) fn around(centre: &Centre, n: usize, apart: f64, rng: &mut ChaCha8Rng) -> Vec<Centre> {
    let (u, raw) = (direction(centre.len(), rng), direction(centre.len(), rng));
    let along: f64 = u.iter().zip(&raw).map(|(a, b)| a * b).sum();
    let rest: Centre = raw.iter().zip(&u).map(|(b, a)| b - along * a).collect();
    let length = rest.iter().map(|x| x * x).sum::<f64>().sqrt();
    let radius = apart / (2.0 * (std::f64::consts::PI / n as f64).sin());
    (0..n)
        .map(|i| {
            let angle = 2.0 * std::f64::consts::PI * i as f64 / n as f64;
            let at =
                |(c, (u, v)): (&f64, (&f64, &f64))| c + radius * (libm::cos(angle) * u + libm::sin(angle) * v / length);
            centre.iter().zip(u.iter().zip(&rest)).map(at).collect()
        })
        .collect()
}

fn direction(d: usize, rng: &mut ChaCha8Rng) -> Centre {
    let raw: Centre = (0..d).map(|_| normal(rng)).collect();
    let length = raw.iter().map(|x| x * x).sum::<f64>().sqrt();
    raw.into_iter().map(|x| x / length).collect()
}

/// A number between the ends, all equally likely.
pub(super) fn between(low: f64, high: f64, rng: &mut ChaCha8Rng) -> f64 {
    low + (high - low) * rng.random::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    #[test]
    fn centres_and_the_parts_of_a_split_are_as_far_apart_as_they_were_asked_to_be() {
        for seed in 0..20 {
            let mut rng = stream(seed, "test", 0);
            let found = centres(10, 4, 3.0, &mut rng);
            for (i, centre) in found.iter().enumerate() {
                assert!(clearance(centre, &found[..i]) >= 3.0);
            }
            for n in [2, 3] {
                let kids = around(&found[0], n, 3.0, &mut rng);
                for kid in &kids {
                    assert!(
                        (distance(kid, &found[0]) - 3.0 / (2.0 * (std::f64::consts::PI / n as f64).sin())).abs() < 1e-9
                    );
                    let near: Vec<f64> = kids.iter().map(|other| distance(kid, other)).filter(|d| *d > 1e-9).collect();
                    assert!(near.len() == n - 1 && near.iter().all(|d| (d - 3.0).abs() < 1e-9), "{near:?}");
                }
            }
        }
    }
}
