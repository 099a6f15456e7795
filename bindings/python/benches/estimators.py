"""KMeans and DBSCAN beside scikit-learn (and sklearnex where it is installed): seconds with everything that a call does.

    python bindings/python/benches/estimators.py [--only PATTERN] [--repeats 3]

k-means begins at the same rows everywhere, given as an array, and makes 20 passes (tol = 0). Inertia is recomputed by numpy from
centers and labels; labels of DBSCAN are held against scikit-learn's. Every library uses all cores. A figure is the best of the
repeats, each in this process after one small fit.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import sklearn.cluster
from sklearn.metrics import adjusted_rand_score

import segmint

PASSES = 20
KMEANS = [(200_000, 8, 8), (1_000_000, 16, 8), (1_000_000, 32, 20)]
#: Rows, features, eps; min_samples is 10.
DBSCAN = [(100_000, 2, 0.05), (100_000, 4, 0.45), (100_000, 8, 1.5), (50_000, 16, 3.0)]


def libraries() -> dict[str, Any]:
    found = {"segmint": segmint, "sklearn": sklearn.cluster}
    try:
        from sklearnex import cluster

        found["sklearnex"] = cluster
    except ImportError:
        print("(sklearnex is not installed)")
    return found


def customers(n: int, d: int, k: int, dtype: Any) -> Any:
    """Rows around k centers, as far apart as to overlap."""
    rng = np.random.default_rng(n + d)
    centers = rng.normal(scale=2.0, size=(k, d))
    return (centers[rng.integers(k, size=n)] + rng.normal(size=(n, d))).astype(dtype)


def best(fit: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    seconds, found = [], None
    for _ in range(repeats):
        began = time.perf_counter()
        found = fit()
        seconds.append(time.perf_counter() - began)
    return min(seconds), found


def inertia(X: Any, found: Any) -> float:
    total = 0.0
    centers = np.asarray(found.cluster_centers_, dtype=np.float64)
    for first in range(0, len(X), 100_000):
        part = X[first : first + 100_000].astype(np.float64) - centers[found.labels_[first : first + 100_000]]
        total += float((part * part).sum())
    return total


def kmeans(n: int, d: int, k: int, dtype: Any, repeats: int, warm: set[str]) -> None:
    X = customers(n, d, k, dtype)
    starts = X[np.random.default_rng(0).choice(n, k, replace=False)].copy()
    base = None
    for name, library in libraries().items():
        make = lambda: library.KMeans(k, init=starts, n_init=1, max_iter=PASSES, tol=0)  # noqa: B023, E731
        if name not in warm:
            make().fit(X[:1000])
            warm.add(name)
        seconds, found = best(lambda: make().fit(X), repeats)  # noqa: B023
        base = base or seconds
        print(f"  {name:10} {seconds:8.4f} s  {seconds / base:5.1f} ×  {found.n_iter_:3} passes  inertia {inertia(X, found):.9g}")


def dbscan(n: int, d: int, eps: float, dtype: Any, repeats: int) -> None:
    X = customers(n, d, 12, dtype)
    base, reference = None, None
    for name, library in libraries().items():
        fit = lambda: library.DBSCAN(eps=eps, min_samples=10).fit(X)  # noqa: B023, E731
        seconds, found = best(fit, repeats if library is segmint else 1)
        base, reference = base or seconds, found.labels_ if reference is None else reference
        same = "the same labels" if np.array_equal(found.labels_, reference) else f"ARI {adjusted_rand_score(reference, found.labels_):.6f}"
        print(f"  {name:10} {seconds:8.4f} s  {seconds / base:5.1f} ×  {found.labels_.max() + 1} clusters, {same}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="a regular expression on the names of the workloads")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    warm: set[str] = set()
    for dtype in (np.float32, np.float64):
        for n, d, k in KMEANS:
            name = f"k-means {n} × {d}, k = {k}, {np.dtype(dtype)}"
            if re.search(arguments.only, name):
                print(name)
                kmeans(n, d, k, dtype, arguments.repeats, warm)
        for n, d, eps in DBSCAN:
            name = f"DBSCAN {n} × {d}, eps = {eps}, {np.dtype(dtype)}"
            if re.search(arguments.only, name):
                print(name)
                dbscan(n, d, eps, dtype, arguments.repeats)


if __name__ == "__main__":
    main()
