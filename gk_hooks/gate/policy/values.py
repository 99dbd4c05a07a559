"""Readers of single values of a policy. Each takes a node and returns the value, or raises LineError."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from enum import StrEnum
from typing import Any, TypeVar

from gk_hooks.errors import UsageError
from gk_hooks.gate.policy.nodes import LineError, Node
from gk_hooks.policy.files import unknown_key

T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)

_DURATION = re.compile(r"([0-9]{1,9})(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_KINDS = {dict: "a mapping", list: "a list", str: "a text", bool: "a boolean", int: "a number", float: "a number"}


def kind(value: Any) -> str:
    """What *value* is, in the words of the file."""
    return _KINDS.get(type(value), "nothing")


def mapping(node: Node, what: str) -> dict[str, Node]:
    """The node's entries."""
    if not isinstance(node.value, dict):
        raise LineError(node.line, f"a {what} is a mapping of keys to values, not {kind(node.value)}")
    return node.value


def known_keys(node: Node, known: Collection[str], what: str) -> list[LineError]:
    """One error for each key that nothing knows, with the nearest known one."""
    return [
        LineError(node.key_lines[key], f"{what}: {unknown_key(key, known)}") for key in node.value if key not in known
    ]


def text(node: Node) -> str:
    """A text."""
    if not isinstance(node.value, str):
        raise LineError(node.line, f"a text is expected here, not {kind(node.value)}: put it in quotes")
    return node.value


def scalar_text(node: Node) -> str:
    """A text that may be written as a number, such as a version."""
    if isinstance(node.value, bool) or not isinstance(node.value, str | int | float) or node.value == "":
        raise LineError(node.line, f"a text is expected here, not {kind(node.value)}: put it in quotes")
    return str(node.value)


def list_of(node: Node, read: Callable[[Node], T]) -> list[T]:
    """The items of a list; a single value counts as a list of one."""
    return [read(each) for each in (node.value if isinstance(node.value, list) else [node])]


def choice(node: Node, of: type[Choice], what: str) -> Choice:
    """One of the words of an enumeration."""
    try:
        return of(node.value)
    except ValueError:
        raise LineError(node.line, f"{what}: {not_one_of(node.value, of)}") from None


def not_one_of(value: Any, known: Iterable[str]) -> str:
    """The words for a value that is none of *known*, with the nearest."""
    if not isinstance(value, str):
        return f"{kind(value)} is none of {', '.join(known)}"
    return (
        unknown_key(value, [str(each) for each in known]).removeprefix("unknown key ").replace(":", " is not known:", 1)
    )


def field_path(node: Node) -> tuple[str, ...]:
    """A dotted path into the arguments."""
    parts = tuple(text(node).split("."))
    if not all(parts):
        raise LineError(node.line, f"{node.value!r} is no field: write a name, or names with dots between them")
    return parts


def duration(node: Node, longest: int) -> int:
    """Seconds, as a number or as 90s, 5m, 1h, 1d."""
    try:
        return seconds_of(node.value, longest)
    except UsageError as error:
        raise LineError(node.line, str(error)) from None


def seconds_of(value: Any, longest: int) -> int:
    """Seconds, from a number or from 90s, 5m, 1h, 1d; UsageError for anything else."""
    written = _DURATION.fullmatch(value) if isinstance(value, str) else None
    seconds = int(written[1]) * _SECONDS[written[2]] if written else value
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds <= longest:
        raise UsageError(f"{value!r} is no time: write seconds or 90s, 5m, 1h, 1d; at most {longest}s")
    return seconds
