"""The command line: one module per command, one error boundary."""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import sys
from collections.abc import Sequence

from gk_hooks import __version__
from gk_hooks.errors import GkError

COMMANDS = {
    "scan": "scan folders, what is staged, a change, or a commit",
    "audit": "audit a release and write its evidence packet",
    "history": "tell how findings moved from release to release",
    "verify": "check an evidence packet, offline",
    "keygen": "make a key pair that signs evidence packets and logs",
    "egress": "run a command with its network denied and recorded",
    "mcp": "the policy firewall between an AI agent and its MCP tools",
    "hook": "run as a git hook; install puts it into .git/hooks",
    "baseline": "accept findings on the record",
    "init": "write a pre-commit entry, settings and CI snippets",
    "bundle": "put gk into one file, for closed networks",
    "explain": "tell what a rule means and what to do about it",
    "completion": "print a script that completes gk's words in a shell",
    "selftest": "say whether this copy works",
}
"""Each command is the module gk_hooks.commands.NAME with add_arguments(parser) and run(options) -> exit code."""

MUCH = 200_000
"""Objects left behind before the cyclic garbage collector looks for some. Importing leaves thousands, a large report
hundreds of thousands, and none of them in a cycle."""

RUNS_A_COMMAND = ("egress", "mcp")
"""Commands that take another program's words after ``--``, as options.after_dashes."""


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
    if words == ["--version"]:
        print(f"gk {__version__}")
        return 0
    gc.set_threshold(MUCH)
    atexit.register(gc.freeze)  # else the interpreter looks for cycles among all of them before it ends
    from gk_hooks.commands.parser import command_parser, overview

    name = words[0] if words else ""
    if name not in COMMANDS:
        parser = overview(COMMANDS)
        parser.parse_args(words)
        parser.print_help()
        return 3
    command = importlib.import_module(f"gk_hooks.commands.{name}")
    parser = command_parser(name, COMMANDS[name])
    command.add_arguments(parser)
    words, after = words[1:], []
    if name in RUNS_A_COMMAND and "--" in words:
        dashes = words.index("--")
        words, after = words[:dashes], words[dashes + 1 :]
    options = parser.parse_args(words)
    options.command, options.after_dashes = name, after
    code: int = command.run(options)
    return code


def _complain(line: str) -> None:
    from gk_hooks.model.text import printable

    sys.stderr.write(printable(line).encode(sys.stderr.encoding or "utf-8", "backslashreplace").decode() + "\n")
