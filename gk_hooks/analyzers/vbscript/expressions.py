"""VBScript expressions, read and folded in one go; every call in them goes to the interpreter."""

from __future__ import annotations

from typing import Protocol

from gk_hooks.analyzers.vbscript.lexer import Sort, Statement, Token
from gk_hooks.analyzers.vbscript.values import NOTHING, Value, concatenated, number_of, of_number, of_text
from gk_hooks.model.values import HOLE, Text

MAX_NESTING = 60
_COMPARING = frozenset("and or xor eqv imp is like not = <> < > <= >= =< =>".split())
_STOPS = frozenset("then else to step".split())
_NO_ARGUMENT = _STOPS | frozenset("= . , ) (".split())


class Machine(Protocol):
    """What expressions ask the interpreter for. *span*: the tokens of the whole call, for its place."""

    def named(self, name: str, arguments: list[Value] | None, span: tuple[int, int]) -> Value: ...

    def member(self, receiver: Value, name: str, arguments: list[Value] | None, span: tuple[int, int]) -> Value: ...

    def indexed(self, value: Value, arguments: list[Value], span: tuple[int, int]) -> Value: ...

    def subject(self) -> Value: ...

    def created(self, name: str) -> Value: ...


class Reader:
    """Reads expressions from one statement, token by token."""

    def __init__(self, tokens: Statement, machine: Machine, at: int = 0) -> None:
        self.tokens, self.machine, self.at = tokens, machine, at
        self.depth = 0

    def peek(self) -> str:
        """The next sign or name in lower case, "" at the end or before a literal."""
        return self.tokens[self.at].lower if self.at < len(self.tokens) else ""

    @property
    def done(self) -> bool:
        """Whether all tokens are read."""
        return self.at >= len(self.tokens)

    def take(self, sign: str) -> bool:
        """Steps over *sign* when it is next."""
        if self.peek() == sign:
            self.at += 1
            return True
        return False

    def expression(self) -> Value:
        """One expression; comparisons are not decided."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.at = len(self.tokens)
            self.depth -= 1
            return NOTHING
        value = self._concatenation()
        while (sign := self.peek()) in _COMPARING and not self.done:
            self.at += 1
            other = self._concatenation()
            value = _bits(sign, value, other)
        self.depth -= 1
        return value

    def arguments(self, closing: str = "") -> list[Value]:
        """The arguments up to *closing*, or up to the end of the statement; a missing one is unknown."""
        found: list[Value] = []
        while not self.done and not (closing and self.peek() == closing):
            if self.peek() in _STOPS:
                break
            if self.take(","):
                found.append(NOTHING)
                continue
            before = self.at
            found.append(self.expression())
            if not self.take(",") and not (closing and self.peek() == closing):
                self.at = max(self.at, before + 1)
                if not closing:
                    break
        if closing:
            self.take(closing)
        return found

    def _concatenation(self) -> Value:
        parts = [self._sum()]
        while self.take("&"):
            parts.append(self._sum())
        return parts[0] if len(parts) == 1 else of_text(concatenated([part.text for part in parts]))

    def _sum(self) -> Value:
        value = self._product()
        parts = [value]
        while self.peek() in ("+", "-"):
            sign = self.peek()
            self.at += 1
            other = self._product()
            left, right = value.number, other.number
            if left is not None and right is not None:
                value = of_number(left + right if sign == "+" else left - right)
                parts = [value]
            elif sign == "+":
                parts.append(other)
                value = Value(Text.of(""))
            else:
                parts = [NOTHING]
                value = NOTHING
        return parts[0] if len(parts) == 1 else of_text(concatenated([part.text for part in parts]))

    def _product(self) -> Value:
        value = self._unary()
        while (sign := self.peek()) in ("*", "/", "\\", "mod", "^"):
            self.at += 1
            value = _arithmetic(sign, value, self._unary())
        return value

    def _unary(self) -> Value:
        negative = False
        while self.peek() in ("-", "+", "not"):
            negative ^= self.peek() == "-"
            self.at += 1
        value = self.primary()
        if negative:
            return of_number(-value.number) if value.number is not None else NOTHING
        return value

    def primary(self, *, statement: bool = False) -> Value:
        """A literal, a name or a parenthesis with all calls and members behind it.

        *statement*: arguments of the last call may stand without parentheses.
        """
        if self.done:
            return NOTHING
        start, token = self.at, self.tokens[self.at]
        if token.lower == ".":
            value = self.machine.subject()
        elif token.lower == "(":
            self.at += 1
            value = self.expression()
            self.take(")")
        elif token.lower == "new" and self.at + 1 < len(self.tokens):
            value = self.machine.created(self.tokens[self.at + 1].value)
            self.at += 2
        elif token.sort is Sort.NAME:
            if token.lower in _STOPS:
                return NOTHING
            self.at += 1
            value = self.machine.named(token.value, self._call_arguments(statement), (start, self.at))
        else:
            self.at += 1
            return _literal(token)
        return self._postfix(value, start, statement)

    def _postfix(self, value: Value, start: int, statement: bool) -> Value:
        while not self.done:
            if self.peek() == "." and self.at + 1 < len(self.tokens) and self.tokens[self.at + 1].sort is Sort.NAME:
                name = self.tokens[self.at + 1].value
                self.at += 2
                value = self.machine.member(value, name, self._call_arguments(statement), (start, self.at))
            elif self.peek() == "(":
                self.at += 1
                value = self.machine.indexed(value, self._inside(), (start, self.at))
            else:
                break
        return value

    def _inside(self) -> list[Value]:
        self.depth += 1
        found = self.arguments(")") if self.depth <= MAX_NESTING else []
        if self.depth > MAX_NESTING:
            self.at = len(self.tokens)
        self.depth -= 1
        return found

    def _call_arguments(self, statement: bool) -> list[Value] | None:
        """None when there are no arguments at all, which a variable or a property has not."""
        if self.peek() == "(" and not (statement and self._parenthesis_is_argument()):
            self.at += 1
            return self._inside()
        if statement and not self.done and self.peek() not in _NO_ARGUMENT:
            return self.arguments()
        if statement and self.peek() == "(":
            return self.arguments()
        return None

    def _parenthesis_is_argument(self) -> bool:
        depth = 0
        for at in range(self.at, len(self.tokens)):
            sign = self.tokens[at].lower
            depth += (sign == "(") - (sign == ")")
            if not depth:
                return at + 1 < len(self.tokens) and self.tokens[at + 1].lower not in (".", "=", "(")
        return False


def _literal(token: Token) -> Value:
    if token.sort is Sort.STRING:
        # code that was put together by another analyzer may hold a hole
        return of_text(Text.template(token.value))
    if token.sort is Sort.NUMBER:
        return of_number(int(token.value)) if token.value.isdecimal() and len(token.value) < 19 else NOTHING
    return of_text(Text.template(HOLE))


def _bits(sign: str, one: Value, other: Value) -> Value:
    left, right = number_of(one), number_of(other)
    if left is None or right is None:
        return NOTHING
    match sign:
        case "xor":
            return of_number(left ^ right)
        case "and":
            return of_number(left & right)
        case "or":
            return of_number(left | right)
    return NOTHING


def _arithmetic(sign: str, one: Value, other: Value) -> Value:
    left, right = number_of(one), number_of(other)
    if left is None or right is None or abs(left) > 1 << 62 or abs(right) > 1 << 62:
        return NOTHING
    match sign:
        case "*":
            return of_number(left * right)
        case "/" if right and left % right == 0:
            return of_number(left // right)
        case "\\" if right:
            return of_number(int(left / right))
        case "mod" if right:
            return of_number(left - right * int(left / right))
        case "^" if 0 <= right <= 62 and abs(left) <= 1 << 16:
            return of_number(left**right)
    return NOTHING
