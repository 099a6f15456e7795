"""Work lets Python go on, ends with Ctrl-C, and survives a fork."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest
from conftest import QUICK

import segmint

# Large enough to be going on for seconds when it is stopped.
LONG = """
import sys, time
import numpy as np
import segmint
rows = np.random.default_rng(1).normal(size=(200_000, 8))
print("begins", flush=True)
try:
    segmint.run(rows, features=list("abcdefgh"), settings={"cluster.kmeans.n_init": 50})
except KeyboardInterrupt:
    print("interrupted", time.time(), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_the_work_soon() -> None:
    process = subprocess.Popen([sys.executable, "-c", LONG], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begins\n"
    time.sleep(1.0)
    sent = time.time()
    process.send_signal(signal.SIGINT)
    said = process.stdout.readline().split()
    assert said[0] == "interrupted"
    assert process.wait(timeout=60) == 0
    # Soon is a fifth of a second on a machine that does nothing else.
    assert float(said[1]) - sent < 2.0
    print(f"Ctrl-C took {float(said[1]) - sent:.3f} s")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_the_program_with_its_code(tmp_path: pathlib.Path) -> None:
    command = [sys.executable, "-m", "segmint", "simulate", "--output", str(tmp_path), "--customers", "300000"]
    subprocess.run(command, check=True, capture_output=True)
    # A process group of its own, as a shell gives it: Python's own handler is not inherited as ignored.
    settings = ["--set", "cluster.kmeans.n_init=50", "--set", f"registry.path={tmp_path / 'runs'}"]
    command = [sys.executable, "-m", "segmint", "run", "--config", str(tmp_path / "pipeline.toml"), *settings]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "interrupted" in said


def test_other_threads_go_on(customers: pathlib.Path, named: dict[str, Any]) -> None:
    counted, done = [0], threading.Event()

    def count() -> None:
        while not done.is_set():
            counted[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    before, began = counted[0], time.monotonic()
    segmint.run(customers, settings=QUICK, **named)
    seconds, passed = time.monotonic() - began, counted[0] - before
    done.set()
    thread.join()
    assert passed > 50 * seconds, f"{passed} turns in {seconds:.2f} s"


def test_runs_in_several_threads_are_the_same(run: segmint.Run, customers: pathlib.Path, named: dict[str, Any]) -> None:
    found: list[dict[str, Any]] = []

    def work() -> None:
        found.append(segmint.run(customers, settings=QUICK, **named).assignments.to_dict())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [run.assignments.to_dict()] * 3


def _segments(folder: str, rows: Any) -> list[str]:
    return list(segmint.load(folder).score(rows)["segment_id"])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_works_too(run: segmint.Run, customers: pathlib.Path) -> None:
    # The threads of the parent are there before the fork, and not after it.
    here = _segments(str(run.path), customers)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        there = pool.starmap_async(_segments, [(str(run.path), customers)] * 2).get(timeout=60)
    assert there == [here, here]
    assert run.path.exists()


def test_joblib_works_too(run: segmint.Run, customers: pathlib.Path) -> None:
    joblib = pytest.importorskip("joblib")
    here = _segments(str(run.path), customers)
    there = joblib.Parallel(n_jobs=2)(joblib.delayed(_segments)(str(run.path), customers) for _ in range(2))
    assert there == [here, here]


def test_the_number_of_threads_changes_no_bit() -> None:
    rng = np.random.default_rng(3)
    rows = np.concatenate([rng.normal(at, 1.0, size=(400, 4)) for at in (0.0, 6.0, 12.0)])
    settings = {"cluster.kmeans.k": 3, "cluster.dbscan.enabled": False}
    found = [
        segmint.run(rows, features=list("abcd"), settings=settings | {"cluster.threads": threads}).assignments.to_dict()
        for threads in (1, 2, 5)
    ]
    assert found[0] == found[1] == found[2]


def _found_there(path: str) -> segmint.Run:
    return segmint.run(path, id="customer_id", settings={"cluster.kmeans.k": 3, "cluster.dbscan.enabled": False})


def test_a_temporary_run_of_another_process_outlives_it(customers: pathlib.Path) -> None:
    here = _found_there(str(customers))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        there = pool.apply_async(_found_there, [str(customers)]).get(timeout=60)
    assert there.segments.to_dict() == here.segments.to_dict()
    assert there.path != here.path and there.assignments["segment_id"] == here.assignments["segment_id"]
    path = there.path
    del there
    gc.collect()
    assert not path.exists()
