"""Reads a notebook's JSON: its cells, and where in the file each of their lines stands. Never recurses.

``json`` says whether the document is valid and decodes its strings; a pass over the tokens says where they are.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from gk_hooks.model.records import dataclass, field
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE

_TOKEN = regex(r'("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[\[\]{}]', re.DOTALL)
_ESCAPE = regex(r"(\\r\\n|\\[nr]|\\u000[aAdD])|\\.")
_CHARACTER = regex(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|[^\\]", re.DOTALL)

_NO_TEXT = regex(f"[\ud800-\udfff{HOLE}]")

_CELLS = (("cells", ""), ("worksheets", "", "cells", ""))
"""Where cells are: in today's format, and in the third."""

_LANGUAGE = (("metadata", "kernelspec", "language"), ("metadata", "language_info", "name"))

_SOURCES = ("source", "input")
_INSIDE_CELL = ((), *((name,) for name in _SOURCES), ("metadata", "vscode"))
_WATCHED = frozenset({path[:-1] for path in _LANGUAGE} | {base + inside for base in _CELLS for inside in _INSIDE_CELL})
"""The containers whose strings matter."""

MAX_DEPTH = 7
"""No source lies deeper."""

_TOO_DEEP = ("", "", "")

MAX_COLUMN = 2_000
"""Behind so many characters of a line, columns are no longer counted exactly."""


class NotANotebook(ValueError):
    """Why the text is no notebook."""


class Line(NamedTuple):
    """A line of a cell: its text, and where in the file it begins (the offset of its first character)."""

    text: str
    start: int


@dataclass(slots=True)
class Cell:
    """A cell: its number (the first is 1) and the places of its strings. language: what its own metadata says."""

    number: int
    code: bool = False
    language: str = ""
    strings: list[tuple[int, int]] = field(default_factory=list)


class Document:
    """A notebook: its cells and its language ("" when it does not say)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.cells: list[Cell] = []
        self.language = ""
        try:
            top = json.loads(text, parse_int=str, parse_float=str)
        except RecursionError:
            raise NotANotebook("nested too deeply") from None
        except ValueError as error:
            raise NotANotebook(f"no valid JSON: {error}") from None
        if not isinstance(top, dict) or not ("cells" in top or "worksheets" in top):
            raise NotANotebook("valid JSON, but no notebook: it has no cells")
        del top
        self._measured: tuple[int, list[int]] = (-1, [])
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._find_cells()

    def lines(self, cell: Cell) -> list[Line]:
        """The source of *cell*, line by line as Python counts lines."""
        found: list[Line] = []
        open_text, open_start = "", -1
        for start, end in cell.strings:
            at = start + 1
            for match in _line_ends(self.text, start + 1, end - 1):
                text = open_text + _decoded(self.text[at : match.start()])
                found.append(Line(text, open_start if open_start >= 0 else at))
                open_text, open_start, at = "", -1, match.end()
            if at < end - 1:
                open_text += _decoded(self.text[at : end - 1])
                open_start = open_start if open_start >= 0 else at
        if open_start >= 0:
            found.append(Line(open_text, open_start))
        return found

    def place(self, start: int, column: int) -> tuple[int, int]:
        """The line and column of the file where *column* of the cell's line stands that begins at *start*."""
        if start != self._measured[0]:
            self._measured = start, self._offsets(start)
        offsets = self._measured[1]
        offset = offsets[min(max(column, 1), len(offsets)) - 1]
        line = bisect_right(self._newlines, offset - 1)
        return line + 1, offset - (self._newlines[line - 1] + 1 if line else 0) + 1

    def _offsets(self, start: int) -> list[int]:
        """Where each character of the line that begins at *start* is written, and where the last ends."""
        offsets = [start]
        while len(offsets) < MAX_COLUMN:
            character = _CHARACTER.match(self.text, offsets[-1])
            if character is None or character[0] == '"':
                break
            offsets.append(character.end())
        return offsets

    def _find_cells(self) -> None:
        names: list[str] = []  # of the open containers: the key that each has in the one around it
        kinds: list[bool] = []  # whether each is an object
        path: tuple[str, ...] = ()  # the names without that of the document
        key = ""
        for match in _TOKEN.finditer(self.text):
            if match[2]:
                key = _decoded(match[1][1:-1])
                self._key((*path, key))
            elif match[1]:
                if path in _WATCHED:
                    self._string((*path, key if kinds and kinds[-1] else ""), match.start(1), match.end(1))
            else:
                opens = match[0] in "[{"
                if opens:
                    names.append(key if kinds and kinds[-1] else "")
                    kinds.append(match[0] == "{")
                else:
                    names.pop()
                    kinds.pop()
                path, key = tuple(names[1:]) if len(names) <= MAX_DEPTH else _TOO_DEEP, ""
                if opens and kinds[-1] and path in _CELLS:
                    self.cells.append(Cell(len(self.cells) + 1))

    def _key(self, path: tuple[str, ...]) -> None:
        """Of keys that are there twice, the last counts."""
        if path in (("cells",), ("worksheets",)):
            self.cells.clear()
        elif path[-1] in _SOURCES and path[:-1] in _CELLS:
            self.cells[-1].strings.clear()

    def _string(self, path: tuple[str, ...], start: int, end: int) -> None:
        if path in _LANGUAGE:
            self.language = self.language or _decoded(self.text[start + 1 : end - 1]).lower()
            return
        base = next((base for base in _CELLS if path[: len(base)] == base), None)
        if base is None or not self.cells:
            return
        cell, rest = self.cells[-1], path[len(base) :]
        if rest[:1] and rest[0] in _SOURCES and rest[1:] in ((), ("",)):
            cell.strings.append((start, end))
        elif rest == ("cell_type",):
            cell.code = self.text[start + 1 : end - 1] == "code"
        elif rest == ("metadata", "vscode", "languageId"):
            cell.language = _decoded(self.text[start + 1 : end - 1]).lower()


def _decoded(raw: str) -> str:
    text = raw if "\\" not in raw else str(json.loads(f'"{raw}"'))
    return text if text.isascii() else _NO_TEXT.sub("\ufffd", text)


def _line_ends(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    r"""The escapes that end a line; ``\\n`` is a backslash and an n."""
    return (match for match in _ESCAPE.finditer(text, start, end) if match[1])
