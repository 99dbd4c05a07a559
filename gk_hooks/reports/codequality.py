"""report.codequality.json: GitLab's Code Quality report, the widget in a merge request."""

from __future__ import annotations

from collections.abc import Mapping

from gk_hooks.model.findings import Rule, Severity
from gk_hooks.model.report import Report
from gk_hooks.model.text import printable, to_json
from gk_hooks.reports import view
from gk_hooks.reports.fingerprint import fingerprints

SEVERITIES = {
    Severity.BLOCKER: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


def render(report: Report, rules: Mapping[str, Rule]) -> str:
    """The findings that count, as a list with the five keys that GitLab reads."""
    return to_json(
        [
            {
                "description": printable(
                    f"{rules[result.finding.rule_id].title}: {view.shown(result.finding.evidence)}"
                ),
                "check_name": result.finding.rule_id,
                "fingerprint": fingerprint,
                "severity": SEVERITIES[result.severity],
                "location": {
                    "path": printable(result.finding.file),
                    "lines": {"begin": max(result.finding.site.line, 1)},
                },
            }
            for result, fingerprint in zip(report.counted, fingerprints(report.counted), strict=True)
        ]
    )
