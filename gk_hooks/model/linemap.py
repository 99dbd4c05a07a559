"""Which line of an older text a line of a newer one is."""

from __future__ import annotations

import sys
from bisect import bisect_right

from gk_hooks.model.records import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """*length* lines that are the same in both texts, from line *new* and from line *old* on (the first line is 1)."""

    new: int
    old: int
    length: int


@dataclass(frozen=True, slots=True)
class LineMap:
    """The lines that two texts share, in order. A line that is in no run was added, or removed."""

    runs: tuple[Run, ...] = ()

    @staticmethod
    def identity() -> LineMap:
        """The map of a text to itself."""
        return LineMap((Run(1, 1, sys.maxsize),))

    def old_line(self, new_line: int) -> int | None:
        """The line of the older text that *new_line* of the newer one is, or None when it was added."""
        return self.old_block(new_line, new_line)

    def old_block(self, first: int, last: int) -> int | None:
        """The line of the older text that *first* is; None unless all lines up to *last* were there, and together."""
        at = bisect_right(self.runs, first, key=lambda run: run.new) - 1
        if at < 0 or last >= self.runs[at].new + self.runs[at].length:
            return None
        return self.runs[at].old + first - self.runs[at].new

    def new_line(self, old_line: int) -> int | None:
        """The line of the newer text that *old_line* of the older one is, or None when it was removed."""
        return LineMap(tuple(Run(run.old, run.new, run.length) for run in self.runs)).old_line(old_line)
