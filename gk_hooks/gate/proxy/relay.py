"""Runs a session: a thread for each direction, and an end that leaves nobody waiting and nothing running."""

from __future__ import annotations

import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from types import FrameType
from typing import Any

from gk_hooks.gate.proxy.client_side import ClientSide
from gk_hooks.gate.proxy.enforcement import Session
from gk_hooks.gate.proxy.framing import Line, Pipe, bursts, widen
from gk_hooks.gate.proxy.holding import Holding
from gk_hooks.gate.proxy.replies import gone
from gk_hooks.gate.proxy.server import Server
from gk_hooks.gate.proxy.server_side import ServerSide

GRACE = 2.0
"""Seconds that a server has to end by itself once its input is closed."""

HASTE = 0.3
"""The same after a signal: who sent it kills us two seconds later."""

LOOK = 0.2
"""Seconds after which a signal is noticed at the latest."""

DRAIN = 60.0
"""Seconds that a server has to answer what is under way when the client has closed its side."""


class Event(Enum):
    """What can end a session."""

    CLIENT_ENDED = "the client closed its side"
    SERVER_ENDED = "the server ended"
    CLIENT_LOST = "the client reads no more"
    IDLE = "nothing is under way"
    LATE = "what is under way takes too long"
    SIGNAL = "a signal"


class Relay:
    """One session between this process's standard input and output and a server."""

    def __init__(self, session: Session, holding: Holding, command: Sequence[str], *, drain: float = DRAIN) -> None:
        """Starts the server. Raises GkError when that fails."""
        self._session = session
        self._drain = drain
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._signal = 0
        self._server = Server(command)
        _binary_standard_streams()
        session.to_client, session.to_server = Pipe(1), self._server.input
        session.asked.on_empty = self._idle
        self._holding = holding
        self._client_side, self._server_side = ClientSide(session, holding), ServerSide(session)

    def run(self) -> int:
        """Relays until one side ends. Returns 0, the signal + 128, or 3 when the server ended too early."""
        with _signals(self._on_signal):
            self._start(0, self._client_side.burst, Event.CLIENT_ENDED)
            server_reader = self._start(self._server.output, self._server_side.burst, Event.SERVER_ENDED)
            event = self._next()
            if event is Event.CLIENT_ENDED:
                event = self._drained()
            return self._finish(event, server_reader)

    def _finish(self, event: Event, server_reader: threading.Thread) -> int:
        self._holding.stop()
        code = self._server.stop(
            GRACE if event in (Event.IDLE, Event.SERVER_ENDED) else 0.0, lambda: bool(self._signal)
        )
        server_reader.join(HASTE if self._signal else GRACE)
        why = f"the server has ended with {_exit_words(code)}"
        lost = self._last_answers(why)
        if self._signal:
            return 128 + self._signal
        if event is Event.SERVER_ENDED and (lost or code):
            self._session.note(f"{why}; {lost} requests were under way")
            return 3
        return 0

    def _last_answers(self, why: str) -> int:
        """Answers what is under way, without waiting for a client that reads nothing. Returns how many those were."""
        lost = len(self._session.asked)
        last = threading.Thread(target=self._server_side.ended, args=(why,), daemon=True)
        last.start()
        last.join(HASTE if self._signal else GRACE)
        return lost

    def _drained(self) -> Event:
        """The client sends nothing more: what is under way is still answered, then the server's input ends."""
        self._session.client_gone.set()
        for question in self._session.asked_back.drain():
            self._session.to_server.write(gone(question.id, "the client has closed its side"))
        until = time.monotonic() + self._drain
        if not len(self._session.asked):
            self._session.to_server.close()
            return Event.IDLE
        event = self._next(until - time.monotonic())
        self._session.to_server.close()
        return event

    def _idle(self) -> None:
        if self._session.client_gone.is_set():
            self._events.put(Event.IDLE)

    def _next(self, seconds: float | None = None) -> Event:
        """The next event; LATE when none comes in time.

        Waits in short steps: on Windows a signal ends no wait, and elsewhere one that comes just before it does not.
        """
        until = None if seconds is None else time.monotonic() + seconds
        while True:
            left = None if until is None else max(0.0, until - time.monotonic())
            step = LOOK if left is None else min(LOOK, left)
            try:
                return self._events.get(timeout=step)
            except queue.Empty:
                if until is not None and time.monotonic() >= until:
                    return Event.LATE

    def _start(self, descriptor: int, handle: Callable[[list[Line]], None], end: Event) -> threading.Thread:
        widen(descriptor)

        def pump() -> None:
            try:
                for burst in bursts(descriptor):
                    handle(burst)
                    if self._session.to_client.broken:
                        self._events.put(Event.CLIENT_LOST)
            finally:
                self._events.put(end)

        thread = threading.Thread(target=pump, name=end.value, daemon=True)
        thread.start()
        return thread

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._signal = number
        self._events.put(Event.SIGNAL)


@contextmanager
def _signals(handler: Callable[[int, FrameType | None], Any]) -> Iterator[None]:
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    before = {each: signal.signal(each, handler) for name in names if (each := getattr(signal, name, None))}
    try:
        yield
    finally:
        for each, earlier in before.items():
            signal.signal(each, earlier)


def _exit_words(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


def _binary_standard_streams() -> None:
    """Windows translates line ends in standard streams unless it is told not to."""
    if sys.platform == "win32":
        import msvcrt
        import os

        for descriptor in (0, 1):
            msvcrt.setmode(descriptor, os.O_BINARY)
