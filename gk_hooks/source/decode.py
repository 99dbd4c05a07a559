"""From bytes to text, as the interpreter of each language would read them."""

from __future__ import annotations

from dataclasses import dataclass

from gk_hooks.model.kinds import Kind


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file and the *encoding* that it was read with, by its Python name.

    problem: why the file cannot be parsed ("names an unknown encoding 'x' (line 1)"). binary: why it is no text at
    all ("binary (NUL byte at offset 12)"). Where either is set, the text is empty.
    """

    text: str = ""
    encoding: str = ""
    problem: str = ""
    binary: str = ""


def decode(data: bytes, kind: Kind) -> Decoded:
    """The text of *data*, its newlines untouched. Never raises."""
    return Decoded(data.decode("utf-8", "replace"), "utf-8")


def split_lines(text: str, kind: Kind) -> list[str]:
    """The lines of *text* without their ends, counted as the language counts them."""
    return text.split("\n")
