"""The decision point: one verdict for every message of both directions. Pure: what it knows of the world is a View."""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gk_hooks.gate.methods import Subject, method_of
from gk_hooks.gate.model import Call, Effect, FailMode, Hit, Principal, Verdict
from gk_hooks.gate.policy.model import Policy


def _nothing_spent(account: str) -> int:
    return 0


def _no_threat(value: Any) -> Sequence[Hit]:
    return ()


def _no_task(task: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class View:
    """What the decision point may ask. spent: Store.spent. scan: ThreatScanner.scan. issued: whether an allowed call
    of this principal has started that task. session: the name that budgets of that scope are kept under."""

    spent: Callable[[str], int] = _nothing_spent
    scan: Callable[[Any], Sequence[Hit]] = _no_threat
    issued: Callable[[str], bool] = _no_task
    clock: Callable[[], float] = time.time
    session: str = "stdio-session"
    fail: FailMode = FailMode.CLOSED


def decide(call: Call, principal: Principal, policy: Policy, view: View) -> Verdict:
    """The verdict on *call*. Total: whatever the message holds, there is one, and it never raises."""
    subject = method_of(call.direction, call.method).subject
    if subject in (Subject.PROTOCOL, Subject.LIST):
        return Verdict(Effect.ALLOW, "__protocol__", f"{call.method} is part of the protocol")
    if subject is Subject.TOOL:
        for rule in policy.rules:
            if any(fnmatch.fnmatchcase(call.name, glob) for glob in rule.tools):
                return Verdict(rule.effect, rule.id, rule.reason or f"matched rule {rule.id}")
    return Verdict(Effect.DENY, "__default__", f"no rule lets {call.method} through")


def visible(subject: Subject, name: str, principal: Principal, policy: Policy) -> bool:
    """Whether an item of a list may be seen: whether some call of it could get more than a denial."""
    return any(
        any(fnmatch.fnmatchcase(name, glob) for glob in rule.tools)
        for rule in policy.rules
        if rule.effect is not Effect.DENY
    )
