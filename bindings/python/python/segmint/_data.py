"""Tables of customers, whatever library they come from."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, Union

from segmint._errors import InputError
from segmint._native import Frame

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ArrowStream(Protocol):
    """A data frame of pandas, polars, pyarrow, DuckDB or any other library that hands over Arrow data."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class ArrowArray(Protocol):
    """A batch of rows that hands over Arrow data."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> Any: ...


Path: TypeAlias = Union[str, "os.PathLike[str]"]
Data: TypeAlias = Union[Path, Sequence[Path], ArrowStream, ArrowArray, "NDArray[Any]"]


def paths_of(data: Data) -> list[str] | None:
    """The paths that ``data`` names; ``None`` for a table in memory."""
    if isinstance(data, (str, os.PathLike)):
        return [os.fspath(data)]
    if isinstance(data, (list, tuple)) and data and all(isinstance(one, (str, os.PathLike)) for one in data):
        return [os.fspath(one) for one in data]
    return None


def frame_of(data: Data, id: str | None, features: Sequence[str] | None) -> Frame:
    """A table in memory as Arrow data; nothing that lies in columns already is copied."""
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    if pandas is not None and isinstance(data, pandas.DataFrame):
        return _of_pandas(data, id)
    if numpy is not None and isinstance(data, numpy.ndarray):
        return _of_matrix(data, features, numpy)
    polars = sys.modules.get("polars")
    if polars is not None and isinstance(data, polars.LazyFrame):
        raise InputError("a polars LazyFrame holds no rows yet", "call .collect() first")
    if polars is not None and isinstance(data, polars.DataFrame):
        # Types of polars that the Arrow stream of a frame does not carry.
        data = data.cast({polars.Null: polars.Float64, **({polars.Int128: polars.Float64} if hasattr(polars, "Int128") else {})})
    series = [library.Series for library in (pandas, polars) if library is not None]
    if isinstance(data, tuple(series)):
        raise InputError(f"a {type(data).__name__} is one column, and a table has several", "give the data frame that it comes from")
    if data is None:
        raise InputError("there is no data", "give a data frame, a path, or a config that names a source")
    if isinstance(data, dict) and data and not hasattr(data, "__arrow_c_stream__"):
        raise InputError("a dict is not a table", "give a data frame, such as polars.DataFrame(data)")
    return Frame(data)


def _of_pandas(data: Any, id: str | None) -> Frame:
    """An index is a column when ``id`` names it; else it is not part of the table."""
    columns = list(data.columns)
    names = [str(column) for column in columns]
    twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if twice is not None:
        raise InputError(f"the pandas data frame has several columns called {twice!r}", "rename them: a column is known by its name")
    if id is not None and id not in names and id in [str(name) for name in data.index.names if name is not None]:
        data = data.reset_index(level=id)
    try:
        pyarrow: Any = importlib.import_module("pyarrow")
    except ImportError:
        raise InputError(
            "pandas hands over its columns through pyarrow, which is not installed",
            "pip install pyarrow; or give a polars data frame, or a matrix with features=[names]",
        ) from None
    try:
        table = pyarrow.Table.from_pandas(data, preserve_index=False)
    except (pyarrow.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise _unreadable(data, error, pyarrow) from error
    return Frame(table)


def _unreadable(data: Any, error: Exception, pyarrow: Any) -> InputError:
    """Names the column that Arrow could not take, and what its values are."""
    for name in data.columns:
        try:
            pyarrow.Array.from_pandas(data[name])
        except Exception as own:  # whatever Arrow says of this column
            kinds = sorted({type(value).__name__ for value in data[name].dropna().head(10_000)})
            return InputError(
                f"column {str(name)!r} of the pandas data frame cannot be read: it holds values of the types {', '.join(kinds)} "
                f"({_first_line(own)})",
                f"make its values of one type, such as df[{name!r}].astype(str) or pandas.to_numeric(df[{name!r}]), or drop it",
            )
    return InputError(f"the pandas data frame cannot be read: {_first_line(error)}", "convert it to a pyarrow table first")


def _first_line(error: Exception) -> str:
    return str(error.args[0] if error.args else error).splitlines()[0]


def _of_matrix(data: Any, features: Sequence[str] | None, numpy: Any) -> Frame:
    if data.ndim != 2:
        raise InputError(
            f"the array has {data.ndim} dimension{'s' if data.ndim != 1 else ''}, and a table has rows and columns",
            "give a 2-D array of customers × features",
        )
    if isinstance(features, str):
        features = [features]
    if features is None or len(features) != data.shape[1]:
        named = "none is named" if features is None else f"{len(features)} are named"
        raise InputError(
            f"the array has {data.shape[1]} columns, and {named}",
            "name every column: features=[...]; a data frame brings its names along",
        )
    kind = data.dtype.kind
    if kind in "biuf" and isinstance(data, numpy.ma.MaskedArray):
        data = numpy.asarray(data.astype(numpy.float64).filled(numpy.nan))
        kind = "f"
    if kind == "b":
        data = data.view(numpy.uint8)
    elif kind == "O" or (kind in "iuf" and (data.dtype == numpy.float16 or not data.dtype.isnative or data.dtype.itemsize > 8)):
        data = _numbers(data, features, numpy)
    elif kind not in "fiu":
        raise InputError(f"the array holds {data.dtype}, not numbers", "convert it: array.astype(float); text needs a data frame")
    return Frame.of_matrix(data, [str(name) for name in features])


def _numbers(data: Any, features: Sequence[str], numpy: Any) -> Any:
    """The matrix as floating-point numbers; says which column has none."""
    columns = numpy.empty(data.shape, dtype=numpy.float64, order="F")
    for j, name in enumerate(features):
        try:
            columns[:, j] = data[:, j]
        except (TypeError, ValueError) as error:
            raise InputError(f"column {str(name)!r} of the array is not of numbers: {error}", "convert or drop it first") from error
    return columns
