"""Windows tools that change the system: the registry, scheduled tasks, services, shares, WMI, the network stack."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gk_hooks.analyzers.commands.shapes import Call, Handler, connects, joined, keep, listens, persists
from gk_hooks.analyzers.commands.windows_words import lower, operands, shares_in, switch_values, urls_in
from gk_hooks.analyzers.context import embed
from gk_hooks.analyzers.paths import writes
from gk_hooks.analyzers.registry import registry_writes
from gk_hooks.model.effects import Effect, Form, LoadNative, Mechanism, Persist, RegistryWrite
from gk_hooks.model.kinds import Kind
from gk_hooks.model.regex import regex
from gk_hooks.model.values import UNKNOWN, Text

_REMOTE_KEY = regex(r"\\\\([^\\\s]+)\\+(?=hk)", re.IGNORECASE)
USER_ENVIRONMENT = "HKCU\\Environment"
MACHINE_ENVIRONMENT = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment"


def runs_later(call: Call, lines: list[Text], label: str) -> Iterator[Effect]:
    """A command line that the call stores, to be run at another time, does what it does."""
    for line in lines:
        yield from embed(Kind.BATCH, line, call.site, f"{call.name} {label}", call.context, call.via)


def reg(call: Call) -> Iterator[Effect]:
    """reg add KEY /v NAME, delete, copy, import, restore, load; a key may be on another computer."""
    words = operands(call.args, dashes=False)
    if not words:
        return
    verb, keys = lower(words[0]), words[1:]
    for key in keys[:2]:
        if there := keep(key, lambda option: _REMOTE_KEY.match(option) is not None):
            yield from connects(call, [there.map(_computer)], Form.HOST, "registry")
    if verb in ("add", "delete") and keys:
        names = switch_values(call.args, "/v") or ([Text.of("")] if _has(call, "/ve") else [UNKNOWN])
        written = list(registry_writes(call.site, keys[0], names[0], verb, call.name))
        yield from written
        if verb == "add" and any(isinstance(effect, Persist) for effect in written):
            yield from runs_later(call, switch_values(call.args, "/d"), "/d")
    elif verb in ("copy", "restore", "load") and keys:
        target = keys[-1] if verb == "copy" else keys[0]
        yield from registry_writes(call.site, target, UNKNOWN, verb, call.name)
    elif verb == "import":
        yield RegistryWrite(call.site)
    elif verb in ("save", "export"):
        for path in keys[1:2]:
            yield from writes(call.site, path)


def _computer(option: str) -> str:
    match = _REMOTE_KEY.match(option)
    return match[1] if match else option


def _has(call: Call, *switches: str) -> bool:
    return any(lower(word) in switches for word in call.args)


def imports_registry(call: Call) -> Iterator[Effect]:
    """regedit FILE.reg, regini FILE: what is written stands in the file."""
    if any(lower(word).endswith((".reg", ".ini", ".txt")) for word in call.args) and not _has(call, "/e", "-e"):
        yield RegistryWrite(call.site)


def schtasks(call: Call) -> Iterator[Effect]:
    """schtasks /create, /change, /run, /end, /delete; /query only asks."""
    found = [lower(word)[1:] for word in call.args if lower(word)[:1] in "/-"]
    verb = next((one for one in found if one in ("create", "change", "run", "end", "delete")), "")
    yield from connects(call, [_bare(text) for text in switch_values(call.args, "/s", "-s")], Form.HOST)
    if verb:
        names = switch_values(call.args, "/tn", "-tn")
        yield from persists(call, verb, names[0] if names else UNKNOWN)
        yield from runs_later(call, switch_values(call.args, "/tr", "-tr"), "/tr")


def _bare(text: Text) -> Text:
    return text.map(lambda option: option.lstrip("\\"))


_SERVICE_VERBS = frozenset(
    "create config start stop delete failure failureflag description sdset triggerinfo sidtype privs pause continue "
    "control boot preferrednode managedaccount".split()
)


def sc(call: Call) -> Iterator[Effect]:
    """sc [\\\\host] VERB SERVICE …; query, qc and sdshow only ask."""
    args = list(call.args)
    if args and lower(args[0]).startswith("\\\\"):
        yield from connects(call, [_bare(args.pop(0))], Form.HOST)
    if args and lower(args[0]) in _SERVICE_VERBS:
        yield from persists(call, lower(args[0]), args[1] if len(args) > 1 else UNKNOWN)
        glued = [text for text in switch_values(args, "binpath") if text.only != ""]
        yield from runs_later(call, glued or switch_values(args, "binpath="), "binPath")


def at(call: Call) -> Iterator[Effect]:
    """at [\\\\host] TIME COMMAND; without a time it lists."""
    words = operands(call.args)
    if words and lower(words[0]).startswith("\\\\"):
        yield from connects(call, [_bare(words.pop(0))], Form.HOST)
    if len(words) > 1 and re.match(r"\d{1,2}:\d\d", lower(words[0])):
        yield from persists(call, "create", joined(words[1:]))
        yield from runs_later(call, [joined(words[1:])], "TIME")


def net(call: Call) -> Iterator[Effect]:
    """net start and stop change a service; net use, view, time and send reach another computer."""
    words = operands(call.args, dashes=False)
    verb = lower(words[0]) if words else ""
    if verb in ("start", "stop", "pause", "continue") and len(words) > 1:
        yield from persists(call, verb, joined(words[1:]))
    elif verb in ("use", "view", "time", "send", "file", "session", "print") and not _has(call, "/delete", "/d"):
        hosts = [host for word in words[1:] for host in shares_in(word) or _plain_host(word)]
        yield from connects(call, hosts, Form.HOST, "smb")
        yield from connects(call, [url for word in words[1:] for url in urls_in(word)], Form.URL)


def _plain_host(word: Text) -> list[Text]:
    found = keep(word, lambda option: option.startswith("\\\\") and "\\" not in option[2:])
    return [_bare(found)] if found else []


_WMIC_CHANGES = {
    "service": Mechanism.SCHEDULE,
    "job": Mechanism.SCHEDULE,
    "startup": Mechanism.AUTORUN,
    "__eventfilter": Mechanism.SCHEDULE,
    "commandlineeventconsumer": Mechanism.SCHEDULE,
    "activescripteventconsumer": Mechanism.SCHEDULE,
    "__filtertoconsumerbinding": Mechanism.SCHEDULE,
}


def wmic(call: Call) -> Iterator[Effect]:
    """wmic: process call create runs a command; services, jobs and event consumers persist; /node: is elsewhere."""
    names = [lower(word) for word in call.args]
    yield from connects(call, [_bare(text) for text in switch_values(call.args, "/node", "-node")], Form.HOST, "wmi")
    sheets = switch_values(call.args, "/format", "-format")
    yield from connects(call, [url for word in sheets for url in urls_in(word)], Form.URL)
    changes = [index for index, name in enumerate(names) if name in ("call", "create", "set", "delete", "put")]
    for name in names:
        if changes and (mechanism := _WMIC_CHANGES.get(name)):
            yield from persists(call, names[changes[0]], UNKNOWN, mechanism)
    for index in changes:
        if names[index] == "call" and names[index + 1 : index + 2] == ["create"]:
            command = [word.map(lambda option: option.strip("\"',")) for word in call.args[index + 2 : index + 3]]
            rest = call.args[index + 3 :]
            yield from runs_later(call, [joined([*command, *rest])] if command else [], "call create")


def netsh(call: Call) -> Iterator[Effect]:
    """netsh: a port proxy listens and forwards; a helper DLL comes back with every netsh."""
    words = [lower(word) for word in call.args]
    yield from connects(call, switch_values(call.args, "-r"), Form.HOST)
    if "portproxy" in words and ("add" in words or "set" in words):
        address, port = (switch_values(call.args, name) for name in ("listenaddress", "listenport"))
        yield from listens(call, address[0] if address else None, port[0] if port else UNKNOWN)
        yield from connects(call, switch_values(call.args, "connectaddress"), Form.HOST)
    if words[:2] == ["add", "helper"]:
        for library in call.args[2:3]:
            yield from persists(call, "add helper", library, Mechanism.AUTORUN)
            yield LoadNative(call.site, library)


def setx(call: Call) -> Iterator[Effect]:
    """setx NAME VALUE [/m]: a variable of the user's, or of the machine's, environment."""
    words = operands(call.args, dashes=False)
    if len(words) > 1:
        key = MACHINE_ENVIRONMENT if _has(call, "/m", "-m") else USER_ENVIRONMENT
        yield from registry_writes(call.site, Text.of(key), words[0], "set", call.name)


def classes(call: Call) -> Iterator[Effect]:
    """assoc .x=TYPE and ftype TYPE=COMMAND."""
    for word in call.args[:1]:
        if pair := keep(word, lambda option: "=" in option):
            yield RegistryWrite(
                call.site, pair.map(lambda option: "HKLM\\Software\\Classes\\" + option.partition("=")[0])
            )


def manages(changing: str) -> Handler:
    """Service managers (nssm install NAME …): a verb, then the service; the verb may wear a dash."""
    wanted = frozenset(changing.split())

    def handler(call: Call) -> Iterator[Effect]:
        for index, word in enumerate(call.args[:1]):
            verb = lower(word).lstrip("-/")
            if verb in wanted:
                yield from persists(call, verb, call.args[index + 1] if len(call.args) > 1 else UNKNOWN)

    return handler


def installs_service(call: Call) -> Iterator[Effect]:
    """instsrv NAME PROGRAM."""
    if len(call.args) > 1:
        yield from persists(call, "create", call.args[0])


BY_SHAPE: tuple[tuple[Handler, str], ...] = (
    (reg, "reg"),
    (imports_registry, "regedit regini"),
    (schtasks, "schtasks"),
    (sc, "sc"),
    (at, "at"),
    (net, "net net1"),
    (wmic, "wmic"),
    (netsh, "netsh"),
    (setx, "setx"),
    (classes, "assoc ftype"),
    (manages("install set edit remove start stop restart reset rotate"), "nssm"),
    (manages("install uninstall start stop restart refresh"), "winsw procrun prunsrv"),
    (manages("start stop restart setconfig pause cont"), "psservice"),
    (installs_service, "instsrv srvinstw"),
)
TOOLS = "schtasks sc at net net1 wmic netsh reg nssm winsw instsrv psservice"
