# mypy: disable-error-code="import-untyped, import-not-found"
"""What every estimator asks of its parameters and of a matrix."""

from __future__ import annotations

import math
from collections.abc import Collection
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from segmint import _native
from segmint._errors import LimitError


def whole(name: str, value: Any, least: int) -> int:
    """``value`` as a whole number of at least ``least``."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be a whole number >= {least}, got {value!r}")
    return int(value)


def number(name: str, value: Any, *, above_zero: bool) -> float:
    """``value`` as a finite number above or at least 0."""
    is_number = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number or value < 0 or (above_zero and value == 0):
        raise ValueError(f"{name} must be a finite number {'>' if above_zero else '>='} 0, got {value!r}")
    return float(value)


def one_of(name: str, value: Any, allowed: Collection[str]) -> None:
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")


def seed_of(random_state: Any) -> int:
    """The seed of the random streams: an int is itself, any other state is asked for one."""
    state = check_random_state(random_state)
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(state.randint(np.iinfo(np.int32).max))


def matrix(estimator: Any, data: Any, *, reset: bool) -> Any:
    """``data`` as an array of float32 or float64 that the native part reads where it is."""
    array = validate_data(estimator, data, reset=reset, dtype=[np.float64, np.float32], accept_sparse="csr")
    return readable(dense(array) if issparse(array) else array)


def dense(array: Any) -> Any:
    """A sparse matrix with its zeros, where they fit into memory."""
    # The matrix that is computed on comes beside it.
    needed = array.shape[0] * array.shape[1] * (array.dtype.itemsize + 4)
    allowed = _native.allowed_memory()
    if allowed is not None and needed > allowed:
        message = f"refused: X is sparse, and with its zeros it would need {needed / 1e9:.1f} GB; {allowed / 1e9:.1f} GB may be used"
        raise LimitError(message, "reduce its features first, with sklearn.decomposition.TruncatedSVD")
    return array.toarray()


def readable(array: Any) -> Any:
    """``array``, copied only where its values lie between those of something else."""
    if not array.flags.aligned or any(stride % array.itemsize for stride in array.strides):
        return np.ascontiguousarray(array)
    # Subclasses such as memmap are arrays of another name.
    return np.asarray(array)
