"""Which Python files need a walk at all: those that contain the words by which the catalogues can be reached.

Only the walk is saved: every file is parsed, so that a file which cannot be parsed is never taken for a clean one.

Some words decide alone. A route of ``routes`` needs its root at hand and all its words in the text; where a module is
used in the plainest way, ``os.name``, they stand right behind it; and where it writes files, there is the beginning of
a path that is protected. Where a module can be asked for any name, ``getattr(os, name)``, only the module counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cached_property

from gk_hooks.analyzers.python import routes
from gk_hooks.analyzers.python.expressions import MIN_BLOB
from gk_hooks.analyzers.python.routes import Route
from gk_hooks.model.places import first_names
from gk_hooks.model.records import dataclass
from gk_hooks.model.regex import regex

ALWAYS = (
    "__builtins__ __import__ import_module vars globals locals __globals__ func_globals f_globals open_code".split()
)
"""Ways to reach a name without writing it, or its module."""

ACCESS = frozenset("getattr __getattribute__ __dict__ attrgetter methodcaller".split())
"""Ways to reach a name of a module that stands in the text, without writing the name."""

EVERY_INTERFACE = (b"0.0.0.0", b"'::'", b'"::"')
"""What matters by itself."""

MIN_RUN = 60
"""Characters without a blank or punctuation from which on they may be encoded data."""

_LONG_RUN = b"a" * MIN_RUN

MIN_ENCODED = MIN_BLOB // 2
"""Characters of encoded data below which no literal is a large one."""

_NAMESPACES = frozenset({b"vars", b"globals", b"locals"})
"""Those of them that are builtins."""

_ALWAYS = frozenset(word.encode() for word in ALWAYS)
_ACCESS = frozenset(word.encode() for word in ACCESS)
_ALONE = routes.ALONE | _ALWAYS
_WORDS_KEPT = routes.CALLING | routes.COMMON

_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
_WORDS_ALONE = bytes(code if code in _LETTERS else 32 for code in range(256))
_RUNS_ALONE = bytes(97 if code in _LETTERS + b"+/=-" else 32 for code in range(256))
"""Tables for bytes.translate, which looks at a text a hundred times faster than re: all but words is blank, and all but
what encoded data is made of, which is \"a\"."""

_BEHIND_RUNS = b" \t\n\r\f\v\"'\\"
"""Encoded data stands in a literal, by itself: a name, before a bracket or a dot, is none."""

_BUILTINS = routes.BUILTINS | routes.WRITING_BUILTINS | _NAMESPACES

_IMPORTS = regex(rb"\b(?:import|from)\b")
_PLAIN_IMPORT = regex(
    rb"[ \t]*(?:import|from[ \t]+[\w.]+[ \t]+import)[ \t]+[\w.]+(?:[ \t]*,[ \t]*[\w.]+)*[ \t]*\r?$", re.M
)
"""A line that is one import, and gives no other names to what it imports."""

_ATTRIBUTE = regex(rb"\.([A-Za-z_]\w*)")

_PLACE_WORDS = frozenset(
    b"home expanduser expandvars environ getenv sep startup profile chr bytes fromhex decode".split()
)
_PLACE = regex(
    rb"[\"'/\\%$](?:(?<=[\"'/\\])(?:" + "|".join(map(re.escape, sorted(first_names()))).encode() + rb")\b"
    rb"|(?<=[\"'])(?:/|~|[a-z]:[/\\])|(?<=%)\w+%|(?<=\$)\w|(?<=\\)(?:x[0-9a-f]|u[0-9a-f]|n\{|[0-7]))|\[::-1\]"
)
"""With those words, what the beginning of a protected path, or of one that brings something back, can be made from; in
a text of small letters."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How the catalogues can be reached from one file, whose text is *data*: by *words*, *builtins* where no dot is
    before them, *signs* that stand anywhere, and *imports*. encoded: whether some of it may be encoded data."""

    data: bytes
    words: frozenset[bytes]
    builtins: frozenset[bytes]
    signs: tuple[bytes, ...]
    imports: tuple[re.Pattern[bytes], ...]
    encoded: bool

    def places(self) -> Iterator[int]:
        """The offsets at which that happens."""
        for word in self.words:
            yield from places(word, self.data)
        for word in self.builtins:
            yield from (at for at in places(word, self.data) if self.data[at - 1 : at] != b".")
        for sign in self.signs:
            yield from _occurrences(sign, self.data)
        for spelling in self.imports:
            yield from (match.start() for match in spelling.finditer(self.data))


def reach(text: str) -> Reach | None:
    """How the catalogues can be reached from *text*; None if they cannot."""
    # as Python reads identifiers
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    data = text.encode("utf-8", "replace")
    words = words_of(data)
    spelled = words & _BUILTINS
    bare = frozenset(word for word in spelled if any(_is_bare(at, data) for at in places(word, data)))
    behind_dots = spelled - bare
    builtins = bare & routes.BUILTINS
    alone = words & _ALONE - (behind_dots if words.isdisjoint(routes.HOMES) else frozenset())
    company, imports = _Company(data, words, bare).found()
    signs = tuple(sign for sign in EVERY_INTERFACE if sign in data)
    encoded = encoded_size(data) >= MIN_ENCODED
    if alone or builtins or company or imports or signs or encoded:
        return Reach(data, alone | company | (words & _WORDS_KEPT), builtins, signs, imports, encoded)
    return None


@dataclass(frozen=True, slots=True)
class _Use:
    """How a text uses a root. taken: names that stand right behind it, or on a line that imports it; all that can be
    had from it where its use is *plain*."""

    at_hand: bool
    plain: bool
    taken: frozenset[bytes]


class _Company:
    """What can be reached from a text by words that need company. bare: names of builtins with no dot before them."""

    def __init__(self, data: bytes, words: frozenset[bytes], bare: frozenset[bytes]) -> None:
        self._data = data
        self._words = words
        self._bare = bare

    def found(self) -> tuple[frozenset[bytes], tuple[re.Pattern[bytes], ...]]:
        """The words, and the spellings of imports that matter by themselves."""
        found = set[bytes]()
        imports = list[re.Pattern[bytes]]()
        access = self._words & _ACCESS
        asked = False
        for root in sorted(self._words & routes.ROOTS):
            known = routes.routes_of(root)
            spelled = [route for route in known if route.parts <= self._words]
            if not (spelled or access):
                continue
            use = _use_of(root, self._data)
            if use.at_hand:
                taken = [route for route in spelled if self._is_taken(route, use)]
                found.update(route.word for route in taken if not route.module)
                imports += [route.module for route in taken if route.module]
                asked = asked or (bool(access) and any(self._may_be_asked(route, use) for route in known))
        if not self._bare.isdisjoint(routes.WRITING_BUILTINS) and self._names_a_place:
            found |= self._bare & routes.WRITING_BUILTINS
        if asked or b"modules" in found or not self._words.isdisjoint(_ALWAYS):
            # what a module is asked for may go by any name: words are no longer told by whose module is at hand
            others = self._words & (routes.words() | _ACCESS)
            found |= others if self._names_a_place else others - routes.WRITING
        return frozenset(found), tuple(imports)

    def _is_taken(self, route: Route, use: _Use) -> bool:
        if route.module:
            return route.module.search(self._data) is not None
        if use.plain and route.parts and route.first not in use.taken:
            return False
        return not route.writes or self._names_a_place

    def _may_be_asked(self, route: Route, use: _Use) -> bool:
        """Whether what the API of *route* belongs to may be asked for any name."""
        if not route.owner <= self._words or (use.plain and (not route.owner or route.first not in use.taken)):
            return False
        return not route.writes or self._names_a_place

    @cached_property
    def _names_a_place(self) -> bool:
        small = {word.lower() for word in self._words}
        if not small.isdisjoint(_PLACE_WORDS) or any(b"decode" in word for word in small):
            return True
        return _PLACE.search(self._data.lower()) is not None


def words_of(data: bytes) -> frozenset[bytes]:
    """What stands between blanks and punctuation."""
    return frozenset(data.translate(_WORDS_ALONE).split())


def _is_bare(at: int, data: bytes) -> bool:
    """Whether the word at *at* may be a builtin: behind a dot it is somebody's method, unless the module of the
    builtins stands there, which is a word too."""
    return data[at - 1 : at] != b"." and data[at - 4 : at] != b"def "


def encoded_size(data: bytes) -> int:
    """How many characters of *data* may be encoded."""
    runs = data.translate(_RUNS_ALONE) + b" "
    size = 0
    start = runs.find(_LONG_RUN)
    while start >= 0:
        end = runs.index(b" ", start)
        if data[end : end + 1] in _BEHIND_RUNS:
            size += end - start
        start = runs.find(_LONG_RUN, end)
    return size


def _use_of(root: bytes, data: bytes) -> _Use:
    at_hand, plain = False, True
    taken = set[bytes]()
    lines = _Lines(data)
    for at in places(root, data):
        end = at + len(root)
        own = data[at - 1 : at] != b"."
        if attribute := _ATTRIBUTE.match(data, end):
            taken.add(attribute[1])
            at_hand = at_hand or own
            continue
        lines.go_to(at)
        plain = plain and lines.is_plain_import
        if plain:
            taken |= lines.words
        called = root in routes.CALLED and data[end : end + 1] == b"("
        at_hand = at_hand or (own and (lines.is_import or called))
        if at_hand and not plain:
            break
    return _Use(at_hand, plain and taken.isdisjoint(_ACCESS), frozenset(taken))


class _Lines:
    """The lines of a text, visited from above; each byte is looked at a few times at most."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._look_at_line(0)
        self.is_import = False
        """Whether an import stands before the place, on its line or on those that it continues."""

    def go_to(self, at: int) -> None:
        """Visits the offset *at*, behind the one before."""
        newline = self._data.rfind(b"\n", self._at, at)
        if newline >= 0:
            self._look_at_line(newline + 1)
        while newline >= 0 and self._data.endswith((b"\\", b"\\\r"), 0, newline):
            newline = self._data.rfind(b"\n", self._at, newline)
        if newline >= 0:
            self.is_import = False
        self.is_import = self.is_import or _IMPORTS.search(self._data, max(newline + 1, self._at), at) is not None
        self._at = at

    def _look_at_line(self, start: int) -> None:
        match = _PLAIN_IMPORT.match(self._data, start)
        self.is_plain_import = match is not None
        self.words = words_of(match[0]) if match else frozenset[bytes]()


def places(name: bytes, data: bytes) -> Iterator[int]:
    """Where *name* stands as a word."""
    for at in _occurrences(name, data):
        end = at + len(name)
        if (at == 0 or data[at - 1] not in _LETTERS) and (end == len(data) or data[end] not in _LETTERS):
            yield at


def _occurrences(part: bytes, data: bytes) -> Iterator[int]:
    at = data.find(part)
    while at >= 0:
        yield at
        at = data.find(part, at + len(part))
