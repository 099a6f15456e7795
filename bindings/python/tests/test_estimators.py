"""The estimators keep the promises of scikit-learn, and their own."""

from __future__ import annotations

import json
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

np = pytest.importorskip("numpy")
sklearn = pytest.importorskip("sklearn")

from sklearn.base import clone  # noqa: E402
from sklearn.cluster import DBSCAN as TheirDBSCAN  # noqa: E402
from sklearn.cluster import KMeans as TheirKMeans  # noqa: E402
from sklearn.datasets import make_blobs  # noqa: E402
from sklearn.exceptions import ConvergenceWarning  # noqa: E402
from sklearn.metrics import adjusted_rand_score, silhouette_score  # noqa: E402
from sklearn.model_selection import GridSearchCV  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import check_estimator  # noqa: E402

import segmint  # noqa: E402
from segmint import DBSCAN, KMeans, Segmenter  # noqa: E402

ESTIMATORS = [KMeans(), DBSCAN(), Segmenter()]
BLOBS, TRUTH = make_blobs(n_samples=600, n_features=4, centers=5, cluster_std=0.6, random_state=8)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
def test_every_check_of_scikit_learn_passes(estimator: Any) -> None:
    outcomes = check_estimator(estimator, on_fail=None, on_skip=None)
    assert [one["check_name"] for one in outcomes if one["status"] in ("failed", "xfail")] == []
    assert sum(one["status"] == "passed" for one in outcomes) >= 45


def test_only_the_checks_of_weights_fail_where_k_is_chosen() -> None:
    outcomes = check_estimator(KMeans(n_clusters="auto"), on_fail=None, on_skip=None)
    failed = {one["check_name"] for one in outcomes if one["status"] == "failed"}
    assert failed and all(name.startswith("check_sample_weight") for name in failed)


def test_parameters_and_defaults_are_those_of_scikit_learn() -> None:
    for ours, theirs in [(KMeans(), TheirKMeans()), (DBSCAN(), TheirDBSCAN())]:
        assert ours.get_params() == theirs.get_params()
        fitted = [set(vars(one.fit(BLOBS))) for one in (ours, theirs)]
        public = [{name for name in names if not name.startswith("_")} for names in fitted]
        assert public[0] == public[1]


def test_the_same_starts_give_the_clusters_of_scikit_learn() -> None:
    X = np.random.default_rng(1).normal(size=(2000, 6)).astype(np.float32)
    starts = X[:7].astype(np.float64)
    ours = KMeans(7, init=starts, n_init=1, tol=0).fit(X)
    theirs = TheirKMeans(7, init=starts, n_init=1, tol=0).fit(X.astype(np.float64))
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-5, atol=1e-6)
    assert (ours.n_iter_, ours.inertia_) == (theirs.n_iter_, pytest.approx(theirs.inertia_, rel=1e-6))


@pytest.mark.parametrize("d, eps", [(2, 0.05), (4, 0.4), (8, 1.2)])
def test_dbscan_labels_are_those_of_scikit_learn(d: int, eps: float) -> None:
    X = np.random.default_rng(d).normal(size=(3000, d)).astype(np.float32).astype(np.float64)
    ours, theirs = DBSCAN(eps).fit(X), TheirDBSCAN(eps).fit(X)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_array_equal(ours.core_sample_indices_, theirs.core_sample_indices_)
    np.testing.assert_array_equal(ours.components_, theirs.components_)
    assert ours.labels_.dtype == theirs.labels_.dtype


@pytest.mark.parametrize("init", ["k-means++", "random"])
def test_order_and_repetition_of_rows_change_no_bit(init: str) -> None:
    rng = np.random.default_rng(5)
    X, weights = BLOBS, rng.integers(0, 5, len(BLOBS))
    order = rng.permutation(len(X))
    km = KMeans(6, init=init, n_init=2, random_state=9)
    weighted = clone(km).fit(X, sample_weight=weights)
    shuffled = clone(km).fit(X[order], sample_weight=weights[order] * 0.25)
    repeated = clone(km).fit(np.repeat(X, weights, axis=0))
    for other in (shuffled, repeated):
        assert other.cluster_centers_.tobytes() == weighted.cluster_centers_.tobytes()
    np.testing.assert_array_equal(shuffled.labels_, weighted.labels_[order])
    np.testing.assert_array_equal(repeated.labels_, np.repeat(weighted.labels_, weights))
    assert weighted.inertia_ == repeated.inertia_ == shuffled.inertia_ * 4


def test_weights_of_any_size_move_the_centers() -> None:
    X = np.array([[0.0], [1.0], [10.0]])
    found = KMeans(1, random_state=0).fit(X, sample_weight=[0.1, 0.2, 0.7])
    assert found.cluster_centers_[0, 0] == pytest.approx(7.2, rel=1e-8)
    assert found.inertia_ == pytest.approx(0.1 * 7.2**2 + 0.2 * 6.2**2 + 0.7 * 2.8**2, rel=1e-8)
    for wrong, said in (([1.0, -1.0, 1.0], "sample_weight: .* row 1 is -1"), ([0.0, 0.0, 0.0], "non-zero")):
        with pytest.raises(ValueError, match=said):
            KMeans(1).fit(X, sample_weight=wrong)


def test_every_layout_of_the_same_matrix_gives_the_same_bits() -> None:
    X = BLOBS.astype(np.float32)
    wide = np.zeros((2 * len(X), 6), dtype=np.float32)
    wide[::2, 1:5] = X
    frozen = X.copy()
    frozen.flags.writeable = False
    layouts = [X, np.asfortranarray(X), wide[::2, 1:5], X[::-1][::-1], frozen, X.astype(np.float64)]
    bits = set()
    for one in layouts:
        km, db = KMeans(4, random_state=2).fit(one), DBSCAN(1.0).fit(one)
        bits.add((km.cluster_centers_.astype(np.float32).tobytes(), km.predict(one).tobytes(), db.labels_.tobytes()))
    assert len(bits) == 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_said_of_a_fit_belongs_to_its_centers(dtype: Any) -> None:
    X = np.random.default_rng(0).normal(size=(5000, 3)).astype(dtype)
    km = KMeans(12, random_state=1, max_iter=4).fit(X)
    assert km.cluster_centers_.dtype == dtype and km.labels_.dtype == np.int32
    np.testing.assert_array_equal(km.predict(X), km.labels_)
    # The fit adds in the order of the contents of rows, a score in the order that they come in.
    assert km.score(X) == pytest.approx(-km.inertia_, rel=1e-13)
    exact = ((X.astype(np.float32).astype(np.float64) - km.cluster_centers_.astype(np.float64)[km.labels_]) ** 2).sum()
    assert km.inertia_ == pytest.approx(exact, rel=1e-12)
    assert (np.diff(np.bincount(km.labels_)) <= 0).all()
    distances = km.transform(X)
    assert distances.dtype == dtype
    np.testing.assert_allclose(distances.min(axis=1) ** 2 @ np.ones(len(X)), km.inertia_, rtol=1e-5)


def test_a_given_start_keeps_its_numbers() -> None:
    X = np.array([[0.0], [0.1], [0.2], [5.0]])
    assert KMeans(2, init=[[6.0], [0.0]]).fit_predict(X).tolist() == [1, 1, 1, 0]
    assert KMeans(2, init=lambda X, k, random_state: X[[3, 0]], n_init=3).fit_predict(X).tolist() == [1, 1, 1, 0]


def test_auto_chooses_k_and_survives_a_number() -> None:
    km = KMeans(n_clusters="auto", random_state=0).fit(BLOBS)
    assert len(km.cluster_centers_) == 5 and adjusted_rand_score(TRUTH, km.labels_) > 0.99
    np.testing.assert_array_equal(km.predict(BLOBS), km.labels_)
    assert len(km.set_params(n_clusters=3).fit(BLOBS).cluster_centers_) == 3
    with pytest.raises(ValueError, match="sample_weight"):
        KMeans("auto").fit(BLOBS, sample_weight=np.ones(len(BLOBS)))


WRONG: list[tuple[Any, str]] = [
    (KMeans(0), "n_clusters must be a whole number >= 1, got 0"),
    (KMeans(2.5), "n_clusters"),
    (KMeans(True), "n_clusters"),
    (KMeans("many"), "n_clusters"),
    (KMeans(601), "n_clusters=601 clusters need as many rows, and there are n_samples=600"),
    (KMeans(init="first"), "init must be one of"),
    (KMeans(2, init=np.full((2, 4), np.nan)), "NaN"),
    (KMeans(2, init=np.zeros((2, 3))), r"init has the shape \(2, 3\); n_clusters=2 centers of data like these have \(2, 4\)"),
    (KMeans(n_init=0), "n_init"),
    (KMeans(max_iter=0), "max_iter"),
    (KMeans(tol=-1), "tol must be a finite number >= 0"),
    (KMeans(tol=float("nan")), "tol"),
    (KMeans(algorithm="full"), "algorithm"),
    (KMeans(random_state=-1), "random_state|seed|2\\*\\*32|between 0"),
    (DBSCAN(0), "eps must be a finite number > 0, got 0"),
    (DBSCAN(float("inf")), "eps"),
    (DBSCAN(min_samples=0), "min_samples"),
    (DBSCAN(metric="manhattan"), "only the Euclidean distance"),
    (DBSCAN(metric="minkowski", p=1), "only the Euclidean distance"),
    (DBSCAN(metric_params={"w": [1, 2, 3, 4]}), "only the Euclidean distance"),
    (DBSCAN(algorithm="quick"), "algorithm"),
    (Segmenter(k=0), "cluster.kmeans.k"),
    (Segmenter(scale="big"), "normalize.scale"),
    (Segmenter(settings={"cluster.primary": "dbscan"}), "cluster.primary"),
]


@pytest.mark.parametrize("estimator, said", WRONG, ids=lambda one: repr(one))
def test_a_wrong_parameter_is_named(estimator: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        estimator.fit(BLOBS)


@pytest.mark.parametrize("estimator", [KMeans(5, random_state=0), DBSCAN(0.9)], ids=lambda one: type(one).__name__)
def test_sparse_matrices_are_their_dense_ones_and_too_large_ones_are_refused(estimator: Any) -> None:
    scipy_sparse = pytest.importorskip("scipy.sparse")
    X = np.where(np.abs(BLOBS) < 2, 0, BLOBS)
    for kind in (scipy_sparse.csr_array, scipy_sparse.coo_matrix):
        np.testing.assert_array_equal(clone(estimator).fit_predict(kind(X)), clone(estimator).fit_predict(X))
    with pytest.raises(segmint.LimitError, match="would need 1200.0 GB"):
        clone(estimator).fit(scipy_sparse.csr_array(([1.0], ([0], [0])), shape=(1_000_000, 100_000)))


def test_values_beyond_float32_are_named() -> None:
    X = BLOBS.copy()
    X[17, 2] = 1e39
    for estimator in (KMeans(2), DBSCAN()):
        with pytest.raises(ValueError, match=r"row 17, feature 2 of X is 1e\+?39"):
            estimator.fit(X)


def test_values_far_from_zero_keep_their_digits() -> None:
    far = np.round(BLOBS, 3) + 1.7e9
    near, there = KMeans(5, random_state=0).fit(np.round(BLOBS, 3)), KMeans(5, random_state=0).fit(far)
    assert adjusted_rand_score(near.labels_, there.labels_) == 1
    np.testing.assert_allclose(np.sort(there.cluster_centers_[:, 0] - 1.7e9), np.sort(near.cluster_centers_[:, 0]), atol=1e-5)
    np.testing.assert_array_equal(there.predict(far), there.labels_)
    assert -there.score(far) == pytest.approx(there.inertia_, rel=1e-13)
    assert there.inertia_ == pytest.approx(near.inertia_, rel=1e-4)
    np.testing.assert_array_equal(DBSCAN(0.9).fit_predict(far), TheirDBSCAN(0.9).fit_predict(far))


def test_too_few_distinct_rows_are_a_warning() -> None:
    with pytest.warns(ConvergenceWarning, match="only 2 of n_clusters=4 clusters have rows"):
        found = KMeans(4, random_state=0).fit([[0.0], [1.0], [1.0], [0.0]])
    assert sorted(set(found.labels_)) == [0, 1]


def test_a_pipeline_takes_them() -> None:
    for last in (KMeans(5, random_state=0), DBSCAN(0.7), Segmenter(k=5)):
        labels = make_pipeline(StandardScaler(), last).fit_predict(BLOBS)
        assert adjusted_rand_score(TRUTH, labels) > 0.9


def _silhouette(estimator: Any, X: Any, y: Any = None) -> float:
    return float(silhouette_score(X, estimator.predict(X)))


@pytest.mark.parametrize("estimator, key", [(KMeans(random_state=0), "n_clusters"), (Segmenter(), "k")])
def test_a_grid_search_finds_the_number_of_clusters(estimator: Any, key: str) -> None:
    search = GridSearchCV(estimator, {key: [3, 5, 8]}, scoring=_silhouette, cv=3).fit(BLOBS)
    assert search.best_params_ == {key: 5}


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("estimator", [KMeans(3, random_state=0), Segmenter(k=3)], ids=["KMeans", "Segmenter"])
def test_set_output_gives_data_frames(estimator: Any, library: str) -> None:
    module = pytest.importorskip(library)
    out = clone(estimator).set_output(transform=library).fit_transform(BLOBS)
    prefix = type(estimator).__name__.lower()
    assert isinstance(out, module.DataFrame) and list(out.columns) == [f"{prefix}{i}" for i in range(3)]


@pytest.mark.parametrize("estimator", [KMeans(3, random_state=0), DBSCAN(1.0), Segmenter(k=3)], ids=lambda one: type(one).__name__)
def test_pickles_and_clones_are_the_same(estimator: Any) -> None:
    fitted = clone(estimator).fit(BLOBS)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.labels_, fitted.labels_)
    if hasattr(fitted, "predict"):
        np.testing.assert_array_equal(again.predict(BLOBS), fitted.labels_)
        np.testing.assert_array_equal(again.transform(BLOBS), fitted.transform(BLOBS))
    np.testing.assert_array_equal(clone(fitted).fit(BLOBS).labels_, fitted.labels_)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_joblib_gives_what_one_process_gives(backend: str) -> None:
    joblib = pytest.importorskip("joblib")
    ours = [KMeans(k, random_state=0) for k in (2, 3, 4, 5)]
    jobs = (joblib.delayed(one.fit_predict)(BLOBS) for one in ours)
    labels = joblib.Parallel(n_jobs=2, backend=backend)(jobs)
    for one, found in zip(ours, labels):
        np.testing.assert_array_equal(clone(one).fit_predict(BLOBS), found)


def test_weights_are_routed() -> None:
    weights = np.random.default_rng(0).integers(1, 4, len(BLOBS))
    with sklearn.config_context(enable_metadata_routing=True):
        km = KMeans(5, random_state=0).set_fit_request(sample_weight=True)
        routed = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), km).fit(BLOBS, sample_weight=weights)
    direct = KMeans(5, random_state=0).fit(StandardScaler().fit_transform(BLOBS), sample_weight=weights)
    assert routed[-1].cluster_centers_.tobytes() == direct.cluster_centers_.tobytes()


_BITS = """
import hashlib, numpy as np, segmint
X = np.random.default_rng(0).normal(size=(20_000, 5))
km, db = segmint.KMeans(9, random_state=0, n_init=2).fit(X), segmint.DBSCAN(0.4).fit(X)
print(hashlib.sha256(km.cluster_centers_.tobytes() + km.labels_.tobytes() + db.labels_.tobytes()).hexdigest(), km.inertia_.hex())
"""


def test_the_number_of_threads_changes_no_bit(tmp_path: pathlib.Path) -> None:
    def bits(threads: int) -> str:
        environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
        done = subprocess.run([sys.executable, "-c", _BITS], capture_output=True, text=True, env=environment, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert bits(1) == bits(2) == bits(5)


def test_other_threads_of_python_run_during_a_fit() -> None:
    X = np.random.default_rng(0).normal(size=(60_000, 8)).astype(np.float32)
    turns, done = [0], threading.Event()

    def count() -> None:
        while not done.is_set():
            turns[0] += 1
            time.sleep(0.001)

    counter = threading.Thread(target=count)
    counter.start()
    began = time.perf_counter()
    KMeans(30, init="random", n_init=3, random_state=0, tol=0, max_iter=40).fit(X)
    seconds = time.perf_counter() - began
    done.set()
    counter.join()
    assert turns[0] > 100 * seconds


def test_an_interrupt_ends_a_fit() -> None:
    X = np.random.default_rng(0).normal(size=(200_000, 8)).astype(np.float32)
    sent: list[float] = []

    def interrupt() -> None:
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(1.0, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        KMeans(200, init="random", n_init=200, random_state=0, tol=0).fit(X)
    assert time.perf_counter() - sent[0] < 5


# The whole pipeline as an estimator.


def test_a_segmenter_gives_the_segments_of_a_run(customers: pathlib.Path, by_program: segmint.Run) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.read_parquet(customers)
    found = Segmenter(k_range=(5, 8), id="customer_id", value="monetary", settings={"source.tier": "tier"}).fit(frame)
    assignments, segments = by_program.assignments, by_program.segments
    np.testing.assert_array_equal(found.labels_, assignments["kmeans_cluster"])
    assert found.segment_names_ == segments["segment"]
    assert found.segments_["archetype"] == segments["archetype"] and found.segments_["size"] == segments["size"]
    assert found.profiles_.shape[0] >= 4 * len(found.segment_names_)
    assert found.k_table_["k"] == [5, 6, 7, 8] and found.structure_ == "present"
    # New rows, in any number and order, get what the program gives them.
    np.testing.assert_array_equal(found.predict(frame), found.labels_)
    np.testing.assert_array_equal(found.predict(frame.iloc[::-7]), found.labels_[::-7])
    distances = found.transform(frame)
    np.testing.assert_array_equal(distances.argmin(axis=1), found.labels_)


def test_a_segmenter_takes_matrices_and_frames_alike() -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    names = ["basket", "returns", "spend", "visits"]
    X = np.exp(BLOBS / 4)
    features = {"features": names}
    by_matrix = Segmenter(k=5).fit(X)
    for frame in (pandas.DataFrame(X, columns=names), polars.DataFrame(X, schema=names)):
        by_frame = Segmenter(k=5, **features).fit(frame)
        np.testing.assert_array_equal(by_frame.labels_, by_matrix.labels_)
        np.testing.assert_array_equal(by_frame.transform(frame), by_matrix.transform(X))
        assert list(by_frame.feature_names_in_) == names


def test_a_segmenter_fills_or_leaves_out_missing_values() -> None:
    X = BLOBS.copy()
    X[::50, 1] = np.nan
    filled, dropped = Segmenter(k=5).fit(X), Segmenter(k=5, missing="drop").fit(X)
    assert (filled.labels_ >= 0).all() and (np.flatnonzero(dropped.labels_ < 0) == np.arange(0, 600, 50)).all()
    np.testing.assert_array_equal(dropped.predict(X), dropped.labels_)
    assert np.isnan(dropped.transform(X)[::50]).all() and np.isfinite(filled.transform(X)).all()
    with pytest.raises(ValueError, match="NaN"):
        Segmenter(missing="reject").fit(X)


def test_a_segmenter_does_not_find_segments_in_noise() -> None:
    found = Segmenter().fit(np.random.default_rng(0).normal(size=(500, 3)))
    assert found.structure_ == "none" and found.warnings_


def test_the_estimators_say_what_they_need(tmp_path: pathlib.Path) -> None:
    (tmp_path / "sklearn.py").write_text("raise ImportError('not here')\n")
    code = "import segmint, json\ntry:\n segmint.KMeans\nexcept ImportError as error:\n print(json.dumps(str(error)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert "pip install 'segmint[sklearn]'" in json.loads(done.stdout)
