"""Values put together: either of two, one after an assignment, one that others may replace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from gk_hooks.analyzers.python.values import (
    MAX_ALTERNATIVES,
    UNKNOWN,
    Class,
    Const,
    Foreign,
    Function,
    Instance,
    Map,
    Method,
    OneOf,
    Partial,
    Ref,
    Seq,
    Str,
    Unknown,
    Value,
    alternatives,
)
from gk_hooks.model.values import Step, Text

MAX_JOINED = 50_000
"""Characters that the alternatives of one text may have together."""


def alike(left: Value, right: Value) -> bool:
    """Whether both are the same value; what is nested deeper than one level only if it is the same object."""
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    if isinstance(left, (Str, Const, Unknown)):
        return left == right
    match left, right:
        case Seq(), Seq():
            return left.open == right.open and _all_alike(left.items, right.items)
        case Map(), Map():
            keys_alike = [key for key, _ in left.items] == [key for key, _ in right.items]
            pairs = ([value for _, value in left.items], [value for _, value in right.items])
            return left.open == right.open and keys_alike and _all_alike(*pairs)
        case OneOf(), OneOf():
            return _all_alike(left.alternatives, right.alternatives)
        case Ref(), Ref():
            return left.path == right.path and left.guess == right.guess and _same_call(left, right)
        case Method(), Method():
            return left.owner is right.owner and left.name == right.name
        case Function(), Function():
            return left.record is right.record and left.receiver is right.receiver
        case Instance(), Instance():
            return left.record is right.record and left.own is right.own
        case Class(), Class():
            return left.record is right.record
        case Partial(), Partial():
            return False
    return left == right


def _all_alike(left: Sequence[Value], right: Sequence[Value]) -> bool:
    return len(left) == len(right) and all(map(_same, left, right))


def _same(left: Value, right: Value) -> bool:
    return left is right or (isinstance(left, (Str, Const, Unknown)) and left == right)


def _same_call(left: Ref, right: Ref) -> bool:
    one, other = left.arguments, right.arguments
    if one is None or other is None or one is other:
        return one is other
    names_alike = [name for name, _ in one.keywords] == [name for name, _ in other.keywords]
    keywords = ([value for _, value in one.keywords], [value for _, value in other.keywords])
    return _all_alike(one.positional, other.positional) and names_alike and _all_alike(*keywords)


def join(left: Value, right: Value) -> Value:
    """Either value. Texts of one flavour join into one text; more than MAX_ALTERNATIVES become Unknown."""
    if alike(left, right):
        return left
    if isinstance(left, Str) and isinstance(right, Str) and left.flavour is right.flavour:
        return Str(either(left.text, right.text), left.flavour)
    merged = list(alternatives(left))
    for value in alternatives(right):
        for index, other in enumerate(merged):
            if isinstance(value, Str) and isinstance(other, Str) and value.flavour is other.flavour:
                merged[index] = Str(either(other.text, value.text), value.flavour)
                break
            if alike(value, other):
                break
            if isinstance(value, Unknown) and isinstance(other, Unknown) and (_is_foreign(value) or _is_foreign(other)):
                merged[index] = next((one for one in (other, value) if not _is_foreign(one)), UNKNOWN)
                break
        else:
            merged.append(value)
    if len(merged) == 1:
        return merged[0]
    return OneOf(tuple(merged)) if len(merged) <= MAX_ALTERNATIVES else UNKNOWN


def _is_foreign(value: Value) -> bool:
    return isinstance(value, Foreign)


def either(left: Text, right: Text) -> Text:
    """Either text; nothing is known of one whose alternatives are too long together."""
    characters = sum(map(len, left.options)) + sum(map(len, right.options))
    return left.join(right) if characters <= MAX_JOINED else Text(decoded=left.decoded or right.decoded)


def join_all(values: Iterable[Value]) -> Value:
    """Any of *values*; Unknown when there is none."""
    joined: Value | None = None
    for value in values:
        joined = value if joined is None else join(joined, value)
    return UNKNOWN if joined is None else joined


def doubtful(value: Value, origin: str) -> Value:
    """*value* where others may put another one: no text of it proves anything any more, its functions stay possible.
    *origin* says what it is, for people."""
    kept = [part for part in alternatives(value) if isinstance(part, (Ref, Function, Class, Instance, Partial))]
    if isinstance(value, Str) and value.text.only is not None:
        origin = f"{origin}, by default {value.text.only[:80]}"
    return join_all([*kept, Unknown(origin)])


def through(value: Value, step: Step) -> Value:
    """*value* after one more step of its trail; only texts, alone or in a small container, remember it."""
    match value:
        case Str():
            return Str(value.text.through(step), value.flavour)
        case OneOf():
            return OneOf(tuple(map(_with_step(step), value.alternatives)))
        case Seq() if len(value.items) <= MAX_ALTERNATIVES:
            return Seq(tuple(map(_with_step(step), value.items)), value.open)
    return value


def _with_step(step: Step) -> Callable[[Value], Value]:
    return lambda value: Str(value.text.through(step), value.flavour) if isinstance(value, Str) else value
