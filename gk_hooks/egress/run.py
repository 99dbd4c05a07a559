"""One run of the gate, from the command line to the evidence."""

from __future__ import annotations

import hashlib
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
from gk_hooks.reports.write import write_folder

if TYPE_CHECKING:
    from gk_hooks.egress.sites import Sites
    from gk_hooks.model.report import Report
    from gk_hooks.model.runtime import RuntimeEgress

LOG_NAME, SUMMARY_NAME = "egress_log.jsonl", "runtime_egress.json"


class Request(NamedTuple):
    """What to run and how. default_folder: nobody named the output folder."""

    command: Sequence[str]
    folder: str
    default_folder: bool
    require: str | None = None
    level: str | None = None
    linger: float = 3.0


class Run(NamedTuple):
    """A finished run: its summary, and the SHA-256 of the file that holds it."""

    summary: dict[str, Any]
    sha256: str


def run(request: Request, report: Report | None) -> Run:
    """Runs the command behind the gate and writes the log and the summary into the output folder."""
    write_folder(Path(request.folder).absolute(), {}, default=request.default_folder)
    folder = Path(os.path.realpath(request.folder))
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
        level, refusals, how, outcome, sites = _by_kernel(request, wanted, environment, log, report)
    log.write(NOTED, "end", reason="the command ended", exit_code=outcome.exit_code)
    digest, problem = log.finish()
    judged = summary.verdict(outcome, request.command[0], log.counts["blocked"], level, problem)
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
    if folder.resolve() != folder:
        raise GkError(f"the command put a link in the place of {folder}, so its evidence was not written there")
    files = {LOG_NAME: log.text().decode()} if problem else {}
    text = to_json(document)
    write_folder(folder, {**files, SUMMARY_NAME: text}, default=request.default_folder)
    return Run(document, hashlib.sha256(text.encode()).hexdigest())


def exit_code(judged: summary.Verdict, report: Report | None) -> int:
    """The gate's exit code: a static FAIL wins; static findings for review change nothing."""
    if judged.exit_code == 3:
        return 3
    if report is not None and report.decision.exit_code == 1:
        return 1
    return judged.exit_code


Ran = tuple[str, dict[str, str], tuple[str, ...], Outcome, "Sites"]


def _by_kernel(
    request: Request, wanted: Sequence[str], environment: dict[str, str], log: Log, report: Report | None
) -> Ran:
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
        findings = {}
        if report is not None:
            from gk_hooks.egress.correlate import by_line

            findings = by_line(report)
        witness = Witness(log, Tree(), stacks, findings)
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
    return levels.AUDIT, refusals, (), outcome, sites


def start(log: Log, request: Request, level: str) -> None:
    """The first line of the log."""
    from gk_hooks.egress.redact import redacted

    log.write(NOTED, "start", level=level, command=list(redacted(list(request.command))), cwd=os.getcwd())


def _bound(report: Report | None) -> dict[str, Any] | None:
    """What was scanned, and so what ran: the commit, whether it was dirty, and the manifest."""
    if report is None:
        return None
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


def for_report(run: Run) -> RuntimeEgress:
    """The run as a report tells it."""
    from gk_hooks.model.runtime import Exercised, RuntimeEgress

    document, assurance = run.summary, run.summary["assurance"]
    return RuntimeEgress(
        verdict=document["verdict"],
        reasons=tuple(document["reasons"]),
        level=assurance["level"],
        enforced_by=assurance["enforced_by"],
        race_free=assurance["race_free"],
        not_covered=tuple(assurance["not_covered"]),
        fallback_reason=assurance["fallback_reason"] or "",
        command=tuple(document["command"]),
        exit_code=document["exit_code"],
        gate_exit_code=document["gate_exit_code"],
        blocked_attempts=document["blocked_attempts"],
        allowed_loopback_attempts=document["allowed_loopback_attempts"],
        destinations=tuple(document["unique_destinations"]),
        findings=tuple(
            Exercised(
                one["rule_id"], one["file"], one["line"], one["state"], one["joined_by"] or "", tuple(one["hosts"])
            )
            for one in document["findings"] or ()
        ),
        summary_sha256=run.sha256,
    )
