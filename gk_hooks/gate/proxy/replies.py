"""What the gate itself says to a client: denials, and the words of it."""

from __future__ import annotations

from typing import Any

from gk_hooks.gate import jsonrpc
from gk_hooks.gate.jsonrpc import Id
from gk_hooks.gate.methods import Subject, method_of
from gk_hooks.gate.proxy.flight import Request

VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"
RETRY_KEYS = ("inputResponses", "requestState")
"""What a client adds to a request that it sends again, since 2026-07-28."""


def is_modern(params: Any) -> bool:
    """Whether a request carries its protocol version itself, as the stateless era (since 2026-07-28) wants it."""
    meta = params.get("_meta") if isinstance(params, dict) else None
    return isinstance(meta, dict) and VERSION_KEY in meta


def refusal(request: Request, *, as_error: bool) -> bytes:
    """The answer to a request that is not forwarded.

    A tool call gets a result that the model can read (``isError``), unless *as_error*; all else a JSON-RPC error: an
    unknown method -32601, as if the server did not have it.
    """
    call, verdict = request.call, request.verdict
    text = f"gk denied this: {verdict.reason} (rule {verdict.rule})"
    rule = {"rule": verdict.rule, "effect": str(verdict.effect)}
    if call.method == "tools/call" and not as_error:
        complete = {"resultType": "complete"} if request.modern else {}
        return jsonrpc.result(
            request.id,
            {**complete, "content": [{"type": "text", "text": text}], "isError": True, "_meta": {"gk/denied": rule}},
        )
    unknown = method_of(call.direction, call.method).subject is Subject.UNKNOWN
    return jsonrpc.error(request.id, jsonrpc.METHOD_NOT_FOUND if unknown else jsonrpc.DENIED, text, rule)


def gone(identifier: Id, text: str) -> bytes:
    """The answer to a request that the server will not answer."""
    return jsonrpc.error(identifier, jsonrpc.CONNECTION_CLOSED, text)
