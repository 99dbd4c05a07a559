"""What comes from the client: every request and notification is decided, and only what may pass is sent on."""

from __future__ import annotations

from gk_hooks.gate import jsonrpc
from gk_hooks.gate.jsonrpc import Kind, Malformed, Message
from gk_hooks.gate.methods import call_of
from gk_hooks.gate.model import Direction, Effect, Verdict
from gk_hooks.gate.proxy.enforcement import Session
from gk_hooks.gate.proxy.flight import Request
from gk_hooks.gate.proxy.framing import Line, TooLong
from gk_hooks.gate.proxy.holding import Holding
from gk_hooks.gate.proxy.notifications import decided_notification
from gk_hooks.gate.proxy.outbox import Outbox
from gk_hooks.gate.proxy.replies import gone, is_modern
from gk_hooks.gate.proxy.results import inspected
from gk_hooks.gate.rescue import rescued_id


class ClientSide:
    """Handles the client's lines, in their order, in one thread."""

    def __init__(self, session: Session, holding: Holding) -> None:
        self._session, self._holding = session, holding

    def burst(self, lines: list[Line]) -> None:
        """Handles what arrived at once."""
        out = Outbox(self._session)
        for line in lines:
            try:
                self._line(line, out)
            except Exception as error:  # a defect of ours costs this message, not the session, and lets nothing pass
                self._session.note(f"a message was not forwarded: {type(error).__name__}: {error}")
                out.to_client(jsonrpc.error(_id_of(line), jsonrpc.INTERNAL_ERROR, "gk failed on a message"))
        out.send()

    def _line(self, line: Line, out: Outbox) -> None:
        if isinstance(line, TooLong):
            text = f"a message of {line.size} bytes is longer than the gate takes"
            self._malformed(Malformed(jsonrpc.INVALID_REQUEST, text, line.id), out)
            return
        if line.isspace():
            return
        message = jsonrpc.parse(line)
        if isinstance(message, Malformed):
            self._malformed(message, out)
        elif message.kind is Kind.RESPONSE:
            self._answer(message, out)
        elif message.kind is Kind.NOTIFICATION:
            self._notification(message, out)
        else:
            self._request(message, out)

    def _malformed(self, bad: Malformed, out: Outbox) -> None:
        out.record({"principal": self._session.principal.id, "to": "server", "malformed": bad.text, "id": bad.id})
        if bad.answer:
            out.to_client(jsonrpc.error(bad.id, bad.code, f"gk refused a message: {bad.text}"))

    def _request(self, message: Message, out: Outbox) -> None:
        session = self._session
        call, begun = session.retries.claim(call_of(Direction.TO_SERVER, message.body))
        request = Request(call, session.verdict(call), is_modern(call.params))
        if message.method == "initialize":
            self._holding.initialized(message)
        if session.to_server.broken:
            out.to_client(gone(request.id, "the server has ended"))
        elif not session.asked.add(request):
            out.to_client(jsonrpc.error(message.id, jsonrpc.INVALID_REQUEST, "gk refused a message: its id is in use"))
        else:
            try:
                if not self._holding.resumed(request, message, out):
                    self._decided(request, message, out, begun)
            except Exception:
                session.withdraw(request)
                raise

    def _decided(self, request: Request, message: Message, out: Outbox, begun: Verdict | None) -> None:
        session, verdict = self._session, request.verdict
        if verdict.effect is Effect.REQUIRE_APPROVAL and not _was_approved(verdict, begun):
            self._holding.hold(request, message, out)
        elif verdict.effect is Effect.DENY or not session.reserve(request):
            session.withdraw(request)
            out.refuse(request)
        else:
            out.forward(request, message)

    def _notification(self, message: Message, out: Outbox) -> None:
        session = self._session
        request = decided_notification(session, call_of(Direction.TO_SERVER, message.body))
        if request.verdict.effect.stops:
            out.refuse(request)
            return
        if message.method == "notifications/cancelled":
            cancelled = session.asked.cancel(message.params.get("requestId"))
            if cancelled is not None and cancelled.held:
                return  # the server has never heard of it
        out.notify(request, message)

    def _answer(self, message: Message, out: Outbox) -> None:
        session = self._session
        if self._holding.answered(message):
            return
        request = session.asked_back.pop(message.id)
        if request is None:
            session.note(f"dropped an answer of the client that nobody asked for (id {message.id!r:.60})")
            return
        found, withheld = inspected(session, message.body.get("result"))
        outcome = "withheld" if withheld else "ok" if "result" in message.body else "error"
        refused = jsonrpc.error(request.id, jsonrpc.DENIED, f"gk denied this: {withheld}") if withheld else b""
        out.to_server(refused or message.raw)
        session.outcome(request, outcome, **found)


def _id_of(line: Line) -> jsonrpc.Id | None:
    return line.id if isinstance(line, TooLong) else rescued_id(line)


def _was_approved(verdict: Verdict, begun: Verdict | None) -> bool:
    """Whether a call that goes on was approved at its beginning, and nothing in its answers wants another look."""
    new = any(hit.field.startswith("inputResponses") for hit in verdict.hits)
    return begun is not None and begun.rule == verdict.rule and not new
