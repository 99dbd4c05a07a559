"""report.json: everything that the report model holds, with the keys of docs/report.schema.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from gk_hooks.model.findings import Rule
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import asdict
from gk_hooks.model.report import BaselineState, NetworkCall, Report, Result
from gk_hooks.model.snapshot import Record
from gk_hooks.model.text import path_keys, to_json
from gk_hooks.model.values import Step
from gk_hooks.reports import runtime, view

SCHEMA_VERSION = 1
"""Raised when a key changes its meaning or goes away, not when one is added."""


def render(report: Report, rules: Mapping[str, Rule]) -> str:
    """The report as JSON. Keys keep the order of the schema; two runs on the same input differ in ``run`` alone."""
    return to_json(document(report, rules))


def document(report: Report, rules: Mapping[str, Rule]) -> dict[str, Any]:
    """The report as plain dictionaries and lists."""
    return {
        "tool": {
            "name": "gk",
            "version": report.version,
            "profile": report.profile,
            "schema_version": SCHEMA_VERSION,
            "rulepack_hash": report.rulepack_hash,
            "config_hash": report.config_hash,
        },
        "run": {**asdict(report.run), **path_keys(report.run.cwd, "cwd")},
        "target": {
            **path_keys(report.root_path, "root_path"),
            **path_keys(report.target, "requested"),
            "mode": report.mode,
            "git": asdict(report.git),
        },
        "summary": _summary(report, rules),
        "findings": [_finding(result, rules[result.finding.rule_id]) for result in report.results],
        "inventory": _inventory(report),
        "network": [_network(call) for call in report.network],
        "coverage": _coverage(report),
        "allowlist": _allowlist(report),
        "baseline": _baseline(report),
        "notes": list(report.notes),
        **({"runtime": runtime.document(report.runtime)} if report.runtime else {}),
    }


def _summary(report: Report, rules: Mapping[str, Rule]) -> dict[str, Any]:
    return {
        "decision": report.decision.value,
        "decision_unsuppressed": report.decision_unsuppressed.value,
        "exit_code": report.decision.exit_code,
        "audit_complete": view.coverage(report).complete,
        "totals_by_severity": report.totals_by_severity(),
        "totals_by_category": view.totals_by_category(report, rules),
        "totals_by_rule": view.totals_by_rule(report.counted),
        "findings": len(report.results),
        "counted": len(report.counted),
        "suppressed": len(view.suppressed(report)),
        "unchanged": len(view.in_state(report, BaselineState.UNCHANGED)),
        "absent": len(view.in_state(report, BaselineState.ABSENT)),
    }


def _finding(result: Result, rule: Rule) -> dict[str, Any]:
    finding, site = result.finding, result.finding.site
    return {
        "rule_id": finding.rule_id,
        "title": rule.title,
        "category": rule.category.value,
        "severity": result.severity.value,
        "confidence": result.confidence.value,
        **path_keys(finding.file, "file"),
        "line": site.line or None,
        "column": site.column or None,
        "end_line": site.end_line or None,
        "end_column": site.end_column or None,
        "evidence": view.shown(finding.evidence),
        "why_it_matters": rule.why,
        "remediation": rule.fix,
        "certainty": finding.certainty.value,
        "callee": view.shown(site.callee),
        "excerpt": view.shown(site.excerpt),
        "trail": [_step(step) for step in finding.trail],
        "chain": [view.shown(link) for link in site.chain],
        "destination": view.shown(finding.destination),
        "command": view.shown(finding.command),
        "suppression": asdict(result.suppression) if result.suppression else None,
        "baseline_state": result.state.value if result.state else None,
        "why_new": result.why_new,
        "introduced": asdict(result.introduced) if result.introduced else None,
        "cwe": list(rule.cwe),
        "nist": list(rule.nist),
        "attack": list(rule.attack),
    }


def _step(step: Step) -> dict[str, Any]:
    elsewhere = path_keys(step.file, "file") if step.file else {}
    return {"line": step.line, "what": view.shown(step.what), **elsewhere}


def _inventory(report: Report) -> dict[str, Any]:
    files = view.coverage(report)
    kinds = Counter([record.kind for record in report.records])
    return {
        "file_counts_by_type": {kind.value: kinds[kind] for kind in Kind},
        "skipped_files": [_unread(record) for record in (*files.skipped, *files.linked)],
        "third_party_artifacts": [path_keys(path) for path in report.artifacts],
        "left_out": list(report.left_out),
        "files": {
            "in_scope": files.in_scope,
            "analyzed": files.analyzed,
            "skipped": len(files.skipped),
            "linked": len(files.linked),
            "unparsed": len(files.unparsed),
            "bytes": files.size,
        },
    }


def _coverage(report: Report) -> dict[str, Any]:
    files = view.coverage(report)
    return {
        "complete": files.complete,
        "analyzed": files.analyzed,
        "not_analyzed": [{**_unread(record), "status": record.status.value} for record in files.missing],
        "undetermined_imports": list(view.undetermined(report)),
    }


def _unread(record: Record) -> dict[str, str]:
    return {**path_keys(record.path), "reason": record.reason}


def _network(call: NetworkCall) -> dict[str, Any]:
    return {
        **path_keys(call.file, "file"),
        "line": call.line or None,
        "callee": view.shown(call.callee),
        "direction": call.direction,
        "destination": view.shown(call.destination),
        "reach": call.reach,
        "chain": [view.shown(link) for link in call.chain],
    }


def _allowlist(report: Report) -> dict[str, Any] | None:
    use = report.allowlist
    if use is None:
        return None
    return {**path_keys(use.path), "sha256": use.sha256, "entries": use.entries, "unused": list(use.unused)}


def _baseline(report: Report) -> dict[str, Any] | None:
    use = report.baseline
    return {**asdict(use), **path_keys(use.source, "source")} if use else None
