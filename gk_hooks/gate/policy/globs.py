"""Patterns for names: ``*`` any characters, ``?`` one, ``[abc]`` and ``[!abc]`` a set, as in the shell."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from gk_hooks.gate.names import skeleton
from gk_hooks.gate.policy.conditions import Truth

MAX_PATTERN = 1000


@dataclass(frozen=True, slots=True)
class Globs:
    """Several patterns, of which one is enough. ValueError for one that is empty or too long."""

    patterns: tuple[str, ...]
    _exact: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _alike: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for pattern in self.patterns:
            if not pattern or len(pattern) > MAX_PATTERN:
                raise ValueError(f"a pattern has 1 to {MAX_PATTERN} characters; use * for every name")
        object.__setattr__(self, "_exact", _compiled(self.patterns))
        object.__setattr__(self, "_alike", _compiled([skeleton(pattern) for pattern in self.patterns]))

    def matches(self, name: str) -> bool:
        """Whether one of them matches *name*, letter by letter."""
        return self._exact.match(name) is not None

    def resembles(self, name: str) -> Truth:
        """YES if one of them matches *name*, UNKNOWN if only what the name looks like does."""
        if self.matches(name):
            return Truth.YES
        return Truth.UNKNOWN if self._alike.match(skeleton(name)) else Truth.NO

    def matches_every(self, readings: Sequence[str]) -> Truth:
        """YES or NO when all *readings* of a name agree, else UNKNOWN."""
        answers = {self.matches(reading) for reading in readings}
        return Truth.UNKNOWN if len(answers) > 1 else Truth.YES if True in answers else Truth.NO


def _compiled(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(fnmatch.translate, patterns)))
