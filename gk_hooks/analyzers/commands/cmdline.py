"""A Windows command line as one text: split into the words that a program receives."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gk_hooks.model.records import replace
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE, Text

MAX_WORDS = 4096
_BLANK = regex(r"[ \t\r\n]+")
_RUN = regex(r'[^ \t\r\n"\\]+|\\+|"')
_PROGRAM_END = regex(r"\.(?:exe|com|bat|cmd|vbs|msi)$", re.IGNORECASE)


def split_line(text: Text) -> Iterator[tuple[Text, ...]]:
    """The words of each option of *text*, quotes removed; every word keeps the history of the whole."""
    for option in text.options:
        words = join_program(split_words(option))
        yield tuple(like(text, word) for word in words)


def like(source: Text, option: str) -> Text:
    """The one value *option*, which may hold HOLEs, with the history of *source*."""
    return replace(Text.template(option), trail=source.trail, decoded=source.decoded, origin=source.origin)


def split_words(line: str) -> list[str]:
    """The words as the C run time finds them: ``\\"`` is a quote, ``""`` inside quotes too."""
    words: list[str] = []
    at = 0
    while at < len(line) and len(words) < MAX_WORDS:
        blank = _BLANK.match(line, at)
        at = blank.end() if blank else at
        if at < len(line):
            word, at = _word(line, at)
            words.append(word)
    return words


def _word(line: str, at: int) -> tuple[str, int]:
    parts: list[str] = []
    quoted = False
    while at < len(line):
        if line[at] in " \t\r\n":
            if not quoted:
                break
            parts.append(line[at])
            at += 1
            continue
        run = _RUN.match(line, at)
        assert run is not None  # every character but a blank begins a run
        at = run.end()
        if run[0][0] == "\\" and line[at : at + 1] == '"' and not _closes(line, at, quoted):
            parts.append("\\" * (len(run[0]) // 2))
            if len(run[0]) % 2:
                parts.append('"')
                at += 1
        elif run[0] == '"':
            if quoted and line[at : at + 1] == '"':
                parts.append('"')
                at += 1
            else:
                quoted = not quoted
        else:
            parts.append(run[0])
    return "".join(parts), at


def _closes(line: str, at: int, quoted: bool) -> bool:
    """``"C:\\dir\\"`` at the end of a line is a folder, whatever the C run time makes of it."""
    return quoted and not line[at + 1 :].strip()


def join_program(words: list[str]) -> list[str]:
    """``C:\\Program Files\\x.exe`` without quotes is found by Windows all the same: its words are one."""
    if words and re.match(r"(?:[A-Za-z]:|%\w+%)\\", words[0]) and not _PROGRAM_END.search(words[0]):
        for end in range(1, min(len(words), 8)):
            if words[end].startswith(("/", "-", '"', HOLE)):
                break
            if _PROGRAM_END.search(words[end]) and "\\" in words[end]:
                return [" ".join(words[: end + 1]), *words[end + 1 :]]
    return words
