"""What every format needs of a report: results by group, coverage, and texts cut to a bounded length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from gk_hooks.model.findings import Rule, Severity
from gk_hooks.model.records import dataclass
from gk_hooks.model.report import BaselineState, Report, Result
from gk_hooks.model.snapshot import SCANNED_ITSELF, Record, Status
from gk_hooks.model.text import clip, printable
from gk_hooks.model.values import HOLE, Step

MAX_TEXT = 500
"""Evidence is an excerpt: no report prints more of a finding's text than this, however long the literal was."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What became of the files in scope. linked: the links to files that are scanned themselves; they are no gap."""

    in_scope: int
    analyzed: int
    size: int
    linked: tuple[Record, ...]
    skipped: tuple[Record, ...]
    unparsed: tuple[Record, ...]

    @property
    def complete(self) -> bool:
        """True when every file in scope was analyzed to its end."""
        return not self.missing

    @property
    def missing(self) -> tuple[Record, ...]:
        """The files that the decision says nothing, or not everything, about."""
        return (*self.skipped, *self.unparsed)


def coverage(report: Report) -> Coverage:
    """How complete the audit is."""
    rest = [record for record in report.records if record.status is not Status.ANALYZED]
    skipped = [record for record in rest if record.status is Status.SKIPPED]
    return Coverage(
        in_scope=len(report.records),
        analyzed=len(report.records) - len(rest),
        size=sum([record.size for record in report.records if record.size > 0]),
        linked=tuple(record for record in skipped if record.reason == SCANNED_ITSELF),
        skipped=tuple(record for record in skipped if record.reason != SCANNED_ITSELF),
        unparsed=tuple(record for record in rest if record.status is Status.UNPARSED),
    )


def suppressed(report: Report) -> list[Result]:
    """The results that an allowlist or a baseline accepts."""
    return [result for result in report.results if result.suppression is not None]


def in_state(report: Report, state: BaselineState) -> list[Result]:
    """The results, not suppressed, that stand in this relation to the base."""
    return [result for result in report.results if result.suppression is None and result.state is state]


def worst_first(results: Iterable[Result]) -> list[Result]:
    """The results by severity, then by place."""
    return sorted(results, key=lambda result: (result.severity.rank, result.finding.order))


def grouped(results: Iterable[Result]) -> dict[Severity, dict[str, list[Result]]]:
    """The results by severity, worst first, then by rule id, then by place; no empty groups."""
    groups: dict[Severity, dict[str, list[Result]]] = {}
    for result in sorted(results, key=lambda r: (r.severity.rank, r.finding.rule_id, r.finding.order)):
        groups.setdefault(result.severity, {}).setdefault(result.finding.rule_id, []).append(result)
    return groups


def place(file: str, line: int, column: int = 0) -> str:
    """``file:line:column`` as far as it is known; editors and terminals make a link of it."""
    return ":".join([file, *(str(number) for number in (line, column) if number > 0)])


def undetermined(report: Report) -> tuple[str, ...]:
    """The imports that cannot be determined, a line each."""
    return tuple(printable(f"{importer}: {what}") for importer, what in report.undetermined)


def step_place(step: Step) -> str:
    """Where a step of a trail stands, with its file where that is another one."""
    return place(step.file, step.line) if step.file else f"line {step.line}"


def totals_by_category(report: Report, rules: Mapping[str, Rule]) -> dict[str, int]:
    """The counted results of each category."""
    return report.totals_by_category({rule_id: rule.category for rule_id, rule in rules.items()})


def totals_by_rule(results: Iterable[Result]) -> dict[str, int]:
    """How many results each rule has, by rule id."""
    return dict(sorted(Counter(result.finding.rule_id for result in results).items()))


def shown(text: str) -> str:
    """*text* of a finding for people: unknown parts as ``{…}``, bounded."""
    return clip(clip(text, 4 * MAX_TEXT).replace(HOLE, "{…}"), MAX_TEXT)
