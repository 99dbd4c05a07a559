"""VBScript: statements are run on what is known of their values, and calls on known objects are effects.

Nothing is decided that is not known: both ways of an ``If`` count, and unknown values stay unknown.
"""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.analyzers.context import Context, OutOfBudget
from gk_hooks.analyzers.vbscript.interpreter import Interpreter
from gk_hooks.model.effects import Effect
from gk_hooks.model.values import HOLE


def analyze(text: str, context: Context) -> Iterator[Effect]:
    """The effects of a VBScript file, or of a text that becomes VBScript."""
    if context.depth == 0:
        text = text.replace(HOLE, "\ufffd")
    interpreter = Interpreter(text, context)
    try:
        interpreter.run()
    except (OutOfBudget, RecursionError):
        yield from interpreter.effects
        raise
    yield from sorted(interpreter.effects, key=lambda effect: (effect.site.line, effect.site.column))
