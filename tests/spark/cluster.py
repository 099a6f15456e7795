"""A standalone cluster of Spark on loopback: a master and two workers of one core each, all of them children of this process."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

#: Of the driver, of both kinds of session.
CONFIGURATION = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "512m",
    "spark.executor.memory": "512m",
    "spark.ui.enabled": "false",
    # A stage of few rows has few parts.
    "spark.sql.shuffle.partitions": "2",
}


def environment() -> dict[str, str]:
    # What this process is run by has the package; workers are to be run by it too.
    python = {"PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable}
    return {**os.environ, **python, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_NO_DAEMONIZE": "1"}


def spark_home() -> pathlib.Path:
    import pyspark

    return pathlib.Path(pyspark.__file__).parent


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextlib.contextmanager
def started(log: pathlib.Path, *command: str) -> Iterator[None]:
    with open(log, "w") as output:
        process = subprocess.Popen(command, env=environment(), stdout=output, stderr=output, cwd=log.parent)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(is_so: Callable[[], bool], log: pathlib.Path, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if is_so():
                return
        time.sleep(0.2)
    raise TimeoutError(f"nothing came up in {seconds} s:\n{log.read_text()[-2000:]}")


@contextlib.contextmanager
def standalone(folder: pathlib.Path, memory: str = "1g") -> Iterator[str]:
    """The address of the master."""
    if shutil.which("java") is None:
        raise FileNotFoundError("Spark needs Java: apt-get install default-jre-headless")
    launcher = str(spark_home() / "bin" / "spark-class")
    port, page = free_port(), free_port()
    master = f"spark://127.0.0.1:{port}"

    def n_alive() -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{page}/json", timeout=5) as answer:
            return int(json.load(answer)["aliveworkers"]) == 2

    with contextlib.ExitStack() as processes:
        where = ["--host", "127.0.0.1", "--port", str(port), "--webui-port", str(page)]
        processes.enter_context(started(folder / "master.log", launcher, "org.apache.spark.deploy.master.Master", *where))
        for n in (1, 2):
            size = ["--cores", "1", "--memory", memory, "--host", "127.0.0.1", "--webui-port", str(free_port())]
            size += ["--work-dir", str(folder / f"work{n}"), master]
            processes.enter_context(started(folder / f"worker{n}.log", launcher, "org.apache.spark.deploy.worker.Worker", *size))
        until(n_alive, folder / "master.log")
        yield master


@contextlib.contextmanager
def classic(master: str) -> Iterator[Any]:
    """A session whose driver is this process."""
    from pyspark.sql import SparkSession

    os.environ.update(environment())
    builder = SparkSession.builder.master(master).appName("segmint")
    for key, value in CONFIGURATION.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@contextlib.contextmanager
def connect(master: str) -> Iterator[Any]:
    """A session of a Connect server, which is the driver."""
    from pyspark.sql import SparkSession

    home = spark_home()
    port = free_port()
    configuration = {**CONFIGURATION, "spark.connect.grpc.binding.port": str(port), "spark.connect.grpc.binding.address": "127.0.0.1"}
    flags = [part for key, value in configuration.items() for part in ("--conf", f"{key}={value}")]
    server = ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "--master", master, *flags, "spark-internal"]
    log = pathlib.Path(tempfile.mkdtemp(prefix="segmint-connect-"), "connect.log")

    def is_listening() -> bool:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True

    with started(log, str(home / "bin" / "spark-submit"), *server):
        until(is_listening, log)
        session = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
        yield session
        session.stop()
    shutil.rmtree(log.parent)


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    children: dict[int, list[int]] = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name of a process may hold anything but ends with the last parenthesis.
            parent = int(stat.read_text().rsplit(")", 1)[1].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found, open_ends = [], [pid]
    while open_ends:
        more = children.get(open_ends.pop(), [])
        found += more
        open_ends += more
    return found


def command_of(pid: int) -> str:
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
