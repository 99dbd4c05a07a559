"""The pipeline: a snapshot and settings in, a report out."""

from __future__ import annotations

import os
import platform
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from gk_hooks import __version__, rules
from gk_hooks.model.findings import Finding
from gk_hooks.model.kinds import Kind
from gk_hooks.model.report import AllowlistUse, GitState, Report, Result, Run
from gk_hooks.model.snapshot import Snapshot, Status
from gk_hooks.policy import allowlist as allowlists
from gk_hooks.policy.config import Config
from gk_hooks.policy.decide import decide
from gk_hooks.policy.profile import Profile, judge
from gk_hooks.source.git.state import git_state
from gk_hooks.workers import FileResult, analyze_all


@dataclass(frozen=True)
class Job:
    """What to scan and how. mode and target: see model.report.Report."""

    snapshot: Snapshot
    config: Config
    mode: str
    target: str
    notes: tuple[str, ...] = ()


def scan(job: Job, progress: Callable[[int], Callable[[int], None]] = lambda total: lambda done: None) -> Report:
    """Scans *job*. *progress* is called with the number of files and returns what is told how many are done.

    Raises GkError when the scan cannot be completed; what single files hold never stops it.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    snapshot, config = job.snapshot, job.config
    allowlist = allowlists.load(config.allowlist) if config.allowlist else None
    entries = snapshot.entries()
    results = analyze_all(snapshot, entries, progress(len(entries)))
    judged, use = judge_all(results, config.profile, allowlist)
    ended = datetime.now(UTC)
    return Report(
        version=__version__,
        profile=config.profile.value,
        run=Run(
            started_at=_stamp(started),
            finished_at=_stamp(ended),
            duration_ms=round((time.monotonic() - clock) * 1000),
            hostname=socket.gethostname(),
            os=platform.platform(),
            python_version=platform.python_version(),
            cwd=os.getcwd(),
        ),
        mode=job.mode,
        target=job.target,
        root_path=os.path.abspath(snapshot.root),
        git=_git(snapshot),
        decision=decide(result.severity for result in judged if result.suppression is None),
        decision_unsuppressed=decide(result.severity for result in judged),
        results=judged,
        records=tuple(result.record for result in results),
        network=tuple(call for result in results for call in result.network),
        artifacts=tuple(snapshot.artifacts()),
        allowlist=use,
        config_hash=config.config_hash(allowlist.sha256 if allowlist else ""),
        rulepack_hash=rules.rulepack_hash(),
        notes=(*config.notes, *job.notes),
        sources={(result.record.path, number): text for result in results for number, text in result.lines},
    )


def judge_all(
    files: Iterable[FileResult], profile: Profile, allowlist: allowlists.Allowlist | None
) -> tuple[tuple[Result, ...], AllowlistUse | None]:
    """Every finding with its final severity, sorted; the allowlist comes last."""
    files = list(files)
    analyzed = {
        file.record.path for file in files if file.record.status is Status.ANALYZED and file.record.kind is Kind.PYTHON
    }
    findings = sorted((finding for file in files for finding in file.findings), key=lambda finding: finding.order)
    judged = tuple(_judged(finding, profile, analyzed) for finding in findings)
    return allowlists.apply(allowlist, judged) if allowlist is not None else (judged, None)


def _judged(finding: Finding, profile: Profile, analyzed: set[str]) -> Result:
    severity, confidence = judge(finding, rules.BY_ID[finding.rule_id], profile, analyzed)
    return Result(finding, severity, confidence)


def _git(snapshot: Snapshot) -> GitState:
    return git_state(snapshot.root)


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
