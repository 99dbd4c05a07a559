"""The ways into the catalogues as a text has to spell them: what must be at hand, and which words it cannot do without.

All of it is derived from the catalogues, old and vendored names included, so that the two cannot drift apart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from gk_hooks.analyzers.python.api import Api, Calls, Writes
from gk_hooks.analyzers.python.catalogue import ALIASES, CATALOGUE, NETWORK_MODULES
from gk_hooks.model.records import dataclass
from gk_hooks.model.regex import regex

BY_ATTRIBUTE = frozenset(
    "? os shutil pathlib builtins io codecs asyncio django test code types six commands future "
    "logging http copy link posix nt sh".split()
)
"""Roots that are common words, or modules that most programs import for harmless reasons: here the function's own
name is the word."""

UNKNOWN_OWNER = frozenset({"?", "asyncio"})
"""Roots whose functions are told by their own names alone."""

COMMON = frozenset({b"run"})
"""A word too common to tell anything: what makes its calls interesting is another word that is here."""


@dataclass(frozen=True, slots=True)
class Route:
    """One way to an API from a root that is at hand: all *parts* are written, wherever.

    word: what stands for it in a text, if anything. first: the part right below the root. owner: the parts without the
    API's own name. writes: whether it only writes files. module: where the import matters by itself, how it is spelled.
    """

    word: bytes
    first: bytes
    parts: frozenset[bytes]
    owner: frozenset[bytes]
    writes: bool = False
    module: re.Pattern[bytes] | None = None


def _parts(path: str) -> list[str]:
    """The words of a dotted name; ``*`` and ``__call__`` need not be written."""
    return [part for part in path.replace("()", "").split(".") if part not in {"*", "__call__"}]


def _root(path: str) -> str:
    return path.partition(".")[0].removesuffix("()")


def _encoded(words: Iterable[str]) -> frozenset[bytes]:
    return frozenset(word.encode() for word in words)


def _by_root(paths: Iterable[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        found[_root(path)].append(path)
    return found


def _only_calls(apis: Iterable[Api]) -> bool:
    """Whether *apis* do nothing but to call what they are given: that has its own words."""
    return all(isinstance(api, Calls) for api in apis)


def _only_writes(apis: Iterable[Api]) -> bool:
    return all(isinstance(api, Writes) for api in apis)


_PATHS = _by_root(path for path, apis in CATALOGUE.items() if not _only_calls(apis))
_MODULES = _by_root(sorted(NETWORK_MODULES))
_OLD_NAMES = _by_root(ALIASES)
_TODAY: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
"""The old names and today's, by the root of the latter, and whether the old one only says more."""
for _old, _new in ALIASES.items():
    _TODAY[_root(_new)].append((_old, _new, _old.startswith(_new + ".")))

_ENDS = ("", ".", "(")

ROOTS = _encoded({*_PATHS, *_MODULES, *_OLD_NAMES, "sys"} - {"?"})
"""What a route begins with."""

CALLED = _encoded(path.partition("()")[0] for path in CATALOGUE if path.partition(".")[0].endswith("()"))
"""Roots that are functions: what they give is used."""

ALONE = _encoded(path.rpartition(".")[2] for root in sorted(UNKNOWN_OWNER) for path in _PATHS[root]) - COMMON
"""Names that decide alone."""

BUILTINS = _encoded(_parts(path)[1] for path in _PATHS["builtins"] if not _only_writes(CATALOGUE[path]))
"""Names of builtins."""

HOMES = frozenset(
    {b"builtins", *(old.encode() for old, new in ALIASES.items() if new == "builtins" and "." not in old)}
)
"""The module of the builtins."""

WRITING_BUILTINS = _encoded(_parts(path)[1] for path in _PATHS["builtins"]) - BUILTINS
"""Names of those that write files."""

CALLING = _encoded(
    _parts(path)[-1] if _root(path) in BY_ATTRIBUTE else _root(path)
    for path, apis in CATALOGUE.items()
    if any(isinstance(api, Calls) for api in apis)
)
"""What calls what it is given."""


def _spelled(root: str, known: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Each of the *known* names that can be spelled from *root* on, as it is, and what it is called today."""
    roots = [root]
    for one in roots:
        roots += sorted({_root(ALIASES[old]) for old in _OLD_NAMES.get(one, ())}.difference(roots))
    for one in roots:
        for path in known.get(one, ()):
            yield from ((spelling, path) for spelling in _spellings(path) if _root(spelling) == root)


def _spellings(path: str) -> Iterable[str]:
    """*path* and the old and vendored names of it, with one part at most that only says more (``redis.client``)."""
    found = {path: False}
    pending = [path]
    for known in pending:
        for old, new, says_more in _TODAY.get(_root(known), ()):
            if known.startswith(new) and known[len(new) : len(new) + 1] in _ENDS and not (says_more and found[known]):
                spelling = old + known[len(new) :]
                if spelling not in found:
                    found[spelling] = says_more or found[known]
                    pending.append(spelling)
    return found


@cache
def routes_of(root: bytes) -> tuple[Route, ...]:
    """The routes that begin with *root*, without those that need more than another one does."""
    return tuple(_shortest(_routes(root.decode())))


def _routes(root: str) -> Iterator[Route]:
    for spelling, path in _spelled(root, _PATHS):
        _, *parts = _parts(spelling)
        word = parts[-1] if root in BY_ATTRIBUTE - {"builtins"} else root
        if word.encode() not in COMMON:
            yield _route(word, parts, writes=_only_writes(CATALOGUE[path]))
    for spelling, _ in _spelled(root, _MODULES):
        yield _route("" if root in BY_ATTRIBUTE else root, _parts(spelling)[1:], module=_import_of(spelling))
    if root == "sys":
        yield _route("modules", ["modules"])


def _route(word: str, parts: list[str], writes: bool = False, module: re.Pattern[bytes] | None = None) -> Route:
    first = parts[0] if parts else ""
    return Route(word.encode(), first.encode(), _encoded(parts), _encoded(parts[:-1]), writes, module)


def _shortest(routes: Iterable[Route]) -> Iterator[Route]:
    kept: list[Route] = []
    for route in sorted(routes, key=lambda route: len(route.parts)):
        if not any(_covers(one, route) for one in kept):
            kept.append(route)
            yield route


def _covers(one: Route, other: Route) -> bool:
    """Whether *one* is there wherever the *other* is."""
    if one.module or one.word != other.word or (one.parts and one.first != other.first):
        return False
    return one.parts <= other.parts and one.writes <= other.writes


def _import_of(module: str) -> re.Pattern[bytes] | None:
    """How the import of a *module* inside a package is spelled, or may be where it goes on behind the line."""
    *package, last = (re.escape(part).encode() for part in module.split("."))
    if not package:
        return None
    dot = rb"[\s\\]*\.[\s\\]*"
    above = rb"\b" + dot.join(package)
    names = rb"(?:[^\n]{0,200}?(?:\b" + last + rb"\b|[(\\*])|[^\n]{200})"
    return regex(above + dot + last + rb"\b|" + above + rb"[\s\\]+import\b" + names)


_COMMON_ROOTS = ROOTS & _encoded({*BY_ATTRIBUTE, "sys"} - {"builtins"})


@cache
def words() -> frozenset[bytes]:
    """What stands for any route."""
    names = {route.word for root in _COMMON_ROOTS for route in routes_of(root)} - {b""}
    return frozenset(names | WRITING_BUILTINS | (ROOTS - _COMMON_ROOTS))


WRITING = _encoded(
    _parts(path)[-1]
    for root in sorted(BY_ATTRIBUTE - {"?"})
    for path in _PATHS.get(root, ())
    if _only_writes(CATALOGUE[path])
)
"""Names of what only writes files."""
