"""Profiles of clusters as numpy, scipy and pandas compute them: writes label.json beside this file.

Position comes from scipy's Mann-Whitney U: U / (members * non-members) = P(member > other) + P(equal) / 2.
"""

import json
import pathlib

import numpy as np
import pandas as pd
import scipy
from scipy.stats import mannwhitneyu

rng = np.random.default_rng(20240607)
n = 240
labels = rng.choice([-1, 0, 1, 2], size=n, p=[0.1, 0.45, 0.3, 0.15])
shift = np.array([0.5, 0.0, 1.5, -1.0])[labels + 1]
columns = {
    "smooth": np.exp(rng.normal(3 + shift, 0.8)),
    "counts": rng.poisson(np.exp(1 + shift / 2)).astype(float),
    "signed": np.round(rng.normal(shift * 10, 25), 1),
    "holes": np.where(rng.random(n) < 0.3, np.nan, rng.normal(shift, 1)),
}
channel = np.where(rng.random(n) < 0.15, None, rng.choice(["app", "store", "web"], size=n))


def figures(values, inside):
    observed = ~np.isnan(values)
    member, other = values[inside & observed], values[~inside & observed]
    position = mannwhitneyu(member, other).statistic / (len(member) * len(other)) if len(other) else 0.5
    return {
        "n_observed": len(member),
        "missing_share": float(np.mean(np.isnan(values[inside]))),
        "mean": float(np.mean(member)),
        "std": float(np.std(member)),
        "quantiles": [float(q) for q in np.quantile(member, [0, 0.25, 0.5, 0.75, 1])],
        "sum": float(np.sum(member)),
        "position": float(position),
    }


matrix = np.column_stack([columns["smooth"], columns["counts"], columns["signed"]]).astype(np.float32)
level = pd.Series(channel).fillna("(missing)")
overall = level.value_counts(normalize=True)
clusters = []
for cluster in [0, 1, 2, -1]:
    inside = labels == cluster
    shares = level[inside].value_counts(normalize=True).sort_index()
    rows = np.flatnonzero(inside)
    member = matrix[rows].astype(np.float64)
    distance = ((member - member.mean(axis=0)) ** 2).sum(axis=1)
    clusters.append({
        "cluster": None if cluster < 0 else cluster,
        "size": int(inside.sum()),
        "columns": {name: figures(values, inside) for name, values in columns.items()},
        "levels": {name: [float(share), float(share / overall[name])] for name, share in shares.items()},
        "representatives": [] if cluster < 0 else rows[np.argsort(distance, kind="stable")[:5]].tolist(),
    })

everyone = np.ones(n, dtype=bool)
golden = {
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "pandas": pd.__version__},
    "labels": labels.tolist(),
    "columns": {name: [None if np.isnan(v) else float(v) for v in values] for name, values in columns.items()},
    "channel": channel.tolist(),
    "overall": {name: figures(values, everyone) for name, values in columns.items()},
    "clusters": clusters,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, ensure_ascii=False) + "\n")
