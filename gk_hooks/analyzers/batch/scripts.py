"""Scripts that a batch file writes line by line with ``echo`` and then runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gk_hooks.analyzers.context import Context, embed
from gk_hooks.model.effects import Effect, Site
from gk_hooks.model.kinds import KIND_BY_SUFFIX, Kind
from gk_hooks.model.records import dataclass, field, replace
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
        if name and lines:
            before = self.files.get(name, []) if appends else []
            self.files[name] = [*before, *lines][:MAX_LINES]
            self.sites.setdefault(name, site)

    def used_by(self, argv: list[Text], site: Site, context: Context) -> Iterator[Effect]:
        """The effects of a written script that this command names, once."""
        for word in argv:
            yield from self._read(_base(word.options[0]), site, context)

    def fed_to(self, argv: list[Text]) -> Text | None:
        """The written text that a switch hands to the command (``ftp -s:commands.txt``)."""
        for word in argv[1:]:
            lines = (
                self.files.get(_base(word.options[0])) if word.options[0].lower().startswith(("-s:", "/s:")) else None
            )
            if lines:
                return _joined(lines)
        return None

    def unused(self, context: Context) -> Iterator[Effect]:
        """The effects of the scripts that nothing here runs: somebody may, which is a guess."""
        for name in list(self.files):
            yield from self._read(name, replace(self.sites[name], guess=True), context)

    def _read(self, name: str, site: Site, context: Context) -> Iterator[Effect]:
        kind = _kind(name)
        lines = self.files.pop(name, None) if kind is not None else None
        if kind is not None and lines:
            yield from embed(kind, _joined(lines), site, f"{name} (written by echo)", context, context.via)


def _joined(lines: list[Text]) -> Text:
    return concat([part for line in lines for part in (line, Text.of("\n"))])


def _base(path: str) -> str:
    return re.split(r"[/\\:=]", path.strip("\"'"))[-1].lower()


def _kind(name: str) -> Kind | None:
    return KIND_BY_SUFFIX.get("." + name.rpartition(".")[2]) if "." in name else None
