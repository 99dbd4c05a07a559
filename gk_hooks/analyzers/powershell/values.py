"""What a PowerShell expression can be worth: texts, numbers, bytes, lists, tables, types, objects, script blocks.

Unknown is the Text ``UNKNOWN``. Everything here is pure; nothing is ever run.
"""

from __future__ import annotations

from typing import TypeAlias

from gk_hooks.analyzers.powershell.tree import Body
from gk_hooks.model.records import dataclass, field, replace
from gk_hooks.model.values import HOLE, MAX_LENGTH, UNKNOWN, Text

PIECES = "string pieces"
"""The decoding step of a text that was put together from constants: ordinary in data, telling in a command's name."""

MAX_ITEMS = 4096
MAX_EITHER = 64
"""Of two possible lists so many items each are kept."""
MAX_UNKNOWN_PARTS = 256


@dataclass(frozen=True, slots=True)
class Integer:
    """A number; None when it is not known."""

    number: int | None = None


@dataclass(frozen=True, slots=True)
class Bytes:
    """Bytes, as a text whose characters are the byte values."""

    text: Text = UNKNOWN


@dataclass(frozen=True, slots=True)
class Items:
    """A list; *complete* when it has no other items."""

    items: tuple[Value, ...]
    complete: bool = True


@dataclass(slots=True, eq=False)
class Table:
    """A hash table with constant keys (in lower case); *complete* when it has no others. *level*: see Object."""

    entries: dict[str, Value] = field(default_factory=dict)
    complete: bool = True
    level: int = 0


@dataclass(frozen=True, slots=True)
class Type:
    """A .NET type, in lower case and without ``system.``."""

    name: str


@dataclass(slots=True, eq=False)
class Object:
    """An instance of the .NET type or COM class *type*. *level*: how many branches deep it was made, so that what a
    deeper branch sets on it is one possibility among others. *disguise*: how the type's name was hidden."""

    type: str
    fields: dict[str, Value] = field(default_factory=dict)
    level: int = 0
    disguise: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Block:
    """A script block or function: its *body*, and the *arguments* that visible calls give (by parameter name)."""

    body: Body
    name: str = ""
    arguments: dict[str, Value] = field(default_factory=dict)
    called: bool = False
    running: bool = False
    ran: bool = False


@dataclass(frozen=True, slots=True)
class Null:
    """``$null``, and what statements without output are worth."""


Value: TypeAlias = Text | Integer | Bytes | Items | Table | Type | Object | Block | Null
NULL = Null()


def text_of(value: Value) -> Text:
    """*value* as a string, as PowerShell would convert it."""
    match value:
        case Text():
            return value
        case Integer(number=number):
            return Text.of(str(number)) if number is not None else Text.template(HOLE)
        case Null():
            return Text.of("")
        case Items(items=items, complete=True) if len(items) == 1:
            return text_of(items[0])
        case Items(items=items, complete=True) if items and all(isinstance(item, Text | Integer) for item in items):
            return joined(items, " ")
        case Object(fields=fields) if "text" in fields:
            return text_of(fields["text"])
        case Bytes(text=text):
            return replace(Text.template(HOLE), decoded=text.decoded, trail=text.trail)
    return UNKNOWN


def joined(items: tuple[Value, ...], separator: str) -> Text:
    """The items as one text; quick when all are constants."""
    texts = [text_of(item) for item in items]
    history = history_of(texts)
    constants = [text.only for text in texts]
    if None not in constants:
        whole = _joined_constants([constant or "" for constant in constants], separator)
    elif len(texts) > MAX_UNKNOWN_PARTS:
        whole = Text.template(HOLE)
    else:
        whole = Text.template("")
        for index, text in enumerate(texts):
            whole = product(whole, text if not index else text.map(lambda option: separator + option))
    return Text(whole.options, whole.complete, history.trail, history.decoded, history.origin)


def _joined_constants(constants: list[str], separator: str) -> Text:
    size = 0
    for count, constant in enumerate(constants, 1):
        size += len(constant) + len(separator)
        if size > MAX_LENGTH:
            return Text.template(separator.join(constants[:count])[:MAX_LENGTH] + HOLE)
    return Text.of(separator.join(constants))


def product(left: Text, right: Text) -> Text:
    """*left* followed by *right*; too many combinations are forgotten."""
    if len(left.options) * len(right.options) > 16:
        return Text.template(HOLE)
    options = [one + other for one in left.options for other in right.options]
    whole = Text.template(options[0])
    for option in options[1:]:
        whole = whole.join(Text.template(option))
    return whole if left.complete and right.complete else replace(whole, complete=False)


def history_of(texts: list[Text]) -> Text:
    """An unknown text with the provenance of all *texts*."""
    texts = [text for text in texts if text.trail or text.decoded or text.origin]
    if not texts:
        return UNKNOWN
    trail = dict.fromkeys(step for text in texts for step in text.trail)
    decoded = dict.fromkeys(step for text in texts for step in text.decoded)
    origin = next((text.origin for text in texts if text.origin), "")
    return Text(trail=tuple(trail)[:12], decoded=tuple(decoded)[:12], origin=origin)


def unknown_from(*values: Value) -> Text:
    """An unknown text that was made from *values*: their provenance stays."""
    texts = [text for value in values for text in texts_in(value)]
    history = history_of(texts)
    return without_pieces(history) if PIECES in history.decoded else history


def texts_in(value: Value) -> list[Text]:
    """The texts that *value* holds directly."""
    match value:
        case Text():
            return [value]
        case Bytes(text=text):
            return [text]
        case Items(items=items):
            return [item for item in items[:64] if isinstance(item, Text)]
        case Object(fields=fields):
            return [text for text in fields.values() if isinstance(text, Text)]
    return []


def list_of(value: Value) -> tuple[Value, ...]:
    """*value* as the items that a loop sees."""
    match value:
        case Items(items=items):
            return items
        case Null():
            return ()
    return (value,)


def decoding(value: Value, step: str) -> Value:
    """*value*, known to have gone through *step*."""
    match value:
        case Text():
            return value if step in value.decoded else value.decoding(step)
        case Bytes(text=text):
            return Bytes(text if step in text.decoded else text.decoding(step))
    return value


def either(left: Value, right: Value) -> Value:
    """A value that is *left* or *right*. A known object is kept beside something unknown: its calls may happen."""
    if left is right or left == right:
        return left
    if isinstance(left, Text) and isinstance(right, Text):
        return opened(left).join(opened(right))
    if isinstance(left, Null):
        return right if not isinstance(right, Text) else right.join(Text.of(""))
    if isinstance(right, Null):
        return either(right, left)
    if isinstance(left, Items) and isinstance(right, Items):
        return Items((left.items[:MAX_EITHER] + right.items[:MAX_EITHER]), complete=False)
    for one in (right, left):
        if isinstance(one, (Object, Block, Table, Type)):
            return one
    return opened(text_of(left)).join(opened(text_of(right)))


def opened(text: Text) -> Text:
    """*text* as one possibility among others: when it is unknown, an unknown part that is really there."""
    return Text((HOLE,), True, text.trail, text.decoded, text.origin) if text.is_unknown else text


def without_pieces(text: Text) -> Text:
    """*text* without the mark of having been put together, which says nothing about data."""
    if PIECES not in text.decoded:
        return text
    return replace(text, decoded=tuple(step for step in text.decoded if step != PIECES))
