"""The statement half of the parser: control flow, functions, parameters.

It forgives: what it cannot read is recorded as a problem, and it goes on behind it.
"""

from __future__ import annotations

import re

from gk_hooks.analyzers.powershell.bodies import BodyParser
from gk_hooks.analyzers.powershell.scanner import TooDeep
from gk_hooks.analyzers.powershell.tree import Body, Branches, Function, Group, Leave, Loop, Node
from gk_hooks.model.regex import regex

_KEYWORD = regex(
    r"(if|while|for|foreach|switch|do|try|trap|function|filter|workflow|configuration|class|enum|param|begin|process|end"
    r"|clean|dynamicparam|inlinescript|parallel|sequence|return|throw|exit|break|continue|using|data)(?![\w.\\/:=-])",
    re.IGNORECASE,
)
_HEADED = frozenset({"if", "while", "for", "foreach", "switch"})
_BRACED = frozenset({"do", "try", "begin", "process", "end", "clean", "dynamicparam", "inlinescript"})
_NAME = regex(r"[^\s({;]+")
_LABEL = regex(r":\w+[ \t\r\n]+(?=(?:for|foreach|while|do|switch)\b)", re.IGNORECASE)
_ATTRIBUTE = regex(r"\[\s*[\w.]+\s*\(")
_WORD = regex(r"\w+")
_ENTRY = regex(r"[^\r\n;}]*")
_REST = regex(r"[^\r\n]*")
_SWITCH_OPTION = regex(r"-(?:regex|wildcard|exact|casesensitive|parallel|file)\b", re.IGNORECASE)


class Parser(BodyParser):
    """Parses a whole script."""

    def script(self) -> Body:
        """The tree of the whole text, as far as it can be read."""
        statements: list[Node] = []
        try:
            while self.position < len(self.text):
                statements += self.statements("")
                if self.peek():
                    self.unexpected()
        except TooDeep:
            pass
        return Body(0, len(self.text), self.parameters[0], statements)

    def statements(self, closer: str) -> list[Node]:
        found: list[Node] = []
        while True:
            self.newlines(semicolons=True)
            char = self.peek()
            if not char or char == closer or (char in ")}" and not closer):
                return found
            before = self.position
            statement = self.statement()
            if statement is not None:
                found.append(statement)
            self.blanks()
            if self.peek() == "&" and not self.starts("&&"):
                self.position += 1
            elif (
                self.peek() not in ("", "\r", "\n", ";", closer)
                and not (self.position > before and (statement is None or self._after_brace()))
            ) or self.position == before:
                self.unexpected()

    def _after_brace(self) -> bool:
        # one statement may follow another's closing brace directly
        return self.peek() != "|" and self.text[self.trimmed(self.position) - 1] == "}"

    def statement(self) -> Node | None:
        with self.nested():
            if self.peek() == ":":
                self.match(_LABEL)
            while self.peek() == "[" and _ATTRIBUTE.match(self.text, self.position):
                self.annotation()
                self.newlines()
            keyword = _KEYWORD.match(self.text, self.position)
            if keyword:
                start, self.position = self.position, keyword.end()
                word = keyword[1].lower()
                self.blanks()
                if self._is_statement(word):
                    return self._keyword(word, start)
                self.position = start
            return self.pipeline()

    def _is_statement(self, word: str) -> bool:
        if word in _HEADED:
            before = self.position
            self.newlines()
            found = self.peek() == "(" or (word in ("switch", "foreach") and self.peek() == "-")
            self.position = before
            return found
        if word in _BRACED:
            before = self.position
            self.newlines()
            found = self.peek() == "{"
            self.position = before
            return found
        return True

    def _keyword(self, word: str, start: int) -> Node | None:
        match word:
            case "if":
                return self._if(start)
            case "switch":
                return self._switch(start)
            case "while" | "for" | "foreach" | "do":
                return self._loop(word, start)
            case "try" | "trap":
                return self._try(word, start)
            case "function" | "filter" | "workflow" | "configuration":
                return self._function(start)
            case "class" | "enum":
                return self._class(start)
            case "param":
                self.param_block()
                return None
            case "return" | "throw" | "exit" | "break" | "continue":
                value = None if self._at_end() else self.pipeline()
                return Leave(start, self.position, word, value)
            case "using":
                self.match(_REST)
                return None
        self.newlines()
        while word == "data" and self.peek() not in ("{", ""):
            self.position += 1
        body = self.body("block")
        return Branches(start, self.position, [], [body], exhaustive=True)

    def _at_end(self) -> bool:
        return self.peek() in ("", "\r", "\n", ";", "}", ")", "|", "&")

    def _head(self) -> list[Node]:
        """``( … )`` of a statement, as its parts."""
        self.newlines()
        start = self.position
        if not self.take("("):
            return []
        with self.nested():
            parts = self.statements(")")
        if not self.take(")"):
            self.unterminated("parenthesis", start)
        return parts

    def _word_ahead(self, *words: str) -> str:
        """Takes one of *words* if it comes next, perhaps on another line."""
        before = self.position
        self.newlines()
        found = self.match(_WORD)
        if found and found[0].lower() in words:
            return found[0].lower()
        self.position = before
        return ""

    def _if(self, start: int) -> Node:
        subjects, bodies, exhaustive = self._head(), [self.body("if block")], False
        while True:
            word = self._word_ahead("elseif", "else")
            if word == "elseif":
                subjects += self._head()
            elif word == "else":
                exhaustive = True
            else:
                break
            bodies.append(self.body("else block"))
            if exhaustive:
                break
        return Branches(start, self.position, subjects, bodies, exhaustive)

    def _switch(self, start: int) -> Node:
        while self.match(_SWITCH_OPTION):
            self.blanks()
        subjects = self._head() if self.peek() == "(" else list(filter(None, [self.argument()]))
        self.newlines()
        opening, bodies, exhaustive = self.position, [], False
        if not self.take("{"):
            return Branches(start, self.position, subjects, [], exhaustive=False)
        with self.nested():
            while True:
                self.newlines(semicolons=True)
                if self.take("}"):
                    break
                if not self.peek():
                    self.unterminated("switch block", opening)
                    break
                before = self.position
                if self._word_ahead("default"):
                    exhaustive = True
                else:
                    pattern = self.primary() if self.peek() not in ("-",) else None
                    pattern = self.access(pattern) if pattern else self.bare_word()
                self.newlines()
                if self.peek() == "{":
                    bodies.append(self.body("switch clause"))
                elif self.position == before:
                    self.unexpected()
        return Branches(start, self.position, subjects, bodies, exhaustive)

    def _loop(self, word: str, start: int) -> Node:
        if word == "do":
            body = self.body("loop")
            heads = self._head() if self._word_ahead("while", "until") else []
            return Loop(start, self.position, body, heads)
        if word != "foreach":
            heads = self._head()
            return Loop(start, self.position, self.body("loop"), heads)
        while self.match(re.compile(r"-\w+\s*")):
            pass
        opening = self.position
        self.take("(")
        self.newlines()
        variable = self.variable()
        source = None
        if self._word_ahead("in"):
            self.newlines()
            source = self.pipeline()
        self.newlines()
        if not self.take(")"):
            self.unterminated("parenthesis", opening) if not self.peek() else self.unexpected()
        return Loop(start, self.position, self.body("loop"), [], variable.name if variable else "", source)

    def _try(self, word: str, start: int) -> Node:
        self._types()
        bodies, after = [self.body(f"{word} block")], None
        while word == "try" and self._word_ahead("catch"):
            self._types()
            bodies.append(self.body("catch block"))
        if self._word_ahead("finally"):
            after = self.body("finally block")
        return Branches(start, self.position, [], bodies, exhaustive=False, after=after)

    def _types(self) -> None:
        self.newlines()
        while self.match(re.compile(r"\[[^\]\r\n]*\]\s*,?")):
            self.newlines()

    def _function(self, start: int) -> Node:
        found = self.match(_NAME)
        name = (found[0] if found else "").lower().rpartition(":")[2]
        self.newlines()
        parameters = self.parameter_list() if self.peek() == "(" else []
        body = self.body(f"function {name}")
        body.parameters = parameters + body.parameters
        return Function(start, self.position, name, body)

    def _class(self, start: int) -> Node:
        while self.peek() not in ("{", ""):
            self.position += 1
        opening, members = self.position, list[Node]()
        self.take("{")
        with self.nested():
            while True:
                self.newlines(semicolons=True)
                if self.take("}"):
                    break
                if not self.peek():
                    self.unterminated("class", opening)
                    break
                member = self._member_definition()
                members += [member] if member else []
        return Group(start, self.position, "class", members)

    def _member_definition(self) -> Node | None:
        start = self.position
        if self.peek() == "[":
            self.annotation()
            return None
        if self.peek() == "$":
            return self.statement()
        word = self.match(_WORD)
        self.newlines()
        if not word:
            self.unexpected()
            return None
        if self.peek() == "=":  # an entry of an enum
            self.match(_ENTRY)
            return None
        if self.peek() != "(":
            return None
        parameters = self.parameter_list()
        self.newlines()
        if self.take(":"):
            self._word_ahead("base")
            self._head()
        body = self.body(f"method {word[0]}")
        body.parameters = parameters
        return Function(start, self.position, "::" + word[0].lower(), body)
