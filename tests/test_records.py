"""Our dataclasses behave as those of the standard library, as far as we use them."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import types
from typing import Any

import pytest

from gk_hooks.model import records


def classes(library: types.ModuleType | Any, **options: bool) -> tuple[type, type]:
    """A class and one that builds on it, made by *library*."""

    @library.dataclass(**options)
    class Base:
        one: int
        two: str = "2"

        def doubled(self) -> str:
            return self.two * 2

    @library.dataclass(**options)
    class Derived(Base):
        three: list[int] = library.field(default_factory=list, compare=False)
        four: int = library.field(default=4, repr=False)

    return Base, Derived


OPTIONS = (
    pytest.param({"frozen": True, "slots": True}, id="frozen with slots"),
    pytest.param({"frozen": True}, id="frozen with a dictionary"),
    pytest.param({"slots": True}, id="with slots"),
    pytest.param({}, id="plain"),
    pytest.param({"slots": True, "eq": False}, id="compared by identity"),
)


def behaviour(library: Any, options: dict[str, bool]) -> list[object]:
    """What can be seen of objects of these classes."""
    base, derived = classes(library, **options)
    one, same, other = derived(1, four=7), derived(one=1, four=7, three=[9]), derived(1, "x", [3])
    seen: list[object] = [
        *(repr(each).rpartition(".")[2] for each in (base(1), one, same, other)),
        *(one == same, one == other, base(1) == derived(1), derived(1) == base(1)),
        *(one.three is derived(1).three, one.doubled(), derived.__match_args__, hasattr(one, "__dict__")),
        [each.name for each in library.fields(other)],
        library.asdict(other),
        repr(library.replace(other, one=5)).rpartition(".")[2],
    ]
    for wrong in (lambda: base(), lambda: base(1, "2", 3), lambda: base(1, five=5), lambda: base(1, one=1)):
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises(TypeError):
        library.replace(other, five=5)
    try:
        other.one = 8
        seen.append(other.one)
    except AttributeError:
        seen.append("frozen")
    try:
        seen.append(hash(one) == hash(same))
    except TypeError:
        seen.append("no hash")
    return seen


@pytest.mark.parametrize("options", OPTIONS)
def test_records_are_like_dataclasses(options: dict[str, bool]) -> None:
    assert behaviour(records, options) == behaviour(dataclasses, options)


@records.dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: tuple[Any, ...] = ()


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_frozen_records_can_be_pickled_and_copied(protocol: int) -> None:
    point = Point(1, (Point(2),))
    assert pickle.loads(pickle.dumps(point, protocol)) == point == copy.deepcopy(point)
