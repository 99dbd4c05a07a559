"""systemd units: services and their commands, timers, sockets and paths."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.analyzers.context import Context
from gk_hooks.analyzers.persistence.common import Setting, comes_back, runs, settings, site_of, words
from gk_hooks.model.effects import Effect, Listen
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE, Text

TOOL = "systemd unit"

TRIGGERS = {
    "Timer": frozenset(
        "OnCalendar OnBootSec OnStartupSec OnActiveSec OnUnitActiveSec OnUnitInactiveSec OnClockChange".split()
    ),
    "Path": frozenset("PathExists PathExistsGlob PathChanged PathModified DirectoryNotEmpty".split()),
    "Socket": frozenset("ListenStream ListenDatagram ListenSequentialPacket ListenFIFO ListenNetlink".split()),
}
"""What starts the service beside a timer, path or socket unit."""

_STARTS = frozenset({"ExecStart", "ExecStartPre", "ExecStartPost"})
_PREFIX = regex(r"^[-@:+!|]+")
_EXPANSION = regex(r"%%|\$\$|%[A-Za-z]|\$\{\w+\}|\$\w+")
_NETWORK = regex(r"^(?:(?P<host>[^/@]*):)?(?P<port>\d{1,5})$")


def analyze(text: str, context: Context) -> Iterator[Effect]:
    """The effects of a unit file; a service counts as installed once, at its first command."""
    installed = False
    for setting in settings(text, context):
        if setting.section == "Service" and setting.key.startswith("Exec") and setting.value:
            commands = list(_commands(setting.value))
            if setting.key in _STARTS and not installed:
                installed = True
                target = Text.template(_expanded(_PREFIX.sub("", setting.value)))
                yield comes_back(site_of(setting, context), TOOL, target)
            for argv in commands:
                yield from runs(argv, site_of(setting, context), context)
        elif setting.key in TRIGGERS.get(setting.section, ()) and setting.value:
            if not installed:
                installed = True
                target = Text.template(f"{setting.key}={_expanded(setting.value)}")
                yield comes_back(site_of(setting, context), TOOL, target)
            if setting.section == "Socket":
                yield from _listens(setting, context)


def _commands(value: str) -> Iterator[list[Text]]:
    """The commands of an ``Exec…=`` line, which a lone semicolon separates."""
    argv: list[Text] = []
    for word in words(_PREFIX.sub("", value)):
        if word == ";":
            yield argv
            argv = []
        else:
            argv.append(Text.template(_expanded(word if argv else _PREFIX.sub("", word))))
    yield argv


def _expanded(word: str) -> str:
    return _EXPANSION.sub(lambda match: match[0][0] if match[0] in ("%%", "$$") else HOLE, word)


def _listens(setting: Setting, context: Context) -> Iterator[Effect]:
    match = _NETWORK.match(setting.value)
    if match and setting.key in ("ListenStream", "ListenDatagram"):
        yield Listen(site_of(setting, context), Text.of((match["host"] or "").strip("[]")), Text.of(match["port"]))
