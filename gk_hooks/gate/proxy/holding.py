"""Calls that wait for a human: in a thread of their own, so that nothing else waits with them.

The question goes to the state, for ``gk mcp approve``, and to the client, when it can show one: as a request of its
own before 2026-07-28, as an ``input_required`` result since then. The first answer counts.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import Any

from gk_hooks.errors import GkError
from gk_hooks.gate import jsonrpc
from gk_hooks.gate.approvals import Approval, Approvals, State, answer, told
from gk_hooks.gate.jsonrpc import Message
from gk_hooks.gate.model import Effect
from gk_hooks.gate.proxy.enforcement import Session
from gk_hooks.gate.proxy.flight import Request
from gk_hooks.gate.proxy.outbox import Outbox
from gk_hooks.gate.proxy.replies import CAPABILITIES_KEY, RETRY_KEYS

MOST_HELD = 64
"""Calls that may wait at a time; one more is denied."""

POLL = 0.2
LONGEST_QUESTION = 8000
"""Characters of a question that a client is given. A longer one is shown in the terminal alone, where it is whole."""

KEY = "gk-approval"
BY_CLIENT = "the client's user"
_WORDS = {State.EXPIRED: "nobody approved it in time", State.DENIED: "it was not approved"}


@dataclass(slots=True)
class _Hold:
    """A call that waits: its line as it came, and what ends the wait early."""

    request: Request
    message: Message
    approval: Approval
    woken: threading.Event = field(default_factory=threading.Event)
    shown: bool = False


class Holding:
    """Holds calls until they are approved, denied, cancelled or too old."""

    def __init__(self, session: Session, approvals: Approvals, *, ask_client: bool = True, where: str = "") -> None:
        """ask_client: also ask the client's user, where the client can show a form.

        where: the option by which ``gk mcp approve`` finds the state, for the operator to copy.
        """
        self._where = where
        self._session, self._approvals, self._ask_client = session, approvals, ask_client
        self._held: dict[str, _Hold] = {}
        self._client_shows_forms = False

    def initialized(self, message: Message) -> None:
        """Takes note of what the client can do, from its ``initialize``."""
        self._client_shows_forms = _shows_forms(message.params.get("capabilities"))

    def hold(self, request: Request, message: Message, out: Outbox) -> None:
        """Asks about *request*, which is under way from now on as far as its sender can tell."""
        session = self._session
        try:
            if self._crowded():
                raise GkError(f"{MOST_HELD} calls wait for an approval already")
            held = _Hold(request, message, self._approvals.ask(request.call, request.verdict))
        except GkError as error:
            self._deny(request, f"no approval can be asked for: {error}", out)
            return
        request.held = True
        self._held[held.approval.id] = held
        out.record({**session.fields(request), "forwarded": False, "approval": held.approval.id})
        what, short = request.call.name or request.call.method, held.approval.id[:8]
        session.note(f"a call of {what!r} waits: gk mcp approve {self._where} {short}")
        if request.modern and self._may_ask(held, _shows_forms(_capabilities(message))):
            session.asked.pop(request.id)  # answered for now: its sender comes back with another request
            out.to_client(jsonrpc.result(request.id, _input_required(held.approval)))
            return
        if not request.modern and self._may_ask(held, self._client_shows_forms):
            out.to_client(_request(f"{KEY}-{held.approval.id}", "elicitation/create", _question(held.approval)))
            held.shown = True
        threading.Thread(target=self._wait, args=(held,), name="approval", daemon=True).start()

    def answered(self, message: Message) -> bool:
        """Takes the client's answer to a question of ours; False for an answer to anything else."""
        own, _, identifier = str(message.id).rpartition("-")
        held = self._held.get(identifier) if own == KEY else None
        if held is not None:
            held.shown = False
            self._answer(held, message.body.get("result"))
            held.woken.set()
        return own == KEY

    def resumed(self, request: Request, message: Message, out: Outbox) -> bool:
        """Goes on with a call whose question was answered by sending it again; False for any other call."""
        held = self._held.get(str(message.params.get("requestState"))) if request.modern else None
        if held is None:
            return False
        answers = message.params.get("inputResponses")
        self._answer(held, answers.get(KEY) if isinstance(answers, dict) else None)
        restored = _restored(message, held.message)
        request.call, request.verdict = replace(request.call, params=restored.params), held.request.verdict
        self._settled(_Hold(request, restored, held.approval), out)
        return True

    def stop(self) -> None:
        """Takes every question back."""
        for held in list(self._held.values()):
            held.request.cancelled = True
            held.woken.set()
            self._forget(held)

    def _answer(self, held: _Hold, result: Any) -> None:
        content = result.get("content") if isinstance(result, dict) and result.get("action") == "accept" else None
        approve = isinstance(content, dict) and content.get("approve") is True
        try:
            answer(self._session.store, held.approval, approve=approve, by=BY_CLIENT)
        except GkError as error:
            self._session.note(f"an answer to an approval could not be kept: {error}")

    def _wait(self, held: _Hold) -> None:
        request = held.request
        while not request.cancelled:
            held.woken.wait(POLL)
            held.woken.clear()
            try:
                if request.cancelled or self._approvals.unanswered(held.approval):
                    continue
            except GkError as error:
                self._session.note(str(error))
            break
        out = Outbox(self._session)
        if held.shown:
            gone = {"requestId": f"{KEY}-{held.approval.id}", "reason": "it was answered elsewhere, or withdrawn"}
            out.to_client(_notification("notifications/cancelled", gone))
        if request.cancelled:
            self._forget(held)
        else:
            self._settled(held, out)
        out.send()

    def _settled(self, held: _Hold, out: Outbox) -> None:
        """Forwards the call if it was approved, and denies it if not."""
        session, request = self._session, held.request
        try:
            approval = self._approvals.settle(held.approval)
        except GkError as error:
            approval = replace(held.approval, state=State.DENIED, note=str(error))
        self._forget(held)
        answered: dict[str, object] = {"approval": approval.id, "answer": str(approval.state), "by": approval.by}
        out.record({**answered, "note": approval.note} if approval.note else answered)
        if not self._approvals.allows(approval, request.call):
            why = _WORDS.get(approval.state, "what was approved is something else")
            self._deny(request, f"{why}: {approval.note}" if approval.note else why, out)
            return
        now = session.verdict(request.call)  # the token may have expired, or a budget been spent
        if now.effect is Effect.DENY:
            request.verdict = now
        if now.effect is Effect.DENY or not session.reserve(request):
            self._deny(request, "", out)
            return
        request.held = False
        out.forward(request, held.message, approval=approval.id)

    def _deny(self, request: Request, why: str, out: Outbox) -> None:
        if why:
            request.verdict = replace(request.verdict, effect=Effect.DENY, reason=f"{request.verdict.reason}; {why}")
        self._session.withdraw(request)
        out.refuse(request)

    def _may_ask(self, held: _Hold, shows_forms: bool) -> bool:
        return self._ask_client and shows_forms and len(told(held.approval)) <= LONGEST_QUESTION

    def _crowded(self) -> bool:
        now = self._session.view.clock()
        for held in list(self._held.values()):
            if held.approval.expires < now:
                self._forget(held)  # its sender has never come back
        return len(self._held) >= MOST_HELD

    def _forget(self, held: _Hold) -> None:
        self._held.pop(held.approval.id, None)
        try:
            self._approvals.withdraw(held.approval)
        except GkError as error:
            self._session.note(str(error))


def _capabilities(message: Message) -> Any:
    meta = message.params.get("_meta")
    return meta.get(CAPABILITIES_KEY) if isinstance(meta, dict) else None


def _shows_forms(capabilities: Any) -> bool:
    """Whether a client with these capabilities can put a form before its user: ``elicitation`` alone means it can."""
    elicitation = capabilities.get("elicitation") if isinstance(capabilities, dict) else None
    return isinstance(elicitation, dict) and (not elicitation or "form" in elicitation)


def _question(approval: Approval) -> dict[str, Any]:
    """The params of an ``elicitation/create`` request."""
    choice = {"type": "boolean", "title": "Approve this call", "description": "Once, and exactly as it is shown."}
    schema = {"type": "object", "properties": {"approve": choice}, "required": ["approve"]}
    return {"mode": "form", "message": told(approval), "requestedSchema": schema}


def _input_required(approval: Approval) -> dict[str, Any]:
    asked = {KEY: {"method": "elicitation/create", "params": _question(approval)}}
    return {"resultType": "input_required", "inputRequests": asked, "requestState": approval.id}


def _restored(retry: Message, original: Message) -> Message:
    """The call as it was first sent, under the id and with the ``_meta`` of the retry."""
    params = {key: value for key, value in retry.params.items() if key not in RETRY_KEYS}
    params |= {key: original.params[key] for key in RETRY_KEYS if key in original.params}
    body = {**retry.body, "params": params}
    return retry._replace(body=body, raw=jsonrpc.dump(body))


def _request(identifier: str, method: str, params: dict[str, Any]) -> bytes:
    return jsonrpc.dump({"jsonrpc": "2.0", "id": identifier, "method": method, "params": params})


def _notification(method: str, params: dict[str, Any]) -> bytes:
    return jsonrpc.dump({"jsonrpc": "2.0", "method": method, "params": params})
