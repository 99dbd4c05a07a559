"""Commands."""

from __future__ import annotations

from gk_hooks.analyzers.commands.shapes import Handler

COMMANDS: dict[str, Handler] = {}
TOOLS: frozenset[str] = frozenset()
