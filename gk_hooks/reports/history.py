"""The history of releases as a table for a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gk_hooks.model.findings import Rule, Severity
from gk_hooks.model.history import History, Release, Tracked
from gk_hooks.model.text import display_width, path_keys, printable, to_json
from gk_hooks.reports import view

SCHEMA_VERSION = 1

COLUMNS = ("release", "date", "decision", *(severity.value for severity in Severity), "new", "fixed", "carried")
LEFT = 3
"""So many columns are words; the others are numbers."""


def text(history: History, rules: Mapping[str, Rule]) -> str:
    """One line for each release, then what the last one brought and fixed."""
    rows = [COLUMNS, *(row(release) for release in history.releases)]
    widths = [max(display_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ["  ".join(_aligned(cells, widths)).rstrip() for cells in rows]
    last = history.releases[-1]
    for title, moved in (("new", last.new), ("fixed", last.fixed)):
        if moved:
            lines += ["", f"{title} in {printable(last.name)}:", *(f"  {_line(each, rules)}" for each in moved)]
    incomplete = [printable(release.name) for release in history.releases if not release.complete]
    lines += ["", f"warning: not every file was analyzed in {', '.join(incomplete)}"] if incomplete else []
    return "\n".join(lines) + "\n"


def row(release: Release) -> tuple[str, ...]:
    """The cells of a release, in the order of COLUMNS."""
    numbers = (*release.totals.values(), len(release.new), len(release.fixed), release.carried)
    return printable(release.name), release.date, release.decision.value, *(f"{number:,}" for number in numbers)


def json(history: History, rules: Mapping[str, Rule]) -> str:
    """Everything, with fixed keys."""
    return to_json(
        {
            "tool": {
                "name": "gk",
                "version": history.version,
                "schema_version": SCHEMA_VERSION,
                "rulepack_hash": history.rulepack_hash,
            },
            "pattern": history.pattern,
            **path_keys(history.root_path, "root_path"),
            "releases": [_release(release) for release in history.releases],
            "findings": [_finding(each) for each in history.findings],
        }
    )


def _release(release: Release) -> dict[str, Any]:
    return {
        **path_keys(release.name, "name"),
        "commit": release.commit,
        "tree": release.tree,
        "date": release.date,
        "decision": release.decision.value,
        "decision_unsuppressed": release.decision_unsuppressed.value,
        "audit_complete": release.complete,
        "files": release.files,
        "totals_by_severity": release.totals,
        "suppressed": release.suppressed,
        "carried": release.carried,
        "new": [_finding(each) for each in release.new],
        "fixed": [_finding(each) for each in release.fixed],
    }


def _finding(tracked: Tracked) -> dict[str, Any]:
    result, finding = tracked.result, tracked.result.finding
    return {
        "rule_id": finding.rule_id,
        "severity": result.severity.value,
        **path_keys(finding.file, "file"),
        "line": finding.site.line or None,
        "evidence": view.shown(finding.evidence),
        "suppressed": result.suppression is not None,
        **path_keys(tracked.since, "since"),
    }


def _line(tracked: Tracked, rules: Mapping[str, Rule]) -> str:
    result, finding = tracked.result, tracked.result.finding
    place = printable(view.place(finding.file, finding.site.line, finding.site.column))
    accepted = " (accepted)" if result.suppression else ""
    return f"{place}: {result.severity.value.upper()} {finding.rule_id} {rules[finding.rule_id].title}{accepted}"


def _aligned(cells: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    for number, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        padding = " " * (width - display_width(cell))
        yield cell + padding if number < LEFT else padding + cell
