"""Operators, items and slices of known values."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

from gk_hooks.analyzers.python.folding.paths import join_paths
from gk_hooks.analyzers.python.folding.texts import percent
from gk_hooks.analyzers.python.joins import join_all
from gk_hooks.analyzers.python.values import (
    MAX_ITEMS,
    NONE,
    UNKNOWN,
    Const,
    Flavour,
    Map,
    OneOf,
    Seq,
    Str,
    Unknown,
    Value,
    alternatives,
)
from gk_hooks.analyzers.python.views import items_of, text_of
from gk_hooks.model.values import HOLE, MAX_LENGTH, Text, concat

MAX_NUMBER_BITS = 2_048

_NUMBERS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.BitXor: operator.xor,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}


def binary(sign: ast.operator, left: Value, right: Value) -> Value:
    """``left <sign> right``."""
    if isinstance(left, Const) and isinstance(right, Const):
        return _number(sign, left.value, right.value)
    match sign:
        case ast.Add():
            return add(left, right)
        case ast.Div() if _is_path(left) or _is_path(right):
            return Str(join_paths([text_of(left), text_of(right)]), Flavour.PATH)
        case ast.Mod() if isinstance(left, Str):
            return percent(left, right)
        case ast.Mult():
            return _repeated(right, left) if isinstance(left, Const) else _repeated(left, right)
    return UNKNOWN


def add(left: Value, right: Value) -> Value:
    """``left + right`` for texts and sequences."""
    if isinstance(left, Seq) and isinstance(right, Seq):
        fits = len(left.items) + len(right.items) <= MAX_ITEMS
        return Seq((*left.items, *right.items), left.open or right.open) if fits else Seq(left.items, open=True)
    if isinstance(left, Seq):
        return Seq((*left.items, UNKNOWN), open=True)
    if isinstance(right, Seq):
        return Seq((UNKNOWN, *right.items), open=True)
    flavour = next(
        (part.flavour for part in (*alternatives(left), *alternatives(right)) if isinstance(part, Str)), None
    )
    return UNKNOWN if flavour is None else Str(concat((text_of(left), text_of(right))), flavour)


def _repeated(value: Value, times: Value) -> Value:
    if not isinstance(times, Const) or not isinstance(times.value, int) or times.value < 0:
        return Str(Text(), value.flavour) if isinstance(value, Str) else UNKNOWN
    count = times.value
    if isinstance(value, Str):
        fits = count * max(map(len, value.text.options)) <= MAX_LENGTH
        return Str(value.text.map(lambda option: option * count) if fits else Text(), value.flavour)
    if isinstance(value, Seq):
        return Seq(
            value.items * count if count * len(value.items) <= MAX_ITEMS else (), value.open or count > MAX_ITEMS
        )
    return UNKNOWN


def _number(sign: ast.operator, left: object, right: object) -> Value:
    compute = _NUMBERS.get(type(sign))
    if compute is None or not isinstance(left, int) or not isinstance(right, int):
        return UNKNOWN
    if left.bit_length() + right.bit_length() > MAX_NUMBER_BITS:
        return UNKNOWN
    if isinstance(sign, (ast.LShift, ast.RShift)) and not 0 <= right < MAX_NUMBER_BITS:
        return UNKNOWN
    try:
        return Const(compute(left, right))
    except ZeroDivisionError:
        return UNKNOWN


def subscript(owner: Value, index: Value) -> Value:
    """``owner[index]``."""
    match owner:
        case OneOf():
            return join_all(subscript(alternative, index) for alternative in owner.alternatives)
        case Map():
            return _at_key(owner, index)
        case Seq() if not _is_number(index):
            return join_all((*owner.items[:64], UNKNOWN)) if owner.items else UNKNOWN
        case Seq() | Str() if isinstance(index, Const) and isinstance(index.value, int):
            items, more = items_of(owner)
            return _at(items, more, index.value)
        case Unknown():
            return owner
    return UNKNOWN


def _at_key(owner: Map, index: Value) -> Value:
    key = index.text.only if isinstance(index, Str) else index.value if isinstance(index, Const) else None
    if key is not None:
        return owner.get(key)
    known = join_all(value for _, value in owner.items[:64])
    return known if not owner.open and len(owner.items) <= 64 else join_all((known, UNKNOWN))


def _at(items: object, more: bool, position: int) -> Value:
    assert isinstance(items, (tuple, list))
    if not -len(items) <= position < len(items):
        return UNKNOWN
    if more and (position < 0 or any(isinstance(item, Unknown) for item in items[:position])):
        return UNKNOWN  # an unknown item of an open sequence may stand for several
    found = items[position]
    assert isinstance(found, Value)
    return found


def sliced(owner: Value, bounds: tuple[Value | None, Value | None, Value | None]) -> Value:
    """``owner[a:b:c]``."""
    numbers: list[int | None] = []
    for bound in bounds:
        if bound is None or bound == NONE:
            numbers.append(None)
        elif isinstance(bound, Const) and isinstance(bound.value, int):
            numbers.append(bound.value)
        else:
            return _of_its_kind(owner)
    if numbers[2] == 0:
        return UNKNOWN
    cut = slice(*numbers)
    if isinstance(owner, Str) and all(HOLE not in option for option in owner.text.options):
        return Str(owner.text.map(lambda option: option[cut]), owner.flavour)
    if isinstance(owner, Seq) and not owner.open:
        return Seq(owner.items[cut])
    return _of_its_kind(owner)


def _of_its_kind(owner: Value) -> Value:
    if isinstance(owner, Str):
        return Str(Text(), owner.flavour)
    return Seq(open=True) if isinstance(owner, Seq) else UNKNOWN


def _is_number(value: Value) -> bool:
    return isinstance(value, Const) and isinstance(value.value, int)


def _is_path(value: Value) -> bool:
    return isinstance(value, Str) and value.flavour is Flavour.PATH
