"""Path patterns, for ``--include``, ``--exclude`` and the allowlist's ``path_glob``; in the spirit of .gitignore.

- ``*`` is any run of characters, ``?`` any one, ``[a-c]`` and ``[!a-c]`` a set; none of them matches ``/``.
- ``**`` as a whole part is any number of folders: ``a/**/b``, ``**/b``, ``a/**`` (all that is below ``a``).
- A pattern without ``/`` (or with one only at its end) matches a name at any depth; any other stands from the root.
- A pattern that matches a folder matches all that is below it; with a ``/`` at its end it matches folders only.
- ``\\`` is read as ``/``, so that patterns can be written as Windows writes paths. Letters match in their case.

Matching takes time proportional to the pattern's length times the path's, whatever they hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gk_hooks.model.records import dataclass, field
from gk_hooks.model.regex import regex

MAX_PATTERN = 1000

_Part = re.Pattern[str] | None
"""What one part of a path must look like; None stands for ``**``."""

_ANY = regex(r"(?s:.+)\Z")
_SET = regex(r"\[(!?)(\]?[^\]]*)\]")


@dataclass(frozen=True)
class Glob:
    """One pattern, checked and ready; ValueError says what is wrong with it."""

    pattern: str
    _for_file: tuple[_Part, ...] = field(init=False, repr=False, compare=False)
    _for_folder: tuple[_Part, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parts, folders_only = _parse(self.pattern)
        below: tuple[_Part, ...] = (_ANY, None) if folders_only else (None,)
        object.__setattr__(self, "_for_file", (*parts, *below))
        object.__setattr__(self, "_for_folder", (*parts, None))

    def matches(self, path: str, *, folder: bool = False) -> bool:
        """Whether the pattern matches *path* (``/``-separated, from the root) or a folder that it lies in."""
        return _match_parts(self._for_folder if folder else self._for_file, path.split("/"))


def matches_any(globs: Iterable[Glob], path: str, *, folder: bool = False) -> bool:
    """Whether one of *globs* matches *path*."""
    return any(glob.matches(path, folder=folder) for glob in globs)


def _parse(pattern: str) -> tuple[list[_Part], bool]:
    """The pattern's parts, and whether it matches folders only."""
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"a pattern may have at most {MAX_PATTERN} characters")
    if pattern.startswith("!"):
        raise ValueError(f"the pattern {pattern!r} starts with '!': there is no negation")
    text = pattern.replace("\\", "/")
    names = [name for name in text.split("/") if name not in ("", ".")]
    if not names:
        raise ValueError(f"the pattern {pattern!r} names nothing")
    if ".." in names:
        raise ValueError(f"the pattern {pattern!r} leads out of the tree: patterns stand from its root")
    anchored = "/" in text.rstrip("/")
    parts: list[_Part] = [] if anchored else [None]
    for name in names:
        part = None if name == "**" else _compile(name)
        if part is not None or not parts or parts[-1] is not None:
            parts.append(part)
    if parts[-1] is None:
        parts.append(_ANY)  # all that is below, but not the folder itself
    return parts, text.endswith("/")


def _compile(name: str) -> re.Pattern[str]:
    """One part as an expression that cannot backtrack: each piece between stars is taken where it first fits."""
    pieces: list[list[str]] = [[]]
    position = 0
    while position < len(name):
        group = _SET.match(name, position)
        if name[position] == "*":
            pieces.append([])
        elif name[position] == "?":
            pieces[-1].append(".")
        elif group:
            pieces[-1].append(_set(group[1], group[2], name))
        else:
            pieces[-1].append(re.escape(name[position]))
        position = group.end() if group and name[position] == "[" else position + 1
    first, *middle = ["".join(piece) for piece in pieces]
    if not middle:
        return re.compile(f"(?s:{first})\\Z")
    *middle, last = middle
    stars = "".join(f"(?>.*?{piece})" for piece in middle if piece)
    return re.compile(f"(?s:{first}{stars}.*{last})\\Z")


def _set(negation: str, members: str, name: str) -> str:
    escaped = re.sub(r"([\\\[\]^&|~])", r"\\\1", members)
    try:
        re.compile(expression := f"[{'^' if negation else ''}{escaped}]")
    except re.error as error:
        raise ValueError(f"the pattern {name!r} has a bad set: {error.msg}") from None
    return expression


def _match_parts(parts: Sequence[_Part], names: Sequence[str]) -> bool:
    """Greedy matching with one way back, to the last ``**``: every pair of part and name is tried at most once."""
    part = name = 0
    last_star, retry = -1, 0
    while name < len(names):
        if part < len(parts) and (expected := parts[part]) is None:
            last_star, retry = part, name
            part += 1
        elif part < len(parts) and expected is not None and expected.match(names[name]):
            part, name = part + 1, name + 1
        elif last_star >= 0:
            retry += 1
            part, name = last_star + 1, retry
        else:
            return False
    return all(rest is None for rest in parts[part:])
