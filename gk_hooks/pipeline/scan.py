"""The pipeline: a job in, a report out."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gk_hooks import __version__, rules
from gk_hooks.model.findings import Decision, Finding
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import dataclass, field, replace
from gk_hooks.model.report import GitState, Report, Result, Run
from gk_hooks.model.snapshot import Snapshot, Status
from gk_hooks.pipeline.analysis import analyze_snapshot
from gk_hooks.pipeline.diff import Base
from gk_hooks.pipeline.workers import FileResult
from gk_hooks.policy import allowlist as allowlists
from gk_hooks.policy.config import Config
from gk_hooks.policy.decide import decide, decide_results
from gk_hooks.policy.profile import Profile, judge

if TYPE_CHECKING:
    from gk_hooks.pipeline.acceptance import Acceptance
    from gk_hooks.pipeline.blame import Blame

CountFiles = Callable[[int], None]
StartProgress = Callable[[int], CountFiles]


@dataclass(frozen=True)
class Job:
    """What to scan and how. mode and target: see model.report.Report. git: asked when the files have been read.

    undetermined: see model.report.Report.
    base: in diff modes, what the findings are compared with. acceptance: the baseline, where there is one.
    blame: what tells which commit brought each finding, where that is asked.
    cache: whether results may come from the cache. analyzed: results that are at hand, by path and blob.
    """

    snapshot: Snapshot
    config: Config
    mode: str
    target: str
    git: Callable[[], GitState]
    allowlist: allowlists.Allowlist | None = None
    base: Base | None = None
    acceptance: Acceptance | None = None
    notes: tuple[str, ...] = ()
    undetermined: tuple[tuple[str, str], ...] = ()
    blame: Blame | None = None
    cache: bool = False
    analyzed: Mapping[tuple[str, str], FileResult] = field(default_factory=dict)


def scan(job: Job, progress: StartProgress = lambda total: lambda done: None) -> Report:
    """Scans *job*. *progress* is called with the number of files and returns what is told how many are done.

    Raises GkError when the scan cannot be completed; what single files hold never stops it.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    snapshot, config = job.snapshot, job.config
    files, undetermined, artifacts, left_out = analyze_snapshot(snapshot, progress, job.cache, job.analyzed)
    records = tuple(file.record for file in files)
    results, use = judge_all(files, config.profile), None
    if job.allowlist is not None:
        results, use = allowlists.apply(job.allowlist, results)
    if job.base is not None:
        results = job.base.compare(results, records, lambda before: judge_all(before, config.profile))
    accepted = None
    if job.acceptance is not None:
        results, accepted = job.acceptance.apply(results, records)
    if job.blame is not None:
        results = job.blame.apply(results, records)
    report = Report(
        version=__version__,
        profile=config.profile.value,
        run=_run(started, clock),
        mode=job.mode,
        target=job.target,
        root_path=os.path.abspath(snapshot.root),
        git=job.git(),
        decision=Decision.FAIL,
        decision_unsuppressed=Decision.FAIL,
        results=results,
        records=records,
        network=tuple(call for file in files for call in file.network),
        artifacts=tuple(artifacts),
        allowlist=use,
        config_hash=config.config_hash(job.allowlist.sha256 if job.allowlist else ""),
        rulepack_hash=rules.rulepack_hash(),
        notes=(*config.notes, *job.notes),
        left_out=tuple(left_out),
        undetermined=tuple(sorted({*undetermined, *job.undetermined})),
        baseline=accepted,
        sources={(file.record.path, number): text for file in files for number, text in file.lines},
    )
    return replace(
        report,
        run=_run(started, clock),
        decision=decide_results(report.current),
        decision_unsuppressed=decide(result.severity for result in report.current),
    )


def judge_all(files: Iterable[FileResult], profile: Profile) -> tuple[Result, ...]:
    """Every finding with its final severity, sorted."""
    files = list(files)
    analyzed = {
        file.record.path for file in files if file.record.status is Status.ANALYZED and file.record.kind is Kind.PYTHON
    }
    findings = sorted((finding for file in files for finding in file.findings), key=lambda finding: finding.order)
    return tuple(_judged(finding, profile, analyzed) for finding in findings)


def _judged(finding: Finding, profile: Profile, analyzed: set[str]) -> Result:
    severity, confidence = judge(finding, rules.BY_ID[finding.rule_id], profile, analyzed)
    return Result(finding, severity, confidence)


def _run(started: datetime, clock: float) -> Run:
    return Run(
        started_at=_stamp(started),
        finished_at=_stamp(datetime.now(UTC)),
        duration_ms=round((time.monotonic() - clock) * 1000),
        hostname=_hostname(),
        os=_operating_system(),
        python_version=sys.version.split()[0],
        cwd=os.getcwd(),
    )


def _hostname() -> str:
    if sys.platform != "win32":
        return os.uname().nodename
    import socket

    return socket.gethostname()


def _operating_system() -> str:
    """What platform.platform() says, without the ``uname`` that it would run from wherever PATH finds one."""
    if sys.platform == "win32":
        version = sys.getwindowsversion()
        return f"Windows-{version.major}.{version.minor}.{version.build}"
    system = os.uname()
    return f"{system.sysname}-{system.release}-{system.machine}"


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
