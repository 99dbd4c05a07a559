"""The operands of expressions: literals, variables, brackets of every kind, and what is taken from them."""

from __future__ import annotations

import re

from gk_hooks.analyzers.powershell.scanner import DOUBLE, SINGLE, Scanner, TooDeep
from gk_hooks.analyzers.powershell.tree import (
    Access,
    Group,
    HashTable,
    Index,
    Literal,
    Member,
    Node,
    Number,
    ScriptBlock,
    TypeName,
    Unary,
    Variable,
)
from gk_hooks.model.regex import regex

MAX_NESTING = 40
_NUMBER = regex(
    r"(?:0x([0-9a-f]+)|(\d+)(\.\d+)?(e[+-]?\d+)?|(\.\d+)(?:e[+-]?\d+)?)(?:[dlunysf]{1,2})?([kmgtp]b)?(?![\w])",
    re.IGNORECASE,
)
_UNITS = {"kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40, "pb": 1 << 50}
_MEMBER = regex(r"(?:\?)?\.(?!\.)(?:\s*[\r\n]+\s*)?(?=[\w$('\"])|::")
_STEP_SIGNS = frozenset("[.?:")
_STEP = regex(r"\+\+|--(?![\w])")
_IDENTIFIER = regex(r"\w+")
_KEY = regex(r"[^\s='\"$(){}@\[#;]+")


class OperandParser(Scanner):
    """Parses operands; operators and statements are the business of the classes below it."""

    depth = 0

    def nested(self) -> _Nesting:
        """Counts one level of nesting; raises TooDeep when there are too many."""
        return _Nesting(self)

    def statements(self, closer: str) -> list[Node]:
        """Statements up to the bracket *closer*, which is not taken."""
        raise NotImplementedError

    def block(self, what: str = "script block") -> ScriptBlock:
        """``{ … }`` at the position."""
        raise NotImplementedError

    def statement(self) -> Node | None:
        """One statement."""
        raise NotImplementedError

    def expression(self, commas: bool = True) -> Node | None:
        """An expression, with commas unless they separate arguments."""
        raise NotImplementedError

    def primary(self) -> Node | None:
        """A literal, a variable or something in brackets."""
        char, start = self.peek(), self.position
        if not char:
            return None
        if char in SINGLE or char in DOUBLE or (char == "@" and self.peek(1) and self.peek(1) in SINGLE + DOUBLE):
            return self.string()
        if char == "$":
            return self.variable() or self.subexpression()
        if char == "(":
            return self.group("(")
        if self.starts("@("):
            return self.group("@(")
        if self.starts("@{"):
            return self._hash_table()
        if char == "@":
            self.position += 1
            name = self.match(_IDENTIFIER)
            return Variable(start, self.position, name[0].lower(), splat=True) if name else None
        if char == "{":
            return self.block()
        return self.number()

    def number(self) -> Node | None:
        """A number at the position."""
        start = self.position
        found = self.match(_NUMBER)
        if not found:
            return None
        digits = found[1] or found[2]
        if found[3] or found[4] or not digits or len(digits) > 18:
            return Number(start, self.position, None)
        value = int(digits, 16 if found[1] else 10) * _UNITS.get((found[6] or "").lower(), 1)
        return Number(start, self.position, value)

    def subexpression(self) -> Node | None:
        return self.group("$(") if self.starts("$(") else None

    def group(self, opening: str) -> Node:
        """``(…)``, ``$(…)`` or ``@(…)`` at the position."""
        start = self.position
        self.position += len(opening)
        with self.nested():
            inside = self.statements(")")
        if not self.take(")"):
            self.unterminated("parenthesis", start)
        return Group(start, self.position, opening, inside)

    def _hash_table(self) -> Node:
        start = self.position
        self.position += 2
        pairs: list[tuple[Node, Node]] = []
        with self.nested():
            while True:
                self.newlines(semicolons=True)
                if self.take("}"):
                    break
                if not self.peek():
                    self.unterminated("hash table", start)
                    break
                pair = self._pair()
                if pair:
                    pairs.append(pair)
        return HashTable(start, self.position, pairs)

    def _pair(self) -> tuple[Node, Node] | None:
        start = self.position
        bare = self.match(_KEY)
        key = Literal(start, self.position, bare[0], bare=True) if bare else self.expression(commas=False)
        self.blanks()
        if key is None or not self.take("="):
            self.unexpected()
            return None
        self.newlines()
        value = self.statement()
        return (key, value) if value else None

    def unexpected(self) -> None:
        """Records what nothing can be made of, and steps over one character of it."""
        if self.peek():
            self.problem(self.position, f"unexpected {self.peek()!r} on line {self.place(self.position)[0]}")
            self.position += 1

    def access(self, target: Node) -> Node:
        """*target* and the members, calls and indexes that follow it directly."""
        steps: list[Member | Index] = []
        while self.peek() in _STEP_SIGNS:
            if self.peek() == "[" and not isinstance(target, TypeName):
                self.position += 1
                with self.nested():
                    self.newlines()
                    key = self.expression()
                    self.newlines()
                if not self.take("]"):
                    self.unexpected()
                steps.append(Index(key or Literal(self.position, self.position, ""), self.position))
                continue
            dot = self.match(_MEMBER)
            if not dot:
                break
            static = dot[0] == "::"
            self.newlines()
            name = self._member_name()
            if name is None:
                break
            steps.append(Member(name, static, self._call_arguments(), self.position))
        whole = Access(target.start, self.position, target, steps) if steps else target
        stepped = self.peek() in ("+", "-") and self.match(_STEP)
        return Unary(target.start, self.position, ["++"], whole) if stepped else whole

    def _member_name(self) -> str | Node | None:
        word = self.match(_IDENTIFIER)
        if word:
            return word[0]
        if self.peek() == "(":
            return self.group("(")
        return self.string() or self.variable() or self.subexpression()

    def _call_arguments(self) -> list[Node] | None:
        start = self.position
        if self.take("("):
            return self.arguments("argument list", start)
        if self.peek() == "{":
            with self.nested():
                return [self.block()]
        return None

    def arguments(self, what: str, start: int) -> list[Node]:
        """Arguments up to the closing parenthesis, which is taken."""
        found: list[Node] = []
        with self.nested():
            while True:
                self.newlines()
                if self.take(")"):
                    return found
                if not self.peek():
                    self.unterminated(what, start)
                    return found
                if self.take(",") or self.take("="):  # Name = value in an attribute
                    continue
                argument = self.expression(commas=False)
                self.newlines()
                if argument is not None:
                    found.append(argument)
                if self.peek() and self.peek() not in ",)=" and not self.match(_IDENTIFIER):
                    self.unexpected()


class _Nesting:
    """One level of nesting of *parser*."""

    __slots__ = ("_parser",)

    def __init__(self, parser: OperandParser) -> None:
        self._parser = parser

    def __enter__(self) -> None:
        parser = self._parser
        if parser.depth >= MAX_NESTING:
            parser.problem(parser.position, f"nested too deeply on line {parser.place(parser.position)[0]}")
            raise TooDeep
        parser.depth += 1

    def __exit__(self, *_: object) -> None:
        self._parser.depth -= 1
