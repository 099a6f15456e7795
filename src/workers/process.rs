//! One worker as a process of this machine.

use std::ffi::OsString;
use std::io::{self, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::WorkerError;
use super::message::{Greeting, Message, Reply};
use crate::monitor::{Monitor, Stopped};

/// How long a driver waits before it looks again whether it shall stop.
const SLICE: Duration = Duration::from_millis(20);

/// Why a worker did not give a message.
#[derive(Debug)]
pub(super) enum Silence {
    /// It is lost; another one may do.
    Lost(String),
    /// The work is to end.
    Stopped(Stopped),
}

impl From<Stopped> for Silence {
    fn from(stopped: Stopped) -> Self {
        Silence::Stopped(stopped)
    }
}

/// A process that speaks as a worker; dropping it ends it.
pub(super) struct Process {
    child: Child,
    input: ChildStdin,
    messages: Receiver<io::Result<Message>>,
    /// The number of the last question it was given; 0 = none.
    pub(super) asked: u64,
}

impl Process {
    /// Starts `command`.
    pub(super) fn start(command: &[OsString]) -> Result<Process, WorkerError> {
        let failed = |source| {
            let words: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
            WorkerError::Start { command: words.join(" "), source }
        };
        let (program, arguments) = command.split_first().ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
        let mut started = Command::new(program);
        started.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        // Ctrl-C is for the driver, which ends its workers.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut started, 0);
        let mut child = started.spawn().map_err(failed)?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (input, output) = input.zip(output).expect("both are pipes");
        let (sender, messages) = channel();
        let mut output = BufReader::new(output);
        thread::spawn(move || {
            // Until the end, or until nobody listens.
            while let Some(message) = Message::read(&mut output).transpose() {
                let is_last = message.is_err();
                if sender.send(message).is_err() || is_last {
                    break;
                }
            }
        });
        Ok(Process { child, input, messages, asked: 0 })
    }

    /// Waits for its greeting and refuses one of another version.
    pub(super) fn greeted(&mut self, shard: usize, patience: Duration, monitor: &Monitor) -> Result<(), Refused> {
        let message = self.receive(patience, monitor)?;
        let reason = match message.said() {
            Ok(Reply::Greeting(greeting)) if greeting == Greeting::own() => return Ok(()),
            Ok(Reply::Greeting(greeting)) if greeting.version != Greeting::own().version => {
                return Err(WorkerError::OtherVersion { found: greeting.version }.into());
            }
            Ok(_) => "it is of another kind of machine, or does not greet".to_owned(),
            Err(error) => error.to_string(),
        };
        Err(WorkerError::NotAWorker { shard, reason }.into())
    }

    /// Lets `write` write to it; when that takes longer than `patience`, it is lost.
    pub(super) fn send(
        &mut self,
        patience: Duration,
        monitor: &Monitor,
        write: impl FnOnce(&mut ChildStdin) -> io::Result<()> + Send,
    ) -> Result<(), Silence> {
        let Process { child, input, .. } = self;
        thread::scope(|scope| {
            let (sender, done) = channel();
            scope.spawn(move || _ = sender.send(write(input)));
            let written = wait(&done, patience, monitor);
            if written.is_err() {
                // Whoever still writes to it ends too.
                end(child);
            }
            written?.map_err(|_| Silence::Lost(ended(child)))
        })
    }

    /// Its next message.
    pub(super) fn receive(&mut self, patience: Duration, monitor: &Monitor) -> Result<Message, Silence> {
        match wait(&self.messages, patience, monitor) {
            Ok(Ok(message)) => Ok(message),
            Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => Err(Silence::Lost(error.to_string())),
            // Its output ended, within a message or between two.
            Ok(Err(_)) => Err(Silence::Lost(ended(&mut self.child))),
            Err(Silence::Lost(reason)) if reason.is_empty() => Err(Silence::Lost(ended(&mut self.child))),
            Err(silence) => Err(silence),
        }
    }
}

/// Why a worker does not come into question.
pub(super) enum Refused {
    Silent(Silence),
    /// No other worker of this command would do.
    Unfit(WorkerError),
}

impl From<Silence> for Refused {
    fn from(silence: Silence) -> Self {
        Refused::Silent(silence)
    }
}

impl From<WorkerError> for Refused {
    fn from(error: WorkerError) -> Self {
        Refused::Unfit(error)
    }
}

/// What comes out of `channel` within `patience`; an empty reason when nothing will.
fn wait<T>(channel: &Receiver<T>, patience: Duration, monitor: &Monitor) -> Result<T, Silence> {
    let mut waited = Duration::ZERO;
    while waited < patience {
        monitor.check()?;
        match channel.recv_timeout(SLICE) {
            Ok(received) => return Ok(received),
            Err(RecvTimeoutError::Disconnected) => return Err(Silence::Lost(String::new())),
            Err(RecvTimeoutError::Timeout) => waited += SLICE,
        }
    }
    Err(Silence::Lost(WorkerError::no_answer(patience.as_secs_f64())))
}

/// Ends a process, and those it has started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = rustix::process::Pid::from_raw(child.id() as i32)
        && matches!(child.try_wait(), Ok(None))
    {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
}

/// How a process that says nothing more ended.
fn ended(child: &mut Child) -> String {
    // It may only have closed its output.
    end(child);
    child.wait().map_or_else(|error| error.to_string(), |status| format!("it ended ({status})"))
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&mut self.child);
        let _ = self.child.wait();
    }
}
