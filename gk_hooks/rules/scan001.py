"""SCAN001: a file in scope could not be parsed."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import Unparsed
from gk_hooks.model.findings import Category, Confidence, Example, Finding, Rule, Severity

RULE = Rule(
    id="SCAN001",
    title="Could not be parsed",
    category=Category.OTHER,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    why="What could not be read was not checked, so the audit is incomplete.",
    fix="Repair the file, exclude it on the record, or review it by hand.",
    cwe=("CWE-1164",),
    nist=("SA-11", "CA-2"),
    bad=(Example("def broken(:\n    pass"), Example("echo 'never closed", "example.sh")),
    good=(Example("def whole():\n    pass"), Example("echo 'closed'", "example.sh")),
)


@RULE.on(Unparsed)
def check(effect: Unparsed) -> Iterator[Finding]:
    """Recorded once per place; the scan goes on."""
    yield RULE.finding(effect, f"not analyzed: {effect.reason}")
