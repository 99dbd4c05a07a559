"""Abstract values: what is known of a string without running the program.

A ``Text`` is a set of *options*, the values that a string may take. Inside an option, ``HOLE`` stands for a part
that is not known, so ``f"https://evil.example/{x}"`` is the one option ``"https://evil.example/" + HOLE`` and its
host is proven, while a wholly unknown string is the option ``HOLE`` alone. ``complete`` says that no other value is
possible. Nothing here ever guesses: an operation that grows past the bounds below forgets and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gk_hooks.model.records import dataclass, replace

HOLE = "\U0010ffff"
"""A noncharacter that stands for an unknown part of a string; literals in sources cannot smuggle it in."""

SYS_EXECUTABLE = "<sys.executable>"
"""What ``sys.executable`` folds to: the interpreter that is running, wherever it is."""

HERE = "<here>"
"""What the folder of the analyzed file folds to: ``__file__`` is ``<here>/<file>``."""

MAX_OPTIONS = 16
MAX_LENGTH = 100_000
MAX_TRAIL = 12


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a value's provenance: *what* happened (``url = "https://…"``) on *line* (1-based) of *file*, ""
    for the file that the finding is in."""

    line: int
    what: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """What is known of one string.

    options: sorted, unique values it may take, with HOLE for unknown parts; never empty.
    complete: no value outside the options is possible.
    trail: the assignments it went through, oldest first. decoded: decoding steps ("base64", "zlib"), oldest first,
    kept even when the content is unknown. origin: where an unknown part comes from, for people ("environment").
    """

    options: tuple[str, ...] = (HOLE,)
    complete: bool = False
    trail: tuple[Step, ...] = ()
    decoded: tuple[str, ...] = ()
    origin: str = ""

    @staticmethod
    def of(*options: str) -> Text:
        """The string that takes exactly one of *options*. A noncharacter in a literal is made visible, not a hole."""
        if len(options) == 1 and len(options[0]) <= MAX_LENGTH and HOLE not in options[0]:
            return Text(options, True)  # the common case: most strings of a program are one short constant
        return _bounded((option.replace(HOLE, "\ufffd") for option in options), complete=True)

    @staticmethod
    def template(option: str) -> Text:
        """A string with unknown parts, marked by HOLE."""
        return _bounded((option,), complete=True)

    @property
    def only(self) -> str | None:
        """The value when exactly one is possible and wholly known, else None."""
        if self.complete and len(self.options) == 1 and HOLE not in self.options[0]:
            return self.options[0]
        return None

    @property
    def constants(self) -> tuple[str, ...]:
        """Every option without an unknown part."""
        return tuple(option for option in self.options if HOLE not in option)

    @property
    def is_unknown(self) -> bool:
        """True when no option says anything at all."""
        return all(option == HOLE for option in self.options)

    def join(self, other: Text) -> Text:
        """Either value: the union of both."""
        if self == other:
            return self
        joined = _bounded((*self.options, *other.options), complete=self.complete and other.complete)
        return _with_history(joined, (self, other))

    def map(self, function: Callable[[str], str]) -> Text:
        """The value with *function* applied to every option; the function must treat HOLE as opaque text."""
        mapped = _bounded(map(function, self.options), complete=self.complete)
        return _with_history(mapped, (self,))

    def through(self, step: Step) -> Text:
        """The same value after one more step of its trail."""
        if len(self.trail) >= MAX_TRAIL or step in self.trail:
            return self
        return Text(self.options, self.complete, (*self.trail, step), self.decoded, self.origin)

    def decoding(self, step: str) -> Text:
        """The same value, known to have come out of the decoding *step*."""
        return replace(self, decoded=(*self.decoded, step)[:MAX_TRAIL])

    def shown(self) -> str:
        """The value for people: unknown parts as ``{…}``, alternatives joined by ``or``."""
        parts = [option.replace(HOLE, "{…}") for option in self.options]
        return " or ".join(parts if self.complete else [*(p for p in parts if p != "{…}"), "{…}"])


UNKNOWN = Text()


def concat(parts: Iterable[Text]) -> Text:
    """The strings joined end to end: every combination of options, bounded."""
    options = [""]
    run: list[str] = []  # pieces with one option each, joined when an alternative or the end comes
    history: list[Text] = []
    complete = True
    length = 0
    for part in parts:
        history.append(part)
        complete = complete and (part.complete or HOLE in part.options)  # a hole stands for every other value
        length += max(map(len, part.options))
        if length > MAX_LENGTH:
            run.append(HOLE)
            break
        if len(part.options) == 1:
            run.append(part.options[0])
        elif len(options) * len(part.options) > MAX_OPTIONS:
            run.append(HOLE)
        else:
            between = "".join(run)
            options = [left + between + right for left in options for right in part.options]
            run = []
    end = "".join(run)
    return _with_history(_bounded((option + end for option in options), complete), history)


def _bounded(options: Iterable[str], complete: bool) -> Text:
    kept = sorted({_squeeze(option) for option in options})
    if len(kept) > MAX_OPTIONS:
        kept, complete = kept[:MAX_OPTIONS], False
    return Text(tuple(kept) or (HOLE,), complete and bool(kept))


def _squeeze(option: str) -> str:
    if len(option) > MAX_LENGTH:
        option = option[:MAX_LENGTH] + HOLE
    while HOLE + HOLE in option:
        option = option.replace(HOLE + HOLE, HOLE)
    return option


def _with_history(text: Text, sources: Iterable[Text]) -> Text:
    told = [source for source in sources if source.trail or source.decoded or source.origin]
    if not told:
        return text
    trail = dict.fromkeys(step for source in told for step in source.trail)
    decoded = dict.fromkeys(step for source in told for step in source.decoded)
    origin = next((source.origin for source in told if source.origin), "")
    return Text(text.options, text.complete, tuple(trail)[:MAX_TRAIL], tuple(decoded)[:MAX_TRAIL], origin)
