"""When a part of the gate itself fails: one message is lost, the session goes on, and nothing passes unseen."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from gk_hooks.gate.approvals import Approvals
from gk_hooks.gate.engine import View
from gk_hooks.gate.model import ANONYMOUS, Effect, FailMode
from gk_hooks.gate.policy.globs import Globs
from gk_hooks.gate.policy.model import Policy, ResponseLimit, Rule
from gk_hooks.gate.proxy import client_side, outbox, results
from gk_hooks.gate.proxy.client_side import ClientSide
from gk_hooks.gate.proxy.enforcement import Session
from gk_hooks.gate.proxy.framing import Pipe
from gk_hooks.gate.proxy.holding import Holding
from gk_hooks.gate.proxy.server_side import ServerSide
from gk_hooks.gate.state import memory_store

CALL = b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"echo","arguments":{}}}\n'
RESULT = b'{"jsonrpc":"2.0","id":%d,"result":{"content":[{"type":"text","text":"hello"}]}}\n'
NEWS = b'{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"hello"}}\n'
POLICY = Policy((Rule("all", Effect.ALLOW, tools=Globs(("*",))),), responses=ResponseLimit(4))


class Log:
    """Takes every record."""

    def burst(self, records: Sequence[tuple[str, Mapping[str, object]]]) -> list[int]:
        return [0] * len(records)

    def outcome_later(self, of: int, fields: Mapping[str, object]) -> None:
        return None

    def digest(self, content: bytes) -> str:
        return ""


@dataclass
class Wire:
    """Both sides of a gate in this process, and what comes out of it."""

    session: Session
    client: ClientSide
    server: ServerSide
    ends: tuple[int, int]
    notes: list[str] = field(default_factory=list)

    def to_client(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in _all(self.ends[0]).splitlines()]

    def to_server(self) -> bytes:
        return _all(self.ends[1])


def _all(descriptor: int) -> bytes:
    os.set_blocking(descriptor, False)
    try:
        return os.read(descriptor, 1 << 16)
    except BlockingIOError:
        return b""


def broken(_value: Any, *_more: Any, **_options: Any) -> Any:
    raise RuntimeError("broken")


def wire(fail: FailMode, scan: Any = lambda value: ()) -> Iterator[Wire]:
    store, notes = memory_store(), list[str]()
    session = Session(POLICY, ANONYMOUS, View(scan=scan, fail=fail), store, Log(), notes.append)
    (client_end, client), (server_end, server) = os.pipe(), os.pipe()
    session.to_client, session.to_server = Pipe(client), Pipe(server)
    holding = Holding(session, Approvals(store, ANONYMOUS, POLICY))
    yield Wire(session, ClientSide(session, holding), ServerSide(session), (client_end, server_end), notes)
    for descriptor in (client_end, client, server_end, server):
        os.close(descriptor)
    store.close()


@pytest.mark.parametrize(("fail", "passes"), [(FailMode.CLOSED, False), (FailMode.OPEN, True)])
def test_a_scanner_that_fails_on_a_result(fail: FailMode, passes: bool) -> None:
    for gate in wire(fail, broken):
        gate.client.burst([CALL % 1])
        assert gate.to_server() == CALL % 1
        gate.server.burst([RESULT % 1])
        (answer,) = gate.to_client()
        assert ("isError" not in answer["result"]) is passes
        assert "the threat scanner failed on a result: RuntimeError: broken" in gate.notes[0]


@pytest.mark.parametrize(("fail", "passes"), [(FailMode.CLOSED, False), (FailMode.OPEN, True)])
def test_a_scanner_that_fails_on_a_notification(fail: FailMode, passes: bool) -> None:
    for gate in wire(fail, broken):
        gate.server.burst([NEWS])
        assert gate.to_client() == ([json.loads(NEWS)] if passes else [])
        assert "the threat scanner failed on a notification: RuntimeError: broken" in gate.notes[0]


def test_a_masking_that_fails_withholds_the_notification(monkeypatch: pytest.MonkeyPatch) -> None:
    for gate in wire(FailMode.OPEN):
        with monkeypatch.context() as patch:
            patch.setattr(outbox, "masked_notification", broken)
            gate.server.burst([NEWS])
        assert gate.to_client() == []
        assert "a notification was not relayed: RuntimeError: broken" in gate.notes[0]
        gate.server.burst([NEWS])
        assert gate.to_client() == [json.loads(NEWS)]


def test_a_masking_that_fails_withholds_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    for gate in wire(FailMode.OPEN):
        gate.client.burst([CALL % 1])
        with monkeypatch.context() as patch:
            patch.setattr(results, "masked_result", broken)
            gate.server.burst([RESULT % 1])
        (answer,) = gate.to_client()
        assert (answer["id"], answer["error"]["code"]) == (1, -32603)
        gate.client.burst([CALL % 1])
        gate.server.burst([RESULT % 1])
        assert gate.to_client()[0]["result"]["content"][0]["text"] == "hello"


def test_a_decision_that_fails_forwards_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for gate in wire(FailMode.OPEN):
        with monkeypatch.context() as patch:
            patch.setattr(ClientSide, "_decided", broken)
            gate.client.burst([CALL % 1, CALL % 2])
        assert gate.to_server() == b""
        assert [(each["id"], each["error"]["code"]) for each in gate.to_client()] == [(1, -32603), (2, -32603)]
        assert len(gate.session.asked) == 0
        gate.client.burst([CALL % 1])
        assert gate.to_server() == CALL % 1


def test_a_reading_that_fails_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    for gate in wire(FailMode.OPEN):
        with monkeypatch.context() as patch:
            patch.setattr(client_side.jsonrpc, "parse", broken)
            gate.client.burst([CALL % 7])
        assert gate.to_server() == b""
        assert gate.to_client()[0]["id"] == 7
