"""``gk mcp budgets --audit FILE``: what is spent of each budget, and starting one anew."""

from __future__ import annotations

import argparse
import json
import sys
from decimal import Decimal

from gk_hooks.commands.mcp.states import add_state_arguments, open_state
from gk_hooks.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which gate, and which budget."""
    add_state_arguments(parser)
    parser.add_argument("--reset", metavar="KEY", help="start this budget anew")
    parser.add_argument("--of", metavar="WHO", help="only that of this principal or session")


def run(options: argparse.Namespace) -> int:
    """Shows every account, or takes some away."""
    from gk_hooks.model.text import printable
    from gk_hooks.reports.write import print_text

    with open_state(options) as store:
        shown = 0
        for account, spent in store.accounts():
            policy, key, scope, who, window = json.loads(account)
            if (options.reset and key != options.reset) or (options.of and who != options.of):
                continue
            shown += 1
            amount = format((Decimal(spent) / 1_000_000).normalize(), "f")
            since = f", window {window}" if window else ""
            line = f"{key} of {policy}, {scope} {who}{since}: {amount} spent"
            if options.reset:
                store.forget(account)
                line += ", and forgotten"
            print_text(printable(line) + "\n", sys.stdout)
    if not shown and (options.reset or options.of):
        raise UsageError("there is no such budget: gk mcp budgets shows them")
    if not shown:
        print("nothing is spent")
    return 0
