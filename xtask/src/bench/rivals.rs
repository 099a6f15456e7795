//! A folder of rivals: what they need, what they are, how they are started.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::Options;
use super::entrant::{Entrant, as_printed};
use super::workload::{Kind, Workload};
use crate::command::{output, run};
use crate::python;

/// A folder with `requirements.txt`, `data.py`, `peers.py` and `pipeline_sklearn.py`, and a Python that has the rivals.
pub struct Rivals {
    folder: PathBuf,
    python: PathBuf,
    /// The rivals of `peers.py` by the kind of work.
    peers: BTreeMap<String, Vec<String>>,
}

const ASK_PEERS: &str = "import json, peers; print(json.dumps(peers.PEERS))";
const ASK_VERSIONS: &str = "
import importlib.metadata, json, platform, sys
found = [['Python', platform.python_version()]]
for name in sys.argv[1:]:
    try: found.append([name, importlib.metadata.version(name)])
    except importlib.metadata.PackageNotFoundError: pass
print(json.dumps(found))";

impl Rivals {
    /// Makes the environment where none is given, and asks who the rivals are.
    pub fn prepare(folder: &Path, options: &Options, work: &Path) -> Result<Self, String> {
        let absolute = |path: &Path| std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()));
        let folder = absolute(folder)?;
        for file in ["requirements.txt", "data.py", "peers.py", "pipeline_sklearn.py"] {
            if !folder.join(file).exists() {
                return Err(format!("{} is no folder of rivals: it has no {file}", folder.display()));
            }
        }
        let python = match &options.python {
            Some(python) => absolute(python)?,
            None => python::environment(&folder.join("requirements.txt"), &absolute(&work.join("venv"))?)?,
        };
        let peers = output(python_in(&folder, &python).args(["-c", ASK_PEERS]))?;
        let peers = serde_json::from_str(&peers).map_err(|error| format!("peers.py: {error}"))?;
        Ok(Rivals { folder, python, peers })
    }

    /// Writes the tables of the workloads into `data`.
    pub fn make_tables(&self, data: &Path) -> Result<(), String> {
        run(python_in(&self.folder, &self.python).arg("data.py").arg(data))
    }

    /// Names and versions of Python and of the packages that are required and there.
    pub fn versions(&self) -> Result<Vec<(String, String)>, String> {
        let path = self.folder.join("requirements.txt");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let is_of_name = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        let names = text.lines().filter_map(|line| line.trim().split(|c| !is_of_name(c)).next());
        let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
        let versions = output(python_in(&self.folder, &self.python).args(["-c", ASK_VERSIONS]).args(names))?;
        serde_json::from_str(&versions).map_err(|error| format!("versions of the rivals: {error}"))
    }

    /// The rivals on a workload whose table is in `data`.
    pub fn on(&self, workload: &Workload, data: &Path, work: &Path) -> Result<Vec<Entrant>, String> {
        let kind = match workload.kind {
            Kind::KMeans => "kmeans",
            Kind::Dbscan => "dbscan",
            Kind::Load => "load",
            Kind::Job => return Ok(vec![self.job(workload, data, work)]),
        };
        let peers = self.peers.get(kind).ok_or_else(|| format!("peers.py has no rivals for {kind}"))?;
        Ok(peers.iter().map(|peer| self.peer(kind, peer, workload, data)).collect())
    }

    fn peer(&self, kind: &str, peer: &str, workload: &Workload, data: &Path) -> Entrant {
        let mut arguments = vec!["peers.py".to_owned(), "one".to_owned(), kind.to_owned(), peer.to_owned()];
        arguments.push(workload.table.clone());
        arguments.extend((0..2).map(|i| workload.arguments.get(i).cloned().unwrap_or_else(|| "0".to_owned())));
        let (folder, python, data) = (self.folder.clone(), self.python.clone(), data.to_owned());
        let command = move || {
            let mut command = python_in(&folder, &python);
            command.args(&arguments).env("BENCH_DATA", &data);
            Ok(command)
        };
        Entrant { name: peer.to_owned(), command: Box::new(command), read: Box::new(as_printed) }
    }

    fn job(&self, workload: &Workload, data: &Path, work: &Path) -> Entrant {
        let (folder, python) = (self.folder.clone(), self.python.clone());
        let (file, out) = (data.join(workload.file()), work.join("rival.parquet"));
        let has_dbscan = workload.has_dbscan();
        let command = move || {
            let mut command = python_in(&folder, &python);
            command.arg("pipeline_sklearn.py").arg(&file).arg(std::path::absolute(&out).unwrap_or(out.clone()));
            command.args(["--tier", "true_cluster"]);
            if !has_dbscan {
                command.arg("--skip-dbscan");
            }
            Ok(command)
        };
        let n = workload.n as f64;
        // The script's own seconds: without the start of Python and the imports.
        let read = move |line: Value, _| {
            let noise = line["noise"].as_f64().map(|share| (share * n).round() as u64);
            let [s, rss_mb, k, clusters] = ["total", "rss_mb", "k", "db_clusters"].map(|name| &line[name]);
            json!({"s": s, "rss_mb": rss_mb, "k": k, "clusters": clusters, "noise": noise})
        };
        Entrant { name: "pandas + scikit-learn".to_owned(), command: Box::new(command), read: Box::new(read) }
    }
}

fn python_in(folder: &Path, python: &Path) -> Command {
    let mut command = Command::new(python);
    // The folder is somebody else's: nothing is left in it.
    command.current_dir(folder).env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONPATH", folder);
    command
}
