"""Pipelines, assignments and command lines."""

from __future__ import annotations

import re

from gk_hooks.analyzers.powershell.expressions import ExpressionParser
from gk_hooks.analyzers.powershell.scanner import DASH, DOUBLE, SINGLE
from gk_hooks.analyzers.powershell.tree import (
    Assign,
    Command,
    Expand,
    Listing,
    Literal,
    Node,
    Parameter,
    Pipeline,
    Redirection,
    Value,
)
from gk_hooks.model.regex import regex

_ASSIGNMENT = regex(r"(\?\?|[+*/%\-])?=(?!=)")
_PARAMETER = regex(rf"[{DASH}]([A-Za-z_?][\w?]*)(:(?!:)|(?=[\s;|&(){{}},<>]|\Z))")
_STREAM_SIGNS = frozenset("123456*<>")
_STREAM = regex(r"[1-6*]?>>?(&[1-6])?|<")
_SIMPLE_VARIABLE = regex(
    r"(?:\$(?:(?:\w+:(?!:))?[\w?]+|[$^?])|\$\{[^{}]{1,250}\})((?:\.\w+)*)([\[(.:]?)(?=([^\s;|&(){},<>\"']?))"
)
_REST = regex(r"[^\r\n]*")


class PipelineParser(ExpressionParser):
    """Parses pipelines and assignments; statements are the business of the class below it."""

    def pipeline(self) -> Node | None:
        start = self.position
        first = self._element()
        if first is None:
            return None
        if isinstance(first, Value) and not first.redirections:
            self.blanks()
            operator = self.match(_ASSIGNMENT)
            if operator:
                self.newlines()
                value = self.statement()
                end = Literal(self.position, self.position, "")
                return Assign(start, self.position, first.expression, operator[0], value or end)
        elements = [first]
        while True:
            before = self.position
            self.blanks()
            if self.starts("||", "&&"):
                self.position += 2
            elif not self.take("|"):
                # PowerShell 7 lets a line begin with the bar
                self.newlines()
                if not (self.peek() == "|" and self.peek(1) != "|"):
                    self.position = before
                    break
                self.position += 1
            self.newlines()
            element = self._element()
            if element is None:
                break
            elements.append(element)
        if len(elements) == 1 and isinstance(first, Value) and not first.redirections:
            return first.expression
        return Pipeline(start, self.position, elements)

    def _element(self) -> Command | Value | None:
        start, char = self.position, self.peek()
        if (char == "&" and not self.starts("&&")) or (
            char == "." and self.peek(1) and self.peek(1) in " \t$({&" + SINGLE + DOUBLE
        ):
            self.position += 1
            self.blanks()
            name = self.argument(name=True)
            return self._command(start, char, name) if name else None
        if self._begins_expression():
            expression = self.expression()
            if expression is not None:
                return self._with_redirections(expression)
            self.position = start
        name = self.bare_word()
        return self._command(start, "", name) if name else None

    def _begins_expression(self) -> bool:
        char = self.peek()
        if not char:
            return False
        if char.isdigit() or (char == "." and self.peek(1).isdigit()):
            start = self.position
            number = self.number()
            follows, self.position = self.peek(), start
            return number is not None and (not follows or follows in " \t\r\n;|)},.+-*/%[&")
        if char in DASH:
            after = self.peek(1)
            return bool(after) and (after in "$(0123456789." + DASH or self._unary_word_ahead())
        return char in "$@([{!,+" or char in SINGLE or char in DOUBLE

    def _unary_word_ahead(self) -> bool:
        return (
            re.compile(rf"[{DASH}](?:not|bnot|join|[ic]?split)(?![\w])", re.I).match(self.text, self.position)
            is not None
        )

    def _with_redirections(self, expression: Node) -> Value:
        value = Value(expression.start, expression.end, expression)
        while True:
            self.blanks()
            redirection = self._redirection()
            if not redirection:
                return value
            value.redirections.append(redirection)

    def _redirection(self) -> Redirection | None:
        if self.peek() not in _STREAM_SIGNS:
            return None
        start = self.position
        found = self.match(_STREAM)
        if not found:
            return None
        if found[1] or found[0] == "<":
            return Redirection(start, self.position, None)
        self.blanks()
        target = self.argument()
        return Redirection(start, self.position, target)

    def _command(self, start: int, operator: str, name: Node) -> Command:
        command = Command(start, self.position, operator, name, [])
        while True:
            self.blanks()
            char = self.peek()
            if not char or char in "\r\n;|)}&":
                break
            redirection = self._redirection()
            if redirection:
                command.redirections.append(redirection)
                command.end = self.position
                continue
            if char == "-" and self.starts("--% ", "--%\t"):
                self.position += 4
                rest = self.match(_REST)
                command.elements += _verbatim(self.position, rest[0] if rest else "")
                command.end = self.position
                break
            element = (self._parameter() if char in DASH else None) or self._arguments_list()
            if element is None:
                break
            command.elements.append(element)
            command.end = self.position
        return command

    def trimmed(self, end: int) -> int:
        while end and self.text[end - 1] in " \t":
            end -= 1
        return end

    def _parameter(self) -> Node | None:
        start = self.position
        found = self.match(_PARAMETER)
        if not found:
            return None
        value = None
        if found[2]:
            self.blanks()
            value = self._arguments_list()
        return Parameter(start, self.position, found[1], value)

    def _arguments_list(self) -> Node | None:
        first = self.argument()
        if first is None:
            if self.take(","):
                return Literal(self.position - 1, self.position, ",", bare=True)
            return None
        items = [first]
        while True:
            before = self.position
            self.blanks()
            if not self.take(","):
                self.position = before
                break
            self.newlines()
            item = self.argument()
            if item is None:
                break
            items.append(item)
        return first if len(items) == 1 else Listing(first.start, self.position, items)

    def argument(self, name: bool = False) -> Node | None:
        """One argument of a command line (or, after ``&`` and ``.``, its *name*)."""
        char = self.peek()
        if char and (char in SINGLE or char in DOUBLE):
            string = self.string()
            return self.access(string) if string and not name else string
        if char in ("(", "{") or self.starts("@(", "@{", "@'", '@"'):
            target = self.primary()
            return self.access(target) if target and char != "{" else target
        if char == "@":
            return self.primary() or self.bare_word()
        if char == "$" and self._is_plain_variable():
            target = self.primary()
            return self.access(target) if target else self.bare_word()
        word = self.bare_word()
        if isinstance(word, Expand) and len(word.parts) == 1 and isinstance(word.parts[0], Node):
            return word.parts[0]
        return word

    def _is_plain_variable(self) -> bool:
        """Whether a variable stands for itself here (``$x``, ``$x.y``, ``$x[0]``) and not as part of a bare word."""
        found = _SIMPLE_VARIABLE.match(self.text, self.position)
        if not found:
            return False
        if found[2]:
            return found[2] != "." or found[3] in ("$", "(")
        return not found[3]


def _verbatim(offset: int, line: str) -> list[Node]:
    return [Literal(offset, offset, word, bare=True) for word in line.split()]
