"""Levels of assurance: what each one proves and what it does not, and finding the best by really trying."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from gk_hooks.errors import GkError

if TYPE_CHECKING:
    from gk_hooks.egress.descriptors import Inherited
    from gk_hooks.egress.launch import Gated
    from gk_hooks.egress.seccomp import Shape

NETNS, STRICT, SECCOMP, AUDIT = "kernel-netns", "kernel-seccomp-strict", "kernel-seccomp", "python-audit"
LEVELS = (NETNS, STRICT, SECCOMP, AUDIT)
"""Best first."""
TRIED = (NETNS, SECCOMP, AUDIT)
"""What is tried when nobody asks for more: the strict level refuses harmless programs as well."""

PLAIN, OF_USERS, LANDLOCK = "namespace", "user namespace", "landlock"
"""What closes a command in beside the filter."""

WATCHED = (
    "every process that the command starts, in any language, static binaries included",
    "TCP, UDP, DNS with the names asked for, MPTCP",
    "raw, packet, VSOCK and other socket families; io_uring; 32-bit calls; setns; keys that the host would look up",
    "typing into the terminal",
    "listening on all interfaces",
    "UNIX sockets outside the command, and sockets that it would inherit",
)
FILES = "files and named pipes that other programs read, now or later (cron, shell profiles, services)"
PROCESSES = "processes of the same user outside the command, through their files in /proc"
ROOT = "what root can have done by files and devices of this machine: the command runs as root"
ONE_RUN = "code that this run did not reach: another input or configuration may behave differently"


class Assurance(NamedTuple):
    """What a level stands for."""

    enforced_by: str
    race_free: bool
    covers: tuple[str, ...]
    not_covered: tuple[str, ...]


ASSURANCE = {
    NETNS: Assurance(
        "Linux: a network namespace with loopback only; a seccomp supervisor sees and records every attempt",
        True,
        WATCHED,
        (
            "services of this machine on loopback cannot be reached, and are not what the command would meet without "
            "the gate",
            "a UNIX socket that another program makes while the command runs, if the command races against the check",
            FILES,
            ONE_RUN,
        ),
    ),
    STRICT: Assurance(
        "Linux: a seccomp supervisor that makes every permitted call itself; datagram sockets are refused",
        True,
        WATCHED,
        (
            "names asked for and destinations of datagrams: their sockets cannot be made at all",
            FILES,
            ONE_RUN,
        ),
    ),
    SECCOMP: Assurance(
        "Linux: a seccomp supervisor that makes every permitted call itself",
        False,
        WATCHED,
        (
            "a race that exchanges one socket for another while it is bound can make a datagram socket receive from "
            "outside; it cannot send",
            FILES,
            ONE_RUN,
        ),
    ),
    AUDIT: Assurance(
        "Python audit hooks inside the program itself",
        False,
        ("what Python code does through Python's own socket module",),
        (
            "programs that are not Python, and Python started with -I, -E or -S",
            "native code: extension modules, ctypes",
            "a program that takes the hook's environment away from its children",
            "UNIX sockets, inherited sockets",
            FILES,
            ONE_RUN,
        ),
    ),
}


def not_covered(level: str, how: Sequence[str]) -> tuple[str, ...]:
    """What *level* leaves open here. how: what closes the command in beside the filter."""
    found = list(ASSURANCE[level].not_covered)
    if level != AUDIT:
        found += [] if OF_USERS in how or LANDLOCK in how else [PROCESSES]
        found += [ROOT] if os.geteuid() == 0 else []
    return tuple(found)


class Chosen(NamedTuple):
    """The level that holds. refusals: why each better one does not. gated: the waiting process (kernel levels)."""

    level: str
    refusals: dict[str, str]
    gated: Gated | None = None
    shape: Shape | None = None

    @property
    def fallback_reason(self) -> str:
        """Why it is not a better level."""
        return "; ".join(f"{level}: {why}" for level, why in self.refusals.items())


def candidates(require: str | None, level: str | None) -> tuple[str, ...]:
    """What to try, best first. require: at least this one. level: this one alone."""
    if level is not None:
        return (level,)
    if require is None:
        return TRIED
    enough = LEVELS[: LEVELS.index(require) + 1]
    return tuple(one for one in enough if one in TRIED or one == require)


def choose(
    wanted: Sequence[str], command: Sequence[str], environment: dict[str, str], inherited: Sequence[Inherited]
) -> Chosen:
    """Tries *wanted* in turn; raises GkError when none of them can be had."""
    refusals: dict[str, str] = {}
    for level in wanted:
        if level == AUDIT:
            return Chosen(level, refusals)
        if sys.platform != "linux":
            refusals[level] = "this is not Linux"
            continue
        found = _try(level, command, environment, inherited)
        if isinstance(found, str):
            refusals[level] = found
            continue
        return Chosen(level, refusals, *found)
    reasons = "; ".join(f"{level}: {why}" for level, why in refusals.items())
    raise GkError(f"the level that was required cannot be had here, so nothing was run ({reasons})")


def _try(
    level: str, command: Sequence[str], environment: dict[str, str], inherited: Sequence[Inherited]
) -> tuple[Gated, Shape] | str:
    """The waiting process, or why the level cannot be had."""
    from gk_hooks.egress import kernel, launch
    from gk_hooks.egress.seccomp import Shape

    if kernel.ARCH is None:
        return f"system calls of {os.uname().machine} are not known"
    shape = Shape(namespace=level == NETNS, datagrams=level != STRICT)
    try:
        gated = launch.prepare(shape, command, environment, inherited)
    except launch.Unavailable as error:
        return str(error)
    problem = _cannot_supervise(gated)
    if problem:
        launch.abandon(gated)
        return problem
    return gated, shape


def _cannot_supervise(gated: Gated) -> str:
    """Why the waiting process cannot be supervised; "" when it can: its memory and its descriptors are at hand."""
    from gk_hooks.egress import kernel

    # the child is a fork: what we have at an address, it has there too
    if kernel.Memory().read(gated.pid, ctypes.addressof(kernel.MARK), len(kernel.MARK)) != kernel.MARK.raw:
        return "the memory of the command cannot be read (process_vm_readv)"
    try:
        handle = kernel.syscall("pidfd_open", gated.pid, 0)
        try:
            os.close(kernel.get_fd(handle, gated.status_write))
        finally:
            os.close(handle)
    except OSError as error:
        return f"descriptors of the command cannot be copied (pidfd_getfd): {error.strerror}"
    from gk_hooks.egress.process import Tree
    from gk_hooks.egress.sockets import Sockets

    sockets = Sockets(Tree(), True, os.dup(gated.diagnosis) if gated.diagnosis >= 0 else -1)
    try:
        return "" if sockets.works() else "the kernel does not tell whose sockets are whose (sock_diag)"
    finally:
        sockets.close()
