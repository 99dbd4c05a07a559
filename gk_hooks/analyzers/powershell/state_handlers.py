"""What .NET and COM members do to files, the registry, WMI and scheduled tasks; and what streams hold."""

from __future__ import annotations

import re

from gk_hooks.analyzers.powershell.dotnet import FOLDERS, get_bytes, get_string, inflate
from gk_hooks.analyzers.powershell.members import HIVES, Handler, Invocation
from gk_hooks.analyzers.powershell.values import NULL, Bytes, Object, Value, text_of, unknown_from
from gk_hooks.model.effects import Form
from gk_hooks.model.values import HOLE, UNKNOWN, Text, concat


def writes_path(position: int = 0, verb: str = "write", share: int | None = None) -> Handler:
    """A call that writes the path that one of its arguments names (and reads another)."""

    def handler(call: Invocation) -> Value | None:
        call.write(call.text(position), verb)
        if share is not None:
            call.share(call.text(share))
        return None if call.target is None else NULL

    return handler


def stream(kind: str) -> Handler:
    """A decompression stream of one kind over what it is given."""

    def handler(call: Invocation) -> Value | None:
        mode = text_of(call.argument(1)).only or ""
        source = call.argument(0)
        data = source.fields.get("data", unknown_from(source)) if isinstance(source, Object) else source
        if mode.lower() in ("compress", "1"):
            return Object("io.stream")
        return Object("io.stream", {"data": inflate(kind, data)})

    return handler


def holds(call: Invocation) -> Value | None:
    """A stream or reader over what it is given."""
    source = call.argument(0) if call.arguments else NULL
    if isinstance(source, Object):
        return Object("io.stream", dict(source.fields))
    if isinstance(source, Text) and source.options != UNKNOWN.options and call.name.startswith("io.streamreader"):
        return Object("io.stream")
    return Object("io.stream", {"data": source} if source is not NULL else {})


def reads(call: Invocation) -> Value | None:
    """The text that a reader reads."""
    data = call.field("data")
    return get_string(Text.of("utf-8"), data) if isinstance(data, Bytes) else unknown_from(data)


def copies(call: Invocation) -> Value | None:
    """CopyTo: the other stream holds the same."""
    other = call.argument(0)
    if isinstance(other, Object):
        other.fields["data"] = call.field("data")
    return NULL


def file_stream(call: Invocation) -> Value | None:
    """A file stream, when its mode writes."""
    mode = " ".join(str(text_of(one).only).lower() for one in call.arguments[1:])
    if any(word in mode for word in ("create", "append", "truncate", "write")):
        call.write(call.text(0))
    return None


def registry_open(call: Invocation) -> Value | None:
    """A hive, here or on another computer."""
    hive = call.text(0).map(lambda option: HIVES.get(option.lower(), option))
    if call.name == "openremotebasekey":
        call.connect(call.text(1).map(lambda option: option.lstrip("\\")), Form.HOST, "rpc")
    return Object("microsoft.win32.registrykey", {"key": hive})


def registry_key(call: Invocation) -> Value | None:
    """OpenSubKey and CreateSubKey."""
    key = subkey(call)
    if call.name == "createsubkey":
        call.registry(key, UNKNOWN, "create")
    return Object("microsoft.win32.registrykey", {"key": key})


def subkey(call: Invocation) -> Text:
    """The key that the first argument names below this one."""
    return concat((text_of(call.field("key")), Text.of("\\"), call.text(0)))


def registry_set(call: Invocation) -> Value | None:
    """SetValue and DeleteValue of a key."""
    call.registry(text_of(call.field("key")), call.text(0), "delete" if "delete" in call.name else "set")
    return NULL


def registry_drop(call: Invocation) -> Value | None:
    """DeleteSubKey."""
    call.registry(subkey(call), UNKNOWN, "delete")
    return NULL


def registry_static(call: Invocation) -> Value | None:
    """Registry.SetValue(key, name, value)."""
    call.registry(call.text(0), call.text(1))
    return NULL


def registry_script(call: Invocation) -> Value | None:
    """RegWrite key\\value, or key\\ for its default value."""
    path = call.text(0)
    key = path.map(lambda option: option.rpartition("\\")[0])
    call.registry(
        key, path.map(lambda option: option.rpartition("\\")[2]), "delete" if "delete" in call.name else "set"
    )
    return NULL


def shortcut(call: Invocation) -> Value | None:
    """CreateShortcut(path)."""
    return Object("shortcut", {"path": call.argument(0)})


def save_shortcut(call: Invocation) -> Value | None:
    """Save() of a shortcut."""
    call.write(text_of(call.field("path")), "link")
    return NULL


def special_folder(call: Invocation) -> Value | None:
    """SpecialFolders(name)."""
    return call.text(0).map(lambda option: FOLDERS.get(option.lower().replace("allusers", "common"), HOLE))


def persists(tool: str, verb: str) -> Handler:
    """A call that installs a scheduled task."""

    def handler(call: Invocation) -> Value | None:
        call.persist(tool, verb, call.text(0))
        return UNKNOWN

    return handler


def remote_connect(call: Invocation) -> Value | None:
    """Connect(server) of the task scheduler."""
    if call.arguments and not isinstance(call.arguments[0], type(NULL)) and call.text(0).only != "":
        call.connect(call.text(0), Form.HOST, "rpc")
    return NULL


def set_variable(call: Invocation) -> Value | None:
    """SetEnvironmentVariable: that of a user or the machine lies in the registry."""
    scope = (call.text(2).only or "").lower()
    if scope in ("user", "machine"):
        hive = "HKCU\\Environment" if scope == "user" else MACHINE_ENVIRONMENT
        call.registry(Text.of(hive), call.text(0))
    return NULL


MACHINE_ENVIRONMENT = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment"


def wmi_class(call: Invocation) -> Value | None:
    """A WMI class by its path, perhaps on another computer."""
    path = call.text(0)
    host = re.compile(r"^\\\\([^\\.][^\\]*)\\")
    found = [match[1] for option in path.options if (match := host.match(option))]
    if found:
        call.connect(Text.template(found[0]), Form.HOST, "rpc")
    name = (path.only or "").lower().replace("/", "\\").rpartition(":")[2].rpartition("\\")[2]
    return Object("wmiclass", {"class": Text.of(name)})


def wmi_create(call: Invocation) -> Value | None:
    """Create of a WMI class."""
    name = text_of(call.field("class")).only or ""
    if name == "win32_process":
        call.spawn_line(call.text(0))
    elif name in WMI_PERSISTENT:
        call.persist("WMI", "create", call.text(0))
    return Object("wmiclass", {"class": Text.of(name)})


def wmi_put(call: Invocation) -> Value | None:
    """Put of a new instance."""
    name = text_of(call.field("class")).only or ""
    if name in WMI_PERSISTENT:
        call.persist("WMI event subscription", "create", Text.of(name))
    return UNKNOWN


WMI_PERSISTENT = frozenset(
    "__eventfilter commandlineeventconsumer activescripteventconsumer logfileeventconsumer __filtertoconsumerbinding "
    "win32_service win32_baseservice win32_systemdriver win32_scheduledjob ps_scheduledtask msft_scheduledtask "
    "__intervaltimerinstruction".split()
)
"""WMI classes whose new instances bring something back."""


def decodes(call: Invocation) -> Value | None:
    """Encoding.GetString(bytes)."""
    return get_string(call.field("codec"), call.argument(0))


def encodes(call: Invocation) -> Value | None:
    """Encoding.GetBytes(text)."""
    return get_bytes(call.field("codec"), call.argument(0))


def contents(call: Invocation) -> Value | None:
    """The bytes of a stream."""
    return call.field("data")


def expands(call: Invocation) -> Value | None:
    """Environment variables in a text: they stay, the table of places reads them."""
    return call.text(0)


def variable(call: Invocation) -> Value | None:
    """An environment variable."""
    return call.machine.scopes.get(f"env:{(call.text(0).only or '?').lower()}")
