"""What is in scope: the default excludes of specification §4, ``--include``, ``--exclude``, and artifacts by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from gk_hooks.errors import UsageError
from gk_hooks.model.globs import Glob, matches_any
from gk_hooks.model.records import dataclass

DEFAULT_EXCLUDES = frozenset(
    {".git", "__pycache__", ".venv", "venv", "env", "dist", "build", "out", "coverage", "node_modules"}
)
"""Folders that are left out, whatever folder they lie in, by their name in exactly this case."""

ARTIFACT_SUFFIXES = (
    *(".whl", ".egg", ".jar", ".zip", ".7z", ".rar"),
    *(".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst"),
    *(".exe", ".dll", ".pyd", ".so", ".dylib", ".msi"),
)
"""Wheels, archives and native binaries: third-party artifacts, listed and never a finding."""


@dataclass(frozen=True)
class Scope:
    """The patterns of ``--include`` (none: everything) and ``--exclude``."""

    include: tuple[Glob, ...] = ()
    exclude: tuple[Glob, ...] = ()

    @staticmethod
    def of(include: tuple[str, ...], exclude: tuple[str, ...]) -> Scope:
        """The scope of these patterns; UsageError for one that cannot be meant."""
        try:
            return Scope(tuple(map(Glob, include)), tuple(map(Glob, exclude)))
        except ValueError as error:
            raise UsageError(str(error)) from None

    def folder_out(self, path: str) -> str:
        """Why the folder at *path* is not looked into, "" if it is. Its parents are taken to be in scope."""
        if path.rpartition("/")[2] in DEFAULT_EXCLUDES:
            return "excluded by default"
        return "excluded" if matches_any(self.exclude, path, folder=True) else ""

    def wants(self, path: str) -> bool:
        """Whether the patterns leave the file at *path* in; the default excludes are not asked."""
        return not self.leaves_out(path) and (not self.include or matches_any(self.include, path))

    def leaves_out(self, path: str) -> bool:
        """Whether ``--exclude`` names the file at *path*."""
        return bool(self.exclude) and matches_any(self.exclude, path)

    def covers(self, path: str) -> bool:
        """Whether the file at *path* is in scope, for snapshots that are listed and not walked."""
        return _is_looked_into(path.rpartition("/")[0]) and self.wants(path)


@lru_cache(10_000)
def _is_looked_into(folder: str) -> bool:
    return DEFAULT_EXCLUDES.isdisjoint(folder.split("/"))


def is_artifact(path: str) -> bool:
    """Whether *path* is a third-party artifact by its name, in any case."""
    return path.lower().endswith(ARTIFACT_SUFFIXES)


def left_out_lines(places: Mapping[str, str]) -> list[str]:
    """``folder/ (why)`` for each place that was not looked into, sorted; caches of bytecode as one line."""
    caches = [path for path in places if path.endswith("__pycache__/")]
    lines = sorted(f"{path} ({why})" for path, why in places.items() if path not in caches)
    return [*lines, f"{len(caches)} × __pycache__/ (excluded by default)"] if caches else lines
