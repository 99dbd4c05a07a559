"""The Python analyzer: one pass over the syntax tree with what is known of every value."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from gk_hooks.analyzers.context import Context, Links, OutOfBudget
from gk_hooks.analyzers.python.catalogue import NETWORK_MODULES
from gk_hooks.analyzers.python.exports import Exports, exports_of
from gk_hooks.analyzers.python.expressions import HOLE_NAME
from gk_hooks.analyzers.python.inlined import worth_reporting
from gk_hooks.analyzers.python.interpreter import Interpreter
from gk_hooks.analyzers.python.parsing import is_valid, parse
from gk_hooks.analyzers.python.prefilter import reach
from gk_hooks.analyzers.python.source import Source
from gk_hooks.model.effects import (
    Connect,
    DynamicCode,
    Effect,
    Execute,
    Import,
    Listen,
    LoadNative,
    Persist,
    RegistryWrite,
    Unparsed,
    WritePath,
)
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE

RECURSION = 6_000
"""Deep enough for real programs; a pure Python call costs no C stack since 3.11."""

_SHARED = regex(r"^[ \t\f]*(?:global|nonlocal)[ \t]+([^#\r\n;]+)", re.M)


def analyze(text: str, context: Context) -> Iterator[Effect]:
    """The effects of a Python source text. A text that does not parse is one Unparsed effect."""
    text = text.replace(HOLE, HOLE_NAME if context.depth else "\ufffd")
    reached = reach(text)
    if reached is None and is_valid(text):
        return
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        yield _unparsed(error, context)
        return
    if reached is None:
        return
    stopped: Exception | None = None
    with _interpreter(text, context) as run:
        try:
            run.run(tree, reached)
        except (OutOfBudget, RecursionError) as error:
            stopped = error
        found = [*run.effects, *worth_reporting(run.inlined, run.effects), *_handed_on(run)]
        found += _unused_network(run, found)
    if not any(map(_asks, found)):
        context.links.wanted.clear()  # whatever other files hold, nothing is done with it here
    yield from sorted(found, key=lambda effect: (effect.site.line, effect.site.column))
    if stopped is not None:
        raise stopped  # what was found before stands


def _asks(effect: Effect) -> bool:
    """Whether something about *effect* is not known."""
    match effect:
        case Execute(argv=argv, text=text, open_ended=more):
            return more or not argv or any(part.only is None for part in (*argv, *([text] if text else ())))
        case Connect(destination=text) | Listen(host=text) | WritePath(path=text) | RegistryWrite(key=text):
            return text.only is None
        case Persist(target=text) | LoadNative(library=text) | DynamicCode(payload=text):
            return text.only is None
    return False


def read_exports(text: str, links: Links) -> Exports:
    """What a Python file offers to those that import it: its module level is run, no function of it."""
    context = Context(links=links)
    try:
        tree = parse(text.replace(HOLE, "\ufffd"))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return Exports(lasting=isinstance(error, SyntaxError | ValueError))
    with _interpreter(text, context) as run:
        try:
            run.run_module(tree)
        except (OutOfBudget, RecursionError) as error:
            return Exports(lasting=isinstance(error, OutOfBudget))
        return exports_of(run)


def _shared_names(text: str) -> set[str]:
    if "global" not in text and "nonlocal" not in text:
        return set()
    return {name.strip() for names in _SHARED.findall(text) for name in names.split(",")}


@contextmanager
def _interpreter(text: str, context: Context) -> Iterator[Interpreter]:
    """What runs *text*, with room for deep trees; when done, all of it is freed."""
    run = Interpreter(Source(text, context), context, _shared_names(text))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION))
    try:
        yield run
    finally:
        sys.setrecursionlimit(limit)
        run.release()


def _unparsed(error: Exception, context: Context) -> Effect:
    line = getattr(error, "lineno", None) or 1
    column = max(getattr(error, "offset", None) or 1, 1)
    if isinstance(error, SyntaxError):
        reason = f"no valid Python {sys.version_info.major}.{sys.version_info.minor}: {error.msg} (line {line})"
    elif isinstance(error, ValueError):
        reason = f"no valid Python: {error}"
    else:
        reason = "no parser can hold it: nested too deeply"
    lasting = isinstance(error, SyntaxError | ValueError)
    return Unparsed(context.site(line, column, line, column + 1, "", ""), reason, lasting)


def _handed_on(run: Interpreter) -> Iterator[Effect]:
    """Clients of a kind that no call in the file goes through: whoever gets them decides where they go."""
    for kind, sites in run.clients.items():
        if kind not in run.used_clients:
            yield from map(Connect, sites)


def _unused_network(run: Interpreter, found: list[Effect]) -> Iterator[Effect]:
    """Network modules that are imported while no call in the file uses the network."""
    if any(isinstance(effect, (Connect, Listen)) for effect in found):
        return
    for module, node in run.imports.items():
        if module in NETWORK_MODULES:
            yield Import(run.source.site(node, f"import {module}"), module)
