"""What a module offers to those that import it, as far as its own text tells; and how two versions of it differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gk_hooks.analyzers.context import Links
from gk_hooks.analyzers.python import read_exports
from gk_hooks.analyzers.python.exports import Exports, alike
from gk_hooks.analyzers.python.outline import outline

EVERYTHING = "*"
"""Stands for all names, where nobody can tell which."""


class Own(NamedTuple):
    """What a module exports as far as its own text tells, and the names of other files that its module level asks
    for: where none of them is known, there is no more to tell."""

    exports: Exports = Exports()
    asked: tuple[str, ...] = ()


NOTHING = Own()


class Name(NamedTuple):
    """A name that differs. targets: the dotted names that it stands for, before and after, "" for none: then, and for
    a constant, there is no more to ask."""

    name: str
    constant: bool
    targets: tuple[str, str]


ANYTHING = Name(EVERYTHING, True, ("", ""))


class Difference(NamedTuple):
    """How the offers of two versions differ. asked: by each, the names of other files that may make more names
    differ."""

    names: tuple[Name, ...]
    asked: tuple[tuple[str, ...], tuple[str, ...]]


def own_of(text: str, path: str) -> Own:
    """What the module at *path* offers by its *text*."""
    asked: dict[str, None] = {}
    exports = read_exports(text, Links(known=lambda name: asked.setdefault(name), file=path))
    return Own(exports, tuple(asked))


def difference_of(before: Own, after: Own) -> Difference:
    """How *after* differs from *before*."""
    return Difference(tuple(different(before.exports, after.exports)), (_asked(before), _asked(after)))


def _asked(own: Own) -> tuple[str, ...]:
    return own.asked if own.exports.open else ()


def difference_of_texts(before: str, after: str, path: str) -> Difference | None:
    """How the module at *path* differs in two versions; None where no other file can see that it does."""
    known = outline(before)
    if known is not None and known == outline(after):
        return None
    return difference_of(own_of(before, path), own_of(after, path))


def different(before: Exports, after: Exports) -> Iterator[Name]:
    """The names that differ, sorted."""
    for name in sorted({*before.values, *before.elsewhere, *after.values, *after.elsewhere}):
        values = before.values.get(name), after.values.get(name)
        targets = before.elsewhere.get(name, ""), after.elsewhere.get(name, "")
        if targets[0] != targets[1] or not alike(*values):
            yield Name(name, values != (None, None), targets)
    if before.stars != after.stars:
        yield ANYTHING
