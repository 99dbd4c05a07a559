"""What both directions of a session share: the policy and its state, the records, and what is under way."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from gk_hooks.errors import GkError
from gk_hooks.gate.approvals import canonical
from gk_hooks.gate.engine import View, decide
from gk_hooks.gate.model import Call, Direction, Effect, FailMode, Principal, Verdict
from gk_hooks.gate.pins import Pins
from gk_hooks.gate.policy.model import Policy
from gk_hooks.gate.proxy.flight import Flight, Request
from gk_hooks.gate.proxy.framing import Pipe
from gk_hooks.gate.proxy.retries import Retries
from gk_hooks.gate.proxy.tasks import Tasks
from gk_hooks.gate.state import Store

Note = Callable[[str], None]
"""Tells the operator something, in one line on standard error."""


class Log(Protocol):
    """The part of the audit log that the proxy uses; see gate/audit."""

    def burst(self, records: Sequence[tuple[str, Mapping[str, object]]]) -> list[int]:
        """Records intents and events, as (kind, fields); returns once the intents are on the disk."""
        ...

    def outcome_later(self, of: int, fields: Mapping[str, object]) -> None:
        """Records what became of an intent, some time soon."""
        ...

    def digest(self, content: bytes) -> str:
        """A keyed digest."""
        ...


@dataclass(slots=True)
class Session:
    """One client and one server, and the policy between them. denial_as_error: answer denials with JSON-RPC errors."""

    policy: Policy
    principal: Principal
    view: View
    store: Store
    log: Log
    note: Note
    tasks: Tasks = field(default_factory=Tasks)
    denial_as_error: bool = False
    pins: Pins | None = None
    to_client: Pipe = field(init=False)
    to_server: Pipe = field(init=False)
    asked: Flight = field(default_factory=Flight)
    """Requests of the client."""
    asked_back: Flight = field(default_factory=Flight)
    """Requests of the server."""
    client_gone: threading.Event = field(default_factory=threading.Event)
    retries: Retries = field(default_factory=Retries)
    masks: set[str] = field(default_factory=set)
    """The fields that rules have masked in what was forwarded so far."""
    said: str = ""
    """The last failure that was noted; the same again is not."""

    @property
    def fails_open(self) -> bool:
        """Whether a call goes through when the gate itself cannot work."""
        return self.view.fail is FailMode.OPEN

    def verdict(self, call: Call) -> Verdict:
        """The decision on *call*."""
        verdict = decide(call, self.principal, self.policy, self.view)
        if verdict.rule == "__engine_failure__":
            self.note(verdict.reason)
        if self.pins is not None and call.method == "tools/call" and verdict.effect is not Effect.DENY:
            return self._pinned(call, verdict, self.pins)
        return verdict

    def _pinned(self, call: Call, verdict: Verdict, pins: Pins) -> Verdict:
        try:
            why = pins.denial(call.name)
        except GkError as error:
            return self.failed(str(error))
        return Verdict(Effect.DENY, "__pin__", why) if why else verdict

    def admitted(self, tools: list[Any]) -> list[Any]:
        """The tools of a list whose definitions are pinned; of each that is held now, operator and log are told."""
        if self.pins is None:
            return tools
        try:
            kept, lines = self.pins.admit(tools)
            if lines:
                self.log.burst([("event", {"effect": "deny", "rule": "__pin__", "reason": line}) for line in lines])
        except GkError as error:
            return [] if self.failed(str(error)).effect is Effect.DENY else tools
        for line in lines:
            self.note(line)
        return kept

    def failed(self, why: str) -> Verdict:
        """The verdict of the fail mode, when state, log or scanner cannot be used."""
        if why != self.said:
            self.said = why
            self.note(f"{why} (fail {self.view.fail})")
        return Verdict(Effect.ALLOW if self.fails_open else Effect.DENY, "__fail__", why)

    def reserve(self, request: Request) -> bool:
        """Books what the call costs. False when it was spent in the meantime; the verdict then says so."""
        if not request.verdict.charges:
            return True
        try:
            for _ in range(2):
                request.reservation = self.store.reserve(request.verdict.charges)
                if request.reservation is not None:
                    return True
                request.verdict = self.verdict(request.call)
                if request.verdict.effect.stops or not request.verdict.charges:
                    return not request.verdict.effect.stops
        except GkError as error:
            request.verdict = self.failed(str(error))
            return not request.verdict.effect.stops
        request.verdict = Verdict(Effect.DENY, request.verdict.rule, "the budget is being spent by somebody else")
        return False

    def withdraw(self, request: Request) -> None:
        """Takes a request back that will not be forwarded after all, with what it had booked."""
        flight = self.asked if request.call.direction is Direction.TO_SERVER else self.asked_back
        flight.pop(request.call.id)
        if request.reservation is not None:
            with contextlib.suppress(GkError):
                self.store.release(request.reservation)
            request.reservation = None

    def fields(self, request: Request) -> dict[str, object]:
        """What the audit log says of a decision."""
        call, verdict = request.call, request.verdict
        said: dict[str, object] = {
            "principal": self.principal.id,
            "to": str(call.direction),
            "method": call.method,
            "name": call.name,
            "id": call.id,
            "effect": str(verdict.effect),
            "rule": verdict.rule,
            "reason": verdict.reason,
            "args": self.log.digest(canonical(call.arguments)),
        }
        if verdict.obligations:
            said["obligations"] = dict(verdict.obligations)
        if verdict.hits:
            said["score"] = verdict.score
            said["threats"] = [f"{hit.threat}: {hit.label} in {hit.field}" for hit in verdict.hits]
        return said

    def outcome(self, request: Request, how: str, **more: object) -> None:
        """Records what became of a forwarded request. The answer has gone out; nothing waits for this."""
        if request.seq is not None:
            self.log.outcome_later(request.seq, {"outcome": how, **more})
