"""Lines from and to file descriptors: the framing of MCP's stdio transport, with a bound on what is kept in memory."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import NamedTuple

from gk_hooks.gate.jsonrpc import Id
from gk_hooks.gate.rescue import Skimmer

READ = 1 << 16
"""Bytes at a time. More would be memory that the system has to map and unmap for each read."""

PIPE = 1 << 20
STUCK = 0.2
"""Seconds after which a write under way is taken for one that nobody reads."""

LONGEST_LINE = 32 << 20
"""Bytes in one message. A longer one is read to its end, not kept, and answered with an error."""


class TooLong(NamedTuple):
    """A line that was not kept: how long it was, and the id of the request in it when that could be told."""

    size: int
    id: Id | None


Line = bytes | TooLong


def bursts(descriptor: int, limit: int = LONGEST_LINE) -> Iterator[list[Line]]:
    """What arrived until the other side paused, as whole lines with their line feed. Ends at the end of input."""
    pieces: list[bytes] = []
    size = 0
    skimmer: Skimmer | None = None
    while chunk := _read(descriptor):
        *whole, rest = chunk.split(b"\n")
        lines: list[Line] = []
        for end in whole:
            size += len(end)
            if skimmer is None and size <= limit:
                pieces += (end, b"\n")
                lines.append(b"".join(pieces))
            else:
                skimmer = _skim(skimmer, pieces, end)
                lines.append(TooLong(size, skimmer.id()))
            pieces, size, skimmer = [], 0, None
        if rest:
            size += len(rest)
            pieces.append(rest)
            if size > limit:
                skimmer = _skim(skimmer, pieces[:-1], rest)
                pieces = []
        if lines:
            yield lines
    if skimmer is not None:
        yield [TooLong(size, skimmer.id())]
    elif pieces:
        yield [b"".join(pieces) + b"\n"]


def _skim(skimmer: Skimmer | None, kept: list[bytes], piece: bytes) -> Skimmer:
    if skimmer is None:
        skimmer = Skimmer()
        for earlier in kept:
            skimmer.feed(earlier)
    skimmer.feed(piece)
    return skimmer


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, READ)
    except OSError:
        return b""  # closed under us, or a terminal that has gone: the end of input


class Pipe:
    """The sending end of one direction. Whole lines, one writer at a time."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._lock = threading.Lock()
        self.broken = False

    def write(self, data: bytes) -> bool:
        """Writes all of *data*; False when nobody reads the other end any more."""
        with self._lock:
            rest = memoryview(data)
            while rest and not self.broken:
                try:
                    rest = rest[os.write(self.descriptor, rest) :]
                except OSError:
                    self.broken = True
            return not self.broken

    def close(self) -> None:
        """Tells the other end that nothing follows; leaves that to its death when a write to it has got stuck."""
        if not self._lock.acquire(timeout=STUCK):
            return
        try:
            if not self.broken:
                self.broken = True
                os.close(self.descriptor)
        except OSError:
            pass
        finally:
            self._lock.release()


def widen(descriptor: int) -> None:
    """Asks for a larger pipe buffer where the system has such a thing, so that long messages need fewer switches."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE)
