"""The operators of comparisons: each makes, from the policy's value, a test of one value of the arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gk_hooks.gate.paths import in_a_home, leads_outside, looks_like_path, path_readings, readings, text_readings
from gk_hooks.gate.policy.conditions import NEGATED, Comparison, Truth, agreed, finite_number, flat
from gk_hooks.gate.regexes import LinearRegex


def _told(answer: bool) -> Truth:
    return Truth.YES if answer else Truth.NO


def _number(compare: Callable[[Any, Any], bool]) -> Callable[[Any], Callable[[Any], Truth]]:
    def make(limit: Any) -> Callable[[Any], Truth]:
        def test(value: Any) -> Truth:
            if value is None:
                return Truth.ABSENT
            return _told(compare(value, limit)) if finite_number(value) else Truth.UNKNOWN

        return test

    return make


def _equal(expected: Any) -> Callable[[Any], Truth]:
    """Equality of two JSON values of one type; texts are equal if they are in every reading."""
    matches = _text_test(expected, lambda text, wanted: text == wanted) if isinstance(expected, str) else None

    def test(value: Any) -> Truth:
        if matches and isinstance(value, str):
            return Truth.YES if value == expected else matches(value)
        if value is None and expected is not None:
            return Truth.ABSENT
        if _type(value) != _type(expected) or value != value:
            return Truth.UNKNOWN
        return _told(value == expected)

    return test


def _one_of(expected: Sequence[Any]) -> Callable[[Any], Truth]:
    tests = [(_type(each), _equal(each)) for each in expected]

    def test(value: Any) -> Truth:
        kind = _type(value)
        answers = [same(value) for other, same in tests if other == kind]
        return max(answers) if answers else Truth.ABSENT if value is None else Truth.UNKNOWN

    return test


def _negated(make: Callable[[Any], Callable[[Any], Truth]]) -> Callable[[Any], Callable[[Any], Truth]]:
    """The operator that says the contrary; a missing value says nothing of it either."""

    def negation(expected: Any) -> Callable[[Any], Truth]:
        test = make(expected)
        return lambda value: Truth.ABSENT if (told := test(value)) is Truth.ABSENT else NEGATED[told]

    return negation


def _text(compare: Callable[[str, str], bool]) -> Callable[[Any], Callable[[Any], Truth]]:
    def make(wanted: Any) -> Callable[[Any], Truth]:
        matches = _text_test(wanted, compare)

        def test(value: Any) -> Truth:
            if isinstance(value, str):
                return matches(value)
            return Truth.ABSENT if value is None else Truth.UNKNOWN

        return test

    return make


def _text_test(wanted: str, compare: Callable[[str, str], bool]) -> Callable[[str], Truth]:
    """Compares every reading of a text, or, where *wanted* is a path, every path that the text may lead to."""
    if not looks_like_path(wanted):
        return lambda text: agreed(_told(compare(reading, wanted)) for reading in readings(text))
    folder = wanted.endswith(("/", "\\"))
    target = path_readings(wanted)[-1]
    any_case = ":" in target[:2]  # a drive: Windows

    def one(reading: str) -> Truth:
        if leads_outside(reading):
            return Truth.UNKNOWN
        end = "/" if folder and not reading.endswith("/") else ""
        path, aim = reading + end, target + ("/" if folder and not target.endswith("/") else "")
        if compare(path, aim):
            return Truth.YES
        if compare(path.casefold(), aim.casefold()):
            return Truth.YES if any_case else Truth.UNKNOWN
        return Truth.UNKNOWN if in_a_home(path) and in_a_home(aim) and "~" in path[:1] + aim[:1] else Truth.NO

    def matches(text: str) -> Truth:
        return agreed(map(one, path_readings(text.replace("\\", "/") if any_case else text)))

    return matches


def _contains(wanted: Any) -> Callable[[Any], Truth]:
    """A part of a text, an item of an array, a key of an object; a part of an item's text is UNKNOWN."""
    same = _equal(wanted)
    part = _text(lambda text, inner: inner in text)(wanted) if isinstance(wanted, str) else None

    def test(value: Any) -> Truth:
        if isinstance(value, list):
            items = flat([value])
            if Truth.YES in map(same, items):
                return Truth.YES
            inside = part is not None and any(part(item) >= Truth.UNKNOWN for item in items if isinstance(item, str))
            return Truth.UNKNOWN if inside else Truth.NO
        if isinstance(value, dict):
            return _told(isinstance(wanted, str) and wanted in value)
        if isinstance(value, str) and part is not None:
            return agreed(_told(wanted in reading) for reading in text_readings(value))
        return Truth.ABSENT if value is None else Truth.UNKNOWN

    return test


def _ends(wanted: str) -> Callable[[Any], Truth]:
    return _in_texts(lambda text: text.endswith(wanted))


def _matches(wanted: LinearRegex) -> Callable[[Any], Truth]:
    return _in_texts(wanted.search)


def _in_texts(holds: Callable[[str], bool]) -> Callable[[Any], Truth]:
    def test(value: Any) -> Truth:
        if isinstance(value, str):
            return agreed(_told(holds(reading)) for reading in text_readings(value))
        return Truth.ABSENT if value is None else Truth.UNKNOWN

    return test


def _under(wanted: str) -> Callable[[Any], Truth]:
    """A path that is the folder or lies in it."""
    folder = wanted.rstrip("/\\") + "/"
    return _text(lambda path, inside: path.startswith(inside))(folder)


def _type(value: Any) -> type:
    return float if isinstance(value, int) and not isinstance(value, bool) else type(value)


def _exists(wanted: Any) -> Callable[[Any], Truth]:
    return lambda value: Truth.YES


OPERATORS: dict[str, Callable[[Any], Callable[[Any], Truth]]] = {
    "eq": _equal,
    "ne": _negated(_equal),
    "lt": _number(lambda value, limit: value < limit),
    "le": _number(lambda value, limit: value <= limit),
    "gt": _number(lambda value, limit: value > limit),
    "ge": _number(lambda value, limit: value >= limit),
    "in": _one_of,
    "not_in": _negated(_one_of),
    "contains": _contains,
    "startswith": _text(str.startswith),
    "endswith": _ends,
    "regex": _matches,
    "under": _under,
    "exists": _exists,
}


def comparison(field: str, operator: str, value: Any) -> Comparison:
    """The comparison of *field*, a dotted path, by one of OPERATORS with a value that fits it (see schema.py)."""
    return Comparison(tuple(field.split(".")), operator, value, OPERATORS[operator](value))
