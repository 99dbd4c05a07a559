"""What comes back for a request: filtered, masked, and asked about where the server asks something itself."""

from __future__ import annotations

from typing import Any, NamedTuple

from gk_hooks.gate import jsonrpc
from gk_hooks.gate.jsonrpc import Message
from gk_hooks.gate.methods import LISTS, call_of
from gk_hooks.gate.model import Direction, Effect, Verdict
from gk_hooks.gate.proxy.enforcement import Session
from gk_hooks.gate.proxy.flight import Request
from gk_hooks.gate.proxy.lists import filtered
from gk_hooks.gate.proxy.masking import masked_result
from gk_hooks.gate.proxy.replies import refusal

UNINSPECTED = frozenset({"initialize", "server/discover", "ping", "tools/list"})
"""Methods whose results are no content; definitions of tools are inspected when they are pinned."""

MOST_TOLD = 3


class Reply(NamedTuple):
    """The line for the client, and what the audit log says of it: ok, error or withheld, and what was found."""

    line: bytes
    outcome: str
    found: dict[str, object]


def reply(session: Session, request: Request, message: Message) -> Reply:
    """What the client gets: the server's own bytes, unless something in them must not pass."""
    key = "result" if "result" in message.body else "error"
    value = message.body[key]
    result = value if key == "result" and isinstance(value, dict) else {}
    found, withheld = inspected(session, value) if request.call.method not in UNINSPECTED else ({}, "")
    verdict = Verdict(Effect.DENY, "responses", withheld) if withheld else _denied_question(session, result)
    if verdict is not None:
        request.verdict = verdict
        found = {**found, "rule": verdict.rule, "reason": verdict.reason}
        return Reply(refusal(request, as_error=session.denial_as_error), "withheld", found)
    less = filtered(request.call.method, result, session) if result and request.call.method in LISTS else value
    less = masked_result(session.tasks.origin(request), less)
    if result.get("resultType") == "input_required":
        session.retries.asked(request, result)
    elif "task" in result or "taskId" in result:
        session.tasks.started(request, result)
    line = message.raw if less is value else jsonrpc.dump({**message.body, key: less})
    return Reply(line, "ok" if key == "result" and result.get("isError") is not True else "error", found)


def inspected(session: Session, sent: Any, what: str = "result") -> tuple[dict[str, object], str]:
    """What the threat scanner finds in what was sent, for the audit log, and why it is withheld: "" when it is not."""
    limit = session.policy.responses
    if limit is None:
        return {}, ""
    try:
        hits = session.view.scan(sent)
    except Exception as error:  # a scanner of somebody else's
        failed = session.failed(f"the threat scanner failed on a {what}: {type(error).__name__}: {error}")
        return {}, failed.reason if failed.effect is Effect.DENY else ""
    score = sum(hit.weight for hit in hits)
    if score < limit.min_threat_score:
        return {}, ""
    threats = [f"{hit.threat}: {hit.label} in {hit.field}" for hit in hits]
    why = f"the {what} was withheld: {'; '.join(threats[:MOST_TOLD])}" if limit.effect is Effect.DENY else ""
    return {"score": score, "threats": threats}, why


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
