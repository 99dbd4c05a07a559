"""What the command inherits: files, pipes and terminals pass; sockets and kernel objects do not."""

from __future__ import annotations

import os
import select
import socket
import stat
import threading
from typing import NamedTuple

TUNNEL = os.makedev(10, 200)
"""/dev/net/tun: a character device that is a network."""


class Inherited(NamedTuple):
    """A descriptor that must not pass. instead: what stands at its place, -1 for nothing."""

    fd: int
    what: str
    address: str
    protocol: str
    blocked: bool
    instead: int


def inspect() -> list[Inherited]:
    """Every inheritable descriptor of this process that the command must not get, standard streams among them."""
    found = []
    for name in sorted(os.listdir("/proc/self/fd"), key=int):
        fd = int(name)
        try:
            mode = os.fstat(fd)
            if not os.get_inheritable(fd):
                continue
        except OSError:
            continue
        if stat.S_ISSOCK(mode.st_mode):
            found.append(_socket(fd))
        elif not _harmless(mode):
            target = os.readlink(f"/proc/self/fd/{fd}")
            found.append(Inherited(fd, target, "", "", False, _null() if fd < 3 else -1))
    return found


def _harmless(mode: os.stat_result) -> bool:
    kind = mode.st_mode
    if stat.S_ISCHR(kind):
        return mode.st_rdev != TUNNEL
    return stat.S_ISREG(kind) or stat.S_ISDIR(kind) or stat.S_ISFIFO(kind) or stat.S_ISBLK(kind)


def _null() -> int:
    return os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)


def _socket(fd: int) -> Inherited:
    handle = socket.socket(fileno=os.dup(fd))
    try:
        name, peer = _names(handle)
        local = handle.family == socket.AF_UNIX
        protocol = "unix" if local else {1: "tcp", 2: "udp"}.get(handle.type, "raw")
        anonymous = local and not peer and not name
        if fd < 3 and anonymous and handle.type == socket.SOCK_STREAM:
            # a pair of nameless sockets is how some programs make pipes: pass the bytes on, not the socket
            return Inherited(fd, "socket pair", "", protocol, False, _relay(fd))
        return Inherited(fd, "socket", _shown(peer or name), protocol, not anonymous, _null() if fd < 3 else -1)
    finally:
        handle.close()


def _names(handle: socket.socket) -> tuple[object, object]:
    names: list[object] = []
    for ask in (handle.getsockname, handle.getpeername):
        try:
            names.append(ask())
        except OSError:
            names.append("")
    return names[0], names[1]


def _shown(name: object) -> str:
    if isinstance(name, tuple):
        return f"{name[0]}:{name[1]}" if len(name) == 2 else f"[{name[0]}]:{name[1]}"
    text = os.fsdecode(name) if isinstance(name, bytes) else str(name)
    return "@" + text[1:] if text.startswith("\0") else text


def _relay(fd: int) -> int:
    """A pipe whose bytes a thread carries from (standard input) or to the socket *fd*."""
    read, write = os.pipe()
    source, sink = (fd, write) if fd == 0 else (read, fd)
    threading.Thread(target=_carry, args=(source, sink), daemon=fd == 0, name=f"relay {fd}").start()
    return read if fd == 0 else write


def _carry(source: int, sink: int) -> None:
    waiting = select.poll()
    waiting.register(sink, 0)
    try:
        while data := os.read(source, 1 << 16):
            view = memoryview(data)
            while view:
                view = view[os.write(sink, view) :]
    except OSError:
        pass
    for end in (source, sink):
        if end > 2:
            os.close(end)
