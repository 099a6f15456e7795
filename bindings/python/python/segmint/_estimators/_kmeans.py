# mypy: disable-error-code="import-untyped, import-not-found, misc"
"""k-means as scikit-learn's estimator."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_array, check_is_fitted

from segmint import _native
from segmint._estimators._checks import matrix, number, one_of, seed_of, whole

#: Starts of a callable.
_STARTS = 10


class KMeans(ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin, BaseEstimator):
    """k-means clustering: parameters, attributes and methods of :class:`sklearn.cluster.KMeans`.

    The same data give the same bits: the order of the rows, the number of threads and the kind of processor change nothing, and a
    row with weight n is n equal rows. Values are rounded to float32 before they are clustered; ``docs/python-estimators.md`` says
    what that means, and lists what differs from scikit-learn.

    Parameters
    ----------
    n_clusters : int or "auto", default=8
        The number of clusters. ``"auto"`` chooses it between 2 and 12 as ``segmint run`` does.
    init : "k-means++", "random", array of shape (n_clusters, n_features) or callable, default="k-means++"
        Where the centers begin: drawn far apart (greedy k-means++), drawn from the rows, given, or what
        ``init(X, n_clusters, random_state=...)`` returns.
    n_init : "auto" or int, default="auto"
        Starts, of which the one with the smallest inertia is kept. ``"auto"`` is 1 for an array and 10 for a callable; of starts that are
        drawn it makes up to 10, until a better one is unlikely, as ``segmint run`` does.
    max_iter : int, default=300
        Passes per start.
    tol : float, default=1e-4
        A start has converged when its centers move by no more than this, relative to the mean variance of the features.
    verbose : int, default=0
        Above 0: one line about the fit.
    random_state : int, RandomState or None, default=None
        Seed of the starts.
    copy_x : bool, default=True
        Of no effect: data are never written to.
    algorithm : "lloyd" or "elkan", default="lloyd"
        Of no effect: both give the same clusters, and distances that cannot matter are never computed.

    Attributes
    ----------
    cluster_centers_ : array of shape (n_clusters, n_features)
        In the dtype of the data. ``labels_``, ``inertia_`` and ``predict`` are those of exactly these centers. Drawn starts are
        numbered by size, largest first; given ones keep their order.
    labels_ : int32 array of shape (n_samples,)
        The nearest center of every row, the lowest among equals.
    inertia_ : float
        Sum of the squared distances to the nearest center, times the weights.
    n_iter_ : int
        Passes of the start that was kept.
    n_features_in_ : int
        Features of the data.
    feature_names_in_ : array of str
        Their names, where a data frame brought some.

    Examples
    --------
    >>> import numpy as np
    >>> from segmint import KMeans
    >>> X = np.array([[0.0], [1.0], [2.0], [9.0], [11.0]])
    >>> found = KMeans(n_clusters=2, random_state=0).fit(X)
    >>> found.cluster_centers_.ravel().tolist(), found.labels_.tolist()
    ([1.0, 10.0], [0, 0, 0, 1, 1])
    >>> found.predict([[4.0], [8.0]]).tolist()
    [0, 1]
    """

    def __init__(
        self,
        n_clusters: Any = 8,
        *,
        init: Any = "k-means++",
        n_init: Any = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        verbose: int = 0,
        random_state: Any = None,
        copy_x: bool = True,
        algorithm: str = "lloyd",
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.copy_x = copy_x
        self.algorithm = algorithm

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> KMeans:
        """Find the clusters of the rows of ``X``.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
            Finite numbers; float32 and float64 are read where they are, whatever their strides.
        y : ignored
        sample_weight : array of shape (n_samples,), default=None
            How often each row counts, at least 0. Weights are whole numbers of 2⁻³² of the power of two above the largest one
            (integers below 2³² are exact), and sums of weighted rows are integers: a weight of n gives the bits of n equal rows.

        Returns
        -------
        KMeans
            This estimator.
        """
        X = matrix(self, X, reset=True)
        weights = self._weights(X, sample_weight)
        max_iter, tol = whole("max_iter", self.max_iter, 1), number("tol", self.tol, above_zero=False)
        one_of("algorithm", self.algorithm, ("lloyd", "elkan"))
        seed, n_starts = seed_of(self.random_state), self._starts()
        self._n_init = n_starts
        if isinstance(self.n_clusters, str) and self.n_clusters == "auto":
            found = self._choose(X, weights, n_starts, max_iter, tol, seed)
        else:
            k = whole("n_clusters", self.n_clusters, 1)
            if len(X) < k:
                raise ValueError(f"n_clusters={k} clusters need as many rows, and there are n_samples={len(X)}: ask for fewer")
            init = self._init(X, k, n_starts, seed)
            found = _native.kmeans_fit(X, weights, k, init, n_starts, max_iter, tol, seed)
        centers, self.labels_, self.inertia_, self.n_iter_, self._shift = found
        self.cluster_centers_ = centers.astype(X.dtype, copy=False)
        self._tell(max_iter)
        return self

    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """``fit(X).labels_``."""
        return self.fit(X, sample_weight=sample_weight).labels_

    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """``fit(X).transform(X)``."""
        return self.fit(X, sample_weight=sample_weight).transform(X)

    def predict(self, X: Any) -> Any:
        """The nearest center of every row, the lowest among equals; int32."""
        check_is_fitted(self)
        labels, _ = _native.kmeans_labels(matrix(self, X, reset=False), self._centers(), self._shift)
        return labels

    def transform(self, X: Any) -> Any:
        """The Euclidean distance of every row to every center, of the values as they are given, in the dtype of ``X``."""
        check_is_fitted(self)
        return _native.kmeans_distances(matrix(self, X, reset=False), self._centers())

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Minus the inertia that ``X`` has with the centers: the larger, the better."""
        check_is_fitted(self)
        X = matrix(self, X, reset=False)
        _, inertia = _native.kmeans_labels(X, self._centers(), self._shift, self._weights(X, sample_weight))
        return -inertia

    if TYPE_CHECKING:  # scikit-learn makes them of the signatures of fit and score.

        def set_fit_request(self, *, sample_weight: bool | str | None = ...) -> KMeans: ...

        def set_score_request(self, *, sample_weight: bool | str | None = ...) -> KMeans: ...

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    @property
    def _n_features_out(self) -> int:
        return len(self.cluster_centers_)

    def _centers(self) -> Any:
        return np.asarray(self.cluster_centers_, dtype=np.float64)

    @staticmethod
    def _weights(X: Any, sample_weight: Any) -> Any:
        if sample_weight is None:
            return None
        return np.array(_check_sample_weight(sample_weight, X, dtype=np.float64))

    def _is_given(self) -> bool:
        return not isinstance(self.init, str) and not callable(self.init)

    def _starts(self) -> int | None:
        """How many starts; ``None`` leaves it to the fit."""
        if isinstance(self.n_init, str) and self.n_init == "auto":
            if self._is_given():
                return 1
            return _STARTS if callable(self.init) else None
        n_starts = whole("n_init", self.n_init, 1)
        if self._is_given() and n_starts != 1:
            message = f"n_init={n_starts} starts from the same given centers would all end alike: one is made"
            warnings.warn(message, RuntimeWarning, stacklevel=3)
            return 1
        return n_starts

    def _init(self, X: Any, k: int, n_starts: int | None, seed: int) -> Any:
        """What the native part takes as starts."""
        if isinstance(self.init, str):
            one_of("init", self.init, ("k-means++", "random"))
            return str(self.init)
        if not callable(self.init):
            return [self._start(self.init, X, k)]
        random_state = check_random_state(seed)
        return [self._start(self.init(X, k, random_state=random_state), X, k) for _ in range(n_starts or _STARTS)]

    @staticmethod
    def _start(centers: Any, X: Any, k: int) -> Any:
        centers = np.array(check_array(centers, dtype=np.float64, input_name="init"))
        if centers.shape != (k, X.shape[1]):
            raise ValueError(f"init has the shape {centers.shape}; n_clusters={k} centers of data like these have {(k, X.shape[1])}")
        return centers

    def _choose(self, X: Any, weights: Any, n_starts: int | None, max_iter: int, tol: float, seed: int) -> Any:
        if weights is not None:
            raise ValueError("n_clusters='auto' takes no sample_weight: the choice is made by counts of rows")
        if not isinstance(self.init, str) or self.init != "k-means++":
            raise ValueError(f"n_clusters='auto' needs init='k-means++', got {self.init!r}")
        if len(X) < 3:
            raise ValueError(f"n_samples={len(X)} is too few for n_clusters='auto', which needs 3: give n_clusters a number")
        return _native.kmeans_choose(X, n_starts, max_iter, tol, seed)

    def _tell(self, max_iter: int) -> None:
        k = len(self.cluster_centers_)
        filled = int(np.count_nonzero(np.bincount(self.labels_, minlength=k)))
        if filled < k:
            message = f"only {filled} of n_clusters={k} clusters have rows: X has too few distinct ones"
            warnings.warn(message, ConvergenceWarning, stacklevel=3)
        if self.verbose:
            ended = "max_iter passes" if self.n_iter_ >= max_iter else "convergence"
            print(f"KMeans: {k} clusters, inertia {self.inertia_:.6g}, {ended} after {self.n_iter_} passes")
