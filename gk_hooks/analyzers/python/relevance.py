"""Which functions of a module need to be run: those that can lead to an effect, or to what one is done with.

The module level is always run. Of the functions, the prefilter's words say which ones may do something by themselves.
The others matter when they are handed more than data, or inherit it; when they speak of a name behind which there is
more than data, such as a function that turned out to do something or to return an API; when they change a global name;
or when they assign an attribute that one which runs speaks of. What is left over can have no effect, and is not run.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from gk_hooks.analyzers.python.machine import Machine
from gk_hooks.analyzers.python.names import EFFECTFUL, FAMILIES, is_catalogued, meanings
from gk_hooks.analyzers.python.prefilter import (
    ACCESS,
    ALWAYS,
    MIN_ENCODED,
    Reach,
    encoded_size,
    places,
    words_of,
)
from gk_hooks.analyzers.python.routes import BY_ATTRIBUTE
from gk_hooks.analyzers.python.scopes import ClassRecord, FunctionRecord, attribute_targets
from gk_hooks.analyzers.python.values import (
    Arguments,
    Class,
    Const,
    Foreign,
    Function,
    Instance,
    Map,
    Namespace,
    OneOf,
    Partial,
    Ref,
    Seq,
    Str,
    Unknown,
    Value,
)
from gk_hooks.model.regex import regex

MAX_ROUNDS = 12
"""Times that the waiting functions are looked through; in a file that needs more, every function is run."""

MAX_NAMES = 200
"""Names behind which there is more than data; in a file with more of them, every function is run."""

MAX_LOOKED = 256
"""Containers and the like inside one value that are looked into; one with more counts as more than data."""

_SHARING = (b"global", b"nonlocal")
"""Words of functions that change what others see."""

_ATTRIBUTE = regex(rb"\.\s*(\w+)")
_ACCESS = tuple(sorted(word.encode() for word in ACCESS))
_DATA = frozenset({Unknown, Foreign, Str, Const})


class Relevance:
    """Picks, wave by wave, from the functions that wait."""

    def __init__(self, run: Machine, reach: Reach) -> None:
        self._run = run
        self._everything = any(map(is_catalogued, run.star_imports))
        self._encoded = reach.encoded
        self._data = reach.data
        self._line_starts = (0, *accumulate(map(len, self._data.splitlines(keepends=True))), len(self._data))
        self._access = [word for word in _ACCESS if word in self._data]
        self._hits = sorted([*reach.places(), *(at for word in _SHARING for at in places(word, self._data))])
        self._demanded: set[FunctionRecord] = set()
        self._searched: set[str] = set()
        self._spoken: set[bytes] = set()  # attributes of what runs
        self._rounds = 0

    def pick(self, waiting: Sequence[FunctionRecord]) -> list[FunctionRecord]:
        """Those of *waiting* that matter by what is known so far, in their order; none when no more do."""
        self._search(self._more_names())
        self._demanded = _with_callees(self._run.demanded)
        picked: dict[FunctionRecord, None] = {}
        more = list(filter(self._matters, waiting))
        while more:
            self._rounds += 1
            if self._rounds > MAX_ROUNDS:
                return list(waiting)
            picked.update(dict.fromkeys(more))
            for record in more:
                self._hear(record)
            more = [record for record in waiting if record not in picked and self._feeds(record)]
        return [record for record in waiting if record in picked]

    def _search(self, new: list[str]) -> None:
        self._searched.update(new)
        if len(self._searched) > MAX_NAMES:
            self._everything = True
        elif new:
            words = (name.encode("utf-8", "replace") for name in new)
            self._hits = sorted([*self._hits, *(at for word in words for at in places(word, self._data))])

    def _matters(self, record: FunctionRecord) -> bool:
        if self._everything or isinstance(record.node, ast.Lambda) or record in self._demanded:
            return True
        start, end = self._span(record)
        hit = bisect_left(self._hits, start)
        if hit < len(self._hits) and self._hits[hit] < end:
            record.speaks = True
            return True
        if self._encoded and encoded_size(self._data[start:end]) >= MIN_ENCODED:
            return True
        # what a class inherits is called by names that no prefilter knows
        return record.owner is not None and record.owner.inherits

    def _hear(self, record: FunctionRecord) -> None:
        """Remembers the attributes that *record* speaks of."""
        start, end = self._span(record)
        data = self._data[start:end]
        self._spoken.update(words_of(data) if any(word in data for word in self._access) else _ATTRIBUTE.findall(data))

    def _feeds(self, record: FunctionRecord) -> bool:
        """Whether it assigns an attribute that something which runs speaks of."""
        if record.stores is None:
            targets = () if isinstance(record.node, ast.Lambda) else attribute_targets(record.node.body)
            record.stores = frozenset(target.attr.encode("utf-8", "replace") for target in targets)
        return not record.stores.isdisjoint(self._spoken)

    def _span(self, record: FunctionRecord) -> tuple[int, int]:
        """Where a function stands in the text."""
        node = record.node
        return self._line_starts[node.lineno - 1], self._line_starts[node.end_lineno or node.lineno]

    def _more_names(self) -> list[str]:
        """The names not searched yet, of the module and its classes, behind which there is more than data: what they
        hold may be called with an effect."""
        found = (
            name
            for history in self._histories()
            for name, value in history.items()
            if type(value) not in _DATA and name not in self._searched and carries(value)
        )
        return list(dict.fromkeys(found))

    def _histories(self) -> Iterator[dict[str, Value]]:
        yield self._run.module.history
        for record in self._run.classes:
            yield record.scope.history
            yield record.attributes


def _with_callees(functions: Iterable[FunctionRecord]) -> set[FunctionRecord]:
    """What is handed to *functions* may be handed on to those that they call."""
    found = set[FunctionRecord]()
    pending = list(functions)
    while pending:
        function = pending.pop()
        if function not in found:
            found.add(function)
            pending += function.callees
    return found


def hands_on(arguments: Arguments, receiver: Value | None) -> bool:
    """Whether a function that is given these could do something with them of which its own words say nothing."""
    values = [*arguments.positional, *(value for _, value in arguments.keywords)]
    if isinstance(receiver, Instance):
        values += (receiver.own or {}).values()
    return any(carries(value, any_function=True) for value in values)


def carries(value: Value, any_function: bool = False) -> bool:
    """Whether there is more than data in *value*: what may be called with an effect, whatever its name.

    any_function: whether functions and classes of this file count that did nothing so far.
    """
    if type(value) in _DATA:
        return False
    pending = [value]
    looked = 0
    while pending and looked < MAX_LOOKED:
        looked += 1
        match pending.pop():
            case Function(record=function):
                if any_function or function.gives or function.reaches():
                    return True
            case Ref(path=path):
                if _is_used_by_any_name(path):
                    return True
            case Class(record=record):
                if any_function or _is_more_than_its_methods(record):
                    return True
            case Instance(record=record, own=own):
                if _is_more_than_its_methods(record):
                    return True
                pending += _no_data((own or {}).values())
            case Seq(items=values) | OneOf(alternatives=values):
                pending += _no_data(values)
            case Map(items=pairs):
                pending += _no_data(item for _, item in pairs)
            case Partial() | Namespace():
                return True
    return bool(pending)


def _no_data(values: Iterable[Value]) -> list[Value]:
    return [value for value in values if type(value) not in _DATA]


def _is_more_than_its_methods(record: ClassRecord) -> bool:
    """Whether making or using an object of the class does more than to call its methods by their names."""
    return record.inherits or any(
        name.startswith("__") and isinstance(value, (Function, Ref, Partial)) and carries(value)
        for name, value in record.scope.history.items()
    )


def _is_used_by_any_name(path: str) -> bool:
    """Whether something can be done with *path* without a word by which the prefilter knows it."""
    root, _, rest = path.partition(".")
    if root == "builtins":
        return rest in {"", "map", *ACCESS, *ALWAYS} or bool(meanings(path))
    if root == "operator":
        return True
    if root in BY_ATTRIBUTE:
        return bool(meanings(path))
    return path in EFFECTFUL or path.startswith(FAMILIES)
