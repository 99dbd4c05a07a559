"""Batch text into statements: what stands between ``&``, ``|``, parentheses and line ends, with its own ``if`` and
``for`` heads taken off. Nothing is expanded here; every statement is a slice of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from gk_hooks.analyzers.context import Budget
from gk_hooks.model.records import dataclass
from gk_hooks.model.regex import regex


class Role(StrEnum):
    """What a statement is."""

    COMMAND = "command"
    LABEL = "label"
    LOOP = "loop"
    """The head of a ``for``; its body follows as statements of their own."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The text between *start* and *end*. conditional: it may be skipped. piped: the statement before feeds it.

    For a loop the text is the set between its parentheses; *switches* is what stands before the variable.
    """

    role: Role
    start: int
    end: int
    conditional: bool = False
    piped: bool = False
    variable: str = ""
    switches: str = ""


MAX_SET = 8192
_BLANKS = regex(r"[ \t\r,;=@\x0b\x0c]*(?:\^\r?\n[ \t,;=@]*)*")
_WORD = regex(r"[A-Za-z]+")
_KEYWORDS = {"if": 1, "else": 1, "for": 1, "rem": 1, "do": 1}
_SPECIAL = regex(r'["^&|\n()<>]')
_IN_QUOTES = regex(r'["\n]')
_OPERAND = r'(?:"[^"\n]*"|[^\s"=]|=(?!=))+'
_CONDITION = regex(
    rf"(?:/i\s+)?(?:not\s+)?(?:/i\s+)?(?:(?:exist|defined|errorlevel|cmdextversion)\s+{_OPERAND}"
    rf"|(?:{_OPERAND})?\s*==\s*(?:{_OPERAND})?"
    rf"|{_OPERAND}\s+(?:equ|neq|lss|leq|gtr|geq)\s+{_OPERAND})",
    re.IGNORECASE,
)
_FOR = regex(r"(?P<switches>[^\n]{0,300}?)%{1,2}(?P<variable>[^\s%])\s+in\s*\(", re.IGNORECASE)
_DO = regex(r"[\s^]*do\b", re.IGNORECASE)


def statements(text: str, budget: Budget, start: int = 0, end: int | None = None) -> Iterator[Statement]:
    """The statements of ``text[start:end]`` in order."""
    return _Reader(text, budget, start, len(text) if end is None else end).read()


class _Reader:
    def __init__(self, text: str, budget: Budget, start: int, end: int) -> None:
        self.text, self.budget, self.at, self.end = text, budget, start, end
        self.blocks: list[bool] = []
        """For each open parenthesis, whether what follows it was conditional already."""
        self.conditional = self.piped = False

    def read(self) -> Iterator[Statement]:
        while self.at < self.end:
            self.budget.spend()
            blanks = _BLANKS.match(self.text, self.at, self.end)
            self.at = blanks.end() if blanks else self.at
            if self.at >= self.end:
                return
            sign = self.text[self.at]
            if sign in "\n&|":
                self._separator(sign)
            elif sign == "(":
                self.blocks.append(self.conditional)
                self.at += 1
            elif sign == ")":
                self._close()
            elif sign == ":":
                stop = self._line_end(self.at)
                if not self.text.startswith("::", self.at):
                    yield Statement(Role.LABEL, self.at + 1, stop)
                self.at = stop
            else:
                yield from self._words()

    def _separator(self, sign: str) -> None:
        doubled = self.text.startswith(sign * 2, self.at) and sign != "\n"
        self.at += 2 if doubled else 1
        self.piped = sign == "|" and not doubled
        if sign == "\n":
            self.conditional = self.blocks[-1] if self.blocks else False
        elif doubled:
            self.conditional = True

    def _close(self) -> None:
        if self.blocks:
            self.conditional = self.blocks.pop()
            self.at += 1
        else:  # cmd reads the rest of such a line as a comment
            self.at = self._line_end(self.at)

    def _line_end(self, at: int) -> int:
        found = self.text.find("\n", at, self.end)
        return self.end if found < 0 else found

    def _words(self) -> Iterator[Statement]:
        word = _WORD.match(self.text, self.at, self.end)
        keyword = word[0].lower() if word else ""
        after = self.text[word.end() : word.end() + 1] if word else ""
        if word is None or keyword not in _KEYWORDS or after not in ' \t\r\n(/"%,;=^.:\\':
            yield self._command()
        elif keyword == "rem":
            self.at = self._comment_end(word.end())
        elif keyword in ("else", "do"):
            self.at, self.conditional = word.end(), True
        elif keyword == "if":
            self._condition(word.end())
        else:
            yield from self._loop(word.end())

    def _comment_end(self, at: int) -> int:
        stop = self._line_end(at)
        while stop < self.end and self.text[at:stop].rstrip("\r").endswith("^"):
            at, stop = stop + 1, self._line_end(stop + 1)
        return stop

    def _condition(self, at: int) -> None:
        blanks = _BLANKS.match(self.text, at, self.end)
        at = blanks.end() if blanks else at
        stop = min(self._line_end(at), at + MAX_SET)
        found = _CONDITION.match(self.text, at, stop)
        self.at, self.conditional = (found.end() if found else at), True

    def _loop(self, at: int) -> Iterator[Statement]:
        head = _FOR.match(self.text, at, self.end)
        stop = self._set_end(head.end()) if head else -1
        do = _DO.match(self.text, stop + 1, self.end) if stop >= 0 else None
        if head is None or do is None:
            yield self._command()
            return
        yield Statement(
            Role.LOOP, head.end(), stop, self.conditional, False, head["variable"], head["switches"].strip()
        )
        self.at, self.conditional = do.end(), True

    def _set_end(self, at: int) -> int:
        depth, quoted, limit = 1, False, min(self.end, at + MAX_SET)
        for found in re.compile(r'["()]|\^.').finditer(self.text, at, limit):
            if found[0] == '"':
                quoted = not quoted
            elif not quoted and found[0] in "()":
                depth += 1 if found[0] == "(" else -1
                if not depth:
                    return found.start()
        return self.text.find(")", at, limit)

    def _command(self) -> Statement:
        start, quoted, at = self.at, False, self.at
        while True:
            found = (_IN_QUOTES if quoted else _SPECIAL).search(self.text, at, self.end)
            if found is None:
                at = self.end
                break
            sign, at = found[0], found.start()
            if sign == '"':
                quoted = not quoted
            elif sign == "^":
                at += 2 if self.text.startswith("^\r\n", at) else 1
            elif sign in "<>":
                at += 1 if self.text.startswith("&", at + 1) else 0
            elif sign in "&|\n" or (sign == ")" and self.blocks):
                break
            at += 1
        end, self.at = min(at, self.end), min(at, self.end)
        self.budget.spend((end - start) // 64)
        piped, self.piped = self.piped, False
        return Statement(Role.COMMAND, start, end, self.conditional, piped)
