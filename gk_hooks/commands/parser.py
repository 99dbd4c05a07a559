"""The argument parser of every command."""

from __future__ import annotations

import argparse

from gk_hooks import __version__

EXIT_CODES = "exit codes: 0 PASS, 2 CONDITIONAL_PASS, 1 FAIL, 3 the scan could not be completed"


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line and exit code 3, as every error of ours."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Prints the one line and leaves."""
        self.exit(3, f"{self.prog}: {message} (try {self.prog} --help)\n")


def command_parser(name: str, summary: str) -> Parser:
    """The parser of one command, which adds its arguments itself."""
    return Parser(prog=f"gk {name}", description=summary[0].upper() + summary[1:] + ".")


def overview(commands: dict[str, str]) -> Parser:
    """What ``gk`` alone says, and what tells a word that is no command."""
    parser = Parser(prog="gk", description="A gatekeeper for code and for the agents that write it.", epilog=EXIT_CODES)
    parser.add_argument("--version", action="version", version=f"gk {__version__}")
    known = parser.add_subparsers(dest="command", metavar="COMMAND", prog="gk", parser_class=Parser)
    for name, summary in commands.items():
        known.add_parser(name, help=summary)
    return parser
