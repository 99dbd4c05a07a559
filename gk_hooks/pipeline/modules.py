"""Python modules of one snapshot, and what they export.

Where several files could be meant by an import and do not agree, nobody can tell which one is, and nothing is taken
from any. What an answer depends on is kept beside it.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache, partial
from typing import Any

from gk_hooks.analyzers.context import Links
from gk_hooks.analyzers.python import read_exports
from gk_hooks.analyzers.python.exports import Exports, alike
from gk_hooks.analyzers.python.naming import inside
from gk_hooks.analyzers.python.values import Value
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import dataclass, field
from gk_hooks.model.regex import regex
from gk_hooks.model.snapshot import Entry, Read
from gk_hooks.pipeline.imports import PACKAGE, Place, paths_of
from gk_hooks.pipeline.offers import EVERYTHING, NOTHING, Own, own_of
from gk_hooks.source.decode import decode

MAX_HOPS = 4
"""Files that a constant may come through."""

_DEFINED = regex(r"^(?:async[ \t]+)?(def|class)[ \t]+(\w+)", re.M)

TEXTS = 64
"""Texts that are kept for the next question."""


@dataclass(slots=True)
class Trace:
    """What an answer depends on beside the names that are asked for: the same trace, the same answer.

    asked: (importer, name) for each name that was looked for among the paths. read: (path, content) of each module that
    had a say, by its git blob id or else its SHA-256, "" where another run could read something else. undetermined:
    (importer, name, path) for each file that a name could come from where several do not agree.
    """

    asked: set[tuple[str, str]] = field(default_factory=set)
    read: set[tuple[str, str]] = field(default_factory=set)
    undetermined: set[tuple[str, str, str]] = field(default_factory=set)

    def add(self, other: Trace) -> None:
        """Takes in what *other* depends on."""
        self.asked |= other.asked
        self.read |= other.read
        self.undetermined |= other.undetermined


TOLD = 1_000
"""Modules of which is kept what their texts tell by themselves."""

_told: dict[tuple[str, str], Own] = {}
"""By path and content: the same in every snapshot that has it there. Forked workers begin with that of their parent."""


class Modules:
    """The Python files among *entries*, read when something is asked of them."""

    def __init__(self, entries: Iterable[Entry], read: Read) -> None:
        self._entries = {entry.path: entry for entry in entries if is_module(entry)}
        self._paths = paths_of(frozenset(self._entries))
        self._read = read
        self._own: dict[str, Own] = {}
        self._answers: dict[Hashable, tuple[Any, Trace]] = {}
        self._defined: dict[str, dict[str, str]] = {}
        self._contents: dict[str, str] = {}
        self.text = lru_cache(TEXTS)(self._text)
        """The text of the module at a path, "" where it cannot be read."""
        self.trace = Trace()
        """What all answers since it was set depend on."""

    def __contains__(self, path: str) -> bool:
        return path in self._entries

    def known(self, importer: str, name: str, hops: int = MAX_HOPS) -> Value | None:
        """What *name*, as the file *importer* spells it, holds; None when it is no constant of this snapshot."""
        near, far = self._paths.places(importer, name)
        self.trace.asked.add((importer, name))
        found = [value for place in near if (value := self._value(place, hops)) is not None]
        others = [place for place in far if not found and self._value(place, hops) is not None]
        if others or not found:
            self.trace.undetermined.update((importer, name, place.path) for place in others)
            return None
        if len(near) > 1 and not (len(found) == len(near) and all(alike(found[0], value) for value in found)):
            self.trace.undetermined.update((importer, name, place.path) for place in near)
            return None
        return found[0]

    def exports(self, path: str, hops: int = 0) -> Exports:
        """What the module at *path* exports, nothing when there is no such file; with *hops*, its names are made with
        what it imports itself, through that many files."""
        if path not in self._entries:
            return Exports()
        if not hops:
            return self.own(path).exports
        found: Exports = self._remembered((path, hops), partial(self._with_others, path, hops))
        return found

    def own(self, path: str) -> Own:
        """What the module at *path* tells by itself, nothing when there is no such file."""
        if path not in self._entries:
            return NOTHING
        if path not in self._own:
            text = self.text(path)
            self._own[path] = _own_of(text, path, self._contents[path])
        self._note(path, self._own[path].exports.lasting)
        return self._own[path]

    def _with_others(self, path: str, hops: int) -> Exports:
        own = self.own(path)
        if all(self.known(path, name, hops - 1) is None for name in own.asked):
            return own.exports
        links = Links(known=lambda name: self.known(path, name, hops - 1), file=path)
        exports = read_exports(self.text(path), links)
        self._note(path, exports.lasting)
        return exports

    def _text(self, path: str) -> str:
        entry = self._entries[path]
        try:
            data = self._read(entry)
        except (KeyError, OSError):
            self._contents[path] = ""
            return ""
        self._contents[path] = entry.blob_id or hashlib.sha256(data).hexdigest()
        source = decode(data, Kind.PYTHON)
        return "" if source.binary or source.problem else source.text

    def _note(self, path: str, lasting: bool = True) -> None:
        """Notes that the text at *path* had a say."""
        content = self._contents.get(path, self._entries[path].blob_id)
        self.trace.read.add((path, content if lasting else ""))

    def _remembered(self, question: Hashable, answer: Callable[[], Any]) -> Any:
        """The *answer* to a *question*, worked out once; whoever asks depends on the same."""
        if question not in self._answers:
            outer, self.trace = self.trace, Trace()
            try:
                self._answers[question] = answer(), self.trace
            finally:
                self.trace = outer
        found, trace = self._answers[question]
        self.trace.add(trace)
        return found

    def places(self, importer: str, name: str) -> tuple[Place, ...]:
        """Where *name*, as the file *importer* spells it, comes from by Python's rules, as far as the paths tell."""
        return self._paths.places(importer, name)[0]

    def files(self, importer: str, module: str) -> list[str]:
        """The files that *module*, as the file *importer* spells it, may be."""
        near = self.places(importer, inside(module, "*"))
        return [place.path for place in near if place.rest == "*"]

    def may_hold(self, importer: str, name: str) -> bool:
        """Whether *name*, or an attribute of it, can be a constant of this snapshot; cheaper than asking for all."""
        near, _ = self._paths.places(importer, name)
        return any(map(self._holds_data, near)) if near else name.rpartition(".")[2] in self._folder_names

    def asks(self, path: str, names: Mapping[str, Collection[str]]) -> bool:
        """Whether the module level of *path* asks for one of *names*, by the file that they are of, or for a part of
        it; "*" stands for every name of a file."""
        near = (place for name in self.own(path).asked for place in self._paths.places(path, name)[0])
        return any(place.path in names and _is_among(place.rest, names[place.path]) for place in near)

    def passed_on(self, path: str, names: Mapping[str, Collection[str]]) -> Iterator[str]:
        """Those of *names*, by the file that they are of, that the module at *path* has as its own by importing them,
        what they are part of, or everything."""
        exports = self.own(path).exports
        for star in exports.stars:
            yield from (name for source in self.files(path, star) for name in names.get(source, ()))
        for own, target in exports.elsewhere.items():
            for place in self._paths.places(path, target)[0]:
                inner = place.rest and f"{place.rest}."
                for name in names.get(place.path, ()):
                    if name == EVERYTHING:
                        yield own if place.rest else EVERYTHING
                    elif name == place.rest or inner.startswith(f"{name}."):
                        yield own
                    elif name.startswith(inner):
                        yield f"{own}.{name.removeprefix(inner)}"

    def _holds_data(self, place: Place) -> bool:
        """Whether *place* can be more than a function, or a class without data."""
        first = place.rest.partition(".")[0]
        kind = self._definitions(place.path).get(first)
        folder = place.path.removesuffix("/" + PACKAGE).removesuffix(".py")
        if kind is None or posixpath.join(folder, first) in self._paths.folders:
            return True
        own = self.own(place.path).exports
        names = (*own.values, *own.elsewhere, *own.open)
        return kind == "class" and (bool(own.stars) or any(name.startswith(first) for name in names))

    @cached_property
    def _folder_names(self) -> frozenset[str]:
        return frozenset(map(posixpath.basename, self._paths.folders))

    def _value(self, place: Place, hops: int) -> Value | None:
        if hops < 0 or not place.rest:
            return None
        found: Value | None = self._remembered((place, hops), partial(self._look_up, place, hops))
        return found

    def _look_up(self, place: Place, hops: int) -> Value | None:
        if not self._may_hold(place):
            return None
        exports = self.exports(place.path)
        if place.rest in exports.open and hops:
            exports = self.exports(place.path, hops)
        if place.rest in exports.values:
            return exports.values[place.rest]
        first, dot, rest = place.rest.partition(".")
        if first in exports.elsewhere:
            return self.known(place.path, exports.elsewhere[first] + dot + rest, hops - 1)
        stars = (self.known(place.path, inside(star, place.rest), hops - 1) for star in reversed(exports.stars))
        return next((value for value in stars if value is not None), None)

    def _may_hold(self, place: Place) -> bool:
        """Whether the text can define such a constant, without parsing it: functions and classes are none."""
        first, dot, _ = place.rest.partition(".")
        kind = self._definitions(place.path).get(first)
        return kind is None or (kind == "class" and bool(dot))

    def _definitions(self, path: str) -> dict[str, str]:
        """The functions and classes of a module, by name which of both."""
        if path not in self._defined:
            self._defined[path] = {name: kind for kind, name in _DEFINED.findall(self.text(path))}
        self._note(path)
        return self._defined[path]


def _own_of(text: str, path: str, content: str) -> Own:
    """What the module at *path* tells by its *text*; content: stands for it, "" where it could not be read."""
    own = _told.pop((path, content), None) or own_of(text, path)
    if content and own.exports.lasting:
        _told[path, content] = own
        if len(_told) > TOLD:
            del _told[next(iter(_told))]
    return own


def _is_among(name: str, names: Collection[str]) -> bool:
    """Whether *names* have *name* or something that it is a part of."""
    parts = name.split(".")
    return EVERYTHING in names or any(".".join(parts[:end]) in names for end in range(1, len(parts) + 1))


def is_module(entry: Entry) -> bool:
    """Whether others can import *entry*."""
    return entry.path.endswith(".py") and not entry.skip
