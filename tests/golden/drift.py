"""Writes drift.json: what scipy and statsmodels make of a few samples before and now.

Run with Python, scipy and statsmodels installed; the versions are recorded in the file.
"""

import itertools
import json
import math
import pathlib
from fractions import Fraction

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.multitest import multipletests

rng = np.random.default_rng(20261129)
out = {"scipy": scipy.__version__, "statsmodels": statsmodels.__version__}

out["noncentral"] = []
for degrees in (1, 6, 9, 19):
    for shift in (0.0, 0.4, 5.0, 83.0, 2_500.0, 50_000.0):
        for upper in (0.05, 0.001, 1e-6):
            law = stats.chi2(degrees) if shift == 0 else stats.ncx2(degrees, shift)
            mean, sd = degrees + shift, math.sqrt(2 * (degrees + 2 * shift))
            x = max(mean + rng.uniform(-1, 4) * sd, 0.1)
            out["noncentral"].append(
                {"degrees": degrees, "shift": shift, "x": x, "survival": float(law.sf(x)), "upper": upper, "quantile": float(law.isf(upper))}
            )

out["holm"] = [
    {"p": p, "adjusted": multipletests(p, method="holm")[1].tolist()}
    for p in ([0.01, 0.04, 0.03], [0.5, 0.001, 0.001, 0.02, 0.9, 1e-12], rng.random(17).tolist(), [0.7])
]

out["wasserstein"] = []
for n, m in ((1, 4), (7, 5), (40, 60)):
    u, v = rng.normal(0, 3, n).round(1), rng.normal(1, 2, m).round(1)
    a, b = rng.random(n) + 0.01, rng.random(m) + 0.01
    out["wasserstein"].append(
        {"u": u.tolist(), "v": v.tolist(), "u_weights": a.tolist(), "v_weights": b.tolist(), "distance": stats.wasserstein_distance(u, v, a, b)}
    )

out["levels"] = []
for before, now in (([60, 40], [40, 60]), ([253, 302, 204, 134, 72], [177, 262, 285, 158, 88]), ([5000, 12, 900], [7000, 30, 1400])):
    found = stats.chi2_contingency([before, now], correction=False)
    v = stats.contingency.association(np.array([before, now]), method="cramer")
    out["levels"].append({"before": before, "now": now, "chi2": found.statistic, "p": found.pvalue, "cramers_v": v})


def freeman_halton(before, now):
    """The exact p by all tables with these margins, in whole numbers."""
    totals = [b + w for b, w in zip(before, now)]
    ways = lambda table: math.prod(math.comb(t, b) for t, b in zip(totals, table))
    tables = itertools.product(*(range(t + 1) for t in totals))
    weights = [ways(table) for table in tables if sum(table) == sum(before)]
    return float(Fraction(sum(w for w in weights if w <= ways(before)), sum(weights)))


out["exact"] = [
    {"before": b, "now": w, "p": freeman_halton(b, w)}
    for b, w in (([3, 1], [1, 3]), ([0, 50], [4, 60]), ([2, 0, 9, 1], [5, 4, 3, 0]), ([6, 2, 2], [1, 1, 9]), ([1, 1, 1, 1, 1], [2, 0, 0, 4, 1]))
]

out["paired"] = []
for n in (3, 5, 12):
    before = rng.normal(0, 1, n).round(2)
    now = (before + rng.normal(0.5, 1, n)).round(2)
    found = stats.permutation_test((now - before,), np.sum, permutation_type="samples", n_resamples=np.inf)
    out["paired"].append({"before": before.tolist(), "now": now.tolist(), "p": float(found.pvalue)})

path = pathlib.Path(__file__).with_name("drift.json")
path.write_text(json.dumps(out, indent=1) + "\n")
