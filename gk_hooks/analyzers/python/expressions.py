"""Expressions: a value for every node, the effects of calls on the way."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from gk_hooks.analyzers.context import OutOfBudget
from gk_hooks.analyzers.python.calls import Calls
from gk_hooks.analyzers.python.folding import operators
from gk_hooks.analyzers.python.folding.functions import ENVIRONMENT
from gk_hooks.analyzers.python.joins import join, join_all
from gk_hooks.analyzers.python.scopes import FunctionRecord, Scope
from gk_hooks.analyzers.python.values import (
    MAX_ITEMS,
    NONE,
    UNKNOWN,
    Const,
    Flavour,
    Function,
    Map,
    Namespace,
    Ref,
    Seq,
    Str,
    Value,
    alternatives,
)
from gk_hooks.analyzers.python.views import items_of, members, text_of, truth
from gk_hooks.model.effects import Blob
from gk_hooks.model.values import HOLE, Text, concat

HOLE_NAME = "__unknown__"
"""How an unknown part of code inside code is written, so that it parses wherever it stands."""

MAX_MEMBERS = 64
MAX_ELEMENTS = 512

COMMAND_LINE = Str(Text(origin="the command line"))
MIN_BLOB = 2_000
BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_\n\r")
HEX = frozenset("0123456789abcdefABCDEF\n\r")


class Expressions(Calls):
    """Evaluates expressions, each exactly once."""

    def eval(self, node: ast.expr) -> Value:
        """What is known of the value of *node*; its effects are emitted on the way."""
        budget = self.budget
        budget.steps -= 1
        if budget.steps < 0:
            raise OutOfBudget
        handler = _EXPRESSIONS.get(type(node))
        if handler is not None:
            return handler(self, node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.eval(child)
        return UNKNOWN

    def _inner(self, node: ast.Await | ast.Starred) -> Value:
        return self.eval(node.value)

    def _constant(self, node: ast.Constant) -> Value:
        value = node.value
        if isinstance(value, str):
            return self._literal(value) if len(value) < MIN_BLOB else self._long_literal(node, value, Flavour.STR)
        if isinstance(value, bytes):
            return self._long_literal(node, value.decode("latin-1"), Flavour.BYTES)
        return NONE if value is None else Const(value)

    def _literal(self, value: str) -> Str:
        if self.context.depth and HOLE_NAME in value:
            return Str(Text.template(value.replace(HOLE_NAME, HOLE)))
        return Str(Text.of(value))

    def _long_literal(self, node: ast.Constant, value: str, flavour: Flavour) -> Str:
        if len(value) >= MIN_BLOB:
            self._look_for_blob(node, value)
        return Str(self._literal(value).text, flavour)

    def _look_for_blob(self, node: ast.Constant, text: str) -> None:
        signs = set(text)
        if signs <= HEX and len(signs) > 8:
            self.emit([Blob(self.source.site(node, "literal"), size=len(text), encoding="hex")])
        elif signs <= BASE64 and len(signs) > 40:
            self.emit([Blob(self.source.site(node, "literal"), size=len(text), encoding="base64")])

    def _binary(self, node: ast.BinOp) -> Value:
        # a long a + b + c … is a deep tree to the left: walk down it without recursion
        chain: list[ast.BinOp] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp):
            chain.append(left)
            left = left.left
        value = self.eval(left)
        for step in reversed(chain):
            value = operators.binary(step.op, value, self.eval(step.right))
            self.charge(value)
        return value

    def _joined(self, node: ast.JoinedStr) -> Value:
        value = Str(concat([text_of(self.eval(part)) for part in node.values]))
        self.charge(value)
        return value

    def _formatted(self, node: ast.FormattedValue) -> Value:
        value = self.eval(node.value)
        if node.format_spec is not None:
            self.eval(node.format_spec)
        plain = node.conversion in (-1, 115) and node.format_spec is None
        return value if plain else UNKNOWN

    def _sequence(self, node: ast.List | ast.Tuple | ast.Set) -> Value:
        items: list[Value] = []
        open_ended = False
        for element in node.elts:
            if len(items) >= MAX_ITEMS and isinstance(element, ast.Constant):
                open_ended = True  # a long table of data costs nothing
                continue
            value = self.eval(element)
            if isinstance(element, ast.Starred):
                more, unknown = items_of(value)
                items += [*more, UNKNOWN] if unknown else more
                open_ended = open_ended or unknown
            elif len(items) < MAX_ITEMS:
                items.append(value)
            else:
                open_ended = True
        return Seq(tuple(items), open_ended)

    def _dict(self, node: ast.Dict) -> Value:
        items: list[tuple[object, Value]] = []
        open_ended = False
        for key, item in zip(node.keys, node.values):
            value = self.eval(item)
            if key is None:
                if isinstance(value, Map):
                    items += value.items
                open_ended = open_ended or not isinstance(value, Map) or value.open
                continue
            name = self.eval(key)
            constant = name.text.only if isinstance(name, Str) else name.value if isinstance(name, Const) else None
            if constant is None or len(items) >= MAX_ITEMS:
                open_ended = True
            else:
                items.append((constant, value))
        return Map(tuple(items), open_ended)

    def _subscript(self, node: ast.Subscript) -> Value:
        owner = self.eval(node.value)
        if isinstance(node.slice, ast.Slice):
            cut = node.slice
            lower, upper, step = (
                self.eval(part) if part is not None else None for part in (cut.lower, cut.upper, cut.step)
            )
            return operators.sliced(owner, (lower, upper, step))
        index = self.eval(node.slice)
        return join_all([self._item_at(alternative, index) for alternative in alternatives(owner)])

    def _item_at(self, owner: Value, index: Value) -> Value:
        if isinstance(owner, Namespace):
            return self._from_namespace(owner, index)
        if isinstance(owner, Ref) and owner.path == "os.environ":
            return ENVIRONMENT
        if isinstance(owner, Ref) and owner.path == "sys.argv":
            return COMMAND_LINE
        return operators.subscript(owner, index)

    def _conditional(self, node: ast.IfExp) -> Value:
        self.eval(node.test)
        return join(self.eval(node.body), self.eval(node.orelse))

    def _boolean(self, node: ast.BoolOp) -> Value:
        values = [self.eval(value) for value in node.values]
        if isinstance(node.op, ast.Or):
            return join_all([*(value for value in values[:-1] if truth(value) is not False), values[-1]])
        return join_all([*(value for value in values[:-1] if truth(value) is not True), values[-1]])

    def _unary(self, node: ast.UnaryOp) -> Value:
        value = self.eval(node.operand)
        if isinstance(node.op, ast.Not):
            known = truth(value)
            return UNKNOWN if known is None else Const(not known)
        if isinstance(node.op, ast.USub) and isinstance(value, Const) and isinstance(value.value, (int, float)):
            return Const(-value.value)
        return UNKNOWN

    def _compare(self, node: ast.Compare) -> Value:
        for side in (node.left, *node.comparators):
            self.eval(side)
        return UNKNOWN

    def _named(self, node: ast.NamedExpr) -> Value:
        value = self.eval(node.value)
        inner = self.scope
        while self.scope.is_comprehension and self.scope.parent is not None:
            self.scope = self.scope.parent
        self._bind(node.target, value, node)
        self.scope = inner
        return value

    def _lambda(self, node: ast.Lambda) -> Value:
        record = FunctionRecord(node, self.scope, None, self._defaults(node.args))
        self.functions.append(record)
        self.later.append(record)
        return Function(record)

    def _defaults(self, arguments: ast.arguments) -> dict[str, Value]:
        named: dict[str, Value] = {}
        if not arguments.defaults and not arguments.kw_defaults:
            return named
        positional = [*arguments.posonlyargs, *arguments.args]
        for parameter, default in zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults):
            named[parameter.arg] = self.eval(default)
        for parameter, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults):
            if keyword_default is not None:
                named[parameter.arg] = self.eval(keyword_default)
        return named

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
        first = node.generators[0]
        items, more = members(self.eval(first.iter))  # the first one is still evaluated outside
        outer, self.scope = self.scope, Scope(self.scope)
        self.scope.is_comprehension = True
        for generator in node.generators:
            found, unknown = (items, more) if generator is first else members(self.eval(generator.iter))
            self._bind(generator.target, member_of(found, unknown), node)
            for condition in generator.ifs:
                self.eval(condition)
        if isinstance(node, ast.DictComp):
            self.eval(node.key)
            self.eval(node.value)
            result: Value = Map(open=True)
        else:
            general = self.eval(node.elt)
            exact = len(node.generators) == 1 and not first.ifs and not more and len(items) <= MAX_ELEMENTS
            result = self._elements(node.elt, first.target, items) if exact else Seq((general,), open=True)
        self.finish(self.scope)
        self.scope = outer
        return result

    def _elements(self, element: ast.expr, target: ast.expr, items: Sequence[Value]) -> Value:
        """The element for each item, for its value only: its effects have been seen."""
        effects, later = self.effects, self.later
        self.effects, self.later = [], []
        values = []
        for item in items:
            self._bind(target, item, element)
            values.append(self.eval(element))
        self.effects, self.later = effects, later
        return Seq(tuple(values))

    @abstractmethod
    def finish(self, scope: Scope) -> None:
        """From here on, names of *scope* are only seen from functions that run later."""


_EXPRESSIONS: dict[type[ast.expr], Callable[[Expressions, Any], Value]] = {
    ast.Constant: Expressions._constant,
    ast.Name: Expressions._name,
    ast.Attribute: Expressions._attribute,
    ast.Call: Expressions._call,
    ast.BinOp: Expressions._binary,
    ast.JoinedStr: Expressions._joined,
    ast.FormattedValue: Expressions._formatted,
    ast.List: Expressions._sequence,
    ast.Tuple: Expressions._sequence,
    ast.Set: Expressions._sequence,
    ast.Dict: Expressions._dict,
    ast.Subscript: Expressions._subscript,
    ast.IfExp: Expressions._conditional,
    ast.BoolOp: Expressions._boolean,
    ast.NamedExpr: Expressions._named,
    ast.Lambda: Expressions._lambda,
    ast.Await: Expressions._inner,
    ast.Starred: Expressions._inner,
    ast.ListComp: Expressions._comprehension,
    ast.SetComp: Expressions._comprehension,
    ast.GeneratorExp: Expressions._comprehension,
    ast.DictComp: Expressions._comprehension,
    ast.UnaryOp: Expressions._unary,
    ast.Compare: Expressions._compare,
}
"""What evaluates each kind of expression. In a table of the module: bound methods would keep their owner alive."""


def member_of(items: Sequence[Value], more: bool) -> Value:
    """Any one of *items*."""
    value = join_all(items[:MAX_MEMBERS])
    return join(value, UNKNOWN) if items and (more or len(items) > MAX_MEMBERS) else value
