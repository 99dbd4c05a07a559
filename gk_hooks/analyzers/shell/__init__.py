"""Shell scripts (POSIX sh, bash and what zsh and ksh share with them)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gk_hooks.analyzers.context import Context, OutOfBudget
from gk_hooks.analyzers.shell.machine import Machine
from gk_hooks.analyzers.shell.overview import Overview, overview
from gk_hooks.analyzers.shell.reader import Reader
from gk_hooks.model.effects import Effect, Unparsed
from gk_hooks.model.records import replace

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
        yield from unique(machine.effects)
        raise
    yield from unique(machine.effects)
    for offset, what in dict.fromkeys(reader.problems[:MAX_PROBLEMS]):
        line = machine.line(offset)
        site = machine.site(offset, offset, "")
        yield Unparsed(site, f"unterminated {what} that starts on line {line}", lasting=True)


def unique(effects: Iterable[Effect]) -> Iterator[Effect]:
    """Each effect once: a text with several possible values may have the same effect under several excerpts."""
    seen: set[Effect] = set()
    for effect in effects:
        bare = replace(effect, site=replace(effect.site, excerpt=""))
        if bare not in seen:
            seen.add(bare)
            yield effect
