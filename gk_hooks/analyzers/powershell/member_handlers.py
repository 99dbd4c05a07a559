"""What .NET and COM members do that reach the network, run code or start programs."""

from __future__ import annotations

import re

from gk_hooks.analyzers.powershell.actions import texts
from gk_hooks.analyzers.powershell.members import NETWORK, Handler, Invocation, construct
from gk_hooks.analyzers.powershell.values import (
    NULL,
    Block,
    Bytes,
    Integer,
    Object,
    Table,
    Type,
    Value,
    text_of,
    unknown_from,
)
from gk_hooks.model.effects import Code, Form
from gk_hooks.model.values import HOLE, UNKNOWN, Text, concat


def connects(position: int = 0, form: Form = Form.URL, protocol: str = "", count: int = 1) -> Handler:
    """A call that connects to one of its arguments, when it has at least *count*."""

    def handler(call: Invocation) -> Value | None:
        if len(call.arguments) < count:
            return None
        destination = call.argument(position)
        endpoint = destination.fields.get("host") if isinstance(destination, Object) else None
        call.connect(text_of(endpoint) if endpoint is not None else text_of(destination), form, protocol)
        return based(call)

    return handler


def based(call: Invocation) -> Value | None:
    return NETWORK if call.target is not None else None


def runs_text(position: int = 0) -> Handler:
    """A call that runs a text as PowerShell."""

    def handler(call: Invocation) -> Value | None:
        argument = call.argument(position)
        if isinstance(argument, Block):
            call.machine.run_block(argument, {}, UNKNOWN)
            return call.target if isinstance(call.target, Object) else UNKNOWN
        call.run_text(text_of(argument))
        return call.target if isinstance(call.target, Object) else Object("scriptblock", {"read": Integer(1)})

    return handler


def runs_other(position: int = 0) -> Handler:
    """A call that runs a text in some other language."""

    def handler(call: Invocation) -> Value | None:
        call.code(call.text(position))
        return UNKNOWN

    return handler


def deserializes(form: str) -> Handler:
    """A call that rebuilds objects."""

    def handler(call: Invocation) -> Value | None:
        call.deserialize(form)
        return UNKNOWN

    return handler


def spawns(call: Invocation) -> Value | None:
    """Process.Start(file, arguments), ShellExecute(file, arguments)."""
    first = call.argument(0)
    if isinstance(first, Object):
        start_process(call, first)
    else:
        line = [*call.words(call.argument(1))] if len(call.arguments) > 1 else []
        call.spawn([text_of(first), *line])
    return Object("diagnostics.process.running")


def start_process(call: Invocation, info: Object) -> None:
    """Starts what a ProcessStartInfo describes."""
    program = text_of(info.fields.get("filename", UNKNOWN))
    arguments = info.fields.get("arguments", NULL)
    call.spawn([program, *call.words(arguments)])


def runs_line(call: Invocation) -> Value | None:
    """A call that runs a command line."""
    call.spawn_line(call.text(0))
    return Object("com:wscript.exec")


def runs_parts(call: Invocation) -> Value | None:
    """ExecuteShellCommand(command, folder, parameters, state)."""
    call.spawn([call.text(0), *call.words(call.argument(2) if len(call.arguments) > 2 else NULL)])
    return NULL


def listens(call: Invocation) -> Value | None:
    """A listener on (address, port), on an end point, or on a port of every interface."""
    arguments = call.arguments
    if arguments and isinstance(arguments[0], Object) and "host" in arguments[0].fields:
        call.listen(text_of(arguments[0].fields["host"]), arguments[0].fields.get("port", UNKNOWN))
    elif len(arguments) == 1:
        call.listen(Text.of(""), arguments[0])
    elif arguments:
        call.listen(text_of(arguments[0]), arguments[1])
    return None


def udp(call: Invocation) -> Value | None:
    """UdpClient(host, port) sends there; UdpClient(port) listens."""
    if len(call.arguments) == 2:
        call.connect(call.text(0), Form.HOST, "udp")
    elif call.arguments:
        listens(call)
    return None


def prefix(call: Invocation) -> Value | None:
    """HttpListener.Prefixes.Add(url): ``+`` and ``*`` are every host name."""
    for prefix in texts(call.argument(0)):
        rest = prefix.map(lambda option: option.partition("://")[2] or option)
        call.listen(rest.map(lambda option: option.split("/")[0].rpartition(":")[0] or option.split("/")[0]))
    return NULL


def endpoint(call: Invocation) -> Value | None:
    """An address and a port."""
    return Object("net.ipendpoint", {"host": call.argument(0), "port": call.argument(1)})


def database(call: Invocation) -> Value | None:
    """A connection string names its server."""
    if not call.arguments:
        return None
    server = re.compile(r"(?:^|;)\s*(?:server|data source|address|addr|network address|host)\s*=\s*([^;]+)", re.I)

    def host(option: str) -> str:
        found = server.search(option)
        if not found:
            return HOLE
        name = re.sub(r"^(?:tcp|np|lpc|admin):", "", found[1].strip(), flags=re.I)
        name = re.split(r"[\\,]", name)[0]
        return "localhost" if name.lower() in (".", "(local)", "(localdb)") else name

    call.connect(call.text(0).map(host), Form.HOST, "sql")
    return None


def directory(call: Invocation) -> Value | None:
    """LDAP and WinNT paths name a server, or leave it to the domain."""

    def place(option: str) -> str:
        option = option.replace("%COMPUTERNAME%", "localhost")
        scheme, separator, rest = option.partition("://")
        if scheme.lower() == "winnt" and rest.split("/")[0].split(",")[0] in (".", "localhost"):
            return "ldap://localhost"
        host = re.split(r"[/:]", rest)[0] if separator else ""
        return f"ldap://{host}" if host and "=" not in host and host.lower() != "rootdse" else HOLE

    call.connect(call.text(0).map(place) if call.arguments else Text.template(HOLE), Form.URL, "ldap")
    return Object("directoryservices.directoryentry")


def loads_bytes(call: Invocation) -> Value | None:
    """Assembly.Load: bytes, or an assembly by its name."""
    argument = call.argument(0)
    if not isinstance(argument, Text) or argument.only is None:
        history = argument.text if isinstance(argument, Bytes) else text_of(argument)
        call.code(history if history.decoded else unknown_from(argument), Code.MODULE)
    return UNKNOWN


def loads_file(call: Invocation) -> Value | None:
    """Assembly.LoadFrom(path)."""
    call.library(call.text(0))
    return UNKNOWN


def loads_native(call: Invocation) -> Value | None:
    """A call that reaches native code."""
    call.native()
    return UNKNOWN


def compiles(call: Invocation) -> Value | None:
    """A call that compiles source code."""
    source = call.text(len(call.arguments) - 1)
    call.imports(source)
    call.code(source)
    return UNKNOWN


def smtp(call: Invocation) -> Value | None:
    """SmtpClient(host)."""
    return Object("net.mail.smtpclient", {"host": call.argument(0)} if call.arguments else {})


def sends_mail(call: Invocation) -> Value | None:
    """SmtpClient.Send."""
    call.connect(text_of(call.field("host")), Form.HOST, "smtp")
    return NULL


def downloads(call: Invocation) -> Value | None:
    """WebClient and HttpClient: the first argument is the URL, perhaps relative to BaseAddress."""
    base = text_of(call.field("baseaddress")) if isinstance(call.target, Object) else UNKNOWN
    destination = call.text(0)
    if base.options != UNKNOWN.options and not any("://" in option for option in destination.options):
        destination = concat((base, destination))
    call.connect(destination, Form.URL, "http")
    if call.name.startswith("downloadfile"):
        call.write(call.text(1))
    return NETWORK


def create_instance(call: Invocation) -> Value | None:
    """Activator.CreateInstance(type, arguments)."""
    kind = call.argument(0)
    if isinstance(kind, Type):
        return construct(Invocation(call.machine, call.node, kind.name, None, call.arguments[1:], call.disguise))
    if isinstance(kind, Object) and kind.type.startswith("com:"):
        return kind
    return UNKNOWN


def from_program_id(call: Invocation) -> Value | None:
    """Type.GetTypeFromProgID(name, server)."""
    if len(call.arguments) > 1 and call.text(1).only != "":
        call.connect(call.text(1), Form.HOST, "rpc")
    return Object(f"com:{(call.text(0).only or '').lower()}")


def process_start(call: Invocation) -> Value | None:
    """Process.Start() with the StartInfo that was set."""
    info = call.field("startinfo")
    if isinstance(info, Object):
        start_process(call, info)
    return Integer()


def process_info(call: Invocation) -> Value | None:
    """ProcessStartInfo(file, arguments)."""
    made = Object("diagnostics.processstartinfo", level=call.machine.scopes.level)
    for name, argument in zip(("filename", "arguments"), call.arguments, strict=False):
        made.fields[name] = argument
    table = call.argument(0)
    if isinstance(table, Table):  # [Diagnostics.ProcessStartInfo]@{ FileName = … }
        made.fields = dict(table.entries)
    return made


def makes(kind: str) -> Handler:
    """A call that only makes an object of *kind*."""
    return lambda call: Object(kind)


def itself(call: Invocation) -> Value | None:
    """A call that gives back something of the same kind."""
    return call.target
