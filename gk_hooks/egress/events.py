"""The log: one JSON line for each event, each line bound to the one before it; bounded, whatever the command does."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

BLOCKED, LOOPBACK, LOCAL, NOTED = "blocked", "allowed_loopback", "allowed_unix", "noted"
DNS, ORPHAN, FAULT = "dns_query", "killed_orphan", "supervisor_error"

FIRST = {BLOCKED: 50, LOOPBACK: 3, LOCAL: 3}
"""How many equal events are written out; the others are counted and end up in one line."""
FIRST_OF_OTHERS = 20
MOST_EVENTS = 4000
MOST_KEYS = 6000
MOST_DESTINATIONS = 1000
GENESIS = "0" * 64


class Log:
    """The events of one run. What is in memory counts; the file is compared with it at the end."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.lines: list[str] = []
        self.counts: Counter[str] = Counter()
        self.destinations: dict[str, int] = {}
        self.chain = GENESIS
        self._seen: Counter[tuple[Any, ...]] = Counter()
        self._written: Counter[tuple[Any, ...]] = Counter()
        self._file = _fresh(path)

    def wants(self, action: str, key: tuple[Any, ...], count: int = 1) -> bool:
        """Counts an event, and says whether its particulars are worth finding out: else it is only counted."""
        self.counts[action] += count
        if key not in self._seen and len(self._seen) >= MOST_KEYS:
            key = (action, key[1], "", "", "", "others")
        self._seen[key] += count
        if self._seen[key] > FIRST.get(action, FIRST_OF_OTHERS) or len(self.lines) >= MOST_EVENTS:
            return False
        self._written[key] += count
        return True

    def went_to(self, destination: str) -> None:
        """Remembers a destination that was blocked."""
        if destination in self.destinations or len(self.destinations) < MOST_DESTINATIONS:
            self.destinations[destination] = self.destinations.get(destination, 0) + 1

    def write(self, action: str, op: str, **particulars: Any) -> None:
        """Appends one line."""
        event = {
            "seq": len(self.lines) + 1,
            "ts": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "mono_ns": time.monotonic_ns(),
            "prev": self.chain,
            "action": action,
            "op": op,
            **{key: value for key, value in particulars.items() if value not in (None, "", [], ())},
        }
        line = json.dumps(event, ensure_ascii=True)
        self.chain = hashlib.sha256(line.encode()).hexdigest()
        self.lines.append(line)
        if self._file >= 0:
            try:
                os.write(self._file, line.encode() + b"\n")
            except OSError:
                self._drop()

    def finish(self) -> tuple[str, str]:
        """Writes the repetitions and compares the file with memory: (SHA-256 of the log, what is wrong or "")."""
        for key, count in self._seen.items():
            if count > self._written[key]:
                action, op, tid, host, port, *rest = key
                others = rest[-1:] == ["others"]
                self.write(
                    *(action, op),
                    repeated=count - self._written[key],
                    tid=tid,
                    host=host,
                    port=port,
                    reason="further events of other kinds, counted together" if others else "repetitions, counted",
                )
        self._drop()
        text = self.text()
        try:
            with open(self.path, "rb") as file:
                problem = "" if file.read(len(text) + 1) == text else "the log was changed while the command ran"
        except OSError:
            problem = "the log was removed while the command ran"
        return hashlib.sha256(text).hexdigest(), problem

    def text(self) -> bytes:
        """The whole log."""
        return "".join(line + "\n" for line in self.lines).encode()

    def _drop(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1


def _fresh(path: str) -> int:
    """A new file at *path*, whatever was there; -1 where none can be made."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
    return os.open(path, flags, 0o644)
