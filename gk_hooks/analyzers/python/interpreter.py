"""Runs a module abstractly: statements in order, values instead of objects, effects instead of deeds.

One pass. Function bodies run once, after the scope that defines them, with unknown parameters. Nothing is executed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from gk_hooks.analyzers.context import Context
from gk_hooks.analyzers.python import folding
from gk_hooks.analyzers.python.expressions import Expressions
from gk_hooks.analyzers.python.names import canonical
from gk_hooks.analyzers.python.scopes import ClassRecord, FunctionRecord, Scope, assigned_names, self_assignments
from gk_hooks.analyzers.python.source import Source
from gk_hooks.analyzers.python.values import (
    UNKNOWN,
    Class,
    Function,
    Instance,
    Map,
    Seq,
    Unknown,
    Value,
    items_of,
    join,
)


class Interpreter(Expressions):
    """Runs statements: a module first, then every function that it defines."""

    def __init__(self, source: Source, context: Context, shared_names: Iterable[str] = ()) -> None:
        super().__init__(source, context, shared_names)
        self._statements: dict[type[ast.stmt], Callable[[Any], bool | None]] = {
            ast.Assign: self._assign,
            ast.AnnAssign: self._annotated,
            ast.AugAssign: self._augmented,
            ast.Expr: self._expression_statement,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.ClassDef: self._class,
            ast.If: self._if,
            ast.For: self._for,
            ast.AsyncFor: self._for,
            ast.While: self._while,
            ast.With: self._with,
            ast.AsyncWith: self._with,
            ast.Try: self._try,
            ast.Return: self._leave,
            ast.Raise: self._leave,
            ast.Continue: self._leave,
            ast.Break: self._leave,
            ast.Global: self._global,
            ast.Nonlocal: self._nonlocal,
            ast.Delete: self._delete,
            ast.Match: self._match,
            ast.Assert: self._assert,
        }
        if hasattr(ast, "TryStar"):
            self._statements[ast.TryStar] = self._try

    def run(self, tree: ast.Module) -> None:
        """Runs the module and then every function that it defines."""
        self._block(tree.body)
        self._finish(self.module)
        while self.later:
            self._run_function(self.later.pop(0))

    def _block(self, statements: Iterable[ast.stmt]) -> bool:
        """Runs *statements*; True when they never reach their end."""
        for statement in statements:
            self.context.budget.spend()
            handler = self._statements.get(type(statement))
            if handler is not None and handler(statement):
                return True
        return False

    def _assign(self, node: ast.Assign) -> None:
        value = self.eval(node.value)
        for target in node.targets:
            self._bind(target, value, node)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._bind(node.target, self.eval(node.value), node)

    def _augmented(self, node: ast.AugAssign) -> None:
        right = self.eval(node.value)
        left = self.eval(node.target)
        self._bind(node.target, folding.binary(node.op, left, right), node)

    def _expression_statement(self, node: ast.Expr) -> bool:
        value = node.value
        if isinstance(value, ast.Constant):
            self._constant(value)
            return False
        self.eval(value)
        return isinstance(value, ast.Call) and self._never_returns(value)

    def _never_returns(self, node: ast.Call) -> bool:
        function = node.func
        return (
            isinstance(function, ast.Attribute)
            and isinstance(function.value, ast.Name)
            and (function.value.id, function.attr) in {("sys", "exit"), ("os", "_exit"), ("os", "abort")}
        )

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.imports.setdefault(canonical(alias.name), node)
            if alias.asname:
                self.scope.bind(alias.asname, self._reference(alias.name))
            else:
                root = alias.name.partition(".")[0]
                self.scope.bind(root, self._reference(root))

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if not node.level and module:
            self.imports.setdefault(canonical(module), node)
        for alias in node.names:
            if alias.name == "*":
                if not node.level:
                    self.star_imports.append(module)
                continue
            full = f"{module}.{alias.name}"
            if not node.level:
                self.imports.setdefault(canonical(full), node)
            self.scope.bind(alias.asname or alias.name, UNKNOWN if node.level else self._reference(full))

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        decorators = [self.eval(decorator) for decorator in node.decorator_list]
        record = FunctionRecord(node, self.scope, self.scope.owner if self.scope.is_class else None)
        record.defaults = self._defaults(node.args)
        self.later.append(record)
        plain = all(isinstance(value, Unknown) is False for value in decorators) if decorators else True
        self.scope.bind(node.name, Function(record) if plain else UNKNOWN)

    def _class(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self.eval(decorator)
        bases = tuple(self.eval(base) for base in node.bases)
        for keyword in node.keywords:
            self.eval(keyword.value)
        record = ClassRecord(node.name, Scope(self.scope, is_class=True), bases, pending=self_assignments(node.body))
        record.scope.owner = record
        outer, self.scope = self.scope, record.scope
        ahead = len(self.later)
        self._block(node.body)
        self.scope = outer
        # the constructor first: it says what self has
        self.later[ahead:] = sorted(self.later[ahead:], key=lambda record: _name_of(record) != "__init__")
        outer.bind(node.name, Class(record))

    def _if(self, node: ast.If) -> bool:
        branches: list[dict[str, Value]] = []
        exhaustive = False
        following: list[ast.stmt] = [node]
        # an elif is an if inside the else: walk down the chain without recursion
        while len(following) == 1 and isinstance(following[0], ast.If):
            current = following[0]
            self.eval(current.test)  # never decides: a branch that looks dead here may be alive on another machine
            self._branch(current.body, branches)
            following = current.orelse
        if following:
            exhaustive = True
            self._branch(following, branches)
        return self._merge(branches, exhaustive)

    def _branch(self, body: Iterable[ast.stmt], branches: list[dict[str, Value]]) -> None:
        """Runs a block that may not run; what it assigned goes to *branches* unless it never reaches its end."""
        self.scope.push()
        left = self._block(body)
        assigned = self.scope.pop()
        if not left:
            branches.append(assigned)

    def _merge(self, branches: list[dict[str, Value]], exhaustive: bool) -> bool:
        if not branches:
            return exhaustive
        self.scope.merge(branches, exhaustive)
        return False

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        items, more = items_of(self.eval(node.iter))
        self.scope.blur(sorted(set(assigned_names(node.body))))
        self._bind(node.target, self._item(items, more), node)
        self._loop(node)

    def _while(self, node: ast.While) -> None:
        self.scope.blur(sorted(set(assigned_names(node.body))))
        self.eval(node.test)
        self._loop(node)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        branches: list[dict[str, Value]] = []
        self.scope.push()
        self._block(node.body)
        branches.append(self.scope.pop())  # break and continue leave the block, not what it assigned
        self.scope.merge(branches, exhaustive=False)
        self._block(node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> bool:
        for item in node.items:
            value = self.eval(item.context_expr)
            if item.optional_vars is not None:
                self._bind(item.optional_vars, value, node)
        return self._block(node.body)

    def _try(self, node: ast.Try) -> bool:
        branches: list[dict[str, Value]] = []
        self.scope.push()
        left = self._block(node.body) or self._block(node.orelse)
        body = self.scope.pop()
        if not left:
            branches.append(body)
        for handler in node.handlers:
            self.scope.push()
            # the body may have run to any point
            self.scope.merge([body], exhaustive=False)
            if handler.type is not None:
                self.eval(handler.type)
            if handler.name:
                self.scope.bind(handler.name, UNKNOWN)
            gone = self._block(handler.body)
            assigned = self.scope.pop()
            if not gone:
                branches.append(assigned)
        ended = self._merge(branches, exhaustive=True)
        return self._block(node.finalbody) or ended

    def _leave(self, node: ast.Return | ast.Raise | ast.Continue | ast.Break) -> bool:
        for field in ("value", "exc", "cause"):
            child = getattr(node, field, None)
            if child is not None:
                self.eval(child)
        return True

    def _global(self, node: ast.Global) -> None:
        for name in node.names:
            self.scope.elsewhere[name] = self.module

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            outer = self.scope.parent
            while outer is not None and name not in outer.history:
                outer = outer.parent
            if outer is not None:
                self.scope.elsewhere[name] = outer

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if not isinstance(target, ast.Name):
                self.eval(target)

    def _assert(self, node: ast.Assert) -> None:
        self.eval(node.test)
        if node.msg is not None:
            self.eval(node.msg)

    def _match(self, node: ast.Match) -> bool:
        self.eval(node.subject)
        branches: list[dict[str, Value]] = []
        for case in node.cases:
            self.scope.push()
            for part in ast.walk(case.pattern):
                name = getattr(part, "name", None) or getattr(part, "rest", None)
                if isinstance(name, str):
                    self.scope.bind(name, UNKNOWN)
            if case.guard is not None:
                self.eval(case.guard)
            left = self._block(case.body)
            assigned = self.scope.pop()
            if not left:
                branches.append(assigned)
        return self._merge(branches, exhaustive=False)

    def _run_function(self, record: FunctionRecord) -> None:
        node = record.node
        scope = Scope(record.scope)
        scope.owner = record.owner
        outer, self.scope = self.scope, scope
        self._bind_parameters(record)
        if isinstance(node, ast.Lambda):
            self.eval(node.body)
        else:
            self._block(node.body)
        self._finish(scope)
        self.scope = outer

    def _bind_parameters(self, record: FunctionRecord) -> None:
        arguments = record.node.args
        names = [parameter.arg for parameter in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        for name in names:
            default = record.defaults.get(name)
            self.scope.bind(name, UNKNOWN if default is None else join(default, UNKNOWN))
        for extra in (arguments.vararg, arguments.kwarg):
            if extra is not None:
                self.scope.bind(extra.arg, Seq(open=True) if extra is arguments.vararg else Map(open=True))
        if record.owner is not None and names and not self._is_static(record.node):
            self.scope.bind(names[0], Instance(record.owner))

    def _is_static(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> bool:
        decorators = getattr(node, "decorator_list", [])
        return any(isinstance(decorator, ast.Name) and decorator.id == "staticmethod" for decorator in decorators)

    def _finish(self, scope: Scope) -> None:
        scope.finished = True
        for name in sorted(self.shared_names & scope.history.keys()):
            scope.remember(name, UNKNOWN)


def _name_of(record: FunctionRecord) -> str:
    return getattr(record.node, "name", "")
