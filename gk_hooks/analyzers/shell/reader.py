"""Reads a shell script into a flat stream of simple commands, operators and keywords, each with its place."""

from __future__ import annotations

import re

from gk_hooks.analyzers.context import Budget
from gk_hooks.analyzers.shell.lexer import Lexer
from gk_hooks.analyzers.shell.syntax import (
    Assignment,
    Item,
    Keyword,
    Literal,
    Operator,
    Redirect,
    Simple,
    Unknown,
    Word,
)
from gk_hooks.model.regex import regex

_BLANK = regex(r"(?:[ \t\r\v\f]++|\\\n)++")
_COMMENT = regex(r"#[^\n]*")
_OPERATOR = regex(r"&&|\|\||\|&|;;&|;;|;&|[;|\n]|&(?!>)")
_REDIRECT = regex(r"(?:\d+|\{\w+\})?(?:<<<|<<-|<<|<>|<&|>&|>>|>\||<(?!\()|>(?!\())|&>>|&>")
_ASSIGNMENT = regex(r"([A-Za-z_]\w*)(\[[^\]\n]*\])?(\+?)=", re.ASCII)
_FUNCTION = regex(r"(?:function[ \t]+([^\s;&|<>()$'\"`]+)(?:[ \t]*\([ \t]*\))?|([^\s;&|<>()$'\"`=]+)[ \t]*\([ \t]*\))")
_RESERVED = regex(r"(?:if|then|elif|else|fi|while|until|do|done|esac|\{|\}|!|coproc)(?![^\s;&|()<>])")
_LOOP = regex(r"(?:for|select)[ \t]+([A-Za-z_]\w*)(?:(?:[ \t]|\n)+in(?=\s))?|for[ \t]*(?=\(\()", re.ASCII)
_TEST_END = regex(r"\s\]\](?![^\s;&|()<>])")
_ESAC = regex(r"esac(?![^\s;&|()<>])")
_CASE = regex(r"case[ \t]+")
_IN = regex(r"\s*in(?=\s)")
_DECLARES = frozenset({"export", "readonly", "local", "declare", "typeset"})


class Reader(Lexer):
    """Reads commands. Nothing that it meets stops it: what it cannot make sense of becomes words."""

    def __init__(self, text: str, budget: Budget, *, depth: int = 0, fixed: int | None = None) -> None:
        super().__init__(text, budget, depth=depth, fixed=fixed)
        self.heredocs: list[tuple[Redirect, str, bool, bool]] = []

    def commands_until_parenthesis(self) -> list[Item]:
        self.depth += 1
        items = self.items(nested=True)
        self.depth -= 1
        return items

    def commands_of(self, text: str, offset: int) -> list[Item]:
        return self._inside(Reader(text, self.budget, depth=self.depth + 1, fixed=self.offset(offset)))

    def commands_between(self, start: int, end: int) -> list[Item]:
        inner = Reader(self.text, self.budget, depth=self.depth + 1, fixed=self.fixed)
        inner.at, inner.end = start, end
        return self._inside(inner)

    def _inside(self, inner: Reader) -> list[Item]:
        items = inner.items()
        self.problems += inner.problems
        return items

    def items(self, nested: bool = False) -> list[Item]:
        """The stream up to the end, or when *nested* up to the parenthesis that closes it."""
        found: list[Item] = []
        start = self.at
        subshells = cases = 0
        while self.at < self.end:
            self.budget.spend()
            self.blanks()
            if self.at >= self.end:
                break
            char = self.text[self.at]
            if char == ")":
                self.at += 1
                if nested and not subshells:
                    return found
                subshells = max(0, subshells - 1)
                found.append(Keyword(")"))
            elif char == "(":
                subshells += self._parenthesis_command(found)
            elif operator := _OPERATOR.match(self.text, self.at, self.end):
                self.at = operator.end()
                found.append(Operator(operator[0]))
                if operator[0] == "\n":
                    self._read_heredocs()
                elif operator[0].startswith(";;") or operator[0] == ";&":
                    self._pattern(found, cases)
            elif not self._keyword(found):
                self._simple(found)
            match found[-1:]:
                case [Keyword(text="case")]:
                    cases += 1
                    self._pattern(found, cases)
                case [Keyword(text="esac")]:
                    cases = max(0, cases - 1)
        if nested:
            self.problems.append((self.offset(start), "substitution"))
        self._read_heredocs()
        return found

    def blanks(self) -> None:
        """Skips blanks, continued lines and a comment."""
        if blank := _BLANK.match(self.text, self.at, self.end):
            self.at = blank.end()
        if comment := _COMMENT.match(self.text, self.at, self.end):
            self.at = comment.end()

    def _parenthesis_command(self, found: list[Item]) -> int:
        """``((…))`` runs only what is substituted in it, ``(`` opens a subshell; returns how many were opened."""
        if self.text.startswith("((", self.at):
            end = self.skip_parentheses(self.at)
            if self.text.endswith("))", 0, end):
                start = self.offset(self.at)
                if inner := self.arithmetic(self.at + 2, end - 2):
                    words = [Word([Literal(":")], start, start), Word([Unknown(inner)], start, self.offset(end))]
                    found.append(Simple(start, self.offset(end), words))
                self.at = end
                return 0
        self.at += 1
        found.append(Keyword("("))
        return 1

    def _keyword(self, found: list[Item]) -> bool:
        if reserved := _RESERVED.match(self.text, self.at, self.end):
            self.at = reserved.end()
            if reserved[0] not in ("!", "coproc"):
                found.append(Keyword(reserved[0]))
        elif loop := _LOOP.match(self.text, self.at, self.end):
            self.at = loop.end()
            words = self._words() if loop[0].endswith("in") else None
            found.append(Keyword("for", loop[1] or "", words))
        elif case := _CASE.match(self.text, self.at, self.end):
            self.at = case.end()
            word = self.word()
            inside = _IN.match(self.text, self.at, self.end)
            self.at = inside.end() if inside else self.at
            found.append(Keyword("case", words=[word]))
        elif function := _FUNCTION.match(self.text, self.at, self.end):
            self.at = function.end()
            found.append(Keyword("function", function[1] or function[2]))
        else:
            return False
        return True

    def _words(self, closing: str = "") -> list[Word]:
        """Words up to an operator, or with *closing* up to that, over several lines."""
        words: list[Word] = []
        while self.at < self.end:
            self.blanks()
            if closing and self.text.startswith("\n", self.at):
                self.at += 1
                continue
            before = self.at
            word = self.word()
            if self.at == before:
                if closing and self.at < self.end:
                    self.at += 1
                    if self.text[before] != closing:
                        continue
                return words
            words.append(word)
        return words

    def _pattern(self, found: list[Item], cases: int) -> None:
        """Reads a pattern of ``case`` up to its parenthesis, unless ``esac`` or another line comes first."""
        if not cases:
            return
        while self.at < self.end:
            self.blanks()
            if not self.text.startswith("\n", self.at):
                break
            self.at += 1
            self._read_heredocs()
        if _ESAC.match(self.text, self.at, self.end):
            return
        if self.text.startswith("(", self.at):
            self.at += 1
        while self.at < self.end and self.text[self.at] not in ")\n;":
            before = self.at
            self.blanks()
            self.word()
            if self.at == before:
                self.at += 1
        if self.text.startswith(")", self.at):
            self.at += 1
        found.append(Keyword("branch"))

    def _simple(self, found: list[Item]) -> None:
        command = Simple(self.offset(self.at), self.offset(self.at))
        declares = False
        while self.at < self.end:
            self.budget.spend()
            self.blanks()
            assignment = _ASSIGNMENT.match(self.text, self.at, self.end)
            if redirect := _REDIRECT.match(self.text, self.at, self.end):
                self._redirect(command, redirect)
            elif assignment and (declares or not command.words):
                command.assignments.append(self._assignment(assignment))
            else:
                before = self.at
                word = self.word()
                if self.at == before:
                    break
                if not command.words and word.plain == "[[":
                    self._test(command, word)
                    break
                declares = declares or (not command.words and word.plain in _DECLARES)
                command.words.append(word)
            command.end = self.offset(self.at)
        if command.words or command.assignments or command.redirects:
            found.append(command)
        elif self.at < self.end and self.text[self.at] not in ")\n;|":
            self.at += 1

    def _assignment(self, head: re.Match[str]) -> Assignment:
        start, self.at = self.at, head.end()
        array = self.text.startswith("(", self.at)
        if array:
            self.at += 1
            words = self._words(closing=")")
        else:
            words = [self.word()]
        name, index, append = head[1], head[2], head[3]
        return Assignment(name, words, self.offset(start), self.offset(self.at), bool(append), array, bool(index))

    def _test(self, command: Simple, first: Word) -> None:
        """``[[ … ]]``: its operators are words."""
        close = None if "]]" in self.no_more else _TEST_END.search(self.text, self.at, self.end)
        if close is None:
            self.no_more.add("]]")
            command.words.append(first)
            return
        end, self.end = self.end, close.start()
        while self.at < self.end:
            before = self.at
            self.blanks()
            word = self.word()
            if word.parts:
                first.parts += [part for part in word.parts if not isinstance(part, Literal)]
            if self.at == before:
                self.at += 1
        self.at, self.end = close.end(), end
        command.words.append(first)
        command.end = self.offset(self.at)

    def _redirect(self, command: Simple, match: re.Match[str]) -> None:
        self.at = match.end()
        operator = match[0].lstrip("0123456789")
        if operator.startswith("{"):
            operator = operator.partition("}")[2]
        if blank := _BLANK.match(self.text, self.at, self.end):
            self.at = blank.end()
        redirect = Redirect(operator, self.word())
        command.redirects.append(redirect)
        if operator in ("<<", "<<-"):
            redirect.heredoc = True
            parts = redirect.word.parts
            quoted = any(isinstance(part, Literal) and part.quoted for part in parts)
            delimiter = "".join(part.text for part in parts if isinstance(part, Literal))
            self.heredocs.append((redirect, delimiter, quoted, operator == "<<-"))

    def _read_heredocs(self) -> None:
        """Reads the bodies of the here-documents that were announced on the line that ends here."""
        waiting, self.heredocs = self.heredocs, []
        for redirect, delimiter, quoted, tabs in waiting:
            blanks = r"\t*" if tabs else ""
            close = re.compile(rf"^{blanks}{re.escape(delimiter)}[ \t\r]*$", re.MULTILINE).search(
                self.text, self.at, self.end
            )
            start, end = self.at, close.start() if close else self.end
            if quoted:
                redirect.word = Word([Literal(self.text[start:end], True)], self.offset(start), self.offset(end))
            else:
                redirect.word = self.heredoc_body(start, end)
            if tabs:
                for part in redirect.word.parts:
                    if isinstance(part, Literal):
                        part.text = re.sub(r"^\t+", "", part.text, flags=re.MULTILINE)
            self.at = min(close.end() + 1, self.end) if close else self.end
