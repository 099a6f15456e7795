"""Segments every night as an asset: materialized when the run took the place of the one before, a failed check when it was held.

Environment: SEGMINT_PROGRAM (segmint), SEGMINT_CONFIG (/etc/segmint/pipeline.toml), SEGMINT_RETRY_SECONDS (600).
"""

import json
import os
import subprocess

import dagster as dg

HELD, LOCKED = 5, 75


@dg.asset(
    # The run of the night is recorded in any case; the segments that others use change only when the gate lets it pass.
    output_required=False,
    check_specs=[dg.AssetCheckSpec("gate", asset="customer_segments")],
)
def customer_segments(context: dg.AssetExecutionContext):
    """The customers' segments, found again from the table of the night."""
    program = os.environ.get("SEGMINT_PROGRAM", "segmint")
    config = os.environ.get("SEGMINT_CONFIG", "/etc/segmint/pipeline.toml")
    finished = subprocess.run([program, "-c", config, "run", "--json"], capture_output=True, text=True)
    context.log.info(finished.stderr)
    if finished.returncode == LOCKED:
        raise dg.RetryRequested(max_retries=3, seconds_to_wait=float(os.environ.get("SEGMINT_RETRY_SECONDS", "600")))
    if finished.returncode not in (0, HELD):
        description = f"segmint ended with exit code {finished.returncode}"
        raise dg.Failure(description, metadata={"messages": finished.stderr}, allow_retries=False)

    document = json.loads(finished.stdout)
    gate = (document["refit"] or {}).get("gate")
    failed = [rule["rule"] for rule in gate["rules"] if rule["passed"] is False] if gate else []
    if finished.returncode == 0:
        yield dg.MaterializeResult(
            metadata={
                "run_id": document["run_id"],
                "folder": dg.MetadataValue.path(os.path.abspath(document["path"])),
                "customers": document["n_customers"],
                "segments": len(document["segments"]),
                "seconds": document["seconds"],
                "events": [event["kind"] for event in document["refit"]["events"]] if document["refit"] else [],
            },
            check_results=[dg.AssetCheckResult(passed=True, check_name="gate")],
        )
    else:
        yield dg.AssetCheckResult(
            passed=False,
            check_name="gate",
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"run_id": document["run_id"], "failed": failed, "messages": finished.stderr},
        )


segments_job = dg.define_asset_job("segments_job", selection=[customer_segments])

defs = dg.Definitions(
    assets=[customer_segments],
    schedules=[dg.ScheduleDefinition(job=segments_job, cron_schedule="30 2 * * *")],
)
