"""The decision of specification §6, from the severities that count. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from gk_hooks.model.findings import Decision, Severity


def decide(severities: Iterable[Severity]) -> Decision:
    """FAIL on any blocker, else CONDITIONAL_PASS on any high, else PASS."""
    present = set(severities)
    if Severity.BLOCKER in present:
        return Decision.FAIL
    return Decision.CONDITIONAL_PASS if Severity.HIGH in present else Decision.PASS
