"""Writes dbscan.json: DBSCAN labels and core rows as scikit-learn gives them.

Values are rounded to float32 and widened again, so that both programs see the same numbers; the brute-force search of
scikit-learn is used, whose distances are exact on the integer cases.
"""
import json, pathlib
import numpy as np, sklearn
from sklearn.cluster import DBSCAN

rng = np.random.default_rng(20)


def blobs(n, d, k, spread):
    centres = rng.normal(0, 5, (k, d))
    return centres[rng.integers(0, k, n)] + rng.normal(0, spread, (n, d))


def moons(n):
    t = rng.uniform(0, np.pi, n)
    upper = rng.random(n) < 0.5
    x = np.where(upper, np.cos(t), 1 - np.cos(t))
    y = np.where(upper, np.sin(t), 0.5 - np.sin(t))
    return np.c_[x, y] + rng.normal(0, 0.06, (n, 2))


cases = {
    # The row at 1, or at the origin, is within eps of a core row of every cluster: it joins the lowest-numbered.
    "border_tie": ([[1], [0], [-0.5], [-1], [-0.25], [2], [2.5], [3], [2.25]], 1.0, 4),
    "border_tie_right_side_first": ([[2], [2.5], [3], [2.25], [1], [0], [-0.5], [-1], [-0.25]], 1.0, 4),
    "border_tie_of_three": (
        [[0, 0]] + [[s * r * (1 - a), r * a] for s, a in ((-1, 0), (1, 1), (1, 0)) for r in (1.25, 1, 1.5, 1.75)], 1.0, 5),
    "lattice_on_the_spacing": ([[i, j] for i in range(6) for j in range(5)], 1.0, 5),
    "lattice_just_below": ([[i, j] for i in range(6) for j in range(5)], 0.999, 2),
    "lattice_on_the_diagonal": ([[i % 4, i // 4 % 4, i // 16] for i in range(64)], float(np.sqrt(3)), 19),
    "duplicates": ([[1, 2]] * 5 + [[4, 2]] * 3 + [[9, 9]] * 4, 0.5, 4),
    "every_row_core": ([[0], [1], [5], [5.5], [20]], 1.0, 1),
    "more_samples_than_rows": ([[0], [0], [0]], 1.0, 4),
    "moons": (moons(200), 0.2, 5),
    "blobs_2": (blobs(200, 2, 4, 1.2), 0.7, 6),
    "blobs_8": (blobs(120, 8, 3, 1.0), 2.8, 8),
    "touching_blobs_12": (np.r_[rng.normal(0, 1, (60, 12)), rng.normal(1.2, 1, (60, 12))], 3.6, 6),
}

out = {"scikit_learn": sklearn.__version__, "numpy": np.__version__, "cases": {}}
for name, (rows, eps, min_samples) in cases.items():
    x = np.round(np.asarray(rows, dtype=float), 3).astype(np.float32)
    fit = DBSCAN(eps=eps, min_samples=min_samples, algorithm="brute").fit(x.astype(np.float64))
    core = np.zeros(len(x), int)
    core[fit.core_sample_indices_] = 1
    out["cases"][name] = {
        "eps": eps,
        "min_samples": min_samples,
        "rows": [[float(str(v)) for v in row] for row in x],
        "labels": fit.labels_.tolist(),
        "core": core.tolist(),
    }
lines = json.dumps(out).replace(', "cases"', ',\n "cases"').replace("}, ", "},\n  ")
pathlib.Path(__file__).with_suffix(".json").write_text(lines + "\n")
