"""Conditions on a call's arguments: typed, with readings, and with an answer that may be "cannot be told".

A rule that lets a call through needs YES. A rule that stops one applies to UNKNOWN as well, so neither a number in
quotes nor a path in a disguise gets around it. A field that is not there makes a comparison fail (ABSENT, which stops
nothing), but does not prove its negation: under ``not`` it is UNKNOWN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

from gk_hooks.gate.names import skeleton

MAX_VALUES = 100_000
"""Values that one field may stand for, in arrays; beyond it nothing can be told."""


TAKE_LISTS = frozenset({"eq", "ne", "contains", "exists", "lt", "le", "gt", "ge"})
"""Operators that look at an array as one value; for all others every item must pass."""


class Truth(IntEnum):
    """The answer of a condition; of several that must hold the least counts, of alternatives the greatest."""

    NO = 0
    ABSENT = 1
    UNKNOWN = 2
    YES = 3


class Condition(Protocol):
    """A node of the tree under ``when``."""

    def holds(self, arguments: Any) -> Truth:
        """Whether it holds for *arguments*, any parsed JSON. Never raises."""
        ...


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]

    def holds(self, arguments: Any) -> Truth:
        """The least of the parts' answers."""
        return min((part.holds(arguments) for part in self.parts), default=Truth.YES)


@dataclass(frozen=True, slots=True)
class Any_:
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def holds(self, arguments: Any) -> Truth:
        """The greatest of the parts' answers."""
        return max((part.holds(arguments) for part in self.parts), default=Truth.NO)


NEGATED = {Truth.NO: Truth.YES, Truth.ABSENT: Truth.UNKNOWN, Truth.UNKNOWN: Truth.UNKNOWN, Truth.YES: Truth.NO}


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition

    def holds(self, arguments: Any) -> Truth:
        """YES only where the part certainly does not hold."""
        return NEGATED[self.part.holds(arguments)]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field compared by one operator. test: the operator with its value, for one value of the field."""

    field: tuple[str, ...]
    operator: str
    value: Any
    test: Callable[[Any], Truth]

    def holds(self, arguments: Any) -> Truth:
        """What the test says of every value that the field has; UNKNOWN where they differ."""
        values = resolve(arguments, self.field)
        if self.operator == "exists":
            found = any(value is not MISSING for value in values)
            return Truth.YES if found is (self.value is not False) else Truth.NO
        if len(values) > MAX_VALUES:
            return Truth.UNKNOWN
        if self.operator not in TAKE_LISTS:
            values = flat(values)
        return agreed(Truth.ABSENT if value is MISSING else self.test(value) for value in values)


class _Missing:
    """Stands where an item of an array lacks the field that others may have."""


MISSING = _Missing()


def resolve(arguments: Any, path: Sequence[str]) -> list[Any]:
    """The values of a field, as many as there are where its path goes through arrays, MISSING where there is none."""
    values = [arguments]
    for key in path:
        values = [found for value in flat(values) for found in _members(value, key)]
    return values


def _members(value: Any, key: str) -> list[Any]:
    """What *value* has under *key*, and under names that a server may take for it: many do not mind capitals."""
    if not isinstance(value, dict):
        return [MISSING]
    found = [value[key]] if key in value else []
    if len(value) > len(found):
        looks = skeleton(key)
        found += [each for name, each in value.items() if name != key and skeleton(name) == looks]
    return found or [MISSING]


def flat(values: Iterable[Any]) -> list[Any]:
    """*values* with what stands in arrays, at any depth, instead of the arrays."""
    found: list[Any] = []
    todo = [iter(values)]
    while todo:
        for value in todo[-1]:
            if isinstance(value, list):
                todo.append(iter(value))
                break
            found.append(value)
        else:
            todo.pop()
    return found


def finite_number(value: Any) -> bool:
    """Whether *value* is a number that can be compared: not a boolean, NaN or an infinity."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and math.isfinite(value)
    )


def agreed(answers: Iterable[Truth]) -> Truth:
    """The one answer, if all are the same."""
    different = set(answers)
    return different.pop() if len(different) == 1 else Truth.UNKNOWN if different else Truth.ABSENT
