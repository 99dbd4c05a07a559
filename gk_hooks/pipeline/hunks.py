"""What changed around a finding, as the lines of a unified diff, counted as the language counts lines."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gk_hooks.model.findings import Finding
from gk_hooks.model.linemap import LineMap
from gk_hooks.model.text import clip

MAX_HUNKS = 3
MAX_LINES = 6
"""Of each side of a hunk; a finding needs no more to be understood."""

CONTEXT = 1

MAX_WIDTH = 300
"""Of a line; some are a megabyte."""


class Gap(NamedTuple):
    """Lines without a counterpart: [old, old_end) became [new, new_end)."""

    old: int
    old_end: int
    new: int
    new_end: int


def around(finding: Finding, gaps: Sequence[Gap], old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """The hunks that touch the lines of *finding* or of what it depends on, else the one that is nearest to it."""
    site = finding.site
    places = [(site.line, site.end_line), *((step.line, step.line) for step in finding.trail if not step.file)]
    near = sorted({gap for first, last in places for gap in _touching(gaps, first, last)})
    return tuple(line for gap in near[:MAX_HUNKS] or _nearest(gaps, site.line) for line in _shown(gap, old, new))


def _touching(gaps: Sequence[Gap], first: int, last: int) -> Sequence[Gap]:
    at = bisect_left(gaps, first, key=lambda gap: max(gap.new, gap.new_end - 1))
    end = bisect_right(gaps, last, key=lambda gap: gap.new)
    return gaps[at : min(end, at + MAX_HUNKS)]


def _nearest(gaps: Sequence[Gap], line: int) -> Sequence[Gap]:
    at = bisect_left(gaps, line, key=lambda gap: gap.new)
    return sorted(gaps[max(at - 1, 0) : at + 1], key=lambda gap: abs(gap.new - line))[:1]


def gaps_of(lines: LineMap, old_count: int, new_count: int) -> Iterator[Gap]:
    """What lies between the lines that both texts share, in order."""
    old = new = 1
    for run in lines.runs:
        if (run.old, run.new) != (old, new):
            yield Gap(old, run.old, new, run.new)
        old, new = run.old + run.length, run.new + run.length
    if old <= old_count or new <= new_count:
        yield Gap(old, max(old, old_count + 1), new, max(new, new_count + 1))


def _shown(gap: Gap, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    yield f"@@ -{gap.old},{gap.old_end - gap.old} +{gap.new},{gap.new_end - gap.new} @@"
    yield from (" " + clip(line, MAX_WIDTH) for line in new[max(gap.new - 1 - CONTEXT, 0) : gap.new - 1])
    yield from _side("-", old[gap.old - 1 : gap.old_end - 1])
    yield from _side("+", new[gap.new - 1 : gap.new_end - 1])
    yield from (" " + clip(line, MAX_WIDTH) for line in new[gap.new_end - 1 : gap.new_end - 1 + CONTEXT])


def _side(mark: str, lines: Sequence[str]) -> Iterator[str]:
    yield from (mark + clip(line, MAX_WIDTH) for line in lines[:MAX_LINES])
    if len(lines) > MAX_LINES:
        yield f"{mark}… {len(lines) - MAX_LINES} more lines"
