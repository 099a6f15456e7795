"""Tables in an object store: the bits that the disk gives, and what happens when the store does not give them."""

import json
import signal
import socket
import subprocess
import time

import pytest

from conftest import BUCKET, PROGRAM, SECRETS, Server, Unsteady, environment, free_port, run_folder, segmint

QUICK = ["--set", "cluster.kmeans.k_range=[5, 8]", "--set", "compare.bootstrap=19", "--set", "compare.permutations=19"]
EPOCH = {"SOURCE_DATE_EPOCH": "1700000000"}
# Files that hold where the table lies, or when the run was.
SPEAK_OF_THE_PLACE = {"run.json", "report.html", "checksums.txt"}


def run(shop, runs, env, *others, source=None):
    path = [] if source is None else ["--set", f"source.path={source}"]
    return segmint(
        "--json", "run", *path, *QUICK, "--set", f"registry.path={runs}", *others, env={**env, **EPOCH}, cwd=shop
    )


@pytest.fixture(scope="session")
def on_disk(shop, store, tmp_path_factory):
    return run_folder(run(shop, tmp_path_factory.mktemp("disk") / "runs", environment(store.url)))


@pytest.fixture(scope="session")
def in_store(shop, store, tmp_path_factory):
    runs = tmp_path_factory.mktemp("store") / "runs"
    return run_folder(run(shop, runs, environment(store.url), source=f"s3://{BUCKET}/in/customers.parquet"))


def test_a_run_from_a_store_has_the_bits_of_a_run_from_disk(on_disk, in_store):
    files = sorted(path.name for path in on_disk.iterdir())
    assert files == sorted(path.name for path in in_store.iterdir())
    compared = [name for name in files if name not in SPEAK_OF_THE_PLACE]
    assert {"segments.parquet", "assignments.parquet", "segments.json", "model.segmint"} <= set(compared)
    for name in compared:
        assert (on_disk / name).read_bytes() == (in_store / name).read_bytes(), name
    there, here = (json.loads((folder / "run.json").read_text()) for folder in (in_store, on_disk))
    assert there["input"]["fingerprint"] == here["input"]["fingerprint"]
    assert there["segments"] == here["segments"]
    assert there["input"]["path"] == f"s3://{BUCKET}/in/customers.parquet"


def test_no_value_of_the_environment_is_in_any_file(in_store, store):
    values = [*SECRETS.values(), store.url]
    files = [path for path in in_store.parent.rglob("*") if path.is_file()]
    assert len(files) > 8
    for path in files:
        held = path.read_bytes()
        for value in values:
            assert value.encode() not in held, path


def test_folders_patterns_and_endings_are_read_as_on_disk(shop, store, tmp_path):
    env = environment(store.url)
    for source, names in [
        (f"s3://{BUCKET}/parts", ["y=1/a.parquet", "y=2/b.parquet"]),
        (f"s3://{BUCKET}/parts/", ["y=1/a.parquet", "y=2/b.parquet"]),
        (f"s3a://{BUCKET}/parts/y=*/*.parquet", ["y=1/a.parquet", "y=2/b.parquet"]),
        (f"s3://{BUCKET}/parts/y=1", ["a.parquet"]),
        (f"s3://{BUCKET}/odd/x.pq", ["x.pq"]),
    ]:
        done = run(shop, tmp_path / "runs", env, "--set", "source.duplicates=first", source=source)
        record = json.loads((run_folder(done) / "run.json").read_text())
        assert [file["name"] for file in record["input"]["fingerprint"]["files"]] == names, source


def test_other_verbs_read_urls_too(shop, store, on_disk, in_store, tmp_path):
    env, url = environment(store.url), f"s3://{BUCKET}/in/customers.parquet"
    (tmp_path / "there").mkdir()
    for source, name in [(url, "there.parquet"), (shop / "customers.parquet", "here.parquet")]:
        done = segmint("score", on_disk, source, "-o", tmp_path / name, env=env, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "there.parquet").read_bytes() == (tmp_path / "here.parquet").read_bytes()
    done = segmint("init", url, env=env, cwd=tmp_path / "there")
    assert done.returncode == 0, done.stderr
    assert f'path = "{url}"' in (tmp_path / "there" / "pipeline.toml").read_text()
    done = segmint("check", env=env, cwd=tmp_path / "there")
    assert done.returncode == 0, done.stderr


def test_explain_finds_the_row_in_the_object_that_the_run_was_made_of(shop, store, on_disk, in_store, tmp_path):
    env = environment(store.url)
    here = segmint("--json", "explain", on_disk, "C000042", env=env, cwd=shop)
    there = segmint("--json", "explain", in_store, "C000042", env=env, cwd=tmp_path)
    assert (here.returncode, there.returncode) == (0, 0), there.stderr
    assert here.stdout == there.stdout


def test_requests_that_fail_are_tried_again_and_nothing_is_read_whole(shop, store, on_disk, tmp_path):
    unsteady = Unsteady(store)
    try:
        url = f"s3://{BUCKET}/in/customers.parquet"
        done = run(shop, tmp_path / "runs", environment(unsteady.url), source=url)
        again = run_folder(done)
    finally:
        unsteady.end()
    assert (again / "assignments.parquet").read_bytes() == (on_disk / "assignments.parquet").read_bytes()
    gets = [asked for method, path, asked in unsteady.seen if method == "GET" and "list-type" not in path]
    assert len(gets) > 6 and all(asked and asked.startswith("bytes=") for asked in gets)


def refused(done, code, *words):
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert "hint:" in done.stderr, done.stderr
    for word in words:
        assert word in done.stderr, done.stderr
    for secret in SECRETS.values():
        assert secret not in done.stderr + done.stdout


def test_wrong_inputs_are_named_with_what_to_do(shop, store, tmp_path):
    env = environment(store.url)
    for source, code, words in [
        ("s3://no-such-bucket/in/x.parquet", 3, ["s3://no-such-bucket/in/x.parquet cannot be read", "NoSuchBucket"]),
        (f"s3://{BUCKET}/in/no.parquet", 3, [f"nothing is at s3://{BUCKET}/in/no.parquet"]),
        (f"s3://{BUCKET}/nowhere/", 3, [f"nothing is at s3://{BUCKET}/nowhere/"]),
        (f"s3://{BUCKET}/nowhere/*.parquet", 3, ["no file matches the pattern"]),
        (f"s3://{BUCKET}/in/customers.csv", 3, ["is not a Parquet file", "convert the table first"]),
        (f"s4://{BUCKET}/in/customers.parquet", 2, ['its scheme is "s4"', "did you mean s3://?"]),
        (f"s3://user:{SECRETS['AWS_SECRET_ACCESS_KEY']}@{BUCKET}/in/x.parquet", 2, ["has a user in it"]),
        (f"s3://{BUCKET}/in/x.parquet?token={SECRETS['AWS_SESSION_TOKEN']}", 2, ["has a query in it"]),
        ("s3:///in/x.parquet", 2, ["names no bucket"]),
    ]:
        refused(run(shop, tmp_path / "runs", env, source=source), code, *words)
    assert not (tmp_path / "runs").exists() or not any((tmp_path / "runs").iterdir())


def test_a_registry_stays_on_disk(shop, store):
    done = run(shop, f"s3://{BUCKET}/runs", environment(store.url))
    assert done.returncode == 2 and "registry.path must be a folder on disk" in done.stderr, done.stderr
    assert not (shop / "s3:").exists()


def test_wrong_credentials_are_told_as_such(shop, store, tmp_path):
    strict = Server(INITIAL_NO_AUTH_ACTION_COUNT="0")
    try:
        for source in [f"s3://{BUCKET}/in/customers.parquet", f"s3://{BUCKET}/in/", f"s3://{BUCKET}/in/*.parquet"]:
            done = run(shop, tmp_path / "runs", environment(strict.url), source=source)
            refused(done, 3, source, "403 Forbidden", "credentials come from the environment")
    finally:
        strict.end()


def test_an_endpoint_that_is_not_there_fails_within_fifteen_seconds(shop, tmp_path):
    began = time.monotonic()
    env = environment(f"http://127.0.0.1:{free_port()}")
    done = run(shop, tmp_path / "runs", env, source=f"s3://{BUCKET}/in/customers.parquet")
    assert time.monotonic() - began < 15
    refused(done, 3, f"s3://{BUCKET}/in/customers.parquet cannot be read", "check the network and the endpoint")


def test_an_interrupt_ends_the_waiting_for_a_store_that_does_not_answer(shop, tmp_path):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        env = environment(f"http://127.0.0.1:{silent.getsockname()[1]}")
        source = f"source.path=s3://{BUCKET}/in/customers.parquet"
        command = [PROGRAM, "run", "--set", source, "--set", f"registry.path={tmp_path / 'runs'}"]
        process = subprocess.Popen(command, env=env, cwd=shop, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        time.sleep(1.5)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=3)
        assert process.returncode == 130
