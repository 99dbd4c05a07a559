"""Whose socket is it? What the kernel's tables say about who listens at an address."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from gk_hooks.egress.process import Tree

SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, NLM_F_DUMP = 20, 1, 0x300
SHOW_NAME, SHOW_VFS = 1, 2
TCP_LISTEN = "0A"


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
        for local, inode in _bound(table, port):
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

    def _local(self) -> Iterator[Local]:
        """Every UNIX socket that the kernel lists where the command runs."""
        if self._netlink is None:
            return
        request = struct.pack("=BBHIIIII", socket.AF_UNIX, 0, 0, 0xFFFFFFFF, 0, SHOW_NAME | SHOW_VFS, 0, 0)
        header = struct.pack("=IHHII", 16 + len(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0)
        try:
            self._netlink.send(header + request)
            while True:
                data = self._netlink.recv(1 << 16)
                place = 0
                while place + 16 <= len(data):
                    size, kind = struct.unpack_from("=IH", data, place)
                    if kind != SOCK_DIAG_BY_FAMILY or size < 32:
                        return
                    yield _entry(data[place + 16 : place + size])
                    place += size + 3 & ~3
        except OSError:
            return


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


def _bound(table: str, port: int) -> Iterator[tuple[bytes, int]]:
    """(local address, inode) of each socket that receives at *port*; unspecified addresses keep their length."""
    for name in (table, table + "6"):
        try:
            with open(f"/proc/self/net/{name}", encoding="ascii") as lines:
                next(lines, None)
                for line in lines:
                    words = line.split()
                    host, _, number = words[1].partition(":")
                    if int(number, 16) == port and (table == "udp" or words[3] == TCP_LISTEN):
                        yield _host(host), int(words[9])
        except OSError:
            continue


def _host(text: str) -> bytes:
    """The bytes of an address as /proc/net writes it: words of the machine's own byte order."""
    raw = bytes.fromhex(text)
    address = b"".join(raw[place : place + 4][::-1] for place in range(0, len(raw), 4))
    return address[12:] if address[:12] == b"\0" * 10 + b"\xff\xff" else address
