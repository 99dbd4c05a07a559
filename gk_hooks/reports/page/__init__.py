"""report.html: one file that needs no script, no network and no other file. The decision first, then every detail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath

from gk_hooks.model.findings import Decision, Rule, Severity
from gk_hooks.model.report import Report
from gk_hooks.reports import sections, view, words
from gk_hooks.reports.page import charts, filters
from gk_hooks.reports.page.document import header, page
from gk_hooks.reports.page.findings import findings
from gk_hooks.reports.page.markup import blocks, code, element, items, text

MARKS = {Decision.PASS: "✓", Decision.CONDITIONAL_PASS: "!", Decision.FAIL: "✕"}
"""A decision is told by its word, its mark and its color; no one of them alone."""


def render(report: Report, rules: Mapping[str, Rule]) -> str:
    """The report as HTML 5; two runs on the same input differ in the last section (Run) alone."""
    return page(
        f"{report.decision.value}: safety scan of {_name(report)}",
        _header(report),
        list(_sections(report, rules)),
        f"gk {report.version}. PASS is no Authority to Operate: see Limitations.",
        skip="Findings",
        style=filters.style(report.results),
    )


def _header(report: Report) -> str:
    git = report.git
    release = git.tag or git.describe or git.branch or ""
    facts = [code(release)] if release else []
    facts += [f"commit {code(git.head_commit[:12])}"] if git.head_commit else []
    facts += [text(words.mode(report)), f"profile {code(report.profile)}"]
    return header("Safety scan", _name(report), facts)


def _sections(report: Report, rules: Mapping[str, Rule]) -> Iterator[tuple[str, list[str]]]:
    yield "Decision", list(_decision(report))
    yield "What must happen next", [element("ol", items(words.next_steps(report)), class_="steps")]
    yield "At a glance", list(_glance(report, rules))
    yield "What was scanned", list(blocks(sections.scanned(report), "What was scanned"))
    yield "Findings", list(findings(report, rules))
    for title, section in sections.SECTIONS:
        content = list(blocks(section(report), title))
        if content:
            yield title, content


def _decision(report: Report) -> Iterator[str]:
    decision, totals = report.decision, report.totals_by_severity()
    mark = element("span", MARKS[decision], class_="mark", aria_hidden="true")
    yield element(
        "div",
        element("p", mark, element("strong", decision.value.replace("_", " ")), class_="verdict"),
        element("p", text(words.meaning(report)), class_="meaning"),
        element(
            "p", text(f"Exit code {decision.exit_code}. Without suppressions: {report.decision_unsuppressed.value}.")
        ),
        class_=f"decision {decision.value}",
    )
    tiles = [
        element(
            "li", element("b", f"{totals[severity]:,}"), " ", severity.value, class_=_tile(severity, totals[severity])
        )
        for severity in Severity
    ]
    tiles.append(element("li", element("b", f"{len(view.suppressed(report)):,}"), " suppressed", class_="tile none"))
    yield element("ul", *tiles, class_="tiles")
    if report.counted:
        label = f"Findings by severity: {words.severities(totals)}"
        yield charts.bar(charts.severities(report.counted), len(report.counted), label)
    if clauses := words.not_counted(report):
        yield element("p", text(f"Not counted: {', '.join(clauses)}."))


def _tile(severity: Severity, number: int) -> str:
    return f"tile {severity.value if number else 'none'}"


def _glance(report: Report, rules: Mapping[str, Rule]) -> Iterator[str]:
    figures = [charts.coverage(report)] if report.records else []
    if report.counted:
        figures += [charts.by_rule(report.counted, rules), charts.by_file(report.counted)]
    yield element("div", *figures, class_="figures") if figures else element("p", "There is nothing to draw.")


def _name(report: Report) -> str:
    return PurePath(report.root_path).name or report.root_path
