"""The report model: everything that a report says, decided and sorted, before any format is chosen."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from gk_hooks.model.findings import Category, Confidence, Decision, Finding, Severity
from gk_hooks.model.records import dataclass, field
from gk_hooks.model.runtime import RuntimeEgress
from gk_hooks.model.snapshot import Record


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a finding does not count: *source* is "allowlist" or "baseline"."""

    source: str
    justification: str
    approved_by: str = ""
    approved_on: str = ""
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Introduction:
    """The commit that brought a finding: the youngest of those that last changed a line it stands on.

    author: name and mail. date: the author's, ISO 8601. boundary: a shallow clone ends there, it may be older.
    """

    commit: str
    author: str
    date: str
    boundary: bool = False


class BaselineState(StrEnum):
    """SARIF 2.1.0 section 3.27.24, as far as we use it."""

    NEW = "new"
    UNCHANGED = "unchanged"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Result:
    """A finding with what policy made of it. In diff modes, *state* and *why_new* say how it relates to the base.

    hunks: where they were asked for, the lines of a unified diff that show what changed around a new finding.
    introduced: where that was asked for and can be told.
    """

    finding: Finding
    severity: Severity
    confidence: Confidence
    suppression: Suppression | None = None
    state: BaselineState | None = None
    why_new: str = ""
    hunks: tuple[str, ...] = ()
    introduced: Introduction | None = None


@dataclass(frozen=True, slots=True)
class NetworkCall:
    """A row of the network evidence table: every network-capable call, also those that only reach loopback."""

    file: str
    line: int
    callee: str
    direction: str  # "connects" or "listens"
    destination: str  # as far as it is known, for people
    reach: str  # loopback, remote, unknown, nowhere, all interfaces
    chain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GitState:
    """What git says about the target; every field None (or empty) where there is no repository or it cannot be told.

    The four parts of dirty: index_differs (index ≠ HEAD), worktree_differs (work tree ≠ index), untracked, and
    hidden (assume-unchanged or skip-worktree entries). None is "unknown".
    """

    is_repo: bool = False
    head_commit: str | None = None
    dirty: bool | None = None
    branch: str | None = None
    describe: str | None = None
    tag: str | None = None
    tree: str | None = None
    index: str | None = None
    base_commits: tuple[str, ...] = ()
    index_differs: bool | None = None
    worktree_differs: bool | None = None
    untracked: bool | None = None
    hidden: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """When and where the scan ran: the only part of a report that differs between two runs on the same input."""

    started_at: str
    finished_at: str
    duration_ms: int
    hostname: str
    os: str
    python_version: str
    cwd: str


@dataclass(frozen=True, slots=True)
class AllowlistUse:
    """How the allowlist was used: its file, its SHA-256 and the entries that matched nothing."""

    path: str
    sha256: str
    entries: int
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BaselineUse:
    """How the baseline was used: where it was read ("index", a commit, a path), its SHA-256, and labels of entries.

    honoured: suppress a finding. stale: match nothing although their file was scanned, or it is gone. expired: would
    suppress one. unreadable: the version that was accepted cannot be had or compared. newly_added: brought by the
    change that is scanned; not honoured unless that was asked for.
    """

    source: str
    sha256: str
    entries: int
    honoured: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    expired: tuple[str, ...] = ()
    newly_added: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One finished scan. results and records are sorted; mode is "directory", "staged", "since" or "at".

    target: what was scanned, as the user said it. root_path: absolute. decision counts unsuppressed results,
    decision_unsuppressed all of them. config_hash and rulepack_hash: SHA-256, hexadecimal.
    left_out: folders and links that were not looked into, each with why. undetermined: imports of constants of which
    nobody can tell the file.
    sources: for code frames, the lines that findings stand on: (file, line) → text; never whole files.
    """

    version: str
    profile: str
    run: Run
    mode: str
    target: str
    root_path: str
    git: GitState
    decision: Decision
    decision_unsuppressed: Decision
    results: tuple[Result, ...]
    records: tuple[Record, ...]
    network: tuple[NetworkCall, ...]
    artifacts: tuple[str, ...]
    allowlist: AllowlistUse | None
    config_hash: str
    rulepack_hash: str
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    undetermined: tuple[tuple[str, str], ...] = ()
    sources: dict[tuple[str, int], str] = field(default_factory=dict)
    baseline: BaselineUse | None = None
    runtime: RuntimeEgress | None = None

    @property
    def current(self) -> tuple[Result, ...]:
        """The results that stand for this scan, suppressed ones among them: in diff modes the new ones."""
        return tuple(result for result in self.results if result.state in (None, BaselineState.NEW))

    @property
    def counted(self) -> tuple[Result, ...]:
        """The results that the decision stands on: not suppressed, and in diff modes new."""
        return tuple(result for result in self.current if result.suppression is None)

    def totals_by_severity(self) -> dict[str, int]:
        """How many counted results there are of each severity, worst first, zeros included."""
        counts = Counter(result.severity for result in self.counted)
        return {severity.value: counts[severity] for severity in Severity}

    def totals_by_category(self, categories: dict[str, Category]) -> dict[str, int]:
        """How many counted results there are of each category, zeros included; *categories* maps rule ids."""
        counts = Counter(categories[result.finding.rule_id] for result in self.counted)
        return {category.value: counts[category] for category in Category}
