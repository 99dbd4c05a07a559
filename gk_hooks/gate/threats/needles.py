"""Which of many short texts occur in a long one, in a single pass."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any


class Needles:
    """A set of texts to look for at once: a trie as one regular expression."""

    def __init__(self, needles: Iterable[str]) -> None:
        """*needles*: none of them empty."""
        self._needles = sorted(set(needles))
        self._regex = re.compile(_pattern(_trie(self._needles))) if self._needles else None
        beginning: dict[str, set[str]] = {}
        for each in self._needles:
            for end in range(1, len(each) + 1):
                beginning.setdefault(each[:end], set()).add(each)
        self._hidden = {each: _hidden_by(each, beginning) for each in self._needles}

    def present(self, text: str) -> set[str]:
        """Every needle that occurs in *text*."""
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
