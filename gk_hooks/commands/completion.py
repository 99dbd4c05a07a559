"""``gk completion SHELL``: prints a script that completes gk's commands, options and their values in that shell.

The script is static: it holds every word and starts no program. It is made from the parsers, so it cannot fall behind.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterable, Iterator

from gk_hooks import rules
from gk_hooks.cli import COMMANDS
from gk_hooks.commands import shells
from gk_hooks.commands.parser import command_parser
from gk_hooks.policy.profile import Profile
from gk_hooks.reports import FORMATS

SHELLS = {
    "bash": (shells.bash, "gk completion bash > ~/.local/share/bash-completion/completions/gk"),
    "zsh": (shells.zsh, "gk completion zsh > a file called _gk in a folder of $fpath"),
    "fish": (shells.fish, "gk completion fish > ~/.config/fish/completions/gk.fish"),
    "powershell": (shells.powershell, "gk completion powershell >> $PROFILE"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which shell."""
    parser.add_argument("shell", choices=tuple(SHELLS), metavar="SHELL", help=", ".join(SHELLS))


def run(options: argparse.Namespace) -> int:
    """Prints the script."""
    script, place = SHELLS[options.shell]
    lines = (f"# completion of gk for {options.shell}: {place}", *script(list(levels())))
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def levels() -> Iterator[shells.Level]:
    """gk itself, then every command and every action of one."""
    yield shells.Level("", dict(COMMANDS), (shells.Option(("--version",), "print the version"),))
    for name, summary in COMMANDS.items():
        parser = command_parser(name, summary)
        importlib.import_module(f"gk_hooks.commands.{name}").add_arguments(parser)
        yield from _levels(name, parser)


def _levels(path: str, parser: argparse.ArgumentParser) -> Iterator[shells.Level]:
    options: list[shells.Option] = []
    words: tuple[str, ...] = ()
    actions: dict[str, str] = {}
    below: list[tuple[str, argparse.ArgumentParser]] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            actions = {choice.dest: choice.help or "" for choice in action._choices_actions}
            below = list(action.choices.items())
        elif not action.option_strings:
            words = words or _values(action)
        elif action.help != argparse.SUPPRESS:
            takes = None if action.nargs == 0 else _values(action)
            options.append(shells.Option(tuple(action.option_strings), action.help or "", takes))
    yield shells.Level(path, actions, tuple(options), words)
    for name, child in below:
        yield from _levels(f"{path} {name}", child)


def _values(action: argparse.Action) -> tuple[str, ...]:
    """The words that may stand there; () for a file, or for what cannot be known."""
    known: dict[str, Iterable[str]] = {
        "RULE": rules.BY_ID,
        "ID": rules.BY_ID,
        "NAME[=PATH]": FORMATS,
        "PROFILE": list(Profile),
    }
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    return tuple(map(str, action.choices or known.get(metavar, ())))
