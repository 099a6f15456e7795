"""segmint turns a table of customer features into named customer segments.

>>> import segmint
>>> found = segmint.run(frame, id="customer_id", value="monetary")  # doctest: +SKIP
>>> found.segments.to_pandas()  # doctest: +SKIP

``run`` finds segments, ``load`` opens a run that was recorded, and a ``Run`` holds everything that was found. What goes wrong is a
``SegmintError`` with a ``hint``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from segmint._errors import ConfigError, GateError, InputError, LimitError, Locked, SegmintError
from segmint._native import Frame, __version__
from segmint._plot import Picture, Plots
from segmint._run import Answer, Refit, Run, load, run

if TYPE_CHECKING:
    from segmint import spark as spark
    from segmint._estimators import DBSCAN as DBSCAN, KMeans as KMeans, Segmenter as Segmenter

__all__ = [
    "Answer",
    "ConfigError",
    "Frame",
    "GateError",
    "InputError",
    "LimitError",
    "Locked",
    "Picture",
    "Plots",
    "Refit",
    "Run",
    "SegmintError",
    "__version__",
    "load",
    "run",
]


def __getattr__(name: str) -> object:
    # The estimators need scikit-learn, which whoever does not ask for one may be without; so they are not in __all__ either.
    if name in ("DBSCAN", "KMeans", "Segmenter"):
        from segmint import _estimators

        return getattr(_estimators, name)
    if name == "spark":
        return importlib.import_module("segmint.spark")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
