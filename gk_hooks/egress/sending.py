"""sendto(2), sendmsg(2) and sendmmsg(2): every address that they name, and what they carry."""

from __future__ import annotations

import errno
import os
import signal
import socket
import struct
from collections.abc import Callable

from gk_hooks.egress import behalf, decode
from gk_hooks.egress.behalf import Message, Result
from gk_hooks.egress.connecting import Connecting
from gk_hooks.egress.decode import Address
from gk_hooks.egress.desk import GO, LATER, Call, Verdict
from gk_hooks.egress.events import BLOCKED

MOST_MESSAGES = 1024
HEADER, MANY_HEADER = 56, 64
"""Sizes of struct msghdr and struct mmsghdr."""


class Sending(Connecting):
    """Decides what is sent to an address."""

    def sendto(self, call: Call) -> Verdict:
        fd, data, size, flags, pointer, length = call.arguments
        raw = self._address(call, pointer, length) if pointer else b""
        payload = self._payload(call.tid, [(data, size)]) if raw or not self.shape.namespace else b""
        there = self.destination(raw)
        if pointer and there is None and length:
            return self._unreadable(call, length, raw)
        return self._send(call, fd, [(there, Message(raw, payload))], flags)

    def sendmsg(self, call: Call) -> Verdict:
        fd, pointer, *rest = call.arguments
        many = call.name == "sendmmsg"
        count, flags = (min(rest[0] & 0xFFFFFFFF, MOST_MESSAGES), rest[1]) if many else (1, rest[0])
        messages: list[tuple[Address | None, Message]] = []
        for index in range(count):
            header = self.memory.read(call.tid, pointer + index * MANY_HEADER, HEADER)
            if len(header) < HEADER:
                if messages:
                    break
                return self._unreadable(call, HEADER, b"")
            name, length, vector, parts, control, control_size = struct.unpack_from("=QIxxxxQQQQ", header)
            raw = self._address(call, name, length) if name and length else b""
            there = self.destination(raw)
            if name and length and there is None:
                return self._unreadable(call, length, raw)
            if there is None and self.shape.namespace:
                messages.append((None, Message(b"", b"")))
                continue
            payload = self._payload(call.tid, self._vector(call.tid, vector, parts))
            held = self.memory.read(call.tid, control, min(control_size, 1 << 16))
            messages.append((there, Message(raw, payload, held)))
        return self._send(call, fd, messages, flags, pointer if many else 0)

    def _send(
        self, call: Call, fd: int, messages: list[tuple[Address | None, Message]], flags: int, many: int = 0
    ) -> Verdict:
        """Every destination has to be permitted; then the kernel, or we, send."""
        local: Address | None = None
        refused = 0
        for there, message in messages:
            if there is None or there.family in (decode.UNSPEC, decode.NETLINK, 38):
                continue
            if there.family == decode.UNIX:
                local = there
            elif there.family in (decode.INET, decode.INET6):
                refused = self._to_internet(call, fd, there, message.payload) or refused
            else:
                return self._to_family(call, fd, message.name, there)
        if refused:
            return refused
        if local is not None:
            if len(messages) > 1:
                self._event(BLOCKED, call, fd, local, reason="several datagrams to addresses in one call")
                return errno.EACCES
            only = messages[0][1]
            return self._to_local(call, fd, local, self._sending(call, only, flags))
        if self.shape.namespace:
            return GO
        return self._send_on_behalf(call, fd, [message for _, message in messages], flags, many)

    def _sending(
        self, call: Call, message: Message, flags: int
    ) -> Callable[[socket.socket, bytes], Callable[[], Result]]:
        def act(handle: socket.socket, name: bytes) -> Callable[[], Result]:
            return self._sender(call, handle, message._replace(name=name), flags)

        return act

    def _send_on_behalf(self, call: Call, fd: int, messages: list[Message], flags: int, many: int) -> Verdict:
        with self._copy(call, fd) as handle:
            for message in messages:
                refused = behalf.read_control(message.control).refused if handle.family != socket.AF_UNIX else ""
                if refused:
                    self._event(BLOCKED, call, fd, None, host="control message", reason=refused)
                    return errno.EPERM
            dont_wait = bool(flags & behalf.MSG_DONTWAIT)
            if not many:
                copy = socket.socket(fileno=handle.detach())
                behalf.perform(copy, self._sender(call, copy, messages[0], flags), call.reply, call.wanted, dont_wait)
                return LATER
            sent = 0
            for index, message in enumerate(messages):
                value, error = self._sender(call, handle, message, flags | behalf.MSG_DONTWAIT)()
                if error:
                    if not sent:
                        return error
                    break
                self.memory.write(call.tid, many + index * MANY_HEADER + HEADER, struct.pack("=I", value))
                sent += 1
            call.reply((sent, 0))
            return LATER

    def _sender(self, call: Call, handle: socket.socket, message: Message, flags: int) -> Callable[[], Result]:
        """sendmsg with descriptors in it exchanged for copies of ours, and with the signal that a broken pipe gives."""
        control = behalf.read_control(message.control)

        def act() -> Result:
            rights: list[int] = []
            try:
                for number in control.rights:
                    rights.append(self.tree.descriptor(call.tid, number))
                ready = message._replace(control=behalf.write_control(rights, control.passed))
                result = behalf.send(handle, ready, flags)()
            except OSError as error:
                result = (0, error.errno or errno.EBADF)
            finally:
                for number in rights:
                    os.close(number)
            if result[1] == errno.EPIPE and not flags & behalf.MSG_NOSIGNAL:
                os.kill(self.tree.process_of(call.tid), signal.SIGPIPE)
            return result

        return act
