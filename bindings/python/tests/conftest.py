"""A shop of 700 customers, and the run that the program makes of it."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import pytest

import segmint

# Few resamples: the tests ask for the same bits, not for narrow intervals.
QUICK = {
    "cluster.kmeans.k_range": [5, 8],
    "compare.bootstrap": 19,
    "compare.permutations": 19,
}
FEATURES = ["recency_days", "frequency", "monetary", "return_rate"]


def program(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """The program, as this environment has it."""
    command = [sys.executable, "-m", "segmint", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, **options)


def as_flags(settings: dict[str, Any]) -> list[str]:
    return [part for key, value in settings.items() for part in ("--set", f"{key}={json.dumps(value)}")]


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("shop")
    made = program("simulate", "--output", str(folder), "--customers", "700")
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="session")
def customers(shop: pathlib.Path) -> pathlib.Path:
    return shop / "customers.parquet"


@pytest.fixture(scope="session")
def table(customers: pathlib.Path) -> segmint.Frame:
    return segmint.Frame.of_file(os.fspath(customers))


@pytest.fixture(scope="session")
def named() -> dict[str, Any]:
    """What the columns of the shop are."""
    return {"id": "customer_id", "tier": "tier", "value": "monetary"}


@pytest.fixture(scope="session")
def by_program(customers: pathlib.Path, tmp_path_factory: pytest.TempPathFactory, named: dict[str, Any]) -> segmint.Run:
    """The run of the program, which is what the package has to give."""
    folder = tmp_path_factory.mktemp("by_program")
    settings = {f"source.{key}": value for key, value in named.items()}
    settings |= {"source.path": str(customers), "registry.path": str(folder / "runs"), **QUICK}
    (folder / "pipeline.toml").write_text(f"[source]\npath = {json.dumps(str(customers))}\n")
    made = program("run", "--config", str(folder / "pipeline.toml"), *as_flags(settings))
    assert made.returncode == 0, made.stderr
    return segmint.load("latest", folder / "runs")


@pytest.fixture(scope="session")
def run(customers: pathlib.Path, named: dict[str, Any]) -> segmint.Run:
    return segmint.run(customers, settings=QUICK, **named)
