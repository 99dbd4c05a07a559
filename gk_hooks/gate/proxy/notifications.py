"""Messages that want no answer: they cannot wait, cannot be charged, and may not do what is a request's business."""

from __future__ import annotations

from gk_hooks.gate.model import Call, Effect, Verdict
from gk_hooks.gate.proxy.enforcement import Session
from gk_hooks.gate.proxy.flight import Request

PREFIX = "notifications/"
"""What the names of all notifications begin with. A request without an id would be a call that nothing charges."""


def decided_notification(session: Session, call: Call) -> Request:
    """A notification of either side with its verdict."""
    verdict = session.verdict(call)
    if verdict.effect is not Effect.DENY:
        problem = ""
        if not call.method.startswith(PREFIX):
            problem = f"{call.method} is a request, and this one has no id"
        elif verdict.effect is Effect.REQUIRE_APPROVAL or verdict.charges:
            problem = "a notification can neither wait for an approval nor be charged"
        if problem:
            verdict = Verdict(Effect.DENY, verdict.rule, problem)
    return Request(call, verdict)
