"""Cmdlets that reach the network, run code, start programs or install what comes back."""

from __future__ import annotations

from gk_hooks.analyzers.powershell.access import plain_type
from gk_hooks.analyzers.powershell.actions import is_here, texts
from gk_hooks.analyzers.powershell.invoke import Bound, Handler
from gk_hooks.analyzers.powershell.members import NETWORK, Invocation, construct
from gk_hooks.analyzers.powershell.state_handlers import WMI_PERSISTENT
from gk_hooks.analyzers.powershell.values import (
    NULL,
    PIECES,
    Block,
    Items,
    Null,
    Object,
    Table,
    Value,
    list_of,
    text_of,
    unknown_from,
)
from gk_hooks.model.effects import Form
from gk_hooks.model.values import HOLE, UNKNOWN, Text


def connects(parameter: str, form: Form, protocol: str, saves: str = "") -> Handler:
    """A cmdlet that connects to what *parameter* names (and saves to the file that *saves* names)."""

    def handler(call: Bound) -> Value | None:
        value = call.value(parameter)
        if value is None:
            value = call.piped if call.piped is not None and not isinstance(call.piped, Null) else UNKNOWN
        call.connect_each(value, form, protocol)
        if saves and call.has(saves):
            for path in call.paths(saves):
                call.write(path)
        return NETWORK

    return handler


def transfers(call: Bound) -> Value | None:
    """Start-BitsTransfer: the source of a download, the destination of an upload."""
    upload = (call.text("transfertype").only or "").lower().startswith("upload")
    value = call.value("destination" if upload else "source")
    value = value if value is not None else call.piped or UNKNOWN
    for text in texts(value):
        if not any(option.startswith("\\\\") for option in text.options):
            call.connect(text)
        call.share(text)
    if not upload and call.has("destination"):
        for path in call.paths("destination"):
            call.write(path)
    return None


def sends_mail(call: Bound) -> Value | None:
    """Send-MailMessage."""
    call.connect(call.text("smtpserver"), Form.HOST, "smtp")
    return NULL


def tests_connection(call: Bound) -> Value | None:
    """Test-NetConnection and Test-Connection."""
    value = call.value("computername")
    if value is None and call.piped is None and not call.open:
        return None  # its own default is a probe of Microsoft's beacon, with an address that the system keeps
    call.connect_each(value if value is not None else call.piped or UNKNOWN, Form.HOST, "tcp")
    return None


def resolves(call: Bound) -> Value | None:
    """Resolve-DnsName."""
    call.connect_each(call.value("name") or UNKNOWN, Form.HOST, "dns")
    if call.has("server"):
        call.connect_each(call.value("server") or UNKNOWN, Form.HOST, "dns")
    return NETWORK


def session(call: Bound) -> Value | None:
    """PowerShell remoting: by host name or by URI."""
    for parameter in ("computername", "hostname"):
        if call.has(parameter):
            call.connect_each(call.value(parameter) or UNKNOWN, Form.HOST, "winrm")
    if call.has("connectionuri"):
        call.connect(call.text("connectionuri"), Form.URL, "winrm")
    if call.open and not call.has("computername", "hostname", "connectionuri"):
        call.connect(UNKNOWN, Form.HOST, "winrm")
    return None


def invokes_command(call: Bound) -> Value | None:
    """Invoke-Command: its block runs, perhaps on other computers."""
    block = call.value("scriptblock")
    if block is None and isinstance(call.value("computername"), Block | Object):
        block = call.parameters.pop("computername")  # the only positional argument is the block
    session(call)
    return runs_block(call, block)


def runs_block(call: Bound, block: Value | None) -> Value | None:
    """Runs a script block with the arguments of -ArgumentList."""
    if not isinstance(block, Block):
        return None
    arguments = call.value("argumentlist")
    given = list_of(arguments) if arguments is not None else ()
    names = [parameter.name for parameter in block.body.parameters]
    return call.machine.run_block(block, dict(zip(names, given, strict=False)), call.piped or UNKNOWN)


def starts_job(call: Bound) -> Value | None:
    """Start-Job."""
    return runs_block(call, call.value("scriptblock"))


def packages(call: Bound) -> Value | None:
    """Package managers: the repository of -Source, else one that is configured elsewhere."""
    source = call.value("source")
    known = source is not None and any("://" in option for option in text_of(source).options)
    call.connect(text_of(source) if known and source is not None else Text.template(HOLE), Form.URL, "https")
    return None


def expression(call: Bound) -> Value | None:
    """Invoke-Expression."""
    value = call.value("command")
    if value is None:
        value = call.piped if call.piped is not None else UNKNOWN
    payload = unknown_from(value) if isinstance(value, Items) else text_of(value)
    if isinstance(value, Items) and value.items and value.complete:
        payload = text_of(Items(value.items)) if len(value.items) > 1 else text_of(value.items[0])
    if isinstance(value, Block):
        return call.machine.run_block(value, {}, UNKNOWN)
    call.run_text(payload)
    return UNKNOWN


def imports(call: Bound) -> Value | None:
    """Import-Module."""
    if not call.has("name", "assembly") and (call.has("moduleinfo") or isinstance(call.piped, Object)):
        return None  # New-Module's own script block, which is read where it stands
    for name in call.paths("name", "assembly"):
        call.share(name)
        if not is_here(name) or any(HOLE in option for option in name.options):
            call.module(name)
    return None


def add_type(call: Bound) -> Value | None:
    """Add-Type: compiles C#, imports native functions, or loads an assembly."""
    source = call.value("typedefinition")
    if source is None and call.piped is not None and not isinstance(call.piped, Null):
        source = call.piped
    if source is not None:
        call.imports(text_of(source))
        call.code(text_of(source))
    members = call.value("memberdefinition")
    if members is not None and not call.imports(text_of(members)):
        call.code(text_of(members))
    if call.has("path", "literalpath"):
        for path in call.paths("path", "literalpath"):
            call.library(path)
    if call.open and source is None and members is None and not call.has("assemblyname", "path"):
        call.code(UNKNOWN)
    return None


def new_object(call: Bound) -> Value | None:
    """New-Object of a type or a COM class."""
    given = call.value("argumentlist")
    arguments = list(given.items) if isinstance(given, Items) else [given] if given is not None else []
    arguments += call.rest
    if call.has("comobject"):
        name = call.text("comobject")
        kind = f"com:{(name.only or '').lower()}"
    else:
        name = call.text("typename")
        kind = plain_type(name.only or "")
    disguise = (*call.disguise, *((PIECES,) if PIECES in name.decoded else ()))
    if name.only is None:
        return UNKNOWN
    made = construct(Invocation(call.machine, call.node, kind, None, arguments, disguise))
    properties = call.value("property")
    if isinstance(made, Object) and isinstance(properties, Table):
        made.fields.update(properties.entries)
    if isinstance(made, Object) and disguise:
        made.disguise = disguise
    return made


def starts(call: Bound) -> Value | None:
    """Start-Process; a URL opens in the browser."""
    program = call.text("filepath") if call.has("filepath") else text_of(call.piped or UNKNOWN)
    if any("://" in option for option in program.options):
        call.connect(program, Form.URL)
    given = call.value("argumentlist")
    words = [] if given is None else call.words(given)
    words += [text_of(value) for value in call.rest]
    call.spawn([program, *words], call.open or (isinstance(given, Items) and not given.complete))
    return Object("diagnostics.process.running")


def wmi_method(call: Bound) -> Value | None:
    """Invoke-WmiMethod and Invoke-CimMethod."""
    remote(call)
    kind = wmi_name(call)
    method = (call.text("name", "methodname").only or "").lower()
    given = call.value("argumentlist", "arguments")
    first = given.entries.get("commandline", UNKNOWN) if isinstance(given, Table) else one_first(given)
    if kind == "win32_process" and method == "create":
        call.spawn_line(text_of(first))
    elif kind in WMI_PERSISTENT and not method.startswith(("get", "query", "enum")):
        call.persist("WMI", method or "create", text_of(first))
    return None


def one_first(value: Value | None) -> Value:
    """The first item of a list, or the value itself."""
    if value is None:
        return UNKNOWN
    items = list_of(value)
    return items[0] if items else UNKNOWN


def wmi_name(call: Bound) -> str:
    """The name of the WMI class."""
    name = call.text("class", "classname", "path").only or ""
    return name.lower().replace("/", "\\").rpartition(":")[2].rpartition("\\")[2]


def wmi_instance(call: Bound) -> Value | None:
    """Set-WmiInstance and New-CimInstance."""
    remote(call)
    kind = wmi_name(call)
    if kind in WMI_PERSISTENT:
        call.persist(
            "WMI event subscription" if kind.startswith(("__", "comm", "act", "log")) else "WMI",
            "create",
            call.text("class", "classname", "path"),
        )
    return None


def remote(call: Bound) -> Value | None:
    """A cmdlet that works on another computer when one is named."""
    value = call.value("computername", "cimsession")
    if value is not None and not isinstance(value, Object):
        call.connect_each(value, Form.HOST, "rpc")
    return None


def persists(tool: str, verb: str, *names: str) -> Handler:
    """A cmdlet that creates or changes a service or a scheduled task."""

    def handler(call: Bound) -> Value | None:
        remote(call)
        value = call.value(*names)
        for text in texts(value if value is not None else call.piped or UNKNOWN):
            call.persist(tool, verb, text)
        return None

    return handler


def updates_help(call: Bound) -> Value | None:
    """Update-Help fetches from the addresses that modules name, unless it has a folder to take it from."""
    return None if call.has("sourcepath") else packages(call)
