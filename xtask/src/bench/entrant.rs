//! Who is timed, and how a program's figures are read.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::workload::{Kind, Workload};
use crate::command::{output, target};

/// The name segmint has in every list of entrants.
pub const SEGMINT: &str = "segmint";

/// A program on one workload.
pub struct Entrant {
    pub name: String,
    /// The program of one measurement.
    pub command: Box<dyn Fn() -> Result<Command, String>>,
    /// The figures `s` (seconds) and `rss_mb` (MiB), and what was found, from what the program prints and the seconds from
    /// its start to its end.
    pub read: Box<dyn Fn(Value, f64) -> Value>,
}

/// Programs that time themselves print the figures as they are kept.
pub fn as_printed(line: Value, _: f64) -> Value {
    line
}

/// The programs of this project.
pub struct Segmint {
    time_kernel: PathBuf,
    program: PathBuf,
    data: PathBuf,
    work: PathBuf,
}

impl Segmint {
    /// The programs as built for release, on the tables in `data`.
    pub fn in_release(root: &Path, data: &Path, work: &Path) -> Self {
        let built = |name: &str| target(root).join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        Segmint {
            time_kernel: built("examples/time_kernel"),
            program: built("segmint"),
            data: data.to_owned(),
            work: work.to_owned(),
        }
    }

    /// segmint on a workload.
    pub fn on(&self, workload: &Workload) -> Entrant {
        let file = self.data.join(workload.file());
        let verb = match workload.kind {
            Kind::KMeans => "kmeans",
            Kind::Dbscan => "dbscan",
            Kind::Load => "load",
            Kind::Job => return self.job(file, workload.has_dbscan()),
        };
        let mut arguments = vec![verb.to_owned(), file.display().to_string()];
        arguments.extend(workload.arguments.iter().cloned());
        self.kernel(arguments)
    }

    /// The file of a table.
    pub fn table(&self, name: &str) -> PathBuf {
        self.data.join(format!("{name}.parquet"))
    }

    /// The file of the first rows or columns of a table, made for this.
    pub fn cut(&self, name: &str, flag: &str, size: usize) -> Result<PathBuf, String> {
        let smaller = self.work.join("cut.parquet");
        let mut command = Command::new(&self.time_kernel);
        command.arg("cut").arg(self.table(name)).arg(&smaller).arg(flag).arg(size.to_string());
        output(&mut command)?;
        Ok(smaller)
    }

    /// The rates of the machine.
    pub fn roofline(&self) -> Entrant {
        self.kernel(vec!["roofline".to_owned()])
    }

    /// segmint on the words of `kernel`, of which `TABLE` is a file.
    pub fn on_words(&self, kernel: &str, table: &Path) -> Entrant {
        let argument = |word: &str| if word == "TABLE" { table.display().to_string() } else { word.to_owned() };
        self.kernel(kernel.split(' ').map(argument).collect())
    }

    fn kernel(&self, arguments: Vec<String>) -> Entrant {
        let program = self.time_kernel.clone();
        let command = move || {
            let mut command = Command::new(&program);
            command.args(&arguments);
            Ok(command)
        };
        Entrant { name: SEGMINT.to_owned(), command: Box::new(command), read: Box::new(as_printed) }
    }

    /// The whole job as a user starts it; nothing of an earlier measurement is left.
    fn job(&self, file: PathBuf, has_dbscan: bool) -> Entrant {
        let (program, folder) = (self.program.clone(), self.work.join("job"));
        let command = move || {
            prepare_job(&folder, &file, has_dbscan).map_err(|error| format!("{}: {error}", folder.display()))?;
            let mut command = Command::new(&program);
            command.args(["run", "--json"]).current_dir(&folder);
            Ok(command)
        };
        Entrant { name: SEGMINT.to_owned(), command: Box::new(command), read: Box::new(job_figures) }
    }
}

fn prepare_job(folder: &Path, file: &Path, has_dbscan: bool) -> std::io::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    // A JSON string is a TOML string.
    let path = json!(file);
    let plan = format!(
        "# What the rival's script does: standardise, k-means for k = 2 … 10 with 3 starts, DBSCAN, tiers.\n\
         [source]\npath = {path}\nid = \"customer_id\"\ntier = \"true_cluster\"\n\
         [normalize]\ntransform = \"none\"\n\
         [cluster.kmeans]\nk_range = [2, 10]\nn_init = 3\n\
         [cluster.dbscan]\nenabled = {has_dbscan}\n\
         [registry]\npath = \"runs\"\n"
    );
    std::fs::write(folder.join("pipeline.toml"), plan)
}

fn job_figures(summary: Value, seconds: f64) -> Value {
    json!({
        "s": seconds,
        "rss_mb": summary["peak_memory"].as_u64().map(|bytes| bytes >> 20),
        "k": summary["k"],
        "clusters": summary["dbscan"]["n_clusters"],
        "noise": summary["dbscan"]["n_noise"],
    })
}
