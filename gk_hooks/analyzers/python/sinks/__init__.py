"""From a call of a catalogued API to its effects."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from gk_hooks.analyzers.python.api import (
    Api,
    Calls,
    Connects,
    Deserializes,
    Listens,
    Loads,
    Makes,
    Persists,
    Runs,
    Spawns,
    Writes,
    WritesRegistry,
)
from gk_hooks.analyzers.python.names import canonical, meanings
from gk_hooks.analyzers.python.sinks.call import Call
from gk_hooks.analyzers.python.sinks.code import deserializes, loads, runs
from gk_hooks.analyzers.python.sinks.network import connects, listens
from gk_hooks.analyzers.python.sinks.processes import spawns
from gk_hooks.analyzers.python.sinks.system import persists, writes_path, writes_registry
from gk_hooks.analyzers.python.values import Arguments, Seq, Value, alternatives
from gk_hooks.analyzers.python.views import items_of
from gk_hooks.model.effects import Effect

if TYPE_CHECKING:
    from gk_hooks.analyzers.python.machine import Machine


def apply(run: Machine, path: str, arguments: Arguments, node: ast.expr, receiver: Value | None = None) -> None:
    """Emits the effects of calling the API *path*."""
    for api in meanings(path):
        run.sinks += 1
        call = Call(run, path, arguments, node, receiver)
        if isinstance(api, Calls):
            _calls(api, call)
        elif isinstance(api, Makes):
            if call.arguments.get(None, "base_url") is None:
                run.clients.setdefault(canonical(f"{path}()"), {})[call.site] = None
        else:
            run.used_clients.add(path.rpartition(".")[0])
            run.emit(_HANDLERS[type(api)](api, call))


def _calls(api: Calls, call: Call) -> None:
    """A function that is handed over is called with the arguments that go with it."""
    function = call.get(api.function)
    if function is None:
        return
    if api.first is not None:
        given = call.arguments
        passed = Arguments(given.positional[api.first :], given.keywords, given.open_positional, given.open_keywords)
    else:
        items, more = items_of(call.get(api.args) or Seq())
        passed = Arguments(tuple(items), (), more)
    for alternative in alternatives(function):
        call.run.call(alternative, passed, call.node)


_HANDLERS: dict[type[Api], Callable[[Any, Call], Iterator[Effect]]] = {
    Connects: connects,
    Listens: listens,
    Spawns: spawns,
    Runs: runs,
    Loads: loads,
    Deserializes: deserializes,
    Writes: writes_path,
    WritesRegistry: writes_registry,
    Persists: persists,
}
