"""Dataclasses for a program that starts often: the part of ``dataclasses`` that we use, under the same names.

``dataclasses`` writes and compiles up to eight methods for each class and imports ``inspect`` for it: for our classes
that was a quarter of a hook's time. Here all classes share their methods, which read the list of fields, so a class
costs next to nothing, and making an object no more than before. To type checkers these *are* dataclasses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from types import FunctionType
from typing import TYPE_CHECKING, Any

_MISSING = object()


class _Field:
    """One field of a record; see dataclasses.field."""

    def __init__(
        self,
        *,
        default: Any = _MISSING,
        default_factory: Callable[[], Any] | None = None,
        init: bool = True,
        repr: bool = True,
        compare: bool = True,
    ) -> None:
        self.name = ""
        self.default, self.default_factory = default, default_factory
        self.init, self.repr, self.compare = init, repr, compare
        self.required = default is _MISSING and default_factory is None


class _Spec:
    """What the methods of one class read."""

    def __init__(self, name: str, fields: Iterable[_Field]) -> None:
        self.name = name
        self.fields = tuple(fields)
        self.given = tuple(each for each in self.fields if each.init)
        self.required = sum(each.required for each in self.given)
        self.defaults = tuple(each.default for each in self.given)
        self.plain = all(each.default_factory is None for each in self.given)
        self.values = _getter(each.name for each in self.given)
        self.key = _getter(each.name for each in self.fields if each.compare)
        self.state = _getter(each.name for each in self.fields)

    def complete(self, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """The value of each field that the constructor gives, from its arguments and the defaults."""
        values = list(args)
        for each in self.given[len(args) :]:
            if each.name in named:
                values.append(named.pop(each.name))
            elif each.required:
                raise TypeError(f"{self.name}() lacks its argument {each.name!r}")
            else:
                values.append(each.default if each.default_factory is None else each.default_factory())
        if named or len(values) > len(self.given):
            raise TypeError(f"{self.name}() has no place for {', '.join(named) or 'so many arguments'}")
        return tuple(values)


def _getter(names: Iterable[str]) -> Callable[[Any], Any]:
    """What gives the values of these fields as a tuple."""
    names = tuple(names)
    if len(names) < 2:
        return lambda record: tuple(getattr(record, name) for name in names)
    return attrgetter(*names)


def _dataclass(
    cls: Any = None, *, frozen: bool = False, slots: bool = False, eq: bool = True, kw_only: bool = False
) -> Any:
    """As dataclasses.dataclass; *kw_only* is left to type checkers."""
    if cls is None:
        return lambda cls: _dataclass(cls, frozen=frozen, slots=slots, eq=eq)
    space = dict(cls.__dict__)
    own = {each.name: each for each in _own_fields(space)}
    known = {each.name: each for base in cls.__mro__[:0:-1] for each in base.__dict__.get("__record__", _NONE).fields}
    spec = space["__record__"] = _Spec(cls.__name__, (known | own).values())
    space["__match_args__"] = tuple(each.name for each in spec.given)
    space.setdefault("__repr__", _repr)
    if eq:
        space.setdefault("__eq__", _equal)
        space["__hash__"] = _hash if frozen else None
    if frozen:
        space["__setattr__"] = space["__delattr__"] = _refuse
    if slots:
        space.update(__slots__=tuple(own), __getstate__=_state, __setstate__=_restore)
    for name in ("__dict__", "__weakref__"):
        space.pop(name, None)
    made = type(cls)(cls.__name__, cls.__bases__, space)
    made.__init__ = _constructor(made, spec)
    return made


def _own_fields(space: dict[str, Any]) -> Iterator[_Field]:
    """The fields that a class body declares; what stands for them in *space* is taken out, or left as the default."""
    for name, kind in space.get("__annotations__", {}).items():
        if "ClassVar" in kind:
            continue
        found = space.pop(name, _MISSING)
        each = found if isinstance(found, _Field) else _Field(default=found)
        each.name = name
        yield each


def _constructor(cls: Any, spec: _Spec) -> Callable[..., None]:
    setters = tuple(_setter(cls, each.name) for each in spec.given)
    after = getattr(cls, "__post_init__", None)
    required_first = all(each.required for each in spec.given[: spec.required])
    if spec.plain and after is None and required_first and len(setters) < len(_TEMPLATES):
        return _from_template(setters, spec)

    def __init__(self: Any, *args: Any, **named: Any) -> None:
        args = spec.complete(args, named)
        for set_field, value in zip(setters, args):
            set_field(self, value)
        if after is not None:
            after(self)

    return __init__


def _from_template(setters: tuple[Callable[[Any, Any], None], ...], spec: _Spec) -> Callable[..., None]:
    """A constructor whose parameters are the fields by their own names: the interpreter sorts its arguments, several
    times as fast as we could. Most objects are made by such a one."""
    template: Any = _TEMPLATES[len(setters)](*setters)
    code = template.__code__.replace(co_varnames=("self", *(each.name for each in spec.given)))
    defaults = spec.defaults[spec.required :]
    return FunctionType(code, template.__globals__, "__init__", defaults, template.__closure__)


def _none() -> Callable[..., None]:
    def __init__(self: Any) -> None:
        pass

    return __init__


def _one(a: Any) -> Callable[..., None]:
    def __init__(self: Any, x: Any) -> None:
        a(self, x)

    return __init__


def _two(a: Any, b: Any) -> Callable[..., None]:
    def __init__(self: Any, x: Any, y: Any) -> None:
        a(self, x)
        b(self, y)

    return __init__


def _three(a: Any, b: Any, c: Any) -> Callable[..., None]:
    def __init__(self: Any, x: Any, y: Any, z: Any) -> None:
        a(self, x)
        b(self, y)
        c(self, z)

    return __init__


def _four(a: Any, b: Any, c: Any, d: Any) -> Callable[..., None]:
    def __init__(self: Any, w: Any, x: Any, y: Any, z: Any) -> None:
        a(self, w)
        b(self, x)
        c(self, y)
        d(self, z)

    return __init__


def _five(a: Any, b: Any, c: Any, d: Any, e: Any) -> Callable[..., None]:
    def __init__(self: Any, v: Any, w: Any, x: Any, y: Any, z: Any) -> None:
        a(self, v)
        b(self, w)
        c(self, x)
        d(self, y)
        e(self, z)

    return __init__


def _six(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any) -> Callable[..., None]:
    def __init__(self: Any, u: Any, v: Any, w: Any, x: Any, y: Any, z: Any) -> None:
        a(self, u)
        b(self, v)
        c(self, w)
        d(self, x)
        e(self, y)
        f(self, z)

    return __init__


def _seven(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any) -> Callable[..., None]:
    def __init__(self: Any, t: Any, u: Any, v: Any, w: Any, x: Any, y: Any, z: Any) -> None:
        a(self, t)
        b(self, u)
        c(self, v)
        d(self, w)
        e(self, x)
        f(self, y)
        g(self, z)

    return __init__


def _eight(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any) -> Callable[..., None]:
    def __init__(self: Any, s: Any, t: Any, u: Any, v: Any, w: Any, x: Any, y: Any, z: Any) -> None:
        a(self, s)
        b(self, t)
        c(self, u)
        d(self, v)
        e(self, w)
        f(self, x)
        g(self, y)
        h(self, z)

    return __init__


_TEMPLATES: tuple[Callable[..., Callable[..., None]], ...] = (
    *(_none, _one, _two, _three, _four, _five, _six, _seven, _eight),
)
"""By the number of fields."""


def _setter(cls: Any, name: str) -> Callable[[Any, Any], None]:
    """What sets a field, of a frozen record too."""
    slot = getattr(cls, name, None)
    if slot is not None:
        setter: Callable[[Any, Any], None] = slot.__set__
        return setter
    return lambda self, value: self.__dict__.__setitem__(name, value)


def _refuse(self: Any, name: str, value: object = None) -> None:
    raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot change")


def _equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    key = self.__record__.key
    return key(self) == key(other)


def _hash(self: Any) -> int:
    return hash(self.__record__.key(self))


def _repr(self: Any) -> str:
    shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in self.__record__.fields if each.repr)
    return f"{type(self).__qualname__}({shown})"


def _state(self: Any) -> Any:
    return self.__record__.state(self)


def _restore(self: Any, state: Iterable[Any]) -> None:
    for each, value in zip(self.__record__.fields, state):
        object.__setattr__(self, each.name, value)


def _fields(record: Any) -> tuple[_Field, ...]:
    """The fields in order; each has a name."""
    found: tuple[_Field, ...] = record.__record__.fields
    return found


def _is_dataclass(value: object) -> bool:
    """Whether *value* is a record, or a class of them."""
    return hasattr(value, "__record__")


def _replace(record: Any, /, **changes: Any) -> Any:
    """A copy of *record* with *changes*."""
    given = zip(record.__match_args__, record.__record__.values(record))
    values = [changes.pop(name) if name in changes else value for name, value in given]
    return record.__class__(*values, **changes)


def _asdict(value: Any) -> Any:
    """*value* with every record in it as a dictionary."""
    if _is_dataclass(value):
        return {each.name: _asdict(getattr(value, each.name)) for each in _fields(value)}
    if isinstance(value, dict):
        return {key: _asdict(each) for key, each in value.items()}
    return type(value)(map(_asdict, value)) if isinstance(value, (list, tuple)) else value


_NONE = _Spec("", ())

if TYPE_CHECKING:
    from dataclasses import asdict as asdict
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
    from dataclasses import fields as fields
    from dataclasses import is_dataclass as is_dataclass
    from dataclasses import replace as replace
else:
    asdict, dataclass, field, fields, is_dataclass, replace = (
        *(_asdict, _dataclass, _Field, _fields, _is_dataclass),
        _replace,
    )
