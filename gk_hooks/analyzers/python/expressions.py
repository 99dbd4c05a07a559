"""Expressions: a value for every node, the effects of calls on the way."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from gk_hooks.analyzers.context import Context
from gk_hooks.analyzers.python import folding
from gk_hooks.analyzers.python.calls import Calls
from gk_hooks.analyzers.python.scopes import FunctionRecord
from gk_hooks.analyzers.python.source import Source
from gk_hooks.analyzers.python.values import (
    MAX_ITEMS,
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
    items_of,
    join,
    join_all,
    text_of,
    truth,
)
from gk_hooks.model.effects import Blob
from gk_hooks.model.values import Text, concat

MIN_BLOB = 2_000
BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_\n\r")
HEX = frozenset("0123456789abcdefABCDEF\n\r")


class Expressions(Calls):
    """Evaluates expressions, each exactly once."""

    def __init__(self, source: Source, context: Context, shared_names: Iterable[str] = ()) -> None:
        super().__init__(source, context, shared_names)
        self._expressions: dict[type[ast.expr], Callable[[Any], Value]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Call: self._call,
            ast.BinOp: self._binary,
            ast.JoinedStr: self._joined,
            ast.FormattedValue: self._formatted,
            ast.List: self._sequence,
            ast.Tuple: self._sequence,
            ast.Set: self._sequence,
            ast.Dict: self._dict,
            ast.Subscript: self._subscript,
            ast.IfExp: self._conditional,
            ast.BoolOp: self._boolean,
            ast.NamedExpr: self._named,
            ast.Lambda: self._lambda,
            ast.Await: self._inner,
            ast.Starred: self._inner,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.DictComp: self._comprehension,
            ast.UnaryOp: self._unary,
        }

    def eval(self, node: ast.expr) -> Value:
        """What is known of the value of *node*; its effects are emitted on the way."""
        self.context.budget.spend()
        handler = self._expressions.get(type(node))
        if handler is not None:
            return handler(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.eval(child)
        return UNKNOWN

    def _inner(self, node: ast.Await | ast.Starred) -> Value:
        return self.eval(node.value)

    def _constant(self, node: ast.Constant) -> Value:
        value = node.value
        if isinstance(value, str):
            if len(value) >= MIN_BLOB:
                self._look_for_blob(node, value)
            return Str(Text.of(value))
        if isinstance(value, bytes):
            text = value.decode("latin-1")
            if len(text) >= MIN_BLOB:
                self._look_for_blob(node, text)
            return Str(Text.of(text), Flavour.BYTES)
        return Const(value)

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
            self.context.budget.spend()
            value = folding.binary(step.op, value, self.eval(step.right))
        return value

    def _joined(self, node: ast.JoinedStr) -> Value:
        return Str(concat([text_of(self.eval(part)) for part in node.values]))

    def _formatted(self, node: ast.FormattedValue) -> Value:
        value = self.eval(node.value)
        plain = node.conversion in (-1, 115) and node.format_spec is None
        return value if plain else UNKNOWN

    def _sequence(self, node: ast.List | ast.Tuple | ast.Set) -> Value:
        items: list[Value] = []
        open_ended = False
        for element in node.elts:
            value = self.eval(element)
            if isinstance(element, ast.Starred):
                more, unknown = items_of(value)
                items += more
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
            return folding.sliced(owner, (lower, upper, step))
        index = self.eval(node.slice)
        if isinstance(owner, Namespace):
            return self._from_namespace(owner, index)
        if isinstance(owner, Ref) and owner.path == "os.environ":
            return folding.ENVIRONMENT
        if isinstance(owner, Ref) and owner.path == "sys.argv":
            return Str(Text(origin="the command line"))
        return folding.subscript(owner, index)

    def _conditional(self, node: ast.IfExp) -> Value:
        self.eval(node.test)
        return join(self.eval(node.body), self.eval(node.orelse))

    def _boolean(self, node: ast.BoolOp) -> Value:
        values = [self.eval(value) for value in node.values]
        if isinstance(node.op, ast.Or):
            return join_all([*(value for value in values[:-1] if truth(value) is not False), values[-1]])
        return join_all(values)

    def _unary(self, node: ast.UnaryOp) -> Value:
        value = self.eval(node.operand)
        if isinstance(node.op, ast.Not):
            known = truth(value)
            return UNKNOWN if known is None else Const(not known)
        if isinstance(node.op, ast.USub) and isinstance(value, Const) and isinstance(value.value, (int, float)):
            return Const(-value.value)
        return UNKNOWN

    def _named(self, node: ast.NamedExpr) -> Value:
        value = self.eval(node.value)
        self._bind(node.target, value, node)
        return value

    def _lambda(self, node: ast.Lambda) -> Value:
        record = FunctionRecord(node, self.scope, defaults=self._defaults(node.args))
        self.later.append(record)
        return Function(record)

    def _defaults(self, arguments: ast.arguments) -> dict[str, Value]:
        named: dict[str, Value] = {}
        positional = [*arguments.posonlyargs, *arguments.args]
        for parameter, default in zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults):
            named[parameter.arg] = self.eval(default)
        for parameter, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults):
            if keyword_default is not None:
                named[parameter.arg] = self.eval(keyword_default)
        return named

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
        self.scope.push()
        exact = len(node.generators) == 1 and not node.generators[0].ifs
        items: list[Value] = []
        more = True
        for generator in node.generators:
            found, more = items_of(self.eval(generator.iter))
            items = list(found)
            self._bind(generator.target, self._item(items, more), node)
            for condition in generator.ifs:
                self.eval(condition)
        result: Value = Seq(open=True)
        if isinstance(node, ast.DictComp):
            self.eval(node.key)
            self.eval(node.value)
            result = Map(open=True)
        elif exact and not more and len(items) <= 512:
            parts = []
            for item in items:
                self._bind(node.generators[0].target, item, node)
                before = len(self.effects)
                parts.append(self.eval(node.elt))
                del self.effects[before:]
            if not items:
                self.eval(node.elt)
            else:
                self._bind(node.generators[0].target, self._item(items, more), node)
                self.eval(node.elt)
            result = Seq(tuple(parts))
        else:
            self.eval(node.elt)
        self.scope.pop()
        return result

    def _item(self, items: Iterable[Value], more: bool) -> Value:
        known = list(items)
        value = join_all(known[:64])
        return join(value, UNKNOWN) if known and (more or len(known) > 64) else value
