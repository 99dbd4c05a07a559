"""The state of one run over one module, and what every part of the interpreter needs of the others."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable

from gk_hooks.analyzers.context import Context
from gk_hooks.analyzers.python.scopes import ClassRecord, FunctionRecord, Scope
from gk_hooks.analyzers.python.source import Source
from gk_hooks.analyzers.python.values import Arguments, Function, Map, Seq, Str, Value
from gk_hooks.analyzers.python.views import weight
from gk_hooks.model.effects import Effect, Site
from gk_hooks.model.values import Step


class Machine(ABC):
    """What has been found and what is still to run. The parts of the interpreter build on it, one file each:
    naming (names and attributes), calls, expressions, functions, interpreter (statements)."""

    def __init__(self, source: Source, context: Context, shared_names: Iterable[str] = ()) -> None:
        self.source = source
        self.context = context
        self.budget = context.budget
        self.effects: list[Effect] = []
        self.module = Scope()
        self.scope = self.module
        self.later: list[FunctionRecord] = []
        self.demanded: dict[FunctionRecord, None] = {}  # functions that something called
        self.classes: list[ClassRecord] = []
        self.functions: list[FunctionRecord] = []
        self.clients: dict[str, dict[Site, None]] = {}  # where each kind of client is made
        self.used_clients: set[str] = set()  # what calls of the catalogue go through
        self.sinks = 0  # calls so far of what the catalogue knows, or of a parameter
        self.parameters: frozenset[str] = frozenset()  # of the function that is being run
        self.star_imports: list[str] = []
        self.imports: dict[str, ast.stmt | ast.expr] = {}
        self.steps: dict[ast.stmt | ast.expr, Step] = {}  # of the trails of values
        self.shared_names = frozenset(shared_names)  # declared global or nonlocal somewhere

    def release(self) -> None:
        """Forgets what the run knew. Scopes and the functions in them hold each other: taken apart, they and the tree
        are freed at once, and the collector, which would have to walk all of it, is not needed."""
        for function in self.functions:
            function.scope.forget()
            function.callees.clear()
        for record in self.classes:
            if record.scope.parent is not None:
                record.scope.parent.forget()
            record.scope.forget()
            record.attributes.clear()
        self.module.forget()

    def emit(self, effects: Iterable[Effect]) -> None:
        """Adds effects."""
        self.effects += effects

    def charge(self, *values: Value | None) -> None:
        """Spends budget for work on *values*, as far as they are large."""
        for value in values:
            if isinstance(value, (Str, Seq, Map)):
                self.budget.steps -= weight(value)

    @abstractmethod
    def eval(self, node: ast.expr) -> Value:
        """What is known of the value of *node*; its effects are emitted on the way."""

    @abstractmethod
    def run_function(self, function: Function, arguments: Arguments, node: ast.expr) -> Value:
        """What a function of this file gives for these arguments."""

    @abstractmethod
    def make_instance(self, record: ClassRecord, arguments: Arguments, node: ast.expr) -> Value:
        """A new object of a class of this file."""

    @abstractmethod
    def call(self, function: Value, arguments: Arguments, node: ast.expr) -> Value:
        """What calling *function* gives; the effects of the call are emitted."""
