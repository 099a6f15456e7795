//! What k-means costs. Rates are of one thread, as measured (docs/methods.md).

use super::samples::{first_rows, last_rows};
use super::starts::{MOST, most};
use crate::config::{Auto, Init, KMeansPlan};

/// Products of a row's features with centroids in a second.
const PRODUCTS: f64 = 8.7e9;
/// Passes a start needs on average.
const PASSES: f64 = 20.0;

/// Starts that `auto` makes where none race, on average (docs/validation.md).
const UNRACED: f64 = 9.4;
/// Starts that a race leaves, on average, where its samples speak for all rows. Where they do not, up to ten more are made,
/// which nobody can foresee.
const SURVIVING: f64 = 1.5;

/// Starts of a fit of `n` rows in up to `k` clusters, as far as can be known before; those that race count by the rows they have.
pub(crate) fn starts(init: Init, n_init: Auto<usize>, n: u64, k: u64) -> f64 {
    let (n, k) = (n as usize, k as usize);
    match n_init {
        Auto::Given(n_init) => n_init as f64,
        Auto::Auto if init != Init::Parallel && last_rows(n, k).is_some() => {
            SURVIVING + MOST as f64 * first_rows(k) as f64 / n as f64
        }
        Auto::Auto => UNRACED,
    }
}

/// Seconds of fits of `n` rows with `d` features, of `clusters` clusters altogether, from `starts` starts each.
pub(crate) fn fit_seconds(n: f64, d: f64, clusters: f64, starts: f64, max_iter: usize) -> f64 {
    n * d * clusters * starts * PASSES.min(max_iter as f64) / PRODUCTS
}

/// Bytes of a row of a fit: its label and bounds, those of the best start so far, and the distances that starts are drawn by.
const ROW_BYTES: u64 = 32;

/// Bytes of a fit of `n` rows with `d` features in `k` clusters.
pub(crate) fn fit_bytes(n: u64, d: u64, k: u64) -> u64 {
    ROW_BYTES * n + k * (k + 64 * d)
}

/// Fits of different k that threads make at a time.
pub(super) const AT_ONCE: usize = 2;

/// Bytes of `n_fits` fits of `n` rows with `d` features in up to `k` clusters, some at a time: the values of the last sample that
/// starts race on, and of every fit its rows or its race, whichever is more: what every start knows of the rows of the sample, and
/// a fit of these for every thread.
pub(crate) fn fits_bytes(n_init: Auto<usize>, n: u64, d: u64, k: u64, n_fits: u64, threads: u64) -> u64 {
    let rows = last_rows(n as usize, k as usize).filter(|_| n_init == Auto::Auto).unwrap_or(0) as u64;
    let race = rows * (4 * MOST as u64 + 16) + threads * fit_bytes(rows, d, k);
    rows * (4 * d + 16) + n_fits.min(AT_ONCE as u64) * fit_bytes(n, d, k).max(race)
}

/// Bytes that a shard knows of one of its rows and one fit: a label and bounds, or a distance to what was drawn.
const KNOWN_BYTES: u64 = 12;
/// Bytes of what shards know of all rows and all fits that go over them together.
const FITS_BYTES: u64 = 512 << 20;
/// Fits that go over rows together at most, however few rows there are: each has a thread.
const MOST_FITS: u64 = 128;
/// Bytes of labels that shards send at a time.
const LABELS_BYTES: u64 = 32 << 20;

/// How many fits go over `n` rows in shards together: those of which shards know 512 MiB, at most 128.
pub(super) fn fits_together(n: u64) -> u64 {
    (FITS_BYTES / (KNOWN_BYTES * n.max(1))).clamp(1, MOST_FITS)
}

/// Of how many fits shards send the labels of `n` rows at a time: 32 MiB of them, or those of one.
pub(super) fn labels_together(n: u64) -> u64 {
    (LABELS_BYTES / (4 * n.max(1))).clamp(1, MOST_FITS)
}

/// Fits of `plan` that go over `n` rows together: of every start of every k, and of the run that is continued.
fn n_together(plan: &KMeansPlan, n: u64) -> u64 {
    fits_together(n).min(n_ks(plan) * most(plan.n_init) as u64 + 1)
}

fn n_ks(plan: &KMeansPlan) -> u64 {
    match plan.k {
        Auto::Given(_) => 1,
        Auto::Auto => (plan.k_range.high() + 1 - plan.k_range.low()) as u64,
    }
}

/// Bytes that a shard of `n_own` of `n` rows with `d` features needs: its tiles, what it knows of every fit, an answer.
pub(crate) fn shard_bytes(plan: &KMeansPlan, n: u64, d: u64, n_own: u64) -> u64 {
    n_own * (4 * d + KNOWN_BYTES * n_together(plan, n) + 12)
}

/// Bytes of the answers of all shards of `n` rows: of what starts are drawn by, which is four numbers a tile, or of labels; as they
/// come, as they are copied, and as they are used.
pub(crate) fn answers_bytes(plan: &KMeansPlan, n: u64) -> u64 {
    3 * (n / 2 * n_together(plan, n)).max(4 * n * labels_together(n).min(n_ks(plan)))
}
