//! The share of one fit in passes over rows that lie in shards, which fits go over `together`.

use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Mutex, PoisonError};

use super::Centroids;
use super::shard::{Question, ShardAnswer, ShardFound, ShardTask, unasked};
use super::sums::Sums;
use crate::cluster::ClusterError;
use crate::failure::Category;
use crate::matrix::TiledMatrix;

/// The share that a fit has in the passes of all.
pub(super) struct Share<'a> {
    pub(super) fit: usize,
    pub(super) place: &'a Place<'a>,
}

/// A place among the fits that go over the rows; dropping it gives it up.
pub(super) struct Place<'a> {
    pub(super) number: usize,
    pub(super) said: &'a Sender<Said>,
    pub(super) answers: &'a Mutex<Receiver<Vec<ShardAnswer>>>,
}

/// What is said from a place.
pub(super) enum Said {
    /// Its fit asks.
    Asks { place: usize, question: Question },
    /// Its fit has failed.
    Fails { fit: usize, error: ClusterError },
    /// There is no fit for it any more.
    Leaves,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        // Also when a fit panics, for the others wait for it.
        let _ = self.said.send(Said::Leaves);
    }
}

impl Share<'_> {
    /// What every shard answers to `task`, in the order of the rows.
    ///
    /// # Errors
    /// When the fits have come to an end because one of them, or a shard, has failed.
    pub(super) fn ask(&self, task: ShardTask) -> Result<Vec<ShardAnswer>, ClusterError> {
        let Share { fit, place: Place { number, said, answers } } = *self;
        let question = Question { fit, task };
        let asked = said.send(Said::Asks { place: *number, question }).ok();
        let answered = asked.and_then(|()| answers.lock().unwrap_or_else(PoisonError::into_inner).recv().ok());
        answered.ok_or_else(|| failed("the fits have ended before this one".to_owned()))
    }

    /// What the rows nearest to each of `centroids` add up to.
    pub(super) fn sums(&self, centroids: &Centroids) -> Result<Sums, ClusterError> {
        let mut sums = Sums::zero(centroids.k(), centroids.n_features());
        for answer in self.ask(ShardTask::Sums { centroids: centroids.clone() })? {
            match &answer.found {
                ShardFound::Sums(of_shard) if of_shard.has_shape_of(&sums) => sums.add(of_shard),
                _ => return Err(unasked()),
            }
        }
        Ok(sums)
    }

    /// The sums of all tiles of `matrix` that [`ShardTask::Potential`] asks for.
    pub(super) fn potential(
        &self,
        matrix: &TiledMatrix,
        drawn: Centroids,
        trials: Option<Centroids>,
    ) -> Result<Vec<f64>, ClusterError> {
        let n_sums = matrix.n_tiles() * trials.as_ref().map_or(1, Centroids::k);
        let answers = self.ask(ShardTask::Potential { drawn, trials })?;
        let per_tile: Vec<f64> = answers.into_iter().flat_map(|answer| answer.per_tile).collect();
        if per_tile.len() == n_sums { Ok(per_tile) } else { Err(unasked()) }
    }
}

/// That fits in shards have failed for a reason that is none of theirs.
pub(super) fn failed(message: String) -> ClusterError {
    ClusterError::Elsewhere { message, category: Category::Io, hint: None }
}
