"""What a worker of Spark does to score its part of a table."""

from __future__ import annotations

import importlib
import pathlib
import sys
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

from segmint import _native
from segmint._errors import SegmintError
from segmint._native import Frame

#: Rows that are scored at once: a model is opened for each of these parts, and their memory is taken once.
_ROWS = 1 << 18


class Scorer:
    """A model on its way to workers: called there with the record batches of a part of the table, it gives those of its segments."""

    def __init__(self, model: bytes, as_of: str | None) -> None:
        self.model = model
        self.as_of = as_of
        self.version: str = _native.__version__
        self.byteorder = sys.byteorder

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        check_version(self.version, self.byteorder)
        pyarrow: Any = importlib.import_module("pyarrow")
        # A part without rows has no batches.
        for part in _parts(batches):
            yield from pyarrow.table(self.scored(Frame(pyarrow.Table.from_batches(part)))).to_batches()

    def scored(self, table: Frame) -> Frame:
        """The segments of the rows of ``table``."""
        # The library reads a model from a file; it goes with the part, for nobody tells a worker that it ends.
        with tempfile.TemporaryDirectory(prefix="segmint-") as folder:
            pathlib.Path(folder, "model.segmint").write_bytes(self.model)
            return _native.score(folder, [], table, self.as_of, None)


def check_version(version: str, byteorder: str) -> None:
    """Refuse to work for a driver of another version, whose bits may differ, or of another kind of machine."""
    ours, theirs = (_native.__version__, sys.byteorder), (version, byteorder)
    if ours != theirs:
        raise SegmintError(
            f"a worker of segmint {' '.join(ours)}-endian answered, and the driver is {' '.join(theirs)}-endian",
            "give every worker the same version of segmint",
        )


def _parts(batches: Iterable[Any]) -> Iterator[list[Any]]:
    """Batches by the rows that are scored at once."""
    part: list[Any] = []
    n_rows = 0
    for batch in batches:
        part.append(batch)
        n_rows += batch.num_rows
        if n_rows >= _ROWS:
            yield part
            part, n_rows = [], 0
    if n_rows:
        yield part
