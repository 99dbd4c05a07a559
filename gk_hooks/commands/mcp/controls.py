"""``gk mcp controls``: which controls of published frameworks the tool gate helps with."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Takes no options."""


def run(options: argparse.Namespace) -> int:
    """Prints the mapping as a Markdown table."""
    from gk_hooks.gate.controls import render_controls

    print(render_controls(), end="")
    return 0
