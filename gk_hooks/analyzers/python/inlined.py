"""Effects of functions that were run for the sake of one call, and which of them are reported at that call.

A function's body runs once for everybody, and what it does is reported there. A call that hands in a literal can prove
more: then the effect stands at the call, where the literal is, and its chain says through which function.
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable, Sequence
from itertools import groupby

from gk_hooks.model.effects import (
    Connect,
    Deserialize,
    DynamicCode,
    Effect,
    Execute,
    Listen,
    LoadNative,
    Persist,
    RegistryWrite,
    Site,
    WritePath,
)
from gk_hooks.model.hosts import Reach, resolve
from gk_hooks.model.records import dataclass, fields, replace
from gk_hooks.model.values import Text


@dataclass(frozen=True, slots=True)
class Found:
    """One effect: *inner* where it stands in a function, *outer* the call that leads there through *chain*."""

    inner: Effect
    outer: Site
    chain: tuple[str, ...]


def worth_reporting(found: Iterable[Found], general: Sequence[Effect]) -> list[Effect]:
    """The effects, placed at their calls, that no effect of *general* tells already; of several calls that lead to
    the same effect one through the other, the innermost."""
    known = {_essence(effect) for effect in general}
    places = {_place(effect) for effect in general}
    proven = {_place(effect) for effect in general if isinstance(effect, Connect) and _is_remote(effect)}
    picked: list[Effect] = []
    for _, calls in groupby(sorted(dict.fromkeys(found), key=_depth), key=_depth):
        new = [one for one in calls if _essence(one.inner) not in known and _tells_more(one.inner, places)]
        new = [one for one in new if _place(one.inner) not in proven]
        picked += map(_at_call, new)
        known.update(_essence(one.inner) for one in new)
    return picked


def _depth(found: Found) -> int:
    return len(found.chain)


def _at_call(found: Found) -> Effect:
    site = found.inner.site
    chain = (*found.chain, *site.chain)
    return replace(found.inner, site=replace(found.outer, callee=site.callee, chain=chain, guess=site.guess))


AT_ALL = (DynamicCode, Deserialize, LoadNative, Execute)
"""Effects that matter whatever they are given: a function that was handed in is called."""


Place = tuple[type[Effect], int, int]


def _place(effect: Effect) -> Place:
    return type(effect), effect.site.line, effect.site.column


def _tells_more(effect: Effect, places: Container[Place]) -> bool:
    match effect:
        case Connect():
            return _is_remote(effect)
        case Listen():
            return bool(effect.host.constants)
        case WritePath() | RegistryWrite() | Persist():
            return True
        case Execute() if effect.tools:
            return True
    return isinstance(effect, AT_ALL) and _place(effect) not in places


def _is_remote(effect: Connect) -> bool:
    return any(there.reach is Reach.REMOTE for there in resolve(effect.destination, effect.form))


def _essence(effect: Effect) -> Hashable:
    values = (getattr(effect, one.name) for one in fields(effect) if one.name != "site")
    return (type(effect), effect.site.line, effect.site.column, effect.site.callee, tuple(map(_plain, values)))


def _plain(value: object) -> Hashable:
    if isinstance(value, Text):
        return value.options
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    assert isinstance(value, Hashable)
    return value
