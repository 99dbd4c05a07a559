"""The decision of specification §6, from the severities that count. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from gk_hooks.model.findings import Decision, Severity
from gk_hooks.model.report import Result

PROTECTED = frozenset({"NET001", "NET003", "DEX001", "DEX002", "DES001", "PER001", "PER002"})
"""What specification §9 never lets an allowlist suppress; somebody may accept it, but it never passes in silence."""


def decide(severities: Iterable[Severity]) -> Decision:
    """FAIL on any blocker, else CONDITIONAL_PASS on any high, else PASS."""
    present = set(severities)
    if Severity.BLOCKER in present:
        return Decision.FAIL
    return Decision.CONDITIONAL_PASS if Severity.HIGH in present else Decision.PASS


def decide_results(results: Iterable[Result]) -> Decision:
    """The decision on what is not suppressed; never a PASS over an accepted finding of a protected rule."""
    results = list(results)
    decision = decide(result.severity for result in results if result.suppression is None)
    accepted = any(
        result.suppression is not None
        and result.finding.rule_id in PROTECTED
        and result.severity.rank <= Severity.HIGH.rank
        for result in results
    )
    return Decision.CONDITIONAL_PASS if decision is Decision.PASS and accepted else decision
