"""The network evidence table: every network-capable call of a file, also those that only reach loopback."""

from __future__ import annotations

from collections.abc import Iterable

from gk_hooks.model.effects import Connect, Effect, Listen
from gk_hooks.model.hosts import Reach, host_reach, is_every_interface, resolve
from gk_hooks.model.report import NetworkCall
from gk_hooks.model.values import HOLE, Text

WORST = (Reach.REMOTE, Reach.UNKNOWN, Reach.LOOPBACK, Reach.NOWHERE)
"""Of several destinations, the table names the one that matters most."""


def network_calls(file: str, effects: Iterable[Effect]) -> list[NetworkCall]:
    """The rows of *file*, in source order, each once."""
    rows: dict[NetworkCall, None] = {}
    for effect in effects:
        if isinstance(effect, Connect):
            reaches = {there.reach for there in resolve(effect.destination, effect.form)}
            reach = next(reach.value for reach in WORST if reach in reaches)
            row = _row(file, effect, "connects", effect.destination.shown(), reach)
        elif isinstance(effect, Listen):
            row = _row(file, effect, "listens", effect.host.shown() or "every interface", _listening_reach(effect.host))
        else:
            continue
        rows[row] = None
    return list(rows)


def _row(file: str, effect: Effect, direction: str, destination: str, reach: str) -> NetworkCall:
    site = effect.site
    return NetworkCall(file, site.line, site.callee, direction, destination, reach, site.chain)


def _listening_reach(host: Text) -> str:
    if any(is_every_interface(option) for option in host.constants):
        return "every interface"
    if not host.complete or any(HOLE in option for option in host.options):
        return Reach.UNKNOWN.value
    reaches = {host_reach(option) for option in host.options}
    return Reach.REMOTE.value if Reach.REMOTE in reaches else Reach.LOOPBACK.value
