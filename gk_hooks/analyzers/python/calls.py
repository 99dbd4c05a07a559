"""Calls: of catalogued APIs, of pure functions, of methods of texts and containers."""

from __future__ import annotations

import ast

from gk_hooks.analyzers.python import sinks
from gk_hooks.analyzers.python.folding import operators, paths, texts
from gk_hooks.analyzers.python.folding.functions import FOLDERS
from gk_hooks.analyzers.python.joins import join, join_all
from gk_hooks.analyzers.python.names import canonical
from gk_hooks.analyzers.python.naming import Naming
from gk_hooks.analyzers.python.values import (
    MAX_ITEMS,
    UNKNOWN,
    Arguments,
    Class,
    Const,
    Flavour,
    Function,
    Map,
    Method,
    Namespace,
    OneOf,
    Partial,
    Ref,
    Seq,
    Str,
    Unknown,
    Value,
    alternatives,
)
from gk_hooks.analyzers.python.views import items_of, members, text_of, truth
from gk_hooks.model.values import HOLE

MAX_MAPPED = 512

DANGEROUS = frozenset(
    {"builtins.eval", "builtins.exec", "builtins.execfile", "os.system", "os.popen", "pickle.loads", "marshal.loads"}
)
"""Functions that do harm with whatever they are called with: handing one to others is worth a look by itself."""

IMPORTS = frozenset({"builtins.__import__", "importlib.import_module", "importlib.__import__"})
SORTING = frozenset({"builtins.sorted", "builtins.max", "builtins.min"})
NAMESPACES = frozenset({"builtins.vars", "builtins.globals", "builtins.locals", "builtins.dir"})


class Calls(Naming):
    """Evaluates calls and the arguments that they are given."""

    def _call(self, node: ast.Call) -> Value:
        function = self._callee(node.func)
        arguments = self._arguments(node)
        if isinstance(function, Method) and isinstance(node.func, ast.Attribute):
            self._mutate(node.func.value, function, arguments)
        if not isinstance(function, OneOf):
            return self.call(function, arguments, node)
        return join_all([self.call(alternative, arguments, node) for alternative in function.alternatives])

    def _arguments(self, node: ast.Call) -> Arguments:
        positional: list[Value] = []
        keywords: list[tuple[str, Value]] = []
        open_positional = open_keywords = False
        for argument in node.args:
            value = self.eval(argument)
            if open_positional:
                continue  # how many come before is not known, so its position is not
            if isinstance(argument, ast.Starred):
                items, open_positional = items_of(value)
                positional += items
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
        if isinstance(function, Unknown):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in self.parameters:
                self.sinks += 1
            self._look_for_handed_over(arguments, node)
            return UNKNOWN
        match function:
            case Ref():
                return self._call_reference(function, arguments, node)
            case Partial(target=target, arguments=bound):
                return self.call(target, bound.extended(arguments), node)
            case Method():
                return self._call_method(function, arguments, node)
            case Function():
                return self.run_function(function, arguments, node)
            case Class(record=record):
                return self.make_instance(record, arguments, node)
        return UNKNOWN

    def _call_method(self, method: Method, arguments: Arguments, node: ast.expr) -> Value:
        self.charge(method.owner, *arguments.positional)
        match method.owner, method.name:
            case Namespace() as owner, "get":
                return self._from_namespace(owner, arguments.get(0) or UNKNOWN)
            case Str() as owner, name:
                return self._text_method(owner, name, arguments, node)
            case Map() as owner, "get" | "pop" | "setdefault":
                found = operators.subscript(owner, arguments.get(0) or UNKNOWN)
                default = arguments.get(1)
                return found if default is None or not isinstance(found, Unknown) else join(found, default)
            case Map() as owner, "values":
                return Seq(tuple(value for _, value in owner.items), owner.open)
            case Map() as owner, "keys":
                return Seq(tuple(items_of(owner)[0]), owner.open)
            case Map() as owner, "items":
                keys, _ = items_of(owner)
                pairs = zip(keys, (value for _, value in owner.items))
                return Seq(tuple(Seq(pair) for pair in pairs), owner.open)
            case (Map() | Seq()) as owner, "copy":
                return owner
            case Seq(), "sort":
                self._look_for_handed_over(arguments, node)
            case Seq() as owner, "pop":
                return operators.subscript(owner, arguments.get(0) or Const(-1))
        return UNKNOWN

    def _text_method(self, owner: Str, name: str, arguments: Arguments, node: ast.expr) -> Value:
        if owner.flavour is Flavour.PATH:
            sinks.apply(self, f"pathlib.Path().{name}", arguments, node, receiver=owner)
            if name in {"joinpath", "with_name", "__truediv__"}:
                base = owner.text if name != "with_name" else owner.text.map(paths.parent_of)
                return Str(paths.join_paths([base, *map(text_of, arguments.positional)]), Flavour.PATH)
        found = texts.text_method(name, owner, arguments)
        self.charge(found)
        return UNKNOWN if found is None else found

    def _call_reference(self, function: Ref, arguments: Arguments, node: ast.expr) -> Value:
        path = function.path
        self.charge(*arguments.positional)
        if path in {"builtins.getattr", "builtins.object.__getattribute__"}:
            return self._getattr(arguments, node)
        if path in NAMESPACES:
            target = arguments.get(0)
            if isinstance(target, Namespace):
                return target
            return Namespace(target.path if isinstance(target, Ref) else "" if target is None else "?")
        if path in IMPORTS:
            return self._import_call(path, arguments, node)
        if path == "builtins.map":
            return self._map(arguments, node)
        if path in {"operator.attrgetter()", "operator.methodcaller()"} and function.arguments is not None:
            return self._operator(path, function.arguments, arguments, node)
        if path in SORTING:
            self._look_for_handed_over(arguments, node)
        sinks.apply(self, path, arguments, node, receiver=function)
        folder = FOLDERS.get(path)
        folded = folder(arguments) if folder is not None else None
        if folded is not None:
            self.charge(folded)
            return folded
        if path.endswith((".__enter__", ".__aenter__")):
            return self._reference(path.rpartition(".")[0], function.arguments, function.guess)
        return self._reference(f"{path}()", arguments, function.guess)

    def _getattr(self, arguments: Arguments, node: ast.expr) -> Value:
        owner, name = arguments.get(0), text_of(arguments.get(1))
        if owner is None or name.is_unknown:
            return UNKNOWN
        found = [
            self._attribute_of(alternative, option, node)
            for alternative in alternatives(owner)
            for option in name.constants
        ]
        return join_all(found if name.only is not None else [*found, UNKNOWN])

    def _operator(self, path: str, made: Arguments, arguments: Arguments, node: ast.expr) -> Value:
        """``operator.attrgetter("system")(os)`` and ``operator.methodcaller("system", "id")(os)``."""
        value = arguments.get(0) or UNKNOWN
        name = text_of(made.get(0)).only
        if name is None:
            return UNKNOWN
        for part in name.split(".")[:8]:
            value = self._attribute_of(value, part, node)
        if path == "operator.attrgetter()":
            return value
        rest = Arguments(made.positional[1:], made.keywords, made.open_positional, made.open_keywords)
        return join_all([self.call(alternative, rest, node) for alternative in alternatives(value)])

    def _map(self, arguments: Arguments, node: ast.expr) -> Value:
        """``map(f, items)``: f of every item that is known, else of an unknown one; of none if there is none."""
        functions = alternatives(arguments.get(0) or UNKNOWN)
        columns = [items_of(column) for column in arguments.positional[1:]]
        more = arguments.open_positional or not columns or any(unknown for _, unknown in columns)
        rows = [Arguments(row) for row in zip(*(items for items, _ in columns))][:MAX_MAPPED]
        known = [join_all([self.call(function, row, node) for function in functions]) for row in rows]
        if more:
            for function in functions:
                self.call(function, Arguments((UNKNOWN,)), node)
        return Seq(tuple(known), more)

    def _import_call(self, path: str, arguments: Arguments, node: ast.expr) -> Value:
        name = text_of(arguments.get(0, "name"))
        if not name.complete or any(HOLE in option for option in name.options):
            sinks.apply(self, path, arguments, node)
            return UNKNOWN
        only = name.only
        if only is None or only.startswith("."):
            return UNKNOWN
        self.imports.setdefault(canonical(only), node)
        whole = path != "builtins.__import__" or truth(arguments.get(3, "fromlist")) is True
        module = only if whole else only.partition(".")[0]
        known = self._reference(module)
        return self._foreign(module) if isinstance(known, Unknown) else known

    def _look_for_handed_over(self, arguments: Arguments, node: ast.expr) -> None:
        """``sorted(lines, key=eval)``: who is given such a function is going to call it."""
        given = list(arguments.positional)
        given += [value for _, value in arguments.keywords]
        for value in given:
            if isinstance(value, Ref) and value.path in DANGEROUS:
                sinks.apply(self, value.path, Arguments((UNKNOWN,)), node, receiver=Ref(value.path, guess=True))

    def _mutate(self, owner: ast.expr, method: Method, arguments: Arguments) -> None:
        """``names.append(x)`` and its like change what a name holds."""
        if not isinstance(owner, ast.Name):
            return
        known = method.owner
        changed: Value | None = None
        if isinstance(known, Seq):
            changed = _changed_sequence(known, method.name, arguments)
        elif isinstance(known, Map):
            changed = _changed_map(known, method.name, arguments)
        if changed is not None:
            self.scope.bind(owner.id, changed)


def _changed_sequence(known: Seq, method: str, arguments: Arguments) -> Value | None:
    # behind an end that is not known, one unknown item stands for whatever lies between
    start = (*known.items, UNKNOWN) if known.open else known.items
    first = arguments.get(0) or UNKNOWN
    if len(start) < MAX_ITEMS and method == "append":
        return Seq((*start, first), known.open)
    if len(start) < MAX_ITEMS and method == "extend":
        items, more = members(first)
        return Seq((*start, *items), known.open or more)
    if len(start) < MAX_ITEMS and method == "insert" and not known.open and truth(arguments.get(0)) is False:
        return Seq((arguments.get(1) or UNKNOWN, *known.items))
    position = arguments.get(0) or Const(-1)
    if method == "pop" and not known.open and isinstance(position, Const) and position.value in {0, -1}:
        return Seq(known.items[1:] if position.value == 0 else known.items[:-1])
    changes = {"insert", "pop", "remove", "clear", "reverse", "sort", "add", "append", "extend", "update"}
    return Seq((), open=True) if method in changes else None


def _changed_map(known: Map, method: str, arguments: Arguments) -> Value | None:
    if method == "update":
        source = arguments.get(0)
        items = (*known.items, *(source.items if isinstance(source, Map) else ()), *arguments.keywords)
        unknown = arguments.open_keywords or not isinstance(source, (Map, type(None)))
        return Map(items[-MAX_ITEMS:], known.open or unknown or len(items) > MAX_ITEMS)
    return Map(known.items, open=True) if method in {"pop", "clear", "setdefault", "popitem"} else None
