//! A small shop in a folder of its own, and the program run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use tempfile::TempDir;

use crate::parquet_table;

/// A folder with `customers.parquet` (240 customers in three plain groups) and a `pipeline.toml`.
pub(super) struct Shop {
    folder: TempDir,
}

/// What a program said.
pub(super) struct Said {
    pub(super) code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Shop {
    pub(super) fn new() -> Shop {
        let shop = Shop { folder: tempfile::tempdir().unwrap() };
        parquet_table::write(&shop.path("customers.parquet"), &columns(240));
        shop.configure("");
        shop
    }

    /// Writes `pipeline.toml`: the small table, few resamples, and whatever else a test needs.
    pub(super) fn configure(&self, more: &str) {
        let text = format!(
            "[source]\npath = \"customers.parquet\"\nid = \"customer\"\ntier = \"tier\"\nvalue = \"monetary\"\n\
             [compare]\npermutations = 19\nbootstrap = 19\ntier_order = [\"A\", \"B\", \"C\"]\n\
             [cluster.kmeans]\nk_range = [2, 5]\nn_init = 2\n{more}"
        );
        fs::write(self.path("pipeline.toml"), text).unwrap();
    }

    /// Replaces the table.
    pub(super) fn table(&self, columns: &[(&str, ArrayRef)]) {
        parquet_table::write(&self.path("customers.parquet"), columns);
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segmint"));
        command.current_dir(self.folder.path()).env_remove("SOURCE_DATE_EPOCH").env("NO_COLOR", "1");
        command
    }

    pub(super) fn segmint(&self, arguments: &[&str]) -> Said {
        said(self.command().args(arguments).output().unwrap())
    }

    /// A run that has to work; its folder.
    pub(super) fn run(&self, arguments: &[&str]) -> PathBuf {
        let all: Vec<&str> = ["run", "--json"].iter().chain(arguments).copied().collect();
        let said = self.segmint(&all);
        assert_eq!(said.code, 0, "{}", said.stderr);
        let document: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        self.folder.path().join(document["path"].as_str().unwrap())
    }

    /// Asserts that the program fails with `code` and `message`, and has not written a run.
    pub(super) fn fails(&self, arguments: &[&str], code: i32, message: &str) {
        let said = self.segmint(arguments);
        assert_eq!((said.code, said.stderr.trim_end()), (code, message), "{arguments:?}");
        assert_eq!(self.runs(), Vec::<PathBuf>::new(), "a failed run leaves nothing");
    }

    /// The folders in the registry but hidden ones.
    pub(super) fn runs(&self) -> Vec<PathBuf> {
        listing(&self.path("runs")).into_iter().filter(|path| path.is_dir() && !hidden(path)).collect()
    }
}

pub(super) fn said(output: Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn hidden(path: &Path) -> bool {
    path.file_name().unwrap().to_string_lossy().starts_with('.')
}

pub(super) fn listing(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// `n` customers in three groups that no one could mistake: rare and small, often and small, often and large.
pub(super) fn columns(n: usize) -> Vec<(&'static str, ArrayRef)> {
    // Offsets that fill a group evenly without a random generator.
    let spread = |i: usize, step: usize| ((i * step) % 97) as f64 / 97.0;
    let group = |i: usize| i % 3;
    let recency = (0..n).map(|i| [200.0, 20.0, 8.0][group(i)] * (0.8 + 0.4 * spread(i, 31)));
    let frequency = (0..n).map(|i| [2.0, 20.0, 22.0][group(i)] + (4.0 * spread(i, 53)).floor());
    let monetary = (0..n).map(|i| [40.0, 300.0, 5000.0][group(i)] * (0.8 + 0.4 * spread(i, 71)));
    let tier = (0..n).map(|i| if i % 17 == 0 { "B" } else { ["C", "B", "A"][group(i)] });
    vec![
        ("customer", Arc::new((0..n).map(|i| Some(1000 + i as i64)).collect::<Int64Array>()) as ArrayRef),
        ("recency_days", Arc::new(recency.map(Some).collect::<Float64Array>())),
        ("frequency", Arc::new(frequency.map(Some).collect::<Float64Array>())),
        ("monetary", Arc::new(monetary.map(Some).collect::<Float64Array>())),
        ("region", Arc::new((0..n).map(|i| Some(["north", "south"][i % 2])).collect::<StringArray>())),
        ("tier", Arc::new(tier.map(Some).collect::<StringArray>())),
    ]
}
