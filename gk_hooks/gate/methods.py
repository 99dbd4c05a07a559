"""The methods of MCP, of both protocol eras: what each addresses, and which the policy has a say in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gk_hooks.gate.model import Call, Direction


class Subject(StrEnum):
    """What a method is about, as the policy sees it."""

    PROTOCOL = "protocol"
    """Handshake, liveness, progress: passes always."""
    LIST = "list"
    """Passes; its result is filtered by the policy that gates the calls."""
    TOOL = "tool"
    RESOURCE = "resource"
    PROMPT = "prompt"
    COMPLETION = "completion"
    """Completes an argument of a prompt or of a resource template: gated as that prompt or resource."""
    SUBSCRIPTION = "subscription"
    """Asks for notifications, also about resources: gated as each of these."""
    TASK = "task"
    """About a task that an earlier call started."""
    REVERSE = "reverse"
    """What the server asks of the client: sampling, elicitation, roots."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Method:
    """One method: what it is about, and the key in its params that names it."""

    subject: Subject
    direction: Direction
    name_key: str = ""


_UP, _DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
_UNKNOWN = Method(Subject.UNKNOWN, _UP)

LISTS: dict[str, tuple[str, Subject, str]] = {
    "tools/list": ("tools", Subject.TOOL, "name"),
    "resources/list": ("resources", Subject.RESOURCE, "uri"),
    "resources/templates/list": ("resourceTemplates", Subject.RESOURCE, "uriTemplate"),
    "prompts/list": ("prompts", Subject.PROMPT, "name"),
}
"""List methods: the key of the items in the result, what they are, and the key of an item's name."""

REFERENCES = {"ref/prompt": (Subject.PROMPT, "name"), "ref/resource": (Subject.RESOURCE, "uri")}
"""What ``completion/complete`` may refer to, and the key of its name."""

METHODS: dict[tuple[Direction, str], Method] = {
    (method.direction, name): method
    for method, names in (
        (
            Method(Subject.PROTOCOL, _UP),
            "initialize ping server/discover logging/setLevel notifications/initialized notifications/cancelled "
            "notifications/progress notifications/roots/list_changed notifications/tasks/status",
        ),
        (
            Method(Subject.PROTOCOL, _DOWN),
            "ping notifications/cancelled notifications/progress notifications/message "
            "notifications/tools/list_changed notifications/prompts/list_changed "
            "notifications/resources/list_changed notifications/resources/updated notifications/tasks/status "
            "notifications/tasks notifications/elicitation/complete notifications/subscriptions/acknowledged",
        ),
        (Method(Subject.LIST, _UP), " ".join(LISTS)),
        (Method(Subject.TOOL, _UP, "name"), "tools/call"),
        (Method(Subject.PROMPT, _UP, "name"), "prompts/get"),
        (Method(Subject.RESOURCE, _UP, "uri"), "resources/read resources/subscribe resources/unsubscribe"),
        (Method(Subject.COMPLETION, _UP), "completion/complete"),
        (Method(Subject.SUBSCRIPTION, _UP), "subscriptions/listen"),
        (Method(Subject.TASK, _UP, "taskId"), "tasks/get tasks/result tasks/cancel tasks/update tasks/list"),
        (Method(Subject.TASK, _DOWN, "taskId"), "tasks/get tasks/result tasks/cancel tasks/list"),
        (Method(Subject.REVERSE, _DOWN), "sampling/createMessage elicitation/create roots/list"),
    )
    for name in names.split()
}


def method_of(direction: Direction, name: str) -> Method:
    """The method called *name*, exactly as it is written; one that nothing knows is UNKNOWN."""
    return METHODS.get((direction, name), _UNKNOWN)


def subjects_of(call: Call) -> tuple[tuple[Subject, str], ...]:
    """What *call* is about, each with its name; all of them must be let through."""
    known = method_of(call.direction, call.method).subject
    params = call.params if isinstance(call.params, dict) else {}
    if known is Subject.COMPLETION:
        reference = params.get("ref")
        reference = reference if isinstance(reference, dict) else {}
        subject, key = REFERENCES.get(_text(reference.get("type")), (Subject.UNKNOWN, ""))
        return ((subject, _text(reference.get(key))),)
    if known is Subject.SUBSCRIPTION:
        wanted = params.get("notifications")
        uris = wanted.get("resourceSubscriptions") if isinstance(wanted, dict) else None
        named = tuple((Subject.RESOURCE, _text(uri)) for uri in uris) if isinstance(uris, list) else ()
        return named or ((Subject.PROTOCOL if not uris else Subject.UNKNOWN, ""),)
    return ((known, call.name),)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def call_of(direction: Direction, message: Mapping[str, Any]) -> Call:
    """The call that a request or notification makes. Total: what is missing or of a wrong type is left empty."""
    method = message.get("method")
    method = method if isinstance(method, str) else ""
    params = message.get("params")
    known = method_of(direction, method)
    named = params.get(known.name_key) if known.name_key and isinstance(params, dict) else None
    arguments = params
    if known.subject in (Subject.TOOL, Subject.PROMPT) and isinstance(params, dict):
        arguments = params.get("arguments", {})
    identity = message.get("id")
    return Call(
        direction=direction,
        method=method,
        name=_text(named),
        arguments=arguments,
        params=params,
        id=identity if isinstance(identity, str | int) and not isinstance(identity, bool) else None,
    )
