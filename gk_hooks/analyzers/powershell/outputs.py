"""Cmdlets whose output matters: blocks over a pipeline, paths, variables, names."""

from __future__ import annotations

from gk_hooks.analyzers.powershell.actions import texts
from gk_hooks.analyzers.powershell.dotnet import join_paths
from gk_hooks.analyzers.powershell.invoke import Bound
from gk_hooks.analyzers.powershell.machine import one_of
from gk_hooks.analyzers.powershell.values import (
    MAX_ITEMS,
    NULL,
    Block,
    Items,
    Object,
    Value,
    list_of,
    text_of,
    unknown_from,
)
from gk_hooks.model.records import replace
from gk_hooks.model.values import HERE, HOLE, UNKNOWN, Text, concat

MAX_TURNS = 256
"""A small block is followed for each of so many items."""


def task_action(call: Bound) -> Value | None:
    """New-ScheduledTaskAction: a description that only Register-ScheduledTask makes real."""
    return Object("scheduledtaskaction", {"text": call.text("execute")})


def each(call: Bound) -> Value | None:
    """ForEach-Object: a small block is followed for each item, any other for all of them at once."""
    blocks = [value for value in (*call.parameters.values(), *call.rest) if isinstance(value, Block)]
    subject = call.piped if call.piped is not None else UNKNOWN
    member = call.value("membername", "process")
    if not blocks:
        name = text_of(member).only if member is not None else None
        return subject if name and name.lower() in ("value", "fullname") else unknown_from(subject)
    outputs = [call.machine.run_block(block, {}, one_of(subject)) for block in blocks]
    output = outputs[-1]
    if isinstance(subject, Items) and subject.complete and len(subject.items) <= MAX_TURNS and len(blocks) == 1:
        block = blocks[0]
        if len(block.body.statements) <= 2 and call.machine.silent_steps > 0:
            return turns(call, block, subject.items)
    if isinstance(subject, Items):
        return Items(list_of(output), complete=False)
    return output


def turns(call: Bound, block: Block, items: tuple[Value, ...]) -> Value:
    """The outputs of the block for each of *items*."""
    found: list[Value] = []
    with call.machine.silently():
        for item in items:
            output = call.machine.run_block(block, {}, item)
            found += list_of(output)
            if call.machine.silent_steps < 0 or len(found) > MAX_ITEMS:
                return Items(tuple(found)[:MAX_ITEMS], complete=False)
    return Items(tuple(found))


def filters(call: Bound) -> Value | None:
    """Where-Object."""
    for value in (*call.parameters.values(), *call.rest):
        if isinstance(value, Block):
            call.machine.run_block(value, {}, one_of(call.piped or UNKNOWN))
    if isinstance(call.piped, Items):
        return replace(call.piped, complete=False)
    return call.piped


def passes(call: Bound) -> Value | None:
    """Cmdlets that hand on what is piped in."""
    return call.piped if call.piped is not None else call.value("inputobject")


def puts_out(call: Bound) -> Value | None:
    """Write-Output."""
    values = [*call.parameters.values(), *call.rest]
    if not values:
        return call.piped
    return values[0] if len(values) == 1 else Items(tuple(values))


def nothing(call: Bound) -> Value | None:
    """Cmdlets that put out nothing."""
    return NULL


def joins(call: Bound) -> Value | None:
    """Join-Path."""
    if not call.has("path"):
        return UNKNOWN
    parts = [text_of(one_of(value)) for value in (call.value("path"), call.value("childpath")) if value is not None]
    parts += [
        text
        for value in [call.value("additionalchildpath") or NULL, *call.rest]
        for text in texts(value)
        if value is not NULL
    ]
    return join_paths(parts)


def splits(call: Bound) -> Value | None:
    """Split-Path."""
    text = call.text("path", "literalpath") if call.has("path", "literalpath") else text_of(call.piped or UNKNOWN)
    if call.has("leaf"):
        return text.map(lambda option: option.replace("/", "\\").rpartition("\\")[2])
    if call.has("qualifier", "noqualifier", "extension", "leafbase"):
        return unknown_from(text)
    return text.map(lambda option: option.replace("/", "\\").rpartition("\\")[0] if option != HERE else f"{HERE}\\..")


def same_path(call: Bound) -> Value | None:
    """Resolve-Path and Get-Item."""
    value = call.value("path", "literalpath")
    return value if value is not None else call.piped


def children(call: Bound) -> Value | None:
    """Get-ChildItem: something in the folder."""
    if not call.has("path", "literalpath"):
        return None
    folder = call.text("path", "literalpath").map(lambda option: option.rpartition("*")[0].rstrip("\\/") or option)
    return Items((concat((folder, Text.of("\\"), Text.template(HOLE))),), complete=False)


def reads_file(call: Bound) -> Value | None:
    """Get-Content."""
    for path in call.paths("path", "literalpath"):
        call.share(path)
    return Text((HOLE,), complete=True, origin="a file")


def alias(call: Bound) -> Value | None:
    """Set-Alias."""
    name, target = call.text("name").only, call.text("value").only
    if name and target:
        call.runner.aliases[name.lower()] = target.lower()
    return NULL


def set_variable(call: Bound) -> Value | None:
    """Set-Variable."""
    name = call.text("name").only
    if name:
        call.machine.scopes.set(name.lower(), call.value("value") or NULL)
    return NULL


def variable(call: Bound) -> Value | None:
    """Get-Variable."""
    name = call.text("name").only
    if not name:
        return UNKNOWN
    if name.lower() == "*mdr*":
        return Object("variable", {"name": Text.of("MaximumDriveCount").decoding("letters of a variable")})
    value = call.machine.scopes.get(name.lower())
    return value if call.has("valueonly") else Object("variable", {"value": value, "name": Text.of(name)})


def command_name(call: Bound) -> Value | None:
    """Get-Command: a name, perhaps behind a wildcard that disguises it."""
    name = call.text("name").only
    if not name:
        return UNKNOWN
    pattern = name.lower()
    if any(sign in pattern for sign in "*?["):
        shapes = {
            "i*x": "iex",
            "ie*": "iex",
            "i?x": "iex",
            "*ke-ex*": "invoke-expression",
            "in*-ex*ion": "invoke-expression",
        }
        found = shapes.get(pattern) or ("invoke-expression" if pattern.startswith("i") and "-e" in pattern else None)
        return Text.of(found).decoding("a wildcard") if found else UNKNOWN
    return Text.of(name)


def asks(call: Bound) -> Value | None:
    """Read-Host."""
    return Text((HOLE,), complete=True, origin="the keyboard")


def module(call: Bound) -> Value | None:
    """New-Module and Get-Module."""
    for value in (*call.parameters.values(), *call.rest):
        if isinstance(value, Block):
            call.machine.run_block(value, {}, UNKNOWN)
    return Object("module")


def random(call: Bound) -> Value | None:
    """Get-Random."""
    value = call.value("inputobject") or call.piped
    return one_of(value) if value is not None else Text.template(HOLE)
