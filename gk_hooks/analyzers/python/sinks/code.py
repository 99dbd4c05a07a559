"""Dynamic code, native code and deserialization."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gk_hooks.analyzers.context import embed
from gk_hooks.analyzers.python.api import Deserializes, Loads, Runs
from gk_hooks.analyzers.python.sinks.call import Call
from gk_hooks.analyzers.python.values import NONE, UNKNOWN, Class, Const, Ref, Str, Value, alternatives
from gk_hooks.analyzers.python.views import text_of
from gk_hooks.model.effects import Code, Deserialize, DynamicCode, Effect, LoadNative, Via
from gk_hooks.model.kinds import Kind
from gk_hooks.model.regex import regex
from gk_hooks.model.values import Text

_OUTSIDE = regex(r"[/\\~]|[A-Za-z]:")
"""How a path begins that is not relative to the project."""


def runs(api: Runs, call: Call) -> Iterator[Effect]:
    """Text that becomes code, or code that is loaded by its name."""
    value = _made_with(api, call) if api.receiver else call.get(api.payload)
    if value is None and api.payload is not None:
        return
    if isinstance(value, Ref) and value.path in {"builtins.compile()", "types.CodeType()"} and value.arguments:
        value = value.arguments.get(0, "source")
    if api.object and _is_code_of_function(call, api):
        return
    payload = text_of(value)
    if api.code is Code.MODULE and payload.only is not None and not (api.file and _OUTSIDE.match(payload.only)):
        return
    site = call.site_of(call.guess or api.object or api.made)
    yield DynamicCode(site, api.code, payload)
    if api.code is Code.TEXT and not payload.is_unknown:
        yield from embed(Kind.PYTHON, payload, site, site.callee, call.run.context, Via.SPAWN)


def _made_with(api: Runs, call: Call) -> Value:
    made = call.receiver.arguments if isinstance(call.receiver, Ref) else None
    found = made.get(api.payload.position, *api.payload.names) if made and api.payload else None
    return UNKNOWN if found is None else found


def _is_code_of_function(call: Call, api: Runs) -> bool:
    """``FunctionType(f.__code__, …)`` copies a function that is there already."""
    node = call.node_of(api.payload) if api.payload is not None else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "replace":
        node = node.func.value
    return isinstance(node, ast.Attribute) and node.attr in {"__code__", "func_code"}


def loads(api: Loads, call: Call) -> Iterator[Effect]:
    """A native library."""
    value = call.get(api.library)
    if api.library is None:
        parts = call.path.split(".")
        yield LoadNative(call.site, Text.of(parts[2]) if len(parts) > 3 else Text())
        return
    yield LoadNative(call.site, text_of(value) if value != NONE else Text.of("the running program itself"))


def deserializes(api: Deserializes, call: Call) -> Iterator[Effect]:
    """Objects from bytes, unless the arguments make it safe; an argument that is not known leaves a guess."""
    guess = call.guess
    for condition, unsafe in ((api.unless, False), (api.only_if, True)):
        if condition is None:
            continue
        argument, values = condition
        value = call.get(argument)
        found = {_is_one_of(part, values) for part in alternatives(value)} if value is not None else {False}
        if found == {not unsafe}:
            return
        guess = guess or unsafe not in found
    yield Deserialize(call.site_of(guess), api.format)


def _is_one_of(value: Value, wanted: tuple[object, ...]) -> bool | None:
    """Whether *value* is one of *wanted*, or a class of this file made from one; None when it is not known."""
    match value:
        case Ref():
            return value.path in wanted
        case Str() if value.text.only is not None:
            return value.text.only in wanted
        case Const():
            return value.value in wanted
        case Class():
            bases = [_is_one_of(part, wanted) for base in value.record.bases for part in alternatives(base)]
            return True if True in bases else None
    return None
