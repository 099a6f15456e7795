"""Writes internal.json: internal measures of small clusterings, computed by scikit-learn and numpy."""

import json
import pathlib

import numpy as np
import scipy
import sklearn
from scipy.spatial.distance import cdist
from sklearn import metrics

rng = np.random.default_rng(20240)


def case(name, rows, labels):
    # What segmint clusters is the f32 matrix; everything below is computed from those values in f64.
    rows = np.asarray(rows, dtype=np.float32).astype(np.float64)
    labels = np.asarray(labels)
    # scikit-learn's Davies-Bouldin loses digits far from the origin; moving there first is exact and changes no measure.
    x, y = rows[labels >= 0] - rows[0], labels[labels >= 0]
    distances = cdist(x, x)
    values = metrics.silhouette_samples(distances, y, metric="precomputed")
    squared = metrics.silhouette_samples(distances**2, y, metric="precomputed")
    clusters = np.unique(y)
    means = np.array([x[y == c].mean(axis=0) for c in clusters])
    to_means = cdist(x, means)
    own = to_means[np.arange(len(x)), np.searchsorted(clusters, y)]
    to_means[np.arange(len(x)), np.searchsorted(clusters, y)] = np.inf
    other = to_means.min(axis=1)
    larger = np.maximum(own, other)
    simplified = np.where(larger > 0, (other - own) / np.where(larger > 0, larger, 1), 0)
    simplified[np.isin(y, [c for c in clusters if (y == c).sum() == 1])] = 0
    return {
        "name": name,
        "rows": rows.tolist(),
        "labels": labels.tolist(),
        "coverage": len(x) / len(rows),
        "silhouette_values": values.tolist(),
        "silhouette": values.mean(),
        "silhouette_per_cluster": [values[y == c].mean() for c in clusters],
        "squared_silhouette": squared.mean(),
        "simplified_silhouette": simplified.mean(),
        "calinski_harabasz": metrics.calinski_harabasz_score(x, y),
        "davies_bouldin": metrics.davies_bouldin_score(x, y),
    }


blobs = np.concatenate([rng.normal(c, 1, (n, 3)) for c, n in [(0, 30), (4, 15), (-5, 9)]])
blob_labels = np.repeat([0, 1, 2], [30, 15, 9])
cases = [
    case("three blobs", blobs, blob_labels),
    case("wrong labels", blobs, rng.integers(0, 4, len(blobs))),
    case("noise and a singleton", blobs, np.where(np.arange(54) % 7 == 0, -1, np.where(np.arange(54) == 53, 3, blob_labels))),
    case("offset of a million", blobs + 1e6, blob_labels),
    case("duplicates", [[0, 0], [0, 0], [0, 0], [1, 2], [1, 2], [3, 1]], [0, 0, 0, 1, 1, 1]),
    case("one feature", [[0], [1], [2], [10], [11], [30]], [0, 0, 0, 1, 1, 2]),
]
versions = {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"versions": versions, "cases": cases}, indent=1) + "\n")
