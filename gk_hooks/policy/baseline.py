"""The baseline file: findings that somebody has accepted, one a line, so that two branches merge line by line.

An entry names one finding of one version of one file exactly. What it comes to in a scan is for policy.accepted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from gk_hooks.errors import UsageError
from gk_hooks.model.records import dataclass, field
from gk_hooks.model.text import path_keys
from gk_hooks.policy.files import read_text, unknown_key

FILE_NAME = ".gk-baseline.jsonl"

Key = tuple[str, int, int, str, int, str]


@dataclass(frozen=True, slots=True)
class BaselineEntry:
    """One accepted finding: the *nth* of *rule* at *line* and *column* of the file *path* with exactly these bytes.

    path: from the folder of the baseline, as an Entry has it. sha256 and blob: of the file's bytes, blob being the id
    that git gives them. imports: where constants of other files prove the finding, their SHA-256; see Finding.imports.
    expires: the last day, "" for none. number: its line in the baseline, 0 for a new entry.
    """

    path: str
    rule: str
    line: int
    column: int
    sha256: str
    blob: str
    reason: str
    approved_by: str
    expires: str = ""
    nth: int = 1
    imports: str = ""
    number: int = field(default=0, compare=False)

    @property
    def key(self) -> Key:
        """What it accepts, which is also how entries are sorted."""
        return (self.path, self.line, self.column, self.rule, self.nth, self.sha256)

    @property
    def label(self) -> str:
        """What it accepts, for people."""
        return f"{self.rule} {self.path}:{self.line}:{self.column}" + (f" (no. {self.nth})" if self.nth > 1 else "")

    def expired(self, today: date) -> bool:
        """Whether its last day has passed."""
        return bool(self.expires) and date.fromisoformat(self.expires) < today


@dataclass(frozen=True, slots=True)
class Baseline:
    """source: where it was read ("index", "commit 1234", a path). sha256: of its bytes.

    In a merge check, *added* are the entries that the change brings, *withdrawn* what it takes away.
    """

    source: str
    sha256: str
    entries: tuple[BaselineEntry, ...] = ()
    added: tuple[BaselineEntry, ...] = ()
    withdrawn: frozenset[Key] = frozenset()


def parse(name: str, data: bytes, *, repeated: bool = False) -> Baseline:
    """The baseline in *data*; UsageError with the line for whatever cannot be meant.

    *repeated*: a line may stand there twice, as after a merge that kept both sides; it counts once.
    """
    lines = [line.strip(" \t\r") for line in read_text(name, data).split("\n")]
    _refuse_conflict(name, lines)
    found: dict[Key, BaselineEntry] = {}
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            entry = _entry(line, number)
            twin = found.setdefault(entry.key, entry)
            if twin is not entry and not (repeated and twin == entry):
                raise ValueError(f"accepts the same finding as line {twin.number}: keep one of them")
        except ValueError as error:
            raise UsageError(f"{name}:{number}: {error}") from None
    return Baseline(name, hashlib.sha256(data).hexdigest(), tuple(found.values()))


def render(entries: Iterable[BaselineEntry]) -> str:
    """The text of a baseline with these entries: sorted, ASCII, one a line."""
    documents = (json.dumps(to_keys(entry)) + "\n" for entry in sorted(entries, key=lambda entry: entry.key))
    return "".join(documents)


def to_keys(entry: BaselineEntry) -> dict[str, str | int]:
    """The entry as the keys and values of its line."""
    keys: dict[str, str | int] = {**path_keys(entry.path), "rule": entry.rule, "line": entry.line}
    keys["column"] = entry.column
    if entry.nth > 1:
        keys["nth"] = entry.nth
    keys |= {"reason": entry.reason, "approved_by": entry.approved_by}
    if entry.expires:
        keys["expires"] = entry.expires
    keys |= {"sha256": entry.sha256, "blob": entry.blob}
    return keys | ({"imports": entry.imports} if entry.imports else {})


def in_change(bases: Iterable[Baseline], head: Baseline | None, *, accept_new: bool = False) -> Baseline | None:
    """What counts in a merge check: what was accepted before, in any base; None when nobody ever accepted anything.

    What the change itself accepts is only told, unless *accept_new* says that it was reviewed.
    """
    bases = list(bases)
    before = {entry.key: entry for base in bases for entry in base.entries}
    after = head.entries if head else ()
    added = tuple(entry for entry in after if before.get(entry.key) != entry)
    chosen = [head] if accept_new and head else bases
    if not chosen and head is None:
        return None
    return Baseline(
        source=", ".join(baseline.source for baseline in chosen) or "the base, which has none",
        sha256=chosen[0].sha256 if chosen else "",
        entries=after if accept_new and head else tuple(before.values()),
        added=added,
        withdrawn=frozenset(before) - {entry.key for entry in after},
    )


def day(text: str) -> str:
    """*text* if it is a date such as 2025-01-31, else ValueError."""
    try:
        valid = date.fromisoformat(text).isoformat() == text
    except ValueError:
        valid = False
    if not valid:
        raise ValueError(f"must be a date such as 2025-01-31, not {text!r}")
    return text


def words(text: str) -> str:
    """*text* without blanks around it; ValueError when nothing is left."""
    if not text.strip():
        raise ValueError("must not be empty")
    return text.strip()


# --- reading a line

_MARKERS = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")


def _refuse_conflict(name: str, lines: list[str]) -> None:
    numbers = [number for number, line in enumerate(lines, start=1) if line.startswith(_MARKERS)]
    if numbers:
        raise UsageError(
            f"{name}:{numbers[0]}: holds a merge conflict (lines {numbers[0]} to {numbers[-1]}): keep the entries of "
            f"both sides, delete the lines that start with {_MARKERS[0]}, ======= or {_MARKERS[3]}, "
            "then run gk baseline prune"
        )


def _entry(line: str, number: int) -> BaselineEntry:
    keys = _object(line)
    for key in keys:
        if key not in _READERS:
            raise ValueError(unknown_key(key, _READERS))
    missing = [key for key in _REQUIRED if key not in keys]
    if missing:
        raise ValueError(f"needs {missing[0]!r}")
    values = {}
    for key, value in keys.items():
        try:
            values[key] = _READERS[key](value)
        except ValueError as error:
            raise ValueError(f"{key!r} {error}") from None
    if raw := values.pop("path_bytes", ""):
        values["path"] = _path(values["path"], raw)
    return BaselineEntry(**values, number=number)


def _object(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line, object_pairs_hook=_unique)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not valid JSON: {error.msg} (column {error.colno})") from None
    if not isinstance(found, dict):
        raise ValueError("must be an object: { … }")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} stands twice")
    return found


def _path(shown: str, raw: str) -> str:
    """The path whose keys these are; see model.text.path_keys."""
    for errors in ("surrogateescape", "surrogatepass"):
        try:
            path = bytes.fromhex(raw).decode("utf-8", errors)
        except UnicodeDecodeError:
            continue
        if path_keys(path) == {"path": shown, "path_bytes": raw}:
            return path
    raise ValueError("'path_bytes' are not the bytes of 'path'")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string")
    return words(value)


def _name(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a string that is not empty")
    return value


def _day(value: object) -> str:
    return day(_text(value))


def _number(lowest: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < lowest:
            raise ValueError(f"must be a whole number, at least {lowest}")
        return value

    return read


def _like(pattern: str, what: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError(f"must be {what}")
        return value

    return read


_READERS: dict[str, Callable[[object], Any]] = {
    "path": _name,
    "path_bytes": _like("(?:[0-9a-f]{2})+", "hexadecimal digits, two for each byte"),
    "rule": _like("[A-Z]+[0-9]+", "a rule's id such as NET001"),
    "line": _number(0),
    "column": _number(0),
    "nth": _number(1),
    "reason": _text,
    "approved_by": _text,
    "expires": _day,
    "sha256": _like("[0-9a-f]{64}", "64 hexadecimal digits in lower case"),
    "imports": _like("[0-9a-f]{64}", "64 hexadecimal digits in lower case"),
    "blob": _like("[0-9a-f]{40}(?:[0-9a-f]{24})?", "a git object id, 40 or 64 hexadecimal digits in lower case"),
}
"""Every key, and what checks its value."""

_REQUIRED = ("path", "rule", "line", "column", "reason", "approved_by", "sha256", "blob")
