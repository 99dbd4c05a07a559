"""Releases side by side: what each holds, and how findings moved from one to the next."""

from __future__ import annotations

from gk_hooks.model.findings import Decision
from gk_hooks.model.records import dataclass
from gk_hooks.model.report import Result


@dataclass(frozen=True, slots=True)
class Tracked:
    """A finding, and the first of the releases that had it without a break."""

    result: Result
    since: str


@dataclass(frozen=True, slots=True)
class Release:
    """One audited tag. date: of the commit, UTC. totals: counted findings by severity, worst first.

    new, fixed: against the release before, suppressed findings among them; carried: how many were there already.
    """

    name: str
    commit: str
    tree: str
    date: str
    decision: Decision
    decision_unsuppressed: Decision
    complete: bool
    files: int
    totals: dict[str, int]
    suppressed: int
    new: tuple[Tracked, ...]
    fixed: tuple[Tracked, ...]
    carried: int


@dataclass(frozen=True, slots=True)
class History:
    """The releases that *pattern* matches, in the order of their versions, and the findings of the last one."""

    version: str
    pattern: str
    root_path: str
    rulepack_hash: str
    releases: tuple[Release, ...]
    findings: tuple[Tracked, ...]
