"""Walks a JSON value, undoes disguises, and tries every shape of attack on every text. Linear in the value's size.

Each pattern sees windows of a fixed size, so that its cost depends on the number of windows alone; decodings are
bounded in number and in total length (disguises.py). A shape counts once in a value, however often it occurs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gk_hooks.gate.model import Hit
from gk_hooks.gate.threats import commands, exfiltration, injection, personas, traversal, urls
from gk_hooks.gate.threats.disguises import LETTERS_MOVED, View, views, without_solid_runs
from gk_hooks.gate.threats.fold import fold, hides_text
from gk_hooks.gate.threats.needles import Needles
from gk_hooks.gate.threats.rule import Rule

RULES: tuple[Rule, ...] = (
    *injection.RULES,
    *personas.RULES,
    *exfiltration.RULES,
    *commands.RULES,
    *traversal.RULES,
    *urls.RULES,
)

WINDOW = 8_192
OVERLAP = 512
_AROUND = 1_024
_LONG = 4_096
"""The longest text that any shape with a limit of its own is tried on."""

_EXCERPT = 80
_MOST_JOINED = 4_096


class HeuristicScanner:
    """The scanner that comes with gk. Deterministic, without a network, and deaf to instructions."""

    def __init__(self, rules: Iterable[Rule] = RULES) -> None:
        """*rules*: the shapes to look for."""
        self._rules = tuple(rules)
        self._sets: dict[tuple[bool, bool], _Set] = {}

    def scan(self, value: Any) -> Sequence[Hit]:
        """Every shape that occurs in the texts of *value*, each once, at the first place where it does."""
        found: dict[str, Hit] = {}
        for place, text in texts(value):
            if len(text) < 3:
                continue
            if hides_text(text) and "text in invisible characters" not in found:
                hit = Hit("injection", "text in invisible characters", 4, place, ascii(text[:_EXCERPT]))
                found[hit.label] = hit
            for view in views(text):
                for rule, excerpt in self._shapes(view, found):
                    how = f" (decoded: {', '.join(view.how)})" if view.how else ""
                    found[rule.label] = Hit(rule.threat, rule.label + how, rule.weight, place, excerpt)
        return tuple(found.values())

    def _shapes(self, view: View, known: dict[str, Hit]) -> Iterator[tuple[Rule, str]]:
        text = fold(without_solid_runs(view.text))
        likely = [
            (rule, needles)
            for rule, needles in self._tried(not LETTERS_MOVED.isdisjoint(view.how), len(text) > _LONG).likely(text)
            if rule.label not in known and not (rule.longest and len(text) > rule.longest)
        ]
        if not likely:
            return
        for window in _windows(text):
            for rule, needles in likely:
                if rule.label not in known and (match := _match(rule, window, needles)):
                    yield rule, _excerpt(window, match.start(), match.end())

    def _tried(self, moved: bool, long: bool) -> _Set:
        """The shapes that are looked for in such a text."""
        if (moved, long) not in self._sets:
            self._sets[moved, long] = _Set(
                rule for rule in self._rules if not (rule.plain and moved) and not (rule.longest and long)
            )
        return self._sets[moved, long]


class _Set:
    """Shapes, and which of them a text's needles call for."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._called: dict[str, list[int]] = {}
        for number, rule in enumerate(self._rules):
            for needle in rule.needles:
                self._called.setdefault(needle, []).append(number)
        self._needles = Needles(self._called)

    def likely(self, text: str) -> list[tuple[Rule, list[str]]]:
        """The shapes that can be in *text*, in their order, each with those of its needles that are."""
        found: dict[int, list[str]] = {}
        for needle in self._needles.present(text):
            for number in self._called[needle]:
                found.setdefault(number, []).append(needle)
        return [(self._rules[number], found[number]) for number in sorted(found)]


def texts(value: Any) -> Iterator[tuple[str, str]]:
    """Every text of a JSON value with its place (``a.b[0]``): names, values, and short lists read as one sentence."""
    queue: list[tuple[str, Any]] = [("", value)]
    while queue:
        place, each = queue.pop()
        if isinstance(each, str):
            yield place, each
        elif isinstance(each, dict):
            queue.extend((f"{place}.{name}"[-200:].lstrip("."), item) for name, item in reversed(each.items()))
            for name in each:
                if isinstance(name, str) and len(name) > 8:
                    yield f"the name {name[:40]!r} in {place or 'the arguments'}", name
        elif isinstance(each, list | tuple):
            pieces = [item for item in each if isinstance(item, str)]
            if len(pieces) > 1 and sum(map(len, pieces)) <= _MOST_JOINED:
                queue.append((f"{place}[…]", " ".join(pieces)))
            queue.extend((f"{place[-200:]}[{index}]", each[index]) for index in reversed(range(len(each))))


def _match(rule: Rule, window: str, present: Sequence[str]) -> re.Match[str] | None:
    """Tries a shape from a little before the first of its needles in this window to a little behind the last."""
    needles = [needle for needle in present if needle in window]
    if not needles:
        return None
    if rule.longest:  # may ask for the end of the text
        return rule.regex.search(window)
    first = min(window.find(needle) for needle in needles)
    last = max(window.rfind(needle) + len(needle) for needle in needles)
    return rule.regex.search(window, max(0, first - _AROUND), last + _AROUND)


def _windows(text: str) -> Iterator[str]:
    if len(text) <= WINDOW:
        yield text
        return
    for start in range(0, len(text) - OVERLAP, WINDOW - OVERLAP):
        yield text[start : start + WINDOW]


def _excerpt(window: str, start: int, end: int) -> str:
    excerpt = " ".join(window[start : min(end, start + _EXCERPT)].split())
    return "".join(char if char.isprintable() else "?" for char in excerpt)
