"""Whose socket is it? What the kernel's tables say about who listens at an address."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from gk_hooks.egress.process import Tree

NLMSG_ERROR, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, NLM_F_DUMP = 2, 20, 1, 0x300
SHOW_NAME, SHOW_VFS = 1, 2
LOCAL_SOCKETS = struct.pack("=BBHIIIII", socket.AF_UNIX, 0, 0, 0xFFFFFFFF, 0, SHOW_NAME | SHOW_VFS, 0, 0)
TCP_LISTEN = 10


class Owner(StrEnum):
    """Who a socket belongs to."""

    TREE = "tree"
    OTHER = "other"
    NOBODY = "nobody"


class Local(NamedTuple):
    """A UNIX socket as the kernel lists it. inode: the socket's own. name: the abstract name or the path."""

    inode: int
    name: bytes
    file: tuple[int, int]
    """(device, inode) of the file that it is bound to; (0, 0) without one."""


class Sockets:
    """Asks who listens. namespace: everything in the tree's namespace belongs to the tree."""

    def __init__(self, tree: Tree, namespace: bool, diagnosis: int) -> None:
        self._tree, self._namespace = tree, namespace
        self._netlink = socket.socket(fileno=diagnosis) if diagnosis >= 0 else None
        if self._netlink is not None:
            self._netlink.settimeout(2)

    def file_owner(self, file: os.stat_result) -> Owner:
        """Whose UNIX socket is bound to *file*."""
        identity = (os.makedev(os.major(file.st_dev), os.minor(file.st_dev)), file.st_ino & 0xFFFFFFFF)
        return self._local_owner([one for one in self._local() if one.file == identity])

    def abstract_owner(self, name: bytes) -> Owner:
        """Whose UNIX socket has the abstract *name*. Abstract names are part of the network namespace."""
        if self._namespace:
            return Owner.TREE
        return self._local_owner([one for one in self._local() if one.name == name])

    def port_owner(self, table: str, address: bytes, port: int) -> Owner:
        """Who would receive what is sent to *address* (4 or 16 bytes) at *port*; table: "tcp" or "udp"."""
        exact, every = [], []
        for local, inode in self._bound(table, port):
            if local == address:
                exact.append(inode)
            elif not any(local) and len(local) >= len(address):
                every.append(inode)
        return self._owner(exact or every)

    def _local_owner(self, found: list[Local]) -> Owner:
        if self._namespace:
            return Owner.TREE if found else Owner.OTHER
        return self._owner([one.inode for one in found])

    def _owner(self, inodes: list[int]) -> Owner:
        if not inodes:
            return Owner.NOBODY
        return Owner.TREE if set(inodes) <= self._tree_inodes() else Owner.OTHER

    def _tree_inodes(self) -> set[int]:
        """The sockets that processes of the tree have open. Ours are not among them, nor what cannot be looked into."""
        found = set()
        for pid in self._tree.members():
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

    def _local(self) -> Iterator[Local]:
        """Every UNIX socket that the kernel lists where the command runs."""
        for message in self._ask(LOCAL_SOCKETS):
            yield _entry(message)

    def _bound(self, table: str, port: int) -> Iterator[tuple[bytes, int]]:
        """(local address, inode) of each socket that receives at *port*; unspecified addresses keep their length."""
        protocol, states = (17, 0xFFFFFFFF) if table == "udp" else (6, 1 << TCP_LISTEN)
        for family, size in ((socket.AF_INET, 4), (socket.AF_INET6, 16)):
            request = struct.pack("=BBBxI", family, protocol, 0, states) + struct.pack("!HH44x", port, 0)
            for message in self._ask(request):
                if struct.unpack_from("!H", message, 4)[0] == port:
                    address = message[8 : 8 + size]
                    mapped = address[:12] == b"\0" * 10 + b"\xff\xff"
                    yield address[12:] if mapped else address, struct.unpack_from("=I", message, 68)[0]

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


def _entry(message: bytes) -> Local:
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
    return Local(inode, name, file)
