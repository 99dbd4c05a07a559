"""report.junit.xml: JUnit's XML as Jenkins and GitLab read it. Each rule is a suite, each finding one of its cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from gk_hooks.model.findings import Rule, Severity
from gk_hooks.model.report import Report, Result
from gk_hooks.model.text import printable
from gk_hooks.reports import sections, view
from gk_hooks.reports.frame import frame


def render(report: Report, rules: Mapping[str, Rule]) -> str:
    """The report as XML 1.0. A blocker and what must be reviewed are failures, an accepted finding is skipped, and what
    is only on record passes. ``printable`` leaves nothing that XML forbids.
    """
    groups: dict[str, list[Result]] = {rule_id: [] for rule_id in rules}
    for result in report.current:
        groups[result.finding.rule_id].append(result)
    failed = sum(map(_fails, report.current))
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    cases = sum(max(len(found), 1) for found in groups.values())
    lines.append(f'<testsuites name="gk" tests="{cases}" failures="{failed}" errors="0">')
    for rule_id, found in groups.items():
        lines += _suite(rules[rule_id], found, report)
    return "\n".join((*lines, "</testsuites>", ""))


def _fails(result: Result) -> bool:
    return result.suppression is None and result.severity.rank <= Severity.HIGH.rank


def _suite(rule: Rule, found: list[Result], report: Report) -> Iterator[str]:
    failed = sum(map(_fails, found))
    skipped = sum(result.suppression is not None for result in found)
    name = quoteattr(f"{rule.id} {rule.title}")
    counts = f'tests="{max(len(found), 1)}" failures="{failed}" errors="0" skipped="{skipped}"'
    yield f'  <testsuite name={name} {counts} timestamp="{report.run.started_at[:19]}">'
    if not found:
        yield f'    <testcase classname="{rule.id}" name="no finding"/>'
    for result in found:
        yield from _case(result, rule, report)
    yield "  </testsuite>"


def _case(result: Result, rule: Rule, report: Report) -> Iterator[str]:
    finding, site = result.finding, result.finding.site
    place = printable(view.place(finding.file, site.line, site.column))
    fact = printable(view.shown(finding.evidence))
    yield (
        f"    <testcase classname={quoteattr(rule.id)} name={quoteattr(f'{place}: {fact}')}"
        f' file={quoteattr(printable(finding.file))} line="{max(site.line, 1)}">'
    )
    if result.suppression is not None:
        accepted = printable(f"accepted by {sections.approval(result)}: {result.suppression.justification}")
        yield f"      <skipped message={quoteattr(accepted)}/>"
    elif _fails(result):
        trail = [f"from line {step.line}: {printable(view.shown(step.what))}" for step in finding.trail]
        advice = [f"why: {rule.why}", f"fix: {rule.fix}"]
        body = "\n".join((*frame(finding.file, site, report.sources), *trail, *advice))
        kind = f'type="{result.severity.value}"'
        yield f"      <failure {kind} message={quoteattr(f'{rule.title}: {fact}')}>{escape(body)}</failure>"
    else:
        yield f"      <system-out>{escape(f'{result.severity.value}, on record')}</system-out>"
    yield "    </testcase>"
