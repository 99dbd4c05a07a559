"""Work that a copy of this process does while we go on, where there can be one.

Only Linux forks safely, and only while there is one thread: a lock that another one holds would never be released in
the copy. Anywhere else the work is done when it is asked for.
"""

from __future__ import annotations

import marshal
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, NoReturn, TypeVar, cast

Plain = TypeVar("Plain")
"""Numbers, texts, None, and tuples of them."""


def start_aside(start: Callable[[], Callable[[], Plain]]) -> Callable[[], Plain]:
    """Calls *start*, which begins some work that changes nothing and gives what finishes it, in a copy of this process
    or else here; what comes back finishes it, here where a copy could not."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return start()
    try:
        ours, theirs = os.pipe()
        copy = os.fork()
    except OSError:
        return start()
    if not copy:
        _run(start, theirs)
    os.close(theirs)
    return _Aside(start, copy, ours)


def _run(start: Callable[[], Callable[[], Any]], result: int) -> NoReturn:
    """The life of the copy; nothing of the original's is flushed, closed or cleaned up by it."""
    code = 1
    try:
        with open(result, "wb") as file:
            marshal.dump(start()(), file)
        code = 0
    finally:
        os._exit(code)


class _Aside(Generic[Plain]):
    """A copy at work; it is ended when nobody waits for it any more."""

    def __init__(self, start: Callable[[], Callable[[], Plain]], copy: int, result: int) -> None:
        self._start, self._copy, self._result = start, copy, result

    def __call__(self) -> Plain:
        with open(self._result, "rb") as file:
            data = file.read()
        copy, self._copy = self._copy, 0
        ended_well = os.waitpid(copy, 0)[1] == 0
        return cast(Plain, marshal.loads(data)) if ended_well else self._start()()

    def __del__(self) -> None:
        if self._copy:
            os.close(self._result)
            with suppress(ProcessLookupError):
                os.kill(self._copy, 9)
            os.waitpid(self._copy, 0)
