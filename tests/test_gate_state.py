"""State that lasts: exact under concurrent processes, across restarts, and never generous."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gate_policies import AGENT, ALLOW, DENY, HOLD, called, decided, policy
from hypothesis import given
from hypothesis import strategies as st
from scanning import ROOT, gk

from gk_hooks.errors import GkError
from gk_hooks.gate.budgets import charge_for
from gk_hooks.gate.engine import View, decide
from gk_hooks.gate.methods import call_of
from gk_hooks.gate.model import Charge, Direction, Principal
from gk_hooks.gate.policy.model import MILLIONTHS, Budget, Policy
from gk_hooks.gate.state import SqliteStore, memory_store

REFUNDS = """\
    name: refunds
    rules:
      - {id: small, effect: allow, tools: [refund], budget: {key: total, field: amount, limit: 2000}}
      - {id: large, effect: require_approval, tools: [refund]}
"""


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    """A store that ends with the test."""
    with memory_store() as store:
        yield store


def spend(store: SqliteStore, rules: Policy, amount: Any, **view: Any) -> bool:
    """Whether a refund goes through, as the proxy does it: decide, reserve, and decide anew if that fails."""
    verdict = called(rules, "refund", view=View(spent=store.spent, **view), amount=amount)
    return verdict.effect is ALLOW and (not verdict.charges or store.reserve(verdict.charges) is not None)


@pytest.mark.parametrize(
    "amount",
    (
        pytest.param(-100_000, id="a negative amount"),
        pytest.param(-0.01, id="a little negative"),
        pytest.param(float("nan"), id="NaN"),
        pytest.param(float("inf"), id="infinity"),
        pytest.param(float("-inf"), id="minus infinity"),
        pytest.param("1", id="a number in quotes"),
        pytest.param(True, id="a boolean"),
        pytest.param(None, id="null"),
        pytest.param([], id="an empty list"),
        pytest.param({"value": 1}, id="a nested amount"),
        pytest.param([1, "2"], id="a list with a text"),
        pytest.param(10**300, id="a huge number"),
        pytest.param(10**5000, id="a number that has no digits to show"),
    ),
)
def test_what_is_no_amount_gets_nothing_and_changes_nothing(store: SqliteStore, tmp_path: Path, amount: Any) -> None:
    rules = policy(tmp_path, REFUNDS)
    for _ in range(3):
        verdict = called(rules, "refund", view=View(spent=store.spent), amount=amount)
        assert (verdict.effect, verdict.rule, verdict.charges) == (HOLD, "large", ())
        assert "amount" in verdict.reason
    assert called(rules, "refund", view=View(spent=store.spent)).effect is HOLD  # no amount at all
    assert [spend(store, rules, 499) for _ in range(5)] == [True, True, True, True, False]


def test_lists_are_added_up(tmp_path: Path) -> None:
    rules = policy(tmp_path, REFUNDS.replace("field: amount", "field: items.amount"))

    def charged(items: Any) -> int | None:
        verdict = called(rules, "refund", items=items)
        return verdict.charges[0].amount // MILLIONTHS if verdict.charges else None

    assert charged([{"amount": 400}, {"amount": 600}]) == 1000
    assert charged([{"amount": 400}, {}]) is None
    assert charged([{"amount": 1500}, {"amount": 1500}]) is None
    assert charged([{"amount": -1}, {"amount": 1}]) is None


def test_a_budget_survives_a_restart(tmp_path: Path) -> None:
    rules, path = policy(tmp_path, REFUNDS), tmp_path / "state"
    for expected in (True, True, False):
        with SqliteStore(path) as store:
            assert spend(store, rules, 900) is expected


def test_scope_and_window(tmp_path: Path) -> None:
    def account(budget: Budget, principal: str, session: str, now: float = 0.0) -> str:
        charge, problem = charge_for(budget, {}, "p", principal, session, now)
        assert charge is not None, problem
        return charge.account

    shared = policy(tmp_path, REFUNDS.replace("field: amount, ", "")).rules[0].budget
    own = policy(tmp_path, REFUNDS.replace("field: amount, ", "scope: session, ")).rules[0].budget
    daily = policy(tmp_path, REFUNDS.replace("field: amount, ", "window: 1d, ")).rules[0].budget
    assert shared and own and daily
    assert account(shared, "a", "s1") == account(shared, "a", "s2") != account(shared, "b", "s1")
    assert account(own, "a", "s1") == account(own, "b", "s1") != account(own, "a", "s2")
    assert account(daily, "a", "s", 86_399) == account(daily, "a", "s", 0) != account(daily, "a", "s", 86_400)


def test_calls_can_be_counted(store: SqliteStore, tmp_path: Path) -> None:
    rules = policy(tmp_path, "rules: [{effect: allow, tools: [refund], budget: {key: calls, limit: 2, window: 1m}}]")
    assert [spend(store, rules, None, clock=lambda: 5.0) for _ in range(3)] == [True, True, False]
    assert spend(store, rules, None, clock=lambda: 65.0)


def test_a_retry_is_not_charged_again_and_not_stopped_by_its_own_charge(store: SqliteStore, tmp_path: Path) -> None:
    rules = policy(tmp_path, REFUNDS)
    assert spend(store, rules, 2000)
    params = {"name": "refund", "arguments": {"amount": 2000}, "requestState": "s", "inputResponses": {}}
    call = call_of(Direction.TO_SERVER, {"method": "tools/call", "params": params})
    view = View(spent=store.spent)
    assert decide(call, AGENT, rules, view).effect is HOLD
    import dataclasses

    retry = decide(dataclasses.replace(call, continues=True), AGENT, rules, view)
    assert (retry.effect, retry.charges) == (ALLOW, ())


def test_reservations_are_given_back_or_kept(store: SqliteStore) -> None:
    first = store.reserve([Charge("a", 60, 100), Charge("b", 10, 100)])
    assert first is not None
    assert store.reserve([Charge("b", 10, 100), Charge("a", 60, 100)]) is None
    assert (store.spent("a"), store.spent("b")) == (60, 10)  # nothing of a refused reservation is booked
    store.release(first)
    store.release(first)
    assert (store.spent("a"), store.spent("b")) == (0, 0)
    second = store.reserve([Charge("a", 40, 100), Charge("a", 60, 100)])
    assert second is not None
    store.commit(second)
    store.release(second)
    assert store.spent("a") == 100


@given(st.lists(st.integers(0, 60) | st.floats(0, 60), max_size=30))
def test_no_sequence_of_amounts_gets_over_the_limit(amounts: list[float]) -> None:
    budget = Budget("k", ("amount",), 100 * MILLIONTHS)
    through = 0.0
    with memory_store() as store:
        for amount in amounts:
            charge, _ = charge_for(budget, {"amount": amount}, "p", "a", "s", 0.0)
            if charge is not None and store.reserve([charge]) is not None:
                through += amount
    assert through <= 100 + 1e-9


WORKER = """\
import sys
from gk_hooks.gate.model import Charge
from gk_hooks.gate.state import SqliteStore

with SqliteStore(sys.argv[1]) as store:
    booked = [store.reserve([Charge("shared", 1, 100)]) for _ in range(60)]
    taken = sum(store.take("space", f"key-{number}") is not None for number in range(40))
    print(sum(one is not None for one in booked), taken)
"""


def test_several_processes_spend_exactly_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with SqliteStore(path) as store:
        for number in range(40):
            assert store.put("space", f"key-{number}", "x")
    command = [sys.executable, "-c", WORKER, str(path)]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    results = [[int(word) for word in process.communicate()[0].split()] for process in running]
    assert [sum(column) for column in zip(*results)] == [100, 40]


SERVER = """\
import json, sys
for line in sys.stdin:
    number = json.loads(line)["id"]
    print(json.dumps({"jsonrpc": "2.0", "id": number, "result": {"content": []}}), flush=True)
"""


def test_several_gates_share_one_budget(tmp_path: Path) -> None:
    policy(tmp_path, REFUNDS.replace("require_approval", "deny"))
    calls = "".join(
        json.dumps(
            {
                "jsonrpc": "2.0",
                "id": n,
                "method": "tools/call",
                "params": {"name": "refund", "arguments": {"amount": 99.99}},
            }
        )
        + "\n"
        for n in range(12)
    )
    running = []
    for number in range(3):
        options = ["--policy", str(tmp_path / "policy.yaml"), "--audit", str(tmp_path / f"{number}.jsonl")]
        command = [sys.executable, "-m", "gk_hooks", "mcp", "run", *options, "--state", str(tmp_path / "shared")]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        running.append(subprocess.Popen([*command, "--", sys.executable, "-c", SERVER], cwd=ROOT, text=True, **pipes))
    answers = [json.loads(line) for gate in running for line in gate.communicate(calls)[0].splitlines()]
    assert len(answers) == 36
    assert sum("isError" not in answer["result"] for answer in answers) == 20  # of 99.99 each, 2000 at most


def test_budgets_are_shown_and_started_anew(tmp_path: Path) -> None:
    rules = policy(tmp_path, REFUNDS)
    with SqliteStore(tmp_path / "a.jsonl.sqlite") as store:
        assert spend(store, rules, 1999.5)

    def budgets(*options: str) -> tuple[int, str]:
        done = gk("mcp", "budgets", *options, cwd=tmp_path)
        return done.returncode, done.stdout + done.stderr

    line = "total of refunds, principal agent-1: 1999.5 spent"
    assert budgets("--audit", "a.jsonl") == (0, f"{line}\n")
    assert budgets("--audit", "a.jsonl", "--of", "nobody")[0] == 3
    assert budgets("--state", "a.jsonl.sqlite", "--reset", "total") == (0, f"{line}, and forgotten\n")
    assert budgets("--audit", "a.jsonl") == (0, "nothing is spent\n")
    assert budgets("--audit", "b.jsonl") == (3, "gk: b.jsonl.sqlite: no gate keeps its state there\n")
    with SqliteStore(tmp_path / "a.jsonl.sqlite") as store:
        assert spend(store, rules, 1999.5)


def test_keys_are_taken_once_swapped_safely_and_expire() -> None:
    now = 0.0
    with memory_store(lambda: now) as store:
        assert store.put("s", "b", "1", expires=10.0)
        assert not store.put("s", "b", "2")
        assert store.put("s", "a", "x")
        assert store.put("t", "b", "other")
        assert store.items("s") == [("a", "x"), ("b", "1")]
        assert not store.swap("s", "b", "0", "3")
        assert store.swap("s", "b", "1", "3")
        now = 10.0
        assert store.get("s", "b") is None
        assert store.take("s", "b") is None
        assert not store.swap("s", "b", "3", "4")
        assert store.put("s", "b", "new")
        assert (store.take("s", "b"), store.take("s", "b"), store.get("t", "b")) == ("new", None, "other")


def test_a_state_that_cannot_be_used_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database, and long enough to be looked at " * 50, encoding="utf-8")
    for path in (tmp_path / "text", tmp_path / "missing" / "state", tmp_path):
        with pytest.raises(GkError, match="the gate's state cannot be used"):
            SqliteStore(path)


def test_another_principal_has_a_budget_of_its_own(store: SqliteStore, tmp_path: Path) -> None:
    rules = policy(tmp_path, REFUNDS)
    assert spend(store, rules, 2000)
    view, params = View(spent=store.spent), {"name": "refund", "arguments": {"amount": 2000}}
    assert decided(rules, "tools/call", params, Principal("agent-2"), view=view).effect is ALLOW
    assert decided(Policy(()), "tools/call", params, view=view).effect is DENY
