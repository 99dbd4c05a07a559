"""Whose socket is it? What the kernel's tables say about who listens at an address."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from gk_hooks.egress.process import Tree

NLMSG_ERROR, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, NLM_F_DUMP = 2, 20, 1, 0x300
SO_COOKIE = 57
MOST_KNOWN = 1 << 16
SHOW_NAME, SHOW_VFS = 1, 2
LOCAL_SOCKETS = struct.pack("=BBHIIIII", socket.AF_UNIX, 0, 0, 0xFFFFFFFF, 0, SHOW_NAME | SHOW_VFS, 0, 0)
TCP_LISTEN = 10


class Owner(StrEnum):
    """Who a socket belongs to."""

    TREE = "tree"
    OTHER = "other"
    NOBODY = "nobody"


class Found(NamedTuple):
    """A socket as the kernel lists it. cookie: its number for life, as SO_COOKIE tells it.

    name: of a UNIX socket, the abstract name or the path. file: (device, inode) of the file that it is bound to.
    """

    inode: int
    cookie: bytes
    name: bytes = b""
    file: tuple[int, int] = (0, 0)


class Sockets:
    """Asks who listens. namespace: everything in the tree's namespace belongs to the tree."""

    def __init__(self, tree: Tree, namespace: bool, diagnosis: int) -> None:
        self._tree, self._namespace = tree, namespace
        self._cookies: dict[bytes, None] = {}
        self._others: dict[bytes, None] = {}
        self._files: dict[tuple[int, int], None] = {}
        self._netlink = socket.socket(fileno=diagnosis) if diagnosis >= 0 else None
        if self._netlink is not None:
            self._netlink.settimeout(2)

    def seen(self, handle: socket.socket) -> None:
        """*handle* is a copy of a socket that a process of the tree has open. Once the tree's, always the tree's."""
        cookie = handle.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8)
        _remember(self._cookies, cookie)
        if handle.family == socket.AF_UNIX:
            for one in map(_entry, self._ask(LOCAL_SOCKETS)):
                if one.cookie == cookie and any(one.file):
                    _remember(self._files, one.file)

    def file_owner(self, file: os.stat_result) -> Owner:
        """Whose UNIX socket is bound to *file*: NOBODY's when it was the tree's and has ended."""
        identity = (os.makedev(os.major(file.st_dev), os.minor(file.st_dev)), file.st_ino & 0xFFFFFFFF)
        found = [one for one in self._local() if one.file == identity]
        if not found:
            # not listed can also mean: bound in another network namespace, as a container's docker.sock is
            return Owner.NOBODY if identity in self._files else Owner.OTHER
        owner = Owner.TREE if self._namespace else self._owner(found)
        if owner is Owner.TREE:
            _remember(self._files, identity)
        return owner

    def abstract_owner(self, name: bytes) -> Owner:
        """Whose UNIX socket has the abstract *name*. Abstract names are part of the network namespace."""
        if self._namespace:
            return Owner.TREE
        return self._owner([one for one in self._local() if one.name == name])

    def port_owner(self, table: str, address: bytes, port: int) -> Owner:
        """Who would receive what is sent to *address* (4 or 16 bytes) at *port*; table: "tcp" or "udp"."""
        exact, every = [], []
        for local, found in self._bound(table, port):
            if local == address:
                exact.append(found)
            elif not any(local) and len(local) >= len(address):
                every.append(found)
        return self._owner(exact or every)

    def _owner(self, found: list[Found]) -> Owner:
        if not found:
            return Owner.NOBODY
        unknown = [one for one in found if one.cookie not in self._cookies]
        if any(one.cookie in self._others for one in unknown):
            return Owner.OTHER
        # the quick list of a process's children can miss some while others end
        for members in (self._tree.members, self._tree.every_member):
            if unknown:
                held = self._open_in(members())
                unknown = [one for one in unknown if one.inode not in held]
        for one in unknown:
            _remember(self._others, one.cookie)
        return Owner.OTHER if unknown else Owner.TREE

    @staticmethod
    def _open_in(processes: Iterable[int]) -> set[int]:
        """The sockets that *processes* have open, without those of processes that cannot be looked into."""
        found = set()
        for pid in processes:
            try:
                for name in os.listdir(f"/proc/{pid}/fd"):
                    target = os.readlink(f"/proc/{pid}/fd/{name}")
                    if target.startswith("socket:["):
                        found.add(int(target[8:-1]))
            except OSError:
                continue
        return found

    def works(self) -> bool:
        """Whether the kernel answers: where it does not, nobody's socket could be told from the tree's."""
        try:
            list(self._ask(LOCAL_SOCKETS))
            list(self._bound("tcp", 1))
        except OSError:
            return False
        return self._netlink is not None

    def close(self) -> None:
        """Closes the socket that asks the kernel."""
        if self._netlink is not None:
            self._netlink.close()

    def _local(self) -> Iterator[Found]:
        """Every UNIX socket, where the command runs, to which something can be sent by its name."""
        for message in self._ask(LOCAL_SOCKETS):
            if message[1] == socket.SOCK_DGRAM or message[2] == TCP_LISTEN:
                yield _entry(message)

    def _bound(self, table: str, port: int) -> Iterator[tuple[bytes, Found]]:
        """(local address, socket) of each socket that receives at *port*; unspecified addresses keep their length."""
        protocol, states = (17, 0xFFFFFFFF) if table == "udp" else (6, 1 << TCP_LISTEN)
        for family, size in ((socket.AF_INET, 4), (socket.AF_INET6, 16)):
            request = struct.pack("=BBBxI", family, protocol, 0, states) + struct.pack("!HH44x", port, 0)
            for message in self._ask(request):
                if struct.unpack_from("!H", message, 4)[0] == port:
                    address = message[8 : 8 + size]
                    mapped = address[:12] == b"\0" * 10 + b"\xff\xff"
                    inode: int = struct.unpack_from("=I", message, 68)[0]
                    yield address[12:] if mapped else address, Found(inode, message[44:52])

    def _ask(self, request: bytes) -> Iterator[bytes]:
        """The kernel's answers about the sockets that *request* describes."""
        if self._netlink is None:
            return
        header = struct.pack("=IHHII", 16 + len(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0)
        self._netlink.send(header + request)
        while True:
            data = self._netlink.recv(1 << 16)
            place = 0
            while place + 16 <= len(data):
                size, kind = struct.unpack_from("=IH", data, place)
                if kind == NLMSG_ERROR:
                    number = -struct.unpack_from("=i", data, place + 16)[0]
                    raise OSError(number, os.strerror(number))
                if kind != SOCK_DIAG_BY_FAMILY or size < 32:
                    return
                yield data[place + 16 : place + size]
                place += size + 3 & ~3


def _entry(message: bytes) -> Found:
    inode: int = struct.unpack_from("=I", message, 4)[0]
    name, file, place = b"", (0, 0), 16
    while place + 4 <= len(message):
        size, kind = struct.unpack_from("=HH", message, place)
        if size < 4:
            break
        value = message[place + 4 : place + size]
        if kind == 0:
            name = value
        elif kind == 1 and len(value) >= 8:
            number, device = struct.unpack_from("=II", value)
            file = (os.makedev(device >> 20, device & 0xFFFFF), number)
        place += size + 3 & ~3
    return Found(inode, message[8:16], name, file)


def _remember(known: dict[Any, None], one: Any) -> None:
    """Adds *one* to what is *known*, of which the oldest are forgotten."""
    known[one] = None
    if len(known) > MOST_KNOWN:
        del known[next(iter(known))]
