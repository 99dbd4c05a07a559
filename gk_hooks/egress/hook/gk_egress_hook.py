"""The audit hook inside the program: tells stacks; where no kernel helps, it is also what blocks.

It runs in programs of any Python from 3.8 on and imports next to nothing before it is needed.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TOLD = frozenset(
    (
        "socket.connect",
        "socket.bind",
        "socket.sendto",
        "socket.sendmsg",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.gethostbyaddr",
        "socket.getnameinfo",
    )
)
PIPE_ATOM = 4096
FRAMES = 24


def install(folder: str, mode: str) -> None:
    """Adds the hook to this interpreter."""
    if mode == "enforce":
        sys.addaudithook(__import__("gk_egress_enforce").hook(folder, frames))
    else:
        sys.addaudithook(teller(os.path.join(folder, "stacks")))


def frames(skip: int) -> list[list[Any]]:
    """[file, line, function] of the innermost frames, outermost first."""
    found: list[list[Any]] = []
    frame: Any = sys._getframe(skip)
    while frame is not None and len(found) < FRAMES:
        code = frame.f_code
        found.append([code.co_filename, frame.f_lineno, code.co_name])
        frame = frame.f_back
    for entry in found:
        if not entry[0].startswith(("<", "/")):
            entry[0] = os.path.abspath(entry[0])
    return found[::-1]


def teller(pipe: str) -> Callable[[str, tuple[Any, ...]], None]:
    """A hook that writes thread, event and stack to *pipe* in one piece, or not at all."""
    from _thread import get_native_id

    def tell(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in TOLD and not (event == "socket.__new__" and _odd(arguments)):
            return
        try:
            parts = ["\x1e".join((name, str(line), file)) for file, line, name in frames(2)]
            line = b""
            while parts:
                text = "\x1f".join((str(get_native_id()), event, *parts)).replace("\n", " ")
                line = text.encode("utf-8", "backslashreplace") + b"\n"
                if len(line) <= PIPE_ATOM:
                    break
                del parts[: len(parts) // 2 + 1]
            handle = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                os.write(handle, line)
            finally:
                os.close(handle)
        except (OSError, ValueError, RecursionError):
            return

    return tell


def _odd(arguments: tuple[Any, ...]) -> bool:
    """Whether this is a socket that will be refused: most are not, and need no stack."""
    family, kind = int(arguments[1]), int(arguments[2]) & 15
    return family not in (-1, 1, 2, 10, 16, 38) or (family in (2, 10) and kind not in (1, 2))
