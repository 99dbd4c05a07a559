"""Command lines and code that a VBScript hands over as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from gk_hooks.analyzers import commands
from gk_hooks.analyzers.commands.cmdline import like, split_line
from gk_hooks.analyzers.commands.windows import guessed
from gk_hooks.analyzers.commands.windows_words import urls_in
from gk_hooks.analyzers.context import Context, embed
from gk_hooks.model.effects import Code, Connect, DynamicCode, Effect, Execute, Form, Shell, Site, Via
from gk_hooks.model.kinds import Kind
from gk_hooks.model.values import HOLE, Text, concat

_COMSPEC = re.compile(r"%comspec%", re.IGNORECASE)


def spawns(line: Text, site: Site, context: Context) -> Iterator[Effect]:
    """A program is started with the command line *line*."""
    if line.is_unknown:
        yield Execute(site, (), text=line)
        return
    expanded = line.map(lambda option: _COMSPEC.sub("cmd.exe", option))
    for option, words in zip(expanded.options, split_line(expanded), strict=True):
        if words and option.strip() != HOLE:
            yield from _runs(words, like(line, option) if len(line.options) > 1 else line, site, context)


def starts(program: Text, arguments: Text, site: Site, context: Context) -> Iterator[Effect]:
    """*program*, one word, is started with the command line *arguments*."""
    for rest in split_line(arguments):
        words = (program, *rest)
        line = concat([program, Text.of(" "), arguments]) if arguments.only != "" else program
        yield from _runs(words, line, site, context)


def _runs(words: tuple[Text, ...], line: Text, site: Site, context: Context) -> Iterator[Effect]:
    for effect in commands.effects_of(words, site, context, via=Via.SPAWN):
        if isinstance(effect, Execute) and effect.site == site and effect.argv == words:
            yield replace(effect, text=line, shell=Shell.YES if _is_shell(words) else Shell.NO)
        else:
            yield effect
    for url in urls_in(words[0]):
        yield Connect(site, url, Form.URL)  # the browser opens it
    known = any(commands.program_name(option) in commands.WORDS for option in words[0].options)
    yield from guessed(words, site, known)


def _is_shell(words: tuple[Text, ...]) -> bool:
    names = {commands.program_name(option) for option in words[0].options}
    switches = {option[:2].lower() for word in words[1:] for option in word.options}
    return "cmd" in names and bool(switches & {"/c", "/k"})


def runs_code(code: Text, site: Site, context: Context) -> Iterator[Effect]:
    """*code* is VBScript that runs."""
    yield DynamicCode(site, Code.TEXT, code)
    yield from embed(Kind.VBSCRIPT, code, site, site.callee, context, context.via)
