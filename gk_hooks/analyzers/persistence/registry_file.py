"""Registry files: the script of the registry editor, so what it writes is as certain as with ``reg add``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gk_hooks.analyzers.commands.cmdline import split_line
from gk_hooks.analyzers.context import Context
from gk_hooks.analyzers.persistence.common import runs
from gk_hooks.analyzers.registry import registry_writes
from gk_hooks.model.effects import Effect
from gk_hooks.model.regex import regex
from gk_hooks.model.registry import registry_place
from gk_hooks.model.values import Text

TOOL = "registry file"
_HEADER = regex(r"\s*(?:Windows Registry Editor Version 5\.00|REGEDIT4)\s*$", re.IGNORECASE)
_KEY = regex(r"\s*\[(?P<gone>-?)(?P<key>[^\n]*)\]\s*$")
_VALUE = regex(r'\s*(?:"(?P<name>(?:[^"\\]|\\.)*)"|(?P<default>@))\s*=\s*(?P<data>.*)', re.DOTALL)
_STRING = regex(r'"((?:[^"\\]|\\.)*)"')
_HEX_STRING = regex(r"hex\((?:1|2|7)\):([0-9a-f,\s]*)", re.IGNORECASE)


def analyze(text: str, context: Context) -> Iterator[Effect]:
    """The effects of a registry file; the editor refuses one without its header, so that does nothing."""
    lines = text.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if not _HEADER.match(first.lstrip("\ufeff")):
        return
    key = ""
    at = 0
    while at < len(lines):
        context.budget.spend()
        start, parts = at, [lines[at].rstrip()]
        at += 1
        while parts[-1].endswith("\\") and "hex" in parts[0] and at < len(lines):
            parts[-1] = parts[-1][:-1]
            parts.append(lines[at].strip())
            at += 1
        line = "".join(parts)
        site = context.site(start + 1, 1, at, len(lines[at - 1].rstrip()) + 1, "registry file", line)
        if match := _KEY.match(line):
            key = match["key"]
            if match["gone"]:
                yield from registry_writes(site, Text.of(key), verb="delete", tool=TOOL)
        elif key and (match := _VALUE.match(line)):
            name = "" if match["default"] else _unescaped(match["name"])
            deleted = match["data"].strip() == "-"
            yield from registry_writes(site, Text.of(key), Text.of(name), "delete" if deleted else "set", TOOL)
            command = _text(match["data"])
            if command and registry_place(key, name):
                for argv in split_line(Text.of(command)):
                    yield from runs(argv, site, context)


def _text(data: str) -> str:
    if match := _STRING.match(data):
        return _unescaped(match[1])
    if match := _HEX_STRING.match(data):
        digits = re.sub(r"[^0-9a-fA-F]", "", match[1])
        return bytes.fromhex(digits[: len(digits) // 2 * 2]).decode("utf-16-le", "replace").rstrip("\0")
    return ""


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
