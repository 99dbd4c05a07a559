"""Files, the registry, tasks and services."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gk_hooks.analyzers.paths import writes
from gk_hooks.analyzers.python.api import Persists, Writes, WritesRegistry
from gk_hooks.analyzers.python.sinks.call import Call
from gk_hooks.analyzers.python.values import Ref, Value, alternatives
from gk_hooks.analyzers.python.views import text_of
from gk_hooks.analyzers.registry import registry_writes
from gk_hooks.model.effects import Effect, Mechanism, Persist
from gk_hooks.model.values import UNKNOWN as UNKNOWN_TEXT
from gk_hooks.model.values import Text, concat

WRITE_MODES = frozenset("wax+")
OPEN_FLAGS = frozenset({"O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC"})
HIVES = {
    "winreg.HKEY_CURRENT_USER": "HKCU",
    "winreg.HKEY_LOCAL_MACHINE": "HKLM",
    "winreg.HKEY_USERS": "HKU",
    "winreg.HKEY_CLASSES_ROOT": "HKCR",
}
OPENED_KEYS = ("OpenKey()", "CreateKey()", "RegOpenKeyEx()")


def writes_path(api: Writes, call: Call) -> Iterator[Effect]:
    """A file that is written, moved, linked or deleted; paths of which nothing is known are no news."""
    if api.mode is not None and not _asks_for_writing(api, call):
        return
    path = text_of(call.receiver if api.path.position is None else call.get(api.path))
    if not path.is_unknown:
        yield from writes(call.site, path, api.verb)


def _asks_for_writing(api: Writes, call: Call) -> bool:
    assert api.mode is not None
    if "flags" in api.mode.names:
        flags = call.node_of(api.mode)
        names = {getattr(part, "attr", getattr(part, "id", "")) for part in ast.walk(flags)} if flags else set()
        return bool(names & OPEN_FLAGS)
    mode = text_of(call.get(api.mode))
    return any(WRITE_MODES & set(option) for option in mode.constants)


def writes_registry(api: WritesRegistry, call: Call) -> Iterator[Effect]:
    """A value or a key of the Windows registry."""
    key = _registry_key(call.get(api.key), call.get(api.subkey) if api.subkey else None)
    name = text_of(call.get(api.name)) if api.name else UNKNOWN_TEXT
    verb = "delete" if "Delete" in call.path else "set"
    yield from registry_writes(call.site, key, name, verb)


def _registry_key(value: Value | None, subkey: Value | None, depth: int = 8) -> Text:
    """``OpenKey(HIVE, path)`` and what is below it, hive first."""
    base = UNKNOWN_TEXT
    for part in alternatives(value) if value is not None else ():
        if not isinstance(part, Ref):
            continue
        if part.path in HIVES:
            base = Text.of(HIVES[part.path])
        elif part.arguments is not None and part.path.endswith(OPENED_KEYS) and depth:
            base = _registry_key(part.arguments.get(0, "key"), part.arguments.get(1, "sub_key"), depth - 1)
    if subkey is None:
        return base
    below = text_of(subkey)
    return below if base.is_unknown else concat((base, Text.of("\\"), below))


def persists(api: Persists, call: Call) -> Iterator[Effect]:
    """A task or a service."""
    yield Persist(call.site, Mechanism.SCHEDULE, api.tool, api.verb, text_of(call.get(api.target)))
