"""What is asked of a value: its text, its truth, its items."""

from __future__ import annotations

from collections.abc import Sequence

from gk_hooks.analyzers.python.joins import either
from gk_hooks.analyzers.python.values import (
    MAX_ITEMS,
    NONE,
    Class,
    Const,
    Flavour,
    Function,
    Instance,
    Map,
    OneOf,
    Ref,
    Seq,
    Str,
    Unknown,
    Value,
    alternatives,
)
from gk_hooks.model.values import UNKNOWN as UNKNOWN_TEXT
from gk_hooks.model.values import Text


def text_of(value: Value | None) -> Text:
    """What is known of *value* as a string: texts and paths as they are, numbers by str(), all else unknown."""
    if value is None:
        return UNKNOWN_TEXT
    if isinstance(value, Str):
        return value.text
    if isinstance(value, Const):
        return Text.of(str(value.value)) if _prints_short(value.value) else UNKNOWN_TEXT
    if isinstance(value, OneOf):
        texts = [text_of(alternative) for alternative in value.alternatives if alternative != NONE]
        joined = texts[0] if texts else UNKNOWN_TEXT
        for text in texts[1:]:
            joined = either(joined, text)
        return joined
    if isinstance(value, Unknown) and value.origin:
        return Text(origin=value.origin)
    return UNKNOWN_TEXT


def truth(value: Value | None) -> bool | None:
    """Whether *value* is true; None when that is not known."""
    if isinstance(value, Const):
        return bool(value.value)
    if isinstance(value, Str) and value.text.only is not None:
        return bool(value.text.only)
    if isinstance(value, Seq) and not value.open:
        return bool(value.items)
    if isinstance(value, (Ref, Function, Class, Instance)):
        return True
    return None


def items_of(value: Value) -> tuple[Sequence[Value], bool]:
    """The items of *value* at their positions, and whether there may be others."""
    match value:
        case Seq():
            return value.items, value.open
        case Map():
            keys = [Str(Text.of(key)) if isinstance(key, str) else Const(key) for key, _ in value.items]
            return keys, value.open
        case Str() if value.text.only is not None and value.flavour is not Flavour.PATH:
            signs = value.text.only
            if value.flavour is Flavour.BYTES:
                return [Const(ord(sign)) for sign in signs[:MAX_ITEMS]], len(signs) > MAX_ITEMS
            return [Str(Text.of(sign)) for sign in signs[:MAX_ITEMS]], len(signs) > MAX_ITEMS
    return (), True


def members(value: Value) -> tuple[Sequence[Value], bool]:
    """What iterating *value* may give, in whatever order, and whether there may be others."""
    found = [items_of(alternative) for alternative in alternatives(value) if alternative != NONE]
    if len(found) == 1:
        return found[0]
    return [item for items, _ in found for item in items][:MAX_ITEMS], any(more for _, more in found) or not found


def weight(value: Value | None) -> int:
    """How many steps of the budget a look at all of *value* is worth."""
    match value:
        case Str():
            return sum(map(len, value.text.options)) >> 8
        case Seq() | Map():
            return len(value.items) >> 4
    return 0


def _prints_short(value: object) -> bool:
    return not isinstance(value, int) or value.bit_length() < 2_000
