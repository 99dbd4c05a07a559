"""Text from files and names, made safe to show: nothing that a scanned file holds may act on a terminal or a page."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from json.encoder import encode_basestring_ascii
from typing import Any

from gk_hooks.model.regex import regex

_SURROGATE = regex("[\ud800-\udfff]")
_INVISIBLE = regex("[\u034f\u115f\u1160\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Characters that count as printable but show nothing: fillers and variation selectors."""

_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def printable(text: str) -> str:
    """*text* on one line, every control, bidirectional, invisible or undecodable character as a visible escape.

    A byte that could not be decoded is ``\\xNN``, an ASCII control too, any other character ``\\uNNNN``.
    """
    if text.isprintable() and not _INVISIBLE.search(text):
        return text
    return "".join(map(_visible, text))


def clip(text: str, limit: int) -> str:
    """At most *limit* characters of *text*; an ellipsis shows that it was longer."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def display_width(text: str) -> int:
    """How many terminal cells the printable *text* takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def valid_unicode(text: str) -> str:
    """*text* with lone surrogates (bytes of a name that are no UTF-8, broken escapes) as visible escapes."""
    return _SURROGATE.sub(lambda match: _escape(match[0]), text)


def path_keys(path: str, key: str = "path") -> dict[str, str]:
    """*path* for JSON: ``{key: text}``, and ``{key}_bytes`` in hexadecimal when the name is not valid Unicode."""
    if path.isascii() or not _SURROGATE.search(path):
        return {key: path}
    return {key: valid_unicode(path), f"{key}_bytes": path_bytes(path).hex()}


def path_bytes(path: str) -> bytes:
    """The bytes of the name *path*."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a Windows name may hold any lone surrogate
        return path.encode("utf-8", "surrogatepass")


def path_of(document: Mapping[str, Any], key: str = "path") -> str:
    """The path that path_keys has put into *document*."""
    raw = document.get(f"{key}_bytes")
    if raw is None:
        return str(document[key])
    return bytes.fromhex(raw).decode("utf-8", "surrogateescape")


def to_json(document: Any) -> str:
    """*document* as ASCII JSON in its own key order, valid and harmless whatever the scanned files hold."""
    return _json(document, "\n") + "\n"


def _json(value: Any, margin: str) -> str:
    """As json.dumps with an indent of 2, which is written in Python; as much as can be is left to C."""
    if type(value) is str:
        return _string(value)
    if not value or not isinstance(value, dict | list | tuple):
        return _string(value) if isinstance(value, str) else _encoder("")(value)
    inner = margin + "  "
    body = _members(value, inner) if isinstance(value, dict) else _items(value, inner)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}{inner}{f',{inner}'.join(body)}{margin}{closing}"


def _members(value: dict[Any, Any], inner: str) -> Iterable[str]:
    plain = {key: item for key, item in value.items() if type(item) in _SCALARS or not item}
    text = _encoder("\n")(plain)[1:-1]
    encoded = text.split(",\n") if plain else []  # in a text, the end of a line is an escape
    if "\\ud" in text:  # perhaps a surrogate
        plain.clear()
    elif len(plain) == len(value):
        return encoded
    next_plain = iter(encoded).__next__
    return [next_plain() if key in plain else f"{_string(key)}: {_json(item, inner)}" for key, item in value.items()]


def _items(value: Sequence[Any], inner: str) -> Iterable[str]:
    if _SCALARS.issuperset(map(type, value)):
        text = _encoder("\n")(value)[1:-1]
        return text.split(",\n") if "\\ud" not in text else [_json(item, inner) for item in value]
    rows: list[str] = []
    for start in range(0, len(value), _ROWS):
        some = value[start : start + _ROWS]
        rows += _flat_rows(some, inner) or [_json(item, inner) for item in some]
    return rows


def _flat_rows(rows: Sequence[Any], inner: str) -> list[str]:
    """Dictionaries of scalars, all in one text; [] where there is anything else among *rows*."""
    if {*map(type, rows)} != {dict} or not all(rows):
        return []
    if not _SCALARS.issuperset(map(type, chain.from_iterable(map(dict.values, rows)))):
        return []
    margin = inner + "  "
    text = _encoder(margin)(rows)
    if "\\ud" in text:
        return []
    between = text[2:-2].replace(f"}},{margin}{{", f"{inner}}},{inner}{{{margin}")
    return [f"{{{margin}{between}{inner}}}"]


_ROWS = 1000
"""Dictionaries that are written at a time: one that holds a surrogate makes no more than these slower."""

_SCALARS = frozenset({str, int, bool, float, type(None)})


@lru_cache
def _encoder(margin: str) -> Callable[[Any], str]:
    return json.JSONEncoder(separators=(f",{margin}", ": "), allow_nan=False).encode


def _string(text: str) -> str:
    return encode_basestring_ascii(text if text.isascii() else valid_unicode(text))


def _visible(char: str) -> str:
    return char if char.isprintable() and not _INVISIBLE.match(char) else _escape(char)


def _escape(char: str) -> str:
    code = ord(char)
    if char in _NAMED:
        return _NAMED[char]
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _cells(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
