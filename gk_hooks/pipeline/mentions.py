"""Which files could take a name from a module, by their words: git finds the few that have them, their bytes decide."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from typing import NamedTuple

from gk_hooks.analyzers.python.naming import inside
from gk_hooks.analyzers.python.prefilter import places, words_of
from gk_hooks.model.regex import regex
from gk_hooks.pipeline.imports import PACKAGE
from gk_hooks.pipeline.offers import EVERYTHING
from gk_hooks.source.git.changed import start_mentioning
from gk_hooks.source.git.repository import Repository

MANY = 4_000
"""Characters of words from which on looking for them takes as long as reading all files."""


class Mentions:
    """Asks git for the Python files of *head*, "" for the index, that have certain words."""

    def __init__(self, repository: Repository, head: str) -> None:
        self._repository, self._head = repository, head
        self._searches: list[_Search] = []

    def expect(self, modules: Collection[str], names: Collection[str]) -> None:
        """Starts to look for *modules* and for *names*, or some of which will be asked for next."""
        for words, by_name in ((modules, False), (_parts(names), True)):
            if words and EVERYTHING not in words and _length(words) < MANY:
                self._start(words, by_name)

    def of(self, modules: Collection[str], names: Collection[str], packages: bool) -> set[str] | None:
        """The files that may be `importing` of these; None for any."""
        words = _parts(names)
        for search in self._searches:
            if search.words.issuperset(words if search.by_name else modules) and (search.by_name or not packages):
                return search.found()
        lengths = MANY if EVERYTHING in words else _length(words), MANY if packages else _length(modules)
        if min(lengths) >= MANY:
            return None
        by_name = lengths[0] <= lengths[1]
        return self._start(words if by_name else modules, by_name).found()

    def _start(self, words: Collection[str], by_name: bool) -> _Search:
        found = cache(start_mentioning(self._repository, self._head, words, stars=by_name))
        self._searches.append(_Search(frozenset(words), by_name, found))
        return self._searches[-1]


class _Search(NamedTuple):
    """A search for *words* that runs or has run. by_name: whether it also finds what imports all of a module. found:
    waits for it."""

    words: frozenset[str]
    by_name: bool
    found: Callable[[], set[str]]


def _parts(names: Iterable[str]) -> set[str]:
    return {part for name in names for part in name.split(".")}


def _length(words: Iterable[str]) -> int:
    return sum(len(word) + 1 for word in words)


def module_word(path: str) -> str:
    """What an import calls the module at *path*, behind its last dot; of a package, its folder."""
    return posixpath.basename(path.removesuffix("/" + PACKAGE)).removesuffix(".py")


_IMPORT = regex(rb"\b(?:import|from)\b(?:[\w\s.,()*\\\x80-\xff]|#[^\r\n]*)*")
"""An import statement, or prose that looks like one."""

_IMPORT_ALL = regex(rb"\bimport[\s\\]*\*")
_FROM_PACKAGE = regex(rb"\bfrom[ \t]+\.+[ \t]+import\b")


def importing(modules: Iterable[str], names: Collection[str], packages: bool) -> Callable[[bytes], bool]:
    """Whether a text may use one of *modules*, or its own package where that is one of *packages*, and one of *names*
    from there, by its words: each stands in an import, or as an attribute of something that is imported."""
    module, name, leaf = _Words(modules), _Words(_parts(names)), _Words(name.rpartition(".")[2] for name in names)
    all_names = EVERYTHING in names

    def may_import(data: bytes) -> bool:
        named, used = all_names or name.are_in(data), module.are_in(data)
        if not (named or _IMPORT_ALL.search(data)) or not (used or packages):
            return False
        imports = [found[0] for found in _IMPORT.finditer(data)]
        if not (all_names or any(map(name.are_in, imports)) or leaf.are_attributes(data) or _IMPORT_ALL.search(data)):
            return False
        by_name = used and (any(map(module.are_in, imports)) or module.are_attributes(data))
        return by_name or (packages and bool(_FROM_PACKAGE.search(data)))

    return may_import


_PLAIN_IMPORT = regex(
    rb"^[ \t]*+(?:from[ \t]++([\w.]++)[ \t]++import[ \t]++(?:\(([\w\s,]*+)\)[ \t]*+|([\w \t,*]++))"
    rb"|import[ \t]++([\w., \t]++))(?:#[^\r\n]*+)?\r?$",
    re.M,
)


def plain_imports(data: bytes) -> tuple[set[str], bytes]:
    """What a text imports where it does so in lines of their own, as pipeline.modules spells it, ``*`` for whatever is
    in a module; and the rest of the text."""
    names = set[str]()
    for found in _PLAIN_IMPORT.finditer(data):
        module, *lists, modules = (group.decode() if group else "" for group in found.groups())
        names.update(inside(module, words[0]) for words in _listed("".join(lists)))
        names.update(inside(words[0], EVERYTHING) for words in _listed(modules))
    return names, _PLAIN_IMPORT.sub(b"", data)


def _listed(names: str) -> Iterator[list[str]]:
    """``a as b, c`` in words."""
    return filter(None, map(str.split, names.split(",")))


class _Words:
    """Some words, of which any may be meant."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted({word.encode("utf-8", "surrogateescape") for word in words})
        self._odd = [word for word in self._words if not _PLAIN.fullmatch(word)]

    def are_in(self, data: bytes) -> bool:
        """Whether one of them stands in *data*."""
        return any(True for _ in self._places(data))

    def are_attributes(self, data: bytes) -> bool:
        """Whether one of them may be the name of an attribute in *data*."""
        return any(_is_attribute(data, at) for at in self._places(data))

    def _places(self, data: bytes) -> Iterator[int]:
        """Where they stand, one word after the other."""
        words = self._words
        if len(words) >= SEVERAL:
            words = sorted({*self._odd, *words_of(data).intersection(words)})
        for word in words:
            yield from places(word, data)


SEVERAL = 50
"""Words from which on it is quicker to split a text once than to look for each."""

_PLAIN = regex(rb"\w+")
_SPACE = b" \t\n\r\f\v\\"
_COMMENT = regex(rb"#[^\r\n]{0,200}[\r\n]\s*\Z")


def _is_attribute(data: bytes, at: int) -> bool:
    """Whether the word at *at* follows a dot or a quote, since a text may name an attribute too; between may be a
    comment."""
    start = at
    while start and data[start - 1] in _SPACE:
        start -= 1
    return data[start - 1 : start] in (b".", b'"', b"'") or bool(_COMMENT.search(data, max(start - 201, 0), at))
