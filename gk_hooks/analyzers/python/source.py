"""A Python source text, its lines and the places of its nodes."""

from __future__ import annotations

import ast

from gk_hooks.analyzers.context import Context
from gk_hooks.model.effects import Site
from gk_hooks.model.regex import regex

_LINE_END = regex(r"\r\n|\r|\n")
_CONTINUATION = bytes(range(0x80, 0xC0))
"""The bytes of UTF-8 that begin no character."""

MAX_SEGMENT = 400
MAX_SEGMENT_LINES = 8
BLOCK = 1_024


def lines_of(text: str) -> list[str]:
    """The lines of *text* as CPython counts them."""
    return _LINE_END.split(text)


class Source:
    """Lines end at ``\\r``, ``\\n`` and ``\\r\\n``, as CPython reads them; never at form feeds or U+2028."""

    def __init__(self, text: str, context: Context) -> None:
        self.lines = _LINE_END.split(text) if "\r" in text else text.split("\n")
        self.context = context
        self._encoded: dict[int, tuple[bytes, list[int]]] = {}  # line → its bytes, characters before each block

    def site(self, node: ast.expr | ast.stmt, callee: str, guess: bool = False) -> Site:
        """The place of *node*, with its source as excerpt."""
        end_line = node.end_lineno or node.lineno
        return self.context.site(
            node.lineno,
            self._column(node.lineno, node.col_offset),
            end_line,
            self._column(end_line, node.end_col_offset or 0),
            callee,
            self.segment(node),
            guess,
        )

    def outer_line(self, node: ast.expr | ast.stmt) -> int:
        """The line of *node* in the file that is scanned, also for code inside code."""
        return self.context.outer_line(node.lineno)

    def segment(self, node: ast.expr | ast.stmt, limit: int = MAX_SEGMENT) -> str:
        """The source of *node*, cut at a length that is plenty for an excerpt."""
        first, last = node.lineno, node.end_lineno or node.lineno
        start = self._column(first, node.col_offset) - 1
        if first == last:
            stop = self._column(last, node.end_col_offset or 0) - 1
            return self.line(first)[start : min(stop, start + limit)]
        kept = [self.line(first)[start : start + limit]]
        for number in range(first + 1, min(last, first + MAX_SEGMENT_LINES)):
            kept.append(self.line(number)[:limit])
        if last <= first + MAX_SEGMENT_LINES:
            stop = self._column(last, node.end_col_offset or 0) - 1
            kept.append(self.line(last)[: min(stop, limit)])
        return "\n".join(kept)[:limit]

    def text_of_lines(self, first: int, last: int) -> str:
        """The lines *first* to *last*, both included."""
        return "\n".join(self.lines[first - 1 : last])

    def line(self, number: int) -> str:
        """Line *number* (1-based), or an empty text."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def _column(self, line: int, offset: int) -> int:
        """The 1-based column, in characters, of a byte offset as ast gives it."""
        text = self.line(line)
        if text.isascii():
            return offset + 1
        data, before = self._encoded.get(line) or self._encode(line, text)
        block = min(offset // BLOCK, len(before) - 1)
        return before[block] + _characters(data[block * BLOCK : offset]) + 1

    def _encode(self, line: int, text: str) -> tuple[bytes, list[int]]:
        data = text.encode("utf-8", "surrogatepass")
        before = [0]
        for start in range(0, len(data), BLOCK):
            before.append(before[-1] + _characters(data[start : start + BLOCK]))
        self._encoded[line] = data, before
        return data, before


def _characters(data: bytes) -> int:
    return len(data.translate(None, _CONTINUATION))
