"""What a notebook's cells hold beside Python: ``%%bash``, ``!command``, ``%pip`` and their like.

A command becomes a line of Python that does nothing, and is followed in its own language; one that names variables
(``!curl {url}``) becomes the call that IPython makes of it, so that their values are known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import dataclass, field
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE

CELL_LANGUAGES: dict[str, Kind] = {
    **dict.fromkeys(("bash", "sh", "zsh", "ksh", "dash", "!", "sx", "system", "shell"), Kind.SHELL),
    **dict.fromkeys(("cmd", "batch"), Kind.BATCH),
    **dict.fromkeys(("powershell", "pwsh"), Kind.POWERSHELL),
    **dict.fromkeys(("python", "python2", "python3", "ipython", "pypy", "pyspark"), Kind.PYTHON),
    **dict.fromkeys(("time", "timeit", "capture", "prun", "memit", "mprun", "skip", "cache"), Kind.PYTHON),
}
"""What the rest of a cell that starts with ``%%NAME`` is; also the languages that a notebook may name."""

NO_CODE = frozenset("html javascript js latex markdown svg writefile file sql bigquery cypher css mermaid".split())
"""Cells that hold text, or code for another machine."""

_SHELL_LINES = frozenset({"system", "sx", "!"})
_COMMAND_LINES = frozenset({"pip", "pip3", "conda", "mamba", "micromamba", "uv"})
_STATEMENT_LINES = frozenset({"time", "timeit", "prun", "memit", "lprun", "mprun"})
_LOADERS = frozenset({"load", "loadpy"})

_CELL = regex(r"%%(!|\w+)[ \t]*(.*)")
_LINE = regex(r"(?P<before>[ \t]*(?:[^=#!%\n]{1,200}=[ \t]*)?)(?P<sign>!!?|%(?=[A-Za-z_]))(?P<rest>.*)", re.DOTALL)
_BARE = regex(r"(?P<before>[ \t]*)(?P<rest>(?:pip3?|conda|mamba)[ \t]+\w.*)", re.DOTALL)
_HELP = regex(r"[ \t]*\??\??[\w.*]+\?\??[ \t]*")
_TIMING = regex(r"(?:-[a-z]+(?:[ \t]*\d+)?[ \t]+)*")
_FIELD = regex(r"\{\{|\}\}|\{([A-Za-z_][\w.]*)\}|\{([A-Za-z_][^{}\s,]*)\}")


class Command(NamedTuple):
    """A command of a cell: *text* in the language *kind*, from *line* (0-based) and *column* (1-based) on.

    name: how it is written ("!", "%pip"). kind is None for what is no program: see ``name``.
    """

    line: int
    column: int
    name: str
    text: str
    kind: Kind | None = Kind.SHELL


@dataclass(slots=True)
class Translation:
    """The same lines with nothing but Python in them, and the commands that were there."""

    lines: list[str]
    commands: list[Command] = field(default_factory=list)


def cell_magic(lines: Sequence[str]) -> tuple[int, str, str]:
    """The 0-based line, the name and the arguments of the ``%%NAME`` that the cell starts with; -1 if there is none."""
    first = next((number for number, line in enumerate(lines) if line.strip()), -1)
    match = _CELL.match(lines[first]) if first >= 0 else None
    return (first, match[1], match[2].strip()) if match else (-1, "", "")


def translate(lines: Sequence[str]) -> Translation:
    """Takes the commands out of a cell that is no Python as it stands."""
    done = Translation(list(lines))
    number = 0
    while number < len(lines):
        line, last = lines[number], number
        match = _LINE.match(line) or _BARE.match(line)
        if match:
            text = match["rest"]
            while text.endswith("\\") and last + 1 < len(lines):
                last += 1
                text = text[:-1] + " " + lines[last].strip()
                done.lines[last] = ""
            sign = match.groupdict().get("sign", "%")
            done.lines[number] = _line(done, match["before"], sign, text, number, line)
        elif _HELP.fullmatch(line) and "?" in line:
            done.lines[number] = ""
        number = last + 1
    return done


def _line(done: Translation, before: str, sign: str, text: str, number: int, line: str) -> str:
    """The Python for one magic; puts its command, if it has one, into *done*."""
    column = len(before) + 1
    nothing = before + ("__unknown__" if before.strip() else "pass")
    name, _, rest = (sign, "", text) if sign.startswith("!") else text.partition(" ")
    rest = rest.strip()
    if name in _STATEMENT_LINES:
        statement = rest[_TIMING.match(rest).end() :]  # type: ignore[union-attr]
        start = line.find(statement) if statement else -1
        if start < 0:
            return nothing
        lead = before if before.strip() else before + "if 1:"
        return lead + " " * (start - len(lead)) + statement
    if sign.startswith("!") or name in _SHELL_LINES:
        call = _with_values(rest)
        if call:
            return before + call
        done.commands.append(Command(number, column, sign if sign.startswith("!") else f"%{name}", _filled(rest)))
    elif name in _COMMAND_LINES:
        done.commands.append(Command(number, column, f"%{name}", _filled(f"{name} {rest}")))
    elif name == "run" or name in _LOADERS:
        done.commands.append(Command(number, column, f"%{name}", _filled(rest), None))
    return nothing


def _with_values(text: str) -> str:
    """What IPython makes of a command that names variables alone; "" for any other."""
    fields = [match for match in _FIELD.finditer(text) if match[0] not in ("{{", "}}")]
    if not fields or any(match[1] is None for match in fields) or "\\" in text:
        return ""
    parts, at = [], 0
    for match in fields:
        parts += [_literal(text[at : match.start()]), match[0]]
        at = match.end()
    parts.append(_literal(text[at:]))
    quote = next((mark for mark in ('"', "'", '"""') if mark[0] not in text), "")
    return f"get_ipython().system(f{quote}{''.join(parts)}{quote})" if quote else ""


def _literal(text: str) -> str:
    single = text.replace("{{", "{").replace("}}", "}")
    return single.replace("{", "{{").replace("}", "}}")


def _filled(text: str) -> str:
    """*text* with a HOLE for every expression that is not followed."""
    return _FIELD.sub(lambda match: match[0][0] if match[0] in ("{{", "}}") else HOLE, text)
