"""The audit hook that blocks, where nothing else can: tells what was tried in a file of this process's own."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MOST_LINES = 10_000
UNREACHABLE, NOT_PERMITTED = (10051, 10013) if sys.platform == "win32" else (101, 13)
if sys.platform == "darwin":
    UNREACHABLE = 51
NAMES = frozenset(("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"))
CHILDREN = frozenset(
    ("subprocess.Popen", "os.system", "os.posix_spawn", "os.spawn", "os.exec", "os.startfile", "os.startfile/2")
)
STREAM, DATAGRAM = 1, 2
PROTOCOLS = frozenset((0, 6, 17, 262))
"""Those of the protocols of internet sockets that connect or send: TCP, UDP, MPTCP."""
ASKED_BY_CTYPES = frozenset(("GetLastError",))
TYPING = frozenset((0x5412, 0x80017472))
"""TIOCSTI on Linux and on the BSDs: puts words on the terminal's input, which the user's shell would read."""


def hook(folder: str, frames: Callable[[int], list[list[Any]]]) -> Callable[[str, tuple[Any, ...]], None]:
    """The hook; it greets, so that the gate knows that this process is under control."""
    teller = Teller(folder)

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith("socket."):
            found = judge(event, arguments)
            if found is None:
                return
            action, host, port, name, error = found
            stack = "\x1d".join("\x1e".join((function, str(line), file)) for file, line, function in frames(2))
            fields = {"op": event.partition(".")[2], "host": host, "port": port, "dns_query": name, "stack": stack}
            teller.tell(action, **fields)
            if error is not None:
                raise error
        elif event in CHILDREN:
            teller.tell("child")
        elif event == "ctypes.dlopen" and arguments[0]:
            teller.tell("native", host=str(arguments[0]))
        elif event == "ctypes.dlsym" and arguments[1] not in ASKED_BY_CTYPES:
            teller.tell("native", host=str(arguments[1]))
        elif event == "fcntl.ioctl" and arguments[1] & 0xFFFFFFFF in TYPING:
            teller.tell("blocked", op="ioctl", host="the terminal")
            raise OSError(NOT_PERMITTED, "gk egress: typing into the terminal is blocked")

    return watch


class Teller:
    """Appends lines to the process's own file; a fork gets a new one."""

    def __init__(self, folder: str) -> None:
        import atexit

        self.folder, self.pid, self.lines = folder, 0, 0
        atexit.register(self.leave)
        self.tell("hello")
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: self.tell("forked"))

    def tell(self, kind: str, **fields: Any) -> None:
        """One line. A process that cannot tell goes on: the hook still blocks."""
        if self.pid != os.getpid():
            self.pid, self.lines = os.getpid(), 0
            _append(os.path.join(self.folder, f"{self.pid}.running"), "")
        self.lines += 1
        if self.lines > MOST_LINES:
            return
        from _thread import get_native_id

        words = "\x1d".join(getattr(sys, "orig_argv", sys.argv if hasattr(sys, "argv") else []))
        told = {"pid": os.getpid(), "ppid": os.getppid(), "tid": get_native_id(), "exe": sys.executable, **fields}
        told["cmdline"] = words[:2000]
        line = "\x1f".join([kind, *(f"{key}={value}" for key, value in told.items())])
        _append(os.path.join(self.folder, f"{self.pid}.told"), line.replace("\n", " ") + "\n")

    def leave(self) -> None:
        """This process ends by itself."""
        try:
            os.unlink(os.path.join(self.folder, f"{os.getpid()}.running"))
        except OSError:
            return


def _append(path: str, text: str) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            os.write(handle, text.encode("utf-8", "backslashreplace"))
        finally:
            os.close(handle)
    except OSError:
        return


def judge(event: str, arguments: tuple[Any, ...]) -> tuple[str, str, str, str, OSError | None] | None:
    """(action, host, port, name asked for, what to raise) of an audit event; None for what is no business of ours."""
    if event in NAMES:
        host = arguments[0][0] if event == "socket.getnameinfo" and arguments[0] else arguments[0]
        return _lookup(_text(host))
    if event == "socket.__new__":
        return _new_socket(*arguments[1:4])
    if event not in ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"):
        return None
    address = arguments[1] if len(arguments) > 1 else None
    if not isinstance(address, tuple) or len(address) < 2:
        return None  # no internet address
    host, port = _text(address[0]), str(address[1])
    kind = reach(host)
    if event == "socket.bind":
        if kind == "loopback":
            return "allowed_loopback", host, port, "", None
        return "blocked", host, port, "", OSError(NOT_PERMITTED, "gk egress: listening beyond loopback is blocked")
    if kind in ("loopback", "any"):
        return "allowed_loopback", host, port, "", None
    return "blocked", host, port, "", OSError(UNREACHABLE, "gk egress: blocked")


def _lookup(host: str) -> tuple[str, str, str, str, OSError | None] | None:
    if not host or reach(host) in ("loopback", "any") or _is_number(host):
        return None
    import socket

    return "blocked", host, "", host, socket.gaierror(socket.EAI_NONAME, "gk egress: name lookups are blocked")


def _new_socket(family: Any, kind: Any, protocol: Any) -> tuple[str, str, str, str, OSError | None] | None:
    family, kind, protocol = int(family), int(kind) & 15, int(protocol)
    internet = family in (2, 10, 23, 30)
    if family in (-1, 1, 16, 38) or (internet and kind in (STREAM, DATAGRAM) and protocol in PROTOCOLS):
        return None
    words = f"socket(family {family}, type {kind}, protocol {protocol})"
    return "blocked", words, "", "", OSError(NOT_PERMITTED, "gk egress: this kind of socket is blocked")


def _text(host: Any) -> str:
    if isinstance(host, (bytes, bytearray)):
        return bytes(host).decode("ascii", "backslashreplace")
    return "" if host is None else str(host)


def reach(host: str) -> str:
    """``loopback``, ``any`` or ``remote``."""
    host = host.partition("%")[0].lower().removeprefix("::ffff:")
    if host in ("", "0.0.0.0", "::", "0"):
        return "any"
    if host in ("localhost", "localhost.", "::1") or (host.startswith("127.") and _is_number(host)):
        return "loopback"
    return "remote"


def _is_number(host: str) -> bool:
    return ":" in host or all(part.isdigit() for part in host.split("."))
