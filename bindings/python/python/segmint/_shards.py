"""Shards of a matrix on the workers of Spark: what the driver does to reach them, and what a worker does with one."""

from __future__ import annotations

import contextlib
import functools
import importlib
import re
import sys
import threading
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

from segmint import _native
from segmint._errors import ConfigError, LimitError
from segmint._scoring import check_version

#: What a question to the workers is made from: a shard, and the message that opens it.
_SCHEMA = "shard int, opening binary"


class SparkShards:
    """The engine that carries messages between the library and the workers of Spark.

    Every shard is a row of a cached data frame. A question is a query over the numbers of the shards, which goes where Spark has the
    rows; a worker that does not hold its shard says so, and is sent the row in a second query.
    """

    def __init__(self, spark: Any) -> None:
        self._spark = spark
        #: How many parts the session cuts a table of its own into: one for every core it knows.
        self.n_parts = max(1, len(spark.range(1 << 16).mapInArrow(_one_a_part, "part int").collect()))
        self._name = f"segmint_{uuid.uuid4().hex}"
        self._views: list[str] = []
        self._rows: Any = None
        #: What Spark raised, for whoever asked the library.
        self.failed: Exception | None = None

    def reserve(self, n_shards: int, n_bytes: int) -> None:
        """Refuse shards for which the settings of the session leave a worker no room."""
        room = worker_room(self._spark)
        if room is None:
            return
        needed = room.n_bytes_before + -(-n_shards // self.n_parts) * n_bytes
        if needed > room.n_bytes:
            with self._noting():
                raise LimitError(
                    f"refused: a Python worker of Spark would need {needed >> 20} MiB, and {room.setting} leaves it {room.n_bytes >> 20} MiB",
                    "give executors more memory for Python (spark.executor.pyspark.memory or spark.executor.memoryOverhead), or have more of them",
                )

    def keep(self, shard: int, opening: bytes) -> None:
        """Give Spark the message that opens a shard."""
        view = f"{self._name}_{shard}"
        # A view of its own for each, so that no message to a server holds more than one.
        with self._noting():
            row = self._spark.createDataFrame([(shard, bytearray(opening))], _SCHEMA)
            row.coalesce(1).createOrReplaceTempView(view)
            self._views.append(view)

    def answers(self, order: bytes) -> list[bytes]:
        """What the workers answer to ``order``, by shard."""
        with self._noting():
            if self._rows is None:
                rows = functools.reduce(lambda all, one: all.union(one), map(self._spark.table, self._views))
                self._rows = rows.cache()
                # Nobody holds a shard yet.
                found: dict[int, bytes] = {}
            else:
                found = self._ask(self._rows.select("shard"), order)
            missing = [shard for shard in range(len(self._views)) if shard not in found]
            if missing:
                found |= self._ask(self._rows.filter(self._rows["shard"].isin(missing)), order)
            return [found[shard] for shard in range(len(self._views))]

    def _ask(self, rows: Any, order: bytes) -> dict[int, bytes]:
        worker = Worker(self._name, order)
        answered = rows.mapInArrow(worker, "shard int, answer binary").collect()
        return {row["shard"]: bytes(row["answer"]) for row in answered if row["answer"] is not None}

    def close(self) -> None:
        """Take everything back from Spark."""
        if self._rows is not None:
            self._rows.unpersist()
        for view in self._views:
            self._spark.catalog.dropTempView(view)

    @contextlib.contextmanager
    def _noting(self) -> Iterator[None]:
        """Keep what Spark raises: the library passes on no more than its text."""
        try:
            yield
        except Exception as error:
            self.failed = error
            raise


#: What a Python worker has before it holds a shard, in bytes of memory: Python, pyarrow and this package.
MEMORY_BEFORE = 128 << 20
#: The same in bytes of addresses, which is what Spark limits.
ADDRESSES_BEFORE = 512 << 20


class Room(NamedTuple):
    """What one Python worker may have, how much of it it has before it holds a shard, and by which setting."""

    n_bytes: int
    n_bytes_before: int
    setting: str


def worker_room(spark: Any) -> Room | None:
    """What the settings of a session leave a Python worker; ``None`` where they set no limit, or cannot be read."""
    n_cores = int(_setting(spark, "spark.executor.cores") or 1)
    own = _setting(spark, "spark.executor.pyspark.memory")
    if own is not None:
        # Spark gives every worker of an executor an equal part of it.
        return Room(_bytes(own) // n_cores, ADDRESSES_BEFORE, f"spark.executor.pyspark.memory = {own}")
    if not (_setting(spark, "spark.master") or "").startswith(("yarn", "k8s")):
        return None
    # Elsewhere Python shares what a container has beside the JVM.
    overhead = _setting(spark, "spark.executor.memoryOverhead")
    if overhead is not None:
        return Room(_bytes(overhead) // n_cores, MEMORY_BEFORE, f"spark.executor.memoryOverhead = {overhead}")
    memory = _setting(spark, "spark.executor.memory") or "1g"
    factor = float(_setting(spark, "spark.executor.memoryOverheadFactor") or 0.1)
    room = max(384 << 20, int(factor * _bytes(memory))) // n_cores
    return Room(room, MEMORY_BEFORE, f"the overhead of spark.executor.memory = {memory}")


def _setting(spark: Any, key: str) -> str | None:
    """A setting of the session; ``None`` where it is not set, or the session does not tell."""
    try:
        value = spark.conf.get(key, None)
    except Exception:
        return None
    return None if value is None else str(value)


def _bytes(size: str) -> int:
    """The bytes of a size as Spark writes it; a number alone is of MiB."""
    found = re.fullmatch(r"(\d+)([bkmgtp]?)b?", size.strip().lower())
    if found is None:
        raise ConfigError(f"{size!r} is no size of memory", 'Spark writes sizes as "512m" or "2g"')
    return int(found[1]) << 10 * "bkmgtp".index(found[2] or "m")


def _one_a_part(batches: Iterator[Any]) -> Iterator[Any]:
    pyarrow: Any = importlib.import_module("pyarrow")
    if sum(batch.num_rows for batch in batches):
        yield pyarrow.RecordBatch.from_arrays([pyarrow.array([0], pyarrow.int32())], ["part"])


def packed(batches: Iterator[Any]) -> Iterator[Any]:
    """Record batches as a column of Arrow streams, which every version and kind of session collects."""
    pyarrow: Any = importlib.import_module("pyarrow")
    for batch in batches:
        stream = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_stream(stream, batch.schema) as writer:
            writer.write_batch(batch)
        part = pyarrow.array([stream.getvalue().to_pybytes()], pyarrow.binary())
        yield pyarrow.RecordBatch.from_arrays([part], ["part"])


#: The shards that this process holds: of one fit, by their numbers.
_held: dict[int, _native.Shard] = {}
_held_of = ""
_lock = threading.Lock()


class Worker:
    """A question on its way to workers: called there with shards, it gives their answers."""

    def __init__(self, fit: str, order: bytes) -> None:
        self.fit = fit
        self.order = order
        self.version: str = _native.__version__
        self.byteorder = sys.byteorder

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        check_version(self.version, self.byteorder)
        pyarrow: Any = importlib.import_module("pyarrow")
        for batch in batches:
            shards = batch.column(0).to_pylist()
            openings = batch.column(1) if batch.num_columns > 1 else None
            answers = [self._answer(shard, None if openings is None else openings[i].as_py()) for i, shard in enumerate(shards)]
            columns = [pyarrow.array(shards, pyarrow.int32()), pyarrow.array(answers, pyarrow.binary())]
            yield pyarrow.RecordBatch.from_arrays(columns, ["shard", "answer"])

    def _answer(self, shard: int, opening: bytes | None) -> bytes | None:
        """What a shard answers; ``None`` when this process does not hold it and was not sent it."""
        held = _holding(self.fit, shard, opening)
        return None if held is None else held.answer(self.order)


def _holding(fit: str, shard: int, opening: bytes | None) -> _native.Shard | None:
    """A shard of a fit. Those of another fit are forgotten: a worker is never told that one has ended."""
    global _held_of
    with _lock:
        if _held_of != fit:
            _held.clear()
            _held_of = fit
        if shard not in _held and opening is not None:
            _held[shard] = _native.Shard(opening)
        return _held.get(shard)
