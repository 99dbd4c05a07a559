"""Results as bytes and back: JSON, in which a list begins with a number that says what it stands for.

Reading builds nothing but the records that are named here. Each text carries a checksum over itself and its key.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from enum import StrEnum
from typing import Any

from gk_hooks.model.effects import Site
from gk_hooks.model.findings import Certainty, Finding
from gk_hooks.model.records import fields
from gk_hooks.model.report import NetworkCall
from gk_hooks.model.values import Step

TYPES: tuple[type, ...] = (tuple, Finding, Site, Step, NetworkCall, Certainty)
"""What a list stands for, by the number that it begins with."""

_NUMBERS = {cls: number for number, cls in enumerate(TYPES)}
_NAMES = {cls: tuple(each.name for each in fields(cls)) for cls in TYPES if cls not in (tuple, Certainty)}
_CHECKSUM = 8
_SMALL = 200
"""Bytes below which compressing gains nothing."""


class Damaged(ValueError):
    """The bytes are not what was written."""


def encode(key: bytes, value: tuple[Any, ...]) -> bytes:
    """*value* as bytes that belong to *key*; TypeError for what has no form here."""
    text = json.dumps(_plain(value), separators=(",", ":")).encode("ascii")
    body = b"z" + zlib.compress(text, 1) if len(text) > _SMALL else b"j" + text
    return _checksum(key, body) + body


def decode(key: bytes, data: bytes) -> tuple[Any, ...]:
    """What ``encode`` was given; Damaged for any other bytes."""
    body = data[_CHECKSUM:]
    if _checksum(key, body) != data[:_CHECKSUM]:
        raise Damaged("the checksum is another one")
    try:
        value = _record(json.loads(zlib.decompress(body[1:]) if body[:1] == b"z" else body[1:]))
    except (ValueError, TypeError, IndexError, RecursionError, zlib.error) as error:
        raise Damaged(str(error)) from error
    if not isinstance(value, tuple):
        raise Damaged("no tuple")
    return value


def _checksum(key: bytes, body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_CHECKSUM, key=key[:64]).digest()


def _plain(value: Any) -> Any:
    if value is None or type(value) in (str, int, bool):
        return value
    number = _NUMBERS.get(type(value))
    if number is None:
        raise TypeError(f"a {type(value).__name__} is not cached")
    if isinstance(value, StrEnum):
        return [number, value.value]
    parts = value if isinstance(value, tuple) else [getattr(value, name) for name in _NAMES[type(value)]]
    return [number, *map(_plain, parts)]


def _record(value: list[Any]) -> Any:
    cls = TYPES[value[0]]
    parts = value[1:]
    if list in set(map(type, parts)):
        parts = [_record(part) if type(part) is list else part for part in parts]
    return tuple(parts) if cls is tuple else cls(*parts)
