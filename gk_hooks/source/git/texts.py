"""Hunks between two texts of which one is no object of git's, so that git cannot be asked for them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from gk_hooks.source.git.lines import Hunk

MAX_DEPTH = 8
"""How often a gap between paired lines is searched for more of them."""


def text_hunks(old: bytes, new: bytes) -> list[Hunk]:
    """How *old* became *new*, line by line, in time that grows little faster than the texts.

    Lines that occur once on both sides are paired in order, then their neighbours as far as they are equal, and the
    gaps that are left are looked at in the same way. A repeated line without such a neighbour counts as changed.
    """
    olds, news = _lines(old), _lines(new)
    gaps = [(0, len(olds), 0, len(news), 0)]
    hunks = []
    while gaps:
        old_from, old_to, new_from, new_to, depth = gaps.pop()
        while old_from < old_to and new_from < new_to and olds[old_from] == news[new_from]:
            old_from, new_from = old_from + 1, new_from + 1
        while old_from < old_to and new_from < new_to and olds[old_to - 1] == news[new_to - 1]:
            old_to, new_to = old_to - 1, new_to - 1
        if old_from == old_to and new_from == new_to:
            continue
        pairs = _pairs(olds[old_from:old_to], news[new_from:new_to]) if depth < MAX_DEPTH else []
        if not pairs:
            hunks.append(Hunk(old_from + 1, old_to - old_from, new_from + 1, new_to - new_from))
            continue
        for old_at, new_at in [(old_from + i, new_from + j) for i, j in pairs]:
            gaps.append((old_from, old_at, new_from, new_at, depth + 1))
            old_from, new_from = old_at, new_at
        gaps.append((old_from, old_to, new_from, new_to, depth + 1))
    return sorted(hunks, key=lambda hunk: (hunk.old_start, hunk.new_start))


def _lines(text: bytes) -> list[bytes]:
    *ended, last = text.split(b"\n")
    return [line + b"\n" for line in ended] + ([last] if last else [])


def _pairs(olds: Sequence[bytes], news: Sequence[bytes]) -> list[tuple[int, int]]:
    """The longest rising row of pairs of lines that occur once on both sides."""
    once = {line for line, count in Counter(olds).items() if count == 1}
    places = {line: at for line, at in _once(news).items() if line in once}
    ends: list[int] = []  # the lowest place in *news* that a row of each length ends at
    rows: list[tuple[int, int, int]] = []  # of each pair: its places, and the pair before it in its row
    last: list[int] = []
    for old_at, line in enumerate(olds):
        new_at = places.get(line)
        if new_at is None:
            continue
        length = bisect_left(ends, new_at)
        rows.append((old_at, new_at, last[length - 1] if length else -1))
        ends[length : length + 1] = [new_at]
        last[length : length + 1] = [len(rows) - 1]
    found = []
    at = last[-1] if last else -1
    while at >= 0:
        old_at, new_at, at = rows[at]
        found.append((old_at, new_at))
    return found[::-1]


def _once(lines: Sequence[bytes]) -> dict[bytes, int]:
    counts = Counter(lines)
    return {line: at for at, line in enumerate(lines) if counts[line] == 1}
