"""Regular expressions from a file, refused where matching could take forever.

Python's matcher tries one way after the other, so its worst case is the number of ways in which a pattern can be laid
over a text. That number is bounded here from the pattern alone: a sequence multiplies, ``a|b`` adds, ``x*`` has as many
ways as the text has characters, and a repeated choice, ``(a|b)*`` or ``(a*)*``, has that to the power of its repeats.
"""

from __future__ import annotations

import re
import warnings

from gk_hooks.model.records import dataclass
from gk_hooks.model.regex import regex

MAX_COMMAND = 300
"""Longer commands are only matched by ``exact``."""

MAX_WAYS = 50_000_000
MAX_REGEX = 1000

_TOKEN = regex(
    r"""\\.                               # an escape
    | \[\^?\]?(?:\\.|[^\]\\])*\]         # a set
    | (?P<repeat>(?:[*+?]|\{(?!\})(?P<low>[0-9]*)(?P<comma>,(?P<high>[0-9]*))?\})[?+]?)
    | \(\??                            # what follows (? counts as letters, which adds no way
    | .""",
    re.DOTALL | re.VERBOSE,
)
_UNSUPPORTED = regex(r"\(\?(?:[aiLmsu-]*x|\#)")


@dataclass(slots=True)
class _Group:
    """How many ways the alternatives so far have, the current one up to its last piece, and that piece."""

    before: int = 0
    so_far: int = 1
    piece: int = 1

    def add(self, ways: int) -> None:
        """Starts a new piece."""
        self.so_far, self.piece = self.so_far * self.piece, ways

    @property
    def ways(self) -> int:
        """Of the whole group, as far as it was read."""
        return min(self.before + self.so_far * self.piece, MAX_WAYS + 1)


def safe_regex(pattern: str) -> re.Pattern[str]:
    """*pattern* compiled; ValueError where it is wrong or could take forever."""
    if len(pattern) > MAX_REGEX:
        raise ValueError(f"the regex has more than {MAX_REGEX} characters")
    if _UNSUPPORTED.search(pattern):
        raise ValueError("the regex has a comment or the x flag, which are not supported")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        raise ValueError(f"the regex {pattern!r} is not valid: {error}") from None
    if _ways(pattern) > MAX_WAYS:
        raise ValueError(f"the regex {pattern!r} can match in too many ways: use fewer * and +, none around another")
    return compiled


def _ways(pattern: str) -> int:
    """In how many ways a valid pattern can be laid over a command, at most."""
    stack = [_Group()]
    for token in _TOKEN.finditer(pattern):
        group = stack[-1]
        if token["repeat"]:
            group.piece = _repeated(group.piece, token)
        elif token[0] in ("(", "(?"):
            stack.append(_Group())
        elif token[0] == ")" and len(stack) > 1:
            stack.pop()
            stack[-1].add(group.ways)
        elif token[0] == "|":
            group.before, group.so_far, group.piece = group.ways, 1, 1
        else:
            group.add(1)
    return stack[0].ways


def _repeated(ways: int, token: re.Match[str]) -> int:
    sign = token["repeat"][0]
    if sign == "{":
        low = int(token["low"] or 0)
        high = int(token["high"] or MAX_COMMAND) if token["comma"] else low
    else:
        low, high = int(sign == "+"), 1 if sign == "?" else MAX_COMMAND
    high = min(high, MAX_COMMAND)
    laid = ways**high if ways > 1 else 1
    return min(laid * (max(high - low, 0) + 1), MAX_WAYS + 1)
