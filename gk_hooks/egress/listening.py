"""bind(2) and listen(2): loopback only."""

from __future__ import annotations

import errno
import socket
import struct

from gk_hooks.egress import behalf, decode
from gk_hooks.egress.decode import Reach
from gk_hooks.egress.desk import GO, Call, Desk, Verdict
from gk_hooks.egress.events import BLOCKED, LOOPBACK, NOTED


class Listening(Desk):
    """Decides where to listen."""

    def bind(self, call: Call) -> Verdict:
        fd, pointer, size = call.arguments[:3]
        raw = self._address(call, pointer, size)
        here = self.destination(raw)
        if here is None:
            return self._unreadable(call, size, raw)
        if here.family not in (decode.INET, decode.INET6):
            if here.family == decode.UNIX and not self.shape.namespace:
                with self._copy(call, fd) as handle:
                    self.sockets.seen(handle)
            return GO
        with self._copy(call, fd) as handle:
            if here.reach is Reach.ANY and here.port == 0 and handle.type == socket.SOCK_DGRAM:
                self._event(NOTED, call, fd, here, reason="a datagram socket without a port of its own choice")
                raw = raw if self.shape.namespace else _loopback(raw)
            elif here.reach is not Reach.LOOPBACK:
                every = here.reach is Reach.ANY
                reason = "listens on all interfaces" if every else "listens on an address that is not loopback"
                self._event(BLOCKED, call, fd, here, reason=reason)
                return errno.EACCES if every else errno.EADDRNOTAVAIL
            else:
                self._event(LOOPBACK, call, fd, here)
            if self.shape.namespace:
                return GO
            self.sockets.seen(handle)
            return self._perform(call, handle.detach(), lambda copy: behalf.bind(copy, raw))

    def listen(self, call: Call) -> Verdict:
        fd, backlog = call.arguments[:2]
        with self._copy(call, fd) as handle:
            if handle.family in (socket.AF_INET, socket.AF_INET6):
                host, port = handle.getsockname()[:2]
                raw = socket.inet_pton(handle.family, host.partition("%")[0])
                here = decode.of_host(handle.family, raw, port)
                if here.reach is not Reach.LOOPBACK:
                    self._event(BLOCKED, call, fd, here, reason="listens on all interfaces")
                    return errno.EACCES
            if handle.family == socket.AF_UNIX or not self.shape.namespace:
                self.sockets.seen(handle)
            if self.shape.namespace:
                return GO
            return self._perform(call, handle.detach(), lambda copy: behalf.listen(copy, backlog))


def _loopback(raw: bytes) -> bytes:
    """*raw*, an address for every interface, with loopback in its place."""
    if raw[:2] == struct.pack("=H", decode.INET6):
        return raw[:8] + bytes(15) + b"\1" + raw[24:]
    return raw[:4] + b"\x7f\0\0\1" + raw[8:]
