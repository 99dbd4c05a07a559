"""Windows programs that run another command line: start, forfiles, pcalua, runas, psexec, …"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gk_hooks.analyzers.commands.cmdline import split_line
from gk_hooks.model.values import Text

Words = tuple[Text, ...]
Launcher = Callable[[Words], Iterator[Words]]
"""From a launcher's arguments to the commands that it runs."""


def _starts(word: Text, *prefixes: str) -> bool:
    return all(option.lower().startswith(prefixes) for option in word.options)


def _lower(word: Text) -> str:
    return word.options[0].lower()


def operand_onward(takes: str = "", skip: str = "") -> Launcher:
    """The command begins at the first word that is no switch. *takes*: switches with a value in the next word.
    *skip*: operands with one of these prefixes stand before the command."""
    wanted, before = frozenset(takes.split()), tuple(skip.split())

    def launcher(args: Words) -> Iterator[Words]:
        at = 0
        while at < len(args):
            if _lower(args[at]) in wanted:
                at += 2
            elif _starts(args[at], "/", "-", *before) or _lower(args[at]) == "" or _lower(args[at]).isdigit():
                at += 1
            else:
                yield from _line(args[at:])
                return

    return launcher


def _line(words: Words) -> Iterator[Words]:
    """*words* as a command; one single word with blanks is a whole command line."""
    if len(words) == 1 and any(re.search(r"\s", option) for option in words[0].options):
        yield from split_line(words[0])
    else:
        yield words


def value_of(*names: str) -> Launcher:
    """The command line is the value of a switch (``/c "…"``)."""

    def launcher(args: Words) -> Iterator[Words]:
        for index, word in enumerate(args[:-1]):
            if _lower(word) in names:
                yield from split_line(args[index + 1])

    return launcher


def pcalua(args: Words) -> Iterator[Words]:
    """pcalua -a PROGRAM -c ARGUMENTS."""
    program = [args[i + 1] for i, word in enumerate(args[:-1]) if _lower(word) == "-a"]
    rest = next((args[i + 1 :] for i, word in enumerate(args) if _lower(word) == "-c"), ())
    for one in program[:1]:
        if rest:
            yield (one, *rest)
        else:
            yield from split_line(one)


def rundll32(args: Words) -> Iterator[Words]:
    """rundll32 shell32.dll,ShellExec_RunDLL COMMAND and its kin."""
    text = " ".join(word.options[0] for word in args[:2]).lower()
    if re.search(r"shellexec_rundll|routethecall|launchapplication|shellexecute", text):
        at = 1 if re.search(r",\s*\S", args[0].options[0]) else 2
        yield from _line(args[at:])


LAUNCHERS: dict[str, Launcher] = {
    "start": operand_onward("/d /node /affinity /machine"),
    "call": operand_onward(skip=":"),
    "forfiles": value_of("/c", "-c"),
    "pcalua": pcalua,
    "runas": operand_onward(),
    "psexec": operand_onward("-u -p -n -r -w -a /u /p", skip="\\\\ @"),
    "psexec64": operand_onward("-u -p -n -r -w -a /u /p", skip="\\\\ @"),
    "paexec": operand_onward("-u -p -n -r -w -a", skip="\\\\ @"),
    "winrs": operand_onward("-r -u -p -d"),
    "conhost": operand_onward("--width --height --signal --server"),
    "wt": operand_onward("-d --title -p --profile -w --window", skip="new-tab nt split-pane sp"),
    "wsl": operand_onward("-d --distribution -u --user --cd"),
    "cmdow": operand_onward(),
    "hidec": operand_onward(),
    "hstart": operand_onward(),
    "nircmd": operand_onward(skip="exec elevate show hide min max"),
    "scriptrunner": value_of("-appvscript"),
    "rundll32": rundll32,
    "elevate": operand_onward(),
    "gsudo": operand_onward("-u --user"),
}
