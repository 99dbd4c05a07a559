"""Masking fields, in arguments before they are forwarded and in results before the client sees them.

A field is a name, or names with dots. It is masked wherever the keys that lead to a value end with it, at any depth and
through arrays; capitals, ``-``, ``_`` and lookalike characters make no difference. A text that is JSON itself is masked
inside. In other texts, as in the results of tools, ``name: value`` (to the end of the line) and ``name=value`` are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from gk_hooks.gate.names import skeleton

MASK = "***REDACTED***"
MAX_DEPTH = 200
"""Values nested deeper are masked as a whole."""

MAX_KEY = 256
_JSON_START = re.compile(r"\s*[{\[]")
_SEPARATORS = str.maketrans("", "", "-_ ")

Paths = tuple[tuple[str, ...], ...]


def redact(value: Any, fields: Sequence[str], *, texts: bool = False) -> Any:
    """*value*, any parsed JSON, with *fields* masked; what has none of them is returned as it is.

    texts: also in plain text, for results.
    """
    paths = _paths(tuple(fields))
    return _masked(value, (), paths, texts) if paths else value


@lru_cache(64)
def _paths(fields: tuple[str, ...]) -> Paths:
    return tuple(tuple(map(_key, field.split("."))) for field in fields)


def _key(name: str) -> str:
    """*name* as it is compared."""
    if len(name) > MAX_KEY:
        return name
    return skeleton(name).translate(_SEPARATORS)


def _masked(value: Any, above: tuple[str, ...], paths: Paths, texts: bool, depth: int = 0) -> Any:
    if depth > MAX_DEPTH:
        return MASK
    if isinstance(value, dict):
        return _same_or(value, {key: _entry(key, each, above, paths, texts, depth) for key, each in value.items()})
    if isinstance(value, list):
        return _same_or(value, [_masked(each, above, paths, texts, depth + 1) for each in value])
    return _masked_text(value, above, paths, texts, depth) if isinstance(value, str) else value


def _entry(key: str, value: Any, above: tuple[str, ...], paths: Paths, texts: bool, depth: int) -> Any:
    chain = (*above, _key(key))[-20:]
    if any(chain[-len(path) :] == path for path in paths):
        return MASK
    return _masked(value, chain, paths, texts, depth + 1)


def _same_or(old: Any, new: Any) -> Any:
    """*old* itself unless something in it was masked, so that what is unchanged can be forwarded as it came."""
    pairs = zip(old.values(), new.values()) if isinstance(old, dict) else zip(old, new)
    return old if all(before is after for before, after in pairs) else new


def _masked_text(text: str, above: tuple[str, ...], paths: Paths, texts: bool, depth: int) -> str:
    if _JSON_START.match(text):
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            inner = None
        if isinstance(inner, dict | list):
            masked = _masked(inner, above, paths, texts, depth + 1)
            return text if masked is inner else json.dumps(masked, ensure_ascii=False)
    if not texts:
        return text
    pattern = _in_text(paths)
    return pattern.sub(_mask_value, text) if pattern.search(text) else text


@lru_cache(64)
def _in_text(paths: Paths) -> re.Pattern[str]:
    """Finds ``name: value`` and ``name=value``, with quotes or without, for the last name of each path."""
    names = "|".join("[-_ ]?".join(map(re.escape, path[-1])) for path in paths)
    return re.compile(
        rf"""(?P<name>(?<![^\W_])["']?(?:{names})["']?[ \t]{{0,20}})
        (?:(?P<colon>:[ \t]{{0,20}})(?:"[^"\n]*"|'[^'\n]*'|[^\n]*)
        |(?P<equal>=[ \t]{{0,20}})(?:"[^"\n]*"|'[^'\n]*'|[^\s&;,]*))""",
        re.IGNORECASE | re.VERBOSE,
    )


def _mask_value(found: re.Match[str]) -> str:
    return f"{found['name']}{found['colon'] or found['equal']}{MASK}"
