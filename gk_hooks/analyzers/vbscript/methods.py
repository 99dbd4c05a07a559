"""What the methods of VBScript's objects do: one row of a table is one method of one kind of object."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gk_hooks.analyzers.commands.windows_words import shares_in
from gk_hooks.analyzers.context import Context
from gk_hooks.analyzers.paths import writes
from gk_hooks.analyzers.registry import registry_writes
from gk_hooks.analyzers.vbscript import shell
from gk_hooks.analyzers.vbscript.kinds import HIVES
from gk_hooks.analyzers.vbscript.values import NOTHING, Thing, Value, number_of
from gk_hooks.model.effects import (
    Connect,
    Deserialize,
    Effect,
    Form,
    Listen,
    LoadNative,
    Mechanism,
    Persist,
    Site,
)
from gk_hooks.model.records import dataclass
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE, UNKNOWN, Text, concat


@dataclass(frozen=True, slots=True)
class Invocation:
    """A method is called: on what, with what, where."""

    thing: Thing
    arguments: list[Value]
    site: Site
    context: Context

    def value(self, index: int) -> Value:
        """An argument; a missing one is not known."""
        return self.arguments[index] if index < len(self.arguments) else NOTHING

    def text(self, index: int) -> Text:
        """An argument as a string."""
        return self.value(index).text

    def property(self, name: str) -> Text:
        """A property that the script has set."""
        return self.thing.properties.get(name, NOTHING).text


Method = Callable[[Invocation], Iterator[Effect]]


def _connect(index: int, form: Form = Form.URL, protocol: str = "") -> Method:
    def method(call: Invocation) -> Iterator[Effect]:
        yield Connect(call.site, call.text(index), form, protocol)

    return method


def _write(index: int, verb: str) -> Method:
    def method(call: Invocation) -> Iterator[Effect]:
        yield from writes(call.site, call.text(index), verb)

    return method


def _write_own(verb: str) -> Method:
    """The object itself is a path; what it does there is *verb*."""

    def method(call: Invocation) -> Iterator[Effect]:
        yield from writes(call.site, call.property("path"), verb)

    return method


def _open_text(call: Invocation) -> Iterator[Effect]:
    mode = number_of(call.value(1)) if len(call.arguments) > 1 else 1
    if mode != 1:
        yield from writes(call.site, call.text(0), "append" if mode == 8 else "write")


def _open_stream(call: Invocation) -> Iterator[Effect]:
    mode = number_of(call.value(0)) if call.arguments else 1
    if mode != 1:
        yield from writes(call.site, call.property("path"), "write")


def _run(call: Invocation) -> Iterator[Effect]:
    yield from shell.spawns(call.text(0), call.site, call.context)


def _shell_execute(call: Invocation) -> Iterator[Effect]:
    arguments = call.text(1) if len(call.arguments) > 1 else Text.of("")
    yield from shell.starts(call.text(0), arguments, call.site, call.context)


def _reg_write(verb: str) -> Method:
    def method(call: Invocation) -> Iterator[Effect]:
        path = call.text(0)
        key = path.map(lambda option: option.rpartition("\\")[0] if "\\" in option else option)
        name = path.map(lambda option: option.rpartition("\\")[2] if "\\" in option else HOLE)
        yield from registry_writes(call.site, key, name, verb, call.site.callee)

    return method


def _set_value(verb: str) -> Method:
    """StdRegProv: hive, key, name."""

    def method(call: Invocation) -> Iterator[Effect]:
        hive = HIVES.get((number_of(call.value(0)) or 0) & 0xFFFFFFFF, HOLE)
        key = concat([Text.template(hive + "\\"), call.text(1)])
        name = call.text(2) if len(call.arguments) > 2 else UNKNOWN
        yield from registry_writes(call.site, key, name, verb, call.site.callee)

    return method


def _share(index: int) -> Method:
    def method(call: Invocation) -> Iterator[Effect]:
        path = call.text(index)
        hosts = shares_in(path.map(lambda option: option.rstrip("\\") + "\\x" if option.startswith("\\\\") else option))
        for host in hosts:
            yield Connect(call.site, host, Form.HOST, "smb")
        if not hosts and any(HOLE in option for option in path.options):
            yield Connect(call.site, UNKNOWN, Form.HOST, "smb")

    return method


_SERVER = regex(r"(?:server|data source|address|addr|network address|host)\s*=\s*([^;,\\]+)", re.IGNORECASE)
_SERVED = regex(r"sqloledb|sqlncli|msoledbsql|sql server|mysql|oracle|oraoledb|msdaora|postgres|db2", re.IGNORECASE)
_LOCAL = frozenset(("", ".", "(local)", "(localdb)"))


def _open_database(call: Invocation) -> Iterator[Effect]:
    for option in call.text(0).options:
        server = _SERVER.search(option)
        if server and _SERVED.search(option) and server[1].strip().lower() not in _LOCAL:
            yield Connect(call.site, Text.template(server[1].strip()), Form.HOST, "database")


def _send_mail(call: Invocation) -> Iterator[Effect]:
    configured = call.thing.properties.get("configuration", NOTHING).thing
    own = call.thing.properties.get("smtpserver")
    other = configured.properties.get("smtpserver") if configured else None
    yield Connect(call.site, (own or other or NOTHING).text, Form.HOST, "smtp")


def _remote_host(call: Invocation) -> Iterator[Effect]:
    host = call.text(0) if call.arguments else call.property("remotehost")
    yield Connect(call.site, host, Form.HOST)


def _listen(call: Invocation) -> Iterator[Effect]:
    yield Listen(call.site, Text.of(""), call.property("localport"))


def _other_computer(call: Invocation) -> Iterator[Effect]:
    host = call.text(0) if call.arguments else Text.of("")
    if any(option.strip().lower() not in _LOCAL for option in host.options):
        yield Connect(call.site, host, Form.HOST, "rpc")


def _persist(verb: str, mechanism: Mechanism = Mechanism.SCHEDULE, index: int = 0) -> Method:
    def method(call: Invocation) -> Iterator[Effect]:
        yield Persist(call.site, mechanism, call.site.callee, verb, call.text(index))

    return method


_PERSISTENT = frozenset(
    "win32_service win32_baseservice win32_systemdriver win32_scheduledjob __eventfilter __filtertoconsumerbinding "
    "__intervaltimerinstruction commandlineeventconsumer activescripteventconsumer logfileeventconsumer".split()
)
"""WMI classes whose new instances bring something back."""


def _wmi_create(call: Invocation) -> Iterator[Effect]:
    name = (call.property("class").only or "").lower()
    if name == "win32_process":
        yield from shell.spawns(call.text(0), call.site, call.context)
    elif name in _PERSISTENT:
        yield Persist(call.site, Mechanism.SCHEDULE, call.site.callee, "create", call.text(0))


def _wmi_spawn(call: Invocation) -> Iterator[Effect]:
    name = (call.property("class").only or "").lower()
    if name in _PERSISTENT and not name.startswith("win32_"):
        yield Persist(call.site, Mechanism.SCHEDULE, call.site.callee, "create", call.property("class"))


def _wmi_method(call: Invocation) -> Iterator[Effect]:
    """ExecMethod_("Create", parameters), or ExecMethod("Win32_Process", "Create", parameters) of the namespace."""
    words = {option.lower() for value in call.arguments[:2] for option in value.text.options}
    names = words | {option.lower() for option in call.property("class").options}
    if "create" in words and "win32_process" in names:
        things = [value.thing for value in call.arguments if value.thing is not None]
        line = things[-1].properties.get("commandline", NOTHING).text if things else UNKNOWN
        yield from shell.spawns(line, call.site, call.context)


def _code(index: int) -> Method:
    def method(call: Invocation) -> Iterator[Effect]:
        yield from shell.runs_code(call.text(index), call.site, call.context)

    return method


def _load_document(call: Invocation) -> Iterator[Effect]:
    remote = [option for option in call.text(0).options if re.match(r"(?:https?|ftp)://", option, re.IGNORECASE)]
    if remote:
        yield Connect(call.site, call.text(0), Form.URL)


def _native(call: Invocation) -> Iterator[Effect]:
    yield LoadNative(call.site, call.text(0))


def _deserialize(call: Invocation) -> Iterator[Effect]:
    yield Deserialize(call.site, "BinaryFormatter")


_ROWS: dict[str, dict[str, Method]] = {
    "http": {"Open": _connect(1, protocol="http")},
    "inet": {"OpenURL": _connect(0), "Execute": _connect(0)},
    "browser": {"Navigate": _connect(0), "Navigate2": _connect(0)},
    "web client": {
        name: _connect(0) for name in ("DownloadString", "DownloadFile", "DownloadData", "UploadString", "OpenRead")
    },
    "dom": {"Load": _load_document},
    "winsock": {"Connect": _remote_host, "Listen": _listen},
    "shell": {
        "Run": _run,
        "Exec": _run,
        "RegWrite": _reg_write("write"),
        "RegDelete": _reg_write("delete"),
    },
    "application": {
        "ShellExecute": _shell_execute,
        "ServiceStart": _persist("start"),
        "ServiceStop": _persist("stop"),
    },
    "folder": {"CopyHere": _write_own("copy"), "MoveHere": _write_own("move")},
    "filesystem": {
        "CopyFile": _write(1, "copy"),
        "CopyFolder": _write(1, "copy"),
        "MoveFile": _write(1, "move"),
        "MoveFolder": _write(1, "move"),
        "CreateTextFile": _write(0, "write"),
        "OpenTextFile": _open_text,
        "CreateFolder": _write(0, "mkdir"),
        "DeleteFile": _write(0, "delete"),
        "DeleteFolder": _write(0, "delete"),
    },
    "file": {
        "Copy": _write(0, "copy"),
        "Move": _write(0, "move"),
        "Delete": _write_own("delete"),
        "CreateTextFile": _write_own("write"),
        "OpenAsTextStream": _open_stream,
    },
    "shortcut": {"Save": _write_own("link")},
    "stream": {"SaveToFile": _write(0, "write")},
    "database": {"Open": _open_database},
    "network": {
        "MapNetworkDrive": _share(1),
        "AddWindowsPrinterConnection": _share(0),
        "AddPrinterConnection": _share(1),
    },
    "message": {"Send": _send_mail},
    "schedule": {"Connect": _other_computer},
    "task folder": {
        "RegisterTaskDefinition": _persist("create"),
        "RegisterTask": _persist("create"),
        "DeleteTask": _persist("delete"),
    },
    "locator": {"ConnectServer": _other_computer},
    "registry": {
        **{name: _set_value("write") for name in ("SetStringValue", "SetExpandedStringValue", "SetDWORDValue")},
        **{name: _set_value("write") for name in ("SetBinaryValue", "SetMultiStringValue", "SetQWORDValue")},
        "CreateKey": _set_value("create"),
        "DeleteKey": _set_value("delete"),
        "DeleteValue": _set_value("delete"),
    },
    "wmi class": {
        "Create": _wmi_create,
        "SpawnInstance_": _wmi_spawn,
        "ExecMethod_": _wmi_method,
        "ChangeStartMode": _persist("configure"),
        "StartService": _persist("start"),
        "StopService": _persist("stop"),
    },
    "wmi": {"ExecMethod": _wmi_method},
    "interpreter": {"AddCode": _code(0), "ExecuteStatement": _code(0), "Eval": _code(0)},
    "window": {"ExecScript": _code(0), "Eval": _code(0)},
    "native": {"Register": _native},
    "excel": {"RegisterXLL": _native},
    "binary formatter": {"Deserialize": _deserialize, "Deserialize_2": _deserialize},
    "remote script": {"Execute": _other_computer},
}

METHODS: dict[tuple[str, str], tuple[str, Method]] = {
    (kind, name.lower()): (name, method) for kind, rows in _ROWS.items() for name, method in rows.items()
}
"""By kind of object and method in lower case: the method's proper name, and what it does."""
