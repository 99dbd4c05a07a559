"""What is under way: the requests that one side has sent and the other has not answered yet."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from gk_hooks.gate.jsonrpc import Id
from gk_hooks.gate.model import Call, Verdict
from gk_hooks.gate.rescue import valid_id

LASTING = frozenset({"subscriptions/listen"})
"""Requests that are answered when they are cancelled and not before: nothing waits for them."""

MOST_CANCELLED = 1000
"""Cancelled requests that are remembered, for the answer that some receivers send all the same."""


@dataclass(slots=True)
class Request:
    """A request under way. seq: its record in the audit log. modern: asked in the stateless era of the protocol.

    held: waits for a human and was not forwarded. cancelled: set when its sender no longer wants an answer.
    """

    call: Call
    verdict: Verdict
    modern: bool = False
    seq: int | None = None
    reservation: str | None = None
    held: bool = False
    cancelled: bool = False

    @property
    def id(self) -> Id:
        """Its id."""
        assert self.call.id is not None
        return self.call.id


class Flight:
    """The requests of one direction by their id. The ids of strings and of numbers are different ids."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Id, Request] = {}
        self._lasting = 0
        self._cancelled: OrderedDict[Id, Request] = OrderedDict()
        self.on_empty: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        """How many somebody waits for."""
        return len(self._waiting) - self._lasting

    def add(self, request: Request) -> bool:
        """Takes *request* in; False when its id is in use."""
        with self._lock:
            if request.id in self._waiting or request.id in self._cancelled:
                return False
            self._waiting[request.id] = request
            self._lasting += request.call.method in LASTING
            return True

    def get(self, identifier: Id) -> Request | None:
        """The request with that id that still waits."""
        return self._waiting.get(identifier)

    def pop(self, identifier: Id | None) -> Request | None:
        """Takes the request out, since its answer is here; None when nobody asked."""
        if identifier is None:
            return None
        with self._lock:
            request = self._take(identifier)
            empty = request is not None and not len(self)
            if request is None:
                request = self._cancelled.pop(identifier, None)
        if empty:
            self.on_empty()
        return request

    def cancel(self, identifier: object) -> Request | None:
        """Nobody waits for that answer any more. It is still known for what it is, should it come."""
        if not valid_id(identifier):
            return None
        with self._lock:
            request = self._take(identifier)
            if request is None:
                return None
            self._cancelled[identifier] = request
            if len(self._cancelled) > MOST_CANCELLED:
                self._cancelled.popitem(last=False)
            empty = not len(self)
            request.cancelled = True
        if empty:
            self.on_empty()
        return request

    def drain(self) -> list[Request]:
        """Takes out all that still wait."""
        with self._lock:
            waiting = list(self._waiting.values())
            self._waiting.clear()
            self._lasting = 0
        return waiting

    def _take(self, identifier: Id) -> Request | None:
        request = self._waiting.pop(identifier, None)
        if request is not None:
            self._lasting -= request.call.method in LASTING
        return request
