"""``gk mcp pins --audit FILE``: the tool definitions that wait for review, and accepting them."""

from __future__ import annotations

import argparse
import sys

from gk_hooks.commands.mcp.states import add_state_arguments, open_state
from gk_hooks.errors import GkError, UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which gate, and which tool is accepted."""
    add_state_arguments(parser)
    parser.add_argument("--accept", metavar="TOOL", action="append", default=[], help="pin its new definition")


def run(options: argparse.Namespace) -> int:
    """Shows what is held with the change as a diff, or accepts; 1 when something stays held."""
    from gk_hooks.gate.pins import accept, waiting
    from gk_hooks.model.text import printable
    from gk_hooks.reports.write import print_text

    store = open_state(options)
    try:
        held = list(waiting(store))
        unknown = sorted(set(options.accept) - {each.tool for each in held})
        if unknown:
            raise UsageError(f"no definition of {', '.join(unknown)} is held")
        for each in held:
            if each.tool in options.accept:
                if not accept(store, each):
                    raise GkError(f"{each.tool}: its definition has changed again; look at it first")
                print_text(f"accepted: {printable(each.tool)}\n", sys.stdout)
            else:
                head = f"{printable(each.tool)} (server {each.server}) is held: {printable(each.why)}"
                print_text("\n".join((head, *(f"    {line}" for line in each.diff()), "")), sys.stdout)
        left = len(held) - len(options.accept)
        if not held:
            print("no tool definition is held")
        return 1 if left else 0
    finally:
        store.close()
