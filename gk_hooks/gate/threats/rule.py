"""How a shape of attack is written down: one row, matched against folded text (see fold.py) in windows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_WORDS = r"(?:\W{1,6}\w{1,30}){0,8}?\W{1,6}"
_GAP = r"\W{1,6}"
_MAYBE = r"\W{0,6}"


@dataclass(frozen=True)
class Rule:
    """A shape. In *pattern* a space stands for a few characters between words, ``…`` for some words more;
    *raw* patterns are taken as they are.

    *needles*: texts of which at least one is in whatever the pattern matches; without one in sight it is not tried.
    *plain*: only in the text as it came or with some characters decoded, not with every letter moved.
    *longest*: only in texts up to this many characters.
    """

    threat: str
    label: str
    weight: int
    needles: tuple[str, ...]
    pattern: str
    plain: bool = False
    raw: bool = False
    longest: int = 0
    regex: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pattern = (
            self.pattern if self.raw else self.pattern.replace(" … ", _WORDS).replace(" ?", _MAYBE).replace(" ", _GAP)
        )
        object.__setattr__(self, "regex", re.compile(pattern, re.MULTILINE))
