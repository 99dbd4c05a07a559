"""What is known of a Python value. Immutable; joins are bounded; whatever is not understood is Unknown.

Values may share parts, so a short program can build one that is exponentially large when it is walked. Nothing here
walks a value deeper than one level.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from gk_hooks.model.records import dataclass, field
from gk_hooks.model.values import Text

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


@dataclass(frozen=True, slots=True)
class Foreign(Unknown):
    """What another file of the snapshot may define: *path* as an import spells it (``.settings.URL``)."""

    path: str = ""


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
    """A list, tuple or set. *open*: it may hold more than these; an Unknown item may then stand for several."""

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
    *guess*: the name is bound nowhere in the file and is taken for the module that it names.
    """

    path: str
    arguments: Arguments | None = None
    guess: bool = False


@dataclass(frozen=True, slots=True)
class Function(Value):
    """A function of this file; *receiver*: what it is a method of."""

    record: FunctionRecord
    receiver: Value | None = None


@dataclass(frozen=True, slots=True)
class Class(Value):
    """A class of this file."""

    record: ClassRecord


@dataclass(frozen=True, slots=True)
class Instance(Value):
    """An object of a class of this file: ``self``, or the result of calling the class.

    own: the attributes of this very object, where its constructor was followed.
    """

    record: ClassRecord
    own: dict[str, Value] | None = None


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
