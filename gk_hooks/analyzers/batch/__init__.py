"""Windows batch: statements one after the other, with the variables that are set on the way.

Commands mean what the command catalogue says. Both ways of an ``if`` are taken, a loop's body is read once with every
value that its variable may have, and a subroutine's parameters are what its calls hand over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gk_hooks.analyzers.batch.interpreter import Interpreter
from gk_hooks.analyzers.batch.words import MARKS
from gk_hooks.analyzers.context import Context
from gk_hooks.model.effects import Effect
from gk_hooks.model.values import HOLE


def analyze(text: str, context: Context) -> Iterator[Effect]:
    """The effects of a batch file, or of the text of ``cmd /c``."""
    if not text.isascii():
        text = MARKS.sub("\ufffd", text)
        if context.depth == 0:
            text = re.sub(HOLE, "\ufffd", text)
    yield from Interpreter(text, context).run()
