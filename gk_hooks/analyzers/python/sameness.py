"""Two texts that are the same program, as when strings get other quotes or comments change, and which of their lines
correspond."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from gk_hooks.analyzers.python.parsing import remember
from gk_hooks.analyzers.python.source import lines_of
from gk_hooks.model.values import HOLE

_BLOCKS = (ast.stmt, ast.excepthandler, ast.match_case)


class Run(NamedTuple):
    """Whole statements that are spelled alike: [first, last] of the later text stood *moved* lines further down."""

    first: int
    last: int
    moved: int


def same_program(before: str, after: str) -> list[Run] | None:
    """Whether both texts have the same syntax tree, in which only places differ: then the lines that are spelled alike,
    in order, else None. Statements that are spelled alike need no closer look, so this takes next to no time."""
    if HOLE in before or HOLE in after:
        return None
    try:
        return _compared(remember(before), remember(after), lines_of(before), lines_of(after))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _compared(before: ast.AST, after: ast.AST, old: Sequence[str], new: Sequence[str]) -> list[Run] | None:
    runs: list[Run] = []
    pending = [(before, after)]
    while pending:
        left, right = pending.pop()
        if type(left) is not type(right):
            return None
        if isinstance(left, ast.stmt) and isinstance(right, ast.stmt):
            (first, last, *columns), (new_first, new_last, *new_columns) = _extent(left), _extent(right)
            if columns == new_columns and old[first - 1 : last] == new[new_first - 1 : new_last]:
                runs.append(Run(new_first, new_last, first - new_first))
                continue
        for (_, value), (_, other) in zip(ast.iter_fields(left), ast.iter_fields(right), strict=True):
            if _is_block(value) and _is_block(other) and len(value) == len(other):
                if not (_has_own_lines(value) and _has_own_lines(other)):
                    return None
                pending += zip(value, other)
            elif not _alike(value, other):
                return None
    return sorted(runs)


def _extent(node: ast.stmt) -> tuple[int, int, int, int]:
    """The first and the last line of a statement with its decorators, and its first and last column."""
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
    return first, node.end_lineno or node.lineno, node.col_offset, node.end_col_offset or 0


def _is_block(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], _BLOCKS)


def _has_own_lines(block: list[Any]) -> bool:
    """Whether each part of *block* begins behind the last line of the one before."""
    if isinstance(block[0], ast.match_case):
        return True
    return all(one.end_lineno < other.lineno for one, other in pairwise(block))


def _alike(value: Any, other: Any) -> bool:
    if isinstance(value, list) and isinstance(other, list):
        return len(value) == len(other) and all(map(_alike, value, other))
    if isinstance(value, ast.AST) and isinstance(other, ast.AST):
        return ast.dump(value) == ast.dump(other)
    return type(value) is type(other) and bool(value == other)
