"""Code frames: the lines that a finding stands on, numbered, with carets under the exact expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gk_hooks.model.effects import Site
from gk_hooks.model.text import display_width, printable

TAB = 4
HEAD, TAIL = 4, 1
"""Of a long expression, this many first and last lines are shown."""

Paint = Callable[[str], str]


def frame(
    file: str, site: Site, sources: Mapping[tuple[str, int], str], room: int = 100, paint: Paint = str
) -> list[str]:
    """The frame of the finding at *site* without line ends, or [] when its source is not at hand.

    *room*: terminal cells for the source text. *paint* colours the carets.
    """
    last = max(site.line, site.end_line)
    lines = shown_lines(file, site, sources)
    if not lines:
        return []
    gutter = max(len(str(lines[-1][0])), 3)
    blank = " " * gutter
    if len(lines) == 1:
        end = site.end_column - 1 if last == site.line else len(lines[0][1])
        text, before, width = cut(lines[0][1], site.column - 1, end, room)
        marks = " " * before + paint("^" * width)
        body = [f"{site.line:>{gutter}} | {text}", f"{blank} | {marks}"]
    else:
        body = _bracket(lines, site, gutter, room, paint)
    return [f"{blank} |", *body]


def shown_lines(file: str, site: Site, sources: Mapping[tuple[str, int], str]) -> list[tuple[int, str]]:
    """The numbered lines that a frame shows, without line ends, or [] when the first is not at hand."""
    last = max(site.line, site.end_line)
    wanted = [
        *range(site.line, min(last, site.line + HEAD - 1) + 1),
        *range(max(site.line + HEAD, last - TAIL + 1), last + 1),
    ]
    lines = [(number, sources[file, number].rstrip("\r\n")) for number in wanted if (file, number) in sources]
    return lines if lines and lines[0][0] == site.line else []


def _bracket(lines: list[tuple[int, str]], site: Site, gutter: int, room: int, paint: Paint) -> list[str]:
    blank, bar = " " * gutter, paint("|")
    number, first = lines[0]
    text, before, _ = cut(first, site.column - 1, len(first), room, keep_left=True)
    rows = [f"{number:>{gutter}} |   {text}", f"{blank} |  {paint('_' * (before + 1) + '^')}"]
    previous = number
    for number, line in lines[1:]:
        if number != previous + 1:
            rows.append(f"{'...':>{gutter}} | {bar}")
        rows.append(f"{number:>{gutter}} | {bar} {cut(line, 0, 0, room, keep_left=True)[0]}")
        previous = number
    end = site.end_column - 2 if number == site.end_line else len(lines[-1][1]) - 1
    _, before, _ = cut(lines[-1][1], end, end + 1, room, keep_left=True)
    return [*rows, f"{blank} | {paint('|' + '_' * (before + 1) + '^')}"]


def cut(line: str, start: int, end: int, room: int, keep_left: bool = False) -> tuple[str, int, int]:
    """What fits of *line* into *room* cells around its characters [start, end): the text, the cells before the
    expression, and how many of its cells are shown (at least one). Tabs are expanded, odd characters made visible.
    """
    start = min(max(start, 0), len(line))
    left = 0 if keep_left else _left(line, start, end, room)
    if line.isascii() and line.isprintable():  # a cell for each character, as nearly always
        lead = bool(left)
        stop = min(len(line), left + 4 * room, left + room - lead)
        text = "…" * lead + line[left:stop] + "…" * (stop < min(len(line), left + 4 * room))
        return text.rstrip(), lead + max(min(start, stop) - left, 0), max(min(end, stop) - start, 1)
    pieces = ["…"] if left else []
    used = before = len(pieces)
    width = 0
    for index in range(left, min(len(line), left + 4 * room)):
        piece = " " * (TAB - used % TAB) if line[index] == "\t" else printable(line[index])
        cells = display_width(piece)
        if used + cells > room:
            pieces.append("…")
            break
        pieces.append(piece)
        used += cells
        before += cells if index < start else 0
        width += cells if start <= index < end else 0
    return "".join(pieces).rstrip(), before, max(width, 1)


def _left(line: str, start: int, end: int, room: int) -> int:
    """The first character to show: 0 when the expression fits from there, else some way before the expression."""
    if end <= room and display_width(printable(line[:end].replace("\t", " " * TAB))) <= room:
        return 0
    left = max(0, start - room // 3)
    while left < start and display_width(printable(line[left:start])) > room // 2:
        left = (left + start + 1) // 2
    return left
