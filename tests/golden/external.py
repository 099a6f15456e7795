"""Writes external.json: agreement indices of many tables, computed by scikit-learn and SciPy.

Bergsma's correction and the purities are not in either; they are formed here from SciPy's chi-square and the table.
"""

import json
import math
import pathlib
import warnings

import numpy as np
import scipy
import sklearn
from scipy.optimize import linear_sum_assignment
from scipy.stats import chi2_contingency, kendalltau
from sklearn import metrics


def number(value):
    return None if value is None or math.isnan(value) else float(value)


def cramers_v(table):
    table = table[table.sum(1) > 0][:, table.sum(0) > 0]
    n, (r, c) = table.sum(), table.shape
    if r < 2 or c < 2:
        return None
    phi2 = chi2_contingency(table, correction=False).statistic / n
    phi2 = max(0.0, phi2 - (r - 1) * (c - 1) / (n - 1))
    largest = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    return math.sqrt(phi2 / largest) if largest > 1e-12 else None


def case(name, table, ranks):
    table = np.array(table)
    tiers, clusters = np.indices(table.shape)
    tiers = np.repeat(tiers.ravel(), table.ravel())
    clusters = np.repeat(clusters.ravel(), table.ravel())
    row, column = linear_sum_assignment(table, maximize=True)
    return {
        "name": name,
        "counts": table.tolist(),
        "ranks": list(map(int, ranks)),
        "ari": metrics.adjusted_rand_score(tiers, clusters),
        "ami": metrics.adjusted_mutual_info_score(tiers, clusters),
        "nmi": metrics.normalized_mutual_info_score(tiers, clusters),
        "homogeneity": metrics.homogeneity_score(tiers, clusters),
        "completeness": metrics.completeness_score(tiers, clusters),
        "v_measure": metrics.v_measure_score(tiers, clusters),
        "fowlkes_mallows": metrics.fowlkes_mallows_score(tiers, clusters),
        "purity": table.max(0).sum() / table.sum(),
        "inverse_purity": table.max(1).sum() / table.sum(),
        "cramers_v": cramers_v(table),
        "kendall_tau_b": number(kendalltau(-tiers, np.array(ranks)[clusters]).statistic),
        "matched": int(table[row, column].sum()),
    }


def tables():
    yield "one customer", [[1]]
    yield "two customers apart", [[1, 0], [0, 1]]
    yield "two customers, one cluster", [[1], [1]]
    yield "one tier, one cluster", [[17]]
    yield "one tier", [[3, 4, 5]]
    yield "one cluster", [[3], [4], [5]]
    yield "the same", [[10, 0, 0], [0, 20, 0], [0, 0, 30]]
    yield "the same, permuted", [[0, 10, 0], [0, 0, 20], [30, 0, 0]]
    yield "independent", [[2, 4, 6], [4, 8, 12]]
    yield "every customer a cluster", [[1] * 6 + [0] * 4, [0] * 6 + [1] * 4]
    yield "every customer a tier", np.eye(7, 3, dtype=int)[:, :3].tolist()[:3] + [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
    yield "no pair shares both", [[1, 1], [1, 1]]
    yield "worse than chance", [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    yield "empty row and column", [[3, 0, 1], [0, 0, 0], [1, 0, 6]]
    yield "rare tier", [[1, 0], [500, 1500]]
    yield "finer clusters", [[30, 25, 0, 0], [0, 0, 18, 40]]
    yield "large", [[31_000, 4_000, 900], [2_000, 22_000, 6_100], [150, 7_000, 26_850]]
    yield "large and weak", [[25_100, 24_900], [24_950, 25_050]]
    random = np.random.default_rng(20250611)
    for number in range(40):
        shape = random.integers(1, 9, 2)
        n = int(random.choice([3, 12, 60, 400, 3000]))
        chances = random.dirichlet(np.full(shape.prod(), random.choice([0.1, 0.5, 5.0])))
        yield f"random {number}", random.multinomial(n, chances).reshape(shape).tolist()


def main():
    warnings.simplefilter("ignore")
    random = np.random.default_rng(7)
    cases = []
    for name, table in tables():
        ranks = random.integers(0, len(table[0]), len(table[0]))
        cases.append(case(name, table, ranks))
    versions = {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__, "numpy": np.__version__}
    lines = ",\n".join("  " + json.dumps(item) for item in cases)
    text = f'{{\n"versions": {json.dumps(versions)},\n"cases": [\n{lines}\n]\n}}\n'
    pathlib.Path(__file__).with_suffix(".json").write_text(text)


main()
