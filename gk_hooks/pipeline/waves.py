"""How a difference between two versions of a module travels through imports, one wave of importers after the other."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from gk_hooks.analyzers.python.exports import alike
from gk_hooks.model.records import dataclass
from gk_hooks.model.regex import regex
from gk_hooks.model.snapshot import Entry, Read
from gk_hooks.pipeline.linking import Constants, constants_of
from gk_hooks.pipeline.modules import MAX_HOPS, PACKAGE, Modules
from gk_hooks.pipeline.offers import EVERYTHING, Difference, Name, difference_of, different
from gk_hooks.pipeline.workers import FileResult


@dataclass
class Sides:
    """One base and the head: their modules, and the files of the head."""

    before: Modules
    after: Modules
    entries: dict[str, Entry]
    read: Read
    mentioning: Callable[[Collection[str]], set[str]]
    analyze: Callable[[list[Entry]], list[FileResult]]

    def importers(self, offering: Iterable[tuple[str, Difference | None]], changed: Collection[str]) -> list[str]:
        """The files beside *changed* that do something with a constant which is another one now, sorted; *offering*:
        those of *changed* that may export something else themselves."""
        known: dict[str, set[str]] = defaultdict(set)
        seen = set(changed)
        touched: list[str] = []
        wave = {path: names for path, difference in offering if (names := self._offered(path, difference))}
        for _ in range(MAX_HOPS + 1):
            if not wave:
                break
            for path, names in wave.items():
                known[path] |= names
            found = list(self._candidates(wave))
            others = [self.entries[path] for path in found if path not in seen]
            seen.update(found)
            touched += [file.record.path for file in self.analyze(others) if self._uses_another(file)]
            wave = {path: names for path in found if (names := self._reached(path, wave) - known[path])}
        return sorted(touched)

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
        asks = any(modules.asks(path, wave) for modules in (self.before, self.after))
        return {*self.after.passed_on(path, wave), *(self._names(path) if asks else ())}

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
        stems = {posixpath.basename(path.removesuffix("/" + PACKAGE)).removesuffix(".py") for path in changed}
        names = {name for each in changed.values() for name in each}
        packages = any(posixpath.basename(path) == PACKAGE for path in changed)
        searched: Collection[str] = self.entries if packages else self.mentioning(stems)
        may_import = _importing(stems, names, packages)
        for path in sorted(self.entries.keys() & searched):
            if may_import(self.read(self.entries[path])):
                yield path

    def _uses_another(self, file: FileResult) -> bool:
        path, wanted = file.record.path, file.wanted
        return not _all_alike(constants_of(path, wanted, self.before), constants_of(path, wanted, self.after))


_IMPORT = regex(rb"\b(?:import|from)\b(?:[\w\s.,()*\\\x80-\xff]|#[^\r\n]*)*")
"""An import statement, or prose that looks like one."""

_IMPORT_ALL = regex(rb"\bimport[\s(\\]*\*")
_FROM_PACKAGE = regex(rb"\bfrom[ \t]+\.+[ \t]+import\b")

_BEFORE_ATTRIBUTE = rb"(?:[.\"'][\s\\]*|#[^\r\n]{0,200}[\r\n]\s*)"
"""What stands before the name of an attribute, which a text may name too; between dot and name may be a comment."""


def _importing(modules: set[str], names: set[str], packages: bool) -> Callable[[bytes], bool]:
    """Whether a text may use one of *modules*, or its own package where that is one of *packages*, and one of *names*
    from there, by its words: each stands in an import, or as an attribute of something that is imported."""
    module, name = _words(modules), _words(part for name in names for part in name.split("."))
    leaf = _words(name.rpartition(".")[2] for name in names)
    imports_module, imports_name = re.compile(module), re.compile(name)
    uses_module, uses_name = re.compile(_BEFORE_ATTRIBUTE + module), re.compile(_BEFORE_ATTRIBUTE + leaf)
    all_names = EVERYTHING in names

    def may_import(data: bytes) -> bool:
        imports = [found[0] for found in _IMPORT.finditer(data)]
        if not (
            all_names or uses_name.search(data) or any(map(imports_name.search, imports)) or _IMPORT_ALL.search(data)
        ):
            return False
        return bool(
            any(map(imports_module.search, imports))
            or uses_module.search(data)
            or (packages and _FROM_PACKAGE.search(data))
        )

    return may_import


def _words(names: Iterable[str]) -> bytes:
    return (
        rb"(?<!\w)(?:"
        + b"|".join(re.escape(name.encode("utf-8", "surrogateescape")) for name in sorted(set(names)))
        + rb")(?!\w)"
    )


def _all_alike(before: Constants, after: Constants) -> bool:
    return before.keys() == after.keys() and all(alike(before[name], after[name]) for name in before)
