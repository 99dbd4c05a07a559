"""Functions and classes of this file: run once with what is known of any call, and again where a call knows more."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Iterable, Sequence

from gk_hooks.analyzers.context import Context, OutOfBudget
from gk_hooks.analyzers.python.expressions import Expressions
from gk_hooks.analyzers.python.inlined import Found
from gk_hooks.analyzers.python.joins import doubtful, join_all
from gk_hooks.analyzers.python.relevance import carries, hands_on
from gk_hooks.analyzers.python.scopes import MAX_CALLS, ClassRecord, FunctionRecord, Scope
from gk_hooks.analyzers.python.source import Source
from gk_hooks.analyzers.python.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Class,
    Function,
    Instance,
    Map,
    Partial,
    Ref,
    Seq,
    Str,
    Unknown,
    Value,
)
from gk_hooks.model.effects import Effect
from gk_hooks.model.records import dataclass, field

MAX_INLINE_STEPS = 40_000
"""Steps of one file that running functions again may take, beside the budget."""

MAX_FUNCTION_LINES = 80
MAX_FUNCTION_NODES = 600
TRANSPARENT = frozenset(
    "staticmethod classmethod property cached_property lru_cache cache wraps abstractmethod override final overload "
    "contextmanager asynccontextmanager".split()
)
"""Decorators under which a call of the function still is a call of its body."""


@dataclass(slots=True)
class Frame:
    """One function that is being run for the sake of a call, and whether for what it does or for its value only."""

    record: FunctionRecord
    for_effects: bool
    returned: list[Value] = field(default_factory=list)
    found: list[tuple[Effect, tuple[str, ...]]] = field(default_factory=list)


class Functions(Expressions):
    """Runs functions and makes instances."""

    def __init__(self, source: Source, context: Context, shared_names: Iterable[str] = ()) -> None:
        super().__init__(source, context, shared_names)
        self.frames: list[Frame] = []
        self.inlined: list[Found] = []
        self._calls: list[tuple[Function, Arguments, ast.expr]] = []  # to be followed when all bodies have been run
        self._current: FunctionRecord | None = None
        self._inline_steps = MAX_INLINE_STEPS

    @abstractmethod
    def _block(self, statements: Iterable[ast.stmt]) -> bool:
        """Runs *statements*; True when they never reach their end."""

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        decorators = [(decorator, self._callee(decorator)) for decorator in node.decorator_list]
        owner = self.scope.owner if self.scope.is_class else None
        record = FunctionRecord(node, self.scope, owner, self._defaults(node.args))
        self.functions.append(record)
        self.later.append(record)
        function = Function(record)
        value = self._decorated(function, decorators)
        self.scope.bind(node.name, function if TRANSPARENT.issuperset(record.decorators) else value)

    def _decorated(self, value: Value, decorators: Sequence[tuple[ast.expr, Value]]) -> Value:
        """``@exec`` calls exec with what it decorates."""
        for node, decorator in reversed(decorators):
            if isinstance(decorator, (Ref, Partial)):
                self.call(decorator, Arguments((value,)), node)
            value = UNKNOWN
        return value

    def run_once(self, record: FunctionRecord) -> None:
        """Runs the body with unknown parameters, for what it does whoever calls it."""
        parameters = record.node.args
        scope = Scope(record.scope)
        scope.owner = record.owner
        for parameter in (*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs):
            default = record.defaults.get(parameter.arg)
            scope.bind(parameter.arg, UNKNOWN if default is None else doubtful(default, "a parameter"))
        if parameters.vararg is not None:
            scope.bind(parameters.vararg.arg, Seq(open=True))
        if parameters.kwarg is not None:
            scope.bind(parameters.kwarg.arg, Map(open=True))
        first = next((parameter.arg for parameter in (*parameters.posonlyargs, *parameters.args)), None)
        if record.owner is not None and first is not None and "staticmethod" not in record.decorators:
            scope.bind(first, Instance(record.owner))
        before, outer = self.sinks, (self._current, self.parameters)
        self._current, self.parameters = record, frozenset(scope.history)
        self._run_body(record, scope)
        self._current, self.parameters = outer
        record.matters = self.sinks > before

    def run_function(self, function: Function, arguments: Arguments, node: ast.expr) -> Value:
        """What the function gives for these arguments; effects that only they make possible stand at the call."""
        record = function.record
        if record not in self.demanded and hands_on(arguments, function.receiver):
            self.demanded[record] = None
        if self._current is not None and not self.frames:
            self._current.callees[record] = None
        given = (*record.defaults.values(), *(() if function.receiver is None else (function.receiver,)))
        tells = _tells(arguments) or any(map(_is_telling, given))
        if tells and not self.frames:
            self._calls.append((function, arguments, node))
        wanted = _returns_something(record.node) or (self.frames and self.frames[0].for_effects and record.reaches())
        return self._follow(function, arguments, node, for_effects=False) if wanted else UNKNOWN

    def follow_calls(self) -> None:
        """Runs functions again for calls that hand in something known, where that may lead to an effect."""
        for function, arguments, node in self._calls:
            if function.record.reaches():
                self._follow(function, arguments, node, for_effects=True)

    def _follow(self, function: Function, arguments: Arguments, node: ast.expr, for_effects: bool) -> Value:
        record = function.record
        if len(self.frames) >= MAX_CALLS or self._inline_steps <= 0:
            return UNKNOWN
        if any(frame.record is record for frame in self.frames) or not self._is_short(record):
            return UNKNOWN
        scope = Scope(record.scope)
        scope.owner = record.owner
        self._bind_arguments(record, function.receiver, arguments, node, scope)
        return self._run_aside(Frame(record, for_effects), scope, node)

    def _is_short(self, record: FunctionRecord) -> bool:
        if record.short is None:
            node = record.node
            few_lines = (node.end_lineno or node.lineno) - node.lineno <= MAX_FUNCTION_LINES
            record.short = few_lines and _has_few_nodes(node)
        return record.short

    def _run_aside(self, frame: Frame, scope: Scope, node: ast.expr) -> Value:
        effects, later, budget = self.effects, self.later, self.budget
        self.effects, self.later = [], []
        before = budget.steps
        allowed = budget.steps = min(before, self._inline_steps)
        self.frames.append(frame)
        try:
            if not self._run_body(frame.record, scope):
                frame.returned.append(NONE)
        except (OutOfBudget, RecursionError):
            frame.returned = [UNKNOWN]
            budget.steps = 0
        finally:
            self.frames.pop()
            self._inline_steps -= allowed - budget.steps + 1
            budget.steps = before
            frame.found += [(effect, ()) for effect in self.effects]
            self.effects, self.later = effects, later
        self._keep(frame, node)
        return join_all(frame.returned)

    def _keep(self, frame: Frame, node: ast.expr) -> None:
        name = frame.record.name
        if self.frames:
            self.frames[-1].found += [(effect, (name, *chain)) for effect, chain in frame.found]
        elif frame.found and frame.for_effects:
            outer = self.source.site(node, name)
            self.inlined += [Found(effect, outer, (name, *chain)) for effect, chain in frame.found]

    def _run_body(self, record: FunctionRecord, scope: Scope) -> bool:
        """Runs the body; True when it never reaches its end without a return."""
        outer, self.scope = self.scope, scope
        try:
            if isinstance(record.node, ast.Lambda):
                self._return(self.eval(record.node.body))
                return True
            return self._block(record.node.body)
        finally:
            self.finish(scope)
            self.scope = outer

    def _return(self, value: Value) -> None:
        if self.frames:
            self.frames[-1].returned.append(value)
        elif self._current is not None and not self._current.gives:
            # what it gives may depend on what it is given
            self._current.gives = carries(value) or (self._current.speaks and isinstance(value, Unknown))

    def finish(self, scope: Scope) -> None:
        """From here on, names of *scope* are only seen from functions that run later."""
        scope.finished = True
        for name in sorted(self.shared_names & scope.history.keys()):
            scope.remember(name, UNKNOWN)

    def _bind_arguments(
        self, record: FunctionRecord, receiver: Value | None, arguments: Arguments, node: ast.expr, scope: Scope
    ) -> None:
        parameters = record.node.args
        positional = [parameter.arg for parameter in (*parameters.posonlyargs, *parameters.args)]
        given = arguments
        if receiver is not None:
            given = Arguments((receiver,)).extended(arguments)
        for index, name in enumerate([*positional, *(parameter.arg for parameter in parameters.kwonlyargs)]):
            value = given.get(index if index < len(positional) else None, name)
            default = record.defaults.get(name, UNKNOWN)
            scope.bind(name, default if value is None else self._remembered(value, node))
        if parameters.vararg is not None:
            scope.bind(parameters.vararg.arg, Seq(given.positional[len(positional) :], given.open_positional))
        if parameters.kwarg is not None:
            rest = tuple((name, value) for name, value in given.keywords if name not in positional)
            scope.bind(parameters.kwarg.arg, Map(rest, given.open_keywords))

    def make_instance(self, record: ClassRecord, arguments: Arguments, node: ast.expr) -> Value:
        """A new object: with attributes of its own where its constructor can be followed."""
        if not _tells(arguments):
            return Instance(record)
        if record.fields:
            own = {name: arguments.get(index, name) for index, name in enumerate(record.fields)}
            return Instance(record, {name: value for name, value in own.items() if value is not None})
        made = Instance(record, {})
        constructor = self._attribute_of(made, "__init__", node)
        if not isinstance(constructor, Function):
            return Instance(record)
        self.run_function(constructor, arguments, node)
        self._follow(constructor, arguments, node, for_effects=False)
        return made if made.own else Instance(record)

    def _set_attribute(self, owner: Instance, name: str, value: Value) -> None:
        if owner.own is not None:
            known = owner.own.get(name)
            owner.own[name] = value if known is None else join_all((known, value))
        elif not self.frames:  # what a body does is counted when it runs for everybody
            owner.record.assign(name, value)


def _has_few_nodes(function: ast.AST) -> bool:
    """Whether it has no more than MAX_FUNCTION_NODES nodes and does not yield."""
    nodes = [function]
    for node in nodes:  # it grows
        for name in node._fields:
            value = getattr(node, name)
            if type(value) is list:
                nodes += [each for each in value if isinstance(each, ast.AST)]
            elif isinstance(value, ast.AST):
                nodes.append(value)
        if len(nodes) > MAX_FUNCTION_NODES or type(node) in _YIELDS:
            return False
    return True


_YIELDS = frozenset({ast.Yield, ast.YieldFrom})


def _tells(arguments: Arguments) -> bool:
    return any(map(_is_telling, arguments.positional)) or any(_is_telling(value) for _, value in arguments.keywords)


def _is_telling(value: Value) -> bool:
    match value:
        case Str():
            return not value.text.is_unknown
        case Seq():
            return any(not isinstance(item, Unknown) for item in value.items)
        case Map():
            return bool(value.items)
        case Ref() | Function() | Partial() | Class():
            return True
        case Instance():
            return value.own is not None
    return False


def _returns_something(node: ast.AST) -> bool:
    if isinstance(node, ast.Lambda):
        return True
    body = getattr(node, "body", [])
    return len(body) <= 8 and any(isinstance(part, ast.Return) and part.value is not None for part in body)
