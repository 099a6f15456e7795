"""k-means by Spark's own MLlib, by segmint.spark, by processes and by threads, on one table, in turns.

    python tests/spark/measure.py [--customers 2000000] [--features 16] [--rounds 2] [--scored 5]

It starts a cluster of two workers of one core each on loopback, as the tests do, and prints a table in Markdown. MLlib draws its own starts, so
inertias are of two different k-means; both are computed anew, by numpy in double precision, from the centroids that came out. The figures of
docs/many-machines.md are from here.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import cluster
import numpy as np
import pyarrow
import pyarrow.parquet

import segmint
import segmint.spark
from segmint import _shards

PASSES = 20
#: k-means and as little else as may be: columns as they are, no DBSCAN, one start.
PLAN = {
    "normalize.transform": "none",
    "normalize.scale": "none",
    "cluster.dbscan.enabled": False,
    "cluster.kmeans.n_init": 1,
    "cluster.kmeans.tol": 0.0,
    "cluster.kmeans.max_iter": PASSES,
}
ONE = PLAN | {"cluster.kmeans.k": 8}
SWEEP = PLAN | {"cluster.kmeans.k_range": [2, 12]}
MEMORY = {"spark.executor.memory": "1500m", "spark.driver.memory": "2g"}


def customers(n: int, d: int) -> pyarrow.Table:
    """Twelve clouds of unequal sizes that overlap."""
    numbers = np.random.default_rng(7)
    middles = numbers.normal(0, 2, (12, d))
    cloud = numbers.choice(12, n, p=np.arange(1, 13) / 78)
    values = middles[cloud] + numbers.normal(0, 1, (n, d))
    columns = {f"f{j:02}": values[:, j].astype(np.float32) for j in range(d)}
    return pyarrow.table({"id": np.arange(n), **columns})


@contextmanager
def messages() -> Iterator[list[float]]:
    """The seconds of every message to the workers of Spark."""
    answers, seconds = _shards.SparkShards.answers, []

    def timed(self: _shards.SparkShards, order: bytes) -> list[bytes]:
        began = time.monotonic()
        found = answers(self, order)
        seconds.append(time.monotonic() - began)
        return found

    _shards.SparkShards.answers = timed  # type: ignore[method-assign]
    try:
        yield seconds
    finally:
        _shards.SparkShards.answers = answers  # type: ignore[method-assign]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.monotonic()
    done = work()
    return time.monotonic() - began, done


def inertia(values: np.ndarray, centroids: np.ndarray) -> float:
    """Of every row to its nearest centroid, in double precision."""
    total = 0.0
    for part in np.array_split(values, max(1, len(values) // 65536)):
        wide = part.astype(np.float64)
        total += np.min([((wide - centroid) ** 2).sum(axis=1) for centroid in centroids], axis=0).sum()
    return total


def peaks() -> dict[str, int]:
    """MiB at most of the executors and of the Python workers of the cluster, the largest of each."""
    found: dict[str, int] = {}
    for pid in cluster.descendants(os.getpid()):
        command = cluster.command_of(pid)
        kind = "executor" if "CoarseGrainedExecutorBackend" in command else "Python worker" if "pyspark.daemon" in command else None
        status = pathlib.Path(f"/proc/{pid}/status")
        if kind and status.exists():
            peak = [int(line.split()[1]) >> 10 for line in status.read_text().splitlines() if line.startswith("VmHWM")]
            found[kind] = max([found.get(kind, 0), *peak])
    return found


def stage(run: segmint.Run, name: str) -> float:
    return sum(one["seconds"] for one in run.record["stages"] if one["stage"] == name)


def by_program(table: pathlib.Path, registry: pathlib.Path, settings: dict[str, Any], *more: str) -> float:
    """Seconds of the stage k-means of the program."""
    settings = {"source.path": str(table), "source.id": "id", "registry.path": str(registry), **settings}
    (registry.parent / "empty.toml").write_text(f"[source]\npath = {json.dumps(str(table))}\n")
    command = [sys.executable, "-m", "segmint", "run", "--force", "--json", "--config", str(registry.parent / "empty.toml"), *more]
    command += [part for key, value in settings.items() for part in ("--set", f"{key}={json.dumps(value)}")]
    subprocess.run(command, check=True, capture_output=True)
    return stage(segmint.load("latest", registry), "k-means")


class Sides:
    """Both sides on one session."""

    def __init__(self, spark: Any, file: pathlib.Path, folder: pathlib.Path) -> None:
        from pyspark.ml.feature import VectorAssembler

        self.spark, self.file, self.folder = spark, file, folder
        self.table = spark.read.parquet(f"file://{file}")
        self.assembler = VectorAssembler(inputCols=[name for name in self.table.columns if name != "id"], outputCol="features")
        self.vectors = self.assembler.transform(self.table).select("id", "features").cache()

    def cache(self) -> None:
        self.vectors.count()

    def mllib(self, k: int) -> Any:
        from pyspark.ml.clustering import KMeans

        return KMeans(k=k, maxIter=PASSES, tol=0.0, seed=1).fit(self.vectors)

    def ours(self, settings: dict[str, Any]) -> segmint.Run:
        return segmint.spark.run(self.spark, self.file, id="id", registry=self.folder / "runs", settings=settings, shards=2)

    def score_mllib(self, model: Any, table: Any) -> None:
        model.transform(self.assembler.transform(table)).groupBy("prediction").count().collect()

    def score_ours(self, run: segmint.Run, table: Any) -> None:
        segmint.spark.score(table, run).groupBy("segment_id").count().collect()

    def copies(self, n: int) -> Any:
        """The table n times, each in a file of its own."""
        (self.folder / "copies").mkdir()
        files = [self.folder / "copies" / f"{i}.parquet" for i in range(n)]
        for file in files:
            os.link(self.file, file)
        return self.spark.read.parquet(*[f"file://{file}" for file in files])


def measured(file: pathlib.Path, values: np.ndarray, folder: pathlib.Path, rounds: int, scored: int) -> Iterator[tuple[str, str, str]]:
    """Lines of the table, as they come."""
    cluster.CONFIGURATION.update(MEMORY)
    with cluster.standalone(folder, memory="2g") as master, cluster.classic(master) as spark:
        sides = Sides(spark, file, folder)
        cached, _ = timed(sides.cache)
        yield "rows to the workers, once", f"{cached:.1f} s", ""
        fits: dict[str, list[float]] = {"mllib": [], "ours": [], "first": [], "others": []}
        for _ in range(rounds):
            seconds, model = timed(lambda: sides.mllib(8))
            fits["mllib"].append(seconds)
            with messages() as asked:
                run = sides.ours(ONE)
            fits["ours"].append(sum(asked))
            fits["first"].append(asked[0])
            fits["others"].append(statistics.median(asked[1:]))
        made = f"{spread(fits['mllib'])}, {model.summary.numIter} passes"
        yield f"k = 8, at most {PASSES} passes", made, f"{spread(fits['ours'])}, of which the first message {spread(fits['first'])}"
        yield "a message", "", f"{spread(fits['others'])}, {len(asked)} of them"
        centroids = np.array(model.clusterCenters())
        yield "inertia", f"{inertia(values, centroids):.6g}", f"{inertia(values, own_centroids(run)):.6g}"
        seconds, _ = timed(lambda: [sides.mllib(k) for k in range(2, 13)])
        with messages() as asked:
            sides.ours(SWEEP)
        yield "k 2 to 12", f"{seconds:.1f} s", f"{sum(asked):.1f} s, {len(asked)} messages"
        copies = sides.copies(scored)
        scores: dict[str, list[float]] = {"mllib": [], "ours": []}
        for _ in range(rounds):
            scores["mllib"].append(timed(lambda: sides.score_mllib(model, copies))[0])
            scores["ours"].append(timed(lambda: sides.score_ours(run, copies))[0])
        yield f"scores of {scored} copies in files, counted", spread(scores["mllib"]), spread(scores["ours"])
        yield "memory at most", ", ".join(f"{kind} {mib} MiB" for kind, mib in peaks().items()), ""
    threads, workers = [], []
    for _ in range(rounds):
        threads.append(by_program(file, folder / "threads", ONE))
        workers.append(by_program(file, folder / "workers", ONE, "--workers", "2"))
    yield "stage k-means of the program, k = 8", f"threads {spread(threads)}", f"`--workers 2` {spread(workers)}"


def own_centroids(run: segmint.Run) -> np.ndarray:
    """The means of the clusters of a run: its columns were not changed."""
    profiles = [row for row in pyarrow.table(run.profiles).to_pylist() if row["segment_id"] is not None and row["clustering"] == "kmeans"]
    means: dict[str, dict[str, float]] = {}
    for row in profiles:
        means.setdefault(row["segment_id"], {})[row["feature"]] = row["mean"]
    return np.array([[of[name] for name in sorted(of)] for of in means.values()])


def spread(seconds: list[float]) -> str:
    return f"{min(seconds):.2f}–{max(seconds):.2f} s" if len(seconds) > 1 else f"{seconds[0]:.2f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=2_000_000)
    parser.add_argument("--features", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--scored", type=int, default=5, help="how many times the table is scored, as files beside each other")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="segmint-measure-") as name:
        folder = pathlib.Path(name)
        table = customers(wanted.customers, wanted.features)
        pyarrow.parquet.write_table(table, folder / "customers.parquet")
        values = np.column_stack([table[f"f{j:02}"].to_numpy() for j in range(wanted.features)])
        print("| | Spark MLlib | segmint |\n|---|---|---|", flush=True)
        for line in measured(folder / "customers.parquet", values, folder, wanted.rounds, wanted.scored):
            print(f"| {line[0]} | {line[1]} | {line[2]} |", flush=True)


if __name__ == "__main__":
    main()
