"""Definitions of the Windows Task Scheduler."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.analyzers.commands.cmdline import split_line
from gk_hooks.analyzers.context import Context
from gk_hooks.analyzers.persistence.common import comes_back, runs
from gk_hooks.analyzers.persistence.markup import BadMarkup, Element, elements
from gk_hooks.model.effects import Effect, Site, Unparsed
from gk_hooks.model.values import Text

_ACTIONS = ("Task", "Actions")
_OTHER = frozenset({"ComHandler", "SendEmail", "ShowMessage"})


def analyze(text: str, context: Context) -> Iterator[Effect]:
    """The effects of a task: each of its actions comes back."""
    try:
        found = elements(text, context)
    except BadMarkup as error:
        yield Unparsed(context.site(1, 1, 1, 1, "", ""), str(error))
        return
    parts: dict[str, str] = {}
    for element in found:
        if element.path[:2] != _ACTIONS or len(element.path) < 3:
            continue
        if element.path[2] == "Exec" and len(element.path) == 4:
            parts[element.path[3]] = element.text
        elif len(element.path) == 3:
            if element.path[2] == "Exec":
                yield from _runs(f"{_quoted(parts.get('Command', ''))} {parts.get('Arguments', '')}", element, context)
                parts = {}
            elif element.path[2] in _OTHER:
                yield comes_back(_site(element, element.path[2], context), "scheduled task", Text.of(element.path[2]))


def _runs(line: str, element: Element, context: Context) -> Iterator[Effect]:
    command = Text.of(line.strip())
    site = _site(element, line.strip(), context)
    yield comes_back(site, "scheduled task", command)
    for argv in split_line(command):
        yield from runs(argv, site, context)


def _quoted(command: str) -> str:
    return f'"{command}"' if " " in command and not command.startswith('"') else command


def _site(element: Element, source: str, context: Context) -> Site:
    return context.site(element.line, 1, element.end_line, 1, "scheduled task", source)
