"""Writes gmm.json: a Gaussian mixture of three overlapping clouds by scikit-learn.

Run with Python, scikit-learn and numpy installed; the version is recorded in the file.
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.mixture import GaussianMixture

rng = np.random.default_rng(7)
clouds = [
    rng.multivariate_normal([0, 0], [[1.0, 0.6], [0.6, 1.0]], 120),
    rng.multivariate_normal([5, 1], [[0.5, 0.0], [0.0, 2.0]], 80),
    rng.multivariate_normal([1, 6], [[1.5, -0.5], [-0.5, 0.5]], 50),
]
rows = np.concatenate(clouds)[rng.permutation(250)].astype(np.float32).round(3).astype(np.float32)
mixture = GaussianMixture(3, random_state=0, tol=1e-3).fit(rows.astype(float))
order = np.argsort(-np.bincount(mixture.predict(rows), minlength=3), kind="stable")
out = {
    "scikit-learn": sklearn.__version__,
    "rows": [[float(f"{v:.3f}") for v in row] for row in rows],
    "weights": mixture.weights_[order].tolist(),
    "means": mixture.means_[order].tolist(),
    "covariances": mixture.covariances_[order].tolist(),
    "log_likelihood": float(mixture.score(rows.astype(float))),
    "probability": mixture.predict_proba(rows.astype(float)).max(axis=1).tolist(),
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
