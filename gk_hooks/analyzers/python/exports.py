"""What a module offers to those that import it: constants of its own, and names that it has from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gk_hooks.analyzers.python.machine import Machine
from gk_hooks.analyzers.python.scopes import ClassRecord
from gk_hooks.analyzers.python.values import Class, Const, Foreign, Instance, Map, OneOf, Seq, Str, Unknown, Value
from gk_hooks.model.records import dataclass, field

MAX_EXPORTED = 200
"""Items of a container, and levels of it, that another file may see."""

MAX_LEVELS = 3


@dataclass(frozen=True, slots=True)
class Exports:
    """values: by name (``URL``, ``Config.URL``) what is known. elsewhere: by name, the dotted name that it stands for.
    stars: the modules of which everything is imported. open: names of which other files may tell more. lasting:
    whether the text alone decides that, and no want of memory or of stack."""

    values: dict[str, Value] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    stars: tuple[str, ...] = ()
    open: frozenset[str] = frozenset()
    lasting: bool = True


def exports_of(run: Machine) -> Exports:
    """The exports of the module that *run* has run."""
    linked = bool(run.context.links.wanted or run.star_imports)
    names = dict(_names(run.module.history))
    values = {name: value for name, value in names.items() if is_data(value)}
    elsewhere = {name: value.path for name, value in names.items() if isinstance(value, Foreign)}
    open_names = (name for name, value in names.items() if name not in elsewhere and _may_grow(value))
    return Exports(values, elsewhere, tuple(run.star_imports), frozenset(open_names if linked else ()))


def _names(history: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    """The names of a module, and those of its classes and objects."""
    for name, value in history.items():
        yield name, value
        if isinstance(value, (Class, Instance)):
            own = value.own or {} if isinstance(value, Instance) else {}
            for each, one in {**dict(_members(value.record)), **own}.items():
                yield f"{name}.{each}", one


def _may_grow(value: Value) -> bool:
    """Whether *value* has a part that is not known."""
    match value:
        case Unknown():
            return True
        case Str(text=text):
            return text.only is None
        case Seq(items=items):
            return any(not isinstance(item, Const) for item in items)
        case Map(items=pairs):
            return any(not isinstance(item, Const) for _, item in pairs)
    return isinstance(value, OneOf)


def _members(record: ClassRecord) -> Iterator[tuple[str, Value]]:
    for name in (*record.scope.history, *record.attributes):
        value = record.lookup(name)
        if value is not None:
            yield name, value


def is_data(value: Value, levels: int = MAX_LEVELS) -> bool:
    """Whether *value* means the same wherever it is used: texts, numbers, and bounded containers of them."""
    match value:
        case Str():
            return not value.text.is_unknown
        case Const():
            return True
        case OneOf(alternatives=parts):
            return all(is_data(part, levels) for part in parts)
        case Seq(items=items) if levels and len(items) <= MAX_EXPORTED:
            return bool(items) and all(is_data(item, levels - 1) for item in items)
        case Map(items=pairs) if levels and len(pairs) <= MAX_EXPORTED:
            return bool(pairs) and all(is_data(item, levels - 1) for _, item in pairs)
    return False


def alike(left: Value | None, right: Value | None) -> bool:
    """Whether both hold the same, wherever it was written."""
    match left, right:
        case Str(), Str():
            texts = ((text.options, text.complete, text.decoded) for text in (left.text, right.text))
            return left.flavour is right.flavour and len(set(texts)) == 1
        case (Seq(), Seq()):
            return left.open == right.open and _all_alike(left.items, right.items)
        case (Map(), Map()):
            same_keys = [key for key, _ in left.items] == [key for key, _ in right.items]
            values = ([value for _, value in each.items] for each in (left, right))
            return left.open == right.open and same_keys and _all_alike(*values)
        case OneOf(), OneOf():
            return _all_alike(left.alternatives, right.alternatives)
    return left == right and type(left) is type(right)


def _all_alike(left: Sequence[Value], right: Sequence[Value]) -> bool:
    return len(left) == len(right) and all(map(alike, left, right))
