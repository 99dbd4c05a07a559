"""What a module offers to those that import it: constants of its own, and names that it has from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gk_hooks.analyzers.python.machine import Machine
from gk_hooks.analyzers.python.scopes import ClassRecord
from gk_hooks.analyzers.python.values import Class, Const, Foreign, Instance, Map, OneOf, Seq, Str, Value
from gk_hooks.model.records import dataclass, field

MAX_EXPORTED = 200
"""Items of a container, and levels of it, that another file may see."""

MAX_LEVELS = 3


@dataclass(frozen=True, slots=True)
class Exports:
    """values: by name (``URL``, ``Config.URL``) what is known. elsewhere: by name, the dotted name that it stands for.
    stars: the modules of which everything is imported."""

    values: dict[str, Value] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    stars: tuple[str, ...] = ()


def exports_of(run: Machine) -> Exports:
    """The exports of the module that *run* has run."""
    found = Exports(stars=tuple(run.star_imports))
    for name, value in run.module.history.items():
        if isinstance(value, Foreign):
            found.elsewhere[name] = value.path
        elif isinstance(value, (Class, Instance)):
            own = value.own or {} if isinstance(value, Instance) else {}
            members = {**dict(_members(value.record)), **own}
            found.values.update({f"{name}.{each}": one for each, one in members.items() if is_data(one)})
        elif is_data(value):
            found.values[name] = value
    return found


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
