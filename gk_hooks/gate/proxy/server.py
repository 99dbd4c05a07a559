"""The MCP server as a child process that is never left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from gk_hooks.errors import GkError
from gk_hooks.gate.proxy.framing import Pipe, widen

POLL = 0.02
KILL_AFTER = 1.0
"""Seconds between asking to end and ending by force. A client that stops us waits two seconds before it kills."""


class Server:
    """A running server: its input as a Pipe, its output as a descriptor. Its standard error is ours."""

    def __init__(self, command: Sequence[str]) -> None:
        """Starts *command*. Raises GkError when it cannot be started."""
        program = shutil.which(command[0]) or command[0]  # on Windows npx is npx.cmd
        try:
            self._process = subprocess.Popen(
                [program, *command[1:]], bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **_own_group()
            )
        except (OSError, ValueError) as error:
            raise GkError(f"cannot start the server {command[0]!r}: {error}") from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.output = self._process.stdout.fileno()
        self.input = Pipe(os.dup(self._process.stdin.fileno()))
        self._process.stdin.close()
        for descriptor in (self.output, self.input.descriptor):
            widen(descriptor)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def wait(self, seconds: float, hurry: Callable[[], bool] = lambda: False) -> bool:
        """Whether the server ends within *seconds*, or before *hurry*. What it started stays until stop()."""
        until = time.monotonic() + seconds
        while not self._ended():
            if time.monotonic() >= until or hurry():
                return False
            time.sleep(POLL)
        return True

    def stop(self, grace: float = 0.0, hurry: Callable[[], bool] = lambda: False) -> int:
        """Closes its input, waits *grace* seconds (or until *hurry*), ends it and all that it started.

        Returns its exit code.
        """
        self.input.close()
        self.wait(grace, hurry)
        self._end(force=False)
        if not self.wait(KILL_AFTER):
            self._end(force=True)
        code = self._process.wait()
        self._end(force=True)
        return code

    def _ended(self) -> bool:
        if sys.platform == "win32":
            return self._process.poll() is not None
        with contextlib.suppress(ChildProcessError):
            # not reaped yet: as long as the leader is there, its group's number cannot be somebody else's
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        return True

    def _end(self, *, force: bool) -> None:
        if sys.platform == "win32":
            if self._process.poll() is None:
                tree = ["taskkill", "/T", "/F", "/PID", str(self.pid)]
                with contextlib.suppress(OSError):
                    subprocess.run(tree, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
                self._process.terminate()
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL if force else signal.SIGTERM)


def _own_group() -> dict[str, Any]:
    """A process group of its own: what the server starts can be ended with it, and a Ctrl-C reaches us alone."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"process_group": 0, "preexec_fn": _dies_with_us()}


def _dies_with_us() -> Callable[[], None] | None:
    """On Linux, makes the kernel end the server when this process is killed without a chance to do it itself."""
    if sys.platform != "linux":
        return None
    import ctypes

    set_death_signal, ours = ctypes.CDLL(None).prctl, os.getpid()

    def before_exec() -> None:
        set_death_signal(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != ours:
            os._exit(1)

    return before_exec
