"""Commands that the shell itself carries out: they run no program, and some of them set variables."""

from __future__ import annotations

from gk_hooks.analyzers.shell.environment import Environment
from gk_hooks.model.records import replace
from gk_hooks.model.values import UNKNOWN, Text

DECLARES = frozenset({"export", "readonly", "local", "declare", "typeset"})
NO_PROGRAM = DECLARES | frozenset(
    (
        ". : [ [[ alias bg bind break cd complete compgen continue dirs disown echo eval exit false fg getopts hash "
        "help history jobs let mapfile popd printf pushd pwd read readarray return set shift shopt source suspend test "
        "times trap true type ulimit umask unalias unset wait"
    ).split()
)
"""Their Execute is left out: nothing is executed."""


def update(environment: Environment, name: str, args: list[Text], aliases: dict[str, list[Text]]) -> None:
    """What the builtin *name* does to the variables and the aliases."""
    if name in ("read", "mapfile", "readarray", "getopts"):
        for arg in args:
            word = arg.only or ""
            if word.isidentifier():
                environment.set(word, (replace(UNKNOWN, origin="standard input"),))
    elif name == "unset":
        for arg in args:
            environment.set(arg.only or "", (Text.of(""),))
    elif name == "printf" and len(args) > 1 and args[0].only == "-v":
        environment.set(args[1].only or "", (UNKNOWN,))
    elif name == "set":
        _set_arguments(environment, args)
    elif name == "shift":
        for index in range(1, 10):
            environment.set(str(index), (replace(UNKNOWN, origin="argument"),))
    elif name == "alias":
        for arg in args:
            alias, equals, command = (arg.only or "").partition("=")
            if equals and command.strip():
                aliases[alias] = [Text.of(word) for word in command.split()]


def _set_arguments(environment: Environment, args: list[Text]) -> None:
    """``set -- a b`` sets the arguments."""
    marks = [index for index, arg in enumerate(args) if arg.only == "--"]
    if not marks:
        return
    words = args[marks[0] + 1 :]
    for index in range(1, 10):
        environment.set(str(index), (words[index - 1] if index <= len(words) else Text.of(""),))
    environment.set("@", tuple(words))
    environment.set("*", tuple(words))
