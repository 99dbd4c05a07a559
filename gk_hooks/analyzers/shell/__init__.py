"""Shell scripts (POSIX sh, bash and what zsh and ksh share with them)."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.analyzers.context import Context, OutOfBudget
from gk_hooks.analyzers.shell.machine import Machine
from gk_hooks.analyzers.shell.overview import Overview, overview
from gk_hooks.analyzers.shell.reader import Reader
from gk_hooks.model.effects import Effect, Unparsed

MAX_PROBLEMS = 3


def analyze(text: str, context: Context) -> Iterator[Effect]:
    """The effects of a shell script, in the order of its lines."""
    text = text.replace("\r\n", "\n")
    reader = Reader(text, context.budget)
    items = reader.items()
    machine = Machine(text, context, overview(items) if items else Overview())
    try:
        machine.run(items)
    except OutOfBudget:
        yield from dict.fromkeys(machine.effects)
        raise
    yield from dict.fromkeys(machine.effects)
    for offset, what in dict.fromkeys(reader.problems[:MAX_PROBLEMS]):
        line = machine.line(offset)
        site = machine.site(offset, offset, "")
        yield Unparsed(site, f"unterminated {what} that starts on line {line}")
