"""Methods of strings on values: pure, bounded, and never guessing."""

from __future__ import annotations

from collections.abc import Callable

from gk_hooks.analyzers.powershell.folding import MAX_GROWTH, characters, number_of, split
from gk_hooks.analyzers.powershell.values import (
    PIECES,
    Integer,
    Value,
    decoding,
    joined,
    list_of,
    text_of,
    unknown_from,
)
from gk_hooks.model.values import HOLE, Text

_SIMPLE_METHODS: dict[str, Callable[[str], str]] = {
    "tolower": str.lower,
    "tolowerinvariant": str.lower,
    "toupper": str.upper,
    "toupperinvariant": str.upper,
}


def text_method(text: Text, name: str, arguments: list[Value]) -> Value:
    """``text.name(arguments)``."""
    constants = [text_of(argument).only for argument in arguments]
    numbers = [number_of(argument) for argument in arguments]
    match name, len(arguments):
        case "replace", 2 if constants[0] and constants[1] is not None:
            old, new = constants[0], constants[1]
            return decoding(text.map(lambda option: _replaced(option, old, new)), PIECES)
        case "substring", 1 | 2 if None not in numbers and all(n is not None and n >= 0 for n in numbers):
            first = numbers[0] or 0
            last = first + (numbers[1] or 0) if len(numbers) > 1 else None
            return _when_constant(text, lambda option: option[first:last])
        case "remove", 1 | 2 if None not in numbers:
            first, count = numbers[0] or 0, numbers[1] if len(numbers) > 1 else 1 << 40
            return _when_constant(text, lambda option: option[:first] + option[first + (count or 0) :])
        case "insert", 2 if numbers[0] is not None and constants[1] is not None:
            first, new = numbers[0], constants[1]
            return _when_constant(text, lambda option: option[:first] + new + option[first:])
        case "split", 1 | 2:
            separators = arguments[0]
            return split(text, joined(list_of(separators), ""))
    if name in _SIMPLE_METHODS:
        return text.map(_SIMPLE_METHODS[name])
    if name in ("trim", "trimstart", "trimend"):
        blank = constants[0] if constants else None
        strip = {"trim": str.strip, "trimstart": str.lstrip, "trimend": str.rstrip}[name]
        return text.map(lambda option: strip(option, blank))
    if name == "tochararray" or name == "getenumerator":
        return characters(text)
    if name in ("tostring", "normalize", "clone", "value", "absoluteuri", "originalstring", "fullname", "uri"):
        return text
    if name in ("append", "appendline") and arguments:
        return joined((text, arguments[0]), "")
    if name in ("length", "count"):
        return Integer(len(text.only)) if text.only is not None else Integer()
    return unknown_from(text, *arguments)


def _replaced(option: str, old: str, new: str) -> str:
    return option.replace(old, new) if option.count(old) * len(new) <= MAX_GROWTH else HOLE


def _when_constant(text: Text, change: Callable[[str], str]) -> Text:
    if any(HOLE in option for option in text.options):
        return unknown_from(text)
    return decoding(text.map(change), PIECES)  # type: ignore[return-value]
