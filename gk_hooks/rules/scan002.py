"""SCAN002: a file in scope was skipped."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import Skipped
from gk_hooks.model.findings import Category, Confidence, Example, Finding, Rule, Severity

RULE = Rule(
    id="SCAN002",
    title="Was skipped",
    category=Category.OTHER,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    why="What was skipped was not checked, so the audit is incomplete.",
    fix="Raise --max-file-size, exclude the file on the record, or review it by hand.",
    cwe=("CWE-1164",),
    nist=("SA-11", "CA-2"),
    bad=(Example("print(1)\0"),),
    good=(Example("print(1)"),),
)


@RULE.on(Skipped)
def check(effect: Skipped) -> Iterator[Finding]:
    """The pipeline skips; no analyzer does."""
    yield RULE.finding(effect, f"skipped: {effect.reason}")
