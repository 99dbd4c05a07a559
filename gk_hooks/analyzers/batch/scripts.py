"""Scripts that a batch file writes line by line with ``echo`` and then runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gk_hooks.analyzers.context import Context, embed
from gk_hooks.model.effects import Effect, Site
from gk_hooks.model.kinds import KIND_BY_SUFFIX, Kind
from gk_hooks.model.values import Text, concat

MAX_LINES = 2000


@dataclass(slots=True)
class Dropped:
    """printed: the lines of the echoes before, for ``( … ) > file``. files: what was written, by base name."""

    printed: list[Text] = field(default_factory=list)
    files: dict[str, list[Text]] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)

    def write(self, path: Text, appends: bool, site: Site) -> None:
        """The lines printed so far go to *path*."""
        lines, self.printed = self.printed, []
        name = _base(path.options[0])
        if _kind(name) is not None and lines:
            before = self.files.get(name, []) if appends else []
            self.files[name] = [*before, *lines][:MAX_LINES]
            self.sites.setdefault(name, site)

    def used_by(self, argv: list[Text], site: Site, context: Context) -> Iterator[Effect]:
        """The effects of a written script that this command names, once."""
        for word in argv:
            yield from self._read(_base(word.options[0]), site, context)

    def unused(self, context: Context) -> Iterator[Effect]:
        """The effects of the scripts that nothing here runs: somebody may, which is a guess."""
        for name in list(self.files):
            yield from self._read(name, replace(self.sites[name], guess=True), context)

    def _read(self, name: str, site: Site, context: Context) -> Iterator[Effect]:
        lines, kind = self.files.pop(name, None), _kind(name)
        if kind is not None and lines:
            code = concat([part for line in lines for part in (line, Text.of("\n"))])
            yield from embed(kind, code, site, f"{name} (written by echo)", context, context.via)


def _base(path: str) -> str:
    return re.split(r"[/\\:=]", path.strip("\"'"))[-1].lower()


def _kind(name: str) -> Kind | None:
    return KIND_BY_SUFFIX.get("." + name.rpartition(".")[2]) if "." in name else None
