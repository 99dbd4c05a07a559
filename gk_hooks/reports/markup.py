"""Markdown (CommonMark with GitHub's tables) in which text from scanned files stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gk_hooks.model.regex import regex
from gk_hooks.model.text import printable

_SPECIAL = regex(r"([\\`*_\[\]<>#~$!&])")
_LINK = regex(r"://|www\.|@", re.IGNORECASE)
_TICKS = regex("`+")


def code(text: str) -> str:
    """*text* as a code span: the way to show anything that comes from a scanned file or its name.

    Inside one, nothing is markup, HTML or a link. Control and invisible characters are visible escapes.
    """
    text = printable(text)
    if not text.strip():
        return f"`{text}`" if text else "–"
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def prose(text: str) -> str:
    """*text* that a person wrote (a justification, a note) as running text, its markup characters escaped.

    What a renderer would make a link of becomes a code span: a link takes in the escapes that follow it.
    """
    words = printable(text).split(" ")
    return " ".join(code(word) if _LINK.search(word) else _SPECIAL.sub(_escaped, word) for word in words)


def _escaped(special: re.Match[str]) -> str:
    return "&lt;" if special[0] == "<" else f"\\{special[0]}"


def block(lines: Sequence[str], indent: str = "", language: str = "text") -> list[str]:
    """*lines*, already printable, as a fenced code block."""
    fence = "`" * max((3, *(_longest_run(line) + 1 for line in lines)))
    return [f"{indent}{line}".rstrip() for line in (f"{fence}{language}", *lines, fence)]


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table of finished cells. A pipe in a cell is escaped here, as tables need it even in code spans; renderers
    do not agree on a pipe after a backslash, so that one becomes ``\\x7c``.
    """
    lines = [_row(columns), _row(["---"] * len(columns))]
    lines += [_row(cell.replace("\\|", r"\\x7c").replace("|", r"\|") for cell in row) for row in rows]
    return lines


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _longest_run(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0)
