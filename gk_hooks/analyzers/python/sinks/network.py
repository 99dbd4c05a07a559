"""Connecting and listening."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.analyzers.python.api import Connects, Listens
from gk_hooks.analyzers.python.joins import join_all
from gk_hooks.analyzers.python.sinks.call import Call
from gk_hooks.analyzers.python.values import (
    NONE,
    UNKNOWN,
    Const,
    Map,
    Ref,
    Seq,
    Str,
    Unknown,
    Value,
    alternatives,
)
from gk_hooks.analyzers.python.views import items_of, text_of
from gk_hooks.model.effects import Connect, Effect, Form, Listen, Site
from gk_hooks.model.hosts import is_every_interface, parse_address
from gk_hooks.model.values import HOLE, Text
from gk_hooks.model.values import UNKNOWN as UNKNOWN_TEXT


def connects(api: Connects, call: Call) -> Iterator[Effect]:
    """A connection, to wherever the argument says."""
    if (call.by_shape and not _is_address(call.get(api.to))) or _is_local(call):
        return
    if api.to is None:
        yield Connect(call.site, protocol=api.protocol)
        return
    value = call.get(api.to)
    if value is None or value == NONE:
        if api.default != "":
            known = UNKNOWN_TEXT if api.default is None else Text.of(api.default)
            yield Connect(call.site, known, Form.HOST, api.protocol)
        return
    if isinstance(value, Str) and api.address and "socket" in call.path:
        return  # the path of a UNIX socket
    destination = _destination(_first(value), call)
    yield Connect(_spoken_for(call, destination), destination, api.form, api.protocol)


def listens(api: Listens, call: Call) -> Iterator[Effect]:
    """A server; what it listens on when nobody says is the library's default."""
    value = call.get(api.on)
    if _is_local(call) or (call.by_shape and not _speaks_for_itself(api, value)):
        return
    if value is None or value == NONE:
        if api.default is not None:
            yield Listen(call.site, Text.of(api.default))
        return
    if isinstance(value, Str) and api.address and "socket" in call.path:
        return  # the path of a UNIX socket
    port = UNKNOWN_TEXT
    if api.address:
        items, _ = items_of(value) if not isinstance(value, Str) else ((), True)
        port = text_of(items[1]) if len(items) > 1 else UNKNOWN_TEXT
        value = _first(value)
    host = _host(value)
    if api.form is not Form.HOST or "grpc" in call.path:
        host = host.map(lambda option: option.rpartition("://")[2].rpartition(":")[0])
    yield Listen(_spoken_for(call, host), host, port)


def _speaks_for_itself(api: Listens, value: Value | None) -> bool:
    """A pair of a literal host and a port, or the literal address of every interface."""
    if api.address:
        return _is_address(value)
    return isinstance(value, Str) and any(option and is_every_interface(option) for option in value.text.constants)


def _is_local(call: Call) -> bool:
    """Whether the socket is made for the AF_UNIX family: no network, and reason enough for the import."""
    receiver = call.receiver
    made = receiver.arguments if isinstance(receiver, Ref) else None
    family = made.get(0, "family") if made is not None and "socket" in call.path else None
    local = isinstance(family, Ref) and family.path == "socket.AF_UNIX"
    if local:
        call.run.imports.pop("socket", None)
    return local


def _is_address(value: Value | None) -> bool:
    """``(host, port)``, or the four parts of an IPv6 address."""
    if not isinstance(value, Seq) or len(value.items) not in (2, 4) or value.open:
        return False
    host, port = value.items[:2]
    return not isinstance(host, Const) and not isinstance(port, (Str, Seq, Map))


def _first(value: Value) -> Value:
    """The host of an address, the first of several URLs; a text as it is."""
    parts = []
    for alternative in alternatives(value):
        if isinstance(alternative, (Seq, Map)):
            items, _ = items_of(alternative)
            parts.append(items[0] if items else UNKNOWN)
        else:
            parts.append(alternative)
    return join_all(parts)


def _host(value: Value) -> Text:
    """*value* as a host: only texts name one."""
    known = [part for part in alternatives(value) if part != NONE]
    return text_of(join_all(part if isinstance(part, (Str, Unknown)) else UNKNOWN for part in known))


def _destination(value: Value, call: Call) -> Text:
    """The URL or host of *value*: a text, a Request made elsewhere, or one completed by the client's base_url."""
    if isinstance(value, Ref) and value.path in {"urllib.request.Request()", "requests.Request()"} and value.arguments:
        return _host(value.arguments.get(0 if "urllib" in value.path else 1, "url") or UNKNOWN)
    text = _host(value)
    receiver = call.receiver
    if isinstance(receiver, Ref) and receiver.arguments is not None:
        base = receiver.arguments.get(0 if "aiohttp" in receiver.path else None, "base_url")
        relative = all("://" not in option and not option.startswith((HOLE, "//")) for option in text.options)
        if base is not None and relative:
            return _host(base)
    return text


def _spoken_for(call: Call, host: Text) -> Site:
    """``x.bind((host, port))`` is a guess while the host is unknown; a literal address leaves no other reading."""
    plain = any(parse_address(option) or "." in option or option == "localhost" for option in host.constants)
    return call.site_of(call.guess and not (call.by_shape and plain))
