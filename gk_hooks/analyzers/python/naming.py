"""Names and attributes: what they refer to, and binding them."""

from __future__ import annotations

import ast

from gk_hooks.analyzers.python import folding
from gk_hooks.analyzers.python.machine import Machine
from gk_hooks.analyzers.python.names import BUILTINS, canonical, is_catalogued
from gk_hooks.analyzers.python.scopes import ClassRecord
from gk_hooks.analyzers.python.values import (
    MAX_ITEMS,
    MAX_PATH,
    UNKNOWN,
    Arguments,
    Class,
    Const,
    Flavour,
    Instance,
    Map,
    Method,
    Namespace,
    OneOf,
    Ref,
    Seq,
    Str,
    Unknown,
    Value,
    alternatives,
    join_all,
    text_of,
    through,
)
from gk_hooks.model.effects import excerpt
from gk_hooks.model.values import HERE, SYS_EXECUTABLE, Step, Text

WELL_KNOWN: dict[str, Value] = {
    "__file__": Str(Text.of(f"{HERE}/<file>")),
    "__name__": UNKNOWN,
    "__builtins__": Namespace("builtins"),
}
CONSTANTS: dict[str, Value] = {
    "sys.executable": Str(Text.of(SYS_EXECUTABLE)),
    "sys.modules": Namespace("sys.modules"),
    "os.sep": Str(Text.of("/")),
    "os.path.sep": Str(Text.of("/")),
    "os.devnull": Str(Text.of("/dev/null")),
    "socket.INADDR_ANY": Str(Text.of("0.0.0.0")),
    "socket.INADDR_LOOPBACK": Str(Text.of("127.0.0.1")),
    "string.ascii_lowercase": Str(Text.of("abcdefghijklmnopqrstuvwxyz")),
    "string.ascii_uppercase": Str(Text.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
    "string.digits": Str(Text.of("0123456789")),
}
"""Names outside the file whose values are known."""


class Naming(Machine):
    """Reads and binds names, attributes and items of namespaces."""

    def _name(self, node: ast.Name) -> Value:
        name = node.id
        value = self.scope.lookup(name)
        if value is not None:
            return value
        for module in self.star_imports:
            if is_catalogued(f"{module}.{name}"):
                return self._reference(f"{module}.{name}")
        if name in BUILTINS:
            return Ref(f"builtins.{name}")
        return WELL_KNOWN.get(name, UNKNOWN)

    def _reference(self, path: str, arguments: Arguments | None = None) -> Value:
        path = canonical(path)
        if path in CONSTANTS:
            return CONSTANTS[path]
        if len(path) > MAX_PATH or not is_catalogued(path):
            return UNKNOWN
        return Ref(path, arguments)

    def _attribute(self, node: ast.Attribute) -> Value:
        return self._attribute_of(self.eval(node.value), node.attr)

    def _attribute_of(self, owner: Value, name: str) -> Value:
        match owner:
            case Ref(path=path):
                if name in {"__dict__"}:
                    return Namespace(path)
                if name == "__call__":
                    return owner
                return self._reference(f"{path}.{name}", owner.arguments)
            case Str(flavour=Flavour.PATH) if name in {"parent", "parents"}:
                parent = Str(owner.text.map(folding.parent_of), Flavour.PATH)
                if name == "parent":
                    return parent
                above = Str(parent.text.map(folding.parent_of), Flavour.PATH)
                return Seq((parent, above, Str(above.text.map(folding.parent_of), Flavour.PATH)), open=True)
            case Str() | Seq() | Map():
                return Method(owner, name)
            case Instance(record=record) | Class(record=record):
                return self._member(record, name)
            case Namespace(owner=module) if module not in {"", "sys.modules"}:
                if name == "get":
                    return Method(owner, name)
                return self._reference(f"{module}.{name}")
            case Namespace():
                return Method(owner, name)
            case OneOf():
                return join_all(self._attribute_of(alternative, name) for alternative in owner.alternatives)
            case Unknown():
                return self._reference(f"?.{name}")
        return UNKNOWN

    def _member(self, record: ClassRecord, name: str) -> Value:
        seen: list[ClassRecord] = []
        pending = [record]
        while pending:
            here = pending.pop(0)
            if here in seen:
                continue
            seen.append(here)
            found = here.lookup(name)
            if found is not None:
                return found
            for base in here.bases:
                for alternative in alternatives(base):
                    if isinstance(alternative, Class):
                        pending.append(alternative.record)
                    elif isinstance(alternative, Ref) and is_catalogued(f"{alternative.path}().{name}"):
                        return self._reference(f"{alternative.path}().{name}")
        return self._reference(f"?.{name}")

    def _from_namespace(self, owner: Namespace, index: Value) -> Value:
        name = text_of(index).only
        if name is None:
            return UNKNOWN
        if owner.owner == "sys.modules":
            return self._reference(name)
        if owner.owner == "":
            if name == "__builtins__":
                return Namespace("builtins")
            value = self.module.lookup(name)
            return value if value is not None else UNKNOWN
        return self._reference(f"{owner.owner}.{name}")

    def _bind(self, target: ast.expr, value: Value, node: ast.stmt | ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.scope.bind(target.id, self._remembered(target.id, value, node))
        elif isinstance(target, ast.Attribute):
            owner = self.eval(target.value)
            if isinstance(owner, Instance):
                owner.record.assign(target.attr, self._remembered(f"self.{target.attr}", value, node))
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target, value, node)
        elif isinstance(target, ast.Starred):
            self._bind(target.value, Seq(open=True), node)
        elif isinstance(target, ast.Subscript):
            self._bind_item(target, value, node)

    def _remembered(self, name: str, value: Value, node: ast.stmt | ast.expr) -> Value:
        if not isinstance(value, (Str, OneOf, Seq)):
            return value
        line = self.source.context.site(node.lineno, 1, node.lineno, 1, "", "").line
        return through(value, Step(line, excerpt(self.source.segment(node))[:100]))

    def _unpack(self, target: ast.Tuple | ast.List, value: Value, node: ast.stmt | ast.expr) -> None:
        for position, part in enumerate(target.elts):
            parts = [
                item.items[position]
                if isinstance(item, Seq)
                and not item.open
                and len(item.items) == len(target.elts)
                and not any(isinstance(part, ast.Starred) for part in target.elts)
                else UNKNOWN
                for item in alternatives(value)
            ]
            self._bind(part, join_all(parts), node)

    def _bind_item(self, target: ast.Subscript, value: Value, node: ast.stmt | ast.expr) -> None:
        owner = self.eval(target.value)
        index = self.eval(target.slice)
        if isinstance(owner, Map) and isinstance(target.value, ast.Name):
            key = index.text.only if isinstance(index, Str) else index.value if isinstance(index, Const) else None
            known = tuple((name, item) for name, item in owner.items if name != key)
            open_ended = owner.open or key is None or len(known) > MAX_ITEMS
            self._bind(target.value, Map((*known[:MAX_ITEMS], (key, value)), open_ended), node)
