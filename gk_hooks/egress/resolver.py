"""A resolver of our own, at the address that the program asks: it answers that no name exists, and nothing leaves."""

from __future__ import annotations

import errno
import fcntl
import select
import socket
import struct
from typing import NamedTuple

from gk_hooks.egress import decode
from gk_hooks.egress.decode import Address, Reach
from gk_hooks.egress.events import BLOCKED, DNS
from gk_hooks.egress.witness import Witness

PORT = 53
SIOCSIFADDR = 0x8916
LOOPBACK_INTERFACE = 1
MOST_ASKERS = 4096
POOL = {socket.AF_INET: 6, socket.AF_INET6: 3}
"""How many sockets of each family the command's namespace gets for this, before the gate closes."""


class Asker(NamedTuple):
    """Who was sent to the resolver from a port."""

    tid: int
    server: Address


class Resolver:
    """Answers in the command's namespace at any address; without a namespace, at one port of loopback.

    Adding addresses to the namespace's loopback takes no privilege but the namespace's own.
    """

    def __init__(self, pool: list[socket.socket], namespace: bool, witness: Witness, poll: select.poll) -> None:
        self._free, self._namespace, self._witness, self._poll = pool, namespace, witness, poll
        self.sockets: dict[int, socket.socket] = {}
        self._at: dict[str, bool] = {}
        self._askers: dict[int, Asker] = {}
        self._told: dict[str, int] = {}
        self.port = PORT
        if not namespace:
            first = pool[0]
            first.bind(("127.0.0.1", 0))
            self.port = first.getsockname()[1]
            self._serve(first)

    def stands_at(self, server: Address) -> bool:
        """Whether we answer at *server* now. False where the command has a resolver of its own."""
        if not self._namespace:
            return False
        if server.host not in self._at:
            self._at[server.host] = self._stand_at(server)
        return self._at[server.host]

    def _stand_at(self, server: Address) -> bool:
        host = server.host.removeprefix("::ffff:") if "." in server.host else server.host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        handle = next((one for one in self._free if one.family == family), None)
        if handle is None:
            return False
        try:
            if server.reach is Reach.REMOTE:
                _add_address(handle, family, host, len(self.sockets) + 1)
            handle.bind((host, PORT))
        except OSError:
            return False
        self._free.remove(handle)
        self._serve(handle)
        return True

    def expect(self, port: int, tid: int, server: Address) -> None:
        """The socket at *port* was connected to us by *tid*, and that is on record."""
        if len(self._askers) >= MOST_ASKERS:
            del self._askers[next(iter(self._askers))]
        self._askers[port] = Asker(tid, server)

    def is_told(self, name: str) -> None:
        """A question for *name* is on record already; it will arrive here."""
        if len(self._told) < MOST_ASKERS:
            self._told[name] = self._told.get(name, 0) + 1

    def answer(self, fd: int) -> None:
        """Answers one question, with: there is no such name."""
        handle = self.sockets[fd]
        try:
            query, source = handle.recvfrom(4096)
            asked = decode.question(query)
            if self._told.get(asked):
                self._told[asked] -= 1
            else:
                self._record(asked, source[1])
            handle.sendto(decode.no_such_name(query), source)
        except OSError:
            return

    def _record(self, asked: str, port: int) -> None:
        asker = self._askers.get(port)
        remote = asker is not None and asker.server.reach is Reach.REMOTE
        # a connect to a resolver elsewhere is on record as blocked already
        self._witness.event(
            *(DNS if remote else BLOCKED, "dns", asker.tid if asker else 0),
            dns_query=asked or "a question that cannot be read",
            purpose="dns",
        )

    def close(self) -> None:
        """Closes every socket."""
        for handle in (*self.sockets.values(), *self._free):
            handle.close()

    def _serve(self, handle: socket.socket) -> None:
        handle.setblocking(False)
        self.sockets[handle.fileno()] = handle
        self._poll.register(handle.fileno(), select.POLLIN)


def _add_address(handle: socket.socket, family: int, host: str, number: int) -> None:
    """Makes *host* an address of the loopback interface in the namespace of *handle*."""
    raw = socket.inet_pton(family, host)
    if family == socket.AF_INET:
        label = f"lo:{number}".encode()
        request = struct.pack("=16sHH4s16x", label, socket.AF_INET, 0, raw)
    else:
        request = struct.pack("=16sIi", raw, 128, LOOPBACK_INTERFACE)
    try:
        fcntl.ioctl(handle, SIOCSIFADDR, request)
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise
