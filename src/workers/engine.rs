//! Workers that an engine of many machines has.

use std::sync::{Mutex, PoisonError};

use super::WorkerError;
use super::message::{self, Message, Order, Reply, answers_of};
use crate::cluster::ClusterError;
use crate::cluster::kmeans::{Question, ShardAnswer, ShardCut, Shards};
use crate::matrix::TiledMatrix;
use crate::monitor::Monitor;

/// An engine that carries messages between this process and workers, which are [held shards](super::HeldShard) wherever it has them, and
/// which replaces those that are lost. What it carries it does not read.
///
/// An error is what went wrong, in a sentence.
pub trait Engine: Send + Sync {
    /// Hears, before it keeps any, that there will be `n_shards` shards, and how many `bytes` of memory each of them needs at most where
    /// it is held.
    ///
    /// # Errors
    /// When it knows that its workers may not have so many.
    fn reserve(&self, n_shards: usize, bytes: u64) -> Result<(), String> {
        let _ = (n_shards, bytes);
        Ok(())
    }

    /// Keeps the message that whoever answers for shard `shard` opens it by; shards are numbered from 0.
    ///
    /// # Errors
    /// When it cannot.
    fn keep(&self, shard: usize, opening: Vec<u8>) -> Result<(), String>;

    /// Gives `order` to somebody for every shard; what each answered, by the number of its shard.
    ///
    /// # Errors
    /// When somebody could not be made to answer.
    fn answers(&self, order: &[u8]) -> Result<Vec<Vec<u8>>, String>;
}

/// The shards of a matrix that an engine keeps.
pub(super) struct Kept<'a> {
    engine: &'a dyn Engine,
    n_shards: usize,
    /// The number of the last question.
    number: Mutex<u64>,
}

impl<'a> Kept<'a> {
    /// Hands `matrix` to `engine`, in `n` shards of which each needs up to `bytes` where it is held.
    pub(super) fn hand_over(
        engine: &'a dyn Engine,
        n: usize,
        bytes: u64,
        matrix: &TiledMatrix,
        monitor: &Monitor,
    ) -> Result<Self, WorkerError> {
        let cut = ShardCut::evenly(matrix, n);
        engine.reserve(cut.n_shards(), bytes).map_err(|reason| WorkerError::Engine { reason })?;
        for shard in 0..cut.n_shards() {
            monitor.check()?;
            let (opening, values) = cut.shard(shard);
            // An engine has a task for every core.
            let order = Order::Open { opening, threads: 1 };
            let message = message::bytes(&order, &[bytemuck::cast_slice(values)]);
            engine.keep(shard, message).map_err(|reason| WorkerError::Engine { reason })?;
        }
        Ok(Kept { engine, n_shards: cut.n_shards(), number: Mutex::new(0) })
    }

    fn answers(&self, questions: &[Question], monitor: &Monitor) -> Result<Vec<Vec<ShardAnswer>>, WorkerError> {
        let mut number = self.number.lock().unwrap_or_else(PoisonError::into_inner);
        *number += 1;
        let order = Order::Answer { number: *number, questions: questions.to_vec() };
        monitor.check()?;
        let answers = self.engine.answers(&message::bytes(&order, &[]));
        // An engine may have been interrupted by whoever stopped the work.
        monitor.check()?;
        let answers = answers.map_err(|reason| WorkerError::Engine { reason })?;
        if answers.len() != self.n_shards {
            let reason = format!("it gave {} answers for {} shards", answers.len(), self.n_shards);
            return Err(WorkerError::Engine { reason });
        }
        answers.iter().enumerate().map(|(shard, bytes)| answers_in(bytes, *number, shard)).collect()
    }
}

/// The answers to order `asked` that `bytes` are.
fn answers_in(bytes: &[u8], asked: u64, shard: usize) -> Result<Vec<ShardAnswer>, WorkerError> {
    let unfit = |reason| WorkerError::NotAWorker { shard: shard + 1, reason };
    let unreadable = |error: std::io::Error| unfit(error.to_string());
    let Some(message) = Message::read(&mut &*bytes).map_err(unreadable)? else {
        return Err(unfit("its answer is empty".to_owned()));
    };
    match message.said().map_err(unreadable)? {
        Reply::Answer { number, parts } if number == asked => answers_of(parts, &message.body).map_err(unreadable),
        _ => Err(unfit(format!("it answers something else than question {asked}"))),
    }
}

impl Shards for Kept<'_> {
    fn ask(&self, questions: &[Question], monitor: &Monitor) -> Result<Vec<Vec<ShardAnswer>>, ClusterError> {
        Ok(self.answers(questions, monitor)?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::cluster::kmeans::{Centroids, ShardTask};
    use crate::workers::HeldShard;

    /// An engine of this process that loses every worker after each answer.
    #[derive(Default)]
    struct Forgetful {
        kept: Mutex<Vec<Vec<u8>>>,
        /// Whether it gives the answers of the question before.
        is_late: bool,
        last: Mutex<Vec<Vec<u8>>>,
    }

    impl Engine for Forgetful {
        fn keep(&self, shard: usize, opening: Vec<u8>) -> Result<(), String> {
            let mut kept = self.kept.lock().unwrap();
            assert_eq!(kept.len(), shard);
            kept.push(opening);
            Ok(())
        }

        fn answers(&self, order: &[u8]) -> Result<Vec<Vec<u8>>, String> {
            let answer = |opening: &Vec<u8>| HeldShard::open(&mut &opening[..])?.answer(&mut &order[..]);
            let kept = self.kept.lock().unwrap();
            let answers: Vec<_> = kept.iter().map(answer).collect::<std::io::Result<_>>().map_err(|e| e.to_string())?;
            let last = std::mem::replace(&mut *self.last.lock().unwrap(), answers.clone());
            Ok(if self.is_late && !last.is_empty() { last } else { answers })
        }
    }

    fn matrix() -> TiledMatrix {
        let values: Vec<f32> = (0..3000_u32).map(|i| (i * 7919 % 613) as f32).collect();
        TiledMatrix::from_rows(&values, 3).unwrap()
    }

    /// The labels of all rows in one fit, and the bits of the numbers of all tiles.
    fn of_fit(answers: &[Vec<ShardAnswer>], fit: usize) -> (Vec<u32>, Vec<u64>) {
        let of_shards: Vec<&ShardAnswer> = answers.iter().map(|of_shard| &of_shard[fit]).collect();
        let labels = of_shards.iter().flat_map(|answer| answer.labels.clone()).collect();
        let per_tile = of_shards.iter().flat_map(|answer| &answer.per_tile).map(|x| x.to_bits()).collect();
        (labels, per_tile)
    }

    #[test]
    fn an_engine_gives_the_answers_of_whoever_has_the_whole_matrix() {
        let matrix = matrix();
        let tasks =
            [3, 400, 999].map(|row| ShardTask::End { centroids: Centroids::from_rows(&matrix, &[row, 7, 500]) });
        let questions: Vec<Question> =
            tasks.into_iter().enumerate().map(|(fit, task)| Question { fit, task }).collect();
        let ask = |n: usize| {
            let engine = Forgetful::default();
            let kept = Kept::hand_over(&engine, n, 0, &matrix, &Monitor::silent()).unwrap();
            let answers = kept.ask(&questions, &Monitor::silent()).unwrap();
            assert_eq!(answers.len(), n);
            [0, 1, 2].map(|fit| of_fit(&answers, fit))
        };
        assert_eq!(ask(1), ask(5));
        assert_eq!(ask(1)[2].0.len(), 1000);
    }

    #[test]
    fn an_answer_to_another_question_is_refused() {
        let matrix = matrix();
        let engine = Forgetful { is_late: true, ..Forgetful::default() };
        let kept = Kept::hand_over(&engine, 2, 0, &matrix, &Monitor::silent()).unwrap();
        let questions =
            [Question { fit: 0, task: ShardTask::Sums { centroids: Centroids::from_rows(&matrix, &[3, 400]) } }];
        kept.ask(&questions, &Monitor::silent()).unwrap();
        let error = kept.ask(&questions, &Monitor::silent()).unwrap_err().to_string();
        assert_eq!(error, "worker 1 does not speak as workers do: it answers something else than question 2");
    }
}
