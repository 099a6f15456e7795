"""Runs every example here on a simulated shop.

    python -m venv v && v/bin/pip install -r airflow/requirements.txt
    SEGMINT_PROGRAM=…/segmint SEGMINT_SCHEDULER=airflow v/bin/python -m pytest

SEGMINT_PROGRAM names the program. A scheduler that is not installed is a skip that names it, and its file is compiled all the same; the
one that SEGMINT_SCHEDULER names has to be there.
"""

import contextlib
import fcntl
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import pyarrow.parquet as pq
import pytest

HERE = Path(__file__).parent
PROGRAM = str(Path(os.environ["SEGMINT_PROGRAM"]).resolve())
OK, INPUT, HELD, LOCKED = 0, 3, 5, 75


class Shop:
    """A registry, a nightly configuration and the table of the night, which the tests change."""

    def __init__(self, folder: Path, months: list[Path]):
        self.folder = folder
        self.months = months
        self.table = folder / "customers.parquet"
        self.config = folder / "pipeline.toml"
        self.registry = folder / "runs"
        self.month(0)
        self.segmint("init", self.table, "--nightly", "-o", self.config)

    def segmint(self, *arguments) -> str:
        command = [PROGRAM, "-c", self.config, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=self.folder).stdout

    def month(self, number: int) -> None:
        shutil.copy(self.months[number], self.table)

    def lose_a_third(self) -> None:
        """A feed that broke off: fewer customers than gate.min_rows asks for."""
        rows = pq.read_table(self.months[1])
        pq.write_table(rows.slice(0, rows.num_rows * 2 // 3 - 1), self.table)

    def alias(self, name: str) -> str:
        return json.loads(self.segmint("runs", "show", name, "--json"))["run_id"]

    def runs(self) -> list[str]:
        return sorted(path.name for path in self.registry.glob("2*"))

    @contextlib.contextmanager
    def another_run(self):
        """Holds the registry as a run does."""
        self.registry.mkdir(exist_ok=True)
        with open(self.registry / ".lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@pytest.fixture(scope="session")
def months(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("simulated")
    command = [PROGRAM, "simulate", "-o", folder, "--customers", "600", "--months", "2"]
    subprocess.run(command, check=True, capture_output=True)
    return sorted(folder.glob("month=*/customers.parquet"))


@pytest.fixture
def shop(tmp_path, months, monkeypatch) -> Shop:
    shop = Shop(tmp_path, months)
    monkeypatch.setenv("SEGMINT_PROGRAM", PROGRAM)
    monkeypatch.setenv("SEGMINT_CONFIG", str(shop.config))
    monkeypatch.setenv("SEGMINT_RETRY_SECONDS", "0")
    return shop


# The exit codes that docs/scheduling.md and every file here rely on.


def test_two_nights_a_hold_and_a_promotion(shop):
    def night(**more) -> subprocess.CompletedProcess:
        command = [PROGRAM, "-c", shop.config, "run", "--json"]
        return subprocess.run(command, capture_output=True, text=True, cwd=shop.folder)

    assert night().returncode == OK
    first = shop.alias("champion")
    shop.month(1)
    second = night()
    assert second.returncode == OK
    document = json.loads(second.stdout)
    assert second.stdout.count("\n") == 1
    assert document["refit"]["against"] == first
    assert shop.alias("champion") == document["run_id"]

    shop.lose_a_third()
    held = night()
    assert held.returncode == HELD
    assert "held: " in held.stderr
    held = json.loads(held.stdout)
    assert [rule["rule"] for rule in held["refit"]["gate"]["rules"] if rule["passed"] is False] == ["rows"]
    assert shop.alias("champion") == document["run_id"]
    # Recorded all the same, and the newest: who reads "latest" gets what was held.
    assert shop.alias("latest") == held["run_id"]

    other = json.loads(night().stdout)["run_id"]
    shop.segmint("runs", "promote", held["run_id"])
    assert shop.alias("champion") == held["run_id"]
    late = subprocess.run([PROGRAM, "-c", shop.config, "runs", "promote", other], capture_output=True, text=True)
    assert late.returncode == HELD
    assert "out of order" in late.stderr
    assert shop.alias("champion") == held["run_id"]


# cron


def nightly(**environment) -> subprocess.CompletedProcess:
    command = ["sh", HERE / "cron" / "segmint-nightly.sh"]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment)


def test_cron_is_silent_unless_somebody_has_to_look(shop):
    result, metrics = shop.folder / "last.json", shop.folder / "segmint.prom"
    files = {"SEGMINT_RESULT": str(result), "SEGMINT_METRICS": str(metrics)}
    for month in range(2):
        shop.month(month)
        night = nightly(**files)
        assert (night.returncode, night.stdout, night.stderr) == (OK, "", "")
        assert json.loads(result.read_text())["run_id"] == shop.alias("champion")
        # The first night has nothing to be held against, and no figure of the gate.
        assert metrics.read_text().count("segmint_gate_passed 1\n") == month
    champion = shop.alias("champion")

    shop.lose_a_third()
    night = nightly(**files)
    assert (night.returncode, night.stdout) == (OK, "")
    assert night.stderr.startswith("segmint: the new run is held")
    assert "66." in night.stderr
    assert json.loads(result.read_text())["refit"]["gate"]["decision"] == "hold"
    assert "segmint_gate_passed 0\n" in metrics.read_text()
    assert shop.alias("champion") == champion
    assert nightly(SEGMINT_HELD_EXIT="5").returncode == HELD

    shop.table.unlink()
    before = result.read_text(), metrics.read_text()
    night = nightly(**files)
    assert night.returncode == INPUT
    assert night.stderr.startswith("segmint: failed with exit code 3")
    assert (result.read_text(), metrics.read_text()) == before


def test_cron_tells_a_program_of_yours(shop):
    teller = shop.folder / "tell"
    teller.write_text(f'#!/bin/sh\n{{ echo "$1"; cat; }} >"{shop.folder}/told"\n')
    teller.chmod(0o755)
    shop.table.unlink()
    night = nightly(SEGMINT_NOTIFY=str(teller))
    assert (night.returncode, night.stderr) == (INPUT, "")
    told = (shop.folder / "told").read_text()
    assert "exit code 3" in told and str(shop.table) in told


def test_cron_waits_for_another_run(shop):
    with shop.another_run():
        night = nightly(SEGMINT_RETRIES="2")
    assert night.returncode == LOCKED
    assert "another run" in night.stderr
    assert shop.runs() == []

    with shop.another_run():
        command = ["sh", HERE / "cron" / "segmint-nightly.sh"]
        waiting = subprocess.Popen(command, env=os.environ | {"SEGMINT_RETRY_SECONDS": "1", "SEGMINT_RETRIES": "60"})
        time.sleep(0.5)
        assert waiting.poll() is None
    assert waiting.wait(120) == OK
    assert len(shop.runs()) == 1


@pytest.mark.parametrize("code", [1, 2, 3, 4, 70, 130])
def test_cron_passes_every_other_code_on_at_once(shop, code):
    stand_in = shop.folder / "stand-in"
    stand_in.write_text(f'#!/bin/sh\necho once >>"{shop.folder}/calls"\necho why >&2\nexit {code}\n')
    stand_in.chmod(0o755)
    night = nightly(SEGMINT_PROGRAM=str(stand_in))
    assert night.returncode == code
    assert f"exit code {code}" in night.stderr and "why" in night.stderr
    assert (shop.folder / "calls").read_text() == "once\n"


def test_the_crontab_has_one_line_that_runs_the_script():
    lines = (HERE / "cron" / "segmint.crontab").read_text().splitlines()
    jobs = [line for line in lines if line and line[0] != "#" and "=" not in line.split()[0]]
    assert len(jobs) == 1
    *when, script = jobs[0].split()
    assert len(when) == 5
    assert Path(script).name == "segmint-nightly.sh"


# systemd


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_takes_the_units(tmp_path):
    # The units name where the program will be; here it is elsewhere.
    for unit in ["segmint.service", "segmint.timer"]:
        text = (HERE / "systemd" / unit).read_text().replace("/usr/local/bin/segmint", PROGRAM)
        (tmp_path / unit).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", tmp_path / "segmint.service", tmp_path / "segmint.timer"]
    verified = subprocess.run(command, capture_output=True, text=True)
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


# Prometheus


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")
def test_prometheus_takes_the_rules_and_the_figures(shop):
    rules = HERE / "prometheus" / "segmint.rules.yml"
    checked = subprocess.run(["promtool", "check", "rules", rules], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    metrics = shop.folder / "segmint.prom"
    for month in range(2):
        shop.month(month)
        shop.segmint("run", "--metrics", metrics)
    with open(metrics) as figures:
        checked = subprocess.run(["promtool", "check", "metrics"], stdin=figures, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_alerts_ask_for_figures_that_a_run_writes(shop):
    metrics = shop.folder / "segmint.prom"
    for month in range(2):
        shop.month(month)
        shop.segmint("run", "--metrics", metrics)
    written = {line.split(" ")[0].split("{")[0] for line in metrics.read_text().splitlines() if line[0] != "#"}
    asked = set(re.findall(r"segmint_\w+", (HERE / "prometheus" / "segmint.rules.yml").read_text()))
    assert asked and asked <= written


# Airflow, Dagster, Prefect


def is_installed(package: str) -> bool:
    # The folders here are called like the packages, and a folder alone is a package without an origin.
    spec = importlib.util.find_spec(package)
    return spec is not None and spec.origin is not None


def load(path: Path, package: str):
    """The module at `path`; a skip, once it is compiled, where its scheduler is not installed."""
    compile(path.read_text(), path, "exec")
    if not is_installed(package) and os.environ.get("SEGMINT_SCHEDULER") != package:
        pytest.skip(f"{package} is not installed: {path.name} was compiled and not run")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory):
    """A database of its own, made before Airflow is first imported."""
    home = tmp_path_factory.mktemp("airflow")
    os.environ["AIRFLOW_HOME"] = str(home)
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(HERE / "airflow")
    if is_installed("airflow"):
        subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True, cwd=home)


def test_airflow_skips_a_hold_and_retries_a_held_registry_alone(shop, airflow_home, monkeypatch):
    export = shop.folder / "segments.xlsx"
    monkeypatch.setenv("SEGMINT_EXPORT", str(export))
    dag = load(HERE / "airflow" / "segmint_dag.py", "airflow").dag

    def night(day: int) -> tuple[dict, dict]:
        run = dag.test(logical_date=datetime(2025, 3, day, tzinfo=timezone.utc))
        tasks = {task.task_id: task for task in run.get_task_instances()}
        return {name: str(task.state) for name, task in tasks.items()}, tasks

    for month in range(2):
        shop.month(month)
        states, tasks = night(1 + month)
        assert states == {"run": "success", "export": "success"}
    history = json.loads(shop.segmint("runs", "history", "--json"))
    assert [run["as_of"] for run in history["runs"]] == ["2025-03-01", "2025-03-02"]
    # A task that is cleared gives the finished run back.
    runs = shop.runs()
    states, tasks = night(2)
    assert (states, shop.runs()) == ({"run": "success", "export": "success"}, runs)
    assert tasks["run"].xcom_pull(task_ids="run") == {
        "run_id": shop.alias("champion"),
        "customers": 601,
        "segments": 7,
        "decision": "promote",
    }
    assert export.is_file()

    shop.lose_a_third()
    assert night(3)[0] == {"run": "skipped", "export": "skipped"}

    shop.table.unlink()
    states, tasks = night(4)
    assert states == {"run": "failed", "export": "upstream_failed"}
    assert tasks["run"].try_number == 1

    shop.month(1)
    with shop.another_run():
        states, tasks = night(5)
    assert states == {"run": "failed", "export": "upstream_failed"}
    assert tasks["run"].try_number == 4


def test_dagster_materializes_what_is_promoted(shop):
    module = load(HERE / "dagster" / "segmint_assets.py", "dagster")
    import dagster as dg

    def night() -> dg.ExecuteInProcessResult:
        return dg.materialize([module.customer_segments], raise_on_error=False)

    for month in range(2):
        shop.month(month)
        result = night()
        assert result.success
        [made] = result.asset_materializations_for_node("customer_segments")
        [check] = result.get_asset_check_evaluations()
        assert check.passed
    assert made.metadata["run_id"].value == shop.alias("champion")
    assert made.metadata["customers"].value == 601

    shop.lose_a_third()
    result = night()
    assert result.success
    assert result.asset_materializations_for_node("customer_segments") == []
    [check] = result.get_asset_check_evaluations()
    assert not check.passed
    assert check.metadata["failed"].value == ["rows"]

    shop.table.unlink()
    result = night()
    assert not result.success
    assert result.retry_attempts_for_node("customer_segments") == 0

    shop.month(1)
    with shop.another_run():
        result = night()
    assert not result.success
    assert result.retry_attempts_for_node("customer_segments") == 3
    # The schedule and its job are whole.
    assert module.defs.resolve_job_def("segments_job")


def test_prefect_names_a_hold_and_retries_a_held_registry_alone(shop, monkeypatch):
    monkeypatch.setenv("PREFECT_HOME", str(shop.folder / "prefect"))
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    module = load(HERE / "prefect" / "segmint_flow.py", "prefect")
    from prefect.testing.utilities import prefect_test_harness

    tries = []
    real = module.segmint
    monkeypatch.setattr(module, "segmint", lambda *arguments: (tries.append(arguments[0]), real(*arguments))[1])

    def night():
        tries.clear()
        return module.segmint_nightly(return_state=True)

    with prefect_test_harness(server_startup_timeout=120):
        for month in range(2):
            shop.month(month)
            state = night()
            assert (state.name, state.message) == ("Completed", shop.alias("champion"))
            assert tries == ["run", "report"]

        shop.lose_a_third()
        state = night()
        assert state.is_completed()
        assert state.name == "Held"
        assert "customers" in state.message

        shop.table.unlink()
        assert night().is_failed()
        assert tries == ["run"]

        shop.month(1)
        with shop.another_run():
            assert night().is_failed()
        assert tries == ["run"] * 4
