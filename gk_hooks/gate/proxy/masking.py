"""Fields that the policy masks, in arguments on their way to the server and in results on their way back."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gk_hooks.gate import jsonrpc
from gk_hooks.gate.jsonrpc import Message
from gk_hooks.gate.proxy.flight import Request
from gk_hooks.gate.redact import redact

CARRIED = ("arguments", "inputResponses")
"""What of the params the agent fills in; the rest says which tool is called and how, and is never masked."""


def masked(request: Request, message: Message) -> bytes:
    """The line of a request with the fields masked that its verdict names; its own bytes when there are none."""
    fields = request.verdict.redactions
    params = message.body.get("params")
    if not fields or not isinstance(params, dict):
        return message.raw
    less = {key: redact(params[key], fields) for key in CARRIED if key in params}
    if all(less[key] is params[key] for key in less):
        return message.raw
    return jsonrpc.dump({**message.body, "params": {**params, **less}})


def masked_notification(notification: Request, message: Message, fields: Collection[str]) -> bytes:
    """The line of a server's notification with *fields* masked: those of every call so far, for nothing says which of
    them a log message is about. The protocol's own keys, such as ``message`` and ``progress``, are kept.
    """
    names = tuple(sorted({*fields, *notification.verdict.redactions}))
    params = message.params
    less = {key: redact(value, names, texts=True) for key, value in params.items()} if names else params
    if all(less[key] is params[key] for key in less):
        return message.raw
    return jsonrpc.dump({**message.body, "params": less})


def masked_result(request: Request, result: Any) -> Any:
    """The result of a request, masked in the same way; *result* itself when nothing in it is."""
    fields = request.verdict.redactions
    return redact(result, fields, texts=True) if fields else result
