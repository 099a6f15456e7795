# mypy: disable-error-code="import-untyped, import-not-found, misc"
"""The whole of segmint as one estimator: normalize, choose k, cluster, name."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from segmint import _native, _tables
from segmint._data import frame_of
from segmint._estimators._checks import readable
from segmint._settings import flags

_PROFILE = {
    "segment_id": "text", "segment": "text", "feature": "text", "clustered": "bool", "missing_share": "float", "mean": "float",
    "std": "float", "min": "float", "q25": "float", "median": "float", "q75": "float", "max": "float", "position": "float",
}  # fmt: skip


class Segmenter(ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin, BaseEstimator):
    """Named customer segments: features are normalized, clustered by k-means and named from catalogs.

    It is ``segmint.run`` without a folder, for pipelines: the same data and settings give the same segments. Parameters are keys of
    the configuration (``docs/configuration.md``), with their defaults.

    Parameters
    ----------
    k : "auto" or int, default="auto"
        The number of segments; ``"auto"`` chooses it by how much clearer the clusters are than those of tables without any.
    k_range : (int, int), default=(2, 12)
        What ``"auto"`` tries.
    n_init : "auto" or int, default="auto"
        Starts of k-means; ``"auto"`` makes up to 10, until a better one is unlikely.
    transformation : str, default="auto"
        ``normalize.transform`` (a method has that name): "none", "log1p", "yeo_johnson", "quantile" or "auto", by skewness.
    scale : str, default="standard"
        "none", "standard", "min_max", "robust" or "max_abs".
    missing : str, default="median"
        What replaces a missing value: "mean", "median" or "zero"; "drop" leaves the row out (label −1), "reject" is an error.
    clip : float, default=0.0
        The share at either end of a feature that is drawn in before the fit.
    features : sequence of str, default=None
        The columns to cluster; ``None`` = every column of a matrix, and of a data frame the numeric ones that look like measurements.
    id, value : str, default=None
        Columns of a data frame: who a customer is, and the money to sum.
    catalogs : sequence of str, default=("rfm-8",)
        Where names come from: built-in catalogs or paths.
    roles : mapping of str to str, default=None
        Which column is the recency, frequency, monetary … that catalogs ask for.
    language : "en" or "zh", default="en"
        Of names and warnings.
    seed : int, default=42
        Of the starts.
    settings : mapping, default=None
        Any other key, such as ``{"label.min_score": 0.7}``.

    Attributes
    ----------
    labels_ : int64 array of shape (n_samples,)
        The number of every row's segment, largest segment first; −1 for rows that were left out.
    segment_names_ : list of str
        The names, in the order of the numbers.
    segments_ : Frame
        One row per segment: id, name, archetype, score of the match, size, share.
    profiles_ : Frame
        One row per segment and column: quartiles in original units, and its position among the others.
    k_table_ : Frame
        One row per k that was tried.
    structure_ : str
        "present", or "none" when no clusters stand out from chance.
    warnings_ : list of str
        What was noticed.
    n_features_in_, feature_names_in_
        Columns of the data and their names.

    Examples
    --------
    >>> import numpy as np
    >>> from segmint import Segmenter
    >>> visits, spend = np.arange(60) % 10, np.arange(60) % 7
    >>> X = np.vstack([np.c_[1 + visits / 10, 900 + 3 * spend], np.c_[30 + visits / 5, 20 + spend]])
    >>> found = Segmenter(k=2).fit(X)
    >>> found.labels_[[0, 60]].tolist(), found.transform(X).shape
    ([0, 1], (120, 2))
    """

    def __init__(
        self,
        k: Any = "auto",
        *,
        k_range: Any = (2, 12),
        n_init: Any = "auto",
        transformation: str = "auto",
        scale: str = "standard",
        missing: str = "median",
        clip: float = 0.0,
        features: Sequence[str] | None = None,
        id: str | None = None,
        value: str | None = None,
        catalogs: Sequence[str] = ("rfm-8",),
        roles: Mapping[str, str] | None = None,
        language: str = "en",
        seed: int = 42,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.k = k
        self.k_range = k_range
        self.n_init = n_init
        self.transformation = transformation
        self.scale = scale
        self.missing = missing
        self.clip = clip
        self.features = features
        self.id = id
        self.value = value
        self.catalogs = catalogs
        self.roles = roles
        self.language = language
        self.seed = seed
        self.settings = settings

    def fit(self, X: Any, y: Any = None) -> Segmenter:
        """Find the segments of the rows of ``X``, a data frame of any library or a matrix of numbers; ``y`` is ignored."""
        table, names = self._table(X, reset=True)
        if len(table) < 2:
            raise ValueError(f"n_samples={len(table)}: segments need at least 2 rows")
        self._model, self.labels_, found = _native.segment_fit(table, self._flags(names))
        document = json.loads(found)
        self.segment_names_ = [segment["segment"] for segment in document["segments"]]
        self.segments_ = _tables.segments(document)
        self.profiles_ = _tables.frame(_PROFILE, _profiles(document))
        self.k_table_ = _tables.k_table({"kmeans": {"table": document["k_table"]}})
        self.structure_ = document["structure"]["verdict"]
        self.warnings_ = document["warnings"]
        return self

    def predict(self, X: Any) -> Any:
        """The number of every row's segment, as ``segmint score`` gives it; −1 for rows that are left out."""
        check_is_fitted(self)
        table, _ = self._table(X, reset=False)
        return self._model.labels(table)

    def transform(self, X: Any) -> Any:
        """The distance of every row to the centroid of every segment, in normalized units; NaN for rows that are left out."""
        check_is_fitted(self)
        table, _ = self._table(X, reset=False)
        return self._model.distances(table)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.missing != "reject"
        return tags

    @property
    def _n_features_out(self) -> int:
        return len(self.segment_names_)

    def _is_given(self, name: str) -> bool:
        """Whether a parameter is not its default."""
        return bool(getattr(self, name) != inspect.signature(type(self)).parameters[name].default)

    def _table(self, X: Any, *, reset: bool) -> tuple[Any, list[str] | None]:
        """``X`` as Arrow data, and the names of its columns where it is a matrix."""
        if hasattr(X, "__arrow_c_stream__"):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return frame_of(X, self.id, None), None
        finite = "allow-nan" if self.missing != "reject" else True
        array = validate_data(self, X, reset=reset, dtype=[np.float64, np.float32], ensure_all_finite=finite)
        names = [str(name) for name in getattr(self, "feature_names_in_", [f"x{i}" for i in range(array.shape[1])])]
        return frame_of(readable(array), None, names), names

    def _flags(self, names: list[str] | None) -> list[str]:
        features = self.features if self.features is not None else names
        given = {
            "source.path": "-",
            "source.features": features,
            "source.id": self.id,
            "source.value": self.value,
            "normalize.transform": self.transformation,
            "normalize.scale": self.scale,
            "normalize.missing": self.missing,
            "normalize.clip": self.clip,
            "cluster.seed": self.seed,
            "cluster.kmeans.k": self.k,
            "cluster.kmeans.k_range": list(self.k_range),
            "cluster.kmeans.n_init": self.n_init,
            "cluster.dbscan.enabled": False,
            "label.catalogs": list(self.catalogs),
            "label.language": self.language,
            **{f"label.roles.{role}": column for role, column in (self.roles or {}).items()},
        }
        for name, one in (("features", self.features), ("catalogs", self.catalogs)):
            if isinstance(one, str):
                raise ValueError(f"{name} must be a list, got the text {one!r}: {name}=[{one!r}]")
        twice = next((key for key in self.settings or {} if key in _PARAMETERS and self._is_given(_PARAMETERS[key])), None)
        if twice is not None:
            raise ValueError(f"settings: {twice} is the parameter {_PARAMETERS[twice]} too: give one of the two")
        settings = {key: value for key, value in given.items() if value is not None}
        primary = (self.settings or {}).get("cluster.primary", "kmeans")
        if primary != "kmeans":
            raise ValueError(f"settings: cluster.primary must be 'kmeans' in a Segmenter, which has centroids, got {primary!r}")
        return flags({**settings, **(self.settings or {})})


#: Keys that are parameters.
_PARAMETERS = {
    "source.features": "features", "source.id": "id", "source.value": "value", "normalize.transform": "transformation",
    "normalize.scale": "scale", "normalize.missing": "missing", "normalize.clip": "clip", "cluster.seed": "seed",
    "cluster.kmeans.k": "k", "cluster.kmeans.k_range": "k_range", "cluster.kmeans.n_init": "n_init",
    "label.catalogs": "catalogs", "label.language": "language",
}  # fmt: skip


def _profiles(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per segment and column."""
    profiles = document["profiles"]
    rows = []
    for segment, cluster in zip(document["segments"], profiles["clusterings"][0]["clusters"]):
        for column, figures in zip(profiles["columns"], cluster["columns"]):
            row = {"segment_id": segment["segment_id"], "segment": segment["segment"]}
            row |= {"feature": column["name"], "clustered": column["clustered"], "missing_share": figures["missing_share"]}
            rows.append(row | {"position": figures["position"]} | (figures["distribution"] or {}))
    return rows
