"""segmint turns a table of customer features into named customer segments.

>>> import segmint
>>> found = segmint.run(frame, id="customer_id", value="monetary")  # doctest: +SKIP
>>> found.segments.to_pandas()  # doctest: +SKIP

``run`` finds segments, ``load`` opens a run that was recorded, and a ``Run`` holds everything that was found. What goes wrong is a
``SegmintError`` with a ``hint``.
"""

from __future__ import annotations

from segmint._errors import ConfigError, GateError, InputError, LimitError, Locked, SegmintError
from segmint._native import Frame, __version__
from segmint._plot import Picture, Plots
from segmint._run import Answer, Refit, Run, load, run

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
