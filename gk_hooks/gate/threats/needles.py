"""Which of many short texts occur in a long one, in a single pass."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

_LONG = 2_048
"""From here on a text's distinct words are looked at in its place: most texts say the same words again and again."""

_PIECE = 65_536
_MOST_WORDS = 50_000
"""Kept at a time, so that no text of ever new words can fill the memory."""


class Needles:
    """A set of texts to look for at once: a trie as one regular expression."""

    def __init__(self, needles: Iterable[str]) -> None:
        """*needles*: none of them empty."""
        known = sorted(set(needles))
        self._all = _Trie(known)
        self._solid = _Trie([each for each in known if each.split() == [each]])
        self._spaced = {each: max(each.split(), key=len, default="") for each in known if each.split() != [each]}
        self._overlap = max(map(len, known), default=0)

    def present(self, text: str) -> set[str]:
        """Every needle that occurs in *text*."""
        if len(text) < _LONG:
            return self._all.present(text)
        found: set[str] = set()
        parts: set[str] = set()
        for words in self._words(text):
            found |= self._solid.present(words)
            parts |= {part for part in self._spaced.values() if part in words}
        return found | {each for each, part in self._spaced.items() if part in parts and each in text}

    def _words(self, text: str) -> Iterator[str]:
        """The distinct words of *text*, so many at a time, and pieces of words where it was cut: each needle without a
        space is in one of them.
        """
        words: set[str] = set()
        for start in range(0, len(text), _PIECE):
            words.update(text[start : start + _PIECE + self._overlap].split())
            if len(words) > _MOST_WORDS:
                yield " ".join(words)
                words.clear()
        yield " ".join(words)


class _Trie:
    def __init__(self, needles: list[str]) -> None:
        self._regex = re.compile(_pattern(_trie(needles))) if needles else None
        beginning: dict[str, set[str]] = {}
        for each in needles:
            for end in range(1, len(each) + 1):
                beginning.setdefault(each[:end], set()).add(each)
        self._hidden = {each: _hidden_by(each, beginning) for each in needles}

    def present(self, text: str) -> set[str]:
        if self._regex is None:
            return set()
        found = set(self._regex.findall(text))
        behind = {other for each in found for other in self._hidden[each]} - found
        return found | {other for other in behind if other in text}


def _hidden_by(found: str, beginning: dict[str, set[str]]) -> set[str]:
    """The needles that a match of *found* can hide, since they begin within it."""
    hidden: set[str] = set()
    for at in range(len(found)):
        hidden |= beginning.get(found[at:], set())
        hidden |= {
            found[at:end] for end in range(at + 1, len(found)) if found[at:end] in beginning.get(found[at:end], ())
        }
    return hidden - {found}


def _trie(needles: Iterable[str]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for needle in needles:
        node = root
        for char in needle:
            node = node.setdefault(char, {})
        node[""] = {}
    return root


def _pattern(node: dict[str, Any]) -> str:
    ways = [re.escape(char) + _pattern(below) for char, below in sorted(node.items()) if char]
    if not ways:
        return ""
    body = ways[0] if len(ways) == 1 and "" not in node else f"(?:{'|'.join(ways)})"
    return body + ("?" if "" in node else "")
