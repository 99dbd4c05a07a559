"""The things that a script can do to the world, for cmdlets and .NET members alike: each emits its effects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from gk_hooks.analyzers.commands import effects_of
from gk_hooks.analyzers.commands.cmdline import like, split_line, split_words
from gk_hooks.analyzers.context import embed
from gk_hooks.analyzers.paths import writes
from gk_hooks.analyzers.powershell.machine import Machine
from gk_hooks.analyzers.powershell.tree import Node
from gk_hooks.analyzers.powershell.values import Block, Bytes, Items, Null, Object, Value, text_of, without_pieces
from gk_hooks.analyzers.registry import registry_writes
from gk_hooks.model.effects import (
    Code,
    Connect,
    Deserialize,
    DynamicCode,
    Effect,
    Execute,
    Form,
    Listen,
    LoadNative,
    Mechanism,
    Persist,
    Site,
    Via,
)
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import replace
from gk_hooks.model.regex import regex
from gk_hooks.model.registry import spell_key
from gk_hooks.model.values import HERE, HOLE, UNKNOWN, Text, concat

_REGISTRY = regex(r"(?:microsoft\.powershell\.core\\)?registry::|(?:hklm|hkcu|hkcr|hku|hkcc):|hkey_\w+[\\/:]", re.I)
_OTHER_DRIVE = regex(r"(?:env|variable|function|alias|cert|wsman|ad|iis|nul?|con)(?::|$)", re.I)
_SHARE = regex(r"\\\\([^\\/?.\s][^\\/\s]*)[\\/]")
_DLL_IMPORT = regex(r"DllImport(?:Attribute)?\s*\(\s*@?\"([^\"\r\n]{1,260})\"", re.IGNORECASE)
_TAG_BY_FIELD = ("payload", "destination", "argv", "path", "library", "target", "key", "host")


class Action:
    """Emits the effects of one command or call: *node* is its place, *callee* what is called, *disguise* how its name
    was hidden."""

    def __init__(self, machine: Machine, node: Node, callee: str, disguise: tuple[str, ...] = ()) -> None:
        self.machine = machine
        self.node = node
        self.callee = callee
        self.disguise = disguise

    @cached_property
    def site(self) -> Site:
        """Where it stands; most commands have no effect and are never asked."""
        return self.machine.site(self.node, self.callee)

    def emit(self, *effects: Effect) -> None:
        """Collects the effects, each with the decoding steps that its name went through."""
        self.machine.emit(_tagged(effect, self.disguise) for effect in effects)

    def connect(self, destination: Text, form: Form = Form.URL, protocol: str = "") -> None:
        """Opens a connection."""
        destination = without_pieces(destination).map(_this_computer)
        if form is Form.HOST:
            destination = destination.map(lambda option: "localhost" if option in (".", "") else option)
        self.emit(Connect(self.site, destination, form, protocol))

    def connect_each(self, value: Value, form: Form = Form.URL, protocol: str = "") -> None:
        """Opens a connection to every item of *value*."""
        for text in texts(value):
            self.connect(text, form, protocol)

    def listen(self, host: Text, port: Value = UNKNOWN) -> None:
        """Accepts connections."""
        host = without_pieces(host).map(lambda option: option.replace("%COMPUTERNAME%", HOLE))
        self.emit(Listen(self.site, host, text_of(port)))

    def run_text(self, payload: Text) -> None:
        """Runs a text as PowerShell, and reads it as far as it is known."""
        payload = without_pieces(payload)
        self.emit(DynamicCode(self.site, Code.TEXT, payload))
        if not self.machine.silent:
            context = self.machine.context
            site = replace(self.site, callee="")
            self.machine.emit(embed(Kind.POWERSHELL, payload, site, self.site.callee, context, context.via))

    def code(self, payload: Text, code: Code = Code.TEXT) -> None:
        """Runs something that only exists when the script runs."""
        self.emit(DynamicCode(self.site, code, without_pieces(payload)))

    def module(self, name: Text) -> None:
        """Loads a script or module: dynamic when its name is computed."""
        if any(HOLE in option for option in name.options) or not name.complete:
            self.code(name, Code.MODULE)

    def library(self, name: Text) -> None:
        """Loads a library: native when its name is constant, else computed code."""
        if any(HOLE in option for option in name.options) or not name.complete:
            self.code(name, Code.MODULE)
        else:
            self.emit(LoadNative(self.site, without_pieces(name)))

    def native(self, library: Text = UNKNOWN) -> None:
        """Calls through to native code."""
        self.emit(LoadNative(self.site, library))

    def imports(self, source: Text) -> bool:
        """The native libraries that C# *source* imports; whether there are any."""
        names = dict.fromkeys(name for option in source.options for name in _DLL_IMPORT.findall(option))
        for name in names:
            self.native(Text.of(name))
        return bool(names)

    def deserialize(self, form: str) -> None:
        """Rebuilds objects from bytes."""
        self.emit(Deserialize(self.site, form))

    def persist(self, tool: str, verb: str, target: Text, mechanism: Mechanism = Mechanism.SCHEDULE) -> None:
        """Installs something that comes back."""
        self.emit(Persist(self.site, mechanism, tool, verb, without_pieces(target)))

    def spawn(self, argv: list[Text], open_ended: bool = False) -> None:
        """Starts a program."""
        self.execute(argv, Via.SPAWN, open_ended)

    def spawn_line(self, line: Text) -> None:
        """Starts a program by a command line."""
        for words in split_line(without_pieces(line)):
            self.execute(list(words) or [UNKNOWN], Via.SPAWN)

    def words(self, arguments: Value) -> list[Text]:
        """Arguments that are a list or one command line, as a program gets them."""
        found: list[Text] = []
        for text in [] if isinstance(arguments, Null) else texts(arguments):
            single = len(text.options) == 1
            found += [like(text, word) for word in split_words(text.options[0])] if single else [text]
        return found

    def execute(self, argv: list[Text], via: Via, open_ended: bool = False, stdin: Text | None = None) -> None:
        """Runs a command line."""
        if self.machine.silent:
            return
        words = [without_pieces(word) for word in argv]
        context = self.machine.context
        self.emit(*effects_of(words, self.site, context, via=via, open_ended=open_ended, stdin=stdin))

    # -- the file system, the registry and what else has paths

    def write(self, path: Text, verb: str = "write", name: Text | None = None) -> None:
        """Writes to a provider's *path*: a file, a share, a registry key (or its value *name*)."""
        path = without_pieces(path)
        registry = tuple(option for option in path.options if _REGISTRY.match(option))
        files = tuple(o for o in path.options if o not in registry and o and not _OTHER_DRIVE.match(o))
        if registry:
            self.registry(replace(path, options=registry), name if name is not None else UNKNOWN, verb)
        if files and name is None:
            self.share(path)
            self.emit(*writes(self.site, replace(path, options=files), verb))

    def share(self, path: Text) -> None:
        """Connects to the server of a ``\\\\server\\share`` path."""
        hosts = [match[1].partition("@")[0] for option in path.options if (match := _SHARE.match(option))]
        for host in dict.fromkeys(hosts):
            self.connect(Text.template(host), Form.HOST, "smb")

    def registry(self, key: Text, name: Text = UNKNOWN, verb: str = "set") -> None:
        """Writes to the registry."""
        key = without_pieces(key).map(spell_key)
        self.emit(*registry_writes(self.site, key, without_pieces(name), verb, self.site.callee))


def _this_computer(option: str) -> str:
    return option.replace("%COMPUTERNAME%", "localhost")


def _tagged(effect: Effect, steps: tuple[str, ...]) -> Effect:
    if not steps:
        return effect
    for name in _TAG_BY_FIELD:
        value: Any = getattr(effect, name, None)
        if isinstance(value, Text):
            return replace(effect, **{name: replace(value, decoded=(*value.decoded, *steps))})  # type: ignore[arg-type]
        if isinstance(effect, Execute) and name == "argv" and effect.argv:
            first = replace(effect.argv[0], decoded=(*effect.argv[0].decoded, *steps))
            return replace(effect, argv=(first, *effect.argv[1:]))
    return effect


def texts(value: Value) -> Iterator[Text]:
    """Each text in *value*; one unknown when there is none."""
    if isinstance(value, Items) and value.items:
        for item in value.items[:64]:
            yield text_of(item)
        if not value.complete and not any(text_of(item).is_unknown for item in value.items[:64]):
            yield text_of(UNKNOWN)
    elif isinstance(value, Object | Bytes | Block):
        yield text_of(value)
    else:
        yield text_of(value) if not isinstance(value, Items) else UNKNOWN


def in_folder(path: Text, name: Text) -> Text:
    """*name* below *path*."""
    return concat((path.map(lambda option: option.rstrip("\\/")), Text.of("\\"), name))


def is_registry(path: str) -> bool:
    """Whether *path* names a registry key by its drive or provider."""
    return _REGISTRY.match(path) is not None


def is_here(text: Text) -> bool:
    """Whether *text* starts in the folder of the script."""
    return all(option.startswith(HERE) for option in text.options)
