"""VBScript."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.analyzers.context import Context
from gk_hooks.model.effects import Effect


def analyze(text: str, context: Context) -> Iterator[Effect]:
    """The effects of a VBScript file."""
    yield from ()
