"""The decision point: a verdict for every message, by the first rule that matches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gate_policies import AGENT, ALLOW, DENY, HOLD, REDACT, called, decided, policy
from hypothesis import given
from hypothesis import strategies as st
from test_gate_conditions import JSON

from gk_hooks.gate.engine import View, decide, visible
from gk_hooks.gate.methods import LISTS, METHODS, Subject, call_of
from gk_hooks.gate.model import ANONYMOUS, Direction, Effect, FailMode, Hit, Principal, Verdict
from gk_hooks.gate.policy.model import Policy, Rule
from gk_hooks.gate.state import memory_store

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
NOTHING = Policy(())
EVERYTHING = """\
    rules:
      - {id: hold-threats, effect: require_approval, min_threat_score: 4}
      - id: no-secrets
        effect: deny
        when: {any: [{field: path, op: startswith, value: /etc}, {not: {field: a, op: eq, value: 1}}]}
      - {id: big, effect: require_approval, tools: ["pay*"], when: {field: amount, op: gt, value: 100}}
      - {id: small, effect: allow, tools: ["pay*"], budget: {key: paid, field: amount, limit: 200}}
      - {id: mail, effect: redact, tools: [mail], redact_fields: [bcc]}
      - {id: files, effect: allow, resources: ["file:///data/*"], prompts: ["*"], methods: ["sampling/*"]}
"""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return policy(tmp_path_factory.mktemp("policy"), EVERYTHING)


METHOD_NAMES = sorted({name for _, name in METHODS})


@given(
    st.sampled_from(list(Direction)),
    st.dictionaries(st.sampled_from(("method", "params", "id", "jsonrpc", "x")), JSON)
    | st.fixed_dictionaries(
        {
            "method": st.sampled_from(METHOD_NAMES) | st.text(),
            "params": JSON
            | st.fixed_dictionaries(
                {},
                optional={
                    "name": st.sampled_from(("pay", "pаy", "mail", "")) | JSON,
                    "uri": st.sampled_from(("file:///data/x", "file:///data/../etc/x")) | JSON,
                    "arguments": JSON | st.dictionaries(st.sampled_from(("amount", "path", "a")), JSON),
                    "ref": st.fixed_dictionaries({"type": st.just("ref/prompt")}, optional={"name": JSON}) | JSON,
                    "notifications": st.fixed_dictionaries({"resourceSubscriptions": JSON}) | JSON,
                    "inputResponses": JSON,
                    "taskId": JSON,
                },
            ),
        },
        optional={"id": JSON},
    ),
)
def test_every_message_gets_a_verdict(everything: Policy, direction: Direction, message: dict[str, Any]) -> None:
    store = memory_store()
    view = View(spent=store.spent, fail=FailMode.OPEN)  # were it to fail, it would show
    for rules in (everything, NOTHING):
        verdict = decide(call_of(direction, message), AGENT, rules, view)
        assert isinstance(verdict, Verdict)
        assert verdict.rule != "__engine_failure__", verdict.reason
        assert all(charge.amount >= 0 for charge in verdict.charges)
        assert not verdict.charges or store.reserve(verdict.charges)
    store.close()


@given(st.sampled_from(list(Direction)), st.text())
def test_what_nothing_knows_is_denied_even_by_default_allow(direction: Direction, method: str) -> None:
    allowing = Policy((), default_effect=Effect.ALLOW)
    verdict = decided(allowing, method, {"name": "x"}, direction=direction)
    assert verdict.effect is (ALLOW if (direction, method) in METHODS else DENY)


@pytest.mark.parametrize(("direction", "method"), sorted(METHODS), ids=lambda value: str(value))
def test_default_deny_lets_the_protocol_through_and_nothing_else(direction: Direction, method: str) -> None:
    passes = METHODS[direction, method].subject in (Subject.PROTOCOL, Subject.LIST, Subject.SUBSCRIPTION)
    verdict = decided(NOTHING, method, {"name": "x", "uri": "x", "taskId": "x"}, direction=direction)
    assert verdict.effect is (ALLOW if passes else DENY)
    assert method in verdict.reason or verdict.rule == "__malformed__"


@pytest.mark.parametrize(
    ("method", "params", "direction"),
    (
        pytest.param("TOOLS/CALL", {"name": "pay"}, UP, id="a method in capitals"),
        pytest.param("tools/call ", {"name": "pay"}, UP, id="a method with a space"),
        pytest.param("tools/call", {"name": ["pay"]}, UP, id="a name in a list"),
        pytest.param("tools/call", {}, UP, id="no name"),
        pytest.param("tools/call", None, UP, id="no params"),
        pytest.param("tools/call", [], UP, id="params in a list"),
        pytest.param("tools/call", {"name": "pay", "arguments": [1]}, UP, id="arguments in a list"),
        pytest.param("tools/call", {"name": "pay", "arguments": "x"}, UP, id="arguments as a text"),
        pytest.param("tools/call", {"name": "p" * 2000}, UP, id="a name without end"),
        pytest.param("resources/read", {"uri": "file:///etc/passwd"}, UP, id="another resource"),
        pytest.param("resources/read", {"uri": "file:///data/../etc/passwd"}, UP, id="a resource up and down"),
        pytest.param("resources/read", {"uri": "file:///data/%2e%2e/etc/passwd"}, UP, id="a resource with percent"),
        pytest.param("resources/subscribe", {"uri": "file:///etc/passwd"}, UP, id="a subscription"),
        pytest.param(
            "subscriptions/listen",
            {"notifications": {"resourceSubscriptions": ["file:///data/x", "file:///etc/x"]}},
            UP,
            id="one bad resource of two",
        ),
        pytest.param(
            "subscriptions/listen",
            {"notifications": {"resourceSubscriptions": {"a": 1}}},
            UP,
            id="resources in an object",
        ),
        pytest.param(
            "completion/complete",
            {"ref": {"type": "ref/resource", "uri": "file:///etc/x"}},
            UP,
            id="completion of a resource",
        ),
        pytest.param(
            "completion/complete", {"ref": {"type": "ref/tool", "name": "x"}}, UP, id="completion of something new"
        ),
        pytest.param("tasks/get", {"taskId": "t"}, UP, id="a task of somebody else"),
        pytest.param("tasks/list", {}, UP, id="all tasks"),
        pytest.param("elicitation/create", {}, DOWN, id="elicitation"),
        pytest.param("roots/list", {}, DOWN, id="roots"),
        pytest.param("tools/call", {"name": "pay"}, DOWN, id="a tool call of the server"),
        pytest.param("notifications/x", {}, UP, id="an unknown notification"),
    ),
)
def test_denied(everything: Policy, method: str, params: Any, direction: Direction) -> None:
    assert decided(everything, method, params, direction=direction).effect is DENY


@pytest.mark.parametrize(
    ("method", "params", "direction"),
    (
        pytest.param("resources/read", {"uri": "file:///data/x"}, UP, id="a resource"),
        pytest.param(
            "completion/complete", {"ref": {"type": "ref/prompt", "name": "p"}}, UP, id="completion of a prompt"
        ),
        pytest.param("prompts/get", {"name": "p", "arguments": {"a": 1}}, UP, id="a prompt"),
        pytest.param("sampling/createMessage", {"a": 1}, DOWN, id="sampling"),
        pytest.param("subscriptions/listen", {"notifications": {"toolsListChanged": True}}, UP, id="news of lists"),
        pytest.param(
            "subscriptions/listen",
            {"notifications": {"resourceSubscriptions": ["file:///data/x"]}},
            UP,
            id="news of a resource",
        ),
    ),
)
def test_allowed(everything: Policy, method: str, params: Any, direction: Direction) -> None:
    without_conditions = Policy(tuple(rule for rule in everything.rules if rule.id != "no-secrets"))
    assert decided(without_conditions, method, params, direction=direction).effect is ALLOW


def test_a_task_follows_the_call_that_started_it() -> None:
    view = View(issued=lambda task: task == "mine")
    assert decided(NOTHING, "tasks/get", {"taskId": "mine"}, view=view).effect is ALLOW
    assert decided(NOTHING, "tasks/get", {"taskId": "other"}, view=view).effect is DENY


@pytest.mark.parametrize(
    ("name", "effect"),
    (
        pytest.param("delete_all", DENY, id="its name"),
        pytest.param("dеlete_all", DENY, id="Cyrillic letters"),
        pytest.param("delete_all\u200b", DENY, id="a zero-width space"),
        pytest.param("Delete_All", DENY, id="capitals"),
        pytest.param("read", ALLOW, id="another tool"),
        pytest.param("удалить", ALLOW, id="a name in another script"),
    ),
)
def test_a_disguised_name_does_not_slip_past_a_denial(tmp_path: Path, name: str, effect: Effect) -> None:
    text = "rules: [{id: a, effect: deny, tools: ['delete_*']}, {id: b, effect: allow}]"
    assert called(policy(tmp_path, text), name).effect is effect


def test_a_disguised_name_does_not_get_what_another_may(tmp_path: Path) -> None:
    rules = policy(tmp_path, "rules: [{id: a, effect: allow, tools: [delete_all]}]")
    assert called(rules, "delete_all").effect is ALLOW
    assert called(rules, "dеlete_all").effect is DENY


@pytest.mark.parametrize(
    ("principal", "effect"),
    (
        pytest.param(Principal("bot-1", frozenset({"a", "b"})), ALLOW, id="all roles"),
        pytest.param(Principal("bot-1", frozenset({"a"})), DENY, id="one role of two"),
        pytest.param(Principal("other", frozenset({"a", "b"})), DENY, id="another agent"),
        pytest.param(ANONYMOUS, DENY, id="anonymous"),
        pytest.param(Principal("bot-1", frozenset({"a", "b"}), expires=1000.0), DENY, id="expired while it ran"),
    ),
)
def test_agents_and_roles(tmp_path: Path, principal: Principal, effect: Effect) -> None:
    rules = policy(tmp_path, "rules: [{id: a, effect: allow, agents: ['bot-*'], require_roles: [a, b]}]")
    assert called(rules, "x", principal, View(clock=lambda: 1000.0)).effect is effect


def test_a_rule_without_a_selector_stops_anything_but_lets_only_tools_through(tmp_path: Path) -> None:
    assert decided(policy(tmp_path, "rules: [{effect: allow}]"), "prompts/get", {"name": "p"}).effect is DENY
    stopping = policy(tmp_path, "default_effect: allow\nrules: [{effect: require_approval}]")
    assert decided(stopping, "prompts/get", {"name": "p"}).effect is HOLD
    assert decided(stopping, "sampling/createMessage", {}, direction=DOWN).effect is HOLD
    assert decided(stopping, "initialize", {}).effect is ALLOW


def test_threats_are_looked_for_once_and_named(everything: Policy) -> None:
    asked: list[Any] = []

    def scan(value: Any) -> list[Hit]:
        asked.append(value)
        return [Hit("injection", "ignore-instructions", 4, "body", "…")]

    params = {"name": "mail", "arguments": {"body": "x"}, "inputResponses": {"k": 1}}
    verdict = decided(everything, "tools/call", params, view=View(scan=scan))
    assert (verdict.effect, verdict.rule, verdict.score) == (HOLD, "hold-threats", 8)
    assert "ignore-instructions in body" in verdict.reason
    assert [hit.field for hit in verdict.hits] == ["body", "inputResponses.body"]
    assert asked == [{"body": "x"}, {"k": 1}]
    assert verdict.ask is not None and verdict.ask.timeout == 300


def _broken(_: Any) -> Any:
    raise OSError("no space left")


@pytest.mark.parametrize(("fail", "effect"), [(FailMode.OPEN, ALLOW), (FailMode.CLOSED, DENY)])
def test_the_fail_mode_is_for_failures_of_the_gate(everything: Policy, fail: FailMode, effect: Effect) -> None:
    verdict = called(everything, "pay", view=View(scan=_broken, fail=fail), amount=1)
    assert (verdict.effect, verdict.rule) == (effect, "__engine_failure__")
    assert "no space left" in verdict.reason
    malformed = {"name": ["pay"], "arguments": {}}
    assert decided(everything, "tools/call", malformed, view=View(fail=fail)).effect is DENY


@pytest.mark.parametrize(
    ("rules", "name", "seen"),
    (
        pytest.param("{effect: allow, tools: [a]}", "a", True, id="allowed"),
        pytest.param("{effect: allow, tools: [a]}", "b", False, id="denied by default"),
        pytest.param("{effect: deny, tools: [a]}, {effect: allow}", "a", False, id="denied"),
        pytest.param("{effect: deny, tools: [a]}, {effect: allow}", "а", False, id="disguised"),
        pytest.param(
            "{effect: deny, tools: [a], when: {field: x, op: exists}}, {effect: allow}",
            "a",
            True,
            id="denied sometimes",
        ),
        pytest.param("{effect: require_approval, tools: [a]}", "a", True, id="held"),
        pytest.param("{effect: require_approval, min_threat_score: 4}", "a", False, id="held only when it threatens"),
        pytest.param("{effect: redact, tools: [a], redact_fields: [x]}", "a", True, id="redacted"),
        pytest.param("{effect: allow, tools: [a], require_roles: [boss]}", "a", False, id="for another role"),
    ),
)
def test_lists_show_what_may_be_called(tmp_path: Path, rules: str, name: str, seen: bool) -> None:
    assert visible(Subject.TOOL, name, AGENT, policy(tmp_path, f"rules: [{rules}]")) is seen


def test_lists_and_calls_agree_on_rules_without_conditions() -> None:
    for effect in Effect:
        rules = Policy((Rule("r", effect),))
        for _, subject, _ in LISTS.values():
            method, key = {Subject.TOOL: ("tools/call", "name"), Subject.PROMPT: ("prompts/get", "name")}.get(
                subject, ("resources/read", "uri")
            )
            assert visible(subject, "x", AGENT, rules) is (decided(rules, method, {key: "x"}).effect is not DENY)


def test_the_first_rule_that_matches_decides(everything: Policy) -> None:
    without = Policy(tuple(rule for rule in everything.rules if rule.id != "no-secrets"))
    assert called(without, "pay", amount=101).rule == "big"
    assert called(without, "pay", amount="101").rule == "big"
    assert called(without, "pay", amount=100).rule == "small"
    assert called(without, "mail").effect is REDACT
    assert called(everything, "mail", a=1, path="//etc/x").rule == "no-secrets"
    assert called(everything, "mail", a=1, path="/data").rule == "mail"
    assert called(everything, "mail").rule == "no-secrets"
