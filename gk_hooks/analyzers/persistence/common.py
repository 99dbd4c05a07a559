"""What the readers of persistence files share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gk_hooks.analyzers.commands import effects_of
from gk_hooks.analyzers.context import Context
from gk_hooks.model.effects import Effect, Mechanism, Persist, Site
from gk_hooks.model.regex import regex
from gk_hooks.model.values import Text

VERB = "starts, once deployed"


_COMMENT = ("#", ";")


class Setting(NamedTuple):
    """``key=value`` in a section of an INI file, with the lines that it stands on."""

    section: str
    key: str
    value: str
    line: int
    end_line: int


def settings(text: str, context: Context) -> Iterator[Setting]:
    """The settings of an INI file as systemd and desktops write them: a backslash at its end continues a line."""
    section, lines = "", text.split("\n")
    at = 0
    while at < len(lines):
        context.budget.spend()
        first, parts = at, [lines[at].strip()]
        at += 1
        if parts[0].startswith(_COMMENT):
            continue
        while parts[-1].endswith("\\") and at < len(lines):
            context.budget.spend()
            line = lines[at].strip()
            at += 1
            if not line.startswith(_COMMENT):
                parts[-1] = parts[-1][:-1].rstrip()
                parts.append(line)
        line = " ".join(parts)
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
            continue
        key, equals, value = line.partition("=")
        if equals:
            yield Setting(section, key.strip(), value.strip(), first + 1, at)


def site_of(setting: Setting, context: Context) -> Site:
    """The place of *setting*."""
    source = f"{setting.key}={setting.value}"
    return context.site(setting.line, 1, setting.end_line, len(source) + 1, setting.key, source)


def runs(argv: Sequence[Text], site: Site, context: Context) -> Iterator[Effect]:
    """What a command that the file names does."""
    if argv:
        yield from effects_of(argv, site, context, via=context.via)


def comes_back(
    site: Site, tool: str, target: Text, mechanism: Mechanism = Mechanism.SCHEDULE, verb: str = VERB
) -> Persist:
    """The file makes *target* start again, once it is deployed."""
    return Persist(site, mechanism, tool, verb, target, latent=True)


_WORD = regex(r"""\s*((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\\.|[^\s"'\\]|["'\\])+)""", re.DOTALL)
_PIECE = regex(r""""((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|\\(.)|(.)""", re.DOTALL)


def words(line: str) -> list[str]:
    """The words of a command line with shell-like quotes and no expansion."""
    return [_PIECE.sub(_unquoted, match[1]) for match in _WORD.finditer(line)]


def _unquoted(match: re.Match[str]) -> str:
    quoted = match[1] if match[1] is not None else match[2]
    return re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match[3] or match[4] or ""
