//! Eigenvalues and eigenvectors of symmetric matrices.
//!
//! Reflections make the matrix tridiagonal (Householder), halving intervals finds the eigenvalues of that by counting signs
//! (Sturm), and inverse iteration their vectors, which the reflections turn back (Golub and Van Loan, chapter 8). Nothing is
//! split between threads but what is computed entry by entry, so the bits are the same for any number of them.

use rand::RngExt;
use rayon::prelude::*;

use super::simd::{Kernel, Simd, level};
use crate::random::stream;

/// Entries that one thread takes at a time, at least.
const FEW_ENTRIES: usize = 1 << 14;
/// Eigenvalues that are looked for side by side, so that no division waits for another.
const TOGETHER: usize = 8;
/// Halvings of an interval that holds all eigenvalues, until it is no wider than their rounding.
const HALVINGS: usize = 54;
/// Eigenvectors whose eigenvalues differ by less than this share of the largest are made orthogonal; others are so by themselves.
const NEAR: f64 = 1e-3;
/// Steps of inverse iteration: the second gives full accuracy, the third cleans what neighbours left.
const STEPS: usize = 3;
/// Eigenvectors that are turned back together, so that a reflection is read once for all of them.
const TURNED_TOGETHER: usize = 8;

/// The eigenvalues of the symmetric n × n matrix `m`, descending, and unit eigenvectors of the first `wanted`, row-major.
///
/// Both are accurate to the rounding of the largest eigenvalue, and the vectors orthogonal. O(n³) for the values, O(n²) and at most
/// O(n³ / `wanted`) more for each vector.
pub(super) fn eigen(m: Vec<f64>, n: usize, wanted: usize) -> (Vec<f64>, Vec<f64>) {
    let reduced = Tridiagonal::of(m, n);
    let values = reduced.eigenvalues();
    let mut vectors = reduced.eigenvectors(&values, wanted);
    reduced.turn_back(&mut vectors);
    (values, vectors)
}

/// A symmetric tridiagonal matrix T, and the reflections that made it of another.
struct Tridiagonal {
    n: usize,
    diagonal: Vec<f64>,
    /// T[i, i + 1]; the last is 0.
    beside: Vec<f64>,
    /// Row k: the vector v of reflection k, I − factor·v·vᵀ, from entry k + 1 on.
    reflections: Vec<f64>,
    factors: Vec<f64>,
}

impl Tridiagonal {
    /// Reflection k makes row k zero beyond its second entry: A ← A − v·wᵀ − w·vᵀ in the rows below. These are changed while they
    /// are multiplied by the next v, so each is read once a step.
    fn of(mut m: Vec<f64>, n: usize) -> Self {
        let (mut diagonal, mut beside, mut factors) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        let (mut v, mut w) = (vec![0.0; n], vec![0.0; n]);
        for k in 0..n {
            let (upper, below) = m.split_at_mut((k + 1) * n);
            let row = &mut upper[k * n + k..];
            change(row, (v[k], w[k]), (&v[k..], &w[k..]));
            diagonal[k] = row[0];
            if k + 1 == n {
                break;
            }
            let next = &mut row[1..];
            (beside[k], factors[k]) = reflection(next);
            let mut product = vec![0.0; next.len()];
            let few = FEW_ENTRIES.div_ceil(next.len());
            let ends = v[k + 1..].par_iter().zip(&w[k + 1..]);
            let rows = below.par_chunks_exact_mut(n).zip(ends).zip(&mut product).with_min_len(few);
            rows.for_each(|((row, (&v_end, &w_end)), product)| {
                let row = &mut row[k + 1..];
                change(row, (v_end, w_end), (&v[k + 1..], &w[k + 1..]));
                *product = factors[k] * dot(row, next);
            });
            let along = factors[k] / 2.0 * dot(&product, next);
            v[k + 1..].copy_from_slice(next);
            w[k + 1..].iter_mut().zip(product.iter().zip(&*next)).for_each(|(w, (p, v))| *w = p - along * v);
        }
        Tridiagonal { n, diagonal, beside, reflections: m, factors }
    }

    /// An interval around all eigenvalues (Gershgorin).
    fn interval(&self) -> (f64, f64) {
        let reach = |i: usize| self.beside[i].abs() + if i > 0 { self.beside[i - 1].abs() } else { 0.0 };
        let low = (0..self.n).map(|i| self.diagonal[i] - reach(i)).fold(f64::INFINITY, f64::min);
        let high = (0..self.n).map(|i| self.diagonal[i] + reach(i)).fold(f64::NEG_INFINITY, f64::max);
        (low, high)
    }

    /// All eigenvalues, descending.
    fn eigenvalues(&self) -> Vec<f64> {
        let squares: Vec<f64> = self.beside.iter().map(|b| b * b).collect();
        let mut values = vec![0.0; self.n];
        values.par_chunks_mut(TOGETHER).enumerate().for_each(|(chunk, values)| {
            let (low, high) = self.interval();
            let (mut low, mut high) = ([low; TOGETHER], [high; TOGETHER]);
            for _ in 0..HALVINGS {
                let middle: [f64; TOGETHER] = std::array::from_fn(|i| low[i] + (high[i] - low[i]) / 2.0);
                let below = self.counts_below(&squares, middle);
                for i in 0..TOGETHER {
                    // As many are at least value number i of the descending ones.
                    let above = self.n as u64 - below[i];
                    let is_low = above > (chunk * TOGETHER + i) as u64;
                    low[i] = if is_low { middle[i] } else { low[i] };
                    high[i] = if is_low { high[i] } else { middle[i] };
                }
            }
            values
                .iter_mut()
                .zip(low.iter().zip(high))
                .for_each(|(value, (low, high))| *value = low + (high - low) / 2.0);
        });
        values
    }

    /// How many eigenvalues are below each of `limits`: as many as T − limit has negative pivots. `squares` are those of `beside`.
    fn counts_below(&self, squares: &[f64], limits: [f64; TOGETHER]) -> [u64; TOGETHER] {
        let (mut pivots, mut counts) = ([1.0; TOGETHER], [0; TOGETHER]);
        let mut before = 0.0;
        for (diagonal, square) in self.diagonal.iter().zip(squares) {
            for i in 0..TOGETHER {
                let pivot = diagonal - limits[i] - before / pivots[i];
                pivots[i] = if pivot.abs() < f64::MIN_POSITIVE { -f64::MIN_POSITIVE } else { pivot };
                counts[i] += u64::from(pivots[i] < 0.0);
            }
            before = *square;
        }
        counts
    }

    /// Unit eigenvectors of T of the first `wanted` of its eigenvalues, orthogonal to each other.
    fn eigenvectors(&self, values: &[f64], wanted: usize) -> Vec<f64> {
        let n = self.n;
        let (low, high) = self.interval();
        let size = low.abs().max(high.abs());
        let mut vectors = vec![0.0; wanted * n];
        for i in 0..wanted {
            if size == 0.0 {
                vectors[i * n + i] = 1.0;
                continue;
            }
            let first_near = values.partition_point(|value| value - values[i] > NEAR * size);
            let (found, rest) = vectors.split_at_mut(i * n);
            let near = &found[first_near * n..];
            let vector = &mut rest[..n];
            let mut numbers = stream(0, "matrix.eigenvector", i as u64);
            vector.fill_with(|| numbers.random::<f64>() - 0.5);
            let shifted = Shifted::of(self, values[i], f64::EPSILON * size);
            for _ in 0..STEPS {
                shifted.solve(vector);
                normalize(vector);
                make_orthogonal(vector, near);
                normalize(vector);
            }
        }
        vectors
    }

    /// Makes eigenvectors of T, one a row, those of the matrix that became T.
    fn turn_back(&self, vectors: &mut [f64]) {
        let n = self.n;
        vectors.par_chunks_mut(TURNED_TOGETHER * n).for_each(|vectors| {
            for k in (0..n - 1).rev() {
                let v = &self.reflections[k * n + k + 1..(k + 1) * n];
                for vector in vectors.chunks_exact_mut(n) {
                    let rest = &mut vector[k + 1..];
                    let along = self.factors[k] * dot(rest, v);
                    rest.iter_mut().zip(v).for_each(|(x, v)| *x -= along * v);
                }
            }
        });
    }
}

/// Row i of A − v·wᵀ − w·vᵀ, where `(v_i, w_i)` are the entries i of both.
fn change(row: &mut [f64], (v_i, w_i): (f64, f64), (v, w): (&[f64], &[f64])) {
    row.iter_mut().zip(v.iter().zip(w)).for_each(|(x, (v, w))| *x -= v_i * w + w_i * v);
}

/// Makes of `x` the vector v of the reflection I − factor·v·vᵀ that takes x to a multiple of the first unit vector; returns that
/// multiple and the factor.
fn reflection(x: &mut [f64]) -> (f64, f64) {
    let first = x[0];
    let others = dot(&x[1..], &x[1..]);
    if others < f64::MIN_POSITIVE / f64::EPSILON {
        x.fill(0.0);
        return (first, 0.0);
    }
    let length = -(first * first + others).sqrt().copysign(first);
    x[0] = first - length;
    (length, 2.0 / (x[0] * x[0] + others))
}

/// T − value, taken apart by elimination with row exchanges; pivots are at least `least`, so that it can be solved.
struct Shifted {
    /// U[i, i], U[i, i + 1] and U[i, i + 2].
    upper: Vec<[f64; 3]>,
    /// How much of row i was taken from the next, and whether they were exchanged before.
    taken: Vec<(f64, bool)>,
}

impl Shifted {
    fn of(t: &Tridiagonal, value: f64, least: f64) -> Self {
        let solvable = |pivot: f64| if pivot.abs() < least { least.copysign(pivot) } else { pivot };
        let (mut upper, mut taken) = (Vec::with_capacity(t.n), Vec::with_capacity(t.n));
        let mut row = [t.diagonal[0] - value, t.beside[0]];
        for i in 0..t.n - 1 {
            let next = [t.beside[i], t.diagonal[i + 1] - value, t.beside[i + 1]];
            if row[0].abs() >= next[0].abs() {
                let pivot = solvable(row[0]);
                let share = next[0] / pivot;
                upper.push([pivot, row[1], 0.0]);
                taken.push((share, false));
                row = [next[1] - share * row[1], next[2]];
            } else {
                let share = row[0] / next[0];
                upper.push(next);
                taken.push((share, true));
                row = [row[1] - share * next[1], -share * next[2]];
            }
        }
        upper.push([solvable(row[0]), 0.0, 0.0]);
        Shifted { upper, taken }
    }

    /// Makes x the solution of (T − value)·y = x.
    fn solve(&self, x: &mut [f64]) {
        for (i, &(share, exchanged)) in self.taken.iter().enumerate() {
            if exchanged {
                x.swap(i, i + 1);
            }
            x[i + 1] -= share * x[i];
        }
        let (mut after, mut second) = (0.0, 0.0);
        for (x, upper) in x.iter_mut().zip(&self.upper).rev() {
            *x = (*x - upper[1] * after - upper[2] * second) / upper[0];
            (after, second) = (*x, after);
        }
    }
}

/// Takes from `x` what lies along the unit `vectors`, one a row.
fn make_orthogonal(x: &mut [f64], vectors: &[f64]) {
    let n = x.len();
    let few = FEW_ENTRIES.div_ceil(n);
    let along: Vec<f64> = vectors.par_chunks_exact(n).with_min_len(few).map(|vector| dot(x, vector)).collect();
    for (vector, along) in vectors.chunks_exact(n).zip(along) {
        x.iter_mut().zip(vector).for_each(|(x, v)| *x -= along * v);
    }
}

fn normalize(x: &mut [f64]) {
    let largest = x.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    x.iter_mut().for_each(|x| *x /= largest);
    let length = dot(x, x).sqrt();
    x.iter_mut().for_each(|x| *x /= length);
}

/// Sums side by side in a [`dot`] that no addition has to wait for.
const SIDE_BY_SIDE: usize = 8;
/// Rows that are multiplied with another one at a time, for the same reason.
const AT_ONCE: usize = 4;

/// Σ a·b, in [`SIDE_BY_SIDE`] sums.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    products([a], b)[0]
}

/// The [`dot`] of `b` with each of the rows of `rows`, which are as long.
pub(super) fn dots(rows: &[f64], b: &[f64]) -> Vec<f64> {
    level().run(Dots { rows, b })
}

struct Dots<'a> {
    rows: &'a [f64],
    b: &'a [f64],
}

impl Kernel for Dots<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Vec<f64> {
        let Dots { rows, b } = self;
        let mut dots = Vec::with_capacity(rows.len() / b.len());
        let groups = rows.chunks_exact(AT_ONCE * b.len());
        let rest = groups.remainder();
        for group in groups {
            let row = |i: usize| &group[i * b.len()..(i + 1) * b.len()];
            dots.extend(products::<AT_ONCE>(std::array::from_fn(row), b));
        }
        dots.extend(rest.chunks_exact(b.len()).flat_map(|row| products([row], b)));
        dots
    }
}

/// The products of `b` with rows that are as long.
#[inline(always)]
fn products<const N: usize>(rows: [&[f64]; N], b: &[f64]) -> [f64; N] {
    let mut sums = [[0.0; SIDE_BY_SIDE]; N];
    let (b_runs, b_rest) = b.as_chunks::<SIDE_BY_SIDE>();
    let rows = rows.map(|row| row.as_chunks::<SIDE_BY_SIDE>());
    for (i, b) in b_runs.iter().enumerate() {
        for (sums, (runs, _)) in sums.iter_mut().zip(&rows) {
            (0..SIDE_BY_SIDE).for_each(|lane| sums[lane] += runs[i][lane] * b[lane]);
        }
    }
    for (sums, (_, rest)) in sums.iter_mut().zip(rows) {
        sums.iter_mut().zip(rest.iter().zip(b_rest)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    sums.map(|sums| sums.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::simd::InstructionSet;

    #[test]
    fn products_of_many_rows_are_those_of_each_on_every_level() {
        let mut numbers = stream(7, "test", 0);
        for (n, d) in [(1, 1), (4, 8), (11, 13), (6, 64)] {
            let rows: Vec<f64> = (0..n * d).map(|_| numbers.random::<f64>() - 0.5).collect();
            let b: Vec<f64> = (0..d).map(|_| numbers.random::<f64>() - 0.5).collect();
            let one_by_one: Vec<f64> = rows.chunks(d).map(|row| dot(row, &b)).collect();
            for level in InstructionSet::available() {
                assert_eq!(level.run(Dots { rows: &rows, b: &b }), one_by_one, "{level}");
            }
        }
    }

    /// Q·D·Qᵀ with a random Q and these eigenvalues.
    fn with_eigenvalues(values: &[f64]) -> Vec<f64> {
        let n = values.len();
        let mut numbers = stream(7, "test", n as u64);
        let mut m: Vec<f64> = (0..n * n).map(|i| if i / n == i % n { values[i / n] } else { 0.0 }).collect();
        for _ in 0..3 {
            let v: Vec<f64> = (0..n).map(|_| numbers.random::<f64>() - 0.5).collect();
            let factor = 2.0 / dot(&v, &v);
            let product: Vec<f64> = m.chunks_exact(n).map(|row| factor * dot(row, &v)).collect();
            let along = factor / 2.0 * dot(&product, &v);
            let w: Vec<f64> = product.iter().zip(&v).map(|(p, v)| p - along * v).collect();
            m.chunks_exact_mut(n)
                .zip(v.iter().zip(&w))
                .for_each(|(row, (&v_i, &w_i))| change(row, (v_i, w_i), (&v, &w)));
        }
        m
    }

    /// Eigenvalues that try the search: far apart, equal, nearly equal, none but a few, of either sign.
    fn spectra() -> Vec<Vec<f64>> {
        let n = 70;
        vec![
            vec![3.5],
            vec![2.0, 2.0],
            vec![0.0; 9],
            vec![5.0; 40],
            (0..n).map(|i| 1.0 / (1.0 + i as f64).powi(6)).collect(),
            (0..n).map(|i| if i < 3 { 4.0 } else { 0.0 }).collect(),
            (0..n).map(|i| 1.0 + 1e-15 * i as f64 + f64::from(i % 5)).collect(),
            (0..n).map(|i| 1.0 + 1e-5 * i as f64).collect(),
            (0..n).map(|i| if i % 2 == 0 { 1e9 + i as f64 } else { -1e-9 * i as f64 }).collect(),
        ]
    }

    #[test]
    fn eigenvectors_are_orthogonal_and_give_the_matrix_back() {
        for values in spectra() {
            let (n, m) = (values.len(), with_eigenvalues(&values));
            let (found, vectors) = eigen(m.clone(), n, n);
            let mut expected = values.clone();
            expected.sort_by(|a, b| b.total_cmp(a));
            let size = values.iter().fold(f64::MIN_POSITIVE, |size, value| size.max(value.abs()));
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-13 * size), "{found:?} {expected:?}");
            let rows = || vectors.chunks_exact(n).enumerate();
            for (i, a) in rows() {
                for (j, b) in rows() {
                    let unit = if i == j { 1.0 } else { 0.0 };
                    assert!((dot(a, b) - unit).abs() < 1e-11, "{n} {i} {j}: {}", dot(a, b) - unit);
                }
            }
            let back = |a: usize, b: usize| rows().map(|(i, v)| found[i] * v[a] * v[b]).sum::<f64>();
            let worst = (0..n * n).map(|at| (back(at / n, at % n) - m[at]).abs()).fold(0.0, f64::max);
            assert!(worst < 1e-12 * size, "{values:?}: {worst}");
        }
    }

    #[test]
    fn the_first_vectors_are_those_of_all_and_no_thread_changes_a_bit() {
        for values in spectra() {
            let (n, m) = (values.len(), with_eigenvalues(&values));
            let in_pool = |threads: usize, wanted: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| eigen(m.clone(), n, wanted))
            };
            let (all, first) = (in_pool(1, n), in_pool(3, n.min(2)));
            assert_eq!((&all.0, &all.1[..n * n.min(2)]), (&first.0, &first.1[..]));
        }
    }
}
