"""A Python source text, its lines and the places of its nodes."""

from __future__ import annotations

import ast
import re

from gk_hooks.analyzers.context import Context
from gk_hooks.model.effects import Site

_LINE_END = re.compile(r"\r\n|\r|\n")
MAX_SEGMENT = 400


class Source:
    """Lines end at ``\\r``, ``\\n`` and ``\\r\\n``, as CPython reads them; never at form feeds or U+2028."""

    def __init__(self, text: str, context: Context) -> None:
        self.lines = _LINE_END.split(text)
        self.context = context

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

    def segment(self, node: ast.expr | ast.stmt) -> str:
        """The source of *node*, cut at a length that is plenty for an excerpt."""
        first, last = node.lineno, node.end_lineno or node.lineno
        start = self._column(first, node.col_offset) - 1
        stop = self._column(last, node.end_col_offset or 0) - 1
        if first == last:
            return self.line(first)[start : min(stop, start + MAX_SEGMENT)]
        kept = [self.line(first)[start : start + MAX_SEGMENT]]
        for number in range(first + 1, min(last, first + 8)):
            kept.append(self.line(number)[:MAX_SEGMENT])
        if last < first + 9:
            kept.append(self.line(last)[: min(stop, MAX_SEGMENT)])
        return "\n".join(kept)[:MAX_SEGMENT]

    def line(self, number: int) -> str:
        """Line *number* (1-based), or an empty text."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def _column(self, line: int, offset: int) -> int:
        """The 1-based column, in characters, of a byte offset as ast gives it."""
        text = self.line(line)
        if text.isascii():
            return offset + 1
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace")) + 1
