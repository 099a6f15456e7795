"""Tables of every library give the bits of the program, and what cannot be read is said with its column."""

from __future__ import annotations

import datetime
import os
import pathlib
from typing import Any

import numpy as np
import pytest
from conftest import FEATURES, QUICK
from test_run import same

import segmint

# What follows is about numbers; DBSCAN and the choice of k would only take time.
SMALL = {"cluster.kmeans.k": 3, "cluster.dbscan.enabled": False, "compare.bootstrap": 19, "compare.permutations": 19}


def test_a_frame_is_read_again(table: segmint.Frame, run: segmint.Run, named: dict[str, Any]) -> None:
    same(segmint.run(table, settings=QUICK, **named), run)
    assert segmint.Frame(table).to_dict() == table.to_dict()


def test_pandas_gives_the_same_bits(table: segmint.Frame, by_program: segmint.Run, named: dict[str, Any]) -> None:
    pytest.importorskip("pyarrow")
    pytest.importorskip("pandas")
    frame = table.to_pandas()
    same(segmint.run(frame, settings=QUICK, **named), by_program)
    indexed = frame.set_index("customer_id")
    found = segmint.run(indexed, settings=QUICK, **named)
    assert found.assignments.to_dict() == by_program.assignments.to_dict()
    shuffled = frame.sort_values("monetary")
    assert "index" not in " ".join(segmint.run(shuffled, settings=QUICK, **named).record["input"]["features"])


def test_polars_gives_the_same_bits(table: segmint.Frame, by_program: segmint.Run, named: dict[str, Any]) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(table)
    same(segmint.run(frame, settings=QUICK, **named), by_program)
    with pytest.raises(segmint.InputError, match="collect"):
        segmint.run(frame.lazy(), settings=QUICK, **named)


def test_pyarrow_gives_the_same_bits(table: segmint.Frame, by_program: segmint.Run, named: dict[str, Any]) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    frame = pyarrow.table(table)
    same(segmint.run(frame, settings=QUICK, **named), by_program)
    in_parts = pyarrow.Table.from_batches(frame.to_batches(max_chunksize=97))
    same(segmint.run(in_parts, settings=QUICK, **named), by_program)
    same(segmint.run(frame.combine_chunks().to_batches()[0], settings=QUICK, **named), by_program)


def test_duckdb_gives_the_same_bits(customers: pathlib.Path, by_program: segmint.Run, named: dict[str, Any]) -> None:
    duckdb = pytest.importorskip("duckdb")
    relation = duckdb.sql(f"select * from '{os.fspath(customers)}'")
    found = segmint.run(relation, settings=QUICK, **named)
    assert found.assignments.to_dict() == by_program.assignments.to_dict()


@pytest.mark.parametrize("layout", ["C", "F", "strided", "read-only"])
def test_a_matrix_gives_the_bits_of_its_columns(table: segmint.Frame, layout: str) -> None:
    columns = [np.array(table[name], dtype=float) for name in FEATURES]
    matrix = np.column_stack(columns)
    if layout == "F":
        matrix = np.asfortranarray(matrix)
    if layout == "strided":
        matrix = np.column_stack([*columns, *columns])[:, : len(FEATURES)]
        assert not matrix.flags.c_contiguous
    if layout == "read-only":
        matrix.flags.writeable = False
    frame = segmint.Frame.of_columns([(name, "float", table[name]) for name in FEATURES])
    by_columns = segmint.run(frame, settings=SMALL, features=FEATURES)
    by_matrix = segmint.run(matrix, features=FEATURES, settings=SMALL)
    same(by_matrix, by_columns)
    assert by_matrix.score(matrix).to_dict()["segment_id"] == by_matrix.assignments["segment_id"]


@pytest.mark.parametrize("kind", ["f8", "f4", "i8", "i4", "i2", "u4", "u1", "f2", "?", ">f8", "O"])
def test_numbers_of_every_kind_are_taken(kind: str) -> None:
    values = np.array([[0, 1], [1, 0], [0, 0]] * 20 + [[1, 1]] * 20).astype(kind)
    read = segmint._data.frame_of(values, None, ["a", "b"])  # type: ignore[attr-defined]
    assert [float(one) for one in read["a"]] == [float(row[0]) for row in values]
    assert read.shape == (80, 2)


def test_a_matrix_that_is_no_table_is_refused() -> None:
    with pytest.raises(segmint.InputError, match="3 columns, and none is named") as error:
        segmint.run(np.zeros((5, 3)))
    assert "features=" in (error.value.hint or "")
    with pytest.raises(segmint.InputError, match="1 dimension"):
        segmint.run(np.zeros(5), features=["a"])
    with pytest.raises(segmint.InputError, match="not numbers"):
        segmint.run(np.array([["a", "b"]]), features=["a", "b"])
    with pytest.raises(segmint.InputError, match="'b'"):
        segmint.run(np.array([[1, "x"], [2, 3]], dtype=object), features=["a", "b"])


def test_what_is_no_table_is_refused() -> None:
    for data, said in ((3, "int"), ({"a": [1, 2]}, "dict"), (None, "source.path"), (object(), "object")):
        with pytest.raises((segmint.InputError, segmint.ConfigError), match=said):
            segmint.run(data)


def test_a_single_column_is_refused() -> None:
    polars = pytest.importorskip("polars")
    with pytest.raises(segmint.InputError, match="Series"):
        segmint.run(polars.Series("a", [1, 2, 3]))


def test_columns_of_pandas_of_every_kind_are_read() -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    n = 120
    rng = np.random.default_rng(7)
    base = np.where(np.arange(n) % 2, 10.0, 100.0) + rng.normal(size=n)
    frame = pandas.DataFrame(
        {
            "spend": base,
            "visits": pandas.array((base // 3).astype(int), dtype="Int64"),
            "objects": pandas.Series([float(one) for one in base], dtype=object),
            "kind": pandas.Categorical(np.where(np.arange(n) % 2, "shop", "web")),
            "region": np.where(np.arange(n) % 3, "north", "south"),
            "since": pandas.date_range("2024-01-01", periods=n, tz="Europe/Berlin"),
            "member": np.arange(n) % 4 == 0,
        }
    )
    frame.loc[3, "spend"] = np.nan
    frame.loc[4, "visits"] = pandas.NA
    frame.loc[5, "region"] = None
    found = segmint.run(frame, settings=SMALL | {"cluster.kmeans.k": 2}, features=["spend", "visits", "objects"])
    assert found.record["input"]["features"] == ["objects", "spend", "visits"]
    missing = {one["name"]: one["n_null"] + one["n_nan"] for one in found.record["input"]["audit"]["numeric"]}
    assert missing["spend"] == 1 and missing["visits"] == 1
    levels = {one["name"] for one in found.record["input"]["audit"]["levels"]}
    assert {"kind", "region", "member"} <= levels


def test_a_column_that_cannot_be_read_is_named() -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    mixed = pandas.DataFrame({"a": [1.0, 2.0, 3.0], "mixed": [1, "x", datetime.date(2024, 1, 1)]})
    with pytest.raises(segmint.InputError, match="'mixed'.*date, int, str") as error:
        segmint.run(mixed)
    assert "mixed" in (error.value.hint or "")
    twice = pandas.DataFrame([[1, 2], [3, 4]], columns=["a", "a"])
    with pytest.raises(segmint.InputError, match="several columns called 'a'"):
        segmint.run(twice)


def test_pandas_without_pyarrow_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    pandas = pytest.importorskip("pandas")
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(segmint.InputError, match="pyarrow") as error:
        segmint.run(pandas.DataFrame({"a": [1.0, 2.0]}))
    assert "pip install pyarrow" in (error.value.hint or "")


def test_frames_go_out_to_every_library(run: segmint.Run) -> None:
    names = run.segments["segment"]
    if _is_there("pandas"):
        assert list(run.segments.to_pandas()["segment"]) == names
    if _is_there("polars"):
        assert run.segments.to_polars()["segment"].to_list() == names
    if _is_there("pyarrow"):
        assert run.segments.to_arrow()["segment"].to_pylist() == names
    if _is_there("duckdb"):
        import duckdb

        frame = run.segments
        assert [row[0] for row in duckdb.sql("select segment from frame").fetchall()] == names
        assert frame is not None
    assert run.segments.shape == (len(names), 8)
    with pytest.raises(KeyError, match="segment_id"):
        run.segments["nothing"]


def _is_there(library: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(library) is not None


def test_what_a_library_says_in_its_own_way_is_read(customers: pathlib.Path) -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    frame = pandas.read_parquet(customers, columns=FEATURES)
    # Masked cells are missing ones, an index names features, a column of nothing is one without values.
    masked = np.ma.masked_greater(frame.to_numpy(), 500.0)
    filled = np.where(frame.to_numpy() > 500.0, np.nan, frame.to_numpy())
    by = [segmint.run(one, features=frame.columns, settings=QUICK) for one in (masked, filled)]
    assert by[0].assignments.to_dict() == by[1].assignments.to_dict()
    nothing = polars.from_pandas(frame).with_columns(nothing=polars.lit(None))
    assert any("nothing" in said for said in segmint.run(nothing, settings=QUICK).warnings["message"])
    with pytest.raises(segmint.InputError, match="complex128, not numbers"):
        segmint.run(frame.to_numpy().astype(complex), features=FEATURES)
    with pytest.raises(segmint.InputError, match="0 rows|no rows"):
        segmint.run(frame.head(0), settings=QUICK)
    with pytest.raises(segmint.InputError, match="Series is one column"):
        segmint.run(frame["monetary"])
    assert segmint.run(frame, settings=QUICK).plot.map().svg is not None
