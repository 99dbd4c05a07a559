"""The outline of a VBScript: where procedures and loops begin and end, and what a statement assigns to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gk_hooks.analyzers.vbscript.lexer import Sort, Statement
from gk_hooks.model.records import dataclass

_PROCEDURES = frozenset(("sub", "function", "property"))
_MODIFIERS = frozenset(("public", "private", "default"))


@dataclass(frozen=True, slots=True)
class Procedure:
    """A Sub, Function or Property: the statements between *start* (its head) and *end* (its End)."""

    name: str
    parameters: tuple[str, ...]
    start: int
    end: int


class Target(NamedTuple):
    """An assignment: where its ``=`` stands, and where the owner of the assigned property ends."""

    equals: int
    owner_end: int


def procedures(code: Sequence[Statement]) -> dict[str, Procedure]:
    """Every procedure by its name in lower case."""
    found: dict[str, Procedure] = {}
    head: tuple[int, Statement] | None = None
    for index, tokens in enumerate(code):
        words = [token for token in tokens[:5] if token.lower not in _MODIFIERS]
        first = words[0].lower if words else ""
        if head is not None and first == "end" and len(words) > 1 and words[1].lower in _PROCEDURES:
            _add(found, head, index)
            head = None
        elif head is None and first in _PROCEDURES and len(words) > 1:
            head = (index, tokens)
    if head is not None:
        _add(found, head, len(code))
    return found


def _add(found: dict[str, Procedure], head: tuple[int, Statement], end: int) -> None:
    words = [token for token in head[1] if token.sort is Sort.NAME and token.lower not in _MODIFIERS]
    names = words[2 if words[0].lower == "property" else 1 :]
    if names:
        parameters = tuple(token.lower for token in names[1:] if token.lower not in ("byval", "byref"))
        name = names[0].lower
        while name in found:  # a second procedure of that name is read as well
            name += "'"
        found[name] = Procedure(name, parameters, head[0], end)


def loop_ends(code: Sequence[Statement]) -> dict[int, int]:
    """For every ``For``, where its ``Next`` stands."""
    ends: dict[int, int] = {}
    open_loops: list[int] = []
    for index, tokens in enumerate(code):
        if tokens[0].lower == "for" and len(tokens) > 4:
            open_loops.append(index)
        elif tokens[0].lower == "next" and open_loops:
            ends[open_loops.pop()] = index
    return ends


def target(tokens: Statement, at: int) -> Target | None:
    """What the statement from *at* on assigns to, or None when it is a call."""
    if at >= len(tokens) or not (tokens[at].sort is Sort.NAME or tokens[at].lower == "."):
        return None
    depth, owner_end = 0, at
    operand = False
    for index in range(at, len(tokens)):
        sign = tokens[index].lower
        if sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
        elif depth == 0 and sign == "=":
            return Target(index, owner_end)
        elif depth == 0 and sign == ".":
            owner_end, operand = index, False
        elif depth == 0:
            if operand or tokens[index].sort is not Sort.NAME:
                return None  # two operands in a row: a call without parentheses
            operand = True
    return None
