"""VBScript text into statements of tokens: comments gone, continued lines joined, ``:`` ends a statement too."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from gk_hooks.analyzers.context import Budget
from gk_hooks.model.records import dataclass
from gk_hooks.model.regex import regex


class Sort(StrEnum):
    """The sorts of token."""

    NAME = "name"
    STRING = "string"
    NUMBER = "number"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class Token:
    """One token. *value*: a name as written, a string's content, a number's digits, a sign."""

    sort: Sort
    value: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        """The name or sign in lower case; "" for literals, which are never keywords."""
        return self.value.lower() if self.sort in (Sort.NAME, Sort.SIGN) else ""


Statement = list[Token]

_TOKEN = regex(
    r"(?P<blank>[ \t\r\f\v\xa0\ufeff]+|_[ \t\r]*\n)"
    r"|(?P<end>[\n:])"
    r"|(?P<comment>'[^\n]*)"
    r'|"(?P<string>(?:[^"\n]|"")*)"'
    r'|"(?P<open>(?:[^"\n]|"")*)'
    r"|(?P<hex>&[hH][0-9a-fA-F]{1,16}(?![\w])&?)|(?P<octal>&[oO][0-7]{1,16}(?![\w])&?)"
    r"|(?P<number>\d{1,64}(?:\.\d{1,64})?(?:[eE][+-]?\d{1,4})?)"
    r"|(?P<name>[^\W\d]\w{0,254}|\[[^\]\n]{1,254}\])"
    r"|(?P<date>#[^#\n]{1,40}#)"
    r"|(?P<sign><>|<=|>=|=<|=>|[\s\S])"
)


class Code(NamedTuple):
    """The statements of a text that are not empty, and where a string begins that its line does not end."""

    statements: list[Statement]
    unclosed: int | None


def read(text: str, budget: Budget) -> Code:
    """Reads *text* to its end, whatever it holds."""
    found: list[Statement] = []
    unclosed: int | None = None
    current: Statement = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None  # the last alternative takes any character
        at = match.end()
        sort = match.lastgroup or ""
        if sort == "open":
            sort, unclosed = "string", match.start() if unclosed is None else unclosed
        if sort == "blank" or sort == "comment":
            continue
        if sort == "end":
            budget.spend(1 + len(current) // 4)
            if current:
                found.append(current)
            current = []
        elif sort == "name" and match["name"].lower() == "rem" and not current:
            at = _line_end(text, at)
        elif sort in ("hex", "octal") and current and _is_operand(current[-1], match.start()):
            # an operand cannot follow an operand: the & concatenates, unless the name before is called with it
            current.append(Token(Sort.SIGN, "&", match.start(), match.start() + 1))
            at = match.start() + 1
        else:
            current.append(_token(sort, match))
    budget.spend(len(current) // 4)
    if current:
        found.append(current)
    return Code(found, unclosed)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _is_operand(token: Token, at: int) -> bool:
    if token.sort is Sort.NAME:
        return token.end == at
    return token.sort is not Sort.SIGN or token.value == ")"


def _token(sort: str, match: re.Match[str]) -> Token:
    start, end = match.span()
    if sort == "string":
        return Token(Sort.STRING, (match["string"] or match["open"] or "").replace('""', '"'), start, end)
    if sort in ("hex", "octal"):
        digits = match[0].strip("&").lower()
        number = int(digits[1:], 16) if sort == "hex" else int(digits.lstrip("o"), 8)
        return Token(Sort.NUMBER, str(number), start, end)
    if sort == "number":
        return Token(Sort.NUMBER, match[0], start, end)
    if sort == "name":
        return Token(Sort.NAME, match[0].strip("[]"), start, end)
    return Token(Sort.STRING if sort == "date" else Sort.SIGN, match[0], start, end)
