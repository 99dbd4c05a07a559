"""Calls of .NET and COM members: what is being called, and who knows what that does.

The tables are filled by ``member_table``. A handler gets the invocation, emits effects, and returns what the call is
worth, or None when that is nothing special.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from gk_hooks.analyzers.powershell import tree
from gk_hooks.analyzers.powershell.actions import Action
from gk_hooks.analyzers.powershell.machine import Machine
from gk_hooks.analyzers.powershell.values import (
    Items,
    Object,
    Type,
    Value,
    text_of,
    texts_in,
    unknown_from,
)
from gk_hooks.model.records import replace
from gk_hooks.model.values import HERE, HOLE, UNKNOWN, Text

NETWORK = Text((HOLE,), complete=True, origin="the network")


class Invocation(Action):
    """A call of a member: *name* in lower case (a type's name for a constructor), *target* and *arguments*."""

    def __init__(
        self,
        machine: Machine,
        node: tree.Node,
        name: str,
        target: Value | None,
        arguments: list[Value],
        disguise: tuple[str, ...] = (),
    ) -> None:
        owner = target.name if isinstance(target, Type) else target.type if isinstance(target, Object) else ""
        callee = f"{_spelled(owner)}.{_spelled(name)}" if owner else _spelled(name)
        hidden = target.disguise if isinstance(target, Object) else ()
        super().__init__(machine, node, callee, (*disguise, *hidden))
        self.name = name
        self.target = target
        self.arguments = arguments

    def argument(self, position: int) -> Value:
        """An argument, UNKNOWN when there is none."""
        return self.arguments[position] if position < len(self.arguments) else UNKNOWN

    def text(self, position: int) -> Text:
        """An argument as a text."""
        return text_of(self.argument(position))

    def field(self, name: str) -> Value:
        """What is known of a field of the object."""
        return self.target.fields.get(name, UNKNOWN) if isinstance(self.target, Object) else UNKNOWN

    def guess(self) -> None:
        """Says that only the shape of the call speaks for it."""
        self.site = replace(self.site, guess=True)


Handler = Callable[[Invocation], "Value | None"]


CONSTRUCTORS: dict[str, Handler] = {}


STATICS: dict[str, Handler] = {}


METHODS: dict[str, Handler] = {}


SPELLINGS: dict[str, str] = {}
"""The usual capitals of the names of types and members."""
SHAPES: dict[str, Handler] = {}
"""By the member's name alone, for receivers of which nothing is known."""


def construct(call: Invocation) -> Value | None:
    """``New-Object name arguments`` and ``[name]::new(arguments)``."""
    handler = CONSTRUCTORS.get(call.name)
    made = handler(call) if handler else None
    if made is not None:
        return made
    if call.name in ("uri", "uribuilder", "string", "text.stringbuilder", "io.fileinfo", "io.directoryinfo"):
        return call.text(0) if call.arguments else Text.of("")
    if call.name.startswith("collections.") and not call.arguments:
        return Items((), complete=False)
    made = Object(call.name, level=call.machine.scopes.level)
    known = [text for argument in call.arguments for text in texts_in(argument)]
    if any(text.decoded for text in known):
        made.fields["data"] = unknown_from(*call.arguments)
    return made


@cache
def types_with_methods() -> frozenset[str]:
    """The types of which a method is known."""
    return frozenset(key.rpartition(".")[0] for key in METHODS)


def static_call(call: Invocation) -> Value | None:
    """``[type]::name(arguments)``."""
    assert isinstance(call.target, Type)
    if call.name == "new":
        made = Invocation(call.machine, call.node, call.target.name, None, call.arguments, call.disguise)
        return construct(made)
    handler = STATICS.get(f"{call.target.name}::{call.name}")
    return handler(call) if handler else None


def instance_call(call: Invocation) -> Value | None:
    """``value.name(arguments)``."""
    if isinstance(call.target, Object):
        handler = METHODS.get(f"{call.target.type}.{call.name}")
        if handler is None and call.target.type.startswith("com:"):
            handler = SHAPES.get(call.name)
        return handler(call) if handler else None
    handler = SHAPES.get(call.name)
    if handler and isinstance(call.target, Text | Items) and not _is_constant(call.target):
        call.guess()
        return handler(call)
    return None


def _is_constant(value: Value) -> bool:
    return isinstance(value, Text) and value.only is not None


def property_of(value: Type | Object, name: str) -> Value:
    """``value.name`` of a type or an object."""
    kind = value.name if isinstance(value, Type) else value.type
    if isinstance(value, Object) and name in value.fields:
        return value.fields[name]
    made = _PROPERTIES.get(f"{kind}.{name}")
    if callable(made):
        return made(value)
    if made is not None:
        return made if not isinstance(made, Object) else Object(made.type, dict(made.fields))
    if isinstance(value, Object) and (kind.startswith("com:") or kind in _SELF):
        return Object(kind, dict(value.fields), value.level)
    return unknown_from(value)


_SELF = frozenset({"invocation", "engineintrinsics", "management.automation.powershell", "wmiclass"})


HIVES = {"localmachine": "HKLM", "currentuser": "HKCU", "classesroot": "HKCR", "users": "HKU", "currentconfig": "HKCC"}


_PROPERTIES: dict[str, Value | Callable[[Type | Object], Value]] = {
    "net.httplistener.prefixes": Object("net.httplistener.prefixes"),
    "invocation.path": Text.template(f"{HERE}\\{HOLE}"),
    "invocation.definition": Text.template(f"{HERE}\\{HOLE}"),
    "invocation.psscriptroot": Text.of(HERE),
    "invocation.line": UNKNOWN,
    "invocation.boundparameters": UNKNOWN,
    "diagnostics.process.startinfo": lambda value: _start_info(value),
    "appdomain.currentdomain": Object("appdomain"),
    "io.compression.compressionmode.decompress": Text.of("Decompress"),
    "io.compression.compressionmode.compress": Text.of("Compress"),
}


for _hive, _short in HIVES.items():
    _PROPERTIES[f"microsoft.win32.registry.{_hive}"] = Object("microsoft.win32.registrykey", {"key": Text.of(_short)})
    _PROPERTIES[f"microsoft.win32.registryhive.{_hive}"] = Text.of(_short)


def _start_info(value: Type | Object) -> Value:
    info = Object("diagnostics.processstartinfo", level=value.level if isinstance(value, Object) else 0)
    if isinstance(value, Object):
        value.fields["startinfo"] = info
    return info


def _spelled(name: str) -> str:
    # the catalogues compare lower-case names; people know them by their capitals
    return SPELLINGS.get(name, name).removeprefix("com:")
