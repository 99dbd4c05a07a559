"""Starting the command behind the gate: everything between fork and exec, and the talk with the supervisor."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple, NoReturn

from gk_hooks.egress import kernel, landlock, netns, seccomp
from gk_hooks.egress.channel import VARIABLE
from gk_hooks.egress.descriptors import Inherited
from gk_hooks.egress.levels import LANDLOCK, OF_USERS
from gk_hooks.egress.resolver import POOL

NETLINK_SOCK_DIAG = 4
PATIENCE = 10.0
"""Seconds that setting up may take before the level counts as not available."""


class Unavailable(Exception):
    """This level cannot be had here; the text says why."""


class Gated(NamedTuple):
    """A process that stands behind the gate and waits for the word to execute its command.

    All numbers but *pid* are descriptors of ours. how: what closes it in beside the filter: netns.enter, landlock.
    """

    pid: int
    listener: int
    names: tuple[int, ...]
    diagnosis: int
    how: tuple[str, ...]
    status_read: int
    status_write: int
    go_read: int
    go_write: int


def prepare(
    shape: seccomp.Shape, command: Sequence[str], environment: Mapping[str, str], inherited: Sequence[Inherited]
) -> Gated:
    """Forks, closes the gate around the child, and returns when it stands. Raises Unavailable."""
    status_read, status_write = os.pipe()
    go_read, go_write = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = kernel.fork_sharing_files(signal.SIGCHLD)
    if pid == 0:
        _child(shape, command, environment, inherited, status_write, go_read)
    words = _answer(status_read, pid).split()
    if not words or words[0] != "ready":
        for fd in (status_read, status_write, go_read, go_write):
            os.close(fd)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
        raise Unavailable(" ".join(words[1:]) or "the process that was to be gated ended")
    listener, diagnosis, *names = map(int, words[2:])
    how = tuple(part.replace("-", " ") for part in words[1].split(",") if part)
    return Gated(pid, listener, tuple(names), diagnosis, how, status_read, status_write, go_read, go_write)


def release(gated: Gated) -> str:
    """Gives the word. Returns "" when the command runs, else why it could not be started."""
    os.write(gated.go_write, b"g")
    own = _answer(gated.status_read, gated.pid)
    for fd in (gated.status_write, gated.go_read, gated.go_write):
        os.close(fd)
    if own != "own":
        return own or "the process ended"
    problem = b""
    while chunk := os.read(gated.status_read, 4096):
        problem += chunk
    os.close(gated.status_read)
    return problem.decode("utf-8", "replace").strip()


def abandon(gated: Gated) -> None:
    """Ends a waiting process that is not wanted after all."""
    os.kill(gated.pid, signal.SIGKILL)
    os.waitpid(gated.pid, 0)
    for fd in (gated.listener, *gated.names, gated.diagnosis, *gated[5:]):
        if fd >= 0:
            os.close(fd)


def _answer(fd: int, pid: int) -> str:
    """One line from the child; "" when it ends or says nothing for too long."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    waited, line = 0.0, b""
    while not line.endswith(b"\n"):
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        if poll.poll(0 if ended else 50):
            line += os.read(fd, 1)
            continue
        waited += 0.05
        if ended:
            break
        if waited >= PATIENCE:
            os.kill(pid, signal.SIGKILL)
    return line.decode("utf-8", "replace").strip()


def _child(
    shape: seccomp.Shape,
    command: Sequence[str],
    environment: Mapping[str, str],
    inherited: Sequence[Inherited],
    status: int,
    go: int,
) -> NoReturn:
    stage = "prctl"
    try:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        stage = "network namespace"
        how = [netns.enter()] if shape.namespace else []
        stage = "resolver"
        names = _resolver_pool()
        diagnosis = _diagnosis()
        stage = "capabilities"
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.drop_capabilities(netns.DROPPED)
        stage = "landlock"
        shape = shape._replace(alone=OF_USERS in how)
        if not shape.alone and landlock.confine():
            how.append(LANDLOCK)
        stage = "seccomp user notification"
        assert kernel.ARCH is not None
        listener = seccomp.install(kernel.ARCH, shape)
        numbers = [listener, diagnosis, *(name.detach() for name in names)]
        words = ("ready", f",{','.join(how)}".replace(" ", "-"), *map(str, numbers))
        os.write(status, f"{' '.join(words)}\n".encode())
        stage = "start"
        if os.read(go, 1) != b"g":
            os._exit(125)
        kernel.own_files()
        os.write(status, b"own\n")
        _execute(command, environment, inherited, status)
    except BaseException as error:
        os.write(status, f"error {stage}: {_explained(stage, error)}\n".encode())
    os._exit(125)


def _explained(stage: str, error: BaseException) -> str:
    number, words = getattr(error, "errno", 0), getattr(error, "strerror", "") or repr(error)
    if stage.startswith("seccomp") and number == errno.EBUSY:
        nested = "this is a gk egress inside another" if VARIABLE in os.environ else "another supervisor is there"
        return f"{words}: {nested}, and the kernel permits one"
    if stage == "network namespace" and number in (errno.ENOSPC, errno.EPERM, errno.EACCES):
        return f"{words}: the machine forbids user namespaces, or their user"
    return words


def _execute(
    command: Sequence[str], environment: Mapping[str, str], inherited: Sequence[Inherited], status: int
) -> None:
    for item in inherited:
        if item.instead >= 0:
            os.dup2(item.instead, item.fd, inheritable=True)
        else:
            os.close(item.fd)
    for name in ("SIGPIPE", "SIGXFSZ"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    try:
        os.execvpe(command[0], list(command), dict(environment))
    except OSError as error:
        os.write(status, (error.strerror or str(error)).encode())
    except ValueError as error:
        os.write(status, str(error).encode())
    os._exit(127)


def _resolver_pool() -> list[socket.socket]:
    """Sockets in the command's namespace for our resolver; it binds them when it knows where it is asked."""
    found = []
    for (family, kind), count in POOL.items():
        for _ in range(count):
            with contextlib.suppress(OSError):
                found.append(socket.socket(family, kind))
    return found


def _diagnosis() -> int:
    """A socket that can ask the kernel about the namespace's own UNIX sockets; -1 where there is none."""
    try:
        return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG).detach()
    except OSError:
        return -1
