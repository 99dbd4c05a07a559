"""Pinned tool definitions: what a server says of its tools is remembered, and a change is held until it is accepted.

A model reads the names, descriptions and schemas of its tools as instructions. So the first definition of a tool is
pinned; another one later (a *rug pull*), a poisoned one, or a name that can be taken for another tool's is held: the
tool is left out of the list, and calls of it are denied, until ``gk mcp pins --accept`` pins the new definition.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gk_hooks.errors import GkError
from gk_hooks.gate.model import Hit
from gk_hooks.gate.names import skeleton
from gk_hooks.gate.state import Store
from gk_hooks.model.text import printable

PINNED = "pins"
HELD = "pins-held"
POISONED = 4
"""The threat score from which on a definition is held at first sight; the threshold of the policy examples."""

_NOT_REVIEWED = "it is not in the file of pins"
_LONGEST_KEPT = 100_000
_LONGEST_DIFF = 60


@dataclass(frozen=True)
class Held:
    """A definition that waits for review, and the one that is pinned (empty if there is none)."""

    server: str
    tool: str
    why: str
    new: str
    pinned: str = ""

    def diff(self) -> list[str]:
        """What a reviewer reads: the change as a unified diff of the two definitions, safe for a terminal."""
        lines = difflib.unified_diff(_pretty(self.pinned), _pretty(self.new), "pinned", "now", n=1, lineterm="")
        shown = [printable(line) for line in lines]
        more = len(shown) - _LONGEST_DIFF
        return shown[:_LONGEST_DIFF] + ([f"… and {more} more lines"] if more > 0 else [])


class Pins:
    """The pins of one server. Several sessions of it may run at once."""

    def __init__(
        self,
        store: Store,
        server: str,
        scan: Callable[[Any], Sequence[Hit]],
        reviewed: Mapping[str, str] | None = None,
    ) -> None:
        """*server*: how it was started, which is what it is known by. *scan*: a threat scanner's. Raises GkError.

        *reviewed*: the definitions of a file (``read_pins``); then nothing is pinned at first sight, and every tool
        that is not among them, or is another, is held.
        """
        self._store = store
        self._reviewed = reviewed
        self._server = server_key(server)
        self._scan = scan
        mine = [held for held in waiting(store) if held.server == self._server]
        self._held = {each.tool: each.why for each in mine if (reviewed or {}).get(each.tool) != each.new}

    def admit(self, tools: Sequence[Any]) -> tuple[list[Any], list[str]]:
        """Those of the *tools* (of a ``tools/list`` result) that may be shown, and a line for each one newly held.

        A tool that is seen for the first time is pinned. Raises GkError when the state cannot be used.
        """
        known = self._looks()
        kept, lines = [], []
        for tool in tools:
            name = tool.get("name") if isinstance(tool, dict) else None
            if not isinstance(name, str):
                continue
            why = self._review(name, definition(tool), known)
            if not why:
                kept.append(tool)
            elif self._held.get(name) != why:
                self._held[name] = why
                lines.append(f"the tool {printable(name)} is held: {why}")
        return kept, lines

    def denial(self, name: str) -> str:
        """Why calls of this tool are denied; empty when it is not held, or has been accepted since."""
        why = self._held.get(name, "")
        if self._reviewed is not None:
            why = why or ("" if name in self._reviewed else _NOT_REVIEWED)
        elif why and self._store.get(HELD, _key(self._server, name)) is None:
            del self._held[name]
            return ""
        return f"the tool's definition is held for review: {why}; see gk mcp pins" if why else ""

    def _review(self, name: str, now: str, known: dict[str, str]) -> str:
        key = _key(self._server, name)
        pinned = self._reviewed.get(name) if self._reviewed is not None else self._store.get(PINNED, key)
        if pinned == now:
            self._forget(name)
            return ""
        if pinned is not None:
            why = f"its {', '.join(_changed(pinned, now))} changed since it was pinned"
        elif self._reviewed is not None:
            why = _NOT_REVIEWED
        elif known.get(skeleton(name), name) != name:
            why = f"its name can be taken for that of {known[skeleton(name)]}"
        else:
            why = self._poison(now)
        if not why:
            self._store.put(PINNED, key, now)
            known[skeleton(name)] = name
            if self._store.get(PINNED, key) == now:
                return ""
            why = "another session has pinned another definition of it"
        self._store.take(HELD, key)
        self._store.put(HELD, key, json.dumps({"why": why, "new": now}))
        return why

    def _forget(self, name: str) -> None:
        if name in self._held:
            del self._held[name]
            self._store.take(HELD, _key(self._server, name))

    def _poison(self, now: str) -> str:
        said = json.loads(now)
        if "characters" in said:
            return f"it is {said['characters']} characters long"
        hits = self._scan(said)
        if sum(hit.weight for hit in hits) < POISONED:
            return ""
        return "; ".join(f"its {hit.field or 'text'} {hit.label}" for hit in hits)

    def _looks(self) -> dict[str, str]:
        names = (_named(key) for key, _ in self._store.items(PINNED))
        return {skeleton(name): name for server, name in names if server == self._server}


def read_pins(path: Path) -> dict[str, str]:
    """The definitions in a file: the ``tools`` of a ``tools/list`` result, or their list alone, as JSON.

    Returns the name and definition of each. Raises GkError.
    """
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise GkError(f"cannot read the pins {path}: {getattr(error, 'strerror', None) or error}") from error
    tools = found.get("tools") if isinstance(found, dict) else found
    if not isinstance(tools, list) or not all(isinstance(t, dict) and isinstance(t.get("name"), str) for t in tools):
        raise GkError(f'{path}: no pins; expected {{"tools": [{{"name": …}}, …]}}, as tools/list answers')
    return {tool["name"]: definition(tool) for tool in tools}


def pinned_tools(store: Store) -> dict[str, list[Any]]:
    """Every definition that is pinned, by server, as ``read_pins`` reads them."""
    tools: dict[str, list[Any]] = {}
    for key, value in store.items(PINNED):
        tools.setdefault(_named(key)[0], []).append(json.loads(value))
    return tools


def waiting(store: Store) -> Iterator[Held]:
    """Every definition that is held, of all servers, sorted."""
    for key, value in store.items(HELD):
        server, name = _named(key)
        kept = json.loads(value)
        yield Held(server, name, kept["why"], kept["new"], store.get(PINNED, key) or "")


def accept(store: Store, held: Held) -> bool:
    """Pins what was held; False if it is not held any more, or another definition is by now."""
    key = _key(held.server, held.tool)
    kept = store.get(HELD, key)
    if kept is None or json.loads(kept)["new"] != held.new:
        return False
    pinned = store.swap(PINNED, key, held.pinned, held.new) if held.pinned else store.put(PINNED, key, held.new)
    return pinned and store.take(HELD, key) is not None


def definition(tool: dict[str, Any]) -> str:
    """What is pinned of a tool: all that it says but ``_meta``, as canonical JSON; if that is huge, its digest."""
    text = json.dumps({key: value for key, value in tool.items() if key != "_meta"}, sort_keys=True)
    if len(text) <= _LONGEST_KEPT:
        return text
    return json.dumps({"characters": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()})


def server_key(command: str) -> str:
    """A short name for a server, by how it was started."""
    return hashlib.sha256(command.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _key(server: str, name: str) -> str:
    return f"{server}:{name}"


def _named(key: str) -> tuple[str, str]:
    server, _, name = key.partition(":")
    return server, name


def _changed(old: str, new: str) -> list[str]:
    before, after = json.loads(old), json.loads(new)
    return [key for key in sorted({*before, *after}) if before.get(key) != after.get(key)] or ["definition"]


def _pretty(text: str) -> list[str]:
    return json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False).split("\n") if text else []
