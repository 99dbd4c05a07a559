"""Progress of a long scan on standard error: on a terminal only, and only when somebody has begun to wait."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

DELAY = 1.0
INTERVAL = 0.1
SETTLED = 2.0
"""After this many seconds the pace says something about the rest."""


class Progress:
    """``scanned 1,234 of 5,000 files, about 0:12 left``, on one line that is gone at the end.

    with Progress(total) as progress:
        progress.advance()
    """

    def __init__(self, total: int, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.total = total
        self.done = 0
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._started = clock()
        self._next = self._started + DELAY
        self._shown = 0

    def advance(self, files: int = 1) -> None:
        """Counts *files* more and shows the new number when it is time to."""
        self.done += files
        now = self._clock()
        if now < self._next or not _is_terminal(self._stream):
            return
        self._next = now + INTERVAL
        line = f"scanned {self.done:,} of {self.total:,} files{self._left(now - self._started)}"
        self._draw(line)
        self._shown = len(line)

    def _left(self, elapsed: float) -> str:
        """How long the rest takes if it goes on like this; files differ, so never to the second."""
        if not 0 < self.done < self.total or elapsed < SETTLED:
            return ""
        seconds = max(round(elapsed * (self.total - self.done) / self.done), 1)
        return f", about {seconds // 60}:{seconds % 60:02} left"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._draw("")
            self._shown = 0

    def _draw(self, line: str) -> None:
        try:
            self._stream.write(f"\r{line:<{self._shown}}" + ("" if line else "\r"))
            self._stream.flush()
        except OSError:
            self._next = float("inf")  # nobody reads it any more


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False
