"""The state of one run over one module, and what every part of the interpreter needs of the others."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable

from gk_hooks.analyzers.context import Context
from gk_hooks.analyzers.python.scopes import FunctionRecord, Scope
from gk_hooks.analyzers.python.source import Source
from gk_hooks.analyzers.python.values import Arguments, Value
from gk_hooks.model.effects import Effect


class Machine(ABC):
    """What has been found and what is still to run. The parts of the interpreter build on it, one file each:
    naming (names and attributes), calls, expressions, interpreter (statements)."""

    def __init__(self, source: Source, context: Context, shared_names: Iterable[str] = ()) -> None:
        self.source = source
        self.context = context
        self.effects: list[Effect] = []
        self.module = Scope()
        self.scope = self.module
        self.later: list[FunctionRecord] = []
        self.star_imports: list[str] = []
        self.imports: dict[str, ast.stmt] = {}
        self.shared_names = frozenset(shared_names)  # declared global or nonlocal somewhere

    def emit(self, effects: Iterable[Effect]) -> None:
        """Adds effects."""
        self.effects += effects

    @abstractmethod
    def eval(self, node: ast.expr) -> Value:
        """What is known of the value of *node*; its effects are emitted on the way."""

    @abstractmethod
    def call(self, function: Value, arguments: Arguments, node: ast.expr) -> Value:
        """What calling *function* gives; the effects of the call are emitted."""
