# mypy: disable-error-code="import-untyped, import-not-found, misc"
"""DBSCAN as scikit-learn's estimator."""

from __future__ import annotations

from typing import Any

from sklearn.base import BaseEstimator, ClusterMixin

from segmint import _native
from segmint._estimators._checks import matrix, number, one_of, whole

#: Names of the one distance that there is; "minkowski" is it for p = 2.
_EUCLIDEAN = ("euclidean", "l2", "minkowski")


class DBSCAN(ClusterMixin, BaseEstimator):
    """Density-based clustering: parameters, attributes and labels of :class:`sklearn.cluster.DBSCAN`.

    Neighbours are found exactly, in memory that grows with the rows and never with their neighbours. Values are rounded to float32,
    and squared distances of these are compared with eps² in float64. ``docs/python-estimators.md`` lists what differs from scikit-learn.

    Parameters
    ----------
    eps : float, default=0.5
        Rows at most this far apart are neighbours.
    min_samples : int, default=5
        Neighbours, itself included, that make a row a core row.
    metric : "euclidean", default="euclidean"
        The only one; ``"l2"``, and ``"minkowski"`` with ``p=2``, are names of it.
    metric_params : None
        There are none.
    algorithm : "auto", "ball_tree", "kd_tree" or "brute", default="auto"
        Of no effect: there is one exact search.
    leaf_size : int, default=30
        Of no effect.
    p : None or 2, default=None
        The power of the Minkowski distance.
    n_jobs : int or None, default=None
        Of no effect: the threads of the process are used, ``RAYON_NUM_THREADS`` of them where the environment says so.

    Attributes
    ----------
    labels_ : int64 array of shape (n_samples,)
        Clusters from 0, in the order of their first core row; −1 is noise.
    core_sample_indices_ : int64 array of shape (n_core_samples,)
        The core rows.
    components_ : array of shape (n_core_samples, n_features)
        Copies of them.
    n_features_in_ : int
        Features of the data.
    feature_names_in_ : array of str
        Their names, where a data frame brought some.

    Examples
    --------
    >>> import numpy as np
    >>> from segmint import DBSCAN
    >>> X = np.array([[0.0], [1.0], [2.0], [7.0], [8.0], [9.0], [50.0]])
    >>> DBSCAN(eps=1, min_samples=3).fit_predict(X).tolist()
    [0, 0, 0, 1, 1, 1, -1]
    """

    def __init__(
        self,
        eps: float = 0.5,
        *,
        min_samples: int = 5,
        metric: Any = "euclidean",
        metric_params: Any = None,
        algorithm: str = "auto",
        leaf_size: int = 30,
        p: Any = None,
        n_jobs: Any = None,
    ) -> None:
        self.eps = eps
        self.min_samples = min_samples
        self.metric = metric
        self.metric_params = metric_params
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.p = p
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any = None) -> DBSCAN:
        """Find the clusters of the rows of ``X``, finite numbers of shape (n_samples, n_features); ``y`` is ignored."""
        X = matrix(self, X, reset=True)
        eps, min_samples = number("eps", self.eps, above_zero=True), whole("min_samples", self.min_samples, 1)
        one_of("algorithm", self.algorithm, ("auto", "ball_tree", "kd_tree", "brute"))
        whole("leaf_size", self.leaf_size, 1)
        self._check_metric()
        self.labels_, self.core_sample_indices_ = _native.dbscan_fit(X, eps, min_samples)
        self.components_ = X[self.core_sample_indices_]
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _check_metric(self) -> None:
        params = dict(self.metric_params or {})
        p = params.pop("p", self.p)
        is_name = isinstance(self.metric, str) and self.metric in _EUCLIDEAN
        if not is_name or params or p not in (None, 2):
            raise ValueError(
                "only the Euclidean distance is there (metric='euclidean', p=2), "
                f"got metric={self.metric!r}, p={p!r}, metric_params={self.metric_params!r}"
            )
