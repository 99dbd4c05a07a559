"""The supervisor's loop: receives calls, answers them, follows the processes, and passes signals on."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import select
import signal
import struct
import time
from collections.abc import Callable

from gk_hooks.egress.calls import Judge
from gk_hooks.egress.desk import Call, Go, Later
from gk_hooks.egress.events import FAULT, ORPHAN
from gk_hooks.egress.kernel import failed, libc
from gk_hooks.egress.syscalls import Arch
from gk_hooks.egress.witness import Witness

RECEIVE, SEND, STILL_WANTED, SET_FLAGS = 0xC0502100, 0xC0182101, 0x40082102, 0x40082104
CONTINUE = 1
SYNC_WAKE_UP = 1
NOTIFICATION = struct.Struct("=QIIiIQ6Q")
RESPONSE = struct.Struct("=QqiI")
FORWARDED = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGCONT")
SENT_BY_A_PROCESS = 0
"""si_code of a signal that a process sent is at most this; the terminal's own reach the command without us."""


class Supervisor:
    """Serves one gated command until it and everything that it started have ended."""

    def __init__(
        self, pid: int, listener: int, judge: Judge, witness: Witness, poll: select.poll, linger: float
    ) -> None:
        self.pid, self.linger = pid, linger
        self._judge, self._witness = judge, witness
        self._arch: Arch = judge.arch
        self._by_number = {number: name for name, number in self._arch.numbers.items()}
        self._by_compat_number = {number: name for name, number in self._arch.compat.items()}
        self._listener = listener
        self._poll, self._resolver = poll, judge.resolver
        self._buffer = bytearray(NOTIFICATION.size)
        self._signals = _signal_fd()
        self.status: int | None = None
        self.faults = 0
        self.orphans: set[int] = set()
        with contextlib.suppress(OSError):  # before Linux 6.6
            fcntl.ioctl(listener, SET_FLAGS, SYNC_WAKE_UP)

    def serve(self) -> int:
        """Runs to the end; returns the command's exit code, negative when a signal ended it."""
        poll = self._poll
        for fd in (self._listener, self._signals):
            poll.register(fd, select.POLLIN)
        unused, ended = False, 0.0
        while True:
            for fd, happened in poll.poll(None if self.status is None else 50):
                if fd == self._listener and happened & select.POLLIN:
                    self._receive()
                elif fd == self._listener:
                    unused = True
                    poll.unregister(fd)
                elif fd == self._signals:
                    self._signal()
                else:
                    self._resolver.answer(fd)
            left = self._reap()
            if self.status is None:
                continue
            ended = ended or time.monotonic()
            if not left and (unused or time.monotonic() - ended > self.linger):
                break
            if time.monotonic() - ended > self.linger:
                self._end_orphans()
        self._resolver.close()
        os.close(self._listener)
        os.close(self._signals)
        return os.waitstatus_to_exitcode(self.status)

    def _receive(self) -> None:
        buffer = self._buffer
        buffer[:] = bytes(len(buffer))
        try:
            fcntl.ioctl(self._listener, RECEIVE, buffer)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):
                return
            raise
        key, tid, _, number, audit, _, *arguments = NOTIFICATION.unpack(buffer)
        native = audit == self._arch.audit
        name = (self._by_number if native else self._by_compat_number).get(number, f"call {number:#x}")
        if native and self._arch.foreign_from and number >= self._arch.foreign_from:
            native = False
        call = Call(tid, name, native, tuple(arguments), self._replier(key), lambda: self._wanted(key))
        try:
            verdict = self._judge.decide(call)
        except ProcessLookupError:
            verdict = errno.EACCES  # nobody waits any more
        except Exception as error:  # whatever it is, the call must not go on
            verdict = self._fault(call, error)
        if isinstance(verdict, Later):
            return
        if isinstance(verdict, Go):
            self._reply(key, 0, 0, CONTINUE)
        else:
            self._reply(key, 0, -verdict, 0)

    def _fault(self, call: Call, error: Exception) -> int:
        number = getattr(error, "errno", None)
        if number in (errno.EBADF, errno.ENOTSOCK):
            return int(number)  # the program's own mistake
        self.faults += 1
        self._witness.event(FAULT, call.name, call.tid, reason=f"{type(error).__name__}: {error}; refused")
        return errno.EACCES

    def _replier(self, key: int) -> Callable[[tuple[int, int]], bool]:
        return lambda result: self._reply(key, result[0], -result[1], 0)

    def _reply(self, key: int, value: int, error: int, flags: int) -> bool:
        try:
            fcntl.ioctl(self._listener, SEND, RESPONSE.pack(key, 0 if error else value, error, flags))
        except OSError:
            return False  # the process has gone
        return True

    def _wanted(self, key: int) -> bool:
        try:
            fcntl.ioctl(self._listener, STILL_WANTED, struct.pack("=Q", key))
        except OSError:
            return False
        return True

    def _signal(self) -> None:
        data = os.read(self._signals, 128)
        number, _, code = struct.unpack_from("=Iii", data)
        if number != signal.SIGCHLD and code <= SENT_BY_A_PROCESS and self.status is None:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    def _reap(self) -> bool:
        """Collects what has ended; whether anything is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.pid:
                self.status = status

    def _end_orphans(self) -> None:
        for pid in self._witness.tree.members():
            if pid not in self.orphans:
                self.orphans.add(pid)
                self._witness.event(ORPHAN, "exit", pid, reason="outlived the command and was ended")
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def signals() -> set[int]:
    """The signals that the command is to get, and the news of ended children."""
    return {getattr(signal, name) for name in FORWARDED} | {signal.SIGCHLD}


def _signal_fd() -> int:
    mask = (ctypes.c_ulong * 16)()
    mask[0] = sum(1 << number - 1 for number in signals())
    fd: int = libc.signalfd(-1, mask, os.O_CLOEXEC | os.O_NONBLOCK)
    if fd < 0:
        raise failed()
    return fd
