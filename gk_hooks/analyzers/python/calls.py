"""Calls: of catalogued APIs, of pure functions, of methods of texts and containers."""

from __future__ import annotations

import ast

from gk_hooks.analyzers.python import folding, sinks
from gk_hooks.analyzers.python.names import canonical
from gk_hooks.analyzers.python.naming import Naming
from gk_hooks.analyzers.python.values import (
    MAX_ITEMS,
    UNKNOWN,
    Arguments,
    Class,
    Flavour,
    Instance,
    Map,
    Method,
    Namespace,
    Partial,
    Ref,
    Seq,
    Str,
    Unknown,
    Value,
    alternatives,
    items_of,
    join,
    join_all,
    text_of,
    truth,
)
from gk_hooks.model.values import HOLE


class Calls(Naming):
    """Evaluates calls and the arguments that they are given."""

    def _call(self, node: ast.Call) -> Value:
        function = self.eval(node.func)
        arguments = self._arguments(node)
        if isinstance(function, Method) and isinstance(node.func, ast.Attribute):
            self._mutate(node.func.value, function, arguments, node)
        return join_all([self.call(alternative, arguments, node) for alternative in alternatives(function)])

    def _arguments(self, node: ast.Call) -> Arguments:
        positional: list[Value] = []
        keywords: list[tuple[str, Value]] = []
        open_positional = open_keywords = False
        for argument in node.args:
            value = self.eval(argument)
            if isinstance(argument, ast.Starred):
                items, more = items_of(value)
                positional += items
                open_positional = open_positional or more
            else:
                positional.append(value)
        for keyword in node.keywords:
            value = self.eval(keyword.value)
            if keyword.arg is not None:
                keywords.append((keyword.arg, value))
            elif isinstance(value, Map):
                keywords += [(name, item) for name, item in value.items if isinstance(name, str)]
                open_keywords = open_keywords or value.open
            else:
                open_keywords = True
        return Arguments(tuple(positional), tuple(keywords), open_positional, open_keywords)

    def call(self, function: Value, arguments: Arguments, node: ast.expr) -> Value:
        """What calling *function* gives; the effects of the call are emitted."""
        match function:
            case Ref():
                return self._call_reference(function, arguments, node)
            case Partial(target=target, arguments=bound):
                return self.call(target, bound.extended(arguments), node)
            case Method(owner=Namespace() as owner, name="get"):
                return self._from_namespace(owner, arguments.get(0) or UNKNOWN)
            case Method(owner=Str() as owner, name=name):
                return self._text_method(owner, name, arguments, node)
            case Method(owner=Map() as owner, name="get"):
                found = folding.subscript(owner, arguments.get(0) or UNKNOWN)
                default = arguments.get(1)
                return found if default is None or not isinstance(found, Unknown) else join(found, default)
            case Method(owner=Map() as owner, name="values"):
                return Seq(tuple(value for _, value in owner.items), owner.open)
            case Method(owner=Map() as owner, name="items"):
                keys, _ = items_of(owner)
                pairs = zip(keys, (value for _, value in owner.items))
                return Seq(tuple(Seq(pair) for pair in pairs), owner.open)
            case Method(owner=Seq() as owner, name="copy"):
                return owner
            case Class(record=record):
                return Instance(record)
        return UNKNOWN

    def _text_method(self, owner: Str, name: str, arguments: Arguments, node: ast.expr) -> Value:
        if owner.flavour is Flavour.PATH:
            sinks.apply(self, f"pathlib.Path().{name}", arguments, node, receiver=owner)
            if name in {"joinpath", "with_name", "__truediv__"}:
                base = owner if name != "with_name" else Str(owner.text.map(folding.parent_of), Flavour.PATH)
                parts = [text_of(base), *map(text_of, arguments.positional)]
                return Str(folding.join_paths(parts), Flavour.PATH)
        if name == "splitlines" or (name in {"split", "rsplit"} and owner.text.only is None):
            return Seq(open=True)
        found = folding.text_method(name, owner, arguments)
        return UNKNOWN if found is None else found

    def _call_reference(self, function: Ref, arguments: Arguments, node: ast.expr) -> Value:
        path = function.path
        name = path.rpartition(".")[2]
        if path == "builtins.getattr":
            return self._getattr(arguments)
        if path in {"builtins.vars", "builtins.globals", "builtins.locals", "builtins.dir"}:
            target = arguments.get(0)
            return Namespace(target.path if isinstance(target, Ref) else "" if target is None else "?")
        if path in {"builtins.__import__", "importlib.import_module", "importlib.__import__"}:
            return self._import_call(path, arguments, node)
        sinks.apply(self, path, arguments, node, receiver=function)
        folder = folding.FOLDERS.get(path)
        if folder is not None:
            folded = folder(arguments)
            if folded is not None:
                return folded
        if name in {"__enter__", "__aenter__"}:
            return self._reference(path.rpartition(".")[0], function.arguments)
        return self._reference(f"{path}()", arguments)

    def _getattr(self, arguments: Arguments) -> Value:
        owner, name = arguments.get(0), text_of(arguments.get(1)).only
        if owner is None or name is None:
            return UNKNOWN
        return join_all(self._attribute_of(alternative, name) for alternative in alternatives(owner))

    def _import_call(self, path: str, arguments: Arguments, node: ast.expr) -> Value:
        name = text_of(arguments.get(0, "name"))
        if name.complete and all(HOLE not in option for option in name.options):
            only = name.only
            if only is None or only.startswith("."):
                return UNKNOWN
            self.imports.setdefault(canonical(only), node)  # type: ignore[arg-type]
            whole = path != "builtins.__import__" or truth(arguments.get(3, "fromlist")) is True
            return self._reference(only if whole else only.partition(".")[0])
        sinks.apply(self, path, arguments, node)
        return UNKNOWN

    def _mutate(self, owner: ast.expr, method: Method, arguments: Arguments, node: ast.Call) -> None:
        """``names.append(x)`` and its like change what a name holds."""
        if not isinstance(owner, ast.Name) or not isinstance(method.owner, (Seq, Map)):
            return
        known = method.owner
        if isinstance(known, Seq):
            first = arguments.get(0) or UNKNOWN
            if method.name == "append" and len(known.items) < MAX_ITEMS:
                self.scope.bind(owner.id, Seq((*known.items, first), known.open))
            elif method.name == "extend" and len(known.items) < MAX_ITEMS:
                items, more = items_of(first)
                self.scope.bind(owner.id, Seq((*known.items, *items), known.open or more))
            elif method.name in {"insert", "pop", "remove", "clear", "reverse", "sort", "add", "append", "extend"}:
                self.scope.bind(owner.id, Seq((), open=True))
        elif method.name in {"update", "pop", "clear", "setdefault", "popitem"}:
            more_items = arguments.keywords
            source = arguments.get(0)
            known_items = source.items if isinstance(source, Map) else ()
            open_ended = method.name != "update" or arguments.open_keywords or not isinstance(source, (Map, type(None)))
            self.scope.bind(owner.id, Map((*known.items, *known_items, *more_items), known.open or open_ended))
