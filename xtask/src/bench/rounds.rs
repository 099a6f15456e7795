//! The measuring: every measurement in a fresh process, entrants in turn, several rounds.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::entrant::Entrant;
use super::results::{Entry, Failure};

/// How often is measured, and how long a measurement may take.
pub struct Rounds {
    runs: usize,
    limit: Duration,
    /// Where the outputs of a measurement are caught.
    folder: PathBuf,
}

impl Rounds {
    pub fn new(runs: usize, limit: Duration, folder: &Path) -> Self {
        Rounds { runs, limit, folder: folder.to_owned() }
    }

    /// The same with at most `runs` rounds.
    pub fn at_most(&self, runs: usize) -> Self {
        Rounds { runs: self.runs.min(runs), limit: self.limit, folder: self.folder.clone() }
    }

    /// Measures all entrants in turn, round by round; who fails once is not measured again.
    pub fn measure(&self, entrants: &[Entrant]) -> Vec<Entry> {
        let mut entries: Vec<Entry> = entrants.iter().map(|entrant| Entry::of(&entrant.name)).collect();
        for _ in 0..self.runs {
            for (entrant, entry) in entrants.iter().zip(&mut entries).filter(|(_, entry)| entry.failure.is_none()) {
                match self.once(entrant) {
                    Ok(line) => entry.lines.push(line),
                    Err(failure) => entry.failure = Some(failure),
                }
            }
        }
        entries
    }

    fn once(&self, entrant: &Entrant) -> Result<Value, Failure> {
        let command = (entrant.command)().map_err(Failure::Error)?;
        let (printed, seconds) = self.output(command)?;
        let line = serde_json::from_str(&printed).or_else(|_| {
            // Libraries may have printed something before.
            serde_json::from_str(printed.trim_end().lines().next_back().unwrap_or_default())
        });
        let line = line.map_err(|error| Failure::Error(format!("no line of JSON: {error}")))?;
        Ok((entrant.read)(line, seconds))
    }

    /// What a program prints, and the seconds from its start to its end.
    fn output(&self, mut command: Command) -> Result<(String, f64), Failure> {
        let error = |error: std::io::Error| Failure::Error(error.to_string());
        // Files take any amount of output without anybody having to read along.
        let (out, err) = (self.folder.join("out.txt"), self.folder.join("err.txt"));
        command.stdin(Stdio::null()).stdout(File::create(&out).map_err(error)?);
        command.stderr(File::create(&err).map_err(error)?);
        let start = Instant::now();
        let mut child = command.spawn().map_err(error)?;
        let status = wait(&mut child, self.limit).map_err(error)?;
        let seconds = start.elapsed().as_secs_f64();
        let Some(status) = status else { return Err(Failure::Limit(self.limit.as_secs())) };
        if !status.success() {
            let text = std::fs::read_to_string(&err).unwrap_or_default();
            let last = text.trim_end().lines().next_back().unwrap_or_default();
            return Err(Failure::Error(format!("{status}: {last}")));
        }
        Ok((std::fs::read_to_string(&out).map_err(error)?, seconds))
    }
}

/// Waits for the end of a process; `None` when it had to be ended because the limit had passed.
fn wait(child: &mut Child, limit: Duration) -> std::io::Result<Option<std::process::ExitStatus>> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}
