"""The terminal report: a code frame for each finding, what is known about it, and the decision last."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from gk_hooks.model.findings import Decision, Rule, Severity
from gk_hooks.model.records import dataclass
from gk_hooks.model.report import Report, Result
from gk_hooks.model.text import clip, display_width, printable
from gk_hooks.reports import view, words
from gk_hooks.reports.frame import frame

FRAMES = 50
LINES = 200
MISSING = 5

_COLORS = {
    **dict.fromkeys((Severity.BLOCKER, Decision.FAIL), "1;31"),
    **dict.fromkeys((Severity.HIGH, Decision.CONDITIONAL_PASS), "1;33"),
    Severity.MEDIUM: "36",
    Decision.PASS: "1;32",
}


_DIFF = {"-": Decision.FAIL, "+": Decision.PASS}
"""In the colors of."""


@dataclass(frozen=True, slots=True)
class Style:
    """How to paint: *color* uses ANSI sequences, *width* is that of the terminal."""

    color: bool
    width: int

    def paint(self, kind: Severity | Decision | None, text: str) -> str:
        """*text* in the color of *kind* (bold for None)."""
        code = "1" if kind is None else _COLORS.get(kind, "2")
        return f"\033[{code}m{text}\033[0m" if self.color else text

    def painter(self, kind: Severity | Decision | None) -> Callable[[str], str]:
        """A function that paints in the color of *kind*."""
        return lambda text: self.paint(kind, text)


def render(
    report: Report,
    rules: Mapping[str, Rule],
    color: bool = False,
    width: int = 100,
    quiet: bool = False,
    statistics: bool = False,
    frames: int | None = FRAMES,
    lines: int | None = LINES,
    exit_code: int | None = None,
) -> str:
    """The report for a terminal of *width* cells.

    The worst findings come first: *frames* of them with their code, *lines* more on one line each, the rest counted
    (None: no limit). *quiet* puts every finding on one line. *exit_code* is what the process will return when that
    is not the decision's own.
    """
    style = Style(color, max(width, 40))
    results = view.worst_first(report.counted)
    parts = []
    framed = results[: 0 if quiet else frames]
    explained: set[str] = set()
    for result in framed:
        parts.append("\n".join(_full(result, rules, report, style, result.finding.rule_id not in explained)) + "\n")
        explained.add(result.finding.rule_id)
    rest = results[len(framed) :]
    listed = rest if quiet else rest[:lines]
    parts += [_short(result, rules, style) for result in listed]
    parts += _more(rest[len(listed) :])
    if rest and (statistics or not quiet):
        parts.append("")
    if statistics:
        parts += [*_statistics(report, rules, style), ""]
    parts += _summary(report, style, quiet, report.decision.exit_code if exit_code is None else exit_code)
    return "\n".join(parts) + "\n"


def _full(result: Result, rules: Mapping[str, Rule], report: Report, style: Style, explain: bool) -> list[str]:
    finding, site, rule = result.finding, result.finding.site, rules[result.finding.rule_id]
    body = frame(finding.file, site, report.sources, style.width - 8, style.painter(result.severity))
    indent = " " * (body[0].index("|") if body else 4)
    notes = [("", view.shown(finding.evidence))]
    if not body and site.excerpt:
        notes.append(("code: ", site.excerpt))
    notes += [("from: ", f"{view.shown(step.what)} ({view.step_place(step)})") for step in finding.trail]
    notes += [("inside: ", " > ".join(map(view.shown, site.chain)))] if site.chain else []
    notes += [("new: ", result.why_new)] if result.why_new else []
    notes += [("since: ", words.introduced(result))] if result.introduced else []
    advice = [("why: ", rule.why), ("fix: ", rule.fix)] if explain else []
    lines = [_head(result, style) + style.paint(None, rule.title), *body]
    for label, text in notes:
        lines += _note(indent, label, printable(text), style.width)
    lines += _hunks(result, indent, style)
    for label, text in advice:
        lines += _note(indent, label, text, style.width)
    return lines


def _hunks(result: Result, indent: str, style: Style) -> Iterator[str]:
    """What changed around the finding, as a unified diff."""
    for line in result.hunks:
        shown = clip(printable(line.replace("\t", "    ")), style.width - len(indent) - 2)
        kind = _DIFF.get(line[0])
        yield f"{indent}| {style.paint(kind, shown) if kind else shown}"


def _short(result: Result, rules: Mapping[str, Rule], style: Style) -> str:
    return (
        _head(result, style)
        + printable(view.shown(result.finding.evidence))
        + f" ({rules[result.finding.rule_id].title})"
    )


def _head(result: Result, style: Style) -> str:
    finding, severity = result.finding, result.severity
    place = printable(view.place(finding.file, finding.site.line, finding.site.column))
    return f"{place}: {style.paint(severity, severity.value.upper())} {finding.rule_id} "


def _note(indent: str, label: str, text: str, width: int) -> list[str]:
    first = f"{indent}= {label}"
    rest = " " * len(first)
    # wide characters take two cells; wrapping by characters would then run over the edge
    room = width * len(text) // max(display_width(text), 1)
    return textwrap.wrap(text, max(room, 40), initial_indent=first, subsequent_indent=rest, break_on_hyphens=False) or [
        first.rstrip()
    ]


def _more(hidden: list[Result]) -> Iterator[str]:
    if hidden:
        counts = Counter(result.severity for result in hidden)
        totals = words.severities({severity.value: counts[severity] for severity in Severity})
        yield f"… and {len(hidden):,} more ({totals}): report.md and report.json list every one, so does --quiet"


def _statistics(report: Report, rules: Mapping[str, Rule], style: Style) -> Iterator[str]:
    worst: dict[str, Severity] = {}
    for result in view.worst_first(report.results):
        worst.setdefault(result.finding.rule_id, result.severity)
    counted = Counter(result.finding.rule_id for result in report.counted)
    accepted = Counter(result.finding.rule_id for result in view.suppressed(report))
    yield style.paint(None, f"{'counted':>8} {'suppressed':>10}  {'worst':<8} {'rule':<7}  title")
    for rule_id in sorted(worst, key=lambda rule_id: (-counted[rule_id], rule_id)):
        severity = style.paint(worst[rule_id], f"{worst[rule_id].value.upper():<8}")
        yield f"{counted[rule_id]:>8,} {accepted[rule_id]:>10,}  {severity} {rule_id:<7}  {rules[rule_id].title}"


def _summary(report: Report, style: Style, quiet: bool, exit_code: int) -> Iterator[str]:
    files = view.coverage(report)
    totals = words.severities(report.totals_by_severity())
    decision = style.paint(report.decision, report.decision.value)
    yield f"{decision}: {totals} in {words.count(files.in_scope, 'file')} (exit code {exit_code})"
    if not files.complete or not files.in_scope:
        yield style.paint(Decision.CONDITIONAL_PASS, "warning: ") + words.completeness(report)
    if quiet:
        return
    for record in files.missing[:MISSING]:
        yield f"  {printable(record.path)}: {record.status.value}, {printable(record.reason)}"
    if len(files.missing) > MISSING:
        yield f"  … and {len(files.missing) - MISSING:,} more"
    yield from (f"  not followed: {one}" for one in view.undetermined(report)[:MISSING])
    if len(report.undetermined) > MISSING:
        yield f"  … and {len(report.undetermined) - MISSING:,} more imports that cannot be determined"
    if clauses := words.not_counted(report):
        yield "not counted: " + ", ".join(clauses)
    if report.decision is not report.decision_unsuppressed:
        yield f"without suppressions: {report.decision_unsuppressed.value}"
    if report.allowlist and report.allowlist.unused:
        unused = len(report.allowlist.unused)
        yield words.count(unused, "unused allowlist entry", "unused allowlist entries")
    for sentence, entries in words.baseline_problems(report):
        yield style.paint(Decision.CONDITIONAL_PASS, "warning: ") + sentence
        yield from (f"  {printable(entry)}" for entry in entries[:MISSING])
        if len(entries) > MISSING:
            yield f"  … and {len(entries) - MISSING:,} more"
    for note in report.notes:
        yield "note: " + printable(note)
