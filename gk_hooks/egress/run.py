"""One run of the gate, from the command line to the evidence."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gk_hooks.egress import levels, summary
from gk_hooks.egress.events import NOTED, Log
from gk_hooks.egress.outcome import Outcome
from gk_hooks.errors import GkError
from gk_hooks.model.text import to_json
from gk_hooks.reports.write import replace_file, write_folder

if TYPE_CHECKING:
    from gk_hooks.egress.sites import Sites
    from gk_hooks.model.report import Report

LOG_NAME, SUMMARY_NAME = "egress_log.jsonl", "runtime_egress.json"
LEVEL_VARIABLE = "GK_EGRESS_LEVEL"


class Request(NamedTuple):
    """What to run and how. default_folder: nobody named the output folder."""

    command: Sequence[str]
    folder: str
    default_folder: bool
    require: str | None = None
    level: str | None = None
    linger: float = 3.0


class Run(NamedTuple):
    """A finished run."""

    summary: dict[str, Any]
    verdict: summary.Verdict


def run(request: Request, report: Report | None) -> Run:
    """Runs the command behind the gate and writes the log and the summary into the output folder."""
    folder = Path(request.folder).absolute()
    write_folder(folder, {}, default=request.default_folder)
    wanted = levels.candidates(request.require, request.level)
    environment = {**os.environ, "UV_USE_IO_URING": "0"}
    started, clock = datetime.now(UTC), time.monotonic()
    cwd = os.getcwd()
    try:
        log = Log(str(folder / LOG_NAME))
    except OSError as error:
        raise GkError(f"cannot write {folder / LOG_NAME}: {error.strerror}") from None
    if set(wanted) == {levels.AUDIT} or sys.platform != "linux":
        level, refusals, how, outcome, sites = _by_audit(request, wanted, environment, log)
    else:
        level, refusals, how, outcome, sites = _by_kernel(request, wanted, environment, log)
    log.write(NOTED, "end", reason="the command ended", exit_code=outcome.exit_code)
    digest, problem = log.finish()
    judged = summary.verdict(outcome, log.counts["blocked"], level, problem)
    findings = None
    if report is not None:
        from gk_hooks.egress.correlate import correlate

        findings = correlate(report, sites)
    document = summary.document(
        command=request.command,
        cwd=cwd,
        level=level,
        refusals=refusals,
        how=how,
        outcome=outcome,
        judged=judged,
        log=log,
        log_sha256=digest,
        log_problem=problem,
        run={
            "started_at": _stamp(started),
            "finished_at": _stamp(datetime.now(UTC)),
            "duration_ms": round((time.monotonic() - clock) * 1000),
        },
        bound_to=_bound(report),
        findings=findings,
        gate_exit_code=exit_code(judged, report),
    )
    files = {LOG_NAME: log.text().decode()} if problem else {}
    write_folder(folder, files, default=request.default_folder)
    replace_file(folder / SUMMARY_NAME, to_json(document))
    return Run(document, judged)


def exit_code(judged: summary.Verdict, report: Report | None) -> int:
    """The gate's exit code: a static FAIL wins; static findings for review change nothing."""
    if judged.exit_code == 3:
        return 3
    if report is not None and report.decision.exit_code == 1:
        return 1
    return judged.exit_code


Ran = tuple[str, dict[str, str], str, Outcome, "Sites"]


def _by_kernel(request: Request, wanted: Sequence[str], environment: dict[str, str], log: Log) -> Ran:
    import signal

    from gk_hooks.egress import descriptors, gate, notify
    from gk_hooks.egress.process import Tree
    from gk_hooks.egress.stacks import Stacks
    from gk_hooks.egress.witness import Witness

    before = signal.pthread_sigmask(signal.SIG_BLOCK, notify.signals())
    gate.become_parent_of_orphans()
    stacks = Stacks()
    try:
        inherited = descriptors.inspect()
        environment = stacks.environment(environment)
        chosen = levels.choose(wanted, request.command, environment, inherited)
        if chosen.gated is None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            return _by_audit(request, (levels.AUDIT,), environment, log, chosen.refusals)
        witness = Witness(log, Tree(), stacks)
        start(log, request, chosen.level)
        outcome = gate.supervise(chosen, witness, inherited, request.linger)
        return chosen.level, chosen.refusals, chosen.gated.how, outcome, witness.sites
    finally:
        stacks.close()


def _by_audit(
    request: Request,
    wanted: Sequence[str],
    environment: dict[str, str],
    log: Log,
    refusals: dict[str, str] | None = None,
) -> Ran:
    from gk_hooks.egress import audit

    if refusals is None:
        refusals = levels.choose(wanted, request.command, environment, ()).refusals
    start(log, request, levels.AUDIT)
    outcome, sites = audit.supervise(request.command, environment, log, request.linger)
    return levels.AUDIT, refusals, "", outcome, sites


def start(log: Log, request: Request, level: str) -> None:
    """The first line of the log."""
    from gk_hooks.egress.redact import redacted

    log.write(NOTED, "start", level=level, command=list(redacted(list(request.command))), cwd=os.getcwd())


def _bound(report: Report | None) -> dict[str, Any] | None:
    """What was scanned, and so what ran: the commit, whether it was dirty, and the manifest."""
    if report is None:
        return None
    import hashlib

    from gk_hooks.evidence import manifest

    return {
        "target": report.target,
        "commit": report.git.head_commit,
        "dirty": report.git.dirty,
        "manifest_sha256": hashlib.sha256(manifest.render(report).encode()).hexdigest(),
        "rulepack_hash": report.rulepack_hash,
        "config_hash": report.config_hash,
        "static_decision": report.decision.value,
    }


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
