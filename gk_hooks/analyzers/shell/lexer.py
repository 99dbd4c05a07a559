"""Reads the words of a shell script: quotes, escapes, parameters, substitutions (POSIX shell and what bash adds)."""

from __future__ import annotations

import re

from gk_hooks.analyzers.context import Budget
from gk_hooks.analyzers.shell.syntax import Item, Literal, Part, Substitution, Unknown, Variable, Word
from gk_hooks.model.regex import regex

MAX_NESTING = 40
"""Substitutions inside substitutions are read this deep; what is deeper is skipped as unknown."""

_PLAIN = regex(r"[^\s'\"\\$`;&|<>()]+")
_IN_QUOTES = regex(r"[^\"\\$`]+")
_IN_BRACES = regex(r"[^'\"\\$`}]+")
_IN_HEREDOC = regex(r"[^\\$`]+")
_ESCAPES = '$`"\\'
_NAME = regex(r"[A-Za-z_]\w*|[0-9]|[@*#?$!-]", re.ASCII)
_BRACED = regex(r"(!?)([A-Za-z_]\w*|[0-9]+|[@*#?$!-])(?:\[([^\]\n]*)\])?", re.ASCII)
_BRACE_OPERATOR = regex(r":[-=?+]|##?|%%?|//?|\^\^?|,,?|[-=?+:@]")
_ANSI_BODY = regex(r"(?:[^'\\]|\\.)*+'", re.DOTALL)
_BACKTICKS = regex(r"(?:[^`\\]|\\.)*+`", re.DOTALL)
_PARENTHESES = regex(r"[()]")
_ANSI = regex(r"\\(?:x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|[0-7]{1,3}|c.|.)", re.DOTALL)
_ANSI_NAMED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}


def unescape(text: str) -> str:
    """What ``$'…'``, ``echo -e`` and ``printf`` make of backslashes."""
    return _ANSI.sub(_unescape_one, text)


def _unescape_one(match: re.Match[str]) -> str:
    body = match[0][1:]
    if body[0] in "xuU" and len(body) > 1:
        number = int(body[1:], 16)
        return chr(number) if number < 0x110000 else match[0]
    if body[0] in "01234567":
        return chr(int(body, 8) & 0xFF)
    if body[0] == "c" and len(body) == 2:
        return chr(ord(body[1].upper()) & 0x1F)
    return _ANSI_NAMED.get(body, body if body in "\\'\"?" else match[0])


class Lexer:
    """A position in a text, and how to read words from there. The reader of commands builds on it.

    ``fixed``: in a text that is no slice of the file (unescaped backticks), the offset that stands for all of it.
    """

    def __init__(self, text: str, budget: Budget, *, depth: int = 0, fixed: int | None = None) -> None:
        self.text = text
        self.at = 0
        self.end = len(text)
        self.budget = budget
        self.depth = depth
        self.fixed = fixed
        self.problems: list[tuple[int, str]] = []
        self.no_more: set[str] = set()

    def commands_until_parenthesis(self) -> list[Item]:
        """The commands of ``$(…)``, up to and with its parenthesis. The reader of commands knows how."""
        raise NotImplementedError

    def commands_of(self, text: str, offset: int) -> list[Item]:
        """The commands of *text*, which stands at *offset* with backslashes removed."""
        raise NotImplementedError

    def commands_between(self, start: int, end: int) -> list[Item]:
        """The commands between two positions of this text."""
        raise NotImplementedError

    def offset(self, at: int) -> int:
        """The place in the file of the position *at*."""
        return at if self.fixed is None else self.fixed

    def word(self) -> Word:
        """The word that begins here; it may be empty."""
        start, parts = self.at, list[Part]()
        while self.at < self.end:
            char = self.text[self.at]
            if char in " \t\n\r\v\f;&|()":
                break
            if char in "<>":
                if not self.text.startswith("(", self.at + 1) or self.depth >= MAX_NESTING:
                    break
                self.at += 2
                parts.append(Substitution(self.commands_until_parenthesis(), process=char))
            elif not self.quoting(char, parts):
                plain = _PLAIN.match(self.text, self.at, self.end)
                text = plain[0] if plain else char
                self.at += len(text)
                self.literal(parts, text)
            self.budget.spend()
        return Word(parts, self.offset(start), self.offset(self.at))

    def literal(self, parts: list[Part], text: str, quoted: bool = False) -> None:
        """Adds literal text, glued to literal text of the same kind."""
        match parts[-1:]:
            case [Literal(quoted=before) as last] if before == quoted:
                last.text += text
            case _:
                parts.append(Literal(text, quoted))

    def quoting(self, char: str, parts: list[Part]) -> bool:
        """Reads a quote, an escape or an expansion that begins with *char*; False when it begins none."""
        if char == "'":
            self._single(parts)
        elif char == '"':
            self.at += 1
            self._double(parts, self.at - 1)
        elif char == "\\":
            following = self.text[self.at + 1 : self.at + 2]
            self.at = min(self.at + 2, self.end)
            if following != "\n":
                self.literal(parts, following or "\\", quoted=True)
        elif char == "$":
            self.dollar(parts, quoted=False)
        elif char == "`":
            self.backtick(parts, quoted=False)
        else:
            return False
        return True

    def _single(self, parts: list[Part]) -> None:
        close = self._find("'", self.at + 1)
        if close is None:
            close = self.unterminated(self.at, "quote")
        self.literal(parts, self.text[self.at + 1 : close], quoted=True)
        self.at = close + self.text.startswith("'", close)

    def _find(self, mark: str, start: int) -> int | None:
        """The next *mark*, or None; remembers that there is none, so that broken text is not searched again."""
        if mark in self.no_more:
            return None
        found = self.text.find(mark, start, self.end)
        if found < 0:
            self.no_more.add(mark)
            return None
        return found

    def unterminated(self, start: int, what: str) -> int:
        """Records the problem; the quote is taken to end with its line."""
        self.problems.append((self.offset(start), what))
        line_end = self.text.find("\n", start, self.end)
        return line_end if line_end >= 0 else self.end

    def _double(self, parts: list[Part], start: int) -> None:
        begin, inner = self.at, list[Part]()
        if '"' in self.no_more or not self.quoted_run(inner, _IN_QUOTES, '"'):
            self.no_more.add('"')
            self.at, inner = begin, []
            end, self.end = self.end, self.unterminated(start, "quote")
            self.quoted_run(inner, _IN_QUOTES, '"')
            self.end = end
        self.literal(parts, "", quoted=True)
        for part in inner:
            if isinstance(part, Literal):
                self.literal(parts, part.text, part.quoted)
            else:
                parts.append(part)

    def quoted_run(
        self, parts: list[Part], plain: re.Pattern[str], close: str, escapes: str = _ESCAPES, quotes: str = ""
    ) -> bool:
        """Reads as inside double quotes up to *close* (or to the end); True when *close* was there. *quotes* quote."""
        while self.at < self.end:
            self.budget.spend()
            char = self.text[self.at]
            if char == close:
                self.at += 1
                return True
            if char == "\\":
                following = self.text[self.at + 1 : self.at + 2]
                self.at = min(self.at + 2, self.end)
                if following != "\n":
                    self.literal(parts, following if following in escapes and following else char + following, True)
            elif char == "$":
                self.dollar(parts, quoted=True)
            elif char == "`":
                self.backtick(parts, quoted=True)
            elif char in quotes:
                self.quoting(char, parts)
            else:
                run = plain.match(self.text, self.at, self.end)
                text = run[0] if run else char
                self.at += len(text)
                self.literal(parts, text, quoted=True)
        return False

    def heredoc_body(self, start: int, end: int) -> Word:
        """The word that an expanding here-document's body from *start* to *end* is."""
        at, whole, parts = self.at, self.end, list[Part]()
        self.at, self.end = start, end
        self.quoted_run(parts, _IN_HEREDOC, "", escapes="$`\\")
        self.at, self.end = at, whole
        return Word(parts, self.offset(start), self.offset(end))

    def dollar(self, parts: list[Part], quoted: bool) -> None:
        """Reads what begins with a dollar sign."""
        following = self.text[self.at + 1 : min(self.at + 2, self.end)]
        if following == "'" and not quoted:
            self._ansi(parts)
        elif following == '"' and not quoted:
            self.at += 2
            self._double(parts, self.at - 1)
        elif following == "(":
            self._parenthesis(parts, quoted)
        elif following == "{":
            self.at += 2
            parts.append(self._braced(quoted))
        elif name := _NAME.match(self.text, self.at + 1, self.end):
            self.at = name.end()
            parts.append(Variable(name[0], quoted))
        else:
            self.at += 1
            self.literal(parts, "$", quoted)

    def _ansi(self, parts: list[Part]) -> None:
        close = None if "$'" in self.no_more else _ANSI_BODY.match(self.text, self.at + 2, self.end)
        if close is None:
            self.no_more.add("$'")
        end = close.end() - 1 if close else self.unterminated(self.at + 1, "quote")
        self.literal(parts, unescape(self.text[self.at + 2 : end]), quoted=True)
        self.at = end + 1 if close else end

    def _parenthesis(self, parts: list[Part], quoted: bool) -> None:
        if self.text.startswith("((", self.at + 1):
            end = self.skip_parentheses(self.at + 1)
            if self.text.endswith("))", 0, end):
                parts.append(Unknown(self.arithmetic(self.at + 3, end - 2)))
                self.at = end
                return
        if self.depth >= MAX_NESTING:
            self.at = self.skip_parentheses(self.at + 1)
            parts.append(Unknown())
            return
        self.at += 2
        parts.append(Substitution(self.commands_until_parenthesis(), quoted))

    def arithmetic(self, start: int, end: int) -> list[Part]:
        """The substitutions between *start* and *end*: whatever comes of them, their commands run."""
        if self.depth >= MAX_NESTING:
            return []
        found: list[Part] = []
        at, whole = self.at, self.end
        self.at, self.end, self.depth = start, end, self.depth + 1
        self.quoted_run(found, _IN_HEREDOC, "")
        self.at, self.end, self.depth = at, whole, self.depth - 1
        return [part for part in found if isinstance(part, Substitution | Unknown)]

    def skip_parentheses(self, start: int) -> int:
        """The position behind the parenthesis that closes the one at *start*, by counting alone."""
        open_ones, end = 0, self.end
        if "()" not in self.no_more:
            for match in _PARENTHESES.finditer(self.text, start, self.end):
                open_ones += 1 if match[0] == "(" else -1
                if open_ones == 0:
                    end = match.end()
                    break
            else:
                self.no_more.add("()")
        self.budget.spend(1 + (end - start) // 256)
        return end

    def _braced(self, quoted: bool) -> Part:
        start = self.at
        head = _BRACED.match(self.text, self.at, self.end)
        if head is None or (self.text.startswith("#", self.at) and not self.text.startswith("#}", self.at)):
            self._close_brace(start)
            return Unknown()
        self.at = head.end()
        found = _BRACE_OPERATOR.match(self.text, self.at, self.end)
        operator = found[0] if found else ""
        self.at += len(operator)
        literal_quotes = quoted and operator.lstrip(":") in tuple("-=?+")
        argument = self._close_brace(start, '"' if literal_quotes else "'\"")
        return Variable(head[2], quoted, "!" if head[1] else operator, argument, head[3] or "")

    def _close_brace(self, start: int, quotes: str = "'\"") -> Word:
        parts: list[Part] = []
        begin = self.at
        if self.depth >= MAX_NESTING:
            close = self.text.find("}", self.at, self.end)
            self.at = close + 1 if close >= 0 else self.end
            return Word([Unknown()], begin, self.at)
        self.depth += 1
        if "}" in self.no_more or not self.quoted_run(parts, _IN_BRACES, "}", _ESCAPES + "'}/", quotes):
            self.no_more.add("}")
            self.at = self.unterminated(start - 2, "parameter")
        self.depth -= 1
        return Word(parts, self.offset(begin), self.offset(self.at))

    def backtick(self, parts: list[Part], quoted: bool) -> None:
        """Reads ``…`` between backticks."""
        close = _BACKTICKS.match(self.text, self.at + 1, self.end)
        if close is None or self.depth >= MAX_NESTING:
            self.at += 1
            parts.append(Unknown())
            return
        inner = re.sub(r"\\([`$\\])", r"\1", close[0][:-1])
        start, self.at = self.at, close.end()
        if len(inner) == len(close[0]) - 1:
            items = self.commands_between(start + 1, self.at - 1)
        else:
            items = self.commands_of(inner, start + 1)
        parts.append(Substitution(items, quoted))
