"""Batch variables: ``%a%``, ``!a!``, ``%a:~1,3%``, ``%a:x=y%``, ``%1``, ``%%i``, set to constants or not known.

What Windows itself sets and places are told by (``%APPDATA%``) stays as it is written.
"""

from __future__ import annotations

import re

from gk_hooks.analyzers.batch.words import END_MARK, FIRST_MARK, MAX_MARKS, bare
from gk_hooks.analyzers.context import Budget
from gk_hooks.model.records import dataclass, field
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HERE, HOLE, UNKNOWN, Step, Text, concat

MAX_VARIANTS = 8

SYMBOLIC = {
    name.lower(): f"%{name}%"
    for name in (
        "APPDATA LOCALAPPDATA USERPROFILE HOMEPATH SystemRoot windir SystemDrive HOMEDRIVE ProgramFiles "
        "ProgramFiles(x86) ProgramW6432 CommonProgramFiles ProgramData ALLUSERSPROFILE PUBLIC TEMP TMP"
    ).split()
} | {"comspec": "%SystemRoot%\\System32\\cmd.exe"}

USUAL = {
    "systemroot": "C:\\Windows",
    "windir": "C:\\Windows",
    "systemdrive": "C:",
    "programfiles": "C:\\Program Files",
    "programfiles(x86)": "C:\\Program Files (x86)",
    "commonprogramfiles": "C:\\Program Files\\Common Files",
    "programdata": "C:\\ProgramData",
    "allusersprofile": "C:\\ProgramData",
    "public": "C:\\Users\\Public",
    "comspec": "C:\\Windows\\system32\\cmd.exe",
    "os": "Windows_NT",
    "pathext": ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC",
}
"""What these hold nearly everywhere; used only where a script cuts letters out of them."""

_REFERENCE = regex(
    r"%%(?P<tilde>~[A-Za-z$:]{1,24})|%%(?P<loop>[^\s%~\"])|%%"
    r"|%(?P<argument>~[fdpnxsatzFDPNXSATZ]{0,9}(?:\$\w{1,32}:)?[0-9*]|[0-9*])"
    r"|%(?P<name>[^%\n:]{1,64})(?::(?P<change>[^%\n]{1,256}))?%"
    r"|!(?P<late>[^!\n:\s]{1,64})(?::(?P<late_change>[^!\n]{1,256}))?!"
    r"|%(?P<bare>[A-Za-z])"
)
_SLICE = regex(r"~\s*(-?\d{1,5})(?:\s*,\s*(-?\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Expansion:
    """A variable that was read: its value, and whether letters were cut out of it or replaced in it."""

    value: Text
    changed: bool = False


@dataclass(slots=True)
class Variables:
    """What the script has set so far."""

    named: dict[str, Text] = field(default_factory=dict)
    loops: dict[str, Text] = field(default_factory=dict)
    arguments: dict[str, Text] = field(default_factory=dict)

    def set(self, name: str, value: Text, line: int, conditional: bool) -> None:
        """*name* takes *value* on *line*; when that may not happen, the value before stays possible."""
        key = name.strip().lower()
        value = value.through(Step(line, f"set {name.strip()}={bare(value.shown())[:80]}"))
        before = self.named.get(key)
        if conditional:
            value = value.join(before if before is not None else UNKNOWN)
        self.named[key] = value

    def value(self, name: str) -> Text:
        """The value of ``%name%``."""
        key = name.lower()
        if key in self.named:
            return self.named[key]
        return Text.of(SYMBOLIC[key]) if key in SYMBOLIC else Text(origin="environment")

    def expand(self, raw: str, budget: Budget) -> tuple[list[str], list[Expansion]]:
        """*raw* with every variable replaced by its marked value, in each combination of values; bounded."""
        variants: list[list[str]] = [[]]
        expansions: list[Expansion] = []
        at = 0
        for match in _REFERENCE.finditer(raw):
            literal, at = raw[at : match.start()], match.end()
            found = self._lookup(match) if len(expansions) < MAX_MARKS else None
            if found is None:  # no variable: two per cent signs are one
                marked = ["%" + (match["loop"] or match["tilde"] or "") if match[0].startswith("%%") else match[0]]
            else:
                marked = [f"{chr(FIRST_MARK + len(expansions))}{one}{END_MARK}" for one in _options(found, variants)]
                expansions.append(found)
            variants = [[*before, literal, one] for before in variants for one in marked[1:]] + [
                _extended(before, literal, marked[0]) for before in variants
            ]
            budget.spend(len(variants))
        return ["".join([*before, raw[at:]]) for before in variants], expansions

    def _lookup(self, match: re.Match[str]) -> Expansion | None:
        if match["argument"]:
            return Expansion(self._argument(match["argument"]))
        if match["tilde"] or match["loop"] or match["bare"]:
            return self._loop(match["tilde"] or match["loop"] or match["bare"])
        name, change = match["name"] or match["late"], match["change"] or match["late_change"]
        if name is None or (match["late"] and name.lower() not in self.named and name.lower() not in SYMBOLIC):
            return None
        if not change:
            return Expansion(self.value(name))
        key = name.lower()
        before = Text.of(USUAL[key]) if key in USUAL and key not in self.named else self.value(name)
        return Expansion(before.map(lambda option: _changed(option, change)), changed=True)

    def _argument(self, name: str) -> Text:
        if name.endswith("0"):
            return (
                Text.of(HERE + "\\") if "p" in name.lower() and "n" not in name.lower() else Text.template(HERE + HOLE)
            )
        if len(name.lstrip("~")) == 1 and name[-1] in self.arguments:
            return self.arguments[name[-1]]
        return Text(origin="argument")

    def _loop(self, name: str) -> Expansion | None:
        letters = name.lstrip("~")
        for index, letter in enumerate(letters):
            if letter in self.loops and all(sign in "fdpnxsatz" for sign in letters[:index].lower()):
                value = self.loops[letter]
                if letters[:index].strip("fF"):
                    value = UNKNOWN
                return Expansion(concat((value, Text.of(letters[index + 1 :]))))
        return None


def _options(found: Expansion, variants: list[list[str]]) -> tuple[str, ...]:
    """The values to try, unless that makes too many combinations."""
    options = found.value.options if found.value.complete else tuple(dict.fromkeys((*found.value.options, HOLE)))
    return options if len(options) * len(variants) <= MAX_VARIANTS else (HOLE,)


def _extended(parts: list[str], *more: str) -> list[str]:
    parts += more
    return parts


def _changed(option: str, change: str) -> str:
    """``~start,length`` and ``from=to`` on one value."""
    cut = _SLICE.fullmatch(change)
    if cut:
        if HOLE in option:
            return HOLE
        start = int(cut[1])
        start = max(len(option) + start, 0) if start < 0 else start
        length = int(cut[2]) if cut[2] else None
        stop = len(option) if length is None else (len(option) + length if length < 0 else start + length)
        return option[start : max(stop, start)]
    old, equals, new = change.partition("=")
    if not equals or not old:
        return HOLE
    if old.startswith("*") and len(old) > 1:
        found = option.lower().find(old[1:].lower())
        return new + option[found + len(old) - 1 :] if found >= 0 else option
    return re.sub(re.escape(old), lambda _: new, option, flags=re.IGNORECASE)
