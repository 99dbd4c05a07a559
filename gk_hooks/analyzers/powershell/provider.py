"""Cmdlets that write to files and to the registry, which PowerShell reaches by paths alike."""

from __future__ import annotations

from gk_hooks.analyzers.powershell.actions import in_folder, texts
from gk_hooks.analyzers.powershell.invoke import Bound, Handler
from gk_hooks.analyzers.powershell.values import NULL, Value
from gk_hooks.model.values import HOLE, UNKNOWN, Text


def drive(call: Bound) -> Value | None:
    """New-PSDrive: a share, or another name for a registry key."""
    root = call.text("root", "remotepath")
    call.share(root)
    name = call.text("name").only
    if name and (call.text("psprovider").only or "").lower() == "registry" and root.only:
        call.runner.drives[name.lower()] = root
    return None


def writes(verb: str, *names: str) -> Handler:
    """A cmdlet that writes the paths that its parameters name."""

    def handler(call: Bound) -> Value | None:
        if call.has(*names) or (call.piped is not None and names[0] == "path" and verb == "delete"):
            for path in call.paths(*names):
                call.write(call.located(path), verb)
        elif call.open:
            call.write(UNKNOWN, verb)
        return call.piped if verb == "tee" else None

    return handler


def copies(verb: str) -> Handler:
    """Copy-Item, Move-Item and Rename-Item."""

    def handler(call: Bound) -> Value | None:
        for path in call.paths("path", "literalpath"):
            call.share(path)
            if verb == "move":
                call.write(call.located(path), "delete")
        if call.has("destination", "newname"):
            for path in call.paths("destination", "newname"):
                call.write(call.located(path), verb)
        return None

    return handler


def new_item(call: Bound) -> Value | None:
    """New-Item."""
    kind = (call.text("itemtype").only or "").lower()
    verb = "mkdir" if kind.startswith("d") else "link" if kind in ("symboliclink", "junction", "hardlink") else "create"
    for path in call.paths("path", "name"):
        if call.has("path") and call.has("name"):
            path = in_folder(path, call.text("name"))
        call.write(call.located(path), verb)
    return Text.template(HOLE) if not call.has("path") else call.text("path")


def make_folder(call: Bound) -> Value | None:
    """mkdir."""
    for value in [*call.rest, *call.parameters.values()]:
        for path in texts(value):
            call.write(path, "mkdir")
    return NULL


def value(verb: str) -> Handler:
    """A cmdlet that writes or deletes a value of a registry key."""

    def handler(call: Bound) -> Value | None:
        if not call.has("path", "literalpath") and call.piped is None and not call.open:
            return None
        for path in call.paths("path", "literalpath"):
            names = [*texts(call.value("name") or UNKNOWN)]
            for name in names:
                call.write(call.located(path), verb, name)
        return None

    return handler


def locates(call: Bound) -> Value | None:
    """Set-Location."""
    if call.has("path", "literalpath"):
        call.runner.location = call.text("path", "literalpath")
    return NULL
