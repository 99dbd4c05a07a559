"""What every decision needs: the call, the arguments in the other process, its socket, the record."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from gk_hooks.egress import behalf, decode
from gk_hooks.egress.behalf import Result
from gk_hooks.egress.decode import Address
from gk_hooks.egress.events import BLOCKED
from gk_hooks.egress.process import socket_kind
from gk_hooks.egress.resolver import Resolver
from gk_hooks.egress.seccomp import Shape
from gk_hooks.egress.sockets import Sockets
from gk_hooks.egress.syscalls import Arch
from gk_hooks.egress.witness import Witness

LONGEST_ADDRESS = 128
MOST_PARTS = 1024
LARGEST_PAYLOAD = 1 << 20
DNS_PORT = 53


class Call(NamedTuple):
    """One call that waits for an answer. reply: gives the answer; wanted: whether somebody still waits for it."""

    tid: int
    name: str
    native: bool
    arguments: tuple[int, ...]
    reply: Callable[[Result], bool]
    wanted: Callable[[], bool]


class Go:
    """The kernel may carry on with the call."""


class Later:
    """Somebody else answers."""


Verdict = int | Go | Later
"""An int refuses with this error number, 0 says that it is done."""
GO, LATER = Go(), Later()


class Desk:
    """The means of deciding; see connecting, sending and listening."""

    def __init__(self, witness: Witness, sockets: Sockets, arch: Arch, shape: Shape, resolver: Resolver) -> None:
        self.witness, self.sockets, self.arch, self.shape = witness, sockets, arch, shape
        self.tree, self.memory = witness.tree, witness.tree.memory
        self.resolver = resolver

    def _address(self, call: Call, pointer: int, size: int) -> bytes:
        return self.memory.read(call.tid, pointer, min(size & 0xFFFFFFFF, LONGEST_ADDRESS))

    @staticmethod
    def destination(raw: bytes) -> Address | None:
        """The address *raw*, as the kernel reads it when it sends or binds."""
        there = decode.address(raw)
        if there is not None and there.family == decode.UNSPEC:
            return decode.as_internet(raw) or there
        return there

    def _vector(self, tid: int, pointer: int, parts: int) -> list[tuple[int, int]]:
        raw = self.memory.read(tid, pointer, 16 * min(parts, MOST_PARTS))
        return [struct.unpack_from("=QQ", raw, place) for place in range(0, len(raw) - 15, 16)]

    def _payload(self, tid: int, parts: list[tuple[int, int]]) -> bytes:
        """What is sent; inside a namespace only as much as a DNS question needs."""
        most = 1024 if self.shape.namespace else LARGEST_PAYLOAD
        return b"".join(self._pieces(tid, parts, most))

    def _pieces(self, tid: int, parts: list[tuple[int, int]], most: int) -> Iterator[bytes]:
        for pointer, size in parts:
            while size > 0 and most > 0:
                piece = self.memory.read(tid, pointer, min(size, most))
                if not piece:
                    return
                yield piece
                pointer, size, most = pointer + len(piece), size - len(piece), most - len(piece)

    def _copy(self, call: Call, fd: int) -> socket.socket:
        return self.tree.copy(call.tid, fd & 0xFFFFFFFF)

    def _perform(
        self, call: Call, fd: int, act: Callable[[socket.socket], Callable[[], Result]], kept: int = -1
    ) -> Verdict:
        copy = socket.socket(fileno=fd)

        def reply(result: Result) -> bool:
            if kept >= 0:
                os.close(kept)
            return call.reply(result)

        behalf.perform(copy, act(copy), reply, call.wanted)
        return LATER

    def _unreadable(self, call: Call, size: int, raw: bytes) -> Verdict:
        """An address that is too short is the kernel's EINVAL; one that cannot be read is refused."""
        if len(raw) == min(size & 0xFFFFFFFF, LONGEST_ADDRESS):
            return errno.EINVAL
        self._event(BLOCKED, call, -1, None, host="an address that cannot be read", reason="memory cannot be read")
        return errno.EFAULT

    def _event(
        self,
        action: str,
        call: Call,
        fd: int,
        there: Address | None,
        *,
        host: str = "",
        reason: str = "",
        dns_query: str = "",
        purpose: str = "",
    ) -> None:
        def more() -> dict[str, str]:
            if fd < 0:
                return {}
            try:
                with self._copy(call, fd) as handle:
                    return socket_kind(handle)
            except OSError:
                return {}

        if there is not None and there.port == DNS_PORT:
            purpose = purpose or "dns"
        self.witness.event(
            *(action, call.name, call.tid, there),
            host=host,
            reason=reason,
            dns_query=dns_query,
            purpose=purpose,
            more=more,
        )
