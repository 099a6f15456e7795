"""segmint turns a table of customer features into named customer segments."""

from __future__ import annotations

from importlib.metadata import version as _version

__version__ = _version("segmint")
__all__: list[str] = ["__version__"]
