"""The keys ``budget``, ``code`` and ``command`` of a rule."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from gk_hooks.gate.model import Effect
from gk_hooks.gate.policy.model import MILLIONTHS, Budget, CodeLimit, ResponseLimit, Scope
from gk_hooks.gate.policy.nodes import LineError, Node
from gk_hooks.gate.policy.values import choice, duration, field_path, kind, known_keys, mapping, not_one_of, text
from gk_hooks.model.findings import Decision
from gk_hooks.model.kinds import Kind
from gk_hooks.policy.profile import profile_named

LARGEST = 9_000_000_000_000
LONGEST_WINDOW = 366 * 86_400
LANGUAGES = tuple(sorted(each.value for each in Kind))


def budget(node: Node) -> Budget:
    """``budget: {key, limit}`` and ``field``, ``scope``, ``window``."""
    found = _read(node, BUDGET_KEYS, "budget", ("key", "limit"))
    return Budget(found.pop("key"), found.pop("field", ()), **found)


def code_limit(node: Node) -> CodeLimit:
    """``code: {field}`` and ``path_field`` or ``language``, ``max_decision``, ``profile``."""
    found = _read(node, CODE_KEYS, "code", ("field",))
    if not found.get("path_field") and not found.get("language"):
        raise LineError(node.line, f"code: needs path_field or language, to know what it is: {', '.join(LANGUAGES)}")
    return CodeLimit(**found)


def command_limit(node: Node) -> CodeLimit:
    """``command: {field}`` and ``arguments``, ``language`` (default: shell), ``max_decision``, ``profile``."""
    found = _read(node, COMMAND_KEYS, "command", ("field",))
    return CodeLimit(command=True, **{"language": Kind.SHELL.value, **found})


def response_limit(node: Node) -> ResponseLimit:
    """``responses: {min_threat_score}`` and ``effect`` (default: deny)."""
    return ResponseLimit(**_read(node, RESPONSE_KEYS, "responses", ("min_threat_score",)))


def threat_score(node: Node) -> int:
    """A threshold of the threat scanner."""
    value = node.value
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 10_000:
        raise LineError(node.line, f"min_threat_score is a whole number from 1 to 10000, not {value!r}")
    return value


def _response_effect(node: Node) -> Effect:
    effect = choice(node, Effect, "effect")
    if effect not in (Effect.ALLOW, Effect.DENY):
        raise LineError(node.line, f"responses: effect is deny or allow (and record), not {effect}")
    return effect


def _limit(node: Node) -> int:
    value = node.value
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise LineError(node.line, f"budget: limit is a number, not {kind(value)}")
    if not 0 <= value <= LARGEST:  # NaN and infinity compare false
        raise LineError(node.line, f"budget: limit is a number from 0 to {LARGEST}, not {value}")
    return int((Decimal(str(value)) * MILLIONTHS).to_integral_value(ROUND_FLOOR))


def _key(node: Node) -> str:
    if not text(node):
        raise LineError(node.line, "budget: the key is empty")
    return text(node)


def _language(node: Node) -> str:
    if node.value not in LANGUAGES:
        raise LineError(node.line, f"language: {not_one_of(node.value, LANGUAGES)}")
    return text(node)


BUDGET_KEYS: dict[str, Callable[[Node], Any]] = {
    "key": _key,
    "field": field_path,
    "limit": _limit,
    "scope": lambda node: choice(node, Scope, "scope"),
    "window": lambda node: duration(node, LONGEST_WINDOW),
}
_LIMIT_KEYS: dict[str, Callable[[Node], Any]] = {
    "field": field_path,
    "language": _language,
    "max_decision": lambda node: choice(node, Decision, "max_decision"),
    "profile": lambda node: profile_named(text(node)),
}
CODE_KEYS = {**_LIMIT_KEYS, "path_field": field_path}
COMMAND_KEYS = {**_LIMIT_KEYS, "arguments": field_path}
RESPONSE_KEYS: dict[str, Callable[[Node], Any]] = {"min_threat_score": threat_score, "effect": _response_effect}


def _read(node: Node, keys: dict[str, Callable[[Node], Any]], what: str, needed: tuple[str, ...]) -> dict[str, Any]:
    entries = mapping(node, what)
    for problem in known_keys(node, keys, what):
        raise problem
    for key in needed:
        if key not in entries:
            raise LineError(node.line, f"{what}: needs {key!r}; its keys are {', '.join(keys)}")
    return {key: keys[key](value) for key, value in entries.items()}
