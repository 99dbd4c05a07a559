"""Scopes: which value a name has at this point of the program.

Statements run in order. A block that may or may not run (an ``if``, a loop) writes into an overlay that is joined
with what was known before. Function bodies run later, so they see of an outer scope the *history* of a name: the
join of everything that was ever assigned to it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from gk_hooks.analyzers.python.joins import doubtful, join
from gk_hooks.analyzers.python.values import UNKNOWN, Seq, Unknown, Value, alternatives
from gk_hooks.model.records import dataclass, field

MAX_CALLS = 3
"""Calls that are followed from one function of a file to the next."""

MAX_CALLEES = 100


class Scope:
    """The names of a module, class or function, as layers of overlays."""

    def __init__(self, parent: Scope | None = None, owner: ClassRecord | None = None, is_class: bool = False) -> None:
        self.parent = parent
        self.owner = owner  # the class whose method this is
        self.is_class = is_class
        self.is_comprehension = False
        self.layers: list[dict[str, Value]] = [{}]
        self.history: dict[str, Value] = {}
        self.elsewhere: dict[str, Scope] = {}  # names declared global or nonlocal
        self.finished = False

    def lookup(self, name: str) -> Value | None:
        """The value of *name* here, or None when no scope of the file binds it."""
        scope: Scope | None = self
        inside = True
        while scope is not None:
            if inside or not scope.is_class:
                value = scope._own(name)
                if value is not None:
                    return value
            inside = False
            scope = scope.parent
        return None

    def bind(self, name: str, value: Value) -> None:
        """Assigns *value* to *name*."""
        scope = self.elsewhere.get(name)
        if scope is not None:
            scope.remember(name, value)
            return
        self.layers[-1][name] = value
        self.remember(name, value)

    def remember(self, name: str, value: Value) -> None:
        """Adds *value* to what *name* may ever be."""
        known = self.history.get(name)
        self.history[name] = value if known is None else join(known, value)

    def forget(self) -> None:
        """Lets go of all values."""
        self.owner = None
        self.layers.clear()
        self.history.clear()
        self.elsewhere.clear()

    def blur(self, statements: list[ast.stmt]) -> None:
        """Before a loop over *statements*: a round that comes before this point may have changed what names hold."""
        changed = sorted(set(assigned_names(statements)))
        for name in changed:
            value = self._own(name)
            if value is not None:
                self.layers[-1][name] = join(value, UNKNOWN)
        for name in sorted(set(_mutated_names(statements)).difference(changed)):
            value = self._own(name)
            if isinstance(value, Seq):
                self.layers[-1][name] = Seq(value.items, open=True)

    def push(self) -> None:
        """Opens an overlay for a block that may not run."""
        self.layers.append({})

    def pop(self) -> dict[str, Value]:
        """Closes the overlay and returns what it assigned."""
        return self.layers.pop()

    def merge(self, branches: list[dict[str, Value]], exhaustive: bool, builtin: Callable[[str], Value | None]) -> None:
        """Joins the overlays of branches of which one ran, or none unless *exhaustive*. *builtin*: what a name that
        nothing binds means."""
        for name in dict.fromkeys(name for branch in branches for name in branch):
            before = self.lookup(name)
            if before is None:
                before = builtin(name)
            values = [branch.get(name, before) for branch in branches]
            if not exhaustive:
                values.append(before)
            present = [value for value in values if value is not None]
            merged = present[0]
            for value in present[1:]:
                merged = join(merged, value)
            self.layers[-1][name] = merged

    def _own(self, name: str) -> Value | None:
        if self.finished:
            return self.history.get(name)
        layers = self.layers
        if len(layers) == 1:
            return layers[0].get(name)
        for layer in reversed(layers):
            if name in layer:
                return layer[name]
        return None


class FunctionRecord:
    """A function of this file, run once after the scope that defines it, and again where a call knows more.

    owner: the class whose method it is. decorators: their names. matters: whether it calls anything that the catalogue
    knows, or one of its parameters. speaks: whether it has a word by which the catalogues are reached. gives: whether
    it returns, or may return, more than data (see relevance). callees: the functions of this file that it calls. short:
    whether it is short enough to be run again; None until somebody asks. stores: the attributes that it assigns; None
    until somebody asks.
    """

    def __init__(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        scope: Scope,
        owner: ClassRecord | None,
        defaults: dict[str, Value],
    ) -> None:
        self.node = node
        self.scope = scope
        self.owner = owner
        self.defaults = defaults
        self.decorators = tuple(map(decorator_name, getattr(node, "decorator_list", ())))
        self.matters = self.speaks = self.gives = False
        self.callees: dict[FunctionRecord, None] = {}
        self.short: bool | None = None
        self.stores: frozenset[bytes] | None = None

    def reaches(self) -> bool:
        """Whether the body, or a function of this file that it calls, does anything that the catalogue knows."""
        if not self.callees:
            return self.matters
        reached, around = {self: None}, [self]
        for _ in range(MAX_CALLS):
            if any(one.matters for one in around):
                return True
            around = [callee for one in around for callee in one.callees if callee not in reached][:MAX_CALLEES]
            reached.update(dict.fromkeys(around))
        return False

    @property
    def name(self) -> str:
        """Its name, or "lambda"."""
        return "lambda" if isinstance(self.node, ast.Lambda) else self.node.name


@dataclass(eq=False, slots=True)
class ClassRecord:
    """A class of this file: its body's scope, its bases, and what its methods assign to attributes of ``self``.

    body: of the class statement. seen: how many of such assignments to each name have been. expected: how many there
    are; None until somebody asks. inherits: whether it has more than data from its bases (see relevance).
    """

    name: str
    scope: Scope
    bases: tuple[Value, ...] = ()
    attributes: dict[str, Value] = field(default_factory=dict)
    body: Sequence[ast.stmt] = ()
    seen: dict[str, int] = field(default_factory=dict)
    expected: dict[str, int] | None = None
    inherits: bool = False
    fields: tuple[str, ...] = ()  # of a dataclass or a named tuple, in the order of its constructor

    def assign(self, name: str, value: Value) -> None:
        """Records ``self.name = value``."""
        known = self.attributes.get(name)
        self.attributes[name] = value if known is None else join(known, value)
        self.seen[name] = self.seen.get(name, 0) + 1

    def is_pending(self, name: str) -> bool:
        """Whether there are more such assignments to *name* than have been seen: then nothing is complete."""
        if self.expected is None:
            self.expected = self_assignments(self.body)
        return self.expected.get(name, 0) > self.seen.get(name, 0)

    def lookup(self, name: str) -> Value | None:
        """What ``self.name`` may be, or None when this class says nothing of it."""
        here = self.scope.history.get(name)
        assigned = self.attributes.get(name)
        if self.is_pending(name):
            assigned = UNKNOWN if assigned is None else join(assigned, UNKNOWN)
        if here is None or assigned is None:
            return here if assigned is None else assigned
        if any(isinstance(part, Unknown) for part in alternatives(assigned)):
            here = doubtful(here, "an attribute")  # a default that objects replace
        return join(here, assigned)


def decorator_name(node: ast.expr) -> str:
    """The last name of a decorator: ``functools.lru_cache(1)`` → "lru_cache"."""
    if isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def assigned_names(statements: Iterable[ast.stmt]) -> Iterator[str]:
    """The names that *statements* may assign, nested blocks included, nested functions and classes not."""
    for node in _nested(statements, into_functions=False):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        for target in _targets(node):
            yield from (part.id for part in _flat(target) if isinstance(part, ast.Name))


def _mutated_names(statements: Iterable[ast.stmt]) -> Iterator[str]:
    """The names on which *statements* call a method for its own sake, as in ``names.append(x)``."""
    for node in _nested(statements, into_functions=False):
        call = node.value if isinstance(node, ast.Expr) else None
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
        ):
            yield call.func.value.id


def self_assignments(body: Iterable[ast.stmt]) -> dict[str, int]:
    """How often the methods in a class's *body* assign each attribute of their first parameter."""
    counts: dict[str, int] = {}
    for method in body:
        if not isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)) or not method.args.args:
            continue
        me = method.args.args[0].arg
        for target in attribute_targets(method.body):
            if isinstance(target.value, ast.Name) and target.value.id == me:
                counts[target.attr] = counts.get(target.attr, 0) + 1
    return counts


def attribute_targets(body: Iterable[ast.stmt]) -> list[ast.Attribute]:
    """The attributes that *body* assigns, nested functions included."""
    found: list[ast.Attribute] = []
    for node in _nested(body, into_functions=True):
        if type(node) in _ASSIGNING:
            for target in _targets(node):
                if type(target) is ast.Attribute:
                    found.append(target)
                elif type(target) is not ast.Name:
                    found += (part for part in _flat(target) if isinstance(part, ast.Attribute))
    return found


def _nested(statements: Iterable[ast.stmt], into_functions: bool) -> list[ast.AST]:
    """*statements*, those inside of them, and the handlers and cases that hold some, in no order."""
    found: list[ast.AST] = list(statements)
    for node in found:  # it grows
        blocks = _BLOCKS.get(type(node))
        if blocks and (into_functions or type(node) not in _SCOPES):
            for block in blocks:
                found += getattr(node, block)
    return found


_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BLOCKS: dict[type[ast.AST], tuple[str, ...]] = {
    **dict.fromkeys((ast.If, ast.For, ast.AsyncFor, ast.While), ("body", "orelse")),
    **dict.fromkeys((*_SCOPES, ast.With, ast.AsyncWith, ast.ExceptHandler, ast.match_case), ("body",)),
    **dict.fromkeys((ast.Try, ast.TryStar), ("body", "handlers", "orelse", "finalbody")),
    ast.Match: ("cases",),
}


def _targets(node: Any) -> Sequence[ast.expr]:
    kind = type(node)
    if kind is ast.Assign:
        targets: list[ast.expr] = node.targets
        return targets
    if kind in _WITH_ONE_TARGET:
        return (node.target,)
    if kind is ast.AnnAssign and node.value is not None:
        return (node.target,)
    if kind in _WITHS:
        return [item.optional_vars for item in node.items if item.optional_vars is not None]
    return ()


_WITH_ONE_TARGET = frozenset({ast.AugAssign, ast.For, ast.AsyncFor})
_WITHS = frozenset({ast.With, ast.AsyncWith})
_ASSIGNING = frozenset({ast.Assign, ast.AnnAssign, *_WITH_ONE_TARGET, *_WITHS})


def _flat(target: ast.expr) -> Iterator[ast.expr]:
    pending = [target]
    while pending:
        part = pending.pop()
        if isinstance(part, (ast.Tuple, ast.List)):
            pending += part.elts
        elif isinstance(part, ast.Starred):
            pending.append(part.value)
        else:
            yield part
