"""Segments every night as a flow: its last state is Completed, Held (completed too, by another name) or Failed.

Prefect 3. Environment: SEGMINT_PROGRAM (segmint), SEGMINT_CONFIG (/etc/segmint/pipeline.toml), SEGMINT_RETRY_SECONDS (600).
"""

import json
import os
import subprocess

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.states import Completed

HELD, LOCKED = 5, 75


class Locked(Exception):
    """Another run holds the registry."""


def segmint(*arguments: str) -> subprocess.CompletedProcess:
    program = os.environ.get("SEGMINT_PROGRAM", "segmint")
    config = os.environ.get("SEGMINT_CONFIG", "/etc/segmint/pipeline.toml")
    return subprocess.run([program, "-c", config, *arguments], capture_output=True, text=True)


def is_locked(task, task_run, state) -> bool:
    """Retries are for code 75 alone: a wrong configuration is as wrong in ten minutes."""
    return isinstance(state.result(raise_on_failure=False), Locked)


@task(
    retries=3,
    retry_delay_seconds=float(os.environ.get("SEGMINT_RETRY_SECONDS", "600")),
    retry_condition_fn=is_locked,
)
def run() -> dict:
    finished = segmint("run", "--json")
    if finished.stderr:
        get_run_logger().warning(finished.stderr)
    if finished.returncode == LOCKED:
        raise Locked(finished.stderr)
    if finished.returncode not in (0, HELD):
        raise RuntimeError(f"segmint ended with exit code {finished.returncode}: {finished.stderr}")
    return json.loads(finished.stdout) | {"held": finished.returncode == HELD, "messages": finished.stderr}


@task
def publish(run_id: str) -> None:
    """The report for people, where Prefect shows it: small groups are held back in it as in every shared output."""
    report = segmint("report", run_id, "--format", "md")
    if report.returncode != 0:
        raise RuntimeError(report.stderr)
    create_markdown_artifact(key="segmint-report", markdown=report.stdout, description=run_id)


@flow(name="segmint")
def segmint_nightly():
    document = run()
    publish(document["run_id"])
    if document["held"]:
        return Completed(name="Held", message=document["messages"])
    return Completed(message=document["run_id"])


if __name__ == "__main__":
    segmint_nightly.serve(name="nightly", cron="30 2 * * *")
