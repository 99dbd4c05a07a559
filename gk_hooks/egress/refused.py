"""Calls that are refused as such: there is no way to make them that stays inside."""

from __future__ import annotations

import errno
from typing import NamedTuple

from gk_hooks.egress.events import BLOCKED
from gk_hooks.egress.syscalls import FAMILIES, TYPES, protocol_name
from gk_hooks.egress.witness import Witness


class Refusal(NamedTuple):
    """The error that a call gets, and what the log says."""

    error: int
    host: str
    reason: str


REFUSALS = {
    "io_uring_setup": Refusal(errno.ENOSYS, "io_uring", "io_uring sends without system calls that could be watched"),
    "setns": Refusal(errno.EPERM, "another namespace", "would leave the namespace"),
    "ioctl": Refusal(errno.EPERM, "the terminal", "would type what another program reads"),
    "request_key": Refusal(errno.EPERM, "the host's key service", "the host may resolve names to find a key"),
    "setsockopt": Refusal(errno.EPERM, "socket option", "would send loopback packets another way"),
    "pidfd_getfd": Refusal(errno.EPERM, "another process", "takes descriptors from other processes"),
    "socketpair": Refusal(errno.EPERM, "socketpair(datagram)", "datagram sockets are not permitted at this level"),
}
OUTSIDE = Refusal(errno.EPERM, "another process", "that process does not belong to the command")
FOREIGN = Refusal(errno.EACCES, "32-bit call", "networking through another system call table is refused")
PTRACE_REACHING_OUT = (16, 0x4206)
"""PTRACE_ATTACH and PTRACE_SEIZE name a process; other requests need one of them before."""


def refused_call(witness: Witness, name: str, native: bool, tid: int, arguments: tuple[int, ...]) -> int:
    """The error number for a call that is not about an address, 0 to let it pass; refusals are on record."""
    if not native:
        return _refuse(witness, name, tid, FOREIGN)
    if name == "socket":
        return _refuse_socket(witness, tid, arguments)
    if name in ("ptrace", "process_vm_writev", "pidfd_open"):
        if name == "ptrace" and arguments[0] not in PTRACE_REACHING_OUT:
            return 0
        target = arguments[1] if name == "ptrace" else arguments[0]
        return 0 if witness.tree.holds(target) else _refuse(witness, name, tid, OUTSIDE)
    return _refuse(witness, name, tid, REFUSALS.get(name, Refusal(errno.EPERM, name, "not permitted")))


def _refuse(witness: Witness, name: str, tid: int, refusal: Refusal) -> int:
    witness.event(BLOCKED, name, tid, host=refusal.host, reason=refusal.reason)
    return refusal.error


def _refuse_socket(witness: Witness, tid: int, arguments: tuple[int, ...]) -> int:
    family, kind, protocol = (word & 0xFFFFFFFF for word in arguments[:3])
    kind &= 0xF
    words = f"{FAMILIES.get(family, family)}, {TYPES.get(kind, kind)}, protocol {protocol}"
    spoken = protocol_name(family, kind, protocol)
    witness.event(
        *(BLOCKED, "socket", tid),
        host=f"socket({words})",
        reason="this kind of socket is not permitted",
        more=lambda: {"family": str(FAMILIES.get(family, family)), "protocol": spoken},
    )
    return errno.EPERM if family in (2, 10, 17) else errno.EAFNOSUPPORT
