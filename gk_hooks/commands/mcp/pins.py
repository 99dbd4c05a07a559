"""``gk mcp pins --audit FILE``: the tool definitions that wait for review, and accepting them."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from gk_hooks.commands.mcp.states import add_state_arguments, open_state
from gk_hooks.errors import GkError, UsageError

if TYPE_CHECKING:
    from gk_hooks.gate.state import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which gate, and which tool is accepted."""
    add_state_arguments(parser)
    parser.add_argument("--accept", metavar="TOOL", action="append", default=[], help="pin its new definition")
    parser.add_argument("--export", action="store_true", help="print what is pinned, for gk mcp run --pins FILE")


def run(options: argparse.Namespace) -> int:
    """Shows what is held with the change as a diff, or accepts; 1 when something stays held."""
    from gk_hooks.gate.pins import accept, waiting
    from gk_hooks.model.text import printable
    from gk_hooks.reports.write import print_text

    store = open_state(options)
    try:
        if options.export:
            return _export(store)
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
        left = [each for each in held if each.tool not in options.accept]
        if not held:
            print("no tool definition is held")
        return 1 if left else 0
    finally:
        store.close()


def _export(store: Store) -> int:
    from gk_hooks.gate.pins import pinned_tools

    servers = pinned_tools(store)
    if len(servers) != 1:
        raise GkError(f"this gate knows {len(servers)} servers, and a file of pins is of one: use a state for each")
    print(json.dumps({"tools": next(iter(servers.values()))}, indent=1, sort_keys=True))
    return 0
