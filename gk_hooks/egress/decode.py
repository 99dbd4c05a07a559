"""From bytes of another process to what they mean: socket addresses and DNS questions. Nothing here trusts them."""

from __future__ import annotations

import socket
import struct
from enum import StrEnum
from typing import NamedTuple

UNSPEC, UNIX, INET, INET6, NETLINK = 0, 1, 2, 10, 16


class Reach(StrEnum):
    """Where an address leads."""

    LOOPBACK = "loopback"
    ANY = "any"
    """The unspecified address: loopback when connected to, every interface when bound."""
    REMOTE = "remote"
    LOCAL = "local"
    """Not an internet address."""


class Address(NamedTuple):
    """A socket address. host: for people. path: of a UNIX socket, abstract ones start with a NUL; b"" is unnamed."""

    family: int
    host: str
    port: int | None
    reach: Reach
    path: bytes = b""

    @property
    def shown(self) -> str:
        """``host:port``, as people write it."""
        if self.port is None:
            return self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def address(raw: bytes) -> Address | None:
    """The address that *raw* (struct sockaddr) holds; None where too little of it could be read."""
    if len(raw) < 2:
        return None
    family: int = struct.unpack_from("=H", raw)[0]
    if family == INET and len(raw) >= 8:
        return _internet(raw)
    if family == INET6 and len(raw) >= 24:
        return _internet6(raw)
    if family == UNIX:
        return _unix(raw[2:])
    if family in (INET, INET6):
        return None
    return Address(family, "", None, Reach.LOCAL)


def as_internet(raw: bytes) -> Address | None:
    """*raw* as an IPv4 address whatever family it names: how the kernel reads AF_UNSPEC when it sends or binds."""
    return _internet(raw) if len(raw) >= 8 else None


def of_host(family: int, number: bytes, port: int) -> Address:
    """The address of a socket that has the address *number* (4 or 16 bytes)."""
    if family == INET:
        return _internet(struct.pack("=H", INET) + struct.pack("!H", port) + number)
    return _internet6(struct.pack("=H", INET6) + struct.pack("!H4x", port) + number)


def _internet(raw: bytes) -> Address:
    number = raw[4:8]
    return Address(INET, socket.inet_ntop(socket.AF_INET, number), _port(raw), _reach(number))


def _internet6(raw: bytes) -> Address:
    number = raw[8:24]
    if number[:12] == b"\0" * 10 + b"\xff\xff":
        host, reach = "::ffff:" + socket.inet_ntop(socket.AF_INET, number[12:]), _reach(number[12:])
    else:
        host = socket.inet_ntop(socket.AF_INET6, number)
        reach = {"::": Reach.ANY, "::1": Reach.LOOPBACK}.get(host, Reach.REMOTE)
    return Address(INET6, host, _port(raw), reach)


def _port(raw: bytes) -> int:
    port: int = struct.unpack_from("!H", raw, 2)[0]
    return port


def _reach(number: bytes) -> Reach:
    if number == b"\0\0\0\0":
        return Reach.ANY
    return Reach.LOOPBACK if number[0] == 127 else Reach.REMOTE


def _unix(path: bytes) -> Address:
    if path[:1] == b"\0":
        return Address(UNIX, "unix:@" + path[1:].decode("utf-8", "backslashreplace"), None, Reach.LOCAL, path)
    path = path.partition(b"\0")[0]
    return Address(UNIX, "unix:" + path.decode("utf-8", "backslashreplace"), None, Reach.LOCAL, path)


def question(message: bytes) -> str:
    """The name that a DNS message asks for; "" when it asks for none that can be read."""
    labels: list[str] = []
    place = 12
    while place < len(message) and len(labels) < 128:
        size = message[place]
        if size == 0:
            break
        if size > 63:
            return ""
        labels.append(message[place + 1 : place + 1 + size].decode("ascii", "backslashreplace"))
        place += size + 1
    return ".".join(labels)


def no_such_name(query: bytes) -> bytes:
    """The answer to *query* that says that the name does not exist; b"" to what is no query."""
    if len(query) < 12 or query[2] & 0x80:
        return b""
    flags = 0x8180 | (query[2] & 0x01) << 8 | 3
    place = 12
    while place < len(query) and query[place]:
        place += query[place] + 1
    return query[:2] + struct.pack("!HHHHH", flags, 1, 0, 0, 0) + query[12 : place + 5]
