"""Paths: os.path and pathlib on known texts."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from gk_hooks.model.values import HERE, HOLE, MAX_OPTIONS, Text


def join_paths(parts: Sequence[Text]) -> Text:
    """os.path.join: a later absolute part starts anew; separators as they are written."""
    whole = parts[0] if parts else Text()
    for part in parts[1:]:
        whole = _join_texts(whole, part)
    return whole


def _join_texts(left: Text, right: Text) -> Text:
    if len(left.options) * len(right.options) > MAX_OPTIONS:
        return Text()
    ways = [Text.template(_join_two(one, other)) for one in left.options for other in right.options]
    joined = ways[0]
    for way in ways[1:]:
        joined = joined.join(way)
    if not all(text.complete or HOLE in text.options for text in (left, right)):
        joined = joined.join(Text())
    for step in (*left.trail, *right.trail):
        joined = joined.through(step)
    return joined


def _join_two(left: str, right: str) -> str:
    if right.startswith(("/", "\\")) or right[1:3] in (":\\", ":/"):
        return right
    if not left or left.endswith(("/", "\\")):
        return left + right
    return left + ("\\" if "\\" in left and "/" not in left else "/") + right


def parent_of(path: str) -> str:
    """The folder of *path*; the folder above HERE is written with ``..``."""
    if path == HERE or path.endswith("/.."):
        return path + "/.."
    if "\\" in path and "/" not in path:
        return path.rpartition("\\")[0]
    return posixpath.dirname(path)
