"""scikit-learn's own tests of KMeans and DBSCAN, run on ours.

Its wheel brings them along. A process of its own imports them with segmint's classes in the places that they import from, and runs
all of them; which ones have to fail, and why, is said here and in docs/python-estimators.md. One more or one less is a failure.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
from typing import Any

import pytest

MODULES = ["sklearn.cluster.tests.test_k_means", "sklearn.cluster.tests.test_dbscan"]
#: Where the process that runs them writes what it saw.
OUTCOMES = "SEGMINT_OUTCOMES"

PRIVATE = "reaches for a private method of scikit-learn's class"
N_INIT = 'n_init="auto" makes up to ten starts, as in the program: a start costs little, and one start is often a bad one'
EMPTY = "an empty cluster takes the farthest row, which stays in the sum of its old cluster until the next pass: passes differ"
VERBOSE = "verbose tells one line about the fit, not one a pass"
ELKAN = "algorithm is of no effect, so there is nothing to warn of"
METRIC = "only the Euclidean distance, on rows: there is a ValueError that says so"
WORDS = "messages are worded here, with the value and what to do"
WEIGHTS = "DBSCAN.fit takes no sample_weight"

#: Tests that fail, as patterns of their names.
FAILS: dict[str, str] = {
    "test_kmeans_relocated_clusters*": EMPTY,
    "test_kmeans_init_auto_with_initial_centroids[KMeans-k-means++-1]": N_INIT,
    "test_kmeans_init_auto_with_initial_centroids[KMeans-random-default]": N_INIT,
    "test_n_init_auto[KMeans-10]": N_INIT,
    "test_kmeans_verbose*": VERBOSE,
    "test_warning_elkan_1_cluster": ELKAN,
    "test_warning_n_init_precomputed_centers*": WORDS,
    "test_kmeans_warns_less_centers_than_unique_points*": WORDS,
    "test_relocating_with_duplicates*": WORDS,
    "test_wrong_params*-KMeans]": WORDS,
    "test_sample_weight_init*": PRIVATE,
    "test_sample_weight_zero*": PRIVATE,
    "test_dbscan_similarity": METRIC,
    "test_dbscan_sparse_precomputed*": METRIC,
    "test_dbscan_input_not_modified*-precomputed]": METRIC,
    "test_dbscan_input_not_modified_precomputed_sparse_nodiag*": METRIC,
    "test_dbscan_callable": METRIC,
    "test_dbscan_metric_params": METRIC,
    "test_dbscan_balltree": METRIC,
    "test_dbscan_precomputed_metric_with_*": METRIC,
    "test_dbscan_no_warning_*_precomputed": METRIC,
    "test_weighted_dbscan*": WEIGHTS,
}


def pytest_configure(config: pytest.Config) -> None:
    """Of the process that runs them: puts our classes in place of theirs before their tests are imported."""
    import sklearn.cluster

    import segmint

    def dbscan(X: Any, eps: float = 0.5, *, sample_weight: Any = None, metric: Any = "minkowski", p: Any = 2, **others: Any) -> Any:
        weighted = {} if sample_weight is None else {"sample_weight": sample_weight}
        found = segmint.DBSCAN(eps, metric=metric, p=p, **others).fit(X, **weighted)
        return found.core_sample_indices_, found.labels_

    for ours in (segmint.KMeans, segmint.DBSCAN):
        _note_uses(ours)
        setattr(sklearn.cluster, ours.__name__, ours)
    setattr(sklearn.cluster, "dbscan", dbscan)


_used = [False]
_seen: dict[str, dict[str, Any]] = {}


def _note_uses(ours: Any) -> None:
    initialize = ours.__init__

    def noted(self: Any, *args: Any, **kwargs: Any) -> None:
        _used[0] = True
        initialize(self, *args, **kwargs)

    # What a class's parameters are is read from the signature of its __init__.
    noted.__wrapped__ = initialize  # type: ignore[attr-defined]
    ours.__init__ = noted


def pytest_runtest_setup(item: pytest.Item) -> None:
    _used[0] = False


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or report.outcome != "passed":
        name = report.nodeid.rpartition("/")[2]
        _seen[name] = {"outcome": report.outcome, "ours": _used[0], "said": str(report.longrepr or "").strip().splitlines()[-1:]}


def pytest_sessionfinish(session: pytest.Session) -> None:
    pathlib.Path(os.environ[OUTCOMES]).write_text(json.dumps(_seen))


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    pytest.importorskip("sklearn")
    folder = tmp_path_factory.mktemp("own")
    here = pathlib.Path(__file__)
    environment = {**os.environ, OUTCOMES: str(folder / "outcomes.json"), "PYTHONPATH": str(here.parent)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", here.stem, "-p", "no:cacheprovider", "--pyargs", *MODULES]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder)
    assert (folder / "outcomes.json").exists(), done.stdout + done.stderr
    seen: dict[str, dict[str, Any]] = json.loads((folder / "outcomes.json").read_text())
    return {name: one for name, one in seen.items() if one["ours"]}


def _matches(pattern: str, name: str) -> bool:
    """Whether the test is meant; ``*`` stands for anything."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), name.partition("::")[2]) is not None


def _reason(name: str) -> str | None:
    return next((reason for pattern, reason in FAILS.items() if _matches(pattern, name)), None)


def test_tests_of_scikit_learn_pass_unless_a_reason_is_given(outcomes: dict[str, dict[str, Any]]) -> None:
    failed = {name: one["said"] for name, one in outcomes.items() if one["outcome"] == "failed" and _reason(name) is None}
    assert failed == {}
    assert sum(one["outcome"] == "passed" for one in outcomes.values()) > 100


def test_what_has_a_reason_to_fail_does(outcomes: dict[str, dict[str, Any]]) -> None:
    passed = {name: _reason(name) for name, one in outcomes.items() if one["outcome"] == "passed" and _reason(name) is not None}
    assert passed == {}
    unused = [pattern for pattern in FAILS if not any(_matches(pattern, name) for name in outcomes)]
    assert unused == []


def test_the_documentation_gives_every_reason() -> None:
    page = pathlib.Path(__file__).parents[3] / "docs" / "python-estimators.md"
    if not page.exists():
        pytest.skip("there is no repository around")
    text = " ".join(page.read_text().split())
    assert [reason for reason in set(FAILS.values()) if reason not in text] == []
