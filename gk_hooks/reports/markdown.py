"""report.md: the bottom line for people who decide, then the details for those who check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gk_hooks.model.findings import Rule
from gk_hooks.model.report import Report
from gk_hooks.reports import details, sections, view, words
from gk_hooks.reports.blocks import Block, Bullets, Code, Line, Paragraph, Strong
from gk_hooks.reports.markup import code, prose, table


def render(report: Report, rules: Mapping[str, Rule]) -> str:
    """The report as Markdown; two runs on the same input differ in the last section (Run) alone."""
    parts = [
        [f"# Safety scan: {report.decision.value}", ""],
        _bottom_line(report),
        ["## What must happen next", ""],
        [*(f"{number}. {step}" for number, step in enumerate(words.next_steps(report), 1)), ""],
        _section("What was scanned", sections.scanned(report)),
        ["## Findings", "", *details.findings(report, rules)],
        *(_section(title, section(report)) for title, section in sections.SECTIONS),
    ]
    return "\n".join(line for part in parts for line in part)


def _bottom_line(report: Report) -> Iterator[str]:
    decision, unsuppressed = report.decision, report.decision_unsuppressed
    yield f"**Decision: {decision.value}** (profile {code(report.profile)}, exit code {decision.exit_code})"
    yield ""
    yield f"Without suppressions: {unsuppressed.value}"
    yield ""
    yield prose(words.meaning(report))
    yield ""
    totals = report.totals_by_severity()
    yield from table(
        [*totals, "suppressed"], [[*(f"{n:,}" for n in totals.values()), f"{len(view.suppressed(report)):,}"]]
    )
    yield ""
    if clauses := words.not_counted(report):
        yield f"Not counted: {', '.join(clauses)}."
        yield ""


def _section(title: str, blocks: Iterable[Block]) -> Iterator[str]:
    """A section with its heading; nothing when there is nothing in it."""
    for number, each in enumerate(blocks):
        yield from () if number else (f"## {title}", "")
        yield from _block(each)
        yield ""


def _block(each: Block) -> Iterable[str]:
    match each:
        case Paragraph(line):
            return [_line(line)]
        case Bullets(lines):
            return [f"- {_line(line)}" for line in lines]
    return table(each.columns, ([_line(cell) for cell in row] for row in each.rows))


def _line(line: Line) -> str:
    match line:
        case Code(text):
            return code(text)
        case Strong(text):
            return f"**{prose(text)}**"
        case str():
            return prose(line)
    return "".join(map(_line, line))
