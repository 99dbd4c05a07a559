"""The decision point: one verdict for every message of both directions. Pure: what it knows of the world is a View."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from gk_hooks.gate.budgets import charge_for
from gk_hooks.gate.methods import Subject, subjects_of
from gk_hooks.gate.model import Ask, Call, Charge, Effect, FailMode, Hit, Principal, Verdict
from gk_hooks.gate.paths import uri_readings
from gk_hooks.gate.policy.conditions import Truth
from gk_hooks.gate.policy.globs import Globs
from gk_hooks.gate.policy.model import Policy, Rule

if TYPE_CHECKING:
    from gk_hooks.gate.code import Judgement
    from gk_hooks.gate.policy.model import CodeLimit

LONGEST_NAME = 1024
MOST_NOTES = 3
MOST_REMEMBERED = 1000
"""Names whose rules are remembered: agents call the same tools again and again."""


def _nothing_spent(account: str) -> int:
    return 0


def _no_threat(value: Any) -> Sequence[Hit]:
    return ()


def _no_task(task: str) -> bool:
    return False


def _judge_code(limit: CodeLimit, arguments: Any) -> Judgement:
    from gk_hooks.gate.code import judge_code

    return judge_code(limit, arguments)


@dataclass(frozen=True, slots=True)
class View:
    """What the decision point may ask. spent: Store.spent. scan: ThreatScanner.scan. issued: whether an allowed call
    of this principal has started that task. session: the name that budgets of that scope are kept under.

    fail: what to say when one of these, or the engine itself, fails.
    """

    spent: Callable[[str], int] = _nothing_spent
    scan: Callable[[Any], Sequence[Hit]] = _no_threat
    issued: Callable[[str], bool] = _no_task
    judge_code: Callable[[CodeLimit, Any], Judgement] = _judge_code
    clock: Callable[[], float] = time.time
    session: str = "stdio-session"
    fail: FailMode = FailMode.CLOSED


def decide(call: Call, principal: Principal, policy: Policy, view: View) -> Verdict:
    """The verdict on *call*. Total: whatever the message holds, there is one, and it never raises."""
    try:
        return _decide(call, principal, policy, view)
    except Exception as error:
        effect = Effect.ALLOW if view.fail is FailMode.OPEN else Effect.DENY
        return Verdict(effect, "__engine_failure__", f"the gate failed and is set to fail {view.fail}: {_told(error)}")


def visible(subject: Subject, name: str, principal: Principal, policy: Policy) -> bool:
    """Whether an item of a list may be seen: whether some call of it could get more than a denial."""
    for rule in policy.rules:
        fits = _fits(rule, subject, name, "", principal)
        if rule.effect is Effect.DENY:
            if fits >= Truth.UNKNOWN and not rule.conditional:
                return False
        elif fits is Truth.YES and (rule.selects or not rule.conditional or not rule.effect.stops):
            return True
    return policy.default_effect is not Effect.DENY


def _decide(call: Call, principal: Principal, policy: Policy, view: View) -> Verdict:
    verdict = Verdict(Effect.DENY, "__malformed__", "the message names nothing that could be decided on")
    for subject, name in subjects_of(call):
        verdict = _decide_one(call, subject, name, principal, policy, view)
        if verdict.effect.stops:
            break
    return verdict


def _decide_one(call: Call, subject: Subject, name: str, principal: Principal, policy: Policy, view: View) -> Verdict:
    if subject in (Subject.PROTOCOL, Subject.LIST):
        return Verdict(Effect.ALLOW, "__protocol__", f"{call.method} is part of the protocol")
    if principal.expires is not None and view.clock() >= principal.expires:
        return Verdict(Effect.DENY, "__expired__", f"the token of {principal.id!r} has expired: mint a new one")
    malformed = _malformed(call, subject, name)
    if malformed:
        return Verdict(Effect.DENY, "__malformed__", malformed)
    about = _about(policy, subject, name, call.method, principal)
    if about.settled is not None:
        return about.settled
    question = _Question(call, principal, policy, view)
    for rule, fits in about.rules:
        if question.applies(rule, fits):
            return question.verdict(rule)
    if subject is Subject.TASK and name and view.issued(name):
        return Verdict(Effect.ALLOW, "__task__", "a call that was let through has started this task")
    effect = Effect.DENY if subject in (Subject.UNKNOWN, Subject.TASK) else policy.default_effect
    what = f"{call.method} {name!r}" if name else call.method or "the message"
    reason = f"no rule lets {what} through" if effect is Effect.DENY else f"no rule matched; default {effect.value}"
    return question.told(Verdict(effect, "__default__", reason, ask=_ask(effect, 300.0)))


_NAMED = {Subject.TOOL: "tool", Subject.PROMPT: "prompt", Subject.RESOURCE: "resource"}


def _malformed(call: Call, subject: Subject, name: str) -> str:
    """What is wrong with the shape of a call that must name something, or ""."""
    what = _NAMED.get(subject)
    if what and not name:
        return f"{call.method} names no {what}"
    if subject in (Subject.TOOL, Subject.PROMPT):
        if len(name) > LONGEST_NAME:
            return f"the name has more than {LONGEST_NAME} characters"
        if call.name and not isinstance(call.arguments, dict) and call.arguments is not None:
            return "the arguments are no object"
    return ""


class _About(NamedTuple):
    """The rules about one principal and one name, in their order. settled: the verdict, where no call can change it."""

    rules: tuple[tuple[Rule, Truth], ...]
    settled: Verdict | None


def _about(policy: Policy, subject: Subject, name: str, method: str, principal: Principal) -> _About:
    key = (subject, name, method, principal.id, principal.roles)
    found: _About | None = policy.memory.get(key)
    if found is None:
        fitting = ((rule, _fits(rule, subject, name, method, principal)) for rule in policy.rules)
        rules = tuple((rule, fits) for rule, fits in fitting if fits is not Truth.NO)
        sure = bool(rules) and rules[0][1] is Truth.YES and not rules[0][0].conditional
        found = _About(rules, _verdict(rules[0][0]) if sure else None)
        if len(policy.memory) >= MOST_REMEMBERED:
            policy.memory.clear()
        if len(name) + len(method) <= LONGEST_NAME:
            policy.memory[key] = found
    return found


def _fits(rule: Rule, subject: Subject, name: str, method: str, principal: Principal) -> Truth:
    """Whether the rule is about this principal and this name: UNKNOWN for a name in the disguise of another."""
    if not rule.agents.matches(principal.id) or not rule.require_roles <= principal.roles:
        return Truth.NO
    if not rule.selects:
        return Truth.YES if rule.effect.stops or subject is Subject.TOOL else Truth.NO
    answers = [Truth.NO]
    if rule.methods is not None and method:
        answers.append(rule.methods.resembles(method))
    if subject is Subject.RESOURCE and rule.resources is not None:
        answers.append(rule.resources.matches_every(uri_readings(name)))
    named: Globs | None = rule.tools if subject is Subject.TOOL else rule.prompts if subject is Subject.PROMPT else None
    if named is not None:
        answers.append(named.resembles(name))
    return max(answers)


class _Question:
    """One call, asked of rule after rule; what costs time is asked once, and only when a rule needs it."""

    def __init__(self, call: Call, principal: Principal, policy: Policy, view: View) -> None:
        self.call, self.principal, self.policy, self.view = call, principal, policy, view
        self.hits: tuple[Hit, ...] | None = None
        self.notes: list[str] = []
        self.why: list[str] = []
        self.charge: Charge | None = None

    def applies(self, rule: Rule, truth: Truth) -> bool:
        """Whether the rule decides. One that lets through must be sure; one that stops need not."""
        needed = Truth.UNKNOWN if rule.effect.stops else Truth.YES
        self.why = []
        if truth < needed:
            return False
        if truth is Truth.UNKNOWN:
            self.why.append("the name looks like one that the rule is about")
        if rule.min_threat_score is not None and not self._scores(rule.min_threat_score):
            return False
        holds = rule.when.holds(self.call.arguments)
        if holds < needed:
            return False
        if holds is Truth.UNKNOWN:
            self.why.append("whether its condition holds cannot be told for certain")
        return all(self._code(rule, limit) for limit in rule.code) and self._within_budget(rule)

    def verdict(self, rule: Rule) -> Verdict:
        """What the rule says."""
        return self.told(_verdict(rule, self.why, (self.charge,) if self.charge else ()))

    def told(self, verdict: Verdict) -> Verdict:
        """*verdict* with the hits, and, where it stops the call, with what kept other rules from letting it through."""
        notes = self.notes[:MOST_NOTES] if verdict.effect.stops else []
        if not notes and not self.hits:
            return verdict
        return replace(verdict, reason="; ".join([verdict.reason, *notes]), hits=self.hits or ())

    def _scores(self, wanted: int) -> bool:
        if self.hits is None:
            answers = self.call.params.get("inputResponses") if isinstance(self.call.params, dict) else None
            found = [*self.view.scan(self.call.arguments)]
            if answers is not None:
                found += [replace(hit, field=f"inputResponses.{hit.field}") for hit in self.view.scan(answers)]
            self.hits = tuple(found)
        if sum(hit.weight for hit in self.hits) < wanted:
            return False
        self.why += dict.fromkeys(f"{hit.label} in {hit.field}" for hit in self.hits[:MOST_NOTES])
        return True

    def _code(self, rule: Rule, limit: CodeLimit) -> bool:
        """A stopping rule applies where code is worse than the limit, another where it is not."""
        judgement = self.view.judge_code(limit, self.call.arguments)
        if rule.effect.stops:
            self.why += judgement.reasons if judgement.kept < Truth.YES else ()
            return judgement.kept in (Truth.NO, Truth.UNKNOWN)
        if judgement.kept is not Truth.YES:
            self.notes += judgement.reasons
        return judgement.kept is Truth.YES

    def _within_budget(self, rule: Rule) -> bool:
        self.charge = None
        if rule.budget is None or self.call.continues:
            return True
        charge, problem = charge_for(
            rule.budget, self.call.arguments, self.policy.name, self.principal.id, self.view.session, self.view.clock()
        )
        if charge is not None and self.view.spent(charge.account) + charge.amount > charge.limit:
            problem = f"it would exceed the budget {rule.budget.key!r}"
        if problem:
            self.notes.append(f"rule {rule.id} does not apply: {problem}")
            return False
        self.charge = charge
        return True


def _verdict(rule: Rule, why: Sequence[str] = (), charges: tuple[Charge, ...] = ()) -> Verdict:
    return Verdict(
        effect=rule.effect,
        rule=rule.id,
        reason="; ".join([rule.reason or f"matched rule {rule.id}", *why]),
        redactions=rule.redact_fields,
        charges=charges,
        ask=_ask(rule.effect, rule.approval_timeout),
        obligations=rule.obligations,
    )


def _ask(effect: Effect, timeout: float) -> Ask | None:
    return Ask(timeout) if effect is Effect.REQUIRE_APPROVAL else None


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
