//! Fits of many k: by threads two at a time; of rows that lie in shards, every start of every k together.
//!
//! `auto` stops after some of its starts, which is only known when they have ended: in shards all of them are followed, and those that
//! it would not have made count for nothing. So a fit is the same, wherever its rows are. Labels are asked for in the end, of the best
//! starts alone.

use rayon::prelude::*;

use super::cost::{AT_ONCE, fits_together, labels_together};
use super::fit::KMeansFit;
use super::lloyd::{Descent, Run, descend};
use super::race::Race;
use super::rows::Rows;
use super::samples::first_rows;
use super::shard::Shards;
use super::starts::{Ends, most};
use super::together::Together;
use super::{Centroids, KMeansValidParams, StartMethod};
use crate::cluster::ClusterError;
use crate::matrix::TiledMatrix;
use crate::monitor::Monitor;

/// Fits `all` to the rows of `matrix`, each as [`KMeansValidParams::fit_in`] does, by `shards` where they have the rows.
pub(in crate::cluster) fn fit_each(
    all: &[KMeansValidParams],
    matrix: &TiledMatrix,
    shards: Option<&dyn Shards>,
    warm: Option<&Centroids>,
    monitor: &Monitor,
) -> Result<Vec<KMeansFit>, ClusterError> {
    let rows = Rows::of(matrix);
    let Some(shards) = shards else { return fit_here(all, &rows, warm, monitor) };
    all.iter().try_for_each(|params| params.refuse_more_clusters_than_rows(params.k(), matrix))?;
    let together = Together { rows: &rows, shards, monitor };
    let n = matrix.n_customers() as u64;
    let begins = begins(all, &together, warm)?;
    let task = monitor.task("k-means", begins.len() as u64);
    let ends = together.each(begins, fits_together(n), |begin, rows| {
        let end = begin.follow(rows, monitor)?;
        task.advance(1);
        Ok(end)
    })?;
    let mut of_params: Vec<Vec<End<'_>>> = all.iter().map(|_| Vec::new()).collect();
    ends.into_iter().for_each(|end| of_params[end.begin.fit].push(end));
    let best = of_params.into_iter().map(best).collect();
    together.each(best, labels_together(n), |End { begin, method, descent, .. }, rows| {
        let ended = rows.passes(descent.centroids.k()).end(&descent.centroids)?;
        Ok(begin.params.finish(matrix, Run::of(descent, ended), begin.start, method))
    })
}

/// [`fit_each`] by the threads of this process, [`AT_ONCE`] at a time: some find work in one fit while another draws or ends.
fn fit_here(
    all: &[KMeansValidParams],
    rows: &Rows<'_>,
    warm: Option<&Centroids>,
    monitor: &Monitor,
) -> Result<Vec<KMeansFit>, ClusterError> {
    let mut fits = Vec::with_capacity(all.len());
    for alike in all.chunk_by(share_samples) {
        let samples = alike[0].samples(rows);
        for some in alike.chunks(AT_ONCE) {
            let fitted = some.par_iter().map(|params| params.fit_in(rows, samples.as_ref(), warm, monitor));
            // Collected before the first error is taken: which one that is does not depend on the threads.
            let fitted: Vec<Result<KMeansFit, ClusterError>> = fitted.collect();
            fits.extend(fitted.into_iter().collect::<Result<Vec<_>, _>>()?);
        }
    }
    Ok(fits)
}

/// Whether two fits of one plan race on the same samples.
fn share_samples(a: &KMeansValidParams, b: &KMeansValidParams) -> bool {
    first_rows(a.k()) == first_rows(b.k())
}

/// A start that is to be followed.
struct Begin<'a> {
    params: &'a KMeansValidParams,
    /// The number of the fit that it is one of.
    fit: usize,
    start: usize,
    /// From where; `None` = it is to be drawn.
    from: Option<(Centroids, StartMethod)>,
}

/// Where a start led.
struct End<'a> {
    begin: Begin<'a>,
    method: StartMethod,
    descent: Descent,
    inertia: f64,
}

/// The starts of all fits, fit by fit: those that a race leaves where it speaks for all rows, else all that there may be; then `warm`.
fn begins<'a>(
    all: &'a [KMeansValidParams],
    together: &Together<'_>,
    warm: Option<&Centroids>,
) -> Result<Vec<Begin<'a>>, ClusterError> {
    let &Together { rows, monitor, .. } = together;
    let mut races: Vec<Option<Race>> = Vec::with_capacity(all.len());
    for alike in all.chunk_by(share_samples) {
        let samples = alike[0].samples(rows);
        let race = |params: &KMeansValidParams| samples.as_ref().map(|all| params.race(all, monitor)).transpose();
        races.extend(alike.iter().map(race).collect::<Result<Vec<_>, _>>()?);
    }
    let first: Vec<&Centroids> = races.iter().flatten().map(|race| &race.racers[0].centroids).collect();
    let at_once = fits_together(rows.matrix.n_customers() as u64);
    let as_raced = together.each(first, at_once, |first, rows| rows.passes(first.k()).inertia(first))?;
    let mut as_raced = as_raced.into_iter();
    let mut begins = Vec::new();
    for (fit, (params, race)) in all.iter().zip(races).enumerate() {
        let begin = |start, from| Begin { params, fit, start, from };
        match race.filter(|race| as_raced.next().is_some_and(|inertia| race.speaks_for(inertia))) {
            Some(race) => begins.extend(
                race.racers.into_iter().map(|one| begin(one.start, Some((one.centroids, StartMethod::Sampled)))),
            ),
            None => begins.extend((0..most(params.n_init())).map(|start| begin(start, None))),
        }
        if let Some(warm) = warm.filter(|warm| warm.k() == params.k()) {
            begins.push(begin(most(params.n_init()), Some((warm.clone(), StartMethod::Continued))));
        }
    }
    Ok(begins)
}

impl<'a> Begin<'a> {
    fn follow(mut self, rows: &Rows<'_>, monitor: &Monitor) -> Result<End<'a>, ClusterError> {
        let (centroids, method) = match self.from.take() {
            Some(from) => from,
            None => {
                let (drawn, method) = self.params.starting_rows(rows, self.start as u64, monitor)?;
                (Centroids::from_rows(rows.matrix, &drawn), method)
            }
        };
        let (descent, passes) = descend(rows, centroids, self.params.limits(&rows.stats), monitor)?;
        let inertia = passes.inertia(&descent.centroids)?;
        Ok(End { begin: self, method, descent, inertia })
    }
}

/// The best of the starts of a fit, which has one: the earliest among equals, of those that it would have made one after the other.
fn best<'a>(ends: Vec<End<'a>>) -> End<'a> {
    let n_init = ends[0].begin.params.n_init();
    let mut made = Ends::of(n_init);
    let is_made = |end: &End<'a>| match end.method {
        StartMethod::PlusPlus | StartMethod::Parallel => {
            let is_made = made.next().is_some();
            if is_made {
                made.add(end.inertia);
            }
            is_made
        }
        _ => true,
    };
    let better = |best: End<'a>, next: End<'a>| if best.inertia <= next.inertia { best } else { next };
    ends.into_iter().filter(is_made).reduce(better).expect("the first start is always made")
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::cluster::kmeans::KMeansParams;
    use crate::random::stream;

    #[test]
    fn fits_of_many_k_are_those_of_each_alone_on_any_number_of_threads() {
        let mut numbers = stream(5, "test", 0);
        // Enough rows for a race, of which k = 17 has larger samples.
        let rows: Vec<f32> = (0..300_000).map(|i| 10.0 * (i % 6) as f32 + numbers.random::<f32>()).collect();
        let matrix = TiledMatrix::from_rows(&rows, 1).unwrap();
        let all = [2, 5, 6, 17].map(|k| KMeansParams::new(k).check().unwrap());
        assert!(all.iter().all(|params| params.samples(&Rows::of(&matrix)).is_some()));
        let alone = all.each_ref().map(|params| params.fit(&matrix, &Monitor::silent()).unwrap());
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let each = pool.install(|| fit_each(&all, &matrix, None, None, &Monitor::silent()).unwrap());
            assert_eq!(each, alone);
        }
    }
}
