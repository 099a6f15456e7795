"""Errors are of the kinds of the program's exit codes, and say what to do."""

from __future__ import annotations

import fcntl
import pathlib
import pickle
from typing import Any

import pytest
from conftest import QUICK

import segmint


def test_wrong_settings_are_errors_of_the_configuration(customers: pathlib.Path) -> None:
    with pytest.raises(segmint.ConfigError, match="cluster.kmeans.kk") as error:
        segmint.run(customers, settings={"cluster.kmeans.kk": 6})
    assert "cluster.kmeans.k" in str(error.value)
    for wrong in ({"cluster.kmeans.k": 0}, {"cluster.kmeans.k": "many"}, {"normalize.scale": None}, {"a b": 1}):
        with pytest.raises(segmint.ConfigError):
            segmint.run(customers, settings=wrong)
    with pytest.raises(segmint.ConfigError, match="nowhere.toml"):
        segmint.run(customers, "nowhere.toml")


def test_wrong_data_are_errors_of_the_input(customers: pathlib.Path) -> None:
    with pytest.raises(segmint.InputError, match="customer") as error:
        segmint.run(customers, id="customer")
    assert "customer_id" in str(error.value)
    with pytest.raises(segmint.InputError, match="nowhere"):
        segmint.run("nowhere.parquet")
    with pytest.raises(segmint.InputError, match="monetary_value"):
        segmint.run(customers, value="monetary_value")
    with pytest.raises(segmint.InputError, match="nowhere"):
        segmint.load("nowhere")


def test_a_limit_is_told_with_its_number(customers: pathlib.Path) -> None:
    with pytest.raises(segmint.LimitError, match="memory") as error:
        segmint.run(customers, settings={"limits.memory": "1MB"})
    assert error.value.hint
    with pytest.raises(segmint.LimitError, match="time"):
        segmint.run(customers, settings={"limits.time": "1ms"})


def test_a_registry_that_is_taken_is_locked(customers: pathlib.Path, tmp_path: pathlib.Path, named: dict[str, Any]) -> None:
    segmint.run(customers, registry=tmp_path, settings=QUICK, **named)
    with open(tmp_path / ".lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(segmint.Locked):
            segmint.run(customers, registry=tmp_path, settings=QUICK, **named)


def test_every_error_is_one_of_segmint_and_survives_pickling() -> None:
    for kind in (segmint.ConfigError, segmint.InputError, segmint.LimitError, segmint.GateError, segmint.Locked):
        error = kind("it is wrong", "do this")
        assert isinstance(error, segmint.SegmintError)
        assert str(error) == "it is wrong\n\nhint: do this"
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), again.args, again.hint) == (kind, ("it is wrong",), "do this")
    assert issubclass(segmint.InputError, ValueError) and issubclass(segmint.ConfigError, ValueError)


def test_a_damaged_run_is_refused(customers: pathlib.Path, tmp_path: pathlib.Path, named: dict[str, Any]) -> None:
    run = segmint.run(customers, registry=tmp_path, settings=QUICK, **named)
    with open(run.path / "segments.json", "a") as file:
        file.write(" ")
    with pytest.raises(segmint.SegmintError, match="segments.json"):
        segmint.load("latest", tmp_path)


def test_a_damaged_table_is_an_error_without_noise(tmp_path: pathlib.Path, customers: pathlib.Path, capfd: pytest.CaptureFixture[str]) -> None:
    content = bytearray(customers.read_bytes())
    for place in range(1000, len(content) // 2, 97):
        content[place] ^= 0xFF
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(content)
    with pytest.raises(segmint.InputError, match="damaged"):
        segmint.run(damaged)
    assert "panicked" not in capfd.readouterr().err


def test_what_python_has_of_its_own_is_named(customers: pathlib.Path, run: segmint.Run, tmp_path: pathlib.Path) -> None:
    wrong: list[tuple[Any, str]] = [
        (lambda: segmint.run(customers, features="recency_days"), r"features=\['recency_days'\]"),
        (lambda: segmint.run(customers, settings=[("cluster.seed", 1)]), "settings is a list"),
        (lambda: segmint.run(customers, settings={"refit.against": "latest"}), 'registry="runs"'),
        (lambda: run.report(tmp_path / "page.pdf"), "name it .html or .md"),
        (lambda: run.report(tmp_path / "nowhere" / "page.html"), "cannot be written"),
        (lambda: run.plot.sizes().save(tmp_path / "sizes.png"), "name it .svg or .html"),
    ]
    for attempt, said in wrong:
        with pytest.raises(segmint.SegmintError, match=said):
            attempt()
    assert list(tmp_path.iterdir()) == []


def test_a_table_in_memory_that_is_gone_is_asked_for(table: segmint.Frame, named: dict[str, Any]) -> None:
    found = segmint.run(table, settings=QUICK, **named)
    again = pickle.loads(pickle.dumps(found))
    with pytest.raises(segmint.InputError, match=r"explain\(id, data\)"):
        again.explain("C000001")
    assert again.explain("C000001", table).text == found.explain("C000001").text
