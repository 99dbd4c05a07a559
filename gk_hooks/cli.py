"""The command line: one module per command, one error boundary."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from gk_hooks import __version__
from gk_hooks.errors import GkError

COMMANDS = {
    "scan": "scan folders as they are on disk, what is staged, what a branch adds, or a commit",
    "audit": "audit the whole tree at a release and write the packet",
    "verify": "check an evidence packet against the repository and the keys that you trust",
    "keygen": "make a key pair that signs evidence packets and logs",
    "egress": "run a command that can reach nothing but loopback, and log what it tries",
    "mcp": "the policy firewall between an AI agent and its MCP tools",
    "hook": "the entry of the pre-commit hooks; install puts it into .git/hooks",
    "baseline": "accept findings on the record",
    "init": "write a pre-commit entry, settings and CI snippets",
    "bundle": "put gk into one file for machines where nothing can be installed",
    "explain": "tell what a rule means and what to do about it",
    "selftest": "run every rule's examples and say whether this copy works",
}
"""Each command is the module gk_hooks.commands.NAME with add_arguments(parser) and run(options) -> exit code."""

RUNS_A_COMMAND = ("egress", "mcp")
"""Commands that take another program's words after ``--``, as options.after_dashes."""

EXIT_CODES = "exit codes: 0 PASS, 2 CONDITIONAL_PASS, 1 FAIL, 3 the scan could not be completed"


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line and exit code 3, as every error of ours."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Prints the one line and leaves."""
        self.exit(3, f"{self.prog}: {message} (try {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs gk and returns the exit code. Whatever a user can cause is one line on standard error and 3."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(words)
    except GkError as error:
        _complain(f"gk: {error}")
        return 3
    except KeyboardInterrupt:
        _complain("gk: interrupted; nothing was reported")
        return 3
    except BrokenPipeError:
        # whoever read our output has gone (gk … | head); do not let the interpreter trip over it at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 3


def _run(words: list[str]) -> int:
    parser = Parser(prog="gk", description="A gatekeeper for code and for the agents that write it.", epilog=EXIT_CODES)
    parser.add_argument("--version", action="version", version=f"gk {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    wanted = next((word for word in words if not word.startswith("-")), "")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if name == wanted:
            importlib.import_module(f"gk_hooks.commands.{name}").add_arguments(command)
    after: list[str] = []
    if wanted in RUNS_A_COMMAND and "--" in words:
        dashes = words.index("--")
        words, after = words[:dashes], words[dashes + 1 :]
    options = parser.parse_args(words, argparse.Namespace(after_dashes=after))
    if options.command is None:
        parser.print_help()
        return 3
    code: int = importlib.import_module(f"gk_hooks.commands.{options.command}").run(options)
    return code


def _complain(line: str) -> None:
    from gk_hooks.model.text import printable

    sys.stderr.write(printable(line).encode(sys.stderr.encoding or "utf-8", "backslashreplace").decode() + "\n")
