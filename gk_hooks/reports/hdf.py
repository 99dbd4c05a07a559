"""report.hdf.json: MITRE's Heimdall Data Format (InSpec's exec JSON), for Heimdall, the SAF CLI, and through it STIG
Viewer checklists and POA&Ms. Each rule is a control, each finding one of its results.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gk_hooks.model.findings import Rule, Severity
from gk_hooks.model.report import Report, Result
from gk_hooks.model.text import printable, to_json
from gk_hooks.reports import sections, view, words

IMPACT = {Severity.BLOCKER: 0.9, Severity.HIGH: 0.7, Severity.MEDIUM: 0.5, Severity.LOW: 0.3, Severity.INFO: 0.1}
"""Heimdall makes critical, high, medium and low of these; 0 would mean "not applicable"."""

NIST_REVISION = "Rev_5"


def render(report: Report, rules: Mapping[str, Rule]) -> str:
    """The report as HDF: a control with a blocker has failed; one with something to review, or something accepted
    that must be confirmed, is Not Reviewed; any other has passed. Two runs on the same input differ in ``start_time``
    and ``statistics`` alone.
    """
    git = report.git
    release = git.tag or git.head_commit or report.version
    profile = {
        "name": f"gk-{report.profile}",
        "title": f"gk safety scan, profile {report.profile}",
        "version": report.version,
        "summary": printable(f"{report.decision.value}. {words.meaning(report)}"),
        "sha256": report.rulepack_hash,
        "status": "loaded",
        "supports": [],
        "attributes": [],
        "groups": [],
        "controls": [_control(rule, report) for rule in rules.values()],
    }
    document = {
        "platform": {"name": "gk", "release": report.version, "target_id": printable(f"{report.target} ({release})")},
        "version": report.version,
        "statistics": {"duration": report.run.duration_ms / 1000},
        "profiles": [profile],
        "passthrough": {
            "decision": report.decision.value,
            "decision_unsuppressed": report.decision_unsuppressed.value,
            "audit_complete": view.coverage(report).complete,
            "commit": git.head_commit,
            "tree": git.tree,
            "rulepack_hash": report.rulepack_hash,
            "config_hash": report.config_hash,
        },
    }
    return to_json(document)


def _control(rule: Rule, report: Report) -> dict[str, Any]:
    found = [result for result in report.current if result.finding.rule_id == rule.id]
    return {
        "id": rule.id,
        "title": rule.title,
        "desc": rule.why,
        "descriptions": [
            {"label": "check", "data": f"gk reads the source and reports {rule.id} where it does this."},
            {"label": "fix", "data": rule.fix},
        ],
        "impact": IMPACT[rule.severity],
        "refs": [],
        "tags": {
            "nist": [*rule.nist, NIST_REVISION],
            "cwe": list(rule.cwe),
            "attack": list(rule.attack),
            "category": rule.category.value,
            "severity": "critical" if rule.severity is Severity.BLOCKER else rule.severity.value,
        },
        "code": "",
        "source_location": {},
        "results": [{**each, "run_time": 0.0, "start_time": report.run.started_at} for each in _results(found)],
    }


def _results(found: list[Result]) -> Iterator[dict[str, str]]:
    """What decides comes alone: for Heimdall one passed result outweighs any number of skipped ones."""
    urgent = [result for result in found if result.severity.rank <= Severity.HIGH.rank]
    for result in urgent:
        place = _place(result)
        if result.suppression is not None:
            accepted = f"accepted by {sections.approval(result)}: {result.suppression.justification}"
            yield {"status": "skipped", "code_desc": place, "skip_message": printable(f"{_fact(result)}; {accepted}")}
        elif result.severity is Severity.BLOCKER:
            yield {"status": "failed", "code_desc": place, "message": _fact(result)}
        else:
            yield {
                "status": "skipped",
                "code_desc": place,
                "skip_message": f"{_fact(result)}; a person has to review it",
            }
    if urgent:
        return
    for result in found:
        yield {
            "status": "passed",
            "code_desc": f"{_place(result)}: {_fact(result)} ({result.severity.value}, on record)",
        }
    if not found:
        yield {"status": "passed", "code_desc": "No finding."}


def _place(result: Result) -> str:
    site = result.finding.site
    return printable(view.place(result.finding.file, site.line, site.column))


def _fact(result: Result) -> str:
    return printable(view.shown(result.finding.evidence))
