"""Command lines and code that a VBScript hands over as text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gk_hooks.analyzers import commands
from gk_hooks.analyzers.commands.cmdline import split_line
from gk_hooks.analyzers.commands.windows import fetched
from gk_hooks.analyzers.commands.windows_words import urls_in
from gk_hooks.analyzers.context import Context, embed
from gk_hooks.model.effects import Code, Connect, DynamicCode, Effect, Execute, Form, Shell, Site, Via
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import replace
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE, Text, concat

_COMSPEC = regex(r"%comspec%", re.IGNORECASE)


def spawns(line: Text, site: Site, context: Context) -> Iterator[Effect]:
    """A program is started with the command line *line*."""
    if line.is_unknown:
        yield Execute(site, (), text=line)
        return
    found: list[Effect] = []
    for words in split_line(line.map(lambda option: _COMSPEC.sub("cmd.exe", option))):
        if words and words[0].only != "" and not all(option == HOLE for option in words[0].options + words[-1].options):
            found += _runs(words, line, site, context)
    yield from _together(found, line, site)


def starts(program: Text, arguments: Text, site: Site, context: Context) -> Iterator[Effect]:
    """*program*, one word, is started with the command line *arguments*."""
    line = concat([program, Text.of(" "), arguments]) if arguments.only != "" else program
    found = [effect for rest in split_line(arguments) for effect in _runs((program, *rest), line, site, context)]
    yield from _together(found, line, site)


def _runs(words: tuple[Text, ...], line: Text, site: Site, context: Context) -> Iterator[Effect]:
    for effect in commands.effects_of(words, site, context, via=Via.SPAWN, on_windows=True):
        if isinstance(effect, Execute) and effect.site == site and effect.argv == words:
            yield replace(effect, text=line, shell=Shell.YES if _is_shell(words) else Shell.NO)
        else:
            yield effect
    for url in urls_in(words[0]):
        yield Connect(site, url, Form.URL)  # the browser opens it
    yield from fetched(words, site)


def _together(found: list[Effect], line: Text, site: Site) -> Iterator[Effect]:
    """One ``Execute`` for all the command lines that *line* may be."""
    runs = [effect for effect in found if isinstance(effect, Execute) and effect.site == site]
    if runs:
        shells = {run.shell for run in runs}
        yield replace(
            runs[0],
            argv=runs[0].argv if len(runs) == 1 else (),
            text=line,
            shell=runs[0].shell if len(shells) == 1 else Shell.MAYBE,
            tools=tuple(dict.fromkeys(tool for run in runs for tool in run.tools)),
        )
    yield from dict.fromkeys(effect for effect in found if effect not in runs)


def _is_shell(words: tuple[Text, ...]) -> bool:
    names = {commands.program_name(option) for option in words[0].options}
    switches = {option[:2].lower() for word in words[1:] for option in word.options}
    return "cmd" in names and bool(switches & {"/c", "/k"})


def runs_code(code: Text, site: Site, context: Context) -> Iterator[Effect]:
    """*code* is VBScript that runs."""
    yield DynamicCode(site, Code.TEXT, code)
    yield from embed(Kind.VBSCRIPT, code, site, site.callee, context, context.via)
