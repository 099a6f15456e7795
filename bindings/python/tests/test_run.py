"""A run by the package is the run of the program, and holds everything that was found."""

from __future__ import annotations

import gc
import json
import os
import pathlib
import pickle
import subprocess
import sys
from typing import Any

import pytest
from conftest import QUICK, as_flags, program

import segmint


def same(one: segmint.Run, other: segmint.Run) -> None:
    assert one.assignments.to_dict() == other.assignments.to_dict()
    assert (one.path / "model.segmint").read_bytes() == (other.path / "model.segmint").read_bytes()
    assert (one.path / "segments.json").read_bytes() == (other.path / "segments.json").read_bytes()


def test_a_path_gives_the_bits_of_the_program(run: segmint.Run, by_program: segmint.Run) -> None:
    same(run, by_program)
    ours, theirs = (one.path / "assignments.parquet" for one in (run, by_program))
    assert ours.read_bytes() == theirs.read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="the false program is a script of the shell")
def test_workers_are_this_package_whatever_else_is_called_segmint(
    by_program: segmint.Run, tmp_path: pathlib.Path, named: dict[str, Any]
) -> None:
    false = tmp_path / "bin" / "segmint"
    false.parent.mkdir()
    false.write_text("#!/bin/sh\necho none of them\n")
    false.chmod(0o755)
    (tmp_path / "segmint").mkdir()
    (tmp_path / "segmint" / "__init__.py").write_text("raise RuntimeError('the wrong one')\n")
    settings = {**{f"source.{key}": value for key, value in named.items()}, "registry.path": str(tmp_path / "runs"), **QUICK}
    config = by_program.path.parent.parent / "pipeline.toml"
    arguments = ["run", "--config", str(config), "--workers", "2", "--json", *as_flags(settings)]
    environment = {**os.environ, "PATH": f"{false.parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-P", "-m", "segmint", *arguments]
    made = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path, env=environment)
    assert made.returncode == 0, made.stderr
    path = tmp_path / json.loads(made.stdout)["path"]
    for file in ("assignments.parquet", "model.segmint", "segments.json"):
        assert (path / file).read_bytes() == (by_program.path / file).read_bytes(), file


def test_several_paths_are_one_table_in_their_order(
    customers: pathlib.Path, named: dict[str, Any], run: segmint.Run
) -> None:
    folder = segmint.run([customers], settings=QUICK, **named)
    same(folder, run)
    with pytest.raises(segmint.InputError, match="occurs twice"):
        segmint.run([customers, customers], settings=QUICK, **named)
    both = segmint.run([customers, customers], settings=QUICK | {"source.duplicates": "first"}, **named)
    assert both.record["input"]["n_customers"] == 700


def test_a_configuration_is_read_when_it_is_named_and_never_unasked(
    customers: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, named: dict[str, Any]
) -> None:
    text = f"[source]\npath = {json.dumps(str(customers))}\nid = \"customer_id\"\n[cluster.kmeans]\nk = 3\n[cluster.dbscan]\nenabled = false\n"
    (tmp_path / "pipeline.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert len(segmint.run(None, "pipeline.toml").segments) == 3
    assert len(segmint.run(None, "pipeline.toml", settings={"cluster.kmeans.k": 2}).segments) == 2
    assert len(segmint.run(customers, settings={**QUICK, "cluster.kmeans.k": 4}, **named).segments) == 4
    assert not (tmp_path / "runs").exists()


def test_the_tables_are_those_of_the_files(run: segmint.Run) -> None:
    shared = json.loads((run.path / "run.json").read_text())
    assert run.segments["segment_id"] == [one["segment_id"] for one in shared["segments"]]
    assert sum(run.segments["size"]) == len(run.assignments) == 700
    assert run.k_table["k"] == [5, 6, 7, 8]
    assert sum(run.k_table["chosen"]) == 1
    assert set(run.profiles["clustering"]) == {"kmeans", "dbscan"}
    assert sum(run.tiers["customers"]) == sum(tier is not None for tier in run.assignments["tier"])
    assert run.tiers.columns == ["tier", "class", "segment_id", "segment", "customers", "value", "expected"]
    assert run.warnings["code"] == [one["code"] for one in shared["warnings"]]
    assert run.structure["verdict"] in ("present", "none")
    assert run.refit is None
    assert len(run.disagreements) > 0


def test_a_temporary_run_lives_as_long_as_its_object(customers: pathlib.Path, named: dict[str, Any]) -> None:
    found = segmint.run(customers, settings=QUICK, **named)
    path, tables = found.path, found.assignments
    assert path.is_dir()
    del found
    gc.collect()
    assert not path.exists()
    assert len(tables) == 700


def test_a_run_is_found_by_alias_id_beginning_and_folder(
    customers: pathlib.Path, tmp_path: pathlib.Path, named: dict[str, Any]
) -> None:
    registry = tmp_path / "runs"
    found = segmint.run(customers, registry=registry, settings=QUICK, **named)
    for name in ("latest", found.id, found.id[:18], found.path):
        assert segmint.load(name, registry).segments.to_dict() == found.segments.to_dict()
    assert pickle.loads(pickle.dumps(found)).id == found.id
    with pytest.raises(segmint.InputError) as error:
        segmint.load("nightly", registry)
    assert found.id in str(error.value)


def test_customers_of_the_fit_get_their_segments_again(run: segmint.Run, table: segmint.Frame, customers: pathlib.Path) -> None:
    for data in (table, customers):
        scored = run.score(data)
        for column in ("customer_id", "segment_id", "kmeans_cluster", "kmeans_margin"):
            assert scored[column] == run.assignments[column]


def test_a_customer_is_explained_from_the_table_of_the_run_or_another(
    run: segmint.Run, table: segmint.Frame, named: dict[str, Any], customers: pathlib.Path
) -> None:
    customer = run.assignments["customer_id"][3]
    by_path = run.explain(customer)
    assert customer in by_path.text
    assert by_path.document["customer"] == customer
    in_memory = segmint.run(table, settings=QUICK, **named)
    for other in (in_memory.explain(customer), run.explain(customer, table), run.explain(customer, customers)):
        assert other.document["reason"] == by_path.document["reason"]
    with pytest.raises(segmint.InputError, match="nobody"):
        run.explain("nobody")


def test_two_runs_and_tiers_are_compared_as_the_program_does(
    run: segmint.Run, by_program: segmint.Run, customers: pathlib.Path, named: dict[str, Any]
) -> None:
    other = segmint.run(customers, settings=QUICK | {"cluster.kmeans.k": 4}, **named)
    compared = run.compare(other)
    registry = json.dumps(str(by_program.path.parent))
    said = program("compare", str(run.path), str(other.path), "--json", "--set", f"registry.path={registry}")
    assert compared.document == json.loads(said.stdout)
    assert "S01" in compared.text
    ids, tiers = run.assignments["customer_id"], run.assignments["tier"]
    frame = segmint.Frame.of_columns([("customer_id", "text", ids), ("tier", "text", tiers)])
    held_against = run.compare(frame)
    assert held_against.document["tiers"] == "the table in memory"
    assert held_against.document["n"] == sum(tier is not None for tier in tiers)


def test_a_gate_that_holds_raises_and_carries_the_run(
    customers: pathlib.Path, table: segmint.Frame, tmp_path: pathlib.Path, named: dict[str, Any]
) -> None:
    settings = QUICK | {"refit.against": "champion", "gate.promote": "champion"}
    first = segmint.run(customers, registry=tmp_path, settings=settings, **named)
    columns = table.to_dict()
    kinds = {name: "text" if any(isinstance(one, str) for one in values) else "float" for name, values in columns.items()}
    half = segmint.Frame.of_columns([(name, kinds[name], values[:300]) for name, values in columns.items()])
    with pytest.raises(segmint.GateError, match="champion") as error:
        segmint.run(half, registry=tmp_path, settings=settings, **named)
    held = error.value.run
    assert held is not None and held.refit is not None
    assert held.refit.decision == "hold" and held.refit.against == first.id
    assert "rows" in [rule for rule, passed in zip(held.refit.gate["rule"], held.refit.gate["passed"]) if passed is False]
    movement = held.refit.movement.to_dict()
    for i in range(len(movement["segment_id"])):
        terms = sum(movement[term][i] for term in ("before", "moved", "joined", "left", "redefined"))
        assert terms == movement["after"][i]
    assert sum(held.refit.migration["customers"]) == 700
    assert held.plot.migration().svg
    assert len(held.refit.events) > 0
    assert segmint.load("champion", tmp_path).id == first.id


def test_settings_are_those_of_the_program(customers: pathlib.Path, tmp_path: pathlib.Path, named: dict[str, Any]) -> None:
    settings = QUICK | {
        "cluster.kmeans.k": 4,
        "cluster.dbscan.enabled": False,
        "normalize.features.monetary.weight": 2.0,
        "label.language": "zh",
        "compare.rules": [{"kind": "abc", "column": "monetary", "cuts": [0.8, 0.95]}],
    }
    ours = segmint.run(customers, settings=settings, **named)
    (tmp_path / "pipeline.toml").write_text(f"[source]\npath = {json.dumps(str(customers))}\n")
    flags = as_flags({f"source.{key}": value for key, value in named.items()} | {"registry.path": str(tmp_path / "runs")})
    rules = "compare.rules=[{kind = \"abc\", column = \"monetary\", cuts = [0.8, 0.95]}]"
    flags += as_flags({key: value for key, value in settings.items() if key != "compare.rules"}) + ["--set", rules]
    made = program("run", "--config", str(tmp_path / "pipeline.toml"), *flags)
    assert made.returncode == 0, made.stderr
    same(ours, segmint.load("latest", tmp_path / "runs"))


def test_the_program_keeps_its_exit_codes() -> None:
    assert program("--version").stdout.startswith("segmint ")
    assert program("run", "--config", "nowhere.toml").returncode in (2, 3)
    wrong = program("run", "--colour")
    assert wrong.returncode == 2 and "--colour" in wrong.stderr
    assert program("check", "--set", "source.path=nowhere.parquet").returncode in (2, 3)
