"""Starting programs from Python: subprocess, os.system, os.exec and their like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gk_hooks.analyzers import commands
from gk_hooks.analyzers.context import embed
from gk_hooks.analyzers.python.api import Spawns
from gk_hooks.analyzers.python.sinks.call import Call
from gk_hooks.analyzers.python.values import NONE, UNKNOWN, Seq, Str, Unknown, Value, alternatives
from gk_hooks.analyzers.python.views import items_of, text_of, truth
from gk_hooks.model.effects import Connect, Effect, Execute, Shell, Via
from gk_hooks.model.kinds import Kind
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE, Text

SHELL_SIGNS = regex(r"[|&;<>`\n]|\$\(")
WINDOWS_SIGNS = regex(
    r"%[A-Za-z_]+%|[A-Za-z]:\\|\\[A-Za-z]|\.exe\b|^\s*(?:schtasks|reg|sc|cmd|wmic|netsh|start)\s", re.I
)
MAX_LINES = 4
"""Alternatives of one command line that are reported each."""


def spawns(api: Spawns, call: Call) -> Iterator[Effect]:
    """The effects of a call that starts a program."""
    if api.needs and api.needs not in call.run.imports:
        return
    if api.remote:
        yield Connect(call.site)
    if api.how == "varargs":
        yield from _varargs(api, call)
        return
    value = call.get(api.command)
    shell = _shell(api, call)
    found = alternatives(value if value is not None else UNKNOWN)
    if shell is Shell.YES:  # a text of which something is known tells more than one of which nothing is
        found = tuple(part for part in found if not isinstance(part, Unknown)) or found[:1]
    for alternative in found:
        if not any(_extends(other, alternative) for other in found):
            yield from _one(api, alternative, shell, call)


def _extends(longer: Value, shorter: Value) -> bool:
    """Whether one list is the other with more words at its end: one command, reported once."""
    if not isinstance(longer, Seq) or not isinstance(shorter, Seq) or len(longer.items) <= len(shorter.items):
        return False
    return all(one is other for one, other in zip(shorter.items, longer.items))


def _varargs(api: Spawns, call: Call) -> Iterator[Effect]:
    position = api.command.position or 0
    words = list(call.arguments.positional[position:])
    if api.program is not None:
        words = _with_program(words, call.get(api.program))
    yield from _argv([text_of(word) for word in words], call.arguments.open_positional, call)


def _with_program(words: Sequence[Value], program: Value | None) -> list[Value]:
    """``execv(path, argv)`` runs *path*, whatever argv calls it."""
    if program is None or (text_of(program).is_unknown and words):
        return list(words)
    return [program, *words[1:]]


def _shell(api: Spawns, call: Call) -> Shell:
    if api.how == "shell":
        return Shell.YES
    if api.how != "auto":
        return Shell.NO
    asked = call.arguments.get(8, "shell")
    wanted = truth(asked)
    if asked is None or wanted is False:
        return Shell.NO
    if wanted is True or (isinstance(asked, Str) and asked.text.constants):
        return Shell.YES
    # **options may hold shell=True, but nobody said so: only a shell argument that stands there is suspicious
    named = any(name == "shell" for name, _ in call.arguments.keywords)
    return Shell.MAYBE if named else Shell.NO


def _one(api: Spawns, value: Value, shell: Shell, call: Call) -> Iterator[Effect]:
    if value == NONE:
        return
    if isinstance(value, Seq):
        items, more = items_of(value)
        if shell is Shell.NO:
            program = call.get(api.program) if api.program else call.arguments.get(None, "executable")
            yield from _argv([text_of(item) for item in _with_program(items, program)], more, call)
        else:
            # with shell=True the first item is the text, the rest are arguments of the shell itself
            yield from _shell_text(text_of(items[0]) if items else Text(), shell, call)
        return
    text = text_of(value)
    if shell is not Shell.NO:
        yield from _shell_text(text, shell, call)
    elif api.how == "program" or text.is_unknown:
        named = text_of(call.get(api.program)) if api.program else text
        yield from _argv([] if named.is_unknown else [named], text.is_unknown, call)
    else:
        yield from _lines(text, call)


def _argv(words: Sequence[Text], more: bool, call: Call) -> Iterator[Effect]:
    if words:
        yield from commands.effects_of(words, call.site, call.run.context, via=Via.SPAWN, open_ended=more)
    else:
        yield Execute(call.site, (), via=Via.SPAWN, open_ended=True)


def _shell_text(text: Text, shell: Shell, call: Call) -> Iterator[Effect]:
    site = call.site
    yield Execute(site, text=text, via=Via.SPAWN, shell=shell)
    for kind in (Kind.BATCH, Kind.SHELL):
        options = [option for option in text.options if _language(option) is kind]
        if options:
            code = Text(tuple(options), text.complete, text.trail, text.decoded)
            yield from embed(kind, code, site, site.callee, call.run.context, Via.SPAWN)


def _lines(text: Text, call: Call) -> Iterator[Effect]:
    """A command line that no shell reads: on Windows it is split by the program, elsewhere it names one."""
    chained = any(SHELL_SIGNS.search(option) for option in text.options)
    if chained:
        yield Execute(call.site, text=text, via=Via.SPAWN)
    for option in text.options[:MAX_LINES]:
        words = option.split() or [""]
        if option != HOLE and (not chained or commands.program_name(words[0]) in commands.TOOLS):
            yield from _argv([Text.template(word.strip("\"'")) for word in words], HOLE in option, call)


def _language(option: str) -> Kind:
    return Kind.BATCH if WINDOWS_SIGNS.search(option) else Kind.SHELL
