"""``gk mcp approve``: shows the calls that a gate holds, whole, and answers them, from another terminal."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from gk_hooks.commands.mcp.states import add_state_arguments, open_state
from gk_hooks.errors import GkError, UsageError

if TYPE_CHECKING:
    from gk_hooks.gate.approvals import Approval
    from gk_hooks.gate.state import Store

CODES = "exit codes: 0 done, 1 the call no longer waits, 3 it could not be done"
WATCH = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which call, and the answer."""
    parser.epilog = CODES
    parser.add_argument("id", nargs="?", metavar="ID", help="a call, by the beginning of its id (default: all)")
    add_state_arguments(parser)
    answer = parser.add_mutually_exclusive_group()
    answer.add_argument("--yes", action="store_true", help="approve the call with that id")
    answer.add_argument("--no", action="store_true", help="deny it")
    answer.add_argument("--list", action="store_true", help="show what waits, and ask nothing")
    answer.add_argument("--watch", action="store_true", help="go on asking as calls come, until interrupted")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why; it goes into the audit log and to the model")


def run(options: argparse.Namespace) -> int:
    """Shows, asks where there is somebody to ask, and answers."""
    store = open_state(options)
    try:
        if options.yes or options.no:
            if options.id is None:
                raise UsageError("name the call: gk mcp approve ID --yes")
            return _answer(store, _one(store, options.id), options.yes, options.reason)
        return _ask_all(store, options)
    finally:
        store.close()


def _ask_all(store: Store, options: argparse.Namespace) -> int:
    from gk_hooks.gate.approvals import waiting

    seen: set[str] = set()
    while True:
        found = [_one(store, options.id)] if options.id else waiting(store)
        for approval in (each for each in found if each.id not in seen):
            seen.add(approval.id)
            _show(approval)
            if sys.stdin.isatty() and not options.list:
                _ask(store, approval, options.reason)
        if not options.watch:
            break
        time.sleep(WATCH)
    if not seen:
        print("nothing waits for an approval")
    return 0


def _one(store: Store, prefix: str) -> Approval:
    from gk_hooks.gate.approvals import waiting

    found = [each for each in waiting(store) if each.id.startswith(prefix)]
    if len(found) != 1:
        raise GkError(f"{len(found) or 'no'} calls that wait have an id that begins with {prefix!r}")
    return found[0]


def _show(approval: Approval) -> None:
    from gk_hooks.gate.approvals import told

    left = max(0, round(approval.expires - time.time()))
    text = f"{approval.id}  waits for {left} s more\n{told(approval)}\n\n"
    sys.stdout.write(
        text.encode(sys.stdout.encoding or "utf-8", "backslashreplace").decode(sys.stdout.encoding or "utf-8")
    )
    sys.stdout.flush()


def _ask(store: Store, approval: Approval, reason: str) -> None:
    word = input("approve this call, once? [y]es, [n]o, anything else leaves it: ").strip().lower()
    if word in ("y", "yes", "n", "no"):
        _answer(store, approval, word.startswith("y"), reason)


def _answer(store: Store, approval: Approval, approve: bool, reason: str) -> int:
    import getpass

    from gk_hooks.gate.approvals import answer

    word = "approved" if approve else "denied"
    if not answer(store, approval, approve=approve, by=f"{getpass.getuser()} in a terminal", note=reason):
        print(f"{approval.id}: no longer waits; nothing was {word}")
        return 1
    print(f"{approval.id}: {word}")
    return 0
