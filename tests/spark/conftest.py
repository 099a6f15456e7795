"""A session of the engine that SEGMINT_ENGINE names: sail, classic or connect, the two on a standalone cluster of Spark."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import cluster
import pytest

import segmint

ENGINE = os.environ.get("SEGMINT_ENGINE", "sail")
QUICK = {"cluster.kmeans.k_range": [3, 4], "cluster.kmeans.n_init": 2, "compare.bootstrap": 19, "compare.permutations": 19}
NAMED = {"id": "customer_id", "tier": "tier", "value": "monetary"}


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if ENGINE == "sail":
        from pysail.spark import SparkConnectServer
        from pyspark.sql import SparkSession

        server = SparkConnectServer("127.0.0.1", 0)
        server.start(background=True)
        session = SparkSession.builder.remote(f"sc://127.0.0.1:{server.listening_address[1]}").getOrCreate()
        yield session
        session.stop()
        server.stop()
        return
    with cluster.standalone(tmp_path_factory.mktemp("cluster")) as master:
        open_session = cluster.classic if ENGINE == "classic" else cluster.connect
        with open_session(master) as session:
            yield session


@pytest.fixture(scope="session")
def customers(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("shop")
    command = [sys.executable, "-m", "segmint", "simulate", "--output", str(folder), "--customers", "1000"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return folder / "customers.parquet"


@pytest.fixture(scope="session")
def by_threads(customers: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> segmint.Run:
    return segmint.run(customers, registry=tmp_path_factory.mktemp("by_threads"), settings=QUICK, **NAMED)


def executors() -> list[int]:
    """The processes of the cluster that have tasks."""
    return [pid for pid in cluster.descendants(os.getpid()) if "CoarseGrainedExecutorBackend" in cluster.command_of(pid)]


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
