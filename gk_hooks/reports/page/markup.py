"""HTML in which text from scanned files stays text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from gk_hooks.model.text import printable
from gk_hooks.reports.blocks import Block, Bullets, Code, Line, Paragraph, Strong, Table

EMPTY = frozenset({"input", "meta"})


def element(tag: str, /, *content: str, **attributes: str | int | float | bool) -> str:
    """An element with finished *content*. Attribute values are escaped; False and "" leave the attribute out, and a
    ``_`` in a name is a hyphen, at its end nothing (``class_``, ``aria_label``).
    """
    written = []
    for key, value in attributes.items():
        if value is not False and value != "":
            name = key.rstrip("_").replace("_", "-")
            written.append(f" {name}" if value is True else f' {name}="{escape(printable(str(value)))}"')
    start = f"<{tag}{''.join(written)}>"
    return start if tag in EMPTY else f"{start}{''.join(content)}</{tag}>"


def text(value: str) -> str:
    """*value* with its markup characters escaped; what would not show, or would act on the reader, stands out as an
    escape of its own.
    """
    return escape(value) if printable(value) == value else "".join(map(_shown, value))


def source(value: str) -> str:
    """Source on one line; its tabs stay tabs."""
    return "\t".join(map(text, value.split("\t")))


def code(value: str) -> str:
    """*value* as code; a dash when there is none."""
    return element("code", text(value)) if value else "–"


def line(value: Line) -> str:
    """Running text."""
    match value:
        case Code(content):
            return code(content)
        case Strong(content):
            return element("strong", text(content))
        case str():
            return text(value)
    return "".join(map(line, value))


def items(lines: Iterable[Line]) -> str:
    """Each of *lines* as an item of a list."""
    return "".join(element("li", line(each)) for each in lines)


def blocks(content: Iterable[Block], label: str) -> Iterator[str]:
    """The blocks of a section that *label* names."""
    for each in content:
        match each:
            case Paragraph(words):
                yield element("p", line(words))
            case Bullets(lines):
                yield element("ul", items(lines))
            case Table():
                yield _table(each, label)


def _table(table: Table, label: str) -> str:
    facts = table.columns == ("what", "value")
    heads = (element("th", text(name), scope="col") for name in table.columns)
    rows = (
        element("tr", element("th", line(first), scope="row"), *(element("td", line(cell)) for cell in rest))
        for first, *rest in table.rows
    )
    return element(
        "table",
        element("caption", text(label), class_="unseen"),
        element("thead", element("tr", *heads), class_="unseen" if facts else ""),
        element("tbody", *rows),
        class_="facts" if facts else "list",
    )


def _shown(char: str) -> str:
    seen = printable(char)
    return escape(char) if seen == char else element("b", escape(seen), class_="odd", title=f"U+{ord(char):04X}")
