"""Which file of a snapshot an import means, as the paths of its Python files tell.

A relative import names one file. An absolute one is looked for as Python would: from the folder above the importer's
own package, then in each folder above that, and in their ``src`` and ``lib``.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache, cached_property, lru_cache

from gk_hooks.model.records import dataclass

SOURCE_FOLDERS = ("src", "lib")
PACKAGE = "__init__.py"


@dataclass(frozen=True, slots=True)
class Place:
    """A name in a file: *rest* is what is left of a dotted name behind the module, "" for the module itself."""

    path: str
    rest: str


class Paths:
    """The *paths* of all Python files."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = frozenset(paths)
        self._roots = cache(self._roots_of)
        self.places = cache(self._places)
        """Where a name can come from by Python's rules, as a file at a path spells it, and where else files of that
        name are."""

    @cached_property
    def folders(self) -> frozenset[str]:
        """The folders above them."""
        found = {path.rpartition("/")[0] for path in self._paths}
        for folder in list(found):
            for parent in above(folder):
                if parent in found:
                    break
                found.add(parent)
        return frozenset(found)

    def _places(self, importer: str, name: str) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
        folder = posixpath.dirname(importer)
        parts = name.lstrip(".")
        levels = len(name) - len(parts)
        if levels:
            for _ in range(levels - 1):
                if not folder:
                    return (), ()
                folder = posixpath.dirname(folder)
            own = posixpath.join(folder, PACKAGE)
            place = self._resolve(folder, parts) or (Place(own, parts) if own in self._paths else None)
            return ((place,) if place else ()), ()
        top, roots = self._roots(folder)
        if top != folder and folder[len(top) :].lstrip("/").partition("/")[0] == name.partition(".")[0]:
            roots = [top]  # the file's own package
        near = [place for root in roots if (place := self._resolve(root, parts))]
        if near:
            return tuple(dict.fromkeys(near)), ()
        return (), tuple(self._elsewhere(parts))

    def _roots_of(self, folder: str) -> tuple[str, list[str]]:
        """What holds the package of the files of *folder*, and all folders that an absolute name is looked for in."""
        top = folder
        while top and posixpath.join(top, PACKAGE) in self._paths:
            top = posixpath.dirname(top)
        roots = [top, *above(top)] if top else [""]
        return top, [each for root in roots for each in (root, *(posixpath.join(root, one) for one in SOURCE_FOLDERS))]

    def _resolve(self, root: str, name: str) -> Place | None:
        """The file below *root* that the beginning of *name* means, the longest one."""
        parts = name.split(".")
        found = None
        at = root
        for index, part in enumerate(parts):
            at = posixpath.join(at, part)
            for path in (posixpath.join(at, PACKAGE), f"{at}.py"):
                if path in self._paths:
                    found = Place(path, ".".join(parts[index + 1 :]))
                    break
            if at not in self.folders:
                break
        return found

    def _elsewhere(self, name: str) -> Iterator[Place]:
        """Every file that the beginning of *name* could mean, were its folder on the search path."""
        parts = name.split(".")
        for index in range(len(parts) - 1, 0, -1):
            module, rest = "/".join(parts[:index]), ".".join(parts[index:])
            for path in self._by_name.get(parts[index - 1], ()):
                if path.removesuffix("/" + PACKAGE).removesuffix(".py").endswith("/" + module):
                    yield Place(path, rest)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self._paths):
            found[path.removesuffix("/" + PACKAGE).rpartition("/")[2].removesuffix(".py")].append(path)
        return found


@lru_cache(2)
def paths_of(paths: frozenset[str]) -> Paths:
    """Those of *paths*, which are mostly the same on both sides of a change."""
    return Paths(paths)


def spelled_folder(path: str) -> tuple[str, bytes]:
    """What a file that imports the module at *path* has to spell, the name of the folder that it is in, unless its own
    path begins with the text that comes first."""
    folder = posixpath.dirname(path.removesuffix("/" + PACKAGE))
    name = posixpath.basename(folder)
    root = posixpath.dirname(folder) if name in SOURCE_FOLDERS else folder
    return f"{root}/" if root else "", name.encode("utf-8", "surrogateescape")


def above(path: str) -> Iterator[str]:
    """The folders above *path*, nearest first, "" last."""
    while path:
        path = posixpath.dirname(path)
        yield path
