"""report.github.txt: workflow commands of GitHub Actions, which become annotations at the changed lines."""

from __future__ import annotations

from collections.abc import Mapping

from gk_hooks.model.findings import Rule, Severity
from gk_hooks.model.report import Report, Result
from gk_hooks.model.text import printable
from gk_hooks.reports import view, words

COMMANDS = {Severity.BLOCKER: "error", Severity.HIGH: "warning"}
"""The rest is a notice."""


def render(report: Report, rules: Mapping[str, Rule]) -> str:
    """One line for each finding that counts, the worst first: GitHub shows ten errors, ten warnings and ten notices of
    a step. The decision comes first of all.
    """
    totals = words.severities(report.totals_by_severity())
    lines = [f"::notice title=gk {report.decision.value}::{_data(f'{totals}. {words.completeness(report)}')}"]
    lines += [_annotation(result, rules[result.finding.rule_id]) for result in view.worst_first(report.counted)]
    return "\n".join(lines) + "\n"


def _annotation(result: Result, rule: Rule) -> str:
    finding = result.finding
    place = {"file": printable(finding.file), **_region(result), "title": f"{rule.id} {rule.title}"}
    written = ",".join(f"{name}={_property(str(value))}" for name, value in place.items())
    message = f"{printable(view.shown(finding.evidence))}\n{rule.fix}"
    return f"::{COMMANDS.get(result.severity, 'notice')} {written}::{_data(message)}"


def _region(result: Result) -> dict[str, int]:
    site = result.finding.site
    region = {"line": max(site.line, 1)}
    if site.line == site.end_line and 0 < site.column < site.end_column:
        return {**region, "col": site.column, "endColumn": site.end_column - 1}
    return {**region, "endLine": site.end_line} if site.end_line > site.line else region


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
