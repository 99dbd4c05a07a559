"""The expression half of the parser: operators, casts and lists."""

from __future__ import annotations

import re

from gk_hooks.analyzers.powershell.operands import OperandParser
from gk_hooks.analyzers.powershell.scanner import DASH, DOUBLE, SINGLE
from gk_hooks.analyzers.powershell.tree import Cast, Chain, Choice, Listing, Node, Numbers, TypeName, Unary
from gk_hooks.model.regex import regex

_ONE_NUMBER = r"(?:0x[0-9a-f]{1,16}|\d{1,18})"
_NUMBERS = regex(rf"{_ONE_NUMBER}(?:\s*,\s*{_ONE_NUMBER}){{7,}}(?![\w.])", re.IGNORECASE)
_WORD_OPERATOR = regex(
    rf"[{DASH}]([ic]?(?:eq|ne|gt|ge|lt|le|like|notlike|match|notmatch|contains|notcontains|in|notin|replace|split)"
    r"|join|f|is|isnot|as|and|or|xor|band|bor|bxor|shl|shr)(?![\w])",
    re.IGNORECASE,
)
_UNARY_WORD = regex(rf"[{DASH}](not|bnot|join|[ic]?split)(?![\w])", re.IGNORECASE)
_SYMBOL = regex(rf"(\.\.|[+*/%](?!=)|[{DASH}](?![={DASH}]))")
_REDIRECTION = regex(r"[1-6*]?>")
_OPERATOR_SIGNS = frozenset(DASH + ".+*/%123456>")
_PREFIX_SIGNS = frozenset(DASH + "+!,")
_PLAIN = r"[^\[\]\r\n'\"$(){};=|]"
_ARRAY = rf"\[{_PLAIN}*+\]"
_GENERIC = rf"\[(?:{_PLAIN}|\[(?:{_PLAIN}|{_ARRAY})*+\])*+\]"
TYPE_NAME = regex(rf"\[\s*+([A-Za-z_][\w.+`]*+(?:{_GENERIC})*+)\s*+\]")
_LEVELS = {"..": 7, "f": 6, "*": 5, "/": 5, "%": 5, "+": 4, "-": 4, "band": 2, "bor": 2, "bxor": 2}
_COMPARISON = 3


class ExpressionParser(OperandParser):
    """Parses expressions; statements inside them are the business of the class below it."""

    def expression(self, commas: bool = True) -> Node | None:
        """The expression at the position, or None when there is none."""
        first = self.unary(commas)
        if first is None:
            return None
        operands, operators = [first], []
        while True:
            self.blanks()
            operator = self._operator()
            if not operator:
                break
            self.newlines()
            operand = self.unary(commas)
            if operand is None:
                break
            operators.append(operator)
            operands.append(operand)
        whole = _grouped(operands, operators)
        return self._choice(whole, commas)

    def _operator(self) -> str:
        if self.peek() not in _OPERATOR_SIGNS:
            return ""
        if _REDIRECTION.match(self.text, self.position):
            return ""
        word = self.match(_WORD_OPERATOR)
        if word:
            name = word[1].lower()
            return name if name in _LEVELS or name in ("in", "is", "isnot", "as", "join") else name.lstrip("ic") or name
        symbol = self.match(_SYMBOL)
        return ("-" if symbol[1] in DASH else symbol[1]) if symbol else ""

    def _choice(self, condition: Node, commas: bool) -> Node:
        if self.peek() != "?":
            return condition
        options: list[Node] = []
        if self.starts("??") and not self.starts("??="):
            self.position += 2
            options = [condition]
        elif self.peek(1) in " \t(\"'$":
            self.position += 1
        else:
            return condition
        with self.nested():
            self.newlines()
            options += filter(None, [self.expression(commas)])
            self.newlines()
            if self.peek() == ":" and len(options) == 1:
                self.position += 1
                self.newlines()
                options += filter(None, [self.expression(commas)])
        return Choice(condition.start, self.position, condition, options)

    def unary(self, commas: bool) -> Node | None:
        """Prefix operators and what they apply to, with commas unless they separate arguments."""
        start, operators = self.position, []
        while self.peek() in _PREFIX_SIGNS:
            word = self.match(_UNARY_WORD)
            if word:
                operators.append(word[1].lower().lstrip("ic") if "split" in word[1].lower() else word[1].lower())
            elif self.starts("++", "--"):
                operators.append("++")
                self.position += 2
            elif self.peek() == "!" or (self.peek() and self.peek() in "+" + DASH and not self._dashed_word()):
                operators.append("-" if self.peek() in DASH else self.peek())
                self.position += 1
            elif self.peek() == "," and commas:
                operators.append(",")
                self.position += 1
                self.newlines()
            else:
                break
            self.blanks()
        operand = self._list() if commas else self._item()
        if operand is None or not operators:
            return operand
        return Unary(start, self.position, operators, operand)

    def _dashed_word(self) -> bool:
        return self.peek(1).isalpha() or not self.peek(1)

    def _list(self) -> Node | None:
        numbers = _NUMBERS.match(self.text, self.position) if self.peek().isdigit() else None
        if numbers:
            start, self.position = self.position, numbers.end()
            return Numbers(
                start, self.position, tuple(int(n, 0) if "x" in n.lower() else int(n) for n in _split(numbers[0]))
            )
        first = self._item()
        if first is None:
            return None
        items = [first]
        while True:
            before = self.position
            self.blanks()
            if not self.take(","):
                self.position = before
                break
            self.newlines()
            item = self._item(signed=True)
            if item is None:
                break
            items.append(item)
        return first if len(items) == 1 else Listing(first.start, self.position, items)

    def _item(self, signed: bool = False) -> Node | None:
        start = self.position
        if signed and self.peek() and self.peek() in DASH + "+" and not self._dashed_word():
            self.position += 1
            operand = self._item()
            return operand and Unary(start, self.position, ["-"], operand)
        if self.peek() == "[":
            return self._type_or_cast()
        target = self.primary()
        return target and self.access(target)

    def _type_or_cast(self) -> Node | None:
        start = self.position
        found = self.match(TYPE_NAME)
        if not found:
            return None
        name = "".join(found[1].lower().split())
        plain = TypeName(start, self.position, name)
        if self.starts("::", "."):
            return self.access(plain)
        before = self.position
        self.newlines()
        with self.nested():
            operand = self.unary(False) if self.peek() and self.peek() in "$(@[{!" + SINGLE + DOUBLE + DASH else None
            if operand is None and self.peek().isdigit():
                operand = self._item()
        if operand is None:
            self.position = before
            return plain
        return Cast(start, self.position, name, operand)


def _split(numbers: str) -> list[str]:
    return numbers.replace(",", " ").split()


def _grouped(operands: list[Node], operators: list[str]) -> Node:
    """The operands as a tree, by precedence; operators of one level stay one chain."""
    values = [operands[0]]
    pending: list[tuple[int, str]] = []
    for operator, operand in zip(operators, operands[1:], strict=True):
        level = _LEVELS.get(operator, _COMPARISON)
        while pending and pending[-1][0] > level:
            _fold(values, pending)
        if pending and pending[-1][0] == level:
            _fold(values, pending)
        pending.append((level, operator))
        values.append(operand)
    while pending:
        _fold(values, pending)
    return values[0]


def _fold(values: list[Node], pending: list[tuple[int, str]]) -> None:
    right, (level, operator) = values.pop(), pending.pop()
    left = values.pop()
    if isinstance(left, Chain) and _LEVELS.get(left.rest[-1][0], _COMPARISON) == level:
        left.rest.append((operator, right))
        left.end = right.end
        values.append(left)
    else:
        values.append(Chain(left.start, right.end, left, [(operator, right)]))
