"""manifest.json: every file in scope with its identity and what became of it, and nothing that a second run changes."""

from __future__ import annotations

from typing import Any

from gk_hooks.model.records import asdict
from gk_hooks.model.report import Report
from gk_hooks.model.snapshot import Record
from gk_hooks.model.text import path_keys, to_json

SCHEMA_VERSION = 1


def render(report: Report) -> str:
    """The manifest as JSON: the same snapshot, tool, rules and configuration give the same bytes on any machine."""
    return to_json(manifest(report))


def manifest(report: Report) -> dict[str, Any]:
    """The manifest as plain dictionaries and lists, files in the order of the ledger (by path)."""
    return {
        "tool": {
            "name": "gk",
            "version": report.version,
            "profile": report.profile,
            "schema_version": SCHEMA_VERSION,
            "rulepack_hash": report.rulepack_hash,
            "config_hash": report.config_hash,
        },
        "target": {"mode": report.mode, "git": asdict(report.git)},
        "files": [_entry(record) for record in report.records],
        "third_party_artifacts": [path_keys(path) for path in report.artifacts],
    }


def _entry(record: Record) -> dict[str, Any]:
    return {
        **path_keys(record.path),
        "kind": record.kind.value if record.kind else None,
        "size": record.size if record.size >= 0 else None,
        "sha256": record.sha256 or None,
        "blob_id": record.blob_id or None,
        "encoding": record.encoding or None,
        "status": record.status.value,
        "reason": record.reason,
    }
