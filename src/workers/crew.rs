//! The workers of one run: every shard has one, and whoever is lost is replaced.

use std::sync::{Mutex, PoisonError};

use super::WorkerError;
use super::message::{self, Message, Order, Reply, answers_of};
use super::process::{Process, Refused, Silence};
use super::wanted::Workers;
use crate::cluster::ClusterError;
use crate::cluster::kmeans::{Question, ShardAnswer, ShardCut, Shards};
use crate::matrix::TiledMatrix;
use crate::monitor::Monitor;

/// How often a worker may be lost.
const LOSSES: usize = 4;

/// Workers that hold the shards of a matrix; dropping them ends them.
pub(crate) struct Crew<'a> {
    cut: ShardCut<'a>,
    workers: &'a Workers,
    /// Threads of each.
    threads: usize,
    state: Mutex<State>,
}

struct State {
    /// The number of the last question.
    number: u64,
    /// One a shard.
    seats: Vec<Seat>,
}

/// Whoever holds one shard.
struct Seat {
    process: Option<Process>,
    losses: usize,
    accepted: Accepted,
}

/// The answer that was accepted last: the number of its question, and what stands for it.
#[derive(Debug, Default)]
struct Accepted(Option<(u64, blake3::Hash)>);

impl Accepted {
    /// Whether an answer to question `number` is the first to question `asked`. A second answer has to be the same again; then
    /// it is as if it had not come.
    fn accept(&mut self, asked: u64, number: u64, hash: blake3::Hash, shard: usize) -> Result<bool, WorkerError> {
        match self.0 {
            Some((known, accepted)) if known == number => match accepted == hash {
                true => Ok(false),
                false => Err(WorkerError::TwoAnswers { shard: shard + 1 }),
            },
            _ if number == asked => {
                self.0 = Some((number, hash));
                Ok(true)
            }
            _ => {
                let reason = format!("it answers question {number}, and {asked} is the last one");
                Err(WorkerError::NotAWorker { shard: shard + 1, reason })
            }
        }
    }
}

impl<'a> Crew<'a> {
    /// Starts a worker for each shard of `matrix`, with `threads` altogether.
    pub(crate) fn start(
        workers: &'a Workers,
        matrix: &'a TiledMatrix,
        threads: usize,
        monitor: &Monitor,
    ) -> Result<Self, WorkerError> {
        let cut = ShardCut::evenly(matrix, workers.n);
        let seats = (0..cut.n_shards()).map(|_| Seat { process: None, losses: 0, accepted: Accepted::default() });
        let threads = threads.div_ceil(cut.n_shards());
        let state = Mutex::new(State { number: 0, seats: seats.collect() });
        let crew = Crew { cut, workers, threads, state };
        let mut state = crew.state.lock().unwrap_or_else(PoisonError::into_inner);
        for (shard, seat) in state.seats.iter_mut().enumerate() {
            crew.insist(shard, seat, monitor, |_, _| Ok(()))?;
        }
        drop(state);
        Ok(crew)
    }

    /// Starts a worker and gives it shard `shard`.
    fn open(&self, shard: usize, monitor: &Monitor) -> Result<Process, Refused> {
        let patience = self.workers.patience;
        let mut process = Process::start(&self.workers.command)?;
        process.greeted(shard + 1, patience, monitor)?;
        let (opening, values) = self.cut.shard(shard);
        let order = Order::Open { opening, threads: self.threads };
        process.send(patience, monitor, |input| message::write(input, &order, &[bytemuck::cast_slice(values)]))?;
        Ok(process)
    }

    /// Does `work` with the worker in `seat`, and again with another one when it is lost meanwhile.
    fn insist<T>(
        &self,
        shard: usize,
        seat: &mut Seat,
        monitor: &Monitor,
        mut work: impl FnMut(&mut Process, &mut Accepted) -> Result<T, Refused>,
    ) -> Result<T, WorkerError> {
        loop {
            let process = seat.process.take().map_or_else(|| self.open(shard, monitor), Ok);
            let done = process.and_then(|mut process| {
                let done = work(&mut process, &mut seat.accepted)?;
                seat.process = Some(process);
                Ok(done)
            });
            match done {
                Ok(done) => return Ok(done),
                Err(Refused::Unfit(error)) => return Err(error),
                Err(Refused::Silent(Silence::Stopped(stopped))) => return Err(stopped.into()),
                Err(Refused::Silent(Silence::Lost(reason))) => {
                    seat.losses += 1;
                    if seat.losses == LOSSES {
                        return Err(WorkerError::Lost { shard: shard + 1, times: LOSSES, reason });
                    }
                }
            }
        }
    }

    fn answers(&self, questions: &[Question], monitor: &Monitor) -> Result<Vec<Vec<ShardAnswer>>, WorkerError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.number += 1;
        let State { number, seats } = &mut *state;
        let (number, patience) = (*number, self.workers.patience);
        let order = Order::Answer { number, questions: questions.to_vec() };
        let ask = |process: &mut Process| match process.asked == number {
            true => Ok(()),
            false => {
                process.asked = number;
                process.send(patience, monitor, |input| message::write(input, &order, &[]))
            }
        };
        // All of them first, so that they work at the same time.
        for (shard, seat) in seats.iter_mut().enumerate() {
            self.insist(shard, seat, monitor, |process, _| Ok(ask(process)?))?;
        }
        let answer = |(shard, seat): (usize, &mut Seat)| {
            self.insist(shard, seat, monitor, |process, accepted| {
                // One that took the place of another was not asked yet.
                ask(process)?;
                loop {
                    let message = process.receive(patience, monitor)?;
                    if let Some(answers) = answers_in(&message, number, accepted, shard)? {
                        return Ok(answers);
                    }
                }
            })
        };
        seats.iter_mut().enumerate().map(answer).collect()
    }
}

/// The answers to order `asked` that a message holds; `None` when it was accepted before.
fn answers_in(
    message: &Message,
    asked: u64,
    accepted: &mut Accepted,
    shard: usize,
) -> Result<Option<Vec<ShardAnswer>>, Refused> {
    let unreadable = |error: std::io::Error| Silence::Lost(error.to_string());
    let Reply::Answer { number, parts } = message.said().map_err(unreadable)? else {
        return Err(WorkerError::NotAWorker { shard: shard + 1, reason: "it greets again".to_owned() }.into());
    };
    if !accepted.accept(asked, number, message.hash(), shard)? {
        return Ok(None);
    }
    Ok(Some(answers_of(parts, &message.body).map_err(unreadable)?))
}

impl Shards for Crew<'_> {
    fn ask(&self, questions: &[Question], monitor: &Monitor) -> Result<Vec<Vec<ShardAnswer>>, ClusterError> {
        Ok(self.answers(questions, monitor)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::kmeans::ShardFound;

    /// An answer as it comes from a worker.
    fn answer(number: u64, label: u32) -> Message {
        let answer = ShardAnswer { found: ShardFound::Nothing, per_tile: vec![0.5], labels: vec![label] };
        let mut bytes = Vec::new();
        message::write_answers(&mut bytes, number, vec![answer]).unwrap();
        Message::read(&mut &bytes[..]).unwrap().unwrap()
    }

    #[test]
    fn a_second_answer_changes_nothing_unless_it_differs() {
        let mut accepted = Accepted::default();
        let mut accept = |asked, message: &Message| match answers_in(message, asked, &mut accepted, 0) {
            Ok(answers) => Ok(answers.map(|answers| answers[0].labels[0])),
            Err(Refused::Unfit(error)) => Err(error.to_string()),
            Err(Refused::Silent(silence)) => panic!("{silence:?}"),
        };
        assert_eq!(accept(1, &answer(1, 7)), Ok(Some(7)));
        assert_eq!(accept(1, &answer(1, 7)), Ok(None), "again");
        assert_eq!(accept(2, &answer(1, 7)), Ok(None), "again, late");
        let differs = "worker 1 answered twice, and the answers differ";
        assert_eq!(accept(2, &answer(1, 8)), Err(differs.to_owned()));
        assert_eq!(accept(2, &answer(2, 8)), Ok(Some(8)));
        let unknown = "worker 1 does not speak as workers do: it answers question 7, and 2 is the last one";
        assert_eq!(accept(2, &answer(7, 8)), Err(unknown.to_owned()));
    }
}
