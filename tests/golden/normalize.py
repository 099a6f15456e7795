"""Writes normalize.json: what scikit-learn and scipy make of a few columns.

Run with Python, scikit-learn and scipy installed; the versions are recorded in the file.
"""

import json
import pathlib

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, PowerTransformer, RobustScaler, StandardScaler

rng = np.random.default_rng(20240501)
N = 40
columns = {
    "lognormal": np.round(np.exp(rng.normal(3, 1.2, N)), 2),
    "pareto": np.round((1 - rng.random(N)) ** (-1 / 1.1), 4),
    "mixed_sign": np.round(rng.normal(0, 1, N) ** 3 * 50, 3),
    "negative": -np.round(rng.gamma(2.0, 30.0, N), 2) - 1,
    "counts": rng.poisson(1.5, N).astype(float),
    "offset": np.round(1e9 + rng.normal(0, 1, N), 3),
    "years": rng.integers(1950, 2015, N).astype(float),
    "small": np.round(rng.exponential(0.002, N), 7),
}


def scaled(scaler, x):
    return scaler.fit_transform(x.reshape(-1, 1)).ravel().tolist()


out = {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__, "columns": []}
for name, x in columns.items():
    power = PowerTransformer(method="yeo-johnson", standardize=False).fit(x.reshape(-1, 1))
    transformed = power.transform(x.reshape(-1, 1)).ravel()
    holes = x.copy()
    holes[[3, 7, 20]] = np.nan
    ranks = (stats.rankdata(x) - 0.5) / N
    out["columns"].append(
        {
            "name": name,
            "values": x.tolist(),
            "skewness": float(stats.skew(x)),
            "skewness_log1p": float(stats.skew(np.sign(x) * np.log1p(np.abs(x)))),
            "standard": scaled(StandardScaler(), x),
            "min_max": scaled(MinMaxScaler(), x),
            "robust": scaled(RobustScaler(), x),
            "max_abs": scaled(MaxAbsScaler(), x),
            "lambda": float(power.lambdas_[0]),
            "yeo_johnson": transformed.tolist(),
            "skewness_yeo_johnson": float(stats.skew(transformed)),
            "quantile": stats.norm.ppf(ranks).tolist(),
            "clip_10": np.quantile(x, [0.1, 0.9]).tolist(),
            "mean_without_3_7_20": float(SimpleImputer(strategy="mean").fit(holes.reshape(-1, 1)).statistics_[0]),
            "median_without_3_7_20": float(SimpleImputer(strategy="median").fit(holes.reshape(-1, 1)).statistics_[0]),
        }
    )
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")
