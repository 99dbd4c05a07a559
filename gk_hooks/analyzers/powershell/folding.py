"""Operators, casts and indexes on values: pure, bounded, and never guessing."""

from __future__ import annotations

import re
from collections.abc import Callable

from gk_hooks.analyzers.powershell.values import (
    MAX_ITEMS,
    NULL,
    PIECES,
    Bytes,
    Integer,
    Items,
    Object,
    Table,
    Type,
    Value,
    decoding,
    either,
    history_of,
    joined,
    list_of,
    product,
    text_of,
    unknown_from,
)
from gk_hooks.model.records import replace
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE, UNKNOWN, Text

_SAFE_PATTERN = regex(r"(?:[^\\^$.|?*+()\[\]{}]|\\[^\w]|\[[^\[\]\\^][^\[\]\\]*\]|\|)+\Z")
"""Patterns that a regular expression engine reads in linear time and that mean the same everywhere."""


_FORMAT_ITEM = regex(r"\{\{|\}\}|\{(\d{1,4})\s*(?:,\s*(-?\d{1,3}))?(?::([^{}]*))?\}")


_MAX_FORMAT = 4096


MAX_PATTERN = 200


MAX_GROWTH = 1_000_000
"""No replacement makes a text longer than this."""


_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "%": lambda a, b: a % b if b else 0,
    "/": lambda a, b: a // b if b else 0,
    "bxor": lambda a, b: a ^ b,
    "band": lambda a, b: a & b,
    "bor": lambda a, b: a | b,
    "shl": lambda a, b: a << b if 0 <= b < 64 else 0,
    "shr": lambda a, b: a >> b if 0 <= b < 64 else 0,
}


def binary(operator: str, left: Value, right: Value) -> Value:
    """``left operator right``."""
    match operator:
        case "f":
            return format_text(text_of(left), list_of(right))
        case "join":
            return join_items(left, text_of(right))
        case "split":
            return split(left, text_of(list_of(right)[0]) if list_of(right) else UNKNOWN, pattern=True)
        case "replace":
            return _replace_pattern(left, list_of(right))
        case "..":
            return _range(left, right)
        case "as":
            return cast(right.name, left) if isinstance(right, Type) else left
        case "+":
            return _plus(left, right)
    return _arithmetic(operator, left, right)


def _arithmetic(operator: str, left: Value, right: Value) -> Value:
    if operator == "*" and isinstance(left, Text) and isinstance(right, Integer):
        return repeat(left, right.number)
    if operator in _ARITHMETIC:
        one, other = number_of(left), number_of(right)
        if one is None or other is None:
            history = unknown_from(left, right)
            return decoding(history, "xor") if operator == "bxor" and not isinstance(left, Integer) else history
        if abs(one) < 1 << 63 and abs(other) < 1 << 63:
            return Integer(_ARITHMETIC[operator](one, other))
    if operator in ("is", "isnot", "and", "or", "xor", "eq", "ne", "match", "like", "in", "contains"):
        return Integer()
    return unknown_from(left, right)


def _plus(left: Value, right: Value) -> Value:
    if isinstance(left, Integer) and not isinstance(right, Items | Table | Bytes):
        number, other = left.number, number_of(right)
        return Integer(number + other) if number is not None and other is not None else Integer()
    if isinstance(left, Items):
        return Items((left.items + list_of(right))[:MAX_ITEMS], left.complete and len(left.items) < MAX_ITEMS)
    if isinstance(left, Table) and isinstance(right, Table):
        return Table({**left.entries, **right.entries}, left.complete and right.complete, left.level)
    if isinstance(left, Bytes) and isinstance(right, Bytes):
        return Bytes(product(left.text, right.text))
    if left is NULL:
        return right
    pieces = joined((left, right), "")
    return decoding(pieces, PIECES) if not pieces.is_unknown else pieces


def number_of(value: Value) -> int | None:
    """*value* as an integer, where that is certain."""
    if isinstance(value, Integer):
        return value.number
    if isinstance(value, Text) and value.only is not None:
        try:
            return int(value.only.strip()[:18], 0)
        except ValueError:
            return None
    return None


def repeat(text: Text, times: int | None) -> Text:
    """*text* so many *times*."""
    if times is None or not 0 <= times <= 10_000:
        return unknown_from(text)
    return text.map(lambda option: option * min(times, 100_000 // max(1, len(option)) + 1))


def join_items(value: Value, separator: Text) -> Value:
    """``value -join separator``."""
    if separator.only is None:
        return unknown_from(value)
    if isinstance(value, Items) and not value.complete:
        return unknown_from(value)
    whole = joined(list_of(value), separator.only)
    return decoding(whole, PIECES) if len(list_of(value)) > 1 else whole


def split(value: Value, separator: Text, *, pattern: bool = False) -> Value:
    """``value -split separator`` (a safe *pattern*), or ``.Split()`` at any of its characters."""
    text, at = text_of(value), separator.only
    if text.only is None or not at or len(text.only) > 20_000:
        return Items((unknown_from(value),), complete=False) if not isinstance(value, Items) else value
    if pattern and not _is_safe(at):
        return Items((unknown_from(value),), complete=False)
    expression = at if pattern else "|".join(map(re.escape, at))
    parts = re.split(expression, text.only, flags=re.IGNORECASE if pattern else 0)[:MAX_ITEMS]
    return Items(tuple(replace(Text.of(part), trail=text.trail, decoded=text.decoded) for part in parts))


def _is_safe(pattern: str) -> bool:
    return len(pattern) <= MAX_PATTERN and _SAFE_PATTERN.match(pattern) is not None


def _replace_pattern(left: Value, right: tuple[Value, ...]) -> Value:
    pattern = text_of(right[0]).only if right else None
    new = text_of(right[1]).only if len(right) > 1 else ("" if len(right) == 1 else None)
    if isinstance(left, Items):
        return Items(tuple(_replace_pattern(item, right) for item in left.items), left.complete)
    text = text_of(left)
    if pattern is None or new is None or "$" in new or not _is_safe(pattern):
        return unknown_from(left, *right)
    compiled = re.compile(pattern, re.IGNORECASE)
    if any(len(option) * len(new) > MAX_GROWTH for option in text.options):
        return unknown_from(left, *right)
    return decoding(text.map(lambda option: compiled.sub(lambda _: new, option)), PIECES)


def format_text(template: Text, values: tuple[Value, ...]) -> Text:
    """``template -f values``."""
    text = template.only
    if text is None or len(text) > 100_000:
        return unknown_from(template, *values)
    parts: list[Value] = []
    end = 0
    for item in _FORMAT_ITEM.finditer(text):
        parts.append(Text.of(text[end : item.start()]))
        end = item.end()
        if item[1] is None:
            parts.append(Text.of(item[0][0]))
        else:
            parts.append(_formatted(values, int(item[1]), item[3] or ""))
        if len(parts) > _MAX_FORMAT:
            return unknown_from(template, *values)
    whole = joined((*parts, Text.of(text[end:])), "")
    history = history_of([template, whole])
    whole = replace(whole, trail=history.trail, decoded=history.decoded)
    return whole.decoding(PIECES) if PIECES not in whole.decoded and not whole.is_unknown else whole


def _formatted(values: tuple[Value, ...], index: int, specification: str) -> Value:
    value = values[index] if index < len(values) else Text.template(HOLE)
    number = value.number if isinstance(value, Integer) else None
    if specification and number is not None:
        kind, width = specification[0].lower(), specification[1:]
        if kind in "dx" and (not width or width.isdigit()):
            return Text.of(format(number, f"0{int(width or 1) % 64}{'d' if kind == 'd' else specification[0]}"))
        return Text.template(HOLE)
    return value if text_of(value).options != UNKNOWN.options else Text.template(HOLE)


def _range(left: Value, right: Value) -> Value:
    first, last = number_of(left), number_of(right)
    if first is None or last is None or abs(last - first) >= MAX_ITEMS:
        return Items((), complete=False)
    step = 1 if last >= first else -1
    return Items(tuple(map(Integer, range(first, last + step, step))))


def cast(name: str, value: Value) -> Value:
    """``[name] value``."""
    if name in (
        "string",
        "text.stringbuilder",
        "uri",
        "uribuilder",
        "io.fileinfo",
        "io.directoryinfo",
        "ipaddress",
        "net.ipaddress",
    ):
        return text_of(value)
    if name == "char":
        return _char(value)
    if name in ("char[]", "byte[]") or name.endswith("[]"):
        return _cast_items(name[:-2], value)
    if name in ("int", "int32", "int64", "long", "byte", "uint32", "uint16", "int16", "uint64", "sbyte"):
        return _to_integer(value)
    if name in ("array", "collections.arraylist", "object"):
        return value
    return value if not isinstance(value, Text) else replace(value)


def _char(value: Value) -> Value:
    number = value.number if isinstance(value, Integer) else None
    if isinstance(value, Text) and value.only is not None and value.only.isdigit() and len(value.only) > 1:
        number = number_of(value)
    if number is not None:
        if not 0 <= number < 0x110000:
            return UNKNOWN
        char = Text.of(chr(number))
        return char.decoding("character codes") if 0x21 <= number < 0x7F else char
    if isinstance(value, Items):
        return _cast_items("char", value)
    return text_of(value) if isinstance(value, Text) else Text.template(HOLE)


def _cast_items(name: str, value: Value) -> Value:
    if name == "byte":
        if isinstance(value, Bytes):
            return value
        numbers = [number_of(item) for item in list_of(value)]
        if isinstance(value, Items) and value.complete and all(n is not None and 0 <= n < 256 for n in numbers):
            return Bytes(Text.of("".join(chr(n or 0) for n in numbers)))
        return Bytes(unknown_from(value))
    if isinstance(value, Text) and name == "char":
        return characters(value)
    if isinstance(value, Bytes):
        if value.text.only is not None:
            value = Items(tuple(Integer(ord(char)) for char in value.text.only[:MAX_ITEMS]))
        else:
            return Items((unknown_from(value),), complete=False)
    return Items(tuple(cast(name, item) for item in list_of(value)), not isinstance(value, Items) or value.complete)


def _to_integer(value: Value) -> Value:
    if isinstance(value, Text) and value.only is not None and len(value.only) == 1 and not value.only.isdigit():
        return Integer(ord(value.only))
    if isinstance(value, Text) and value.decoded:
        return value if value.only is None else Integer(number_of(value))
    return Integer(number_of(value))


def characters(text: Text) -> Items:
    """The characters of *text*."""
    if text.only is None or len(text.only) > MAX_ITEMS:
        return Items((unknown_from(text),), complete=False)
    return Items(tuple(replace(Text.of(char), trail=text.trail, decoded=text.decoded) for char in text.only))


def index(value: Value, key: Value) -> Value:
    """``value[key]``."""
    if isinstance(value, Table):
        found = text_of(key).only
        return (
            value.entries.get(found.lower(), UNKNOWN if not value.complete else NULL) if found is not None else UNKNOWN
        )
    if isinstance(key, Items):
        picked = Items(tuple(index(value, one) for one in key.items), key.complete)
        numbers = [one.number for one in key.items if isinstance(one, Integer) and one.number is not None]
        backwards = len(numbers) > 2 and numbers == sorted(numbers, reverse=True)
        return Items(tuple(decoding(i, "reversal") for i in picked.items), picked.complete) if backwards else picked
    at = number_of(key)
    items = characters(value) if isinstance(value, Text) else value
    if isinstance(items, Items) and items.complete and at is not None and -len(items.items) <= at < len(items.items):
        return items.items[at]
    if isinstance(items, Items) and items.items:
        whole = items.items[0]
        for item in items.items[1:16]:
            whole = either(whole, item)
        return replace(whole, complete=False) if isinstance(whole, Text) and not items.complete else whole
    if isinstance(value, Object):
        return value.fields.get((text_of(key).only or "").lower(), UNKNOWN)
    return unknown_from(value)
