"""Approvals: what waits, who answers it, what an answer is good for, and that it serves once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mcp_session import PATIENCE, Session, server
from scanning import ROOT

from gk_hooks.gate.approvals import Approval, Approvals, State, answer, told, waiting
from gk_hooks.gate.methods import call_of
from gk_hooks.gate.model import Ask, Call, Direction, Effect, Principal, Verdict
from gk_hooks.gate.policy.model import Policy
from gk_hooks.gate.state import SqliteStore

needs_pipes = pytest.mark.skipif(sys.platform == "win32", reason="speaks to the gate with POSIX pipes")

HOLD = {
    "default_effect": "deny",
    "rules": [
        {"id": "free", "effect": "allow", "tools": ["echo", "seen"]},
        {"id": "ask", "effect": "require_approval", "tools": ["pay"], "reason": "money leaves"},
        {"id": "brief", "effect": "require_approval", "tools": ["brief"], "approval_timeout": 1},
        {"id": "cap", "effect": "require_approval", "tools": ["refund"], "budget": {"key": "r", "limit": 2}},
    ],
}
PAID = 'if name in ("pay", "refund", "brief"): text(identifier, "paid " + json.dumps(params))'
POLICY = Policy((), digest="abc")
ANNA = Principal("anna", frozenset({"support"}))
ELICITS = {"capabilities": {"elicitation": {}}, "protocolVersion": "2025-11-25"}
MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}}},
}


def approve(session: Session, *words: str, code: int = 0) -> str:
    """Runs ``gk mcp approve`` for that session's gate, as a second terminal would; returns its output."""
    command = [sys.executable, "-m", "gk_hooks", "mcp", "approve", "--audit", str(session.audit), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def held(session: Session) -> str:
    """The id of the one call that waits, once there is one."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        path = Path(f"{session.audit}.sqlite")
        if path.exists():
            store = SqliteStore(path)
            found = waiting(store)
            store.close()
            if found:
                return found[0].id
        time.sleep(0.05)
    raise AssertionError("nothing waits")


@needs_pipes
def test_a_call_is_approved_from_another_terminal(tmp_path: Path) -> None:
    with Session(tmp_path, server(PAID), HOLD) as session:
        session.call(1, "pay", to="eve", amount=9000)
        identifier = held(session)
        session.call(2, "echo", text="others do not wait")
        assert session.text() == "others do not wait"
        shown = approve(session)
        for words in (identifier, "anonymous asks for tools/call pay", '"to": "eve"', '"amount": 9000', "money leaves"):
            assert words in shown
        assert "approved" in approve(session, identifier[:8], "--yes", "--reason", "invoice 7")
        assert session.text() == 'paid {"name": "pay", "arguments": {"to": "eve", "amount": 9000}}'
        assert "no calls that wait" in approve(session, identifier, "--yes", code=3)
        assert "nothing waits" in approve(session)
        session.end()
        (event,) = [each for each in session.records("event") if "answer" in each]
        assert (event["answer"], event["note"]) == ("approved", "invoice 7")
        assert event["by"].endswith(" in a terminal")
        assert [each.get("approval") for each in session.records("intent")] == [None, identifier]


@needs_pipes
def test_a_call_is_denied_from_another_terminal(tmp_path: Path) -> None:
    with Session(tmp_path, server(PAID), HOLD) as session:
        session.call(1, "pay", amount=1)
        approve(session, held(session), "--no", "--reason", "ask me on Monday")
        answer = session.read()["result"]
        assert answer["isError"]
        assert "it was not approved: ask me on Monday" in answer["content"][0]["text"]
        session.call(2, "seen")
        assert "pay" not in session.text()
        session.end()


@needs_pipes
def test_an_answer_serves_once(tmp_path: Path) -> None:
    with Session(tmp_path, server(PAID), HOLD) as session:
        session.call(1, "pay", amount=1)
        first = held(session)
        approve(session, first, "--yes")
        assert session.text().startswith("paid")
        session.call(2, "pay", amount=1)
        second = held(session)
        assert first != second
        approve(session, second, "--no")
        assert session.read()["result"]["isError"]
        session.end()


@needs_pipes
def test_without_an_answer_the_call_is_denied(tmp_path: Path) -> None:
    with Session(tmp_path, server(PAID), HOLD) as session:
        session.call(1, "brief")
        assert "nobody approved it in time" in session.text()
        session.end()


@needs_pipes
def test_a_cancelled_call_waits_no_more(tmp_path: Path) -> None:
    with Session(tmp_path, server(PAID), HOLD) as session:
        session.call(1, "pay")
        identifier = held(session)
        session.send({"method": "notifications/cancelled", "params": {"requestId": 1}})
        session.call(2, "seen")
        assert "cancelled" not in session.text(), "the server never heard of the call"
        session.end()
        assert "no calls that wait" in approve(session, identifier, "--yes", code=3)


@needs_pipes
def test_the_end_of_the_gate_takes_its_questions_back(tmp_path: Path) -> None:
    with Session(tmp_path, server(PAID), HOLD) as session:
        session.call(1, "pay")
        held(session)
        session.process.terminate()
        assert session.read()["id"] == 1
        session.end(143)
        assert "nothing waits" in approve(session)


@needs_pipes
def test_an_approval_does_not_lift_a_budget(tmp_path: Path) -> None:
    with Session(tmp_path, server(PAID), HOLD) as session:
        for each in range(2):
            session.call(each, "refund")
            approve(session, held(session), "--yes")
            assert session.text().startswith("paid")
        session.call(2, "refund")
        assert "budget" in session.text()
        session.end()


@needs_pipes
@pytest.mark.parametrize(
    ("result", "paid"),
    [
        pytest.param({"action": "accept", "content": {"approve": True}}, True, id="accepted"),
        pytest.param({"action": "accept", "content": {"approve": False}}, False, id="the box left empty"),
        pytest.param({"action": "accept", "content": {"approve": "true"}}, False, id="a text that says true"),
        pytest.param({"action": "accept"}, False, id="accepted without a word"),
        pytest.param({"action": "decline"}, False, id="declined"),
        pytest.param({"action": "cancel", "content": {"approve": True}}, False, id="cancelled"),
        pytest.param([], False, id="no object"),
    ],
)
def test_the_clients_user_is_asked(tmp_path: Path, result: Any, paid: bool) -> None:
    with Session(tmp_path, server(PAID), HOLD) as session:
        session.send({"id": 0, "method": "initialize", "params": ELICITS})
        session.read()
        session.call(1, "pay", amount=9000)
        question = session.read()
        assert question["method"] == "elicitation/create"
        assert '"amount": 9000' in question["params"]["message"]
        session.send({"id": question["id"], "result": result})
        assert session.text().startswith("paid") is paid
        session.end()
        (event,) = [each for each in session.records("event") if "answer" in each]
        assert event["by"] == "the client's user"


@needs_pipes
def test_what_the_terminal_answers_first_is_taken_back_from_the_client(tmp_path: Path) -> None:
    with Session(tmp_path, server(PAID), HOLD) as session:
        session.send({"id": 0, "method": "initialize", "params": ELICITS})
        session.read()
        session.call(1, "pay")
        question = session.read()
        approve(session, held(session), "--no")
        assert session.read()["params"]["requestId"] == question["id"]
        assert session.read()["result"]["isError"]
        session.send({"id": question["id"], "result": {"action": "accept", "content": {"approve": True}}})
        session.call(2, "seen")
        assert "pay" not in session.text()
        session.end()


@needs_pipes
@pytest.mark.parametrize(
    ("options", "amount"),
    [pytest.param(["--ask", "terminal"], 1, id="by option"), pytest.param([], "9" * 9000, id="long")],
)
def test_the_client_is_not_asked(tmp_path: Path, options: list[str], amount: Any) -> None:
    with Session(tmp_path, server(PAID), HOLD, *options) as session:
        session.send({"id": 0, "method": "initialize", "params": ELICITS})
        session.read()
        session.call(1, "pay", amount=amount)
        identifier = held(session)
        assert str(amount) in approve(session)
        approve(session, identifier, "--yes")
        assert session.text().startswith("paid")
        session.end()


def modern(
    identifier: int, tool: str, *, meta: Any = MODERN, more: dict[str, Any] | None = None, **arguments: Any
) -> Any:
    """A tool call of the stateless era."""
    params = {"name": tool, "arguments": arguments, "_meta": meta, **(more or {})}
    return {"id": identifier, "method": "tools/call", "params": params}


@needs_pipes
@pytest.mark.parametrize("agreed", [True, False])
def test_the_clients_user_is_asked_in_the_stateless_era(tmp_path: Path, agreed: bool) -> None:
    with Session(tmp_path, server(PAID), HOLD) as session:
        session.send(modern(1, "pay", amount=9000))
        asked = session.read()["result"]
        assert asked["resultType"] == "input_required"
        ((key, question),) = asked["inputRequests"].items()
        assert question["method"] == "elicitation/create"
        answers = {key: {"action": "accept", "content": {"approve": agreed}}}
        retry = {"requestState": asked["requestState"], "inputResponses": answers}
        session.send(modern(2, "pay", more=retry, amount=9000))
        answer = session.read()["result"]
        if agreed:
            sent = {"name": "pay", "arguments": {"amount": 9000}, "_meta": MODERN}
            assert answer["content"][0]["text"] == "paid " + json.dumps(sent)
        else:
            assert (answer["isError"], answer["resultType"]) == (True, "complete")
        session.send(modern(3, "pay", more=retry, amount=9000))
        assert session.read()["result"]["resultType"] == "input_required", "the old answer is used up"
        session.end()


@needs_pipes
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        pytest.param("pay", {"amount": 9001}, id="another argument"),
        pytest.param("pay", {}, id="no argument"),
        pytest.param("refund", {"amount": 9000}, id="another tool"),
    ],
)
def test_a_retry_with_something_else_is_denied(tmp_path: Path, tool: str, arguments: dict[str, Any]) -> None:
    with Session(tmp_path, server(PAID), HOLD) as session:
        session.send(modern(1, "pay", amount=9000))
        asked = session.read()["result"]
        answers = {key: {"action": "accept", "content": {"approve": True}} for key in asked["inputRequests"]}
        retry = {"requestState": asked["requestState"], "inputResponses": answers}
        session.send(modern(2, tool, more=retry, **arguments))
        assert "something else" in session.text()
        session.call(3, "seen")
        assert "9000" not in session.text()
        session.end()


@needs_pipes
def test_a_modern_client_that_shows_no_forms_waits_for_the_terminal(tmp_path: Path) -> None:
    with Session(tmp_path, server(PAID), HOLD) as session:
        session.send(modern(1, "pay", meta={**MODERN, "io.modelcontextprotocol/clientCapabilities": {}}))
        approve(session, held(session), "--yes")
        assert session.text().startswith("paid")
        session.end()


def asked(store: SqliteStore, call: Call, timeout: float = 60, now: float | None = None) -> tuple[Approvals, Approval]:
    approvals = Approvals(store, ANNA, POLICY, *(() if now is None else (lambda: now,)))
    return approvals, approvals.ask(call, Verdict(Effect.REQUIRE_APPROVAL, "r", "because", ask=Ask(timeout)))


def pay(**params: Any) -> Call:
    return call_of(Direction.TO_SERVER, {"id": 1, "method": "tools/call", "params": {"name": "pay", **params}})


@pytest.mark.parametrize(
    ("principal", "policy", "call", "good"),
    [
        pytest.param(ANNA, POLICY, pay(arguments={"b": 1, "a": 2}), True, id="the same, whatever the order"),
        pytest.param(ANNA, POLICY, pay(arguments={"a": 2, "b": 1}, _meta={"progressToken": 9}), True, id="a new token"),
        pytest.param(ANNA, POLICY, pay(arguments={"a": 2, "b": 1.0}), False, id="another number"),
        pytest.param(ANNA, POLICY, pay(arguments={"a": 2, "b": 1}, extra=1), False, id="one more param"),
        pytest.param(replace(ANNA, id="eve"), POLICY, pay(arguments={"a": 2, "b": 1}), False, id="another principal"),
        pytest.param(
            replace(ANNA, roles=frozenset()), POLICY, pay(arguments={"a": 2, "b": 1}), False, id="fewer roles"
        ),
        pytest.param(ANNA, replace(POLICY, digest="abd"), pay(arguments={"a": 2, "b": 1}), False, id="another policy"),
    ],
)
def test_what_an_answer_is_bound_to(
    tmp_path: Path, principal: Principal, policy: Policy, call: Call, good: bool
) -> None:
    store = SqliteStore(tmp_path / "state")
    approvals, approval = asked(store, pay(arguments={"a": 2, "b": 1}))
    assert answer(store, approval, approve=True, by="me")
    settled = approvals.settle(approval)
    assert settled.state is State.APPROVED
    assert Approvals(store, principal, policy).allows(settled, call) is good
    assert approvals.settle(approval).state is State.EXPIRED, "it is used up"
    store.close()


def test_an_answer_expires(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "state")
    approvals, approval = asked(store, pay())
    settled = replace(approval, state=State.APPROVED)
    assert approvals.allows(settled, pay())
    assert not Approvals(store, ANNA, POLICY, lambda: approval.expires).allows(settled, pay())
    store.close()


def test_only_what_was_shown_is_answered(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "state")
    approvals, approval = asked(store, pay(arguments={"amount": 1}))
    assert not answer(
        store, replace(approval, params={"name": "pay", "arguments": {"amount": 2}}), approve=True, by="me"
    )
    assert answer(store, approval, approve=False, by="me")
    assert not answer(store, approval, approve=True, by="you"), "the first answer counts"
    assert approvals.settle(approval).by == "me"
    store.close()


def test_what_is_shown_can_do_nothing_to_a_terminal(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "state")
    _, approval = asked(store, pay(arguments={"t": "\x1b[2J\u202eevil\u200b"}))
    assert "\x1b" not in told(approval)
    assert r"\u001b[2J\u202eevil\u200b" in told(approval)
    store.close()
