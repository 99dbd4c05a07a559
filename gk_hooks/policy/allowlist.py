"""The allowlist of specification §9: reviewed commands that PEX003 need not report. It applies to no other rule."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from gk_hooks.errors import UsageError
from gk_hooks.model.findings import Finding
from gk_hooks.model.globs import Glob
from gk_hooks.model.records import dataclass, replace
from gk_hooks.model.regex import regex
from gk_hooks.model.report import AllowlistUse, Result, Suppression
from gk_hooks.policy.files import read_small, read_text, unknown_key
from gk_hooks.policy.regexes import MAX_COMMAND, safe_regex

RULE = "PEX003"

SPELLINGS = {"command_exact": "exact", "command_regex": "regex", "rule_id": "rule"}
KEYS = ("path_glob", "exact", "regex", "justification", "approved_by", "approved_on", "rule")

_DAY = regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class AllowlistEntry:
    """One approved command: *exact* or *regex*, and of which files (None: of all)."""

    number: int
    justification: str
    path_glob: Glob | None = None
    exact: str | None = None
    regex: re.Pattern[str] | None = None
    approved_by: str = ""
    approved_on: str = ""

    def covers(self, finding: Finding) -> bool:
        """Whether this entry approves of the whole command. A command of which nothing is known never matches."""
        command = _fold(finding.command)
        if not command or (self.path_glob is not None and not self.path_glob.matches(finding.file)):
            return False
        if self.exact is not None:
            return command == self.exact
        return self.regex is not None and len(command) <= MAX_COMMAND and bool(self.regex.fullmatch(command))

    @property
    def label(self) -> str:
        """The entry for people: ``entry 2 (exact 'git status')``."""
        how, what = ("exact", self.exact) if self.regex is None else ("regex", self.regex.pattern)
        where = f" in {self.path_glob.pattern!r}" if self.path_glob else ""
        return f"entry {self.number} ({how} {what!r}{where})"


@dataclass(frozen=True)
class Allowlist:
    """path: its file. sha256: of its bytes, which *data* holds."""

    path: str
    sha256: str
    entries: tuple[AllowlistEntry, ...] = ()
    data: bytes = b""


def load(path: str) -> Allowlist:
    """The allowlist in the JSON file at *path*; UsageError with one line where it cannot be meant."""
    return parse(path, read_small(path))


def parse(path: str, data: bytes) -> Allowlist:
    """The allowlist in *data*, the content of the file *path*."""
    document = _parse(path, read_text(path, data))
    if not isinstance(document, dict) or not isinstance(document.get("entries"), list):
        raise UsageError(f'{path}: must be an object with a list of entries: {{"entries": [ … ]}}')
    for key in document:
        if key != "entries":
            raise UsageError(f"{path}: {unknown_key(key, ('entries',))}")
    entries = []
    for number, item in enumerate(document["entries"], start=1):
        try:
            entries.append(_entry(number, item))
        except ValueError as error:
            raise UsageError(f"{path}: entry {number}: {error}") from None
    return Allowlist(path, hashlib.sha256(data).hexdigest(), tuple(entries), data)


def apply(allowlist: Allowlist, results: Iterable[Result]) -> tuple[tuple[Result, ...], AllowlistUse]:
    """*results* with the PEX003 findings that an entry covers suppressed, and how the allowlist was used."""
    used: set[int] = set()
    applied = []
    for result in results:
        covering = _covering(allowlist, result.finding)
        used.update(entry.number for entry in covering)
        if covering and result.suppression is None:
            first = covering[0]
            approval = Suppression("allowlist", first.justification, first.approved_by, first.approved_on)
            result = replace(result, suppression=approval)
        applied.append(result)
    unused = tuple(entry.label for entry in allowlist.entries if entry.number not in used)
    return tuple(applied), AllowlistUse(allowlist.path, allowlist.sha256, len(allowlist.entries), unused)


def _covering(allowlist: Allowlist, finding: Finding) -> list[AllowlistEntry]:
    return [entry for entry in allowlist.entries if entry.covers(finding)] if finding.rule_id == RULE else []


def _parse(path: str, text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError:
        raise UsageError(f"{path}: is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise UsageError(f"{path}: is not valid JSON: {error}") from None
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        entry = "" if "entries" in found else f" in the entry with {_hint(found)}"
        raise ValueError(f"the key {twice!r} stands twice{entry}")
    return found


def _hint(found: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value!r}" for key, value in list(found.items())[:1])


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _entry(number: int, item: object) -> AllowlistEntry:
    if not isinstance(item, dict):
        raise ValueError("must be an object")
    given: dict[str, str] = {}
    for key, value in item.items():
        name = SPELLINGS.get(key, key)
        if name not in KEYS:
            raise ValueError(unknown_key(key, (*KEYS, *SPELLINGS)))
        if name in given:
            raise ValueError(f"{key!r} is another spelling of {name!r}, which is there already")
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{key!r} must be a string that is not empty")
        given[name] = value
    _check(given)
    return AllowlistEntry(
        number,
        given["justification"].strip(),
        Glob(given["path_glob"]) if "path_glob" in given else None,
        _fold(given["exact"]) if "exact" in given else None,
        safe_regex(given["regex"]) if "regex" in given else None,
        given.get("approved_by", ""),
        given.get("approved_on", ""),
    )


def _check(given: dict[str, str]) -> None:
    if given.get("rule", RULE) != RULE:
        raise ValueError(f"names the rule {given['rule']!r}: an allowlist can only accept {RULE} (specification §9)")
    if ("exact" in given) == ("regex" in given):
        raise ValueError("needs exactly one of 'exact' and 'regex'")
    if "justification" not in given:
        raise ValueError("needs a 'justification'")
    day = given.get("approved_on")
    if day is not None and not (_DAY.fullmatch(day) and _is_date(day)):
        raise ValueError(f"'approved_on' must be a date such as 2025-01-31, not {day!r}")


def _is_date(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def _fold(command: str) -> str:
    """The command with every run of blanks as one; line ends are kept from hiding a second command."""
    return re.sub(r"[ \t]+", " ", command).strip(" ")
