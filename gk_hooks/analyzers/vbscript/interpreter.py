"""Runs a VBScript's statements on what is known of its values, and collects what they do.

Both ways of an ``If`` are taken and a value set in one of them is only possible. A loop over constants is run through,
any other once. Procedures run where they are called, with what the call hands over; uncalled ones with nothing known.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable

from gk_hooks.analyzers.context import Context
from gk_hooks.analyzers.vbscript import blocks, builtins, objects
from gk_hooks.analyzers.vbscript.blocks import Procedure
from gk_hooks.analyzers.vbscript.expressions import Reader
from gk_hooks.analyzers.vbscript.lexer import Sort, Statement, read
from gk_hooks.analyzers.vbscript.values import EMPTY, NOTHING, Value, either, number_of, of_number, of_thing
from gk_hooks.model.effects import Effect, Site, Unparsed
from gk_hooks.model.records import dataclass, field
from gk_hooks.model.values import Step

MAX_CALLS = 6
MAX_TURNS = 4096
"""Turns of loops over constants, in all loops of a text together."""
MAX_RESULTS = 256
"""Calls with different arguments that are run; beyond them a procedure's value is not known."""
_EXECUTES = {"execute": "Execute", "executeglobal": "ExecuteGlobal"}
_MODIFIERS = frozenset(("public", "private", "default"))
_IGNORED = frozenset("option on exit randomize erase class resume goto stop".split())


@dataclass(slots=True)
class Scope:
    """The variables of a procedure that is running, or of the script."""

    values: dict[str, Value] = field(default_factory=dict)
    conditional: int = 0


class Interpreter:
    """One run over one text."""

    def __init__(self, text: str, context: Context) -> None:
        self.text, self.context = text, context
        self.lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self.code, self.unclosed = read(text, context.budget)
        self.procedures: dict[str, Procedure] = blocks.procedures(self.code)
        self.bodies = {procedure.start: procedure.end for procedure in self.procedures.values()}
        self.ends = blocks.loop_ends(self.code)
        self.script = Scope()
        self.scopes = [self.script]
        self.subjects: list[Value] = []
        self.statement: Statement = []
        self.effects: dict[Effect, None] = {}
        self.uncalled = dict(self.procedures)
        self.turns = MAX_TURNS
        self.target = ""
        self.results: dict[tuple[str, tuple[Value, ...]], Value] = {}

    def run(self) -> None:
        """Runs the script, then what nothing called."""
        if self.unclosed is not None:
            (line, column), end = self._place(self.unclosed), self.text.find("\n", self.unclosed)
            source = self.text[self.unclosed : end if end >= 0 else None]
            site = self.context.site(line, column, line, column + len(source), "", source)
            self.emit([Unparsed(site, "a string is not closed on its line", lasting=True)])
        self.block(0, len(self.code))
        while self.uncalled:
            name = next(iter(self.uncalled))
            self.call(self.uncalled.pop(name), [])

    def emit(self, effects: Iterable[Effect]) -> None:
        """Records effects, each once."""
        for effect in effects:
            self.effects.setdefault(effect)

    def site(self, callee: str, span: tuple[int, int], guess: bool = False) -> Site:
        """The place of the tokens *span* of the statement that is running."""
        tokens = self.statement[span[0] : max(span[1], span[0] + 1)] or self.statement[-1:]
        start, end = tokens[0].start, tokens[-1].end
        (line, column), (end_line, end_column) = self._place(start), self._place(end)
        source = self.text[start : min(end, start + 2000)]
        return self.context.site(line, column, end_line, end_column, callee, source, guess)

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect.bisect_right(self.lines, offset)
        return line, offset - self.lines[line - 1] + 1

    # statements

    def block(self, start: int, end: int) -> None:
        """Runs the statements from *start* to *end*, outside of procedures."""
        at = start
        while at < end:
            self.context.budget.spend()
            jump = self.ends.get(at)
            if at in self.bodies:
                at = self.bodies[at] + 1
            elif jump is not None and jump < end:
                self._loop(at, jump)
                at = jump + 1
            else:
                self.run_statement(self.code[at])
                at += 1

    def run_statement(self, tokens: Statement, at: int = 0) -> None:
        """Runs one statement, from its token *at* on."""
        outer, self.statement = self.statement, tokens
        word = tokens[at].lower if at < len(tokens) else ""
        while word in _MODIFIERS and at + 1 < len(tokens):
            at += 1
            word = tokens[at].lower
        if not self._structure(tokens, at, word):
            self._action(tokens, at, word)
        self.statement = outer

    def _structure(self, tokens: Statement, at: int, word: str) -> bool:
        scope, reader = self.scopes[-1], Reader(tokens, self, at + 1)
        if word in ("if", "elseif"):
            self._if(tokens, reader, word == "if")
        elif word == "else":
            if len(tokens) > at + 1:
                self.run_statement(tokens, at + 1)
        elif word in ("select", "do", "while", "for"):
            scope.conditional += 1
            reader.at += reader.peek() in ("case", "while", "until", "each")
            reader.expression()
        elif word == "end":
            if reader.peek() in ("if", "select"):
                scope.conditional = max(scope.conditional - 1, 0)
            elif reader.peek() == "with" and self.subjects:
                self.subjects.pop()
        elif word in ("loop", "wend", "next"):
            scope.conditional = max(scope.conditional - 1, 0)
        elif word == "with":
            self.subjects.append(reader.expression())
        elif word == "case":
            reader.arguments()
        elif word not in _IGNORED:
            return False
        return True

    def _if(self, tokens: Statement, reader: Reader, opens: bool) -> None:
        reader.expression()
        while not reader.done and not reader.take("then"):
            reader.at += 1
        scope = self.scopes[-1]
        if reader.done:
            scope.conditional += opens
            return
        scope.conditional += 1
        self.context.budget.spend(len(tokens) // 8)
        parts: list[Statement] = [[]]
        depth = 0
        for token in tokens[reader.at :]:
            depth += (token.lower == "(") - (token.lower == ")")
            if token.lower == "else" and not depth:
                parts.append([])
            else:
                parts[-1].append(token)
        for part in parts:
            if part:
                self.run_statement(part)
        scope.conditional -= 1

    def _action(self, tokens: Statement, at: int, word: str) -> None:
        if word in ("dim", "redim"):
            for token in tokens[at + 1 :]:
                if token.sort is Sort.NAME:
                    self.scopes[-1].values.setdefault(token.lower, EMPTY)
        elif word in _EXECUTES and not self._is_assignment(tokens, at):
            reader = Reader(tokens, self, at + 1)
            code = reader.expression()
            objects.runs_code(self, code.text, (at, reader.at), _EXECUTES[word])
        else:
            at += word in ("set", "const", "let", "call")
            self._assign_or_call(tokens, at)

    @staticmethod
    def _is_assignment(tokens: Statement, at: int) -> bool:
        return at + 1 < len(tokens) and tokens[at + 1].lower in ("=", ".")

    def _assign_or_call(self, tokens: Statement, at: int) -> None:
        target = blocks.target(tokens, at)
        if target is None:
            reader = Reader(tokens, self, at)
            reader.primary(statement=True)
            while reader.take(","):  # Const a = 1, b = 2 and arguments behind a parenthesis
                before = reader.at
                reader.expression()
                reader.at = max(reader.at, before + 1)
            return
        reader = Reader(tokens, self, target.equals + 1)
        self.target = tokens[at].lower
        value = reader.expression()
        self.target = ""
        if tokens[at].lower == "." and target.owner_end == at:
            owner = self.subject()
        elif target.owner_end == at:
            self.assign(tokens[at].value, value, indexed=target.equals > at + 1)
            if reader.take(",") and reader.at < len(tokens):
                self._assign_or_call(tokens, reader.at)
            return
        else:
            owner = Reader(tokens[: target.owner_end], self, at).primary()
        keys: list[Value] = []
        if target.owner_end + 2 < target.equals:
            keys = Reader(tokens[: target.equals], self, target.owner_end + 3).arguments(")")
        objects.assigned(self, owner, tokens[target.owner_end + 1].value, keys, value, (at, reader.at))

    def assign(self, name: str, value: Value, *, indexed: bool = False) -> None:
        """*name* takes *value*; an element of an array changes what is known of the whole."""
        key = name.lower()
        scope = self.scopes[-1] if key in self.scopes[-1].values or key not in self.script.values else self.script
        if indexed:
            scope.values[key] = Value(value.text.join(NOTHING.text), None, None, value.thing)
            return
        if value.thing is None and not value.text.is_unknown:
            line = self._place(self.statement[0].start)[0]
            shown = value.text.shown()[:80].replace("\n", " ")
            value = Value(value.text.through(Step(line, f"{name} = {shown}")), value.number, value.items)
        if self.scopes[-1].conditional:
            unset = EMPTY if len(self.scopes) == 1 else NOTHING
            value = either(scope.values.get(key, unset), value)
        scope.values[key] = value
        self.context.budget.spend(len(value.text.options[0]) // 2000)

    # loops and calls

    def _loop(self, start: int, end: int) -> None:
        tokens = self.statement = self.code[start]
        each = tokens[1].lower == "each"
        name = tokens[2 if each else 1].lower
        values = self._turns(tokens, each)
        scope = self.scopes[-1]
        if values is None or len(values) > self.turns:
            scope.conditional += 1
            scope.values[name] = NOTHING
            self.block(start + 1, end)
            scope.conditional -= 1
            return
        self.turns -= len(values)
        for value in values:
            scope.values[name] = value
            self.block(start + 1, end)

    def _turns(self, tokens: Statement, each: bool) -> list[Value] | None:
        """The values that the variable of a ``For`` takes, when they are known."""
        reader = Reader(tokens, self, 4 if each else 3)
        first = reader.expression()
        if each:
            return list(first.items) if first.items is not None else None
        last = reader.expression() if reader.take("to") else NOTHING
        step = reader.expression() if reader.take("step") else of_number(1)
        low, high, by = number_of(first), number_of(last), number_of(step)
        if low is None or high is None or not by or abs(high - low) // abs(by) > MAX_TURNS:
            return None
        return [of_number(number) for number in range(low, high + (1 if by > 0 else -1), by)]

    def call(self, procedure: Procedure, arguments: list[Value]) -> Value:
        """Runs a procedure with *arguments*; its value is what it assigned to its own name."""
        self.uncalled.pop(procedure.name, None)
        key = (procedure.name, tuple(arguments))
        if key in self.results or len(self.results) >= MAX_RESULTS or len(self.scopes) > MAX_CALLS:
            return self.results.get(key, NOTHING)
        self.results[key] = NOTHING
        scope = Scope()
        for index, name in enumerate(procedure.parameters):
            scope.values[name] = arguments[index] if index < len(arguments) else NOTHING
        scope.values[procedure.name] = EMPTY
        outer, subjects = self.statement, self.subjects
        self.subjects = []
        self.scopes.append(scope)
        self.block(procedure.start + 1, procedure.end)
        self.scopes.pop()
        self.statement, self.subjects = outer, subjects
        self.results[key] = scope.values[procedure.name]
        return self.results[key]

    # what expressions ask for

    def named(self, name: str, arguments: list[Value] | None, span: tuple[int, int]) -> Value:
        """A variable, a constant, or a call of a procedure or function by its bare name."""
        key = name.lower()
        scope = self.scopes[-1]
        for values in (scope.values, self.script.values):
            if key in values and not (arguments is not None and key in self.procedures):
                value = values[key]
                return value if arguments is None else self.indexed(value, arguments, span)
        if key in self.procedures:
            return self.call(self.procedures[key], arguments or [])
        if key == self.target and arguments is None:
            return EMPTY  # s = s & "…" where nothing was assigned before
        known = builtins.constant(key) if arguments is None else None
        if known is not None:
            return known
        if key in builtins.FUNCTIONS and arguments is not None:
            self.context.budget.spend(sum(len(value.text.options[0]) for value in arguments) // 2000)
            return builtins.FUNCTIONS[key](arguments)
        return objects.global_call(self, name, arguments, span)

    def member(self, receiver: Value, name: str, arguments: list[Value] | None, span: tuple[int, int]) -> Value:
        """``receiver.name`` or ``receiver.name(arguments)``."""
        if receiver.thing is not None and receiver.thing.kind == "class" and name.lower() in self.procedures:
            return self.call(self.procedures[name.lower()], arguments or [])
        return objects.member(self, receiver, name, arguments, span)

    def indexed(self, value: Value, arguments: list[Value], span: tuple[int, int]) -> Value:
        """An element of an array, or an object's default member."""
        if value.items is not None:
            number = number_of(arguments[0]) if arguments else None
            return value.items[number] if number is not None and 0 <= number < len(value.items) else NOTHING
        if value.thing is not None:
            return objects.member(self, value, "item", arguments, span)
        return NOTHING

    def subject(self) -> Value:
        """The object of the innermost ``With``."""
        return self.subjects[-1] if self.subjects else NOTHING

    def created(self, name: str) -> Value:
        """``New name``."""
        return of_thing("class", name)
