"""Tasks: calls whose results are fetched later. What comes back for a task is treated as the call's own result."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from gk_hooks.gate.model import Call
from gk_hooks.gate.proxy.flight import Request

MOST_TASKS = 10_000


class Tasks:
    """The tasks that calls of this session have started, the newest of them."""

    def __init__(self) -> None:
        self._started: OrderedDict[str, Request] = OrderedDict()

    def started(self, request: Request, result: dict[str, Any]) -> None:
        """Takes note of the task that *result* announces, if it does."""
        described = result.get("task") if isinstance(result.get("task"), dict) else result
        identifier = described.get("taskId") if isinstance(described, dict) else None
        if isinstance(identifier, str) and request.call.method not in ("tasks/get", "tasks/result", "tasks/list"):
            self._started[identifier] = request
            if len(self._started) > MOST_TASKS:
                self._started.popitem(last=False)

    def issued(self, identifier: str) -> bool:
        """Whether a call that was let through has started that task."""
        return identifier in self._started

    def origin(self, request: Request) -> Request:
        """The call whose result *request* fetches; *request* itself when it is about no task."""
        return self._started.get(request.call.name, request) if _is_about_tasks(request.call) else request


def _is_about_tasks(call: Call) -> bool:
    return call.method.startswith("tasks/")
