//! Fits that go over rows in shards together.
//!
//! A fit asks the shards one question after the other, each of which is a pass over the rows. Fits that go over them together have
//! their questions asked at once, as soon as each of them has one: there are as many rounds as the longest of them has questions.
//! What a fit asks depends on its own answers alone, so company changes nothing.

use std::iter::Enumerate;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::vec;

use super::rows::Rows;
use super::shard::{Question, ShardAnswer, Shards, unasked};
use super::share::{Place, Said, Share, failed};
use crate::cluster::ClusterError;
use crate::monitor::Monitor;

/// Rows that fits go over together, and who has them.
pub(super) struct Together<'a> {
    pub(super) rows: &'a Rows<'a>,
    pub(super) shards: &'a dyn Shards,
    pub(super) monitor: &'a Monitor,
}

impl Together<'_> {
    /// What `fit` makes of each of `fits`, in their order; at most `at_once` of them, but one, are under way at a time.
    ///
    /// # Errors
    /// That of the shards, or the first of the fits that fail in the same round; no other fit goes on then.
    pub(super) fn each<T: Send, R: Send>(
        &self,
        fits: Vec<T>,
        at_once: u64,
        fit: impl Fn(T, &Rows<'_>) -> Result<R, ClusterError> + Sync,
    ) -> Result<Vec<R>, ClusterError> {
        let n_places = fits.len().min(at_once.max(1) as usize);
        if n_places == 0 {
            return Ok(Vec::new());
        }
        // Threads of their own: they wait for each other, which those that compute must not.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_places).build();
        let pool = pool.map_err(|error| failed(format!("cannot start {n_places} threads: {error}")))?;
        let found: Mutex<Vec<Option<R>>> = Mutex::new(fits.iter().map(|_| None).collect());
        let waiting = Mutex::new(fits.into_iter().enumerate());
        let (said, heard) = channel();
        let (to_places, at_places): (Vec<_>, Vec<_>) = (0..n_places).map(|_| channel()).unzip();
        let at_places: Vec<Mutex<Receiver<Vec<ShardAnswer>>>> = at_places.into_iter().map(Mutex::new).collect();
        let fill = |number: usize| {
            let place = Place { number, said: &said, answers: &at_places[number] };
            while let Some((number, one)) = next(&waiting) {
                let share = Share { fit: number, place: &place };
                match fit(one, &self.rows.shared(&share)) {
                    Ok(one) => found.lock().unwrap_or_else(PoisonError::into_inner)[number] = Some(one),
                    Err(error) => {
                        let _ = said.send(Said::Fails { fit: number, error });
                        break;
                    }
                }
            }
        };
        pool.in_place_scope(|scope| {
            scope.spawn_broadcast(|_, thread| fill(thread.index()));
            self.ask_for(heard, to_places)
        })?;
        let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(found.into_iter().map(|one| one.expect("every fit has come to its end")).collect())
    }

    /// Asks what the fits ask, until nobody does.
    fn ask_for(&self, heard: Receiver<Said>, to_places: Vec<Sender<Vec<ShardAnswer>>>) -> Result<(), ClusterError> {
        let (mut n_places, mut first) = (to_places.len(), None);
        while n_places > 0 {
            let mut asked = Vec::new();
            while asked.len() < n_places {
                match heard.recv().expect("whoever leaves a place says so") {
                    Said::Asks { place, question } => asked.push((place, question)),
                    Said::Fails { fit, error } if first.as_ref().is_none_or(|(number, _)| fit < *number) => {
                        first = Some((fit, error));
                    }
                    Said::Fails { .. } => {}
                    Said::Leaves => n_places -= 1,
                }
            }
            if let Some((_, error)) = first {
                return Err(error);
            }
            asked.sort_unstable_by_key(|(_, question)| question.fit);
            let (places, questions): (Vec<usize>, Vec<Question>) = asked.into_iter().unzip();
            if !questions.is_empty() {
                let answers = by_question(self.shards.ask(&questions, self.monitor)?, questions.len())?;
                // A fit that panicked hears nothing.
                places.into_iter().zip(answers).for_each(|(place, answers)| _ = to_places[place].send(answers));
            }
        }
        Ok(())
    }
}

/// The next fit and its number.
fn next<T>(waiting: &Mutex<Enumerate<vec::IntoIter<T>>>) -> Option<(usize, T)> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).next()
}

/// The answers of every shard, by question.
fn by_question(by_shard: Vec<Vec<ShardAnswer>>, n_questions: usize) -> Result<Vec<Vec<ShardAnswer>>, ClusterError> {
    let mut answers: Vec<Vec<ShardAnswer>> = (0..n_questions).map(|_| Vec::with_capacity(by_shard.len())).collect();
    for of_shard in by_shard {
        if of_shard.len() != n_questions {
            return Err(unasked());
        }
        answers.iter_mut().zip(of_shard).for_each(|(answers, answer)| answers.push(answer));
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::super::Centroids;
    use super::super::shard::{ShardFound, ShardTask};
    use super::*;
    use crate::matrix::TiledMatrix;
    use crate::monitor::Stopped;

    /// Shards that know nothing but how many questions they were asked at a time.
    #[derive(Default)]
    struct Counting {
        asked: Mutex<Vec<usize>>,
        /// The round in which they fail.
        fails_in: Option<usize>,
    }

    impl Shards for Counting {
        fn ask(&self, questions: &[Question], _: &Monitor) -> Result<Vec<Vec<ShardAnswer>>, ClusterError> {
            let mut asked = self.asked.lock().unwrap();
            asked.push(questions.len());
            assert!(questions.is_sorted_by(|a, b| a.fit < b.fit));
            if Some(asked.len()) == self.fails_in {
                return Err(Stopped::Interrupted.into());
            }
            let answer = |question: &Question| ShardFound::Rows(vec![question.fit]).into();
            Ok(vec![questions.iter().map(answer).collect()])
        }
    }

    /// Fits that ask so many questions each; that of number `bad` fails instead of its second one.
    fn asked_by(shards: &Counting, fits: &[usize], at_once: u64, bad: &[usize]) -> Result<Vec<usize>, ClusterError> {
        let matrix = TiledMatrix::from_rows(&[1.0, 2.0], 1).unwrap();
        let rows = Rows::of(&matrix);
        let together = Together { rows: &rows, shards, monitor: &Monitor::silent() };
        let fits: Vec<(usize, usize)> = fits.iter().copied().enumerate().collect();
        together.each(fits, at_once, |(number, n_questions), rows| {
            let share = rows.share.unwrap();
            for asked in 0..n_questions {
                if asked == 1 && bad.contains(&number) {
                    return Err(failed(format!("fit {number} is bad")));
                }
                let answers = share.ask(ShardTask::Sums { centroids: Centroids::from_rows(rows.matrix, &[0]) })?;
                assert_eq!(answers[0].found, ShardFound::Rows(vec![number]), "the answer of another");
            }
            Ok(10 * number + n_questions)
        })
    }

    #[test]
    fn there_are_as_many_rounds_as_the_longest_fit_has_questions() {
        let shards = Counting::default();
        assert_eq!(asked_by(&shards, &[3, 1, 0, 5], 9, &[]), Ok(vec![3, 11, 20, 35]));
        assert_eq!(*shards.asked.lock().unwrap(), [3, 2, 2, 1, 1]);
    }

    #[test]
    fn no_more_fits_go_over_the_rows_at_a_time_than_may() {
        for (at_once, rounds) in
            [(0, vec![1; 9]), (1, vec![1; 9]), (2, vec![2, 2, 2, 1, 1, 1]), (4, vec![3, 2, 2, 1, 1])]
        {
            let shards = Counting::default();
            assert_eq!(asked_by(&shards, &[3, 1, 0, 5], at_once, &[]), Ok(vec![3, 11, 20, 35]));
            assert_eq!(*shards.asked.lock().unwrap(), rounds, "{at_once}");
        }
        assert_eq!(asked_by(&Counting::default(), &[], 4, &[]), Ok(vec![]));
    }

    #[test]
    fn a_fit_that_fails_ends_all_with_the_first_error_of_its_round() {
        for _ in 0..50 {
            let shards = Counting::default();
            let error = asked_by(&shards, &[9, 9, 9, 9], 3, &[2, 1, 3]).unwrap_err();
            assert_eq!(error.to_string(), "fit 1 is bad");
            assert_eq!(*shards.asked.lock().unwrap(), [3]);
        }
    }

    #[test]
    fn shards_that_fail_end_all_fits() {
        let shards = Counting { fails_in: Some(3), ..Counting::default() };
        assert_eq!(asked_by(&shards, &[9, 2, 9, 9], 3, &[]), Err(Stopped::Interrupted.into()));
        assert_eq!(*shards.asked.lock().unwrap(), [3, 3, 3]);
    }

    #[test]
    #[should_panic(expected = "a fit panics")]
    fn a_fit_that_panics_leaves_nobody_waiting() {
        let matrix = TiledMatrix::from_rows(&[1.0, 2.0], 1).unwrap();
        let (rows, shards) = (Rows::of(&matrix), Counting::default());
        let together = Together { rows: &rows, shards: &shards, monitor: &Monitor::silent() };
        let _ = together.each(vec![0, 1, 2], 3, |number, rows| match number {
            1 => panic!("a fit panics"),
            _ => rows.share.unwrap().ask(ShardTask::Sums { centroids: Centroids::from_rows(rows.matrix, &[0]) }),
        });
    }
}
