"""Reads PowerShell: scripts, modules, and the code that others hand to ``powershell -Command``.

``scanner``, ``expressions`` and ``parser`` turn the text into the tree of ``tree``; ``machine``, ``evaluator`` and
``invoke`` walk it with the values of ``values``; ``cmdlets``, ``members`` and ``signatures`` say what things mean.
"""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.analyzers.context import Context, OutOfBudget
from gk_hooks.analyzers.powershell import member_table
from gk_hooks.analyzers.powershell.cmdlets import CATALOGUE, SPELLINGS
from gk_hooks.analyzers.powershell.invoke import Runner
from gk_hooks.analyzers.powershell.parser import Parser
from gk_hooks.model.effects import Effect, Unparsed

Runner.catalogue = CATALOGUE
member_table.fill()
Runner.spellings = SPELLINGS


def analyze(text: str, context: Context) -> Iterator[Effect]:
    """The effects of a PowerShell text in source order; what could not be read is one ``Unparsed`` at the end."""
    if context.depth:
        context.budget.spend(len(text) // 20)
    parser = Parser(text, context.budget)
    script = parser.script()
    runner = Runner(parser, context)
    stopped: Exception | None = None
    try:
        runner.run(script)
    except (OutOfBudget, RecursionError) as error:
        stopped = error
    yield from sorted(runner.effects, key=lambda effect: (effect.site.line, effect.site.column))
    if stopped is not None:
        raise stopped
    if parser.problems:
        endless = [problem for problem in parser.problems if problem[1].startswith("unterminated")]
        offset, reason = (endless or parser.problems)[0]
        line, column = parser.place(offset)
        yield Unparsed(
            context.site(line, column, line, column + 1, "", text[offset : offset + 200]), reason, lasting=True
        )
