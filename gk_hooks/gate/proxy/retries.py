"""Calls that a server answers with a question (``input_required``, since 2026-07-28) and that are then sent again.

The second request is the same call: it was decided, charged and approved already, and must not be so twice. It may go
on once for each question, for the same principal, call and state that the question came with.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import replace
from typing import Any

from gk_hooks.gate.approvals import canonical
from gk_hooks.gate.model import Call, Verdict
from gk_hooks.gate.proxy.flight import Request
from gk_hooks.gate.proxy.replies import RETRY_KEYS

MOST_OPEN = 10_000
"""Questions that may be open; the oldest is forgotten, and its call is then a new one."""


class Retries:
    """The questions that servers have asked and clients have not come back with."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: OrderedDict[bytes, Verdict] = OrderedDict()

    def asked(self, request: Request, result: dict[str, Any]) -> None:
        """Takes note of a result that asks for input."""
        with self._lock:
            self._open[_key(request.call, result.get("requestState"))] = request.verdict
            if len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)

    def claim(self, call: Call) -> tuple[Call, Verdict | None]:
        """*call* as the continuation that it is, with the verdict of its beginning; as it came for any other call."""
        params = call.params
        if not isinstance(params, dict) or not any(key in params for key in RETRY_KEYS):
            return call, None
        with self._lock:
            verdict = self._open.pop(_key(call, params.get("requestState")), None)
        return (call, None) if verdict is None else (replace(call, continues=True), verdict)


def _key(call: Call, state: Any) -> bytes:
    params = call.params if isinstance(call.params, dict) else {}
    fixed = {key: value for key, value in params.items() if key != "_meta" and key not in RETRY_KEYS}
    return hashlib.sha256(canonical([call.method, fixed, state])).digest()
