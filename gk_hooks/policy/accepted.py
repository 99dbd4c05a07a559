"""What the entries of a baseline come to in a scan: each covers exactly one finding, or none and says why.

The same bytes have the same findings, but for those that constants of other files prove: their entries name what
those said. In other bytes an entry still covers its finding where the whole expression
stands on lines that are the same and everything that was found about it is the same too: a changed constant far above
an untouched call makes it another finding. Nothing is guessed: what cannot be told covers nothing.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import cached_property

from gk_hooks.model.findings import Finding
from gk_hooks.model.linemap import LineMap, Run
from gk_hooks.model.records import dataclass, field, replace
from gk_hooks.model.report import BaselineState, BaselineUse, Result, Suppression
from gk_hooks.model.snapshot import Record, Status
from gk_hooks.policy.baseline import Baseline, BaselineEntry

WHOLE_FILE_RULES = frozenset({"SCAN001", "SCAN002"})
"""That a file could not be read was accepted for these bytes; nobody knows what others hold."""


NO_SUCH_FINDING = "there is no such finding any more"
TAKEN = "another entry covers its finding"

_Place = tuple[str, str, int, int]


class State(StrEnum):
    """What an entry came to."""

    USED = "used"
    EXPIRED = "expired"
    STALE = "stale"
    UNREADABLE = "unreadable"
    NOT_SCANNED = "not scanned"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What *entry* came to and, unless it is used, *why*. result: the number of the result that it covers, or None."""

    entry: BaselineEntry
    state: State
    why: str = ""
    result: int | None = None

    @property
    def label(self) -> str:
        """The entry and why, for people."""
        return f"{self.entry.label}: {self.why}" if self.why else self.entry.label


@dataclass(frozen=True)
class Carried:
    """From the bytes that were accepted to those that were scanned: their lines, and what was found in the former."""

    lines: LineMap
    findings: tuple[Finding, ...]

    @cached_property
    def by_place(self) -> dict[_Place, list[Finding]]:
        """The findings at each place, in the order of every report; the file is ""."""
        groups: dict[_Place, list[Finding]] = defaultdict(list)
        for finding in sorted(self.findings, key=lambda finding: finding.order):
            groups[_place(replace(finding, file=""))].append(finding)
        return groups

    @cached_property
    def backwards(self) -> LineMap:
        """From the lines that were accepted to those that were scanned."""
        return LineMap(tuple(Run(run.old, run.new, run.length) for run in self.lines.runs))


Carry = Callable[[BaselineEntry, Record], Carried | str]
"""From an entry to a scanned file with other bytes; a text says why that cannot be told."""


@dataclass(frozen=True)
class Scanned:
    """What was scanned. prefix: the scanned root below the baseline's folder, "" or ``…/``.

    gone: whether no file of this path is left at all, whether it was in scope or not. renames: old path → new path.
    """

    results: Sequence[Result]
    records: Iterable[Record]
    gone: Callable[[str], bool] = lambda path: True
    renames: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""


def judge(baseline: Baseline, scanned: Scanned, carry: Carry, today: date) -> tuple[Verdict, ...]:
    """What each entry comes to, in the order of their keys."""
    found = _Matcher(scanned, carry)
    # an entry for these very bytes goes before one that is carried, and none loses its finding to an expired one
    order = sorted(baseline.entries, key=lambda entry: (entry.expired(today), found.distance(entry), entry.key))
    verdicts = {entry.key: found.verdict(entry, today) for entry in order}
    return tuple(verdicts[key] for key in sorted(verdicts))


def suppress(results: Sequence[Result], verdicts: Iterable[Verdict]) -> tuple[Result, ...]:
    """*results* with those that a used entry covers suppressed, unless something else did that already."""
    covered = {verdict.result: verdict.entry for verdict in verdicts if verdict.state is State.USED}
    return tuple(
        replace(result, suppression=_suppression(covered[number]))
        if number in covered and result.suppression is None
        else result
        for number, result in enumerate(results)
    )


def usage(baseline: Baseline, verdicts: Iterable[Verdict]) -> BaselineUse:
    """How the baseline was used, for the report."""
    labels: dict[State, list[str]] = defaultdict(list)
    for verdict in verdicts:
        # who prunes an entry is not told to prune it
        if verdict.state is not State.STALE or verdict.entry.key not in baseline.withdrawn:
            labels[verdict.state].append(verdict.label)
    return BaselineUse(
        source=baseline.source,
        sha256=baseline.sha256,
        entries=len(baseline.entries),
        honoured=tuple(labels[State.USED]),
        stale=tuple(labels[State.STALE]),
        expired=tuple(labels[State.EXPIRED]),
        newly_added=tuple(f"{e.label} (approved by {e.approved_by}: {e.reason})" for e in baseline.added),
        unreadable=tuple(labels[State.UNREADABLE]),
    )


def accept(
    chosen: Iterable[int],
    scanned: Scanned,
    identity: Callable[[Record], tuple[str, str]],
    approval: Suppression,
) -> list[BaselineEntry]:
    """Entries that accept the *chosen* results by their numbers. *identity*: the SHA-256 and blob id of a file."""
    records = {record.path: record for record in scanned.records}
    numbers = {at: nth for group in _groups(scanned.results).values() for nth, at in enumerate(group, start=1)}
    entries = []
    for at in chosen:
        finding = scanned.results[at].finding
        sha256, blob = identity(records[finding.file])
        entry = BaselineEntry(
            path=scanned.prefix + finding.file,
            rule=finding.rule_id,
            line=finding.site.line,
            column=finding.site.column,
            sha256=sha256,
            blob=blob,
            reason=approval.justification,
            approved_by=approval.approved_by,
            expires=approval.expires,
            nth=numbers[at],
            imports=finding.imports,
        )
        entries.append(entry)
    return entries


def _place(finding: Finding) -> _Place:
    return finding.file, finding.rule_id, finding.site.line, finding.site.column


def _groups(results: Sequence[Result]) -> dict[_Place, list[int]]:
    """The numbers of the results at each place, in the order of every report."""
    groups: dict[_Place, list[int]] = defaultdict(list)
    for at in sorted(range(len(results)), key=lambda at: results[at].finding.order):
        if results[at].state is not BaselineState.ABSENT:
            groups[_place(results[at].finding)].append(at)
    return groups


class _Matcher:
    """Finds the result of each entry; a result that one entry covers is taken."""

    def __init__(self, scanned: Scanned, carry: Carry) -> None:
        self._scanned = scanned
        self._carry = carry
        self._groups = _groups(scanned.results)
        self._records = {record.path: record for record in scanned.records}
        self._taken: set[int] = set()

    def distance(self, entry: BaselineEntry) -> int:
        """How far the scanned file is from the entry's: the same, changed or renamed, found by its content."""
        record = self._records.get(self._path(entry))
        if record is not None:
            return 0 if record.sha256 == entry.sha256 else 1
        return 1 if self._path(entry) in self._scanned.renames else 2

    def verdict(self, entry: BaselineEntry, today: date) -> Verdict:
        """What *entry* comes to; called once for each, in the order of who goes first."""
        found = self._result(entry)
        if isinstance(found, Verdict):
            return found
        if self._scanned.results[found].finding.imports != entry.imports:
            return Verdict(entry, State.STALE, "what it imports from another file is not what was accepted")
        self._taken.add(found)
        if entry.expired(today):
            return Verdict(entry, State.EXPIRED, f"expired after {entry.expires}", found)
        return Verdict(entry, State.USED, result=found)

    def _path(self, entry: BaselineEntry) -> str:
        """Its path as the scan has it, "" when it is not below the scanned root."""
        prefix = self._scanned.prefix
        return entry.path.removeprefix(prefix) if entry.path.startswith(prefix) else ""

    def _result(self, entry: BaselineEntry) -> int | Verdict:
        path = self._path(entry)
        record = self._records.get(path)
        if record is None:
            if not path or not self._scanned.gone(path):
                return Verdict(entry, State.NOT_SCANNED, "the file is not part of this scan")
            if path not in self._scanned.renames:
                key = (entry.sha256, entry.rule, entry.line, entry.column, entry.nth)
                return self._first_free(entry, self._by_content.get(key), "the file is gone")
            record = self._records.get(self._scanned.renames[path])
            if record is None:
                return Verdict(entry, State.NOT_SCANNED, "the file was renamed out of this scan")
        found = self._same_bytes(entry, record) if record.sha256 == entry.sha256 else self._other_bytes(entry, record)
        if isinstance(found, Verdict) and record.status is not Status.ANALYZED:
            return Verdict(entry, State.NOT_SCANNED, f"the file was {record.status}: {record.reason}")
        return found

    def _same_bytes(self, entry: BaselineEntry, record: Record) -> int | Verdict:
        group = self._groups.get((record.path, entry.rule, entry.line, entry.column), [])
        found = deque(group[entry.nth - 1 : entry.nth])
        return self._first_free(entry, found or None, NO_SUCH_FINDING)

    def _other_bytes(self, entry: BaselineEntry, record: Record) -> int | Verdict:
        if entry.rule in WHOLE_FILE_RULES or record.status is not Status.ANALYZED:
            return Verdict(entry, State.STALE, "the file changed, and nobody has looked into it")
        carried = self._carry(entry, record)
        if isinstance(carried, str):
            return Verdict(entry, State.UNREADABLE, carried)
        if entry.imports:  # the file alone does not have the finding
            return self._moved(entry, record, carried.lines)
        there = carried.by_place.get(("", entry.rule, entry.line, entry.column), [])
        if len(there) < entry.nth:
            return Verdict(entry, State.STALE, "the file that it names has no such finding")
        accepted = there[entry.nth - 1]
        line = carried.backwards.old_block(entry.line, accepted.site.end_line)
        if line is None:
            return Verdict(entry, State.STALE, f"line {entry.line} changed")
        place = (record.path, entry.rule, line, entry.column)
        why = "what it finds changed" if place in self._groups else NO_SUCH_FINDING
        return self._first_free(entry, self._by_facts.get((place, accepted.facts)), why)

    def _moved(self, entry: BaselineEntry, record: Record, lines: LineMap) -> int | Verdict:
        """The result whose whole expression stood on the entry's line, saying what was accepted."""
        for at in self._by_imports.get((record.path, entry.rule, entry.imports), ()):
            site = self._scanned.results[at].finding.site
            if (lines.old_block(site.line, site.end_line), site.column) == (entry.line, entry.column):
                return self._first_free(entry, deque([at]), NO_SUCH_FINDING)
        return Verdict(entry, State.STALE, "what it finds, or what it imports, changed")

    def _first_free(self, entry: BaselineEntry, results: deque[int] | None, otherwise: str) -> int | Verdict:
        """The first of *results* that is not taken; why not, where there never were any, says *otherwise*."""
        if not results:
            return Verdict(entry, State.STALE, otherwise if results is None else TAKEN)
        while results and results[0] in self._taken:
            results.popleft()
        return results[0] if results else Verdict(entry, State.STALE, TAKEN)

    @cached_property
    def _by_facts(self) -> dict[tuple[_Place, Hashable], deque[int]]:
        """The results that say the same at the same place."""
        found: dict[tuple[_Place, Hashable], deque[int]] = defaultdict(deque)
        for place, group in self._groups.items():
            for at in group:
                found[place, self._scanned.results[at].finding.facts].append(at)
        return found

    @cached_property
    def _by_imports(self) -> dict[tuple[str, str, str], list[int]]:
        """The results that other files prove, by path, rule and what those say."""
        found: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for group in self._groups.values():
            for at in group:
                finding = self._scanned.results[at].finding
                if finding.imports:
                    found[finding.file, finding.rule_id, finding.imports].append(at)
        return found

    @cached_property
    def _by_content(self) -> dict[tuple[str, str, int, int, int], deque[int]]:
        """The results at the same place of files with the same bytes, by path."""
        found: dict[tuple[str, str, int, int, int], deque[int]] = defaultdict(deque)
        for (path, rule, line, column), group in sorted(self._groups.items()):
            if path in self._records:
                for nth, at in enumerate(group, start=1):
                    found[self._records[path].sha256, rule, line, column, nth].append(at)
        return found


def _suppression(entry: BaselineEntry) -> Suppression:
    return Suppression("baseline", entry.reason, entry.approved_by, expires=entry.expires)
