"""Calls on VBScript's objects: what they do goes to the interpreter, what they give is a value."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gk_hooks.analyzers import commands
from gk_hooks.analyzers.vbscript import shell
from gk_hooks.analyzers.vbscript.kinds import (
    FOLDERS,
    GUESSES,
    NUMBERED_FOLDERS,
    RETURNS,
    SYSTEM_FOLDERS,
    kind_of,
)
from gk_hooks.analyzers.vbscript.methods import METHODS, Invocation
from gk_hooks.analyzers.vbscript.values import NOTHING, Thing, Value, concatenated, number_of, of_text
from gk_hooks.model.effects import Code, Connect, DynamicCode, Effect, Form, Site
from gk_hooks.model.records import replace
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HERE, HOLE, UNKNOWN, Text

if TYPE_CHECKING:
    from gk_hooks.analyzers.vbscript.interpreter import Interpreter

Span = tuple[int, int]
Arguments = list[Value]

_WMI_HOST = regex(r"winmgmts:\s*(?:\{[^}]*\})?\s*!?\s*(?:\\\\|//)([^\\/]+)", re.IGNORECASE)
_WMI_CLASS = regex(r"(?:^winmgmts:|:)\s*(?:\{[^}]*\}!?)?(\w+)(?:[.=][^:]*)?$", re.IGNORECASE)
_DIRECTORY = regex(r"(ldaps?|gc|winnt|iis)://([^/,]*)", re.IGNORECASE)
_HTTP_VERB = regex(r"(?:GET|POST|PUT|HEAD|DELETE|OPTIONS|PATCH)", re.IGNORECASE)
_NO_SERVER = frozenset(("rootdse", "schema"))
"""What may stand in a server's place; the domain's own controller is asked then."""

_LOCAL = frozenset(("", ".", "localhost", "127.0.0.1"))


def global_call(machine: Interpreter, name: str, arguments: Arguments | None, span: Span) -> Value:
    """A bare name that the script does not define."""
    match name.lower():
        case "wscript" | "wsh":
            return Value(thing=Thing("host", "WScript"))
        case "createobject" if arguments:
            return _created(machine, name, arguments, span)
        case "getobject" if arguments:
            return _got(machine, arguments, span)
        case "eval" if arguments:
            runs_code(machine, arguments[0].text, span, "Eval")
            return NOTHING
        case "execute" | "executeglobal" if arguments:
            runs_code(machine, arguments[0].text, span, name)
            return NOTHING
        case "getref" | "inputbox":
            return NOTHING
    return NOTHING


def runs_code(machine: Interpreter, code: Text, span: Span, callee: str) -> None:
    """Execute, ExecuteGlobal and Eval."""
    machine.emit(shell.runs_code(code, machine.site(callee, span), machine.context))


def _created(machine: Interpreter, name: str, arguments: Arguments, span: Span) -> Value:
    program = arguments[0].text
    if len(arguments) > 1 and not arguments[1].text.is_unknown and arguments[1].text.only not in _LOCAL:
        machine.emit([Connect(machine.site(name, span), arguments[1].text, Form.HOST, "dcom")])
    for option in program.constants:
        if kind := kind_of(option):
            return Value(thing=Thing(kind, option.strip()))
    return NOTHING


def _got(machine: Interpreter, arguments: Arguments, span: Span) -> Value:
    moniker = arguments[0].text
    site = machine.site("GetObject", span)
    machine.emit(_moniker_effects(moniker, site))
    first = moniker.options[0]
    if first.lower().startswith("winmgmts:"):
        named = _WMI_CLASS.search(first)
        return _wmi(named[1]) if named and named[1].lower() != "root" else Value(thing=Thing("wmi", "winmgmts"))
    if first.lower().startswith("new:"):
        return _shell_window(first)
    return NOTHING


def _shell_window(moniker: str) -> Value:
    """Class ids that are used to reach a known object by another door."""
    known = {
        "72c24dd5-d70a-438b-8a42-98424b88afb8": ("shell", "WScript.Shell"),
        "13709620-c279-11ce-a49e-444553540000": ("application", "Shell.Application"),
        "9ba05972-f6a8-11cf-a442-00a0c90a8f39": ("application", "ShellWindows"),
        "c08afd90-f2a1-11d1-8455-00a0c91f3880": ("application", "ShellBrowserWindow"),
    }
    found = known.get(moniker[4:].strip("{} ").lower())
    return Value(thing=Thing(*found)) if found else NOTHING


def _wmi(name: str) -> Value:
    if name.lower() == "stdregprov":
        return Value(thing=Thing("registry", "StdRegProv"))
    return Value(thing=Thing("wmi class", name, {"class": Value(Text.template(name))}))


def _moniker_effects(moniker: Text, site: Site) -> Iterator[Effect]:
    for option in moniker.options:
        scheme, _, rest = option.partition(":")
        if scheme.lower() in ("script", "scriptlet"):
            yield DynamicCode(site, Code.MODULE, moniker)
            yield Connect(site, _same_history(moniker, rest), Form.URL)
        host = _WMI_HOST.match(option)
        if host and host[1].lower() not in _LOCAL:
            yield Connect(site, _same_history(moniker, host[1]), Form.HOST, "wmi")
        directory = _DIRECTORY.match(option)
        if directory and directory[1].lower() not in ("winnt", "iis"):
            server = "" if "=" in directory[2] or directory[2].lower() in _NO_SERVER else directory[2]
            yield Connect(site, _same_history(moniker, server or HOLE), Form.HOST, "ldap")
        elif directory and directory[2].lower() not in _LOCAL and HOLE not in directory[2]:
            yield Connect(site, _same_history(moniker, directory[2]), Form.HOST, directory[1].lower())


def _same_history(source: Text, option: str) -> Text:
    return replace(Text.template(option), trail=source.trail, decoded=source.decoded, origin=source.origin)


def member(machine: Interpreter, receiver: Value, name: str, arguments: Arguments | None, span: Span) -> Value:
    """``receiver.name(arguments)``: its effects, and what it gives."""
    key, thing = name.lower(), receiver.thing
    if thing is None:
        _guess(machine, key, name, arguments or [], span)
        return NOTHING
    if thing.kind == "host":
        return _host(machine, key, arguments, span)
    row = METHODS.get((thing.kind, key))
    if row is not None:
        site = machine.site(f"{thing.name}.{row[0]}", span)
        machine.emit(row[1](Invocation(thing, arguments or [], site, machine.context)))
    return _result(thing, key, arguments or [])


def _guess(machine: Interpreter, key: str, name: str, arguments: Arguments, span: Span) -> None:
    kind = GUESSES.get(key, "")
    if key == "open" and len(arguments) > 1 and _HTTP_VERB.fullmatch(arguments[0].text.only or ""):
        kind = "http"
    elif key in ("run", "exec") and arguments:
        first = (arguments[0].text.options[0].strip('" ').split() or [""])[0]
        kind = "shell" if commands.program_name(first.strip('"')) in commands.WORDS else ""
    row = METHODS.get((kind, key))
    if row is not None:
        site = machine.site(row[0], span, guess=True)
        machine.emit(row[1](Invocation(Thing(kind, ""), arguments, site, machine.context)))


def _host(machine: Interpreter, key: str, arguments: Arguments | None, span: Span) -> Value:
    """The WScript object."""
    if key in ("createobject", "connectobject") and arguments:
        return _created(machine, "WScript.CreateObject", arguments[:1], span)
    if key == "getobject" and arguments:
        return _got(machine, arguments, span)
    if key == "scriptfullname":
        return of_text(Text.of(HERE + "\\<file>"))
    if key == "arguments":
        return Value(Text(origin="argument"), thing=Thing("arguments", "WScript.Arguments"))
    return NOTHING


def _result(thing: Thing, key: str, arguments: Arguments) -> Value:
    """What a method or a property gives."""
    kind = RETURNS.get((thing.kind, key))
    first = arguments[0] if arguments else NOTHING
    if kind is not None:
        if not kind:
            return Value(thing=thing)
        path = _folder(first) if kind == "folder" else first.text
        return Value(thing=Thing(kind, kind.title().replace(" ", ""), {"path": Value(path)}))
    match thing.kind, key:
        case "shell", "expandenvironmentstrings":
            return first
        case "shell", "specialfolders":
            return of_text(first.text.map(lambda option: FOLDERS.get(option.lower(), HOLE)))
        case ("shell", "currentdirectory") | ("file", "parentfolder"):
            return NOTHING
        case "filesystem", "getspecialfolder":
            return of_text(Text.template(SYSTEM_FOLDERS.get(_number(first), HOLE)))
        case "filesystem", "buildpath" if len(arguments) > 1:
            return of_text(concatenated([first.text, Text.of("\\"), arguments[1].text]))
        case "filesystem", "getparentfoldername":
            return of_text(first.text.map(lambda option: option.rpartition("\\")[0] or HOLE))
        case "filesystem", "getabsolutepathname":
            return first
        case "wmi", "get" if first.text.only:
            return _wmi(first.text.only)
        case "arguments", _:
            return of_text(Text(origin="argument"))
        case "http", "responsetext" | "responsebody" | "responsexml" | "responsestream":
            return of_text(Text(origin="network"))
        case "stream", "readtext" | "read":
            return thing.properties.get("content", NOTHING)
        case "stream", "write" | "writetext":
            thing.properties["content"] = first
        case "element", "nodetypedvalue":
            return of_text(_decoded(thing))
        case "base64 transform", "transformfinalblock":
            return of_text(UNKNOWN.decoding("base64"))
    return thing.properties.get(key, NOTHING) if not arguments else NOTHING


def _number(value: Value) -> int:
    number = number_of(value)
    return -1 if number is None else number


def _folder(value: Value) -> Text:
    number = number_of(value)
    return value.text if number is None else Text.template(NUMBERED_FOLDERS.get(number, HOLE))


def _decoded(element: Thing) -> Text:
    """An XML element's bytes: base64 or hexadecimal text, when its data type says so."""
    encoding = (element.properties.get("datatype", NOTHING).text.only or "").lower()
    if encoding not in ("bin.base64", "bin.hex"):
        return UNKNOWN
    text = element.properties.get("text", element.properties.get("nodetypedvalue", NOTHING)).text

    def decode(option: str) -> str:
        try:
            raw = base64.b64decode(option) if encoding == "bin.base64" else bytes.fromhex(option)
        except (binascii.Error, ValueError):
            return HOLE
        return raw.decode("latin-1")

    return text.map(decode).decoding(encoding.removeprefix("bin."))


def assigned(machine: Interpreter, owner: Value, name: str, keys: Arguments, value: Value, span: Span) -> None:
    """``owner.name = value`` or ``owner.name(keys) = value``."""
    thing = owner.thing
    if thing is None:
        return
    key = name.lower()
    if keys:
        key = (keys[0].text.only or "").lower().rpartition("/")[2]
    if thing.kind == "interpreter" and key == "language":
        return
    if thing.kind == "inet" and key == "url":
        machine.emit([Connect(machine.site(f"{thing.name}.URL", span), value.text, Form.URL)])
    thing.properties[key] = value
