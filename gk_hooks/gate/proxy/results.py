"""What comes back for a request: filtered, masked, and asked about where the server asks something itself."""

from __future__ import annotations

from typing import Any

from gk_hooks.gate import jsonrpc
from gk_hooks.gate.jsonrpc import Message
from gk_hooks.gate.methods import LISTS, call_of
from gk_hooks.gate.model import Direction, Effect, Verdict
from gk_hooks.gate.proxy.enforcement import Session
from gk_hooks.gate.proxy.flight import Request
from gk_hooks.gate.proxy.lists import filtered
from gk_hooks.gate.proxy.masking import masked_result
from gk_hooks.gate.proxy.replies import refusal


def line_for_client(session: Session, request: Request, message: Message) -> bytes:
    """The line for the client: the server's own bytes, unless something in them must not pass."""
    result = message.body.get("result")
    if not isinstance(result, dict):
        return message.raw
    denied = _denied_question(session, result)
    if denied is not None:
        request.verdict = denied
        return refusal(request, as_error=session.denial_as_error)
    less = filtered(request.call.method, result, session) if request.call.method in LISTS else result
    less = masked_result(session.tasks.origin(request), less)
    if result.get("resultType") == "input_required":
        session.retries.asked(request, result)
    elif "task" in result or "taskId" in result:
        session.tasks.started(request, result)
    return message.raw if less is result else jsonrpc.dump({**message.body, "result": less})


def _denied_question(session: Session, result: dict[str, Any]) -> Verdict | None:
    """The denial of what the server asks for in an ``input_required`` result; None when it may ask, or does not."""
    asked = result.get("inputRequests")
    if result.get("resultType") != "input_required" or not asked:
        return None
    if not isinstance(asked, dict):
        return Verdict(Effect.DENY, "__malformed__", "the server's inputRequests are no object")
    for one in asked.values():
        if not isinstance(one, dict):
            return Verdict(Effect.DENY, "__malformed__", "one of the server's inputRequests is no object")
        verdict = session.verdict(call_of(Direction.TO_CLIENT, one))
        if verdict.effect.stops:
            what = str(one.get("method"))[:80]
            return Verdict(Effect.DENY, verdict.rule, f"the server asked for {what}: {verdict.reason}")
    return None
