"""Calls made for the program: on a copy of its socket, with arguments that it cannot change any more."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import select
import socket
import struct
import threading
from collections.abc import Callable
from typing import NamedTuple

from gk_hooks.egress.kernel import libc

Result = tuple[int, int]
"""(value, error number): one of them is 0 or meaningless."""
MSG_DONTWAIT, MSG_NOSIGNAL = 0x40, 0x4000
SOL_SOCKET, SCM_RIGHTS, SCM_CREDENTIALS = 1, 1, 2
HARMLESS_CONTROL = {(17, 103), (0, 1), (0, 2), (41, 52), (41, 67), (1, 37), (1, 61)}
"""(level, type) of control messages that say how, not where: segment size, TTL, TOS, hop limit, time stamps."""
PKTINFO = {(0, 8): 0, (41, 50): 16}
"""Control messages that may name an interface, and where in them."""
LOOPBACK_INTERFACE = 1
QUICK = struct.pack("@qq", 0, 30_000)
"""A blocking call may hold up the supervisor for this long (a struct timeval); then a thread takes over."""


class Message(NamedTuple):
    """A message as sendmsg(2) sends it, with descriptors of ours."""

    name: bytes
    payload: bytes
    control: bytes = b""


class Control(NamedTuple):
    """Control messages, read: what may pass, the descriptors in it, and why the call is refused, if it is."""

    rights: list[int]
    passed: list[tuple[int, int, bytes]]
    refused: str


def read_control(data: bytes) -> Control:
    """Sorts the control messages in *data*."""
    rights: list[int] = []
    passed: list[tuple[int, int, bytes]] = []
    place = 0
    while place + 16 <= len(data):
        size, level, kind = struct.unpack_from("=Qii", data, place)
        if size < 16 or place + size > len(data):
            return Control(rights, passed, "control message that cannot be read")
        value = data[place + 16 : place + size]
        if (level, kind) == (SOL_SOCKET, SCM_RIGHTS):
            rights += struct.unpack(f"={len(value) // 4}i", value[: len(value) // 4 * 4])
        elif (level, kind) in PKTINFO:
            interface = struct.unpack_from("=I", value.ljust(20, b"\0"), PKTINFO[level, kind])[0]
            if interface not in (0, LOOPBACK_INTERFACE):
                return Control(rights, passed, f"names network interface {interface}")
            passed.append((level, kind, value))
        elif (level, kind) in HARMLESS_CONTROL:
            passed.append((level, kind, value))
        elif (level, kind) != (SOL_SOCKET, SCM_CREDENTIALS):
            return Control(rights, passed, f"control message {level}/{kind} may choose another way")
        place += size + 7 & ~7
    return Control(rights, passed, "")


def write_control(rights: list[int], passed: list[tuple[int, int, bytes]]) -> bytes:
    """Control messages as sendmsg(2) wants them."""
    messages = list(passed)
    if rights:
        messages.append((SOL_SOCKET, SCM_RIGHTS, struct.pack(f"={len(rights)}i", *rights)))
    parts = (struct.pack("=Qii", 16 + len(value), level, kind) + value for level, kind, value in messages)
    return b"".join(part + bytes(-len(part) % 8) for part in parts)


def connect(handle: socket.socket, name: bytes) -> Callable[[], Result]:
    """connect(2) on *handle*."""
    return lambda: _result(libc.connect(handle.fileno(), name, len(name)))


def bind(handle: socket.socket, name: bytes) -> Callable[[], Result]:
    """bind(2) on *handle*."""
    return lambda: _result(libc.bind(handle.fileno(), name, len(name)))


def listen(handle: socket.socket, backlog: int) -> Callable[[], Result]:
    """listen(2) on *handle*."""
    return lambda: _result(libc.listen(handle.fileno(), backlog & 0x7FFFFFFF))


def send(handle: socket.socket, message: Message, flags: int) -> Callable[[], Result]:
    """sendmsg(2) on *handle*."""

    def call() -> Result:
        buffers = [
            ctypes.create_string_buffer(part, len(part)) for part in (message.name, message.payload, message.control)
        ]
        name, payload, control = (ctypes.addressof(buffer) if len(buffer) else 0 for buffer in buffers)
        vector = ctypes.create_string_buffer(struct.pack("=QQ", payload, len(message.payload)))
        header = struct.pack(
            "=QIxxxxQQQQi4x",
            *(name, len(message.name), ctypes.addressof(vector), 1, control, len(message.control), 0),
        )
        return _result(libc.sendmsg(handle.fileno(), header, flags | MSG_NOSIGNAL))

    return call


def _result(value: int) -> Result:
    return (value, 0) if value >= 0 else (0, ctypes.get_errno())


def perform(
    handle: socket.socket,
    call: Callable[[], Result],
    reply: Callable[[Result], bool],
    wanted: Callable[[], bool],
    dont_wait: bool = False,
) -> None:
    """Makes *call* and gives its result to *reply*; what blocks goes on in a thread, for as long as it is *wanted*."""
    waits = not dont_wait and not fcntl.fcntl(handle.fileno(), fcntl.F_GETFL) & os.O_NONBLOCK
    if not waits:
        reply(call())
        handle.close()
        return
    before = handle.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16)
    handle.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, QUICK)
    try:
        result = call()
    finally:
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, before)
    if result[1] in (errno.EINPROGRESS, errno.EAGAIN):
        arguments = (handle, call, reply, wanted, result[1])
        threading.Thread(target=_persist, args=arguments, daemon=True, name="blocked call").start()
        return
    reply(result)
    handle.close()


def _persist(
    handle: socket.socket,
    call: Callable[[], Result],
    reply: Callable[[Result], bool],
    wanted: Callable[[], bool],
    error: int,
) -> None:
    result: Result = (0, error)
    poll = select.poll()
    poll.register(handle.fileno(), select.POLLOUT)
    while wanted():
        ready = poll.poll(100)
        if error == errno.EINPROGRESS:
            if ready:
                result = (0, handle.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
                break
            continue
        if not ready:
            continue
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, QUICK)
        result = call()
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, bytes(16))
        if result[1] != errno.EAGAIN:
            break
    reply(result)
    handle.close()
