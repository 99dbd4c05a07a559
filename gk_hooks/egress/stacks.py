"""Python stacks, told by the hook in the program before it makes a call, and joined with the call by its thread."""

from __future__ import annotations

import contextlib
import os
from typing import NamedTuple

from gk_hooks.egress.channel import HOOK, MODE, VARIABLE, private_folder

Frames = list[tuple[str, int, str]]
"""(file, line, function), outermost first."""
MOST_WAITING = 4096
EVENTS = {
    "connect": ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr",
                "socket.getnameinfo"),
    "sendto": ("socket.sendto", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr",
               "socket.getnameinfo"),
    "sendmsg": ("socket.sendmsg",),
    "sendmmsg": ("socket.getaddrinfo",),
    "bind": ("socket.bind",),
    "socket": ("socket.__new__",),
    "listen": ("socket.bind",),
}  # fmt: skip
"""Operation → the audit events that announce it."""


class Record(NamedTuple):
    """What a thread is about to do."""

    event: str
    stack: Frames


class Stacks:
    """Reads what the hook tells through a named pipe in a folder of its own."""

    def __init__(self) -> None:
        self.folder = private_folder()
        pipe = os.path.join(self.folder, "stacks")
        os.mkfifo(pipe, 0o622)
        os.chmod(pipe, 0o622)
        os.chmod(self.folder, 0o711)
        # for reading and writing, so that the pipe never ends while nobody has it open
        self._pipe = os.open(pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._rest = b""
        self._waiting: dict[int, Record] = {}

    def environment(self, environment: dict[str, str]) -> dict[str, str]:
        """*environment* with which a Python program loads the hook."""
        path = os.pathsep.join(filter(None, (HOOK, environment.get("PYTHONPATH", ""))))
        return {**environment, "PYTHONPATH": path, VARIABLE: self.folder, MODE: "stacks"}

    def take(self, tid: int, op: str) -> Record | None:
        """What the thread *tid* said that it would do, if that is *op*."""
        self._read()
        record = self._waiting.pop(tid, None)
        return record if record and record.event in EVENTS.get(op, ()) else None

    def close(self) -> None:
        """Removes the pipe."""
        os.close(self._pipe)
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(self.folder, "stacks"))
            os.rmdir(self.folder)

    def _read(self) -> None:
        try:
            data = os.read(self._pipe, 1 << 16)
        except BlockingIOError:
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._rest = self._rest[-4096:]
        for line in lines:
            try:
                tid, event, *parts = line.decode("utf-8", "backslashreplace").split("\x1f")
                frames = [part.split("\x1e") for part in parts[-32:]]
                record = Record(event, [(file, int(number), name) for name, number, file in frames])
                self._waiting.pop(int(tid), None)
                self._waiting[int(tid)] = record
            except ValueError:
                continue
        while len(self._waiting) > MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
