"""What a command means, whoever runs it: ``curl`` is the same in sh, in cmd, in PowerShell and in subprocess.run.

The catalogue is data: ``posix.py``, ``windows.py``, ``everywhere.py`` (network), ``packages.py``, ``servers.py`` and
``interpreters.py`` map a program's name to its shape, and ``shapes.py`` has the shapes (where the URLs, the paths and
the verbs stand on the command line). ``wrappers.py`` peels off what runs another command (sudo, env, xargs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gk_hooks.analyzers.commands import everywhere, interpreters, packages, posix, servers, windows, wrappers
from gk_hooks.analyzers.commands.shapes import Call, Handler, connects
from gk_hooks.analyzers.commands.windows_words import urls_in
from gk_hooks.analyzers.context import Context
from gk_hooks.model.effects import Connect, Effect, Execute, Form, Listen, Persist, Shell, Site, Via
from gk_hooks.model.hosts import Reach, host_reach, resolve
from gk_hooks.model.records import replace
from gk_hooks.model.regex import regex
from gk_hooks.model.values import SYS_EXECUTABLE, Text

MODULES = (posix, everywhere, packages, servers, interpreters, windows)
"""Each has COMMANDS, a handler by name, and perhaps TOOLS, the names that the specification calls network or
persistence tooling. A name in several modules gets the handlers of all."""

COMMANDS: dict[str, tuple[Handler, ...]] = {}
for _module in MODULES:
    for _name, _handler in _module.COMMANDS.items():
        COMMANDS[_name] = (*COMMANDS.get(_name, ()), _handler)

SHARED_POSIX = frozenset({"mkdir"})
"""Names of posix.py that mean the same to cmd; the others (``at``, ``batch``) are other programs there, or none."""

TOOLS: frozenset[str] = frozenset().union(*(getattr(module, "TOOLS", frozenset()) for module in MODULES))
WORDS: frozenset[str] = frozenset(COMMANDS) | frozenset(wrappers.WRAPPERS)
"""Every name that the catalogue knows: a text without any of them runs no known command."""

_SUFFIX = regex(r"\.(?:exe|com|cmd|bat|ps1)$")
_VERSION = regex(r"^(python|pypy|pip|perl|ruby|php|lua|node|nodejs|easy_install)[\d.]*w?$")


def program_name(option: str) -> str:
    """The catalogue's name of a program: ``/usr/bin/curl``, ``C:\\x\\CURL.EXE`` → "curl"; ``python3.12`` → "python"."""
    if option == SYS_EXECUTABLE:
        return "python"
    base = re.split(r"[/\\]", option.strip().strip("\"'"))[-1].lower()
    base = _SUFFIX.sub("", base)
    versioned = _VERSION.match(base)
    return versioned[1] if versioned else base


def programs(argv: Sequence[Text]) -> list[str]:
    """The names of the programs that *argv* runs, wrappers first: ``sudo sh x`` → "sudo", "sh"."""
    return [program_name(words[0].options[0]) for words, _ in wrappers.peel(tuple(argv), False, program_name)]


def effects_of(
    argv: Sequence[Text],
    site: Site,
    context: Context,
    *,
    via: Via,
    open_ended: bool = False,
    stdin: Text | None = None,
    stdin_line: int | None = None,
    on_windows: bool = False,
) -> Iterator[Effect]:
    """The effects of running *argv*: first the ``Execute`` itself (``tools`` filled in), then what the command does.

    *argv*: program and arguments, unknown ones as UNKNOWN. *open_ended*: more arguments may follow.
    *stdin*: what is known of the text piped in (``echo … | sh``, a heredoc), for interpreters;
    *stdin_line*: the line of the file that its first line is, for a heredoc.
    *on_windows*: the script can only run there, so the commands of POSIX systems are not meant.
    The effects beside the Execute have the command as their callee; the caller's own callee goes on their chain.
    """
    context.budget.spend(1 + len(argv))
    chain = (*site.chain, site.callee) if via is Via.SPAWN and site.callee else site.chain
    shell = Shell.NO
    tools: list[str] = []
    derived: list[Effect] = []
    for words, more in wrappers.peel(tuple(argv), open_ended, program_name):
        for name in dict.fromkeys(map(program_name, words[0].options)):
            call = Call(name, words[1:], replace(site, callee=name, chain=chain), context, via, more, stdin, stdin_line)
            handlers = _handlers(name, on_windows)
            found = [effect for handler in handlers for effect in handler(call)]
            if not handlers:
                found += _urls_given(words[0].options[0], call)
            if name in TOOLS and any(map(_counts, found)):
                tools.append(name)
            derived += found
            shell = Shell.YES if interpreters.reads_a_text(name, words[1:]) else shell
    yield Execute(site, tuple(argv), None, via, shell, open_ended, tuple(dict.fromkeys(tools)))
    yield from dict.fromkeys(derived)


def _urls_given(program: str, call: Call) -> Iterator[Effect]:
    """A program that is not in the catalogue and lies in a file of its own, and is given a URL, may well go there."""
    binary = program.lower().endswith(".exe")
    if not binary and re.search(r"[/\\]|\.(?:ps1|bat|cmd|sh|py)$", program, re.IGNORECASE) is None:
        return
    guessed = replace(call, site=replace(call.site, guess=True))
    # a sentence that names a URL is a message more often than an argument
    words = [word for word in call.args if binary or not any(" " in option for option in word.options)]
    yield from connects(guessed, [url for word in words for url in urls_in(word)], Form.URL)


def _handlers(name: str, on_windows: bool) -> tuple[Handler, ...]:
    handlers = COMMANDS.get(name, ())
    if on_windows and name not in SHARED_POSIX:
        return tuple(handler for handler in handlers if handler is not posix.COMMANDS.get(name))
    return handlers


def _counts(effect: Effect) -> bool:
    """Whether an effect makes a tool of its command: what stays on this machine does not."""
    match effect:
        case Connect(destination=destination, form=form):
            return any(one.reach in (Reach.REMOTE, Reach.UNKNOWN) for one in resolve(destination, form))
        case Listen(host=host):
            return any(host_reach(option) is not Reach.LOOPBACK for option in host.options)
        case Persist():
            return True
    return False
