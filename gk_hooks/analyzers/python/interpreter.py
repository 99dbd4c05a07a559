"""Runs a module abstractly: statements in order, values instead of objects, effects instead of deeds.

One pass. Function bodies run once, after the scope that defines them, with unknown parameters. Nothing is executed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from gk_hooks.analyzers.python.expressions import MIN_BLOB, member_of
from gk_hooks.analyzers.python.folding import operators
from gk_hooks.analyzers.python.functions import Functions
from gk_hooks.analyzers.python.names import canonical
from gk_hooks.analyzers.python.naming import inside
from gk_hooks.analyzers.python.prefilter import Reach
from gk_hooks.analyzers.python.relevance import Relevance, carries
from gk_hooks.analyzers.python.scopes import ClassRecord, Scope, decorator_name
from gk_hooks.analyzers.python.values import NONE, UNKNOWN, Class, Unknown, Value
from gk_hooks.analyzers.python.views import members


class Interpreter(Functions):
    """Runs statements: a module first, then every function that it defines."""

    def run(self, tree: ast.Module, reach: Reach) -> None:
        """Runs the module and then every function of it that can matter, given how the catalogues are reached."""
        self.run_module(tree)
        relevance = Relevance(self, reach)
        waiting = self.later
        while picked := relevance.pick(waiting):
            chosen = set(picked)
            waiting = [record for record in waiting if record not in chosen]
            self.later = picked
            for record in picked:  # it grows: what a function defines is run behind the others
                self.run_once(record)
        self.follow_calls()

    def run_module(self, tree: ast.Module) -> None:
        """Runs the module, no function of it but those that it calls for their value."""
        self._block(tree.body)
        self.finish(self.module)

    def _block(self, statements: Iterable[ast.stmt]) -> bool:
        """Runs *statements*; True when they never reach their end. What stands behind a return is run all the same:
        dead code is one edit away from living."""
        left = False
        for statement in statements:
            handler = _STATEMENTS.get(type(statement))
            if handler is not None and handler(self, statement):
                left = True
        return left

    def _assign(self, node: ast.Assign) -> None:
        value = self.eval(node.value)
        for target in node.targets:
            self._bind(target, value, node)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._bind(node.target, self.eval(node.value), node)

    def _augmented(self, node: ast.AugAssign) -> None:
        right = self.eval(node.value)
        value = operators.binary(node.op, self.eval(node.target), right)
        self.charge(value)
        self._bind(node.target, value, node)

    def _expression_statement(self, node: ast.Expr) -> bool:
        value = node.value
        if isinstance(value, ast.Constant):
            if isinstance(value.value, (str, bytes)) and len(value.value) >= MIN_BLOB:
                self.eval(value)
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
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            self.scope.bind(alias.asname or name, self._imported(name, node))

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if not node.level and module:
            self.imports.setdefault(canonical(module), node)
        for alias in node.names:
            if alias.name == "*":
                self.star_imports.append("." * node.level + module)
                continue
            full = inside("." * node.level + module, alias.name)
            if not node.level:
                self.imports.setdefault(canonical(full), node)
            self.scope.bind(alias.asname or alias.name, self._imported(full, node))

    def _imported(self, path: str, node: ast.stmt) -> Value:
        """What an import of *path* binds: an API that is known, or whatever another file has."""
        known = UNKNOWN if path.startswith(".") else self._reference(path)
        return self._remembered(self._foreign(path), node) if isinstance(known, Unknown) else known

    def _class(self, node: ast.ClassDef) -> None:
        decorators = [(decorator, self._callee(decorator)) for decorator in node.decorator_list]
        bases = tuple(self._callee(base) for base in node.bases)
        for keyword in node.keywords:
            self.eval(keyword.value)
        record = ClassRecord(node.name, Scope(self.scope, is_class=True), bases, body=node.body)
        record.scope.owner = record
        record.inherits = any(map(carries, bases))
        self.classes.append(record)
        outer, self.scope = self.scope, record.scope
        ahead = len(self.later)
        self._block(node.body)
        self.scope = outer
        # the constructor first: it says what self has
        self.later[ahead:] = sorted(self.later[ahead:], key=lambda record: record.name != "__init__")
        record.fields = _constructor_fields(node)
        self._decorated(Class(record), decorators)
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
        self.scope.merge(branches, exhaustive, self._builtin)
        return False

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        items, more = members(self.eval(node.iter))
        self.scope.blur(node.body)
        self._bind(node.target, member_of(items, more), node.iter)
        self._loop(node)

    def _while(self, node: ast.While) -> None:
        self.scope.blur(node.body)
        self.eval(node.test)
        self._loop(node)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        branches: list[dict[str, Value]] = []
        self.scope.push()
        self._block(node.body)
        branches.append(self.scope.pop())  # break and continue leave the block, not what it assigned
        self.scope.merge(branches, False, self._builtin)
        self._block(node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> bool:
        for item in node.items:
            value = self.eval(item.context_expr)
            if item.optional_vars is not None:
                self._bind(item.optional_vars, value, item.context_expr)
        return self._block(node.body)

    def _try(self, node: ast.Try) -> bool:
        branches: list[dict[str, Value]] = []
        self.scope.push()
        left = self._block(node.body)
        left = self._block(node.orelse) or left
        body = self.scope.pop()
        if not left:
            branches.append(body)
        for handler in node.handlers:
            self.scope.push()
            # the body may have run to any point
            self.scope.merge([body], False, self._builtin)
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

    def _return_statement(self, node: ast.Return) -> bool:
        self._return(NONE if node.value is None else self.eval(node.value))
        return True

    def _leave(self, node: ast.Raise | ast.Continue | ast.Break) -> bool:
        for field in ("exc", "cause"):
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
            builtin = self._builtin(target.id) if isinstance(target, ast.Name) else None
            if builtin is not None:
                self._bind(target, builtin, node)  # what the name hid is seen again
            elif not isinstance(target, ast.Name):
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


_STATEMENTS: dict[type[ast.stmt], Callable[[Interpreter, Any], bool | None]] = {
    ast.Assign: Interpreter._assign,
    ast.AnnAssign: Interpreter._annotated,
    ast.AugAssign: Interpreter._augmented,
    ast.Expr: Interpreter._expression_statement,
    ast.Import: Interpreter._import,
    ast.ImportFrom: Interpreter._import_from,
    ast.FunctionDef: Interpreter._define,
    ast.AsyncFunctionDef: Interpreter._define,
    ast.ClassDef: Interpreter._class,
    ast.If: Interpreter._if,
    ast.For: Interpreter._for,
    ast.AsyncFor: Interpreter._for,
    ast.While: Interpreter._while,
    ast.With: Interpreter._with,
    ast.AsyncWith: Interpreter._with,
    ast.Try: Interpreter._try,
    ast.TryStar: Interpreter._try,
    ast.Return: Interpreter._return_statement,
    ast.Raise: Interpreter._leave,
    ast.Continue: Interpreter._leave,
    ast.Break: Interpreter._leave,
    ast.Global: Interpreter._global,
    ast.Nonlocal: Interpreter._nonlocal,
    ast.Delete: Interpreter._delete,
    ast.Match: Interpreter._match,
    ast.Assert: Interpreter._assert,
}
"""What runs each kind of statement. In a table of the module: bound methods would keep their interpreter alive."""


def _constructor_fields(node: ast.ClassDef) -> tuple[str, ...]:
    """The fields of a dataclass or named tuple that has its constructor made for it."""
    made = any(decorator_name(decorator) == "dataclass" for decorator in node.decorator_list) and not node.bases
    made = made or any(decorator_name(base) == "NamedTuple" for base in node.bases)
    if not made or any(isinstance(part, ast.FunctionDef) and part.name == "__init__" for part in node.body):
        return ()
    return tuple(
        part.target.id for part in node.body if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
    )
