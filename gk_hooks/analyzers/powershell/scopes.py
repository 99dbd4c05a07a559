"""Variables: what each may hold at this point of the script, across branches, loops, functions and script blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from gk_hooks.analyzers.powershell.values import NULL, Block, Integer, Object, Value, either
from gk_hooks.model.records import dataclass, field, replace
from gk_hooks.model.values import HERE, HOLE, UNKNOWN, Text

SYMBOLIC = frozenset(
    "appdata localappdata userprofile systemroot windir systemdrive programfiles programfiles(x86) programw6432 "
    "commonprogramfiles programdata allusersprofile public homedrive homepath temp tmp comspec".split()
)
"""Environment variables that stay as ``%name%``: they name places, wherever those are."""

PROFILE = "%USERPROFILE%\\Documents\\WindowsPowerShell\\Microsoft.PowerShell_profile.ps1"
AUTOMATIC: dict[str, Value] = {
    "null": NULL,
    "true": Integer(),
    "false": Integer(),
    "psscriptroot": Text.of(HERE),
    "pscommandpath": Text.template(f"{HERE}\\{HOLE}"),
    "myinvocation": Object("invocation"),
    "home": Text.of("%USERPROFILE%"),
    "pshome": Text.of("%windir%\\System32\\WindowsPowerShell\\v1.0"),
    "profile": Text.of(PROFILE),
    "executioncontext": Object("engineintrinsics"),
    "env:computername": Text.of("%COMPUTERNAME%"),
    "pwd": Text.template(HOLE),
}
LETTERS = {
    "pshome": "C:\\Windows\\System32\\WindowsPowerShell\\v1.0",
    "shellid": "Microsoft.PowerShell",
    "verbosepreference": "SilentlyContinue",
    "env:comspec": "C:\\WINDOWS\\system32\\cmd.exe",
    "env:public": "C:\\Users\\Public",
}
"""Variables that disguises take single letters from, with what they hold on every Windows."""

_LOCAL = ("local:", "private:", "using:", "variable:")
_SHARED = ("script:", "global:")


@dataclass(slots=True)
class Frame:
    """The variables of the script or of one function call. The last of *layers* is the branch that is being read."""

    layers: list[dict[str, Value]] = field(default_factory=lambda: [{}])
    caller: Frame | None = None
    returns: list[Value] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


class Scopes:
    """All variables of one script. *shared* joins whatever a script variable holds at any time: functions see that."""

    def __init__(self) -> None:
        self.frame = Frame()
        self.bottom = self.frame
        self.shared: dict[str, Value] = {}

    @property
    def level(self) -> int:
        """How many branches deep the current statement stands."""
        return len(self.frame.layers)

    def get(self, name: str) -> Value:
        """What the variable may hold; UNKNOWN when nothing is known of it."""
        name = _plain(name)
        frame: Frame | None = self.frame
        while frame is not None:
            for layer in reversed(frame.layers):
                if name in layer:
                    return layer[name]
            frame = frame.caller
        if name in self.shared:
            return self.shared[name]
        return automatic(name)

    def set(self, name: str, value: Value) -> None:
        """An assignment."""
        shared = name.startswith(_SHARED)
        name = _plain(name)
        if name in ("null", "true", "false"):
            return
        frame = self.bottom if shared else self.frame
        frame.layers[-1][name] = value
        if frame is self.bottom:
            self.shared[name] = either(self.shared[name], value) if name in self.shared else value

    def loosen(self, names: Iterable[str]) -> None:
        """Before a loop that assigns *names*: each may also hold what an earlier turn left there."""
        for name in map(_plain, names):
            before = self.get(name)
            if before != UNKNOWN and before is not NULL:
                self.frame.layers[-1][name] = either(before, UNKNOWN)

    @contextmanager
    def call(self, frame: Frame) -> Iterator[Frame]:
        """Runs a function's body in its own *frame*."""
        before, self.frame = self.frame, frame
        try:
            yield frame
        finally:
            self.frame = before

    @contextmanager
    def branch(self) -> Iterator[dict[str, Value]]:
        """Reads statements that may or may not run; what they assign is in the layer, to be merged."""
        layer: dict[str, Value] = {}
        self.frame.layers.append(layer)
        try:
            yield layer
        finally:
            self.frame.layers.pop()

    def merge(self, layers: list[dict[str, Value]], exhaustive: bool) -> None:
        """After branches of which one ran (or, unless *exhaustive*, none): every variable may hold either value."""
        for name in dict.fromkeys(name for layer in layers for name in layer):
            before = self.get(name)
            values = [layer.get(name, before) for layer in layers]
            if not exhaustive:
                values.append(before)
            merged = values[0]
            for value in values[1:]:
                merged = either(merged, value)
            self.frame.layers[-1][name] = merged
            if self.frame is self.bottom:
                self.shared[name] = either(self.shared[name], merged) if name in self.shared else merged


def automatic(name: str) -> Value:
    """What PowerShell itself, or the environment, puts into a variable."""
    known = AUTOMATIC.get(name)
    if known is not None:
        return Object(known.type) if isinstance(known, Object) else known
    if name.startswith("env:"):
        if name[4:] in SYMBOLIC:
            return Text.of(f"%{name[4:].upper()}%")
        return Text((HOLE,), complete=True, origin="an environment variable")
    return replace(UNKNOWN, origin="the command line") if name == "args" else UNKNOWN


def _plain(name: str) -> str:
    if ":" not in name:
        return name
    for prefix in _LOCAL + _SHARED:
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name
