"""What tests scan with: a text as if it were a file, and the command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gk_hooks.model.findings import Finding, Severity
from gk_hooks.model.kinds import HEAD, kind_of
from gk_hooks.model.snapshot import Entry
from gk_hooks.pipeline.workers import FileResult, analyze_entry
from gk_hooks.policy.profile import Profile, judge
from gk_hooks.rules import BY_ID

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Seen:
    """A finding as a reader of the report sees it."""

    rule: str
    line: int
    severity: Severity
    message: str
    finding: Finding


def analyze_text(path: str, text: str | bytes) -> FileResult:
    """What the pipeline makes of a file at *path* that holds *text*."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    return analyze_entry(Entry(path, kind_of(path, data[:HEAD]), len(data)), lambda _: data)


def scan_text(
    path: str, text: str | bytes, only: str | None = None, profile: Profile = Profile.PRACTICAL
) -> list[Seen]:
    """The findings in *text*, sorted; *only* those of one rule."""
    result = analyze_text(path, text)
    found = []
    for finding in result.findings:
        severity, _ = judge(finding, BY_ID[finding.rule_id], profile, {path})
        found.append(Seen(finding.rule_id, finding.site.line, severity, finding.evidence, finding))
    return [one for one in found if only in (None, one.rule)]


def gk(
    *arguments: str | Path,
    cwd: str | Path,
    python: Iterable[str] = (sys.executable,),
    module: str = "gk_hooks",
    env: Mapping[str, str] | None = None,
    timeout: int = 120,
) -> subprocess.CompletedProcess[str]:
    """``python3 -m gk_hooks ARGUMENTS`` in a process of its own, from this checkout."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GIT_"))}
    return subprocess.run(
        [*python, "-m", module, *map(str, arguments)],
        cwd=cwd,
        env={**clean, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **(env or {})},
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
        stdin=subprocess.DEVNULL,
    )
