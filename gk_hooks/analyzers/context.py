"""The context that an analyzer works in: where its text stands, how its commands come to run, how deep we are.

A top-level file has a plain context. Code inside code (``bash -c "…"``, a heredoc, ``subprocess(shell=True)``)
is analyzed by ``embed``, in a context that maps places back to the outer file and remembers the chain.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator

from gk_hooks.model.effects import Effect, Site, Unparsed, Via, excerpt
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import dataclass, field
from gk_hooks.model.values import HOLE, Text

MAX_DEPTH = 5
"""Code inside code is followed this deep: sh → python -c → os.system → powershell -enc → iex."""

MAX_STEPS = 400_000
"""Budget of one file, in analyzer steps, that every nested analysis draws from; hostile input ends here."""

ANALYZERS = {
    Kind.PYTHON: "gk_hooks.analyzers.python",
    Kind.POWERSHELL: "gk_hooks.analyzers.powershell",
    Kind.BATCH: "gk_hooks.analyzers.batch",
    Kind.SHELL: "gk_hooks.analyzers.shell",
    Kind.VBSCRIPT: "gk_hooks.analyzers.vbscript",
    Kind.NOTEBOOK: "gk_hooks.analyzers.notebook",
    Kind.SYSTEMD: "gk_hooks.analyzers.persistence.systemd",
    Kind.CRONTAB: "gk_hooks.analyzers.persistence.crontab",
    Kind.LAUNCHD: "gk_hooks.analyzers.persistence.launchd",
    Kind.TASK: "gk_hooks.analyzers.persistence.task",
    Kind.REGISTRY: "gk_hooks.analyzers.persistence.registry_file",
    Kind.DESKTOP: "gk_hooks.analyzers.persistence.desktop",
}
"""Each module has ``analyze(text: str, context: Context) -> Iterator[Effect]``; imported when first needed."""


class OutOfBudget(Exception):
    """A text needs more steps than any honest one: the file is recorded as not analyzed to its end."""


@dataclass(slots=True)
class Budget:
    """What is left for one file, shared by all nested analyses."""

    steps: int = MAX_STEPS

    def spend(self, steps: int = 1) -> None:
        """Takes *steps* off; raises OutOfBudget when nothing is left."""
        self.steps -= steps
        if self.steps < 0:
            raise OutOfBudget


@dataclass(slots=True)
class Links:
    """What a file takes from other files of its snapshot, by dotted names as Python spells them: ``settings.URL``,
    ``.settings.URL``.

    known: what such a name holds, for the analyzer of that language; None when nothing is known. wanted: the names
    that the analyzed file could use. file: where the text stands, for trails that are followed from elsewhere.
    """

    known: Callable[[str], object | None] = lambda name: None
    wanted: dict[str, None] = field(default_factory=dict)
    file: str = ""


Places = Callable[[int, int], tuple[int, int, str]]
"""From a line and column of a text to those of the file, and what that part of the file is called ("cell 3")."""


@dataclass(frozen=True, slots=True)
class Context:
    """via: how a command that stands in this text is run. at: for embedded code, the outer call's site.

    first_line: for embedded code whose lines are lines of the outer file (a heredoc), the outer line of its line 1.
    places: for a text that is put together from parts of the file (a notebook's cells), where they are.
    links: what the text takes from other files; code inside code takes nothing.
    """

    via: Via = Via.NATIVE
    at: Site | None = None
    chain: tuple[str, ...] = ()
    first_line: int | None = None
    places: Places | None = None
    depth: int = 0
    budget: Budget = field(default_factory=Budget)
    links: Links = field(default_factory=Links)

    def site(
        self, line: int, column: int, end_line: int, end_column: int, callee: str, source: str, guess: bool = False
    ) -> Site:
        """The place of an effect, mapped to the outer file when this text is embedded."""
        if self.at is not None:
            if self.first_line is None:
                line, column, end_line, end_column = (
                    self.at.line,
                    self.at.column,
                    self.at.end_line,
                    self.at.end_column,
                )
            else:
                line, end_line = line + self.first_line - 1, end_line + self.first_line - 1
            guess = guess or self.at.guess
        chain = self.chain
        if self.places is not None:
            line, column, part = self.places(line, column)
            end_line, end_column, _ = self.places(end_line, end_column)
            chain = (*chain, part)
        return Site(line, column, end_line, end_column, callee, excerpt(source.replace(HOLE, "{…}")), chain, guess)

    def outer_line(self, line: int) -> int:
        """The line of the file that *line* of this text is; that of the call where it is none."""
        return line if self.at is None and self.places is None else self.site(line, 1, line, 1, "", "").line


def prepare(kinds: Iterable[Kind]) -> None:
    """Imports the analyzers of *kinds*."""
    for kind in kinds:
        importlib.import_module(ANALYZERS[kind])


def analyze(kind: Kind, text: str, context: Context | None = None) -> list[Effect]:
    """The effects of *text* in the language *kind*, in source order.

    Never raises for anything that the text contains: what cannot be parsed or ends the budget is an Unparsed effect.
    """
    context = context or Context()
    module = importlib.import_module(ANALYZERS[kind])
    effects: list[Effect] = []
    try:
        for effect in module.analyze(text, context):
            effects.append(effect)
    except OutOfBudget:
        effects.append(_unparsed(context, "needs more analysis steps than any ordinary file; its rest was not read"))
    except RecursionError:
        effects.append(_unparsed(context, "nested too deeply"))
    return effects


def embed(
    kind: Kind, code: Text, site: Site, label: str, context: Context, via: Via, first_line: int | None = None
) -> Iterator[Effect]:
    """The effects of *code* that the call at *site* hands to an interpreter of *kind*; *label* goes on the chain
    ("bash -c"). *via* is how that interpreter itself is run: a script's own ``bash -c`` stays native, a text that a
    program hands to a shell is embedded. Unknown parts (HOLE) stay unknown inside.
    *first_line*: the outer line of the code's first line, where its lines are the outer file's own (a heredoc).
    """
    if context.depth >= MAX_DEPTH:
        yield Unparsed(site, f"code inside code deeper than {MAX_DEPTH} levels was not read")
        return
    inner_via = Via.NATIVE if via is Via.NATIVE else Via.EMBEDDED
    for option in code.options:
        if option.strip(HOLE):
            chain, depth = (*site.chain, label), context.depth + 1
            inner = Context(inner_via, site, chain, first_line, depth=depth, budget=context.budget)
            yield from (effect for effect in analyze(kind, option, inner) if not _is_fragment(effect, inner))


def _is_fragment(effect: Effect, inner: Context) -> bool:
    # a text that is no complete program is no *file* that could not be parsed; the call itself is reported
    return (
        isinstance(effect, Unparsed)
        and effect.site.chain == inner.chain
        and not effect.reason.startswith("code inside")
    )


def _unparsed(context: Context, reason: str) -> Unparsed:
    return Unparsed(context.site(1, 1, 1, 1, "", ""), reason)
