"""Walks the tree from top to bottom, keeps what variables may hold, and collects the effects of what it meets.

Every branch is read; a loop body is read once, with whatever it assigns loosened before. Function bodies are read after
the script, when all visible calls are known; a call that needs a result reads the body silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from gk_hooks.analyzers.context import Context
from gk_hooks.analyzers.powershell import tree
from gk_hooks.analyzers.powershell.scanner import Scanner
from gk_hooks.analyzers.powershell.scopes import Frame, Scopes
from gk_hooks.analyzers.powershell.values import (
    NULL,
    Block,
    Items,
    Null,
    Table,
    Value,
    either,
    list_of,
    unknown_from,
)
from gk_hooks.analyzers.powershell.walk import assigned_names
from gk_hooks.model.effects import Effect, Site
from gk_hooks.model.values import UNKNOWN, Text

MAX_CALLS = 3
"""A call inside a call inside a call is followed for its result, no deeper."""
MAX_SILENT = 60_000
"""How many steps all the silent readings of function bodies may take together."""


class Machine:
    """The state of one analysis; expressions and commands are in the classes below it."""

    def __init__(self, source: Scanner, context: Context) -> None:
        self.source = source
        self.context = context
        self.scopes = Scopes()
        self.functions: dict[str, Block] = {}
        self.aliases: dict[str, str] = {}
        self.effects: dict[Effect, None] = {}
        self.silent = 0
        self.silent_steps = MAX_SILENT
        self.calls = 0
        self.piped: Value | None = None

    # -- what the other parts provide

    def evaluate(self, node: tree.Node) -> Value:
        """What an expression is worth."""
        raise NotImplementedError

    def declared(self, type_name: str, value: Value) -> Value:
        """*value* where its type is declared (``[Net.WebClient]$client``): of an unknown one that much is known."""
        raise NotImplementedError

    def assign(self, node: tree.Assign) -> None:
        """``target = value``."""
        raise NotImplementedError

    def run_command(self, command: tree.Command, piped: Value | None) -> Value:
        """What a command line puts out."""
        raise NotImplementedError

    def redirect(self, redirections: list[tree.Redirection]) -> None:
        """``> path``."""
        raise NotImplementedError

    # -- effects

    def emit(self, effects: Iterable[Effect]) -> None:
        """Collects *effects*, unless a body is being read only for its result."""
        if not self.silent:
            self.effects.update(dict.fromkeys(effects))

    def site(self, node: tree.Node, callee: str, guess: bool = False) -> Site:
        """The place of *node*."""
        line, column = self.source.place(node.start)
        end_line, end_column = self.source.place(node.end)
        text = self.source.text[node.start : min(node.end, node.start + 1000)]
        return self.context.site(line, column, end_line, end_column, callee, text, guess)

    # -- the script

    def run(self, script: tree.Body) -> None:
        """Reads the script, then every function and script block that it did not run itself."""
        self._define(script.statements)
        self._bind_defaults(script.parameters, {})
        self.statements(script.statements)
        self._finish(self.scopes.frame)
        for block in list(self.functions.values()):
            self._read_function(block)

    def _define(self, statements: list[tree.Node]) -> None:
        # a function may be called above its definition from another function
        for statement in statements:
            if isinstance(statement, tree.Function) and not statement.name.startswith("::"):
                self.functions.setdefault(statement.name, Block(statement.body, statement.name))

    def _read_function(self, block: Block) -> None:
        if block.ran:
            return
        block.ran = True
        with self.scopes.call(Frame()):
            self._bind_defaults(block.body.parameters, block.arguments if block.called else {})
            self.statements(block.body.statements)
            self._finish(self.scopes.frame)

    def _finish(self, frame: Frame) -> None:
        """Reads the script blocks that were made in *frame* and that nobody was seen to run."""
        for block in frame.blocks:
            if not block.ran:
                self.run_block(block, block.arguments if block.called else {})

    def _bind_defaults(self, parameters: list[tree.ParameterDefinition], given: dict[str, Value]) -> None:
        for parameter in parameters:
            value = given.get(parameter.name)
            if value is None or isinstance(value, Null):
                value = self._default(parameter, bool(given))
            value = self.declared(parameter.type, value)
            self.scopes.frame.layers[-1][parameter.name] = value

    def _default(self, parameter: tree.ParameterDefinition, called: bool) -> Value:
        if parameter.default is None:
            return Text(origin=f"parameter ${parameter.name}")
        value = self.evaluate(parameter.default)
        if isinstance(value, Text) and not called:
            # whoever calls may give another value, so this one proves nothing
            shown = f", by default {value.only[:80]}" if value.only is not None else ""
            return Text(trail=value.trail, decoded=value.decoded, origin=f"parameter ${parameter.name}{shown}")
        return value

    # -- statements

    def statements(self, statements: list[tree.Node]) -> Value:
        """What a sequence of statements puts out."""
        outputs = [self.statement(statement) for statement in statements]
        return output_of([value for value in outputs if not isinstance(value, Null)])

    def statement(self, node: tree.Node) -> Value:
        """What one statement puts out."""
        self.spend()
        match node:
            case tree.Pipeline():
                return self._pipeline(node)
            case tree.Assign():
                self.assign(node)
            case tree.Branches():
                return self._branches(node)
            case tree.Loop():
                return self._loop(node)
            case tree.Function(name=name, body=body):
                self._function(name, body)
            case tree.Leave(keyword=keyword, value=value):
                found = self.statement(value) if value else NULL
                if keyword == "return" and not isinstance(found, Null):
                    self.scopes.frame.returns.append(found)
            case tree.Group(kind="class", statements=members):
                self.statements(members)
            case tree.Unary(operators=["++", *_]):
                self.evaluate(node)
            case _:
                return self.evaluate(node)
        return NULL

    def spend(self) -> None:
        """Takes a step off the budget, and off the allowance of silent readings."""
        self.context.budget.spend()
        if self.silent:
            self.silent_steps -= 1

    def _function(self, name: str, body: tree.Body) -> None:
        known = self.functions.get(name)
        if known is None or known.body is not body:
            if known is not None:
                self._read_function(known)
            self.functions[name] = Block(body, name)

    def _pipeline(self, node: tree.Pipeline) -> Value:
        value: Value | None = None
        for element in node.elements:
            if isinstance(element, tree.Command):
                value = self.run_command(element, value)
            else:
                value = self.evaluate(element.expression)
            self.redirect(element.redirections)
        return value if value is not None else NULL

    def _branches(self, node: tree.Branches) -> Value:
        subjects = [self.statement(subject) for subject in node.subjects]
        layers, outputs = [], list[Value]()
        for body in node.bodies:
            with self.scopes.branch() as layer:
                if subjects and not node.exhaustive and "_" not in layer:
                    layer["_"] = subjects[0]
                outputs.append(self.statements(body.statements))
                layer.pop("_", None)
            layers.append(layer)
        if layers:
            self.scopes.merge(layers, node.exhaustive)
        if node.after:
            outputs.append(self.statements(node.after.statements))
        found = [output for output in outputs if not isinstance(output, Null)]
        whole: Value = found[0] if found else NULL
        for output in found[1:]:
            whole = either(whole, output)
        return whole

    def _loop(self, node: tree.Loop) -> Value:
        if node.source is not None:
            source = self.statement(node.source)
        heads = node.heads
        if heads and isinstance(heads[0], tree.Assign):  # for ($i = 0; …; …)
            self.statement(heads[0])
            heads = heads[1:]
        self.scopes.loosen(assigned_names([*node.body.statements, *heads]))
        with self.scopes.branch() as layer:
            if node.source is not None:
                self.scopes.set(node.variable, one_of(source))
            for head in heads:
                self.statement(head)
            output = self.statements(node.body.statements)
        self.scopes.merge([layer], exhaustive=False)
        return output if isinstance(output, Null) else Items(list_of(output), complete=False)

    # -- blocks and functions

    def run_block(self, block: Block, arguments: dict[str, Value], subject: Value | None = None) -> Value:
        """Reads a script block where it stands, with its *arguments* and, as ``$_``, its *subject*."""
        if block.running:
            return UNKNOWN
        block.running = True
        block.ran = block.ran or not self.silent
        frame = self.scopes.frame
        before, frame.returns = frame.returns, []
        try:
            with self.scopes.branch() as layer:
                self._bind_defaults(block.body.parameters, arguments)
                own = {parameter.name for parameter in block.body.parameters} | {"_", "psitem"}
                if subject is not None:
                    layer["_"] = layer["psitem"] = subject
                output = self.statements(block.body.statements)
            self.scopes.merge([{name: value for name, value in layer.items() if name not in own}], exhaustive=False)
            return result_of(output, frame.returns)
        finally:
            frame.returns = before
            block.running = False

    def call_function(self, block: Block, arguments: dict[str, Value]) -> Value:
        """Notes a visible call of a function; its result, as far as reading the body silently tells."""
        for parameter in block.body.parameters:
            value = arguments.get(parameter.name, NULL)
            known = block.arguments.get(parameter.name)
            if isinstance(value, Null) and parameter.default is not None:
                value = self.evaluate(parameter.default)
            block.arguments[parameter.name] = value if known is None else either(known, value)
        block.called = True
        if block.running or self.calls >= MAX_CALLS or self.silent_steps < 0:
            return unknown_from(*arguments.values())
        block.running = True
        with self.silently(), self.scopes.call(Frame(caller=self.scopes.frame)) as frame:
            self._bind_defaults(block.body.parameters, arguments or {"": NULL})
            output = self.statements(block.body.statements)
        block.running = False
        return result_of(output, frame.returns)

    @contextmanager
    def silently(self) -> Iterator[None]:
        """Reads for a result only."""
        self.silent += 1
        self.calls += 1
        try:
            yield
        finally:
            self.silent -= 1
            self.calls -= 1

    def new_block(self, body: tree.Body) -> Block:
        """A script block that is a value."""
        block = Block(body)
        if not self.silent:
            self.scopes.frame.blocks.append(block)
        return block


def output_of(values: list[Value]) -> Value:
    """Several outputs as one value."""
    if not values:
        return NULL
    return values[0] if len(values) == 1 else Items(tuple(values))


def result_of(output: Value, returns: list[Value]) -> Value:
    """What a body puts out: its last output, or any of what it returns."""
    whole = output
    for value in returns:
        whole = value if isinstance(whole, Null) else either(whole, value)
    return whole


def one_of(value: Value) -> Value:
    """Any item of *value*."""
    if isinstance(value, Table) or not isinstance(value, Items):
        return value
    if not value.items:
        return UNKNOWN
    whole = value.items[0]
    for item in value.items[1:64]:
        whole = either(whole, item)
    return whole if value.complete else either(whole, UNKNOWN)
