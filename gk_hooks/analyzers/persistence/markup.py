"""Reads XML without entities: elements with their text and line, in the order of their ends. Never recurses."""

from __future__ import annotations

from typing import NamedTuple
from xml.parsers import expat

from gk_hooks.analyzers.context import Context

MAX_DEPTH = 100
MAX_TEXT = 100_000


class BadMarkup(ValueError):
    """Why the text is not read."""


class Element(NamedTuple):
    """An element: its path (local names from the root), its text, the lines of its start and its end."""

    path: tuple[str, ...]
    text: str
    line: int
    end_line: int


def elements(source: str, context: Context) -> list[Element]:
    """Every element of *source*, inner ones first. BadMarkup for what is no XML, or declares entities."""
    found: list[Element] = []
    names: list[str] = []
    open_lines: list[int] = []
    texts: list[list[str]] = []
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        context.budget.spend()
        if len(names) >= MAX_DEPTH:
            raise BadMarkup("nested too deeply")
        names.append(name.rpartition(":")[2])
        open_lines.append(parser.CurrentLineNumber)
        texts.append([])

    def end(name: str) -> None:
        text = "".join(texts.pop())[:MAX_TEXT]
        found.append(Element(tuple(names), text.strip(), open_lines.pop(), parser.CurrentLineNumber))
        names.pop()

    def data(text: str) -> None:
        if texts:
            texts[-1].append(text)

    def entity(*_: object) -> None:
        raise BadMarkup("declares entities")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    parser.EntityDeclHandler = parser.UnparsedEntityDeclHandler = entity
    try:
        parser.Parse(source.lstrip("\ufeff").encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise BadMarkup(f"no valid XML: {expat.ErrorString(error.code)} (line {error.lineno})") from None
    return found
