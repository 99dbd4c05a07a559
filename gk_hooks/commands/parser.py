"""The argument parser of every command: errors of one line that know what was meant, and help that fits a screen."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO, cast

from gk_hooks import __version__
from gk_hooks.errors import hint

EXIT_CODES = "exit codes: 0 PASS, 2 CONDITIONAL_PASS, 1 FAIL, 3 the scan could not be completed"
FEW = 6
"""More options than this are ``[options]`` in the usage line; the list under it has them all."""


class Help(argparse.HelpFormatter):
    """Help in which every option takes as few lines as it can."""

    def __init__(self, prog: str, **settings: Any) -> None:
        super().__init__(prog, **{"width": columns(80) - 2, **settings, "max_help_position": 28})

    def add_usage(
        self, usage: str | None, actions: Iterable[argparse.Action], groups: Any, prefix: str | None = None
    ) -> None:
        """The usage line, short."""
        actions = list(actions)
        if usage is None and sum(bool(action.option_strings) for action in actions) > FEW:
            named = (_usage(action) for action in actions if not action.option_strings or action.required)
            usage = " ".join(("%(prog)s [options]", *named))
        super().add_usage(usage, actions, groups, prefix)

    def add_argument(self, action: argparse.Action) -> None:
        """Counts the indent of sub-commands too, which argparse forgets: the longest would stand on a line alone."""
        super().add_argument(action)
        if isinstance(action, argparse._SubParsersAction):
            self._action_max_length += self._indent_increment

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if len(action.option_strings) < 2 or action.nargs == 0:
            return super()._format_action_invocation(action)
        *rest, long = sorted(action.option_strings, key=len)
        return f"{', '.join(rest)}, {long} {self._format_args(action, (action.dest or '').upper())}"


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line and exit code 3, as every error of ours."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"formatter_class": Help, **settings})

    def error(self, message: str) -> None:  # type: ignore[override]
        """Prints the one line and leaves."""
        self.exit(3, f"{self.prog}: {self._explained(message)} (try {self.prog} --help)\n")

    def _explained(self, message: str) -> str:
        """argparse's *message*, with what was probably meant."""
        if option := re.match(r"unrecognized arguments: (--[^\s=]+)", message):
            known = [name for name in self._option_string_actions if name.startswith("--")]
            near = hint(option[1], known, "")
            return f"there is no option {option[1]}" + (f": {near}" if near.startswith("did") else "")
        if choice := re.match(r"argument (.+?): invalid choice: '(.*?)' \(choose from (.*)\)$", message, re.DOTALL):
            known = re.findall(r"[\w.-]+", choice[3])
            what = choice[1].split("/")[-1].lower()
            return f"there is no {what} {choice[2]!r}: {hint(choice[2], known, 'choose one of')}"
        return message


def columns(otherwise: int) -> int:
    """How wide the terminal is, *otherwise* where there is none: to import ``shutil`` for it takes 2 ms."""
    named = os.environ.get("COLUMNS", "")
    if named.isdecimal() and int(named):
        return int(named)
    try:
        return os.get_terminal_size(cast(TextIO, sys.__stdout__).fileno()).columns or otherwise
    except (AttributeError, ValueError, OSError):  # closed, or no terminal
        return otherwise


def command_parser(name: str, summary: str) -> Parser:
    """The parser of one command, which adds its arguments itself."""
    return Parser(prog=f"gk {name}", description=summary[0].upper() + summary[1:] + ".")


def overview(commands: dict[str, str]) -> Parser:
    """What ``gk`` alone says, and what tells a word that is no command."""
    parser = Parser(prog="gk", description="A gatekeeper for code and for the agents that write it.", epilog=EXIT_CODES)
    parser.add_argument("--version", action="version", version=f"gk {__version__}", help="print the version")
    known = parser.add_subparsers(dest="command", metavar="COMMAND", prog="gk", parser_class=Parser)
    for name, summary in commands.items():
        known.add_parser(name, help=summary)
    return parser


def _usage(action: argparse.Action) -> str:
    name = str(action.metavar or action.dest.upper())
    if action.option_strings:
        return f"{action.option_strings[-1]} {name}"
    return {"?": f"[{name}]", "*": f"[{name} ...]", "+": f"{name} [{name} ...]"}.get(str(action.nargs), name)
