"""What is known of a Python value. Immutable; joins are bounded; whatever is not understood is Unknown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from gk_hooks.model.values import UNKNOWN as UNKNOWN_TEXT
from gk_hooks.model.values import Step, Text

if TYPE_CHECKING:
    from gk_hooks.analyzers.python.scopes import ClassRecord, FunctionRecord

MAX_ALTERNATIVES = 8
MAX_ITEMS = 2_000
MAX_PATH = 120


@dataclass(frozen=True, slots=True)
class Value:
    """The root of all values."""


@dataclass(frozen=True, slots=True)
class Unknown(Value):
    """Nothing is known; *origin* says where it comes from, for people."""

    origin: str = ""


class Flavour(Enum):
    """What kind of text a Str is."""

    STR = "str"
    BYTES = "bytes"  # each byte as one character, as latin-1 does
    PATH = "path"  # a pathlib path


@dataclass(frozen=True, slots=True)
class Str(Value):
    """A str, bytes or pathlib path."""

    text: Text
    flavour: Flavour = Flavour.STR


@dataclass(frozen=True, slots=True)
class Const(Value):
    """A number, a bool, None or an ellipsis."""

    value: object


@dataclass(frozen=True, slots=True)
class Seq(Value):
    """A list, tuple or set. *open*: it may hold more than these."""

    items: tuple[Value, ...] = ()
    open: bool = False


@dataclass(frozen=True, slots=True)
class Map(Value):
    """A dict with constant keys. *open*: it may hold more."""

    items: tuple[tuple[object, Value], ...] = ()
    open: bool = False

    def get(self, key: object) -> Value:
        """The value at *key*; Unknown when it may be there, or is not."""
        return next((value for name, value in reversed(self.items) if name == key), Unknown())


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call; the open flags say that more may follow (``*args``, ``**kwargs``)."""

    positional: tuple[Value, ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()
    open_positional: bool = False
    open_keywords: bool = False

    def get(self, position: int | None, *names: str) -> Value | None:
        """The argument at *position* or by one of *names*; Unknown when it may be there, None when it is not."""
        for name, value in self.keywords:
            if name in names:
                return value
        if position is not None and position < len(self.positional):
            return self.positional[position]
        if (self.open_positional and position is not None) or (self.open_keywords and names):
            return Unknown()
        return None

    def extended(self, more: Arguments) -> Arguments:
        """These arguments followed by *more*, as functools.partial puts them together."""
        return Arguments(
            (*self.positional, *more.positional),
            (*more.keywords, *self.keywords),
            self.open_positional or more.open_positional,
            self.open_keywords or more.open_keywords,
        )


@dataclass(frozen=True, slots=True)
class Ref(Value):
    """Something outside the file by its full name: a module, function or class ("os.system"), ``()`` for the result
    of a call ("socket.socket()"). *arguments*: of that last call, where one was made. Unknown owners are "?".
    *hidden*: how the name was disguised ("getattr of string pieces"), for OBF001.
    """

    path: str
    arguments: Arguments | None = None


@dataclass(frozen=True, slots=True)
class Function(Value):
    """A function of this file."""

    record: FunctionRecord


@dataclass(frozen=True, slots=True)
class Class(Value):
    """A class of this file."""

    record: ClassRecord


@dataclass(frozen=True, slots=True)
class Instance(Value):
    """An object of a class of this file: ``self``, or the result of calling the class."""

    record: ClassRecord


@dataclass(frozen=True, slots=True)
class Method(Value):
    """A method of a text or a container of this file: *name* of *owner* ("{}".format, names.append)."""

    owner: Value
    name: str


@dataclass(frozen=True, slots=True)
class Partial(Value):
    """functools.partial(target, …)."""

    target: Value
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class Namespace(Value):
    """A mapping of names: ``vars(os)``, ``os.__dict__``, ``globals()`` (owner ""), ``sys.modules`` ("sys.modules")."""

    owner: str


@dataclass(frozen=True, slots=True)
class OneOf(Value):
    """One of several values."""

    alternatives: tuple[Value, ...] = field(default=())


UNKNOWN = Unknown()
NONE = Const(None)


def alternatives(value: Value) -> tuple[Value, ...]:
    """The values that *value* may be."""
    return value.alternatives if isinstance(value, OneOf) else (value,)


def join(left: Value, right: Value) -> Value:
    """Either value. Texts of one flavour join into one text; more than MAX_ALTERNATIVES become Unknown."""
    if left == right:
        return left
    if isinstance(left, Str) and isinstance(right, Str) and left.flavour is right.flavour:
        return Str(left.text.join(right.text), left.flavour)
    merged: list[Value] = []
    for value in (*alternatives(left), *alternatives(right)):
        for index, other in enumerate(merged):
            if isinstance(value, Str) and isinstance(other, Str) and value.flavour is other.flavour:
                merged[index] = Str(other.text.join(value.text), value.flavour)
                break
        else:
            if value not in merged:
                merged.append(value)
    return OneOf(tuple(merged)) if len(merged) <= MAX_ALTERNATIVES else UNKNOWN


def join_all(values: Iterable[Value]) -> Value:
    """Any of *values*; Unknown when there is none."""
    joined: Value | None = None
    for value in values:
        joined = value if joined is None else join(joined, value)
    return UNKNOWN if joined is None else joined


def text_of(value: Value | None) -> Text:
    """What is known of *value* as a string: texts and paths as they are, numbers by str(), all else unknown."""
    if value is None:
        return UNKNOWN_TEXT
    if isinstance(value, Str):
        return value.text
    if isinstance(value, Const):
        return Text.of(str(value.value)) if _prints_short(value.value) else UNKNOWN_TEXT
    if isinstance(value, OneOf):
        texts = [text_of(alternative) for alternative in value.alternatives if alternative != NONE]
        joined = texts[0] if texts else UNKNOWN_TEXT
        for text in texts[1:]:
            joined = joined.join(text)
        return joined
    if isinstance(value, Unknown) and value.origin:
        return Text(origin=value.origin)
    return UNKNOWN_TEXT


def is_known(value: Value) -> bool:
    """True when anything at all is known."""
    return not isinstance(value, Unknown)


def through(value: Value, step: Step) -> Value:
    """*value* after one more step of its trail; only texts (and texts in small containers) remember it."""
    if isinstance(value, Str):
        return Str(value.text.through(step), value.flavour)
    if isinstance(value, OneOf):
        return OneOf(tuple(through(alternative, step) for alternative in value.alternatives))
    if isinstance(value, Seq) and len(value.items) <= MAX_ALTERNATIVES:
        return Seq(tuple(through(item, step) for item in value.items), value.open)
    return value


def truth(value: Value | None) -> bool | None:
    """Whether *value* is true; None when that is not known."""
    if isinstance(value, Const):
        return bool(value.value)
    if isinstance(value, Str) and value.text.only is not None:
        return bool(value.text.only)
    if isinstance(value, Seq) and not value.open:
        return bool(value.items)
    if isinstance(value, (Ref, Function, Class, Instance)):
        return True
    return None


def items_of(value: Value) -> tuple[Sequence[Value], bool]:
    """The items that iterating *value* gives, and whether there may be others."""
    if isinstance(value, Seq):
        return value.items, value.open
    if isinstance(value, Map):
        keys = [Str(Text.of(key)) if isinstance(key, str) else Const(key) for key, _ in value.items]
        return keys, value.open
    return (), True


def _prints_short(value: object) -> bool:
    return not isinstance(value, int) or value.bit_length() < 2_000
