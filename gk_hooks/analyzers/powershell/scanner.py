"""Characters to words: blanks, comments, strings, variables and bare words of PowerShell.

PowerShell has no token stream that is independent of the grammar (``-eq`` is an operator in an expression and an
argument on a command line), so the parser asks for the word that it can use where it stands.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable

from gk_hooks.analyzers.context import Budget
from gk_hooks.analyzers.powershell.tree import Expand, Literal, Node, Variable
from gk_hooks.model.regex import regex

SINGLE = "'\u2018\u2019\u201a\u201b"
DOUBLE = '"\u201c\u201d\u201e'
DASH = "-\u2013\u2014\u2015"
"""Typographic quotes and dashes count as the plain ones."""

MAX_PROBLEMS = 100

_BLANK = (
    r"[ \t\f\v\x85\xa0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff\x00]++|`(?:\r\n?|\n)"
    r"|<#[^#]*+(?:#(?!>)[^#]*+)*+#>|#[^\r\n]*+"
)
_BLANKS = regex(rf"(?:{_BLANK})*+")
_LINES = regex(rf"(?:{_BLANK}|[\r\n]++)*+")
_SEPARATORS = regex(rf"(?:{_BLANK}|[\r\n;]++)*+")
"""Blanks, continued lines and comments; line ends as well; semicolons too."""

_NEWLINE = regex(r"\r\n?|\n")
_SINGLE_BODY = regex(f"[^{SINGLE}]*")
_DOUBLE_RUN = regex(f"[^{DOUBLE}`$]+")
_HERE_RUN = regex(r"[^`$\r\n]+")
_HERE_OPEN = regex(r"@(['\"\u2018-\u201e])[ \t]*(?:\r\n?|\n)")
_VARIABLE = regex(r"\$(?:((?:\w++:(?!:))?[\w?]+|[$^?])|\{((?:[^{}`]|`.){1,250})\})", re.DOTALL)
_BARE_RUN = regex(rf"[^\s;|&(){{}},<>`$\"\u201c-\u201e{SINGLE}\x00]+")
_ESCAPES = {"0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_CODE_POINT = regex(r"u\{([0-9A-Fa-f]{1,6})\}")


class TooDeep(Exception):
    """The text nests deeper than any honest script."""


class Scanner:
    """A position in *text* and the words that can be read there. *problems*: what could not be read, in order."""

    def __init__(self, text: str, budget: Budget) -> None:
        self.text = text
        self.position = 0
        self.budget = budget
        self.problems: list[tuple[int, str]] = []
        self.statements_until: Callable[[str], list[Node]]
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column of *offset*."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def problem(self, offset: int, what: str) -> None:
        """Records that *what* stands at *offset*, for the reason of an Unparsed effect."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append((offset, what))

    def unterminated(self, what: str, start: int) -> None:
        """Records that what starts at *start* never ends."""
        self.problem(start, f"unterminated {what} that starts on line {self.place(start)[0]}")

    def peek(self, ahead: int = 0) -> str:
        """The character at the position, or an empty string at the end."""
        return self.text[self.position + ahead : self.position + ahead + 1]

    def starts(self, *words: str) -> bool:
        """True when one of *words* stands at the position."""
        return self.text.startswith(words, self.position)

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Takes what *pattern* matches at the position."""
        found = pattern.match(self.text, self.position)
        if found:
            self.position = found.end()
        return found

    def take(self, word: str) -> bool:
        """Takes *word* if it stands at the position."""
        if not self.text.startswith(word, self.position):
            return False
        self.position += len(word)
        return True

    def blanks(self) -> None:
        """Skips blanks, continued lines and comments, but no line end."""
        self._skip(_BLANKS)

    def newlines(self, semicolons: bool = False) -> None:
        """Skips blanks and line ends, and semicolons where they only separate."""
        self._skip(_SEPARATORS if semicolons else _LINES)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.position)
        if found:
            self.position = found.end()
        if self.text.startswith("<#", self.position):
            self.unterminated("comment", self.position)
            self.position = len(self.text)

    # -- strings

    def string(self) -> Node | None:
        """The string literal or here-string at the position, if there is one."""
        here = _HERE_OPEN.match(self.text, self.position)
        if here:
            return self._here_string(here)
        quote = self.peek()
        if quote and quote in SINGLE:
            return self._single()
        if quote and quote in DOUBLE:
            return self._double()
        return None

    def _single(self) -> Node:
        start, pieces = self.position, []
        self.position += 1
        while True:
            body = self.match(_SINGLE_BODY)
            pieces.append(body[0] if body else "")
            if not self.peek():
                self.unterminated("string", start)
                break
            self.position += 1
            if self.peek() and self.peek() in SINGLE:
                pieces.append("'")
                self.position += 1
            else:
                break
        return Literal(start, self.position, "".join(pieces))

    def _double(self) -> Node:
        start = self.position
        self.position += 1
        parts: list[str | Node] = []
        while True:
            run = self.match(_DOUBLE_RUN)
            if run:
                parts.append(run[0])
            char = self.peek()
            if not char:
                self.unterminated("string", start)
                break
            if char in DOUBLE:
                self.position += 1
                if not (self.peek() and self.peek() in DOUBLE):
                    break
                parts.append('"')
                self.position += 1
            else:
                parts.append(self._expansion(char))
        return _expanded(start, self.position, parts)

    def _here_string(self, opening: re.Match[str]) -> Node:
        start, quotes = self.position, SINGLE if opening[1] in SINGLE else DOUBLE
        ending = re.compile(rf"(?:\r\n?|\n)[{quotes}]@")
        empty = re.compile(rf"[{quotes}]@")
        self.position = opening.end()
        if self.match(empty):
            return Literal(start, self.position, "")
        if quotes is SINGLE:
            end = ending.search(self.text, self.position)
            if not end:
                self.unterminated("here-string", start)
            body = self.text[self.position : end.start() if end else len(self.text)]
            self.position = end.end() if end else len(self.text)
            return Literal(start, self.position, body)
        parts: list[str | Node] = []
        while not self.match(ending):
            run = self.match(_HERE_RUN) or self.match(_NEWLINE)
            if run:
                parts.append(run[0])
            elif self.peek():
                parts.append(self._expansion(self.peek()))
            else:
                self.unterminated("here-string", start)
                break
        return _expanded(start, self.position, parts)

    def _expansion(self, char: str) -> str | Node:
        # inside a double-quoted string: a backtick escape, a variable, $( … ) or a plain dollar sign
        if char == "`":
            return self.escape()
        variable = self.variable() or self.subexpression()
        if variable:
            return variable
        self.position += 1
        return char

    def escape(self) -> str:
        """What the backtick escape at the position stands for."""
        self.position += 1
        code = self.match(_CODE_POINT)
        if code:
            value = int(code[1], 16)
            return chr(value) if value < 0x110000 else ""
        char = self.peek()
        self.position += 1
        return _ESCAPES.get(char, char)

    def subexpression(self) -> Node | None:
        """``$( … )`` at the position."""
        raise NotImplementedError

    # -- words

    def variable(self) -> Variable | None:
        """``$name``, ``${name}`` or ``$scope:name`` at the position."""
        start = self.position
        found = self.match(_VARIABLE) if self.peek() == "$" else None
        if not found:
            return None
        name = found[1] if found[1] is not None else found[2].replace("`", "")
        return Variable(start, self.position, name.lower())

    def bare_word(self) -> Node | None:
        """A word of a command line without quotes around it; quotes and variables inside are part of it."""
        start = self.position
        parts: list[str | Node] = []
        disguise = ""
        while True:
            run = self.match(_BARE_RUN)
            char = self.peek()
            if run:
                parts.append(run[0])
            elif char == "`" and self.peek(1) and not self.starts("`\r", "`\n"):
                escaped = self.escape()
                disguise = disguise or ("backticks" if self.text[self.position - 1].isalnum() else "")
                parts.append(self.text[self.position - 1] if escaped in _ESCAPES.values() else escaped)
            elif char and char in SINGLE + DOUBLE:
                disguise = "string pieces"
                parts += _parts_of(self.string())
            elif char == "$":
                parts.append(self._expansion(char))
            else:
                break
        if self.position == start:
            return None
        word = _expanded(start, self.position, parts)
        if isinstance(word, Literal):
            return Literal(start, self.position, word.value, bare=True, disguise=disguise)
        assert isinstance(word, Expand)
        word.bare = True
        return word


def _parts_of(string: Node | None) -> list[str | Node]:
    if isinstance(string, Literal):
        return [string.value]
    return list(string.parts) if isinstance(string, Expand) else []


def _expanded(start: int, end: int, parts: list[str | Node]) -> Node:
    if all(isinstance(part, str) for part in parts):
        return Literal(start, end, "".join(part for part in parts if isinstance(part, str)))
    return Expand(start, end, parts)
