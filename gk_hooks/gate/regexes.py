"""Regular expressions in linear time, whatever the pattern and the text.

Python's own matcher goes back and tries again, which takes exponential time for a pattern such as ``(a+)+$``. Here a
pattern becomes an automaton, and all of its threads go over the text together, once (K. Thompson, "Regular Expression
Search Algorithm", 1968); the sets of threads that were seen are kept, so that a character mostly costs one look-up.
The syntax and the meaning of single characters are those of ``re``. What needs going back is refused: lookaround,
backreferences, atomic groups and possessive repeats.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_PATTERN = 1000
MAX_SIZE = 2000
"""Steps of an automaton; ``a{1000}`` takes a thousand."""

MAX_NESTING = 50
MAX_STATES = 2000
MAX_KEPT = 200_000
"""Sets of threads, and ways between them, to keep before all are forgotten."""

_TOKEN = re.compile(
    r"""(?P<flags>\A\(\?[aimsu]+\))
    | (?P<repeat>(?:[*+?]|\{(?!\})(?P<low>[0-9]*)(?P<comma>,(?P<high>[0-9]*))?\})(?P<lazy>[?+]?))
    | (?P<open>\((?:\?:|\?P<\w+>|(?!\?)))
    | (?P<close>\))
    | (?P<or>\|)
    | (?P<place>\^|\$|\\[AZbB])
    | (?P<refused>\(\?.{0,2}|\\[1-9])
    | (?P<char>\\N\{[^}]*\}|\\x..|\\u.{4}|\\U.{8}|\\0[0-7]{0,2}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.)""",
    re.DOTALL | re.VERBOSE,
)
_REFUSED = {
    "(?=": "a lookahead: write a second condition and join the two with 'all'",
    "(?!": "a negative lookahead: write a second condition under 'not' and join the two with 'all'",
    "(?<": "a lookbehind: write a second condition and join the two with 'all'",
    "(?P": "a backreference: spell the text out",
    "(?>": "an atomic group: write (?:…)",
    "(?(": "a conditional group: write two alternatives",
    "(?#": "a comment: say it in the policy",
}
_BACKREFERENCE = "a backreference: spell the text out"
_INNER_FLAGS = "flags inside the pattern: write them at its start, such as (?i)"


@dataclass(slots=True)
class _Piece:
    """A part of a pattern. kind: char, place, sequence, choice or repeat."""

    kind: str
    text: str = ""
    parts: list[_Piece] = field(default_factory=list)
    low: int = 1
    high: int | None = 1

    @property
    def may_be_empty(self) -> bool:
        """Whether it matches the empty text."""
        if self.kind == "repeat":
            return self.low == 0 or self.parts[0].may_be_empty
        empty = [part.may_be_empty for part in self.parts]
        return all(empty) if self.kind == "sequence" else any(empty) if self.kind == "choice" else self.kind == "place"


class LinearRegex:
    """A pattern, checked and ready; ValueError says what is wrong with it and what to write instead."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        flags, root = _parse(pattern)
        self._automaton = _Automaton(root, flags)

    def search(self, text: str) -> bool:
        """Whether the pattern matches somewhere in *text*. Time: the text's length times the pattern's, at most."""
        return self._automaton.search(text)


def _parse(pattern: str) -> tuple[int, _Piece]:
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"the regex has more than {MAX_PATTERN} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        raise ValueError(f"the regex is not valid: {error}; \\ before a character takes it literally") from None
    if compiled.flags & re.VERBOSE:
        raise ValueError("the regex has the flag x, which is not read: write it on one line")
    choices: list[list[list[_Piece]]] = [[[]]]
    for token in _TOKEN.finditer(pattern):
        kind = token.lastgroup
        if token["refused"]:
            hint = _INNER_FLAGS if token[0][0] == "(" else _BACKREFERENCE
            raise ValueError(f"the regex has {_REFUSED.get(token[0][:3], hint)}")
        if token["open"]:
            choices.append([[]])
            if len(choices) > MAX_NESTING:
                raise ValueError(f"the regex has more than {MAX_NESTING} groups in each other")
        elif kind == "close":
            done = _choice(choices.pop())
            choices[-1][-1].append(done)
        elif kind == "or":
            choices[-1].append([])
        elif token["repeat"]:
            choices[-1][-1].append(_repeated(choices[-1][-1].pop(), token))
        elif token["char"] or token["place"]:
            choices[-1][-1].append(_Piece("char" if token["char"] else "place", token[0]))
    return compiled.flags, _choice(choices[0])


def _choice(alternatives: list[list[_Piece]]) -> _Piece:
    sequences = [_Piece("sequence", parts=parts) for parts in alternatives]
    return sequences[0] if len(sequences) == 1 else _Piece("choice", parts=sequences)


def _repeated(piece: _Piece, token: re.Match[str]) -> _Piece:
    if token["lazy"] == "+":
        raise ValueError(f"the regex has a possessive repeat, {token[0]}: leave the last + away")
    sign = token["repeat"][0]
    if sign == "{":
        low = int(token["low"] or 0)
        high = (int(token["high"]) if token["high"] else None) if token["comma"] else low
    else:
        low, high = int(sign == "+"), 1 if sign == "?" else None
    if high is None and (inner := _endless(piece)):
        raise ValueError(f"the regex repeats a repeat, ({inner})*, which can take forever: keep one of the two")
    return _Piece("repeat", parts=[piece], low=low, high=high)


def _endless(piece: _Piece) -> str:
    """The inner repeat that alone can make up a whole round of the outer one, in which there are endless ways."""
    if piece.kind == "repeat":
        return "…" + ("+" if piece.low else "*") if piece.high is None else _endless(piece.parts[0])
    if piece.kind == "choice":
        return next((found for part in piece.parts if (found := _endless(part))), "")
    for number, part in enumerate(piece.parts):
        others = piece.parts[:number] + piece.parts[number + 1 :]
        if (found := _endless(part)) and all(other.may_be_empty for other in others):
            return found
    return ""


_MATCH = -1
_END = ""
_LAST_NEWLINE = "\n\n"
"""What stands for the end of the text, and for a newline right before it, which ``$`` matches too."""


class _State(dict[str, "_State"]):
    """A set of threads, before a character; where each character leads, as far as that was seen."""

    __slots__ = ("before", "threads")

    def __init__(self, threads: frozenset[int], before: str) -> None:
        super().__init__()
        self.threads = threads
        self.before = before


class _Automaton:
    """Steps are (kind, argument, next…); a step of kind "char" goes on over a character, all others at once."""

    def __init__(self, root: _Piece, flags: int) -> None:
        self.flags = flags
        self.steps: list[tuple[str, str, tuple[int, ...]]] = []
        self.tests: dict[str, re.Pattern[str]] = {}
        self.word = re.compile(r"\w", flags & re.ASCII)
        self.start = self._build(root, self._add("match", "", ()))
        self.states: dict[tuple[frozenset[int], str], _State] = {}
        self.matched = _State(frozenset(), "")
        self.kept = 0

    def search(self, text: str) -> bool:
        """Whether the threads reach the match anywhere in *text*."""
        state = self._state(frozenset([self.start]), "start")
        rest = [_END]
        if text.endswith("\n"):
            rest, text = [_LAST_NEWLINE, _END], text[:-1]
        for char in text:
            try:
                state = state[char]
            except KeyError:
                state = self._go(state, char)
            if state is self.matched:
                return True
        for char in rest:
            state = self._go(state, char)
            if state is self.matched:
                return True
        return False

    def _add(self, kind: str, text: str, following: tuple[int, ...]) -> int:
        if len(self.steps) >= MAX_SIZE:
            raise ValueError("the regex is too large: write smaller numbers into its {…}")
        self.steps.append((kind, text, following))
        return len(self.steps) - 1

    def _build(self, piece: _Piece, following: int) -> int:
        """Adds the steps of *piece* in front of *following* and returns the first."""
        if piece.kind == "char":
            if piece.text not in self.tests:
                self.tests[piece.text] = re.compile(piece.text, self.flags)
            return self._add("char", piece.text, (following,))
        if piece.kind == "place":
            return self._add("place", piece.text, (following,))
        if piece.kind == "choice":
            return self._add("split", "", tuple(self._build(part, following) for part in piece.parts))
        if piece.kind == "sequence":
            for part in reversed(piece.parts):
                following = self._build(part, following)
            return following
        return self._build_repeat(piece, following)

    def _build_repeat(self, piece: _Piece, following: int) -> int:
        after = following
        if piece.high is None:
            loop = self._add("split", "", ())
            self.steps[loop] = ("split", "", (self._build(piece.parts[0], loop), after))
            following = loop
        else:
            for _ in range(piece.high - piece.low):
                following = self._add("split", "", (self._build(piece.parts[0], following), after))
        for _ in range(piece.low):
            following = self._build(piece.parts[0], following)
        return following

    def _state(self, threads: frozenset[int], before: str) -> _State:
        key = (threads, before)
        state = self.states.get(key)
        if state is None:
            if len(self.states) >= MAX_STATES or self.kept >= MAX_KEPT:
                for old in self.states.values():
                    old.clear()
                self.states, self.kept = {}, 0
            state = self.states[key] = _State(threads, before)
        return state

    def _go(self, state: _State, char: str) -> _State:
        threads = {self.start}
        for kind, text, then in self._reached(state, char):
            if kind == "match":
                state[char] = self.matched
                return self.matched
            if char and self.tests[text].fullmatch(char[0]):
                threads.update(then)
        following = self._state(frozenset(threads), self._kind(char))
        state[char] = following
        self.kept += 1
        return following

    def _reached(self, state: _State, char: str) -> Iterator[tuple[str, str, tuple[int, ...]]]:
        """The steps that wait for a character, and the match, that the threads come to before *char*."""
        todo = sorted(state.threads)
        seen = set(todo)
        while todo:
            kind, text, following = step = self.steps[todo.pop()]
            if kind in ("char", "match"):
                yield step
            elif kind == "split" or self._stands(text, state.before, char):
                todo += [each for each in following if each not in seen]
                seen.update(following)

    def _stands(self, place: str, before: str, char: str) -> bool:
        """Whether *place* (an anchor) is between a character of the kind *before* and *char*."""
        lines = bool(self.flags & re.MULTILINE)
        if place in ("^", "\\A"):
            return before == "start" or (place == "^" and lines and before == "newline")
        if place == "$":
            return char in (_END, _LAST_NEWLINE) or (lines and char == "\n")
        if place == "\\Z":
            return char == _END
        edge = (before == "word") != (self._kind(char) == "word")
        return edge == (place == "\\b")

    def _kind(self, char: str) -> str:
        if not char:
            return "end"
        return "newline" if char[0] == "\n" else "word" if self.word.match(char) else "other"
