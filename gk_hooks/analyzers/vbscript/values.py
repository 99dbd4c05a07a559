"""What is known of a VBScript value: a string, a whole number, an array, or an object with its kind."""

from __future__ import annotations

from collections.abc import Iterable

from gk_hooks.model.records import dataclass, field, replace
from gk_hooks.model.values import HOLE, UNKNOWN, Text, concat

MAX_ITEMS = 4096


@dataclass(slots=True, eq=False)
class Thing:
    """An object. kind: what the tables of ``objects`` know it by. name: as reports call it. Properties may be set."""

    kind: str
    name: str
    properties: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Value:
    """A value. A number's text is its digits."""

    text: Text = UNKNOWN
    number: int | None = None
    items: tuple[Value, ...] | None = None
    thing: Thing | None = None


NOTHING = Value()
EMPTY = Value(Text.of(""))
"""What a variable holds before anything is assigned; told by identity from a string that is empty."""


def of_text(text: Text) -> Value:
    """A string; digits alone are a number as well."""
    return Value(text)


def of_number(number: int) -> Value:
    """A whole number."""
    return Value(Text.of(str(number)), number) if abs(number) < 1 << 63 else NOTHING


def of_items(items: Iterable[Value]) -> Value:
    """An array."""
    found = tuple(items)
    return Value(items=found) if len(found) <= MAX_ITEMS else NOTHING


def of_thing(kind: str, name: str) -> Value:
    """An object."""
    return Value(thing=Thing(kind, name))


def number_of(value: Value) -> int | None:
    """The whole number that the value is, or that its one string spells."""
    if value.number is not None:
        return value.number
    text = (value.text.only or "").strip()
    try:
        if text[:2].lower() == "&h":
            return int(text[2:10], 16)
        return int(text) if text.lstrip("+-").isdecimal() and len(text) < 19 else None
    except ValueError:
        return None


def either(one: Value, other: Value) -> Value:
    """One value or the other; the first object that is known stands for both."""
    if one == other or other is EMPTY:
        return one
    if one is EMPTY:
        return other
    items = one.items if one.items == other.items else None
    return Value(one.text.join(other.text), None, items, one.thing or other.thing)


def concatenated(parts: list[Text]) -> Text:
    """The strings joined; neighbours that are constants are joined at once, so that long chains stay linear."""
    merged: list[Text] = []
    run: list[Text] = []
    for part in parts:
        if len(part.options) == 1 and part.complete:
            run.append(part)
            continue
        merged += _joined(run)
        run = []
        merged.append(part)
    return concat([*merged, *_joined(run)])


def _joined(run: list[Text]) -> list[Text]:
    if not run:
        return []
    whole = Text.template("".join(part.options[0] for part in run))
    marked = {
        (part.trail, part.decoded, part.origin): part for part in run if part.trail or part.decoded or part.origin
    }
    return [concat([whole, *(replace(part, options=("",)) for part in marked.values())])]


def is_constant(text: Text) -> bool:
    """Whether every possible value is wholly known."""
    return text.complete and not any(HOLE in option for option in text.options)
