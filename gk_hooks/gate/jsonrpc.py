"""One line of bytes becomes a JSON-RPC 2.0 message as MCP restricts it, or an error that says what is wrong with it.

The bytes themselves are relayed, so nothing may pass that another parser could read as a different message: no
duplicate keys, no keys that differ from the protocol's in case only, no numbers outside a double, no raw carriage
return (some servers end a line there), no bytes that are not UTF-8.
"""

from __future__ import annotations

import json
import math
import re
from enum import Enum
from typing import Any, NamedTuple

from gk_hooks.gate.rescue import rescued_id, valid_id

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
CONNECTION_CLOSED = -32000
DENIED = -32003
"""Ours, in the range that the 2026-07-28 revision leaves to implementations (-32000 … -32019)."""

MAX_DEPTH = 128
LONGEST_NUMBER = 400

Id = str | int
Json = Any
"""What json.loads returns."""


class Kind(Enum):
    """What a message wants."""

    REQUEST = "request"
    NOTIFICATION = "notification"
    RESPONSE = "response"


class Message(NamedTuple):
    """A well-formed message. id is None in notifications and in errors without one, method is "" in responses."""

    kind: Kind
    id: Id | None
    method: str
    body: dict[str, Json]
    raw: bytes

    @property
    def params(self) -> dict[str, Json]:
        """The params, {} when there are none."""
        params: dict[str, Json] = self.body.get("params") or {}
        return params


class Malformed(NamedTuple):
    """A line that is no message. answer: whether its sender must be told (a notification and a response must not)."""

    code: int
    text: str
    id: Id | None = None
    answer: bool = True


class _Refused(Exception):
    """Why a text that may be JSON is not taken."""


def parse(line: bytes, *, trusted_text: bool = False) -> Message | Malformed:
    """Reads one line (RFC 8259 in the strict sense of RFC 7493, JSON-RPC 2.0, MCP).

    trusted_text: takes lone surrogates, as a server may send when it cuts a text in the middle of a character.
    """
    body = line[:-1] if line.endswith(b"\n") else line
    if body.endswith(b"\r"):
        body = body[:-1]
    try:
        if b"\r" in body:
            raise _Refused("a raw carriage return inside the message")
        text = body.decode("utf-8")
        if _too_deep(body):
            raise _Refused(f"nested more than {MAX_DEPTH} levels deep")
        value = _DECODER.decode(text)
        if not trusted_text and b"\\" in body and _SURROGATE.search(body) and not _encodable(value):
            raise _Refused("a string with half a surrogate pair")
    except UnicodeDecodeError as error:
        return Malformed(PARSE_ERROR, f"not UTF-8 at byte {error.start}", rescued_id(line))
    except json.JSONDecodeError as error:
        return Malformed(PARSE_ERROR, f"not JSON: {error.msg} at character {error.pos}")
    except _Refused as refused:
        return Malformed(INVALID_REQUEST, str(refused), rescued_id(line))
    except RecursionError:
        return Malformed(INVALID_REQUEST, f"nested more than {MAX_DEPTH} levels deep", rescued_id(line))
    except ValueError:  # Python's limit on the digits of an integer
        return Malformed(INVALID_REQUEST, "a number that is too long", rescued_id(line))
    return _message(value, line)


def _message(value: Json, line: bytes) -> Message | Malformed:
    if not isinstance(value, dict):
        what = "a batch; MCP has none since 2025-06-18" if isinstance(value, list) else "not an object"
        return Malformed(INVALID_REQUEST, what)
    method, has_id = value.get("method"), "id" in value
    identifier = value.get("id")
    good_id = valid_id(identifier)
    is_response = "method" not in value and ("result" in value or "error" in value)
    is_notification = not has_id and isinstance(method, str)
    refuse = _Refuse(identifier if good_id else None, answer=not is_response and not is_notification)
    if value.get("jsonrpc") != "2.0":
        return refuse('jsonrpc is not "2.0"')
    if close := _close_names(value, _TOP_LEVEL):
        return refuse(close)
    if is_response:
        return _response(value, line, refuse, good_id)
    if not isinstance(method, str):
        return refuse("method is not a string" if "method" in value else "neither a method nor a result nor an error")
    if "result" in value or "error" in value:
        return refuse("both a method and a result")
    if has_id and not good_id:
        return refuse("id is neither a string nor an integer that a double can hold")
    params = value.get("params", {})
    if not isinstance(params, dict):
        return refuse("params is not an object", INVALID_PARAMS)
    if close := _close_names(params, _IN_PARAMS) or _same_in_another_case(params.get("arguments")):
        return refuse(close, INVALID_PARAMS)
    return Message(Kind.REQUEST if has_id else Kind.NOTIFICATION, identifier, method, value, line)


def _response(value: dict[str, Json], line: bytes, refuse: _Refuse, good_id: bool) -> Message | Malformed:
    if "result" in value and "error" in value:
        return refuse("both a result and an error")
    if "error" in value:
        error = value["error"]
        code = error.get("code") if isinstance(error, dict) else None
        if not isinstance(code, int) or isinstance(code, bool) or not isinstance(error.get("message"), str):
            return refuse("error is not an object with an integer code and a message")
        if value.get("id") is not None and not good_id:
            return refuse("id is neither a string nor an integer that a double can hold")
    elif not good_id:
        return refuse("a result without a valid id")
    return Message(Kind.RESPONSE, value.get("id"), "", value, line)


class _Refuse(NamedTuple):
    """What every refusal of one message has in common."""

    id: Id | None
    answer: bool

    def __call__(self, text: str, code: int = INVALID_REQUEST) -> Malformed:
        return Malformed(code, text, self.id, self.answer)


_TOP_LEVEL = frozenset({"jsonrpc", "id", "method", "params", "result", "error"})
_IN_PARAMS = frozenset("name arguments uri _meta inputResponses requestState task taskId ref argument".split())
_FOLDED = {name.casefold(): name for name in _TOP_LEVEL | _IN_PARAMS}


def _close_names(members: dict[str, Json], exact: frozenset[str]) -> str:
    """What is wrong with the names: some parsers take ``Method`` for ``method``, and the last of the two wins."""
    if members.keys() <= exact:
        return ""
    for name in members:
        if name not in exact and _FOLDED.get(name.casefold()) in exact:
            return f"the key {name!r} differs from {_FOLDED[name.casefold()]!r} in case only"
    return ""


def _same_in_another_case(arguments: Json) -> str:
    if isinstance(arguments, dict) and len(arguments) > 1:
        folded: dict[str, str] = {}
        for name in arguments:
            other = folded.setdefault(name.casefold(), name)
            if other is not name:
                return f"the arguments {other!r} and {name!r} differ in case only"
    return ""


_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_NOT_BRACKETS = bytes(sorted(set(range(256)) - set(b"[]{}")))
_ONE_KIND = bytes.maketrans(b"{}", b"[]")


def _too_deep(body: bytes) -> bool:
    """Whether brackets nest deeper than MAX_DEPTH. Pairs are taken out from the inside, one level in a pass."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return False
    brackets = _STRING.sub(b"", body).translate(_ONE_KIND, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        fewer = brackets.replace(b"[]", b"")
        if len(fewer) == len(brackets):
            break
        brackets = fewer
    return len(brackets) > MAX_DEPTH


def _encodable(value: Json) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise _Refused(f"the key {twice[:60]!r} twice in one object")
    return members


def _float(text: str) -> float:
    value = float(text) if len(text) <= LONGEST_NUMBER else math.inf
    if math.isinf(value):
        raise _Refused(f"the number {text[:20]} is outside the range of a double")
    return value


def _constant(text: str) -> float:
    raise json.JSONDecodeError(f"{text} is no number", text, 0)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_constant)


def dump(body: dict[str, Json]) -> bytes:
    """The message as one line of ASCII, so that no reader can see a line's end in it."""
    return json.dumps(body, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


def error(identifier: Id | None, code: int, text: str, data: Json = None) -> bytes:
    """An error response as a line."""
    problem: dict[str, Json] = {"code": code, "message": text}
    if data is not None:
        problem["data"] = data
    return dump({"jsonrpc": "2.0", "id": identifier, "error": problem})


def result(identifier: Id, value: dict[str, Json]) -> bytes:
    """A result as a line."""
    return dump({"jsonrpc": "2.0", "id": identifier, "result": value})
