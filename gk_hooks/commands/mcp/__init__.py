"""``gk mcp``: the tool gate's commands, one module each with add_arguments(parser) and run(options) -> exit code."""

from __future__ import annotations

import argparse
import importlib
from types import ModuleType

from gk_hooks.errors import UsageError

COMMANDS = {
    "check": "check a policy file",
    "controls": "show which controls of published frameworks the gate helps with",
    "verify": "verify an audit log against its checkpoints",
    "prove": "write an offline proof of one record of an audit log, or check one",
    "report": "write down what an audit log holds, and how far it is vouched for",
    "keygen": "make the keys that agents' tokens are signed and checked with",
    "token": "mint a token that says who an agent is",
    "run": "run an MCP server behind the policy",
    "pins": "show the tool definitions that are held for review, and accept them",
    "budgets": "show what is spent of each budget, and start one anew",
    "approve": "show the calls that wait for an approval, and answer them",
}
MODULES = {"run": "session"}
"""The modules that have another name than their command: one called run would take the place of the function run."""

CODES = "exit codes: 0 fine, 1 something does not hold, 2 not everything could be verified, 3 it could not be done"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One sub-command for each module of this folder."""
    commands = parser.add_subparsers(dest="action", metavar="COMMAND")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(
            name, help=summary, description=summary[0].upper() + summary[1:] + ".", epilog=CODES
        )
        _module(name).add_arguments(command)


def run(options: argparse.Namespace) -> int:
    """Runs the sub-command that was named."""
    if options.action is None:
        raise UsageError(f"gk mcp: name a command: {', '.join(COMMANDS)}")
    code: int = _module(options.action).run(options)
    return code


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{MODULES.get(name, name)}")
