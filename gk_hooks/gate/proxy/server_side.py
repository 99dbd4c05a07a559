"""What comes from the server: answers are matched, filtered and inspected, and its own requests are decided."""

from __future__ import annotations

from gk_hooks.gate import jsonrpc
from gk_hooks.gate.jsonrpc import Kind, Malformed, Message
from gk_hooks.gate.methods import call_of
from gk_hooks.gate.model import Direction, Effect, Verdict
from gk_hooks.gate.proxy.enforcement import Session
from gk_hooks.gate.proxy.flight import Request
from gk_hooks.gate.proxy.framing import Line, TooLong
from gk_hooks.gate.proxy.notifications import decided_notification
from gk_hooks.gate.proxy.outbox import Outbox
from gk_hooks.gate.proxy.replies import gone
from gk_hooks.gate.proxy.results import Reply, inspected, reply


class ServerSide:
    """Handles the server's lines, in their order, in one thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def burst(self, lines: list[Line]) -> None:
        """Handles what arrived at once."""
        for line in lines:
            if isinstance(line, TooLong):
                self._malformed(Malformed(jsonrpc.INVALID_REQUEST, f"it is {line.size} bytes long", line.id))
            elif not line.isspace():
                self._line(line)

    def ended(self, why: str) -> None:
        """The server has gone: answers every request that it has left open."""
        open_requests = self._session.asked.drain()
        for request in open_requests:
            self._session.outcome(request, "lost", error=why)
        for request in open_requests:
            self._session.to_client.write(gone(request.id, why))

    def _line(self, line: bytes) -> None:
        message = jsonrpc.parse(line, trusted_text=True)
        if isinstance(message, Malformed):
            self._malformed(message)
        elif message.kind is Kind.RESPONSE:
            self._answer(message)
        else:
            self._asks(message)

    def _malformed(self, bad: Malformed) -> None:
        session = self._session
        session.note(f"dropped a line of the server that is no message: {bad.text}")
        request = session.asked.pop(bad.id)
        if request is not None:
            text = f"gk could not relay the server's answer: {bad.text}"
            session.to_client.write(jsonrpc.error(request.id, jsonrpc.INTERNAL_ERROR, text))
            session.outcome(request, "unreadable", error=bad.text)

    def _answer(self, message: Message) -> None:
        session = self._session
        request = session.asked.pop(message.id)
        if request is None:
            session.note(f"dropped an answer of the server that nobody asked for (id {message.id!r:.60})")
            return
        try:
            answer = reply(session, request, message)
        except Exception as error:  # a defect of ours costs this answer, not the session, and lets nothing pass
            session.note(f"an answer was not relayed: {type(error).__name__}: {error}")
            text = "gk failed on the server's answer"
            answer = Reply(jsonrpc.error(request.id, jsonrpc.INTERNAL_ERROR, text), "withheld", {"reason": text})
        session.to_client.write(answer.line)
        session.outcome(request, answer.outcome, bytes=len(message.raw), **answer.found)

    def _asks(self, message: Message) -> None:
        out = Outbox(self._session)
        call = call_of(Direction.TO_CLIENT, message.body)
        if message.kind is Kind.NOTIFICATION:
            try:
                self._notification(message, decided_notification(self._session, call), out)
            except Exception as error:  # a defect of ours costs this message, not the session, and lets nothing pass
                self._session.note(f"a notification was not relayed: {type(error).__name__}: {error}")
        else:
            self._request(message, Request(call, self._session.verdict(call)), out)
        out.send()

    def _notification(self, message: Message, notification: Request, out: Outbox) -> None:
        if notification.verdict.effect.stops:
            out.refuse(notification)
            return
        found, withheld = inspected(self._session, message.params, "notification")
        if withheld:
            notification.verdict = Verdict(Effect.DENY, "responses", withheld)
            out.refuse(notification, **found)
            return
        if message.method == "notifications/cancelled":
            self._session.asked_back.cancel(message.params.get("requestId"))
        out.notify(notification, message, **found)

    def _request(self, message: Message, request: Request, out: Outbox) -> None:
        session = self._session
        if request.verdict.effect is Effect.REQUIRE_APPROVAL:
            why = f"{request.verdict.reason}; what the server asks for cannot be held"
            request.verdict = Verdict(Effect.DENY, request.verdict.rule, why)
        if request.verdict.effect.stops:
            out.refuse(request)
        elif session.client_gone.is_set():
            out.to_server(gone(request.id, "the client has closed its side"))
        elif not session.asked_back.add(request):
            out.to_server(jsonrpc.error(message.id, jsonrpc.INVALID_REQUEST, "gk refused a message: its id is in use"))
        elif not session.reserve(request):
            session.withdraw(request)
            out.refuse(request)
        else:
            out.forward(request, message)
