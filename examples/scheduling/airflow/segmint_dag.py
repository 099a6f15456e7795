"""Segments every night: a hold is a skip, a held registry is tried again, anything else fails at once.

Airflow 3. Environment of the workers: SEGMINT_PROGRAM (segmint), SEGMINT_CONFIG (/etc/segmint/pipeline.toml; absolute, since tasks run in
a folder of their own), SEGMINT_EXPORT (/var/lib/segmint/segments.xlsx), SEGMINT_RETRY_SECONDS (600).
"""

import json
import os
from datetime import timedelta
from functools import cached_property

import pendulum
from airflow.providers.standard.hooks.subprocess import SubprocessHook, SubprocessResult
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException

HELD, LOCKED = 5, 75
SEGMINT = '"${SEGMINT_PROGRAM:-segmint}" -c "${SEGMINT_CONFIG:-/etc/segmint/pipeline.toml}"'

# A run that is triggered by hand may have no date.
AS_OF = "{% if logical_date %}--as-of {{ logical_date | ds }}{% endif %}"


class FailUnlessLocked(SubprocessHook):
    """Retries are for code 75 alone: a wrong configuration is as wrong in ten minutes."""

    def run_command(self, *args, **kwargs) -> SubprocessResult:
        result = super().run_command(*args, **kwargs)
        if result.exit_code not in (0, HELD, LOCKED):
            raise AirflowFailException(f"segmint ended with exit code {result.exit_code}")
        return result


class SegmintOperator(BashOperator):
    """A BashOperator that knows the exit codes of segmint."""

    @cached_property
    def subprocess_hook(self) -> SubprocessHook:
        return FailUnlessLocked()


def summary(line: str) -> dict:
    """What other tasks get: a few figures of the document, which itself is too long for some XCom backends."""
    document = json.loads(line)
    gate = (document["refit"] or {}).get("gate")
    return {
        "run_id": document["run_id"],
        "customers": document["n_customers"],
        "segments": len(document["segments"]),
        "decision": gate and gate["decision"],
    }


with DAG(
    dag_id="segmint",
    schedule="30 2 * * *",
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
) as dag:
    run = SegmintOperator(
        task_id="run",
        # The date of the night goes with it: a task that is cleared gives the finished run back, and a backfill takes no later place.
        # The last line becomes the XCom, and messages on standard error are lines too: the document is printed after them.
        bash_command=f'document=$({SEGMINT} run --json {AS_OF}); code=$?; printf "%s\\n" "$document"; exit $code',
        skip_on_exit_code=[HELD],
        output_processor=summary,
        retries=3,
        retry_delay=timedelta(seconds=int(os.environ.get("SEGMINT_RETRY_SECONDS", "600"))),
    )
    # Skipped with the run that is held: what others read stays that of the run before.
    export = SegmintOperator(
        task_id="export",
        bash_command=f'{SEGMINT} export champion -o "${{SEGMINT_EXPORT:-/var/lib/segmint/segments.xlsx}}"',
        skip_on_exit_code=[],
    )
    run >> export
