"""The seccomp filter as data, and its installation. It allows, or asks the supervisor; it never decides by pointers."""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Iterator
from typing import NamedTuple

from gk_hooks.egress.kernel import syscall
from gk_hooks.egress.syscalls import Arch

ALLOW, ASK = 0x7FFF0000, 0x7FC00000
LOAD, JUMP, IF_EQUAL, IF_AT_LEAST, IF_SET, AND, RETURN = 0x20, 0x05, 0x15, 0x35, 0x45, 0x54, 0x06
NUMBER, ARCHITECTURE = 0, 4
MSG_FASTOPEN = 0x20000000

ASKED = ("connect", "sendmsg", "sendmmsg", "bind", "listen", "io_uring_setup", "setns")
"""Always for the supervisor."""
ASKED_UNLESS_ALONE = ("ptrace", "process_vm_writev", "pidfd_open", "pidfd_getfd")
"""Ways to make a process outside the tree act, which a user namespace of its own closes otherwise."""
STEERING_OPTIONS = {0: (4, 50), 1: (25, 62), 41: (2, 5, 6, 50, 57, 76)}
"""Socket options by level that send packets for a loopback address elsewhere: source routes, devices."""
TYPING = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX: put words on the terminal's input, which the user's shell would read."""


class Shape(NamedTuple):
    """What the filter must be like. namespace: the kernel confines the network already.

    datagrams: whether INET and UNIX datagram sockets may exist. alone: whether no process outside can be traced anyway.
    """

    namespace: bool = True
    datagrams: bool = True
    alone: bool = False


class Step(NamedTuple):
    """One instruction; *yes* and *no* are labels, "" falls through."""

    code: int
    value: int
    yes: str = ""
    no: str = ""
    label: str = ""


def argument(index: int, high: bool = False) -> int:
    """The offset of one half of a call's argument in struct seccomp_data (little-endian)."""
    return 16 + 8 * index + 4 * high


def steps(arch: Arch, shape: Shape) -> Iterator[Step]:
    """The filter's instructions, labels not yet resolved."""
    call = arch.numbers
    yield Step(LOAD, ARCHITECTURE)
    yield Step(IF_EQUAL, arch.audit, "native")
    yield Step(IF_EQUAL, arch.compat_audit, "", "ask")
    yield Step(LOAD, NUMBER)
    for number in arch.compat.values():
        yield Step(IF_EQUAL, number, "ask")
    yield Step(IF_EQUAL, arch.compat_ioctl, "ioctl")
    yield Step(RETURN, ALLOW)
    yield Step(LOAD, NUMBER, label="native")
    if arch.foreign_from:
        yield Step(IF_AT_LEAST, arch.foreign_from, "ask")
    for name in (*ASKED, *(() if shape.alone else ASKED_UNLESS_ALONE)):
        yield Step(IF_EQUAL, call[name], "ask")
    yield Step(IF_EQUAL, call["ioctl"], "ioctl")
    yield Step(IF_EQUAL, call["sendto"], "sendto")
    yield Step(IF_EQUAL, call["socket"], "socket")
    yield Step(IF_EQUAL, call["request_key"], "request_key")
    if not shape.namespace:
        yield Step(IF_EQUAL, call["setsockopt"], "setsockopt")
    if not shape.datagrams:
        yield Step(IF_EQUAL, call["socketpair"], "unix")
    yield Step(RETURN, ALLOW)
    yield from _ioctl()
    yield from _sendto()
    yield from _request_key()
    yield from _setsockopt()
    yield from _socket(shape)
    yield Step(RETURN, ALLOW, label="allow")
    yield Step(RETURN, ASK, label="ask")


def _ioctl() -> Iterator[Step]:
    yield Step(LOAD, argument(1), label="ioctl")
    for request in TYPING:
        yield Step(IF_EQUAL, request, "ask")
    yield Step(RETURN, ALLOW)


def _sendto() -> Iterator[Step]:
    yield Step(LOAD, argument(4), label="sendto")
    yield Step(IF_EQUAL, 0, "", "ask")
    yield Step(LOAD, argument(4, high=True))
    yield Step(IF_EQUAL, 0, "", "ask")
    yield Step(LOAD, argument(3))
    yield Step(IF_SET, MSG_FASTOPEN, "ask", "allow")


def _request_key() -> Iterator[Step]:
    # only with a call-out text does the kernel start a helper of the host, which may resolve names
    yield Step(LOAD, argument(2), label="request_key")
    yield Step(IF_EQUAL, 0, "", "ask")
    yield Step(LOAD, argument(2, high=True))
    yield Step(IF_EQUAL, 0, "allow", "ask")


def _setsockopt() -> Iterator[Step]:
    yield Step(LOAD, argument(1), label="setsockopt")
    for level in STEERING_OPTIONS:
        yield Step(IF_EQUAL, level, f"level {level}")
    yield Step(RETURN, ALLOW)
    for level, options in STEERING_OPTIONS.items():
        yield Step(LOAD, argument(2), label=f"level {level}")
        for option in options:
            yield Step(IF_EQUAL, option, "ask")
        yield Step(RETURN, ALLOW)


def _socket(shape: Shape) -> Iterator[Step]:
    yield Step(LOAD, argument(0), label="socket")
    yield Step(IF_EQUAL, 1, "allow" if shape.datagrams else "unix")
    yield Step(IF_EQUAL, 38, "allow")
    for family in (2, 10):
        yield Step(IF_EQUAL, family, "internet")
    yield Step(IF_EQUAL, 16, "netlink", "ask")
    yield Step(LOAD, argument(2), label="netlink")
    if shape.namespace:
        yield Step(RETURN, ALLOW)
    yield Step(IF_EQUAL, 0, "allow")
    yield Step(IF_EQUAL, 4, "allow", "ask")
    yield Step(LOAD, argument(1), label="unix")
    yield Step(AND, 0xF)
    yield Step(IF_EQUAL, 2, "ask", "allow")
    yield Step(LOAD, argument(1), label="internet")
    yield Step(AND, 0xF)
    yield Step(IF_EQUAL, 1, "protocol")
    yield Step(IF_EQUAL, 2, "protocol" if shape.datagrams else "ask", "ask")
    yield Step(LOAD, argument(2), label="protocol")
    for protocol in (0, 6, 17, 262):
        yield Step(IF_EQUAL, protocol, "allow")
    yield Step(RETURN, ASK)


def assemble(program: list[Step]) -> bytes:
    """*program* as struct sock_filter[]."""
    places = {step.label: index for index, step in enumerate(program) if step.label}

    def distance(label: str, index: int) -> int:
        return places[label] - index - 1 if label else 0

    return b"".join(
        struct.pack("=HBBI", step.code, distance(step.yes, index), distance(step.no, index), step.value)
        for index, step in enumerate(program)
    )


def install(arch: Arch, shape: Shape) -> int:
    """Puts this process, and whatever it starts, under the filter; returns the supervisor's descriptor.

    Raises OSError; EBUSY says that another supervisor is there already.
    """
    code = assemble(list(steps(arch, shape)))
    buffer = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(struct.pack("=HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer)))
    new_listener, wait_killable = 8, 32
    try:
        return syscall("seccomp", 1, new_listener | wait_killable, ctypes.addressof(program))
    except OSError as error:
        if error.errno != errno.EINVAL:  # before Linux 5.19
            raise
    return syscall("seccomp", 1, new_listener, ctypes.addressof(program))
