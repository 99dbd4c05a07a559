"""A small document that Markdown and HTML both render: what stands in it, not how it is marked up."""

from __future__ import annotations

from collections.abc import Iterable

from gk_hooks.model.records import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """Anything that comes from a scanned file, its name, or a machine; shown as it is, controls as escapes."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that carry the weight."""

    text: str


Inline = str | Code | Strong
Line = Inline | tuple[Inline, ...]
"""Running text; a plain string is words of ours or of a person, in which nothing is markup."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph."""

    line: Line


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list without order."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a row of headings; an empty ``Code`` in a cell is a dash."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]


Block = Paragraph | Bullets | Table


def facts(rows: Iterable[tuple[str, Line]]) -> Table:
    """A table of what is known: the rows that have a value."""
    return Table(("what", "value"), tuple((name, value) for name, value in rows if value not in ("", Code(""))))


def codes(texts: Iterable[str]) -> tuple[Line, ...]:
    """Each of *texts* as a line of its own."""
    return tuple(Code(text) for text in texts)


def joined(separator: str, texts: Iterable[str]) -> tuple[Inline, ...]:
    """*texts* as code on one line."""
    parts: list[Inline] = []
    for text in texts:
        parts += [separator, Code(text)] if parts else [Code(text)]
    return tuple(parts)
