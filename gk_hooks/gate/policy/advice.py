"""Advice on a policy that is correct, and may still not be what was meant."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.gate.model import Effect
from gk_hooks.gate.paths import looks_like_path
from gk_hooks.gate.policy.conditions import All, Any_, Comparison, Condition, Not
from gk_hooks.gate.policy.model import Policy, Rule, Scope


def advice(policy: Policy) -> list[tuple[int, str]]:
    """(line, advice), in the order of the rules; line 0 for the policy as a whole."""
    found = [(0, text) for text in _on_policy(policy)]
    for number, rule in enumerate(policy.rules):
        found += [(rule.line, f"rule {rule.id!r}: {text}") for text in _on_rule(rule)]
        hider = next((other for other in policy.rules[:number] if _hides(other, rule)), None)
        if hider:
            found.append((rule.line, f"rule {rule.id!r} is never reached: {hider.id!r} matches all that it would"))
    return found


def _on_policy(policy: Policy) -> Iterator[str]:
    if policy.default_effect is not Effect.DENY:
        yield f"default_effect is {policy.default_effect.value!r}: what no rule foresees is not denied"
    if not policy.rules:
        yield "there is no rule: everything but the protocol itself gets the default effect"


def _on_rule(rule: Rule) -> Iterator[str]:
    if rule.effect is Effect.DENY and rule.min_threat_score is not None:
        yield "the threat scanner is a heuristic: hold with require_approval, so that a false hit costs a click"
    if rule.budget and rule.budget.scope is Scope.PRINCIPAL and rule.budget.window is None:
        yield "the budget never starts anew: give it a window (window: 1d), or scope: session"
    for test in _comparisons(rule.when):
        value = test.value if isinstance(test.value, str) else ""
        if test.operator != "startswith":
            continue
        if looks_like_path(value) and not value.endswith(("/", "\\")):
            yield f"startswith {value!r} also matches {value + 'x'!r}: write {value + '/'!r}, or use the operator under"
        if "://" in value and "/" not in value.partition("://")[2]:
            yield f"startswith {value!r} also matches {value + '.evil.example'!r}: write {value + '/'!r}"


def _comparisons(condition: Condition) -> Iterator[Comparison]:
    if isinstance(condition, All | Any_):
        for part in condition.parts:
            yield from _comparisons(part)
    elif isinstance(condition, Not):
        yield from _comparisons(condition.part)
    elif isinstance(condition, Comparison):
        yield condition


def _hides(first: Rule, later: Rule) -> bool:
    """Whether every call that *later* is about is decided by *first*."""
    if first.conditional or first.require_roles or "*" not in first.agents.patterns:
        return False
    if not first.selects:
        return first.effect.stops or (later.selects and not (later.resources or later.prompts or later.methods))
    pairs = ((first.tools, later.tools), (first.resources, later.resources), (first.prompts, later.prompts))
    if not later.selects or later.methods:
        return False
    return all(
        theirs is None or (ours is not None and ("*" in ours.patterns or set(theirs.patterns) <= set(ours.patterns)))
        for ours, theirs in pairs
    )
