"""How a difference between two versions of a module travels through imports, one wave of importers after the other."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress

from gk_hooks.analyzers.python.exports import alike
from gk_hooks.model.records import dataclass, field
from gk_hooks.model.snapshot import Entry, Read
from gk_hooks.pipeline.imports import PACKAGE, above, spelled_folder
from gk_hooks.pipeline.linking import Constants, constants_of
from gk_hooks.pipeline.mentions import Mentions, importing, module_word, plain_imports
from gk_hooks.pipeline.modules import MAX_HOPS, Modules
from gk_hooks.pipeline.offers import EVERYTHING, Difference, Name, difference_of, different
from gk_hooks.pipeline.workers import FileResult


@dataclass
class Sides:
    """One base and the head: their modules, and the files of the head. moved: modules that came or went."""

    before: Modules
    after: Modules
    entries: dict[str, Entry]
    read: Read
    mentions: Mentions
    analyze: Callable[[list[Entry]], list[FileResult]]
    moved: set[str] = field(default_factory=set)

    def importers(self, offering: Iterable[tuple[str, Difference | None]], changed: Collection[str]) -> list[str]:
        """The files beside *changed* that do something with a constant which is another one now, sorted; *offering*:
        those of *changed* that may export something else themselves."""
        known: dict[str, set[str]] = defaultdict(set)
        seen = set(changed)
        touched: list[str] = []
        wave, found = self._first(offering)
        for _ in range(MAX_HOPS + 1):
            if not wave:
                break
            for path, names in wave.items():
                known[path] |= names
            found = sorted({*found, *self._candidates(wave)})
            others = [self.entries[path] for path in found if path not in seen]
            seen.update(found)
            touched += [file.record.path for file in self.analyze(others) if self._uses_another(file)]
            open_ended = (path for path in found if EVERYTHING not in known[path])
            wave = {path: names for path in open_ended if (names := self._reached(path, wave) - known[path])}
            found = []
        return sorted(touched)

    def _first(self, offering: Iterable[tuple[str, Difference | None]]) -> tuple[dict[str, set[str]], list[str]]:
        """The modules of *offering* that differ, with the names, and the files beside them that are to be looked at.

        Where a module came or went, an import of any of its names may lead to another file than before; where a
        package did, so may each import of a file in its folder.
        """
        differences = dict(offering)
        self.moved = {path for path in differences if (path in self.before) != (path in self.after)}
        packages = {posixpath.dirname(path) for path in self.moved if posixpath.basename(path) == PACKAGE}
        inside = [path for path in self.entries if packages and not packages.isdisjoint(above(path))]
        others = sorted(differences.keys() - self.moved)
        wave = {path: names for path in others if (names := self._offered(path, differences[path]))}
        return wave | {path: {EVERYTHING} for path in sorted({*self.moved, *inside})}, inside

    def _offered(self, path: str, difference: Difference | None) -> set[str]:
        """What the module at *path* offers differently by its own text, as far as others can tell."""
        if difference is None:
            difference = difference_of(self.before.own(path), self.after.own(path))
        for modules, asked in zip((self.before, self.after), difference.asked, strict=True):
            if any(modules.known(path, name, MAX_HOPS - 1) is not None for name in asked):
                return self._names(path)
        return set(self._told(path, difference.names))

    def _reached(self, path: str, wave: Mapping[str, set[str]]) -> set[str]:
        """What the module at *path* exports differently because of the modules of *wave*, which differ by their names:
        what it makes of those, and what it passes on."""
        asks, names = False, set[str]()
        for modules in (self.before, self.after):
            asks = asks or modules.asks(path, wave)
            names.update(modules.passed_on(path, wave))
        return {*names, *(self._names(path) if asks else ())}

    def _names(self, path: str) -> set[str]:
        """All that the module at *path* exports differently."""
        before, after = self.before.exports(path, MAX_HOPS), self.after.exports(path, MAX_HOPS)
        return set() if before is after else set(self._told(path, different(before, after)))

    def _told(self, path: str, names: Iterable[Name]) -> Iterator[str]:
        """Those of *names* of the module at *path* that can stand for a constant: most that are imported cannot."""
        for name, constant, targets in names:
            sides = zip((self.before, self.after), targets, strict=True)
            if constant or any(target and modules.may_hold(path, target) for modules, target in sides):
                yield name

    def _candidates(self, changed: Mapping[str, set[str]]) -> Iterator[str]:
        """The files that import a *changed* module, or a package that is one, and use or import one of its names."""
        parts = {path: names for path, names in changed.items() if EVERYTHING not in names}
        names = {name for each in parts.values() for name in each}
        yield from (path for path, _ in self._mentioning(parts, names)) if parts else ()
        whole = changed.keys() - parts.keys()
        if whole:
            words = set(map(module_word, whole))
            may_import = importing(words, {EVERYTHING}, packages=True)
            for path, data in self._mentioning(whole, {EVERYTHING}):
                imported, rest = plain_imports(data)
                told = (name for name in imported if name.startswith(".") or not words.isdisjoint(name.split(".")))
                if may_import(rest) or any(self._leads_to(whole, path, name) for name in told):
                    yield path

    def _mentioning(self, changed: Collection[str], names: set[str]) -> Iterator[tuple[str, bytes]]:
        """The files that may import *names* of *changed* modules, by their words, and what they hold."""
        modules = set(map(module_word, changed))
        packages = any(posixpath.basename(path) == PACKAGE for path in changed if path not in self.moved)
        searched = self.mentions.of(modules, names, packages)
        may_import = importing(modules, names, packages)
        folders = sorted(set(map(spelled_folder, changed)))
        for path in sorted(self.entries if searched is None else self.entries.keys() & searched):
            with suppress(OSError):  # it is too large
                data = self.read(self.entries[path])
                if any(path.startswith(root) or word in data for root, word in folders) and may_import(data):
                    yield path, data

    def _leads_to(self, changed: Collection[str], path: str, name: str) -> bool:
        """Whether *name*, as the file at *path* spells it, leads to a *changed* module or to another than before."""
        before, after = self.before.places(path, name), self.after.places(path, name)
        return before != after or any(place.path in changed for place in after)

    def _uses_another(self, file: FileResult) -> bool:
        path, wanted = file.record.path, file.wanted
        return not _all_alike(constants_of(path, wanted, self.before), constants_of(path, wanted, self.after))


def _all_alike(before: Constants, after: Constants) -> bool:
    return before.keys() == after.keys() and all(alike(before[name], after[name]) for name in before)
