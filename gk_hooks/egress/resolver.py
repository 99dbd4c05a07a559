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
MOST_CONVERSATIONS = 64
DATAGRAM, STREAM = socket.SOCK_DGRAM, socket.SOCK_STREAM
POOL = {
    (socket.AF_INET, DATAGRAM): 6,
    (socket.AF_INET6, DATAGRAM): 3,
    (socket.AF_INET, STREAM): 3,
    (socket.AF_INET6, STREAM): 2,
}
"""How many sockets of each kind the command's namespace gets for this, before the gate closes."""


class Asker(NamedTuple):
    """Who was sent to the resolver from a port."""

    tid: int
    server: Address


class Conversation(NamedTuple):
    """A connection over TCP, the port that it comes from, and what has arrived of a question."""

    handle: socket.socket
    port: int
    held: bytearray


class Resolver:
    """Answers in the command's namespace at any address; without a namespace, at one port of loopback.

    Adding addresses to the namespace's loopback takes no privilege but the namespace's own.
    """

    def __init__(self, pool: list[socket.socket], namespace: bool, witness: Witness, poll: select.poll) -> None:
        self._free, self._namespace, self._witness, self._poll = pool, namespace, witness, poll
        self.sockets: dict[int, socket.socket] = {}
        self._conversations: dict[int, Conversation] = {}
        self._at: dict[tuple[str, int], bool] = {}
        self._askers: dict[int, Asker] = {}
        self._told: dict[str, int] = {}
        self._ports: dict[int, int] = {}
        for kind in () if namespace else (DATAGRAM, STREAM):
            handle = self._take(socket.AF_INET, kind)
            if handle is not None:
                handle.bind(("127.0.0.1", 0))
                self._ports[kind] = handle.getsockname()[1]
                self._serve(handle)

    def stands_at(self, server: Address, kind: int) -> bool:
        """Whether we answer at *server* now. False where the command has a resolver of its own."""
        if not self._namespace:
            return False
        key = (server.host, kind)
        if key not in self._at:
            self._at[key] = self._stand_at(server, kind)
        return self._at[key]

    def instead_of(self, family: int, kind: int) -> bytes:
        """The address (struct sockaddr) at which we answer without a namespace; b"" where we do not."""
        if kind not in self._ports:
            return b""
        port = struct.pack("!H", self._ports[kind])
        if family == socket.AF_INET:
            return struct.pack("=H", family) + port + socket.inet_aton("127.0.0.1") + bytes(8)
        return struct.pack("=H", family) + port + bytes(4) + socket.inet_pton(family, "::ffff:127.0.0.1") + bytes(4)

    def _take(self, family: int, kind: int) -> socket.socket | None:
        return next((one for one in self._free if (one.family, one.type) == (family, kind)), None)

    def _stand_at(self, server: Address, kind: int) -> bool:
        host = server.host.removeprefix("::ffff:") if "." in server.host else server.host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        handle = self._take(family, kind)
        if handle is None:
            return False
        try:
            if server.reach is Reach.REMOTE:
                _add_address(handle, family, host, len(self.sockets) + 1)
            handle.bind((host, PORT))
        except OSError:
            return False
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
        """Answers what arrived at *fd*, with: there is no such name."""
        conversation = self._conversations.get(fd)
        if conversation is not None:
            self._go_on(conversation)
            return
        handle = self.sockets[fd]
        try:
            if handle.type == STREAM:
                self._begin(*handle.accept())
                return
            query, source = handle.recvfrom(4096)
            handle.sendto(self._answered(query, source[1]), source)
        except OSError:
            return

    def _answered(self, query: bytes, port: int) -> bytes:
        asked = decode.question(query)
        if self._told.get(asked):
            self._told[asked] -= 1
        else:
            self._record(asked, port)
        return decode.no_such_name(query)

    def _begin(self, handle: socket.socket, source: tuple[str, int]) -> None:
        if len(self._conversations) >= MOST_CONVERSATIONS:
            self._end(next(iter(self._conversations.values())))
        handle.setblocking(False)
        self._conversations[handle.fileno()] = Conversation(handle, source[1], bytearray())
        self._poll.register(handle.fileno(), select.POLLIN)

    def _go_on(self, conversation: Conversation) -> None:
        """Over TCP, two bytes in front of every message say how long it is (RFC 1035, 4.2.2)."""
        handle, port, held = conversation
        try:
            data = handle.recv(1 << 16)
            held += data
            while len(held) >= 2 and len(held) >= 2 + int.from_bytes(held[:2]):
                size = 2 + int.from_bytes(held[:2])
                answer = self._answered(bytes(held[2:size]), port)
                del held[:size]
                handle.send(len(answer).to_bytes(2) + answer)
        except OSError:
            data = b""
        if not data:
            self._end(conversation)

    def _end(self, conversation: Conversation) -> None:
        fd = conversation.handle.fileno()
        self._poll.unregister(fd)
        del self._conversations[fd]
        conversation.handle.close()

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
        talking = (one.handle for one in self._conversations.values())
        for handle in (*self.sockets.values(), *self._free, *talking):
            handle.close()

    def _serve(self, handle: socket.socket) -> None:
        self._free.remove(handle)
        handle.setblocking(False)
        if handle.type == STREAM:
            handle.listen(MOST_CONVERSATIONS)
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
