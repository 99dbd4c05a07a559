"""What was reached from where during a run: what static findings are compared with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

MOST = 20_000


class Sites:
    """Counts events by the code, the script and the host that they belong to; bounded."""

    def __init__(self) -> None:
        self.places: Counter[tuple[str, int, str, str]] = Counter()
        """(file, line, action, host): every stack frame that stood behind an event."""
        self.scripts: Counter[tuple[str, str, str, bool]] = Counter()
        """(word of a command line, action, host, whether the process tells stacks): which script ran, or ran it."""
        self.hosts: Counter[tuple[str, str]] = Counter()
        """(action, host or name)."""

    def add(self, action: str, host: str, places: Iterable[tuple[str, int]]) -> None:
        """One event and the stack frames behind it."""
        self._count(self.hosts, (action, host))
        for file, line in places:
            self._count(self.places, (file, line, action, host))

    def add_script(self, action: str, host: str, words: Iterable[str], tells: bool) -> None:
        """The command line of a process that an event belongs to, or of its parent. tells: it tells its stacks."""
        for word in words:
            self._count(self.scripts, (word, action, host, tells))

    @staticmethod
    def _count(counter: Counter[Any], key: tuple[Any, ...]) -> None:
        if key in counter or len(counter) < MOST:
            counter[key] += 1
