"""From a call of a catalogued API to its effects."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from gk_hooks.analyzers.context import embed
from gk_hooks.analyzers.paths import writes
from gk_hooks.analyzers.python.api import (
    Api,
    Arg,
    Calls,
    Connects,
    Deserializes,
    Listens,
    Loads,
    Persists,
    Runs,
    Spawns,
    Writes,
    WritesRegistry,
)
from gk_hooks.analyzers.python.catalogue import CATALOGUE
from gk_hooks.analyzers.python.spawning import spawn
from gk_hooks.analyzers.python.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Const,
    Map,
    Ref,
    Seq,
    Str,
    Unknown,
    Value,
    alternatives,
    items_of,
    text_of,
)
from gk_hooks.model.effects import (
    Code,
    Connect,
    Deserialize,
    DynamicCode,
    Effect,
    Form,
    Listen,
    LoadNative,
    Mechanism,
    Persist,
    RegistryWrite,
    Site,
    Via,
)
from gk_hooks.model.kinds import Kind
from gk_hooks.model.registry import registry_place
from gk_hooks.model.values import UNKNOWN as UNKNOWN_TEXT
from gk_hooks.model.values import Text

if TYPE_CHECKING:
    from gk_hooks.analyzers.python.machine import Machine

WRITE_MODES = frozenset("wax+")
OPEN_FLAGS = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC")
HIVES = {"HKEY_CURRENT_USER": "HKCU", "HKEY_LOCAL_MACHINE": "HKLM", "HKEY_USERS": "HKU", "HKEY_CLASSES_ROOT": "HKCR"}


class Call:
    """One call of an API: its name, arguments, receiver and node."""

    def __init__(self, run: Machine, path: str, arguments: Arguments, node: ast.expr, receiver: Value | None) -> None:
        self.run = run
        self.path = path
        self.arguments = arguments
        self.node = node
        self.receiver = receiver
        self.guess = path.startswith("?")

    def get(self, argument: Arg | None) -> Value | None:
        """The value of *argument*; a negative position counts from the end."""
        if argument is None:
            return None
        if argument.position is not None and argument.position < 0:
            found = self.arguments.positional
            return found[argument.position] if len(found) >= -argument.position else None
        return self.arguments.get(argument.position, *argument.names)

    @property
    def site(self) -> Site:
        """Where the call stands."""
        return self.site_of(self.guess)

    def site_of(self, guess: bool) -> Site:
        """Where the call stands; *guess*: only its shape tells what it is."""
        callee = self.path.replace("()", "").removeprefix("builtins.")
        if self.path.startswith("?"):
            function = self.node.func if isinstance(self.node, ast.Call) else self.node
            callee = self.run.source.segment(function)[-60:] or callee[2:]
        return self.run.source.site(self.node, callee, guess)


def apply(run: Machine, path: str, arguments: Arguments, node: ast.expr, receiver: Value | None = None) -> None:
    """Emits the effects of calling the API *path*."""
    for api in CATALOGUE.get(path, ()):
        call = Call(run, path, arguments, node, receiver)
        run.emit(_HANDLERS[type(api)](api, call))


def _connects(api: Connects, call: Call) -> Iterator[Effect]:
    if call.guess and not _is_address(call.get(api.to)):
        return
    if api.to is None:
        yield Connect(call.site, protocol=api.protocol)
        return
    value = call.get(api.to)
    if value is None or value == NONE:
        if api.default != "":
            known = UNKNOWN_TEXT if api.default is None else Text.of(api.default)
            yield Connect(call.site, known, Form.HOST, api.protocol)
        return
    if isinstance(value, (Seq, Map)) and not api.address:
        value = _first(value)
    if api.address:
        if _is_unix(value, call):
            return
        value = _first(value)
    destination = _request_url(value, call)
    yield Connect(_spoken_for(call, destination), destination, api.form, api.protocol)


def _request_url(value: Value, call: Call) -> Text:
    """The URL of *value*: a text, a Request made elsewhere, or one completed by the client's base_url."""
    if isinstance(value, Ref) and value.path == "urllib.request.Request()" and value.arguments is not None:
        return text_of(value.arguments.get(0, "url"))
    text = text_of(value)
    receiver = call.receiver
    if isinstance(receiver, Ref) and receiver.arguments is not None:
        base = receiver.arguments.get(0 if "aiohttp" in receiver.path else None, "base_url")
        if base is not None and all("://" not in option for option in text.options) and not text.is_unknown:
            return text_of(base)
    return text


def _is_address(value: Value | None) -> bool:
    return isinstance(value, Seq) and len(value.items) in (2, 4) and not value.open and not _is_number(value.items[0])


def _is_number(value: Value) -> bool:
    return isinstance(value, Const)


def _is_unix(value: Value, call: Call) -> bool:
    return isinstance(value, Str) and isinstance(call.receiver, Ref) and "socket" in call.path


def _first(value: Value) -> Value:
    items, _ = items_of(value)
    if isinstance(value, Str):
        return value
    return items[0] if items else UNKNOWN


def _listens(api: Listens, call: Call) -> Iterator[Effect]:
    value = call.get(api.on)
    if call.guess:
        if api.address and not _is_address(value):
            return
        if not api.address and not isinstance(value, Str):
            return
    if value is None or value == NONE:
        if api.default is None:
            return
        yield Listen(call.site, Text.of(api.default))
        return
    port: Text = UNKNOWN_TEXT
    if api.address:
        if isinstance(value, Str) and "socket" in call.path:
            return  # a UNIX socket's path
        items, _ = items_of(value)
        port = text_of(items[1]) if len(items) > 1 else UNKNOWN_TEXT
        value = _first(value)
    host = text_of(value)
    if "grpc" in call.path or "zmq" in call.path:
        host = host.map(lambda option: option.rpartition("://")[2].rpartition(":")[0])
    yield Listen(_spoken_for(call, host), host, port)


def _spoken_for(call: Call, host: Text) -> Site:
    """``x.bind((host, port))`` is a guess while the host is unknown; a literal host leaves no other reading."""
    return call.site_of(call.guess and not host.constants)


def _spawns(api: Spawns, call: Call) -> Iterator[Effect]:
    yield from spawn(api, call)


def _runs(api: Runs, call: Call) -> Iterator[Effect]:
    value = call.get(api.payload)
    if value is None and api.payload is not None:
        return
    if isinstance(value, Ref) and value.path in {"builtins.compile()", "types.CodeType()"} and value.arguments:
        value = value.arguments.get(0, "source")
    payload = text_of(value)
    if api.code is Code.MODULE and payload.only is not None:
        return
    site = call.site
    yield DynamicCode(site, api.code, payload)
    if api.code is Code.TEXT and payload.constants:
        yield from embed(Kind.PYTHON, Text.of(*payload.constants), site, site.callee, call.run.context, Via.SPAWN)


def _loads(api: Loads, call: Call) -> Iterator[Effect]:
    value = call.get(api.library)
    yield LoadNative(call.site, text_of(value) if value != NONE else Text.of("the running program itself"))


def _deserializes(api: Deserializes, call: Call) -> Iterator[Effect]:
    for condition, wanted in ((api.unless, False), (api.only_if, True)):
        if condition is None:
            continue
        argument, values = condition
        value = call.get(argument)
        matches = value is not None and _equals(value, values)
        if matches is not wanted:
            return
    yield Deserialize(call.site, api.format)


def _equals(value: Value, wanted: tuple[object, ...]) -> bool:
    if isinstance(value, Ref):
        return value.path in wanted
    if isinstance(value, Str):
        return value.text.only in wanted
    return isinstance(value, Const) and value.value in wanted


def _writes(api: Writes, call: Call) -> Iterator[Effect]:
    if api.mode is not None and not _asks_for_writing(call.get(api.mode), call):
        return
    value = call.receiver if api.path.position is None else call.get(api.path)
    path = text_of(value)
    if not path.is_unknown:
        yield from writes(call.site, path, api.verb)


def _asks_for_writing(mode: Value | None, call: Call) -> bool:
    if isinstance(mode, Str):
        return any(WRITE_MODES & set(option) for option in mode.text.options)
    if call.path == "os.open" and isinstance(call.node, ast.Call):
        return any(flag in call.run.source.segment(call.node) for flag in OPEN_FLAGS)
    return False


def _writes_registry(api: WritesRegistry, call: Call) -> Iterator[Effect]:
    key = _registry_key(call.get(api.key), call.get(api.subkey) if api.subkey else None)
    name = text_of(call.get(api.name)) if api.name else UNKNOWN_TEXT
    site = call.site
    yield RegistryWrite(site, key, name)
    for option in key.options:
        place = registry_place(option, name.only or "")
        if place is not None and "delete" not in call.path.lower():
            yield Persist(site, place, "registry", "write", key)
            return


def _registry_key(value: Value | None, subkey: Value | None) -> Text:
    """``OpenKey(HIVE, path)`` and what is below it, hive first."""
    base: Text = UNKNOWN_TEXT
    if isinstance(value, Ref):
        hive = value.path.rpartition(".")[2]
        if hive in HIVES:
            base = Text.of(HIVES[hive])
        elif value.arguments is not None and value.path.endswith(("OpenKey()", "CreateKey()", "RegOpenKeyEx()")):
            base = _registry_key(value.arguments.get(0, "key"), value.arguments.get(1, "sub_key"))
    if subkey is None:
        return base
    below = text_of(subkey)
    if base.is_unknown:
        return below
    return (
        Text.of(*(f"{left}\\{right}" for left in base.options for right in below.constants))
        if below.constants
        else base
    )


def _persists(api: Persists, call: Call) -> Iterator[Effect]:
    yield Persist(call.site, Mechanism.SCHEDULE, api.tool, api.verb, text_of(call.get(api.target)))


def _calls(api: Calls, call: Call) -> Iterator[Effect]:
    function = call.get(api.function)
    if function is None:
        return
    if api.first is not None:
        passed = Arguments(
            call.arguments.positional[api.first :], call.arguments.keywords, call.arguments.open_positional
        )
    else:
        items, more = items_of(call.get(api.args) or Seq())
        passed = Arguments(tuple(items), (), more)
    if call.path in {"builtins.map", "builtins.filter"}:
        items, _ = items_of(passed.positional[0]) if passed.positional else ((), True)
        passed = Arguments(tuple(items[:1]) or (Unknown(),))
    for alternative in alternatives(function):
        call.run.call(alternative, passed, call.node)
    yield from ()


_HANDLERS: dict[type[Api], Callable[[Any, Call], Iterator[Effect]]] = {
    Connects: _connects,
    Listens: _listens,
    Spawns: _spawns,
    Runs: _runs,
    Loads: _loads,
    Deserializes: _deserializes,
    Writes: _writes,
    WritesRegistry: _writes_registry,
    Persists: _persists,
    Calls: _calls,
}
