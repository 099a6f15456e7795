"""Tables of Apache Spark: data frames of PySpark 3.5 or newer, classic or Spark Connect, and of engines that speak as it does.

>>> import segmint.spark
>>> scored = segmint.spark.score(data_frame, segmint.load("champion"))  # doctest: +SKIP
>>> with segmint.spark.errors():  # doctest: +SKIP
...     scored.write.parquet("segments")

Workers need this package, of the same version, and nothing of the driver's disk. docs/many-machines.md says what goes where.
"""

from __future__ import annotations

import contextlib
import datetime
import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from segmint import _errors
from segmint._data import Path
from segmint._errors import ConfigError, InputError, SegmintError
from segmint._native import Frame
from segmint._run import Run, load, made
from segmint._scoring import Scorer
from segmint._shards import SparkShards, packed

__all__ = ["errors", "run", "score"]


def run(
    spark: Any,
    source: Any,
    config: Path | None = None,
    *,
    id: str | None = None,
    features: Sequence[str] | None = None,
    tier: str | None = None,
    value: str | None = None,
    registry: Path | None = None,
    settings: Mapping[str, Any] | None = None,
    shards: int | None = None,
) -> Run:
    """Find named segments, with the passes of k-means done by the workers of Spark: the run is that of ``segmint.run``, bit for bit.

    The driver opens the table and holds its matrix; what Spark adds is processors. docs/many-machines.md says when that is worth it.

    Parameters
    ----------
    spark
        The session.
    source
        The table: a ``DataFrame`` of PySpark, whose rows come to the driver in their order, or what ``segmint.run`` takes as
        ``data``. Paths are those of the driver.
    config, id, features, tier, value, registry, settings
        As for ``segmint.run``.
    shards
        How many parts the customers are cut into; the run does not depend on it. ``None`` = as many as the session gives a table of
        its own parts, which is one a core. Each has 64 customers or more and 32 MiB or less.

    Returns
    -------
    Run
        As ``segmint.run``.

    Raises
    ------
    SegmintError
        As ``segmint.run``; also when Spark could not make a worker answer, or a worker has another version of this package.
    LimitError
        The settings of the session leave Python workers less memory than the customers need on them.

    Examples
    --------
    >>> found = segmint.spark.run(spark, spark.read.parquet("customers"), id="customer_id")  # doctest: +SKIP
    """
    if shards is not None and (not isinstance(shards, int) or shards < 1):
        raise ConfigError(f"shards is {shards!r}", "give a number from 1, or None for one a core")
    table = _collected(source) if hasattr(source, "mapInArrow") else source
    given = {"source.id": id, "source.features": features, "source.tier": tier, "source.value": value}
    engine = SparkShards(spark)
    try:
        return made(table, config, given, registry, settings, engine, shards or engine.n_parts)
    except SegmintError as error:
        if isinstance(engine.failed, SegmintError):
            raise engine.failed from None
        if engine.failed is None:
            raise
        raise (_own(str(engine.failed)) or error) from engine.failed
    finally:
        engine.close()


def _collected(data_frame: Any) -> Any:
    """The rows of a data frame of Spark, as an Arrow table of this process."""
    arrow: Any = importlib.import_module("pyarrow")
    schema = importlib.import_module("pyspark.sql.pandas.types").to_arrow_schema(data_frame.schema)
    with errors():
        rows = data_frame.mapInArrow(packed, "part binary").collect()
    parts = [arrow.ipc.open_stream(bytes(row["part"])).read_all() for row in rows]
    return arrow.concat_tables(parts) if parts else schema.empty_table()


def score(data_frame: Any, run: Run | Path, *, as_of: datetime.date | str | None = None) -> Any:
    """Give every row of a data frame of Spark its segment, on the workers.

    Parameters
    ----------
    data_frame
        A ``DataFrame`` of PySpark with the columns of the fit; the others are not read.
    run
        The run whose segments are given, or what ``segmint.load`` finds one by. Its model travels to the workers with the query.
    as_of
        The date that ages are counted to. A run that reads ages needs one: a data frame that was not read has no latest date.

    Returns
    -------
    pyspark.sql.DataFrame
        The columns and the bits of ``run.score`` on the same rows. Nothing is read before it is asked for rows; what goes wrong
        then is an exception of Spark, which ``segmint.spark.errors`` turns into one of segmint.

    Raises
    ------
    ConfigError
        ``as_of`` is missing or no date.
    InputError
        A column of the fit is missing or has another kind of type, or the run tells its customers apart by row number.

    Examples
    --------
    >>> segmint.spark.score(spark.read.parquet("customers"), "champion").groupBy("segment").count()  # doctest: +SKIP
    """
    run = run if isinstance(run, Run) else load(run)
    id = run.record["plan"]["source"]["id"]
    if not id:
        raise InputError(
            "the run tells its customers apart by row number, and rows of a Spark data frame have none",
            'make the run with id=, the column that tells customers apart, such as id="customer_id"',
        )
    scorer = Scorer((run.path / "model.segmint").read_bytes(), _date(as_of, run))
    types: Any = importlib.import_module("pyspark.sql.pandas.types")
    arrow: Any = importlib.import_module("pyarrow")
    # What is wrong with columns is found here, by a table without rows, before a worker starts.
    names = data_frame.columns
    scored = scorer.scored(Frame(types.to_arrow_schema(data_frame.schema).empty_table()))
    schema = types.from_arrow_schema(arrow.schema(scored))
    schema[id].dataType = data_frame.schema[id].dataType
    read = {id, *run.record["input"]["features"], *(one["name"] for one in run.record["categories"])}
    columns = [_quoted(name) for name in names if name in read]
    return data_frame.select(*columns).mapInArrow(scorer, schema)


@contextlib.contextmanager
def errors() -> Iterator[None]:
    """Turn what Spark says of a worker's error into the error itself, with its column, value and ``hint``.

    Examples
    --------
    >>> with segmint.spark.errors():  # doctest: +SKIP
    ...     scored.write.parquet("segments")
    """
    try:
        yield
    except Exception as error:
        own = _own(str(error))
        if own is None:
            raise
        raise own from error


#: The last line of a traceback, and all that follows but what engines add to it.
_OWN = re.compile(r"^segmint\._errors\.(\w+): (.*?)(?:\n\nhint: (.*?))?\s*(?:\n\s+at |\nJVM stacktrace|\Z)", re.DOTALL | re.MULTILINE)


def _own(text: str) -> SegmintError | None:
    """The error of segmint that ended a worker, by what an engine says of it."""
    found = _OWN.search(text)
    kind = getattr(_errors, found[1], None) if found else None
    if found is None or not (isinstance(kind, type) and issubclass(kind, SegmintError)):
        return None
    return kind(found[2], found[3])


def _date(as_of: datetime.date | str | None, run: Run) -> str | None:
    """A date as the library takes it."""
    if as_of is None and run.record["input"]["audit"]["as_of"] is not None:
        raise ConfigError(
            "the segments of this run depend on ages, and a Spark data frame has no latest date before it is read",
            'say which date ages are counted to, such as as_of="2026-11-30"',
        )
    if as_of is None:
        return None
    text = as_of.isoformat() if isinstance(as_of, datetime.date) else as_of
    try:
        is_date = datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        is_date = False
    # A time of day is not dropped: which day it is depends on where one is.
    if not is_date:
        raise ConfigError(f"as_of is {as_of!r}, which is no date", 'write it as "2026-11-30"')
    return text


def _quoted(name: str) -> str:
    """A name as Spark takes it for a column, whatever it holds."""
    return "`" + name.replace("`", "``") + "`"
