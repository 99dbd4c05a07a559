"""The evidence report: what an audit log proves, counted, and whether the log itself can be relied on. Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gk_hooks.evidence.keys import VerifierKey
from gk_hooks.gate.audit import read_records
from gk_hooks.gate.audit.verify import VERDICTS, Verification, verify_log
from gk_hooks.gate.controls import CONTROLS, render_controls
from gk_hooks.gate.model import Effect
from gk_hooks.model.text import clip
from gk_hooks.reports.markup import code, prose, table

MOST = 20
_CODE = ("NET", "PEX", "DEX", "PER", "DES", "OBF", "SCAN")
"""The families of our rules, by which a reason that quotes code is known."""


@dataclass
class Evidence:
    """What the records of a log add up to. supports: how many records count for each control's key."""

    first: str = ""
    last: str = ""
    records: int = 0
    policies: Counter[str] = field(default_factory=Counter)
    effects: Counter[str] = field(default_factory=Counter)
    principals: Counter[tuple[str, str]] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    threats: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    supports: Counter[str] = field(default_factory=Counter)

    def add(self, record: Mapping[str, Any]) -> None:
        """Counts one record."""
        self.records += 1
        self.first = self.first or _text(record.get("time"))
        self.last = _text(record.get("time"))
        if "policy" in record:
            name, digest = _text(record.get("policy_name")), _text(record.get("policy"))
            self.policies[f"{name} (SHA-256 {digest[:16]}…)"] += 1
        if "outcome" in record:
            self.outcomes[_text(record["outcome"])] += 1
        if "effect" in record:
            self._decision(record)

    def _decision(self, record: Mapping[str, Any]) -> None:
        effect, rule, reason = (_text(record.get(key)) for key in ("effect", "rule", "reason"))
        principal = _text(record.get("principal"))
        self.effects[effect] += 1
        self.principals[principal, effect] += 1
        self.rules[rule] += 1
        threats = record.get("threats")
        for threat in {_text(each).partition(":")[0] for each in threats} if isinstance(threats, list) else ():
            self.threats[threat] += 1
        found = {
            "decisions": True,
            "identified": principal != "anonymous",
            "threats": bool(threats),
            "code": any(f"{family}00" in reason for family in _CODE),
            "budgets": "budget" in reason,
            "held": effect == Effect.REQUIRE_APPROVAL,
            "redacted": effect == Effect.REDACT,
            "pins": "pin" in rule or "definition" in reason,
            "failures": rule in ("__fail__", "__engine_failure__"),
        }
        self.supports.update(key for key, holds in found.items() if holds)


def render_report(log: Path, keys: Iterable[VerifierKey] = (), older: Iterable[Path] = ()) -> tuple[str, bool]:
    """The report on *log*, and whether the log verifies. AuditError when there is no log, or nothing in it."""
    verification = verify_log(log, older=tuple(older), keys=tuple(keys))
    evidence = Evidence()
    if not verification.problems:
        for record in read_records(log):
            evidence.add(record)
    sections = [*_head(log), *_integrity(verification, evidence)]
    if not verification.problems:
        sections += [*_activity(evidence), *_support(evidence)]
    return "\n".join([*sections, "## Control mapping", "", render_controls()]), not verification.problems


def _head(log: Path) -> list[str]:
    return [
        "# Tool gate: evidence report",
        "",
        f"What the audit log {code(log.name)} holds, and no more: these controls operated, and this is the record.",
        "It is an aid for a self-assessment. Whether a policy is the right one is for people to judge.",
        "",
    ]


def _integrity(found: Verification, evidence: Evidence) -> list[str]:
    verdict = VERDICTS[found.code]
    if found.problems:
        verdict += "; nothing in it was counted"
    elif not found.authenticated:
        verdict += ": no key was given, so whoever can write the log could have made it"
    lines = [
        "## Integrity",
        "",
        f"- Verification: **{verdict}**",
        f"- Records read: {found.records:,}",
        f"- Under a checkpoint: {found.covered:,}; under one that a trusted key signed: {found.authenticated:,}",
    ]
    if evidence.first:
        lines.append(f"- From {code(evidence.first)} to {code(evidence.last)}")
    lines += [f"- Policy: {code(name)}" for name in sorted(evidence.policies)]
    lines += [f"- Problem: {prose(problem)}" for problem in found.problems]
    lines += [f"- Remark: {prose(remark)}" for remark in found.remarks]
    return [*lines, ""]


def _activity(evidence: Evidence) -> list[str]:
    effects = [str(effect) for effect in Effect]
    principals = sorted({name for name, _ in evidence.principals})
    rows = [[code(name), *(f"{evidence.principals[name, effect]:,}" for effect in effects)] for name in principals]
    rows.append(["all", *(f"{evidence.effects[effect]:,}" for effect in effects)])
    lines = ["## Decisions", "", *table(["Principal", *effects], rows)]
    for title, what, counted in (
        ("Outcomes", "What became of forwarded calls", evidence.outcomes),
        ("Threats", "Class", evidence.threats),
        ("Rules", "Rule that decided", evidence.rules),
    ):
        lines += ["", f"## {title}", "", *_ranked(what, counted)]
    return [*lines, ""]


def _ranked(what: str, counted: Counter[str]) -> list[str]:
    if not counted:
        return ["None were recorded."]
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    rows = [[code(clip(name, 120)), f"{count:,}"] for name, count in ranked[:MOST]]
    if len(ranked) > MOST:
        rows.append([f"and {len(ranked) - MOST:,} more", f"{sum(count for _, count in ranked[MOST:]):,}"])
    return table([what, "Records"], rows)


def _support(evidence: Evidence) -> list[str]:
    rows = [[each.name, f"{evidence.supports[each.key]:,}" if each.key else "not counted"] for each in CONTROLS]
    return ["## Evidence for each control", "", *table(["Control", "Records in this log"], rows), ""]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
