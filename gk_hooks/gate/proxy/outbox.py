"""What one burst of lines leads to: records first, then lines, one write for each direction."""

from __future__ import annotations

from dataclasses import dataclass

from gk_hooks.errors import GkError
from gk_hooks.gate.jsonrpc import Message
from gk_hooks.gate.model import Direction
from gk_hooks.gate.proxy.enforcement import Session
from gk_hooks.gate.proxy.flight import Request
from gk_hooks.gate.proxy.framing import Pipe
from gk_hooks.gate.proxy.masking import masked, masked_notification
from gk_hooks.gate.proxy.replies import gone, refusal


@dataclass(slots=True)
class _Step:
    """A line for somebody, and what is recorded before it leaves. request: it is that request being forwarded."""

    pipe: Pipe | None
    line: bytes
    fields: dict[str, object] | None = None
    request: Request | None = None


class Outbox:
    """Collects what is to be sent. Nothing that must be recorded leaves before its record is on the disk."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._steps: list[_Step] = []

    def to_client(self, line: bytes) -> None:
        """A line for the client."""
        self._steps.append(_Step(self._session.to_client, line))

    def to_server(self, line: bytes) -> None:
        """A line for the server."""
        self._steps.append(_Step(self._session.to_server, line))

    def forward(self, request: Request, message: Message, **more: object) -> None:
        """A request that is under way from now on: its intent is recorded, with *more*, then it leaves."""
        up = request.call.direction is Direction.TO_SERVER
        pipe = self._session.to_server if up else self._session.to_client
        self._session.masks.update(request.verdict.redactions)
        self._steps.append(_Step(pipe, masked(request, message), {**self._session.fields(request), **more}, request))

    def notify(self, notification: Request, message: Message, **found: object) -> None:
        """A notification that may pass; recorded if it is not part of the protocol, or with what was *found* in it."""
        session = self._session
        up = notification.call.direction is Direction.TO_SERVER
        line = masked(notification, message) if up else masked_notification(notification, message, session.masks)
        unrecorded = notification.verdict.rule == "__protocol__" and not found
        fields = None if unrecorded else {**session.fields(notification), **found, "forwarded": True}
        self._steps.append(_Step(session.to_server if up else session.to_client, line, fields))

    def refuse(self, request: Request, **found: object) -> None:
        """The answer to a request or notification that is not forwarded, recorded as a decision."""
        pipe, line = self._refusal(request)
        self._steps.append(_Step(pipe, line, {**self._session.fields(request), **found, "forwarded": False}))

    def record(self, fields: dict[str, object]) -> None:
        """A record alone."""
        self._steps.append(_Step(None, b"", fields))

    def send(self) -> None:
        """Records and sends."""
        self._record([step for step in self._steps if step.fields is not None])
        lines: dict[Pipe, list[bytes]] = {}
        for step in self._steps:
            if step.pipe is not None:
                lines.setdefault(step.pipe, []).append(step.line)
        for pipe, some in lines.items():
            if not pipe.write(b"".join(some)) and pipe is self._session.to_server:
                self._unreachable()

    def _record(self, steps: list[_Step]) -> None:
        if not steps:
            return
        session = self._session
        try:
            numbers = session.log.burst([("intent" if each.request else "event", each.fields or {}) for each in steps])
        except GkError as error:
            verdict = session.failed(f"the audit log cannot be written: {error}")
            for step in steps:
                if step.request is not None and not session.fails_open:
                    step.request.verdict = verdict
                    session.withdraw(step.request)
                    step.pipe, step.line = self._refusal(step.request)
            return
        for step, number in zip(steps, numbers):
            if step.request is not None:
                step.request.seq = number

    def _refusal(self, request: Request) -> tuple[Pipe | None, bytes]:
        up = request.call.direction is Direction.TO_SERVER
        pipe = self._session.to_client if up else self._session.to_server
        if request.call.id is None:
            return None, b""  # a notification gets no answer
        return pipe, refusal(request, as_error=self._session.denial_as_error)

    def _unreachable(self) -> None:
        """The server reads no more: whoever waits for an answer to what was just sent gets one."""
        session = self._session
        for step in self._steps:
            request = step.request
            if request is not None and session.asked.pop(request.call.id) is request:
                session.to_client.write(gone(request.id, "the server no longer reads its input"))
