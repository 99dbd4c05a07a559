"""Finding a gate's state from another terminal."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from gk_hooks.errors import GkError, UsageError

if TYPE_CHECKING:
    from gk_hooks.gate.state import SqliteStore


def add_state_arguments(parser: argparse.ArgumentParser) -> None:
    """Which gate."""
    parser.add_argument("--audit", metavar="FILE", help="the audit log of the gate, whose state lies beside it")
    parser.add_argument("--state", metavar="FILE", help="the state of the gate, where gk mcp run was given one")


def open_state(options: argparse.Namespace) -> SqliteStore:
    """The state that *options* name. GkError when no gate keeps one there."""
    from gk_hooks.gate.state import SqliteStore, default_path

    if options.state is None and options.audit is None:
        raise UsageError(f"say which gate: gk mcp {options.action} --audit FILE, as given to gk mcp run")
    path = options.state or default_path(options.audit)
    if not os.path.exists(path):
        raise GkError(f"{path}: no gate keeps its state there")
    return SqliteStore(path)
