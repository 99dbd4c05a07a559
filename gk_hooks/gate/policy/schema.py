"""The strict schema: from a tree with lines to a Policy. Every problem is told, with its line and what to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gk_hooks.errors import GkError
from gk_hooks.gate.model import Effect
from gk_hooks.gate.policy.globs import Globs
from gk_hooks.gate.policy.limits import budget, code_limit, command_limit, response_limit, threat_score
from gk_hooks.gate.policy.model import Policy, Rule
from gk_hooks.gate.policy.nodes import LineError, Node
from gk_hooks.gate.policy.tree import condition
from gk_hooks.gate.policy.values import choice, duration, field_path, known_keys, list_of, mapping, scalar_text, text

LONGEST_WAIT = 86_400


def policy_of(root: Node, digest: str) -> tuple[Policy, list[LineError]]:
    """The policy, and every problem that was found in it: it may be used only when there is none."""
    problems: list[LineError] = []
    found = _collected(root, ROOT_KEYS, "policy", problems)
    if isinstance(root.value, dict) and "rules" not in root.value:
        problems.append(LineError(root.line, "the policy has no 'rules': write the list; rules: [] denies all"))
    rules: list[Rule] = []
    nodes = found.pop("rules", None)
    for number, node in enumerate(nodes.value if nodes is not None else []):
        rule = _rule(node, number, problems)
        if any(rule.id == other.id for other in rules):
            problems.append(LineError(node.line, f"the rule id {rule.id!r} stands twice"))
        rules.append(rule)
    return Policy(rules=tuple(rules), digest=digest, **found), problems


def _rules(node: Node) -> Node:
    if not isinstance(node.value, list):
        raise LineError(node.line, "'rules' is a list of rules, each with - in front")
    return node


def _effect(node: Node) -> Effect:
    return choice(node, Effect, "effect")


def _globs(node: Node) -> Globs:
    nodes = node.value if isinstance(node.value, list) else [node]
    patterns = tuple(text(each) for each in nodes)
    if not patterns:
        raise LineError(node.line, "the list is empty and would match nothing: leave the key out, or name something")
    try:
        return Globs(patterns)
    except ValueError as error:
        raise LineError(node.line, str(error)) from None


def _roles(node: Node) -> frozenset[str]:
    return frozenset(list_of(node, text))


def _fields(node: Node) -> tuple[str, ...]:
    return tuple(".".join(parts) for parts in list_of(node, field_path))


def _obligations(node: Node) -> Mapping[str, Any]:
    mapping(node, "obligations")
    plain: dict[str, Any] = node.plain()
    return plain


def _timeout(node: Node) -> float:
    return float(duration(node, LONGEST_WAIT))


ROOT_KEYS: dict[str, Callable[[Node], Any]] = {
    "name": scalar_text,
    "version": scalar_text,
    "default_effect": _effect,
    "rules": _rules,
    "responses": response_limit,
}
RULE_KEYS: dict[str, Callable[[Node], Any]] = {
    "id": scalar_text,
    "effect": _effect,
    "tools": _globs,
    "resources": _globs,
    "prompts": _globs,
    "methods": _globs,
    "agents": _globs,
    "require_roles": _roles,
    "when": condition,
    "budget": budget,
    "min_threat_score": threat_score,
    "code": code_limit,
    "command": command_limit,
    "redact_fields": _fields,
    "reason": text,
    "obligations": _obligations,
    "approval_timeout": _timeout,
}
"""Every key of a rule, and what reads its value."""


def _collected(
    node: Node, keys: Mapping[str, Callable[[Node], Any]], what: str, problems: list[LineError]
) -> dict[str, Any]:
    """The values of a mapping's known keys; problems are added up, so that one run of ``check`` tells them all."""
    found: dict[str, Any] = {}
    try:
        mapping(node, what)
    except LineError as error:
        problems.append(error)
        return found
    problems += known_keys(node, keys, what)
    for key, value in node.value.items():
        if key in keys:
            try:
                found[key] = keys[key](value)
            except LineError as error:
                problems.append(error)
            except GkError as error:
                problems.append(LineError(value.line, str(error)))
    return found


def _rule(node: Node, number: int, problems: list[LineError]) -> Rule:
    before = len(problems)
    found = _collected(node, RULE_KEYS, "rule", problems)
    name = found.setdefault("id", f"rule-{number}")
    limits = tuple(found.pop(key) for key in ("code", "command") if key in found)
    if isinstance(node.value, dict) and "effect" not in node.value:
        problems.append(LineError(node.line, f"rule {name!r} has no 'effect': write {' or '.join(Effect)}"))
    effect = found.setdefault("effect", Effect.DENY)
    if len(problems) == before:
        problems += _contradictions(node, name, effect, found)
    return Rule(line=node.line, code=limits, **found)


def _contradictions(node: Node, name: str, effect: Effect, found: Mapping[str, Any]) -> list[LineError]:
    """Keys that make no sense together."""
    problems = []
    if effect is Effect.REDACT and not found.get("redact_fields"):
        problems.append(f"rule {name!r}: effect 'redact' needs redact_fields, the fields to mask")
    if effect in (Effect.ALLOW, Effect.DENY) and "redact_fields" in found:
        problems.append(f"rule {name!r}: redact_fields has no meaning with effect {effect.value!r}; use 'redact'")
    if effect is Effect.DENY and "budget" in found:
        problems.append(f"rule {name!r}: a denied call spends nothing; put the budget on a rule that lets calls pass")
    if effect is not Effect.REQUIRE_APPROVAL and "approval_timeout" in found:
        problems.append(f"rule {name!r}: approval_timeout has no meaning with effect {effect.value!r}")
    return [LineError(node.line, problem) for problem in problems]
