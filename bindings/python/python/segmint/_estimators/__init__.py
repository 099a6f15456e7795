"""Estimators as scikit-learn has them: ``KMeans``, ``DBSCAN``, and ``Segmenter``, which is the whole of segmint as one.

They need scikit-learn; the rest of the package does not.
"""

from __future__ import annotations

try:
    import sklearn as _sklearn  # type: ignore[import-untyped, import-not-found, unused-ignore]  # noqa: F401
except ImportError as _missing:
    raise ImportError("segmint.KMeans, DBSCAN and Segmenter need scikit-learn: pip install 'segmint[sklearn]'") from _missing

from segmint._estimators._dbscan import DBSCAN
from segmint._estimators._kmeans import KMeans
from segmint._estimators._segmenter import Segmenter

__all__ = ["DBSCAN", "KMeans", "Segmenter"]
