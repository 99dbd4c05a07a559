"""Names and attributes: what they refer to, and binding them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from gk_hooks.analyzers.python.folding.paths import parent_of
from gk_hooks.analyzers.python.joins import join_all, through
from gk_hooks.analyzers.python.machine import Machine
from gk_hooks.analyzers.python.names import BUILTINS, MODULES, canonical, is_catalogued
from gk_hooks.analyzers.python.scopes import ClassRecord
from gk_hooks.analyzers.python.values import (
    MAX_ITEMS,
    MAX_PATH,
    UNKNOWN,
    Arguments,
    Class,
    Const,
    Flavour,
    Foreign,
    Function,
    Instance,
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
from gk_hooks.analyzers.python.views import items_of, text_of
from gk_hooks.model.effects import excerpt
from gk_hooks.model.values import HERE, SYS_EXECUTABLE, Step, Text

WELL_KNOWN: dict[str, Value] = {
    "__file__": Str(Text.of(f"{HERE}/<file>")),
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

MAX_BASES = 32


def inside(module: str, name: str) -> str:
    """*name* of *module*, as dotted names spell it: ``.`` and ``a`` → ``.a``."""
    return module + name if module.endswith(".") else f"{module}.{name}"


class Naming(Machine):
    """Reads and binds names, attributes and items of namespaces."""

    def _name(self, node: ast.Name) -> Value:
        name = node.id
        value = self.scope.lookup(name)
        if value is not None:
            if isinstance(value, (Foreign, OneOf)):
                self._want(value)
            return value
        for module in self.star_imports:
            if is_catalogued(f"{module}.{name}"):
                return self._reference(f"{module}.{name}")
        builtin = self._builtin(name)
        if builtin is not None:
            return builtin
        for module in reversed(self.star_imports):
            found = self._foreign(inside(module, name))
            self._want(found)
            if not isinstance(found, Unknown):
                return found
        # what nothing here binds came in from outside, or the text is a fragment: its name is all there is to go by
        return Ref(canonical(name), guess=True) if name in MODULES else UNKNOWN

    def _builtin(self, name: str) -> Value | None:
        """What *name* means where nothing binds it."""
        return Ref(f"builtins.{name}") if name in BUILTINS else WELL_KNOWN.get(name)

    @staticmethod
    def _reference(path: str, arguments: Arguments | None = None, guess: bool = False) -> Value:
        if len(path) > MAX_PATH or not is_catalogued(path):
            return UNKNOWN
        path = canonical(path)
        return CONSTANTS.get(path) or Ref(path, arguments, guess)

    def _attribute(self, node: ast.Attribute) -> Value:
        return self._attribute_of(self.eval(node.value), node.attr, node)

    def _attribute_of(self, owner: Value, name: str, node: ast.expr) -> Value:
        if isinstance(owner, Foreign):
            found = self._foreign(f"{owner.path}.{name}")
            self._want(found)
            by_name = self._by_name(name)
            return by_name if isinstance(found, Foreign) and not isinstance(by_name, Unknown) else found
        if isinstance(owner, (Unknown, Function)):
            return self._by_name(name)
        match owner:
            case Ref(path=path):
                if name == "__dict__":
                    return Namespace(path)
                if name == "__getattribute__":
                    return Partial(Ref("builtins.getattr"), Arguments((owner,)))
                return owner if name == "__call__" else self._reference(f"{path}.{name}", owner.arguments, owner.guess)
            case Str(flavour=Flavour.PATH) if name in {"parent", "parents"}:
                return self._above(owner, name)
            case Instance() | Class():
                return self._member(owner, name, node)
            case Namespace(owner=module) if module not in {"", "sys.modules"} and name != "get":
                return owner if name == "__dict__" else self._reference(f"{module}.{name}")
            case Str() | Seq() | Map() | Namespace():
                return self._gadget(name) or Method(owner, name)
            case OneOf():
                return join_all(self._attribute_of(alternative, name, node) for alternative in owner.alternatives)
        return UNKNOWN

    def _foreign(self, path: str) -> Value:
        """What *path*, which an import spells and no catalogue knows, holds in another file of the snapshot."""
        if len(path) > MAX_PATH:
            return UNKNOWN
        known = self.context.links.known(path)
        return known if isinstance(known, Value) else Foreign(path=path)

    def _want(self, value: Value) -> None:
        """Notes that something is done with *value*, as far as another file may define it."""
        if isinstance(value, (Foreign, OneOf)):
            for part in alternatives(value):
                if isinstance(part, Foreign):
                    self.context.links.wanted[part.path] = None

    def _callee(self, node: ast.expr) -> Value:
        """What is called: no constant, so other files are not asked for it."""
        if isinstance(node, ast.Name):
            value = self.scope.lookup(node.id)
            return value if value is not None else self._name(node)
        if isinstance(node, ast.Attribute):
            owner = self.eval(node.value)
            if isinstance(owner, Foreign):
                return self._by_name(node.attr)
            return self._attribute_of(owner, node.attr, node)
        return self.eval(node)

    @staticmethod
    @lru_cache(maxsize=4096)
    def _by_name(name: str) -> Value:
        """What the attribute *name* of something unknown is, by its name alone."""
        return Naming._gadget(name) or Naming._reference(f"?.{name}")

    @staticmethod
    def _gadget(name: str) -> Value | None:
        """``f.__globals__`` holds whatever its module imports, and the builtins."""
        return Namespace("?globals") if name in {"__globals__", "func_globals", "f_globals"} else None

    def _above(self, path: Str, name: str) -> Value:
        folders = [Str(path.text.map(parent_of), Flavour.PATH)]
        if name == "parent":
            return folders[0]
        for _ in range(3):
            folders.append(Str(folders[-1].text.map(parent_of), Flavour.PATH))
        return Seq(tuple(folders), open=True)

    def _member(self, owner: Instance | Class, name: str, node: ast.expr) -> Value:
        if isinstance(owner, Instance) and owner.own is not None and name in owner.own:
            return owner.own[name]
        for record, base in self._ancestry(owner.record):
            if record is not None:
                found = record.lookup(name)
                if isinstance(found, OneOf):
                    return join_all([self._bound(part, owner, node) for part in found.alternatives])
                if found is not None:
                    return self._bound(found, owner, node)
            elif isinstance(base, Ref) and is_catalogued(f"{base.path}().{name}"):
                return self._reference(f"{base.path}().{name}", base.arguments, base.guess)
        return self._reference(f"?.{name}")

    def _ancestry(self, first: ClassRecord) -> Iterator[tuple[ClassRecord | None, Value]]:
        """The class and its bases, nearest first: those of this file, and what is known of the others."""
        yield first, UNKNOWN
        seen = [first]
        pending = [part for value in first.bases for part in alternatives(value)]
        for _ in range(MAX_BASES):
            if not pending:
                return
            base = pending.pop(0)
            if not isinstance(base, Class):
                yield None, base
            elif base.record not in seen:
                seen.append(base.record)
                yield base.record, base
                pending += [part for value in base.record.bases for part in alternatives(value)]

    def _bound(self, value: Value, owner: Instance | Class, node: ast.expr) -> Value:
        """A function that is found on *owner*, as Python's descriptors bind it."""
        if not isinstance(value, Function) or value.receiver is not None:
            return value
        decorators = value.record.decorators
        if "staticmethod" in decorators:
            return value
        if isinstance(owner, Class):
            return Function(value.record, owner) if "classmethod" in decorators else value
        if "property" in decorators or "cached_property" in decorators:
            return self.run_function(Function(value.record, owner), Arguments(), node)
        return Function(value.record, owner)

    def _from_namespace(self, owner: Namespace, index: Value) -> Value:
        name = text_of(index).only
        if name is None:
            return UNKNOWN
        if owner.owner == "sys.modules":
            return self._reference(name)
        if name == "__builtins__":
            return Namespace("builtins")
        if owner.owner == "":
            value = self.module.lookup(name)
            return value if value is not None else UNKNOWN
        if owner.owner == "?globals":
            return Ref(name, guess=True) if name in MODULES else self._reference(f"os.{name}", guess=True)
        return self._reference(f"{owner.owner}.{name}")

    def _bind(self, target: ast.expr, value: Value, node: ast.stmt | ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self.scope.bind(name, self._remembered(value, node))
                if name in BUILTINS and len(self.scope.layers) > 1:
                    self.scope.remember(name, Ref(f"builtins.{name}"))  # bound only if this block runs
            case ast.Attribute():
                owner = self.eval(target.value)
                if isinstance(owner, Instance):
                    self._set_attribute(owner, target.attr, self._remembered(value, node))
            case ast.Tuple() | ast.List():
                self._unpack(target, value, node)
            case ast.Starred():
                self._bind(target.value, Seq(open=True), node)
            case ast.Subscript():
                self._bind_item(target, value, node)

    def _set_attribute(self, owner: Instance, name: str, value: Value) -> None:
        owner.record.assign(name, value)

    def _remembered(self, value: Value, node: ast.stmt | ast.expr) -> Value:
        if not isinstance(value, (Str, OneOf, Seq)):
            return value
        return through(value, self._step(node))

    def _step(self, node: ast.stmt | ast.expr) -> Step:
        step = self.steps.get(node)
        if step is None:
            what = excerpt(self.source.segment(node, limit=100))
            step = self.steps[node] = Step(self.source.outer_line(node), what, self.context.links.file)
        return step

    def _unpack(self, target: ast.Tuple | ast.List, value: Value, node: ast.stmt | ast.expr) -> None:
        starred = any(isinstance(part, ast.Starred) for part in target.elts)
        rows = [items_of(alternative) for alternative in alternatives(value)]
        for position, part in enumerate(target.elts):
            exact = [
                items[position] if not starred and not more and len(items) == len(target.elts) else UNKNOWN
                for items, more in rows
            ]
            self._bind(part, join_all(exact), node)

    def _bind_item(self, target: ast.Subscript, value: Value, node: ast.stmt | ast.expr) -> None:
        owner = self.eval(target.value)
        index = self.eval(target.slice)
        self.charge(owner)
        if not isinstance(target.value, ast.Name):
            return
        if isinstance(owner, Map):
            key = index.text.only if isinstance(index, Str) else index.value if isinstance(index, Const) else None
            known = tuple((name, item) for name, item in owner.items if name != key and key is not None)
            open_ended = owner.open or key is None or len(known) >= MAX_ITEMS
            self.scope.bind(target.value.id, Map((*known[: MAX_ITEMS - 1], (key, value)), open_ended))
        elif isinstance(owner, Seq):
            position = index.value if isinstance(index, Const) and isinstance(index.value, int) else -1
            exact = not owner.open and 0 <= position < len(owner.items)
            items = (*owner.items[:position], value, *owner.items[position + 1 :]) if exact else ()
            self.scope.bind(target.value.id, Seq(items, open=not exact))
