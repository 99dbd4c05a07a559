"""Starting programs from Python: subprocess, os.system, os.exec and their like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gk_hooks.analyzers import commands
from gk_hooks.analyzers.context import embed
from gk_hooks.analyzers.python.api import Spawns
from gk_hooks.analyzers.python.values import NONE, UNKNOWN, Seq, Str, Value, alternatives, items_of, text_of, truth
from gk_hooks.model.effects import Effect, Execute, Shell, Via
from gk_hooks.model.kinds import Kind
from gk_hooks.model.values import HOLE, Text

if TYPE_CHECKING:
    from gk_hooks.analyzers.python.sinks import Call

SHELL_SIGNS = re.compile(r"[|&;<>`\n]|\$\(")
WINDOWS_SIGNS = re.compile(
    r"%[A-Za-z_]+%|[A-Za-z]:\\|\\[A-Za-z]|\.exe\b|^\s*(?:schtasks|reg|sc|cmd|wmic|netsh|start)\s", re.I
)


def spawn(api: Spawns, call: Call) -> Iterator[Effect]:
    """The effects of a call that starts a program."""
    if api.how == "varargs":
        position = api.command.position or 0
        words = call.arguments.positional[position:]
        if api.command.position and not words and not call.arguments.open_positional:
            words = call.arguments.positional[:1]
        yield from _argv([text_of(word) for word in words], call.arguments.open_positional, call)
        return
    value = call.get(api.command)
    if value is None:
        value = UNKNOWN
    shell = _shell(api, call)
    for alternative in alternatives(value):
        yield from _one(api, alternative, shell, call)


def _shell(api: Spawns, call: Call) -> Shell:
    if api.how == "shell":
        return Shell.YES
    if api.how != "auto":
        return Shell.NO
    asked = call.arguments.get(8, "shell")
    if asked is None:
        return Shell.NO
    if isinstance(asked, Str) or truth(asked) is True:
        return Shell.YES
    if truth(asked) is False:
        return Shell.NO
    # **options may hold shell=True, but nobody said so: only a shell argument that stands there is suspicious
    named = any(name == "shell" for name, _ in call.arguments.keywords)
    return Shell.MAYBE if named else Shell.NO


def _one(api: Spawns, value: Value, shell: Shell, call: Call) -> Iterator[Effect]:
    if value == NONE:
        return
    if isinstance(value, Seq):
        items, more = items_of(value)
        if shell is Shell.NO:
            yield from _argv([text_of(item) for item in items], more, call)
        else:
            # with shell=True the first item is the text, the rest are arguments of the shell itself
            yield from _shell_text(text_of(items[0]) if items else Text(), shell, call)
        return
    text = text_of(value)
    if shell is not Shell.NO:
        yield from _shell_text(text, shell, call)
    elif api.how == "program" or text.is_unknown:
        yield from _argv([text] if not text.is_unknown else [], text.is_unknown, call)
    else:
        yield from _line(text, call)


def _argv(words: Sequence[Text], more: bool, call: Call) -> Iterator[Effect]:
    yield from (
        commands.effects_of(words, call.site, call.run.context, via=Via.SPAWN, open_ended=more)
        if words
        else [Execute(call.site, (), via=Via.SPAWN, open_ended=True)]
    )


def _shell_text(text: Text, shell: Shell, call: Call) -> Iterator[Effect]:
    site = call.site
    yield Execute(site, text=text, via=Via.SPAWN, shell=shell)
    for kind in (Kind.BATCH, Kind.SHELL):
        options = [option for option in text.options if _language(option) is kind]
        if options:
            code = Text(tuple(options), text.complete, text.trail, text.decoded)
            yield from embed(kind, code, site, site.callee, call.run.context, Via.SPAWN)


def _line(text: Text, call: Call) -> Iterator[Effect]:
    """A command line that no shell reads: on Windows it is split by the program, elsewhere it names one."""
    for option in text.options:
        if SHELL_SIGNS.search(option):
            yield Execute(call.site, text=text, via=Via.SPAWN)
            return
    option = text.options[0]
    words = [Text.template(word.strip("\"'")) for word in option.split()] or [Text.of("")]
    yield from _argv(words, HOLE in option or len(text.options) > 1, call)


def _language(option: str) -> Kind:
    return Kind.BATCH if WINDOWS_SIGNS.search(option) else Kind.SHELL
