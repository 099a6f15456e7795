"""Spark gives the bits of one process: of scores, and of whole runs."""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from conftest import ENGINE, NAMED, QUICK, executors, kill

import segmint
import segmint.spark
from segmint import _scoring, _shards

# What has times, and what repeats them.
NOT_REPEATED = ("report.html", "checksums.txt", "run.json")


def rows(table: Any) -> dict[str, dict[str, Any]]:
    """The rows of a table by the id of the customer; floats as they are written out, bit for bit."""
    table = pyarrow.table(table)
    found = {row["customer_id"]: {name: repr(value) for name, value in row.items()} for row in table.to_pylist()}
    assert len(found) == len(table)
    return found


def collected(data_frame: Any) -> pyarrow.Table:
    return pyarrow.Table.from_pylist([row.asDict() for row in data_frame.collect()])


def files(run: segmint.Run) -> dict[str, bytes]:
    """What a run says whoever made it: its files, and run.json without its times."""
    found = {file.name: file.read_bytes() for file in sorted(run.path.iterdir()) if file.name not in NOT_REPEATED}
    record = json.loads((run.path / "run.json").read_text())
    for key in ("run_id", "stages", "seconds", "peak_memory"):
        del record[key]
    record["plan"].pop("registry")
    return found | {"run.json": json.dumps(record, sort_keys=True).encode()}


def assert_same(found: segmint.Run, expected: segmint.Run) -> None:
    ours, theirs = files(found), files(expected)
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []


@pytest.mark.parametrize("n_parts", [1, 7])
def test_scores_are_those_of_one_process(spark: Any, customers: pathlib.Path, by_threads: segmint.Run, n_parts: int) -> None:
    table = spark.read.parquet(str(customers)).repartition(n_parts)
    scored = segmint.spark.score(table, by_threads)
    expected = by_threads.score(customers)
    assert scored.columns == expected.columns
    assert rows(collected(scored)) == rows(expected)
    assert [field.name for field in scored.schema if field.dataType.simpleString() == "float"] == ["kmeans_margin"]


def test_parts_without_rows_have_no_scores(spark: Any, customers: pathlib.Path, by_threads: segmint.Run) -> None:
    table = spark.read.parquet(str(customers))
    few = table.limit(3).repartition(7)
    assert len(segmint.spark.score(few, by_threads).collect()) == 3
    assert segmint.spark.score(table.limit(0), by_threads).collect() == []


def test_columns_that_the_model_does_not_read_may_be_anything(spark: Any, customers: pathlib.Path, by_threads: segmint.Run) -> None:
    table = spark.read.parquet(str(customers)).selectExpr("*", "map('a', 1) as `a ``map`` of.dots`", "array(1) as list").drop("tier", "region")
    assert rows(collected(segmint.spark.score(table, by_threads))) == rows(by_threads.score(customers))


def test_ages_are_counted_to_the_date_that_is_given(spark: Any, customers: pathlib.Path) -> None:
    table = pyarrow.parquet.read_table(customers)
    days = [datetime.date(2025, 1, 1) + datetime.timedelta(days=i % 400) for i in range(len(table))]
    table = table.append_column("last_order", pyarrow.array(days))
    settings = QUICK | {"source.columns": {"last_order": {"read": "age_days"}}}
    run = segmint.run(table, settings=settings, **NAMED)
    data_frame = spark.createDataFrame(table.to_pandas())
    data_frame = data_frame.withColumn("last_order", data_frame["last_order"].cast("date"))
    scored = segmint.spark.score(data_frame, run, as_of="2026-03-01")
    assert rows(collected(scored)) == rows(run.score(table, as_of="2026-03-01"))
    with pytest.raises(segmint.ConfigError, match="as_of="):
        segmint.spark.score(data_frame, run)
    with pytest.raises(segmint.ConfigError, match="yesterday"):
        segmint.spark.score(data_frame, run, as_of="yesterday")
    with pytest.raises(segmint.ConfigError, match="23:30"):
        segmint.spark.score(data_frame, run, as_of="2026-03-01T23:30:00-05:00")


def test_wrong_columns_are_named_before_a_worker_starts(spark: Any, customers: pathlib.Path, by_threads: segmint.Run) -> None:
    table = spark.read.parquet(str(customers))
    with pytest.raises(segmint.InputError, match='"monetary" is not in'):
        segmint.spark.score(table.drop("monetary"), by_threads)
    with pytest.raises(segmint.InputError, match='"monetary" .* is text'):
        segmint.spark.score(table.withColumn("monetary", table["channel"]), by_threads)
    unnamed = segmint.run(customers, settings=QUICK)
    with pytest.raises(segmint.InputError, match="id="):
        segmint.spark.score(table, unnamed)


def test_the_error_of_a_worker_comes_back_as_it_was(spark: Any) -> None:
    # Within the test, so that it travels by value: workers do not have this file.
    def failing(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            value = batch.column(0)[0].as_py()
            raise segmint.InputError(f'column "part" holds {value}\n\nwhich is none', "give another")
        yield from ()

    with pytest.raises(segmint.InputError) as error, segmint.spark.errors():
        spark.range(3).coalesce(1).mapInArrow(failing, "id long").collect()
    assert error.value.args == ('column "part" holds 0\n\nwhich is none',)
    assert error.value.hint == "give another"
    with pytest.raises(Exception, match="no_such_column") as other, segmint.spark.errors():
        spark.range(3).select("no_such_column").collect()
    assert not isinstance(other.value, segmint.SegmintError)


def test_a_worker_of_another_version_is_refused(spark: Any, customers: pathlib.Path, by_threads: segmint.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made = _scoring.Scorer.__init__

    def older(self: _scoring.Scorer, *arguments: Any) -> None:
        made(self, *arguments)
        self.version = "0.0.1"

    monkeypatch.setattr(_scoring.Scorer, "__init__", older)
    scored = segmint.spark.score(spark.read.parquet(str(customers)), by_threads)
    with pytest.raises(segmint.SegmintError, match="the driver is 0.0.1"), segmint.spark.errors():
        scored.collect()


@pytest.mark.parametrize("shards", [1, 2, 7])
def test_a_run_is_that_of_threads(spark: Any, customers: pathlib.Path, by_threads: segmint.Run, tmp_path: pathlib.Path, shards: int) -> None:
    found = segmint.spark.run(spark, customers, registry=tmp_path, settings=QUICK, shards=shards, **NAMED)
    assert_same(found, by_threads)


def test_a_data_frame_gives_the_run_of_its_rows(spark: Any, customers: pathlib.Path) -> None:
    found = segmint.spark.run(spark, spark.read.parquet(str(customers)), settings=QUICK, **NAMED)
    expected = segmint.run(pyarrow.parquet.read_table(customers), settings=QUICK, **NAMED)
    assert found.assignments.to_dict() == expected.assignments.to_dict()
    assert (found.path / "model.segmint").read_bytes() == (expected.path / "model.segmint").read_bytes()
    assert spark.catalog.listTables() == []


def test_workers_that_are_killed_in_the_middle_change_nothing(
    spark: Any, customers: pathlib.Path, by_threads: segmint.Run, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, asked = _shards.SparkShards.answers, []

    def losing(self: _shards.SparkShards, order: bytes) -> list[bytes]:
        asked.append(order)
        if len(asked) == 5:
            # All that any worker holds: of Sail they are threads of this process.
            _shards._held.clear() if ENGINE == "sail" else [kill(pid) for pid in executors()]
        return answers(self, order)

    monkeypatch.setattr(_shards.SparkShards, "answers", losing)
    before = set(executors())
    assert len(before) == (0 if ENGINE == "sail" else 2)
    found = segmint.spark.run(spark, customers, registry=tmp_path, settings=QUICK, shards=2, **NAMED)
    assert_same(found, by_threads)
    assert len(asked) > 5
    assert before.isdisjoint(executors())


def test_what_spark_cannot_do_is_an_error_and_leaves_no_run(
    spark: Any, customers: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _shards.Worker.__init__

    def older(self: _shards.Worker, *arguments: Any) -> None:
        made(self, *arguments)
        self.version = "0.0.1"

    monkeypatch.setattr(_shards.Worker, "__init__", older)
    with pytest.raises(segmint.SegmintError, match="the driver is 0.0.1") as error:
        segmint.spark.run(spark, customers, registry=tmp_path, settings=QUICK, shards=2, **NAMED)
    assert error.value.hint == "give every worker the same version of segmint"
    assert [one.name for one in tmp_path.iterdir() if not one.name.startswith(".")] == []
    with pytest.raises(segmint.ConfigError, match="shards is 0"):
        segmint.spark.run(spark, customers, shards=0)


def test_settings_that_leave_workers_too_little_memory_are_refused_with_the_number(
    spark: Any, customers: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"spark.executor.pyspark.memory": "900m", "spark.executor.cores": "2"}
    monkeypatch.setattr(_shards, "_setting", lambda _spark, key: settings.get(key))
    with pytest.raises(segmint.LimitError) as error:
        segmint.spark.run(spark, customers, registry=tmp_path, settings=QUICK, **NAMED)
    assert error.value.args == (
        "refused: a Python worker of Spark would need 512 MiB, and spark.executor.pyspark.memory = 900m leaves it 450 MiB",
    )
    assert [one.name for one in tmp_path.iterdir() if not one.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("settings", "room"),
    [
        ({}, None),
        ({"spark.master": "spark://host:7077", "spark.executor.memory": "512m"}, None),
        ({"spark.executor.pyspark.memory": "2g"}, 2048),
        ({"spark.executor.pyspark.memory": "3000", "spark.executor.cores": "3"}, 1000),
        ({"spark.master": "yarn"}, 384),
        ({"spark.master": "k8s://host", "spark.executor.memory": "20g", "spark.executor.cores": "2"}, 1024),
        ({"spark.master": "k8s://host", "spark.executor.memory": "20g", "spark.executor.memoryOverheadFactor": "0.4"}, 8192),
        ({"spark.master": "yarn", "spark.executor.memoryOverhead": "1024m", "spark.executor.memory": "20g"}, 1024),
    ],
)
def test_what_a_worker_may_have_is_read_from_the_settings(
    settings: dict[str, str], room: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_shards, "_setting", lambda _spark, key: settings.get(key))
    found = _shards.worker_room(None)
    assert (None if found is None else found.n_bytes >> 20) == room


def test_settings_that_a_session_does_not_have_are_not_set(spark: Any) -> None:
    assert _shards._setting(spark, "spark.executor.pyspark.memory") is None
    assert ENGINE == "sail" or _shards._setting(spark, "spark.executor.memory") == "512m"


def test_the_package_is_imported_without_pyspark() -> None:
    said = "import sys, segmint; assert 'pyspark' not in sys.modules; segmint.spark; assert 'pyspark' not in sys.modules"
    subprocess.run([sys.executable, "-c", said], check=True, env={**os.environ, "PYTHONPATH": ""})
