"""report.md: the bottom line for people who decide, then the details for those who check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gk_hooks.model.findings import Rule
from gk_hooks.model.report import Report
from gk_hooks.reports import details, view, words
from gk_hooks.reports.markup import code, prose, table


def render(report: Report, rules: Mapping[str, Rule]) -> str:
    """The report as Markdown; two runs on the same input differ in the last section (Run) alone."""
    sections = (_bottom_line(report), *details.sections(report, rules))
    return "\n".join(line for section in sections for line in (*section, ""))


def _bottom_line(report: Report) -> Iterator[str]:
    yield f"# Safety scan: {report.decision.value}"
    yield ""
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
    if clauses := words.not_counted(report):
        yield ""
        yield f"Not counted: {', '.join(clauses)}."
    yield ""
    yield "## What must happen next"
    yield ""
    yield from (f"{number}. {step}" for number, step in enumerate(words.next_steps(report), 1))
    yield ""
    yield "## What was scanned"
    yield ""
    yield from table(["what", "value"], _scanned(report))
    for note in report.notes:
        yield ""
        yield f"Note: {prose(note)}"


def _scanned(report: Report) -> Iterator[tuple[str, str]]:
    git, files = report.git, view.coverage(report)
    yield "Target", f"{code(report.target)}: {words.mode(report)}"
    yield "Root", code(report.root_path)
    yield "Commit", code(git.head_commit or "") if git.is_repo else "none: not a git repository"
    if git.tag or git.describe:
        yield "Release", code(git.tag or git.describe or "")
    if git.branch:
        yield "Branch", code(git.branch)
    if git.is_repo:
        yield "State", prose(f"{words.dirtiness(git)}{'; ' + git.note if git.note else ''}")
    yield "Files in scope", f"{files.in_scope:,} ({files.size:,} bytes)"
    yield "Audit", prose(words.completeness(report))
