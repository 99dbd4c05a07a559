"""connect(2): where to, and whose socket is there."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Callable

from gk_hooks.egress import behalf, decode
from gk_hooks.egress.behalf import Result
from gk_hooks.egress.decode import Address, Reach
from gk_hooks.egress.desk import DNS_PORT, GO, Call, Desk, Verdict
from gk_hooks.egress.events import BLOCKED, LOCAL, LOOPBACK, NOTED
from gk_hooks.egress.sockets import Owner

NAME_SERVICES = ("/nscd/socket", "/sss/pipes/nss", "/systemd/userdb/")
"""Parts of the paths of services that a C library asks about users and groups by itself."""


class Connecting(Desk):
    """Decides connects."""

    def connect(self, call: Call) -> Verdict:
        fd, pointer, size = call.arguments[:3]
        raw = self._address(call, pointer, size)
        there = decode.address(raw)
        if there is None:
            return self._unreadable(call, size, raw)
        if there.family == decode.UNSPEC:  # disconnects
            return self._go_on(call, fd, raw)
        if there.family == decode.UNIX:
            return self._to_local(call, fd, there, lambda handle, name: behalf.connect(handle, name))
        if there.family not in (decode.INET, decode.INET6):
            return self._to_family(call, fd, raw, there)
        kind = self._resolver_kind(call, fd, there)
        if kind:
            return self._ask_us(call, fd, there, raw, kind)
        refusal = self._to_internet(call, fd, there)
        return refusal if refusal is not None else self._go_on(call, fd, raw)

    def _go_on(self, call: Call, fd: int, raw: bytes) -> Verdict:
        """A harmless connect: the kernel's business inside a namespace, else ours, so that nothing can be swapped."""
        if self.shape.namespace:
            return GO
        with self._copy(call, fd) as handle:
            return self._perform(call, handle.detach(), lambda copy: behalf.connect(copy, raw))

    def _to_internet(self, call: Call, fd: int, there: Address, payload: bytes = b"") -> int | None:
        """The error number that refuses an internet address, or None; on record either way."""
        if there.reach is Reach.REMOTE:
            name = decode.question(payload) if there.port == DNS_PORT else ""
            self._event(BLOCKED, call, fd, there, dns_query=name)
            datagram = name and self._resolver_kind(call, fd, there) == socket.SOCK_DGRAM
            if datagram and self.resolver.stands_at(there, socket.SOCK_DGRAM):
                self.resolver.is_told(name)
                return None  # the address is ours now: the question may go there and gets its answer
            return errno.ENETUNREACH
        if not self.shape.namespace:
            owner = self._listener(call, fd, there)
            if owner is Owner.OTHER:
                self._event(BLOCKED, call, fd, there, reason="the listener does not belong to the command")
                return errno.ECONNREFUSED
            if owner is Owner.NOBODY and there.port:
                self._event(LOOPBACK, call, fd, there, reason="nobody listens there")
                return errno.ECONNREFUSED
        self._event(LOOPBACK, call, fd, there)
        return None

    def _listener(self, call: Call, fd: int, there: Address) -> Owner:
        host = there.host.removeprefix("::ffff:") if "." in there.host else there.host
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with self._copy(call, fd) as handle:
            table = "udp" if handle.type == socket.SOCK_DGRAM else "tcp"
        return self.sockets.port_owner(table, socket.inet_pton(family, host), there.port or 0)

    def _resolver_kind(self, call: Call, fd: int, there: Address) -> int:
        """The type of a socket that is about to ask a name server that the command did not start itself, else 0."""
        if there.port != DNS_PORT:
            return 0
        with self._copy(call, fd) as handle:
            kind = int(handle.type)
        if kind not in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            return 0
        if there.reach is Reach.REMOTE:
            return kind
        if self.shape.namespace:
            return kind if self.resolver.stands_at(there, kind) else 0
        return 0 if self._listener(call, fd, there) is Owner.TREE else kind

    def _ask_us(self, call: Call, fd: int, there: Address, raw: bytes, kind: int) -> Verdict:
        """Leads the socket to our own resolver: so the names become known, and nothing leaves."""
        remote = there.reach is Reach.REMOTE
        action, reason = (BLOCKED, "asked our own resolver instead") if remote else (LOOPBACK, "asked our own resolver")
        self._event(action, call, fd, there, purpose="dns", reason=reason)
        with self._copy(call, fd) as handle:
            name = raw if self.resolver.stands_at(there, kind) else self.resolver.instead_of(handle.family, kind)
            if not name:
                return errno.ENETUNREACH
            return self._perform(call, handle.detach(), lambda copy: self._asking(call, copy, there, name))

    def _asking(self, call: Call, copy: socket.socket, there: Address, name: bytes) -> Callable[[], Result]:
        def act() -> Result:
            result = behalf.connect(copy, name)()
            if result[1] in (0, errno.EINPROGRESS):
                self.resolver.expect(copy.getsockname()[1], call.tid, there)
            return result

        return act

    def _to_local(
        self, call: Call, fd: int, there: Address, act: Callable[[socket.socket, bytes], Callable[[], Result]]
    ) -> Verdict:
        """A UNIX socket: only the tree's own, and through a handle on the very file that was checked."""
        if not there.path:
            return GO if self.shape.namespace else errno.ECONNREFUSED
        if there.path.startswith(b"\0"):
            owner, name = self.sockets.abstract_owner(there.path), struct.pack("=H", decode.UNIX) + there.path
            return self._to_owner(call, fd, there, owner, lambda handle: act(handle, name))
        try:
            file = os.open(self._path(call.tid, there.path), os.O_PATH | os.O_CLOEXEC)
        except OSError as error:
            return error.errno or errno.ECONNREFUSED
        try:
            owner = self.sockets.file_owner(os.fstat(file))
            name = struct.pack("=H", decode.UNIX) + f"/proc/self/fd/{file}\0".encode()
            return self._to_owner(call, fd, there, owner, lambda handle: act(handle, name), file)
        finally:
            os.close(file)

    def _to_owner(
        self,
        call: Call,
        fd: int,
        there: Address,
        owner: Owner,
        act: Callable[[socket.socket], Callable[[], Result]],
        file: int = -1,
    ) -> Verdict:
        if owner is Owner.NOBODY:
            self._event(LOCAL, call, fd, there, reason="nobody listens there")
            return errno.ECONNREFUSED
        if owner is Owner.OTHER:
            lookup = any(part.encode() in there.path for part in NAME_SERVICES)
            reason = "a name service of the host" if lookup else "a socket that does not belong to the command"
            self._event(NOTED if lookup else BLOCKED, call, fd, there, reason=reason)
            return errno.ECONNREFUSED
        if not self.tree.same_user(call.tid):
            # acting for another user would lend it our rights
            if self.shape.namespace:
                self._event(LOCAL, call, fd, there)
                return GO
            self._event(BLOCKED, call, fd, there, reason="the process changed its user")
            return errno.EACCES
        self._event(LOCAL, call, fd, there)
        with self._copy(call, fd) as handle:
            kept = os.dup(file) if file >= 0 else -1
            return self._perform(call, handle.detach(), act, kept)

    def _path(self, tid: int, path: bytes) -> bytes:
        base = b"root" if path.startswith(b"/") else b"cwd"
        return b"/proc/%d/%s/%s" % (tid, base, path.lstrip(b"/"))

    def _to_family(self, call: Call, fd: int, raw: bytes, there: Address) -> Verdict:
        if there.family in (decode.NETLINK, 38):
            return self._go_on(call, fd, raw)
        self._event(BLOCKED, call, fd, there, reason="this address family is not permitted")
        return errno.EAFNOSUPPORT
