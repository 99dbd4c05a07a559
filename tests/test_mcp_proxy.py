"""The stdio proxy: servers that do what they should not, clients that send what nobody should, and every way to end."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from mcp_session import PATIENCE, SERVER_GONE, Session, gone, server

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="speaks to the gate with POSIX pipes and signals")

ECHO_ONLY = {"default_effect": "deny", "rules": [{"id": "echo", "effect": "allow", "tools": ["echo", "seen"]}]}
ECHO = b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"echo","arguments":{"text":"%s"}}}\n'


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(ECHO % (1, b"a"), id="as everybody writes it"),
        pytest.param((ECHO % (1, b"\\u0061")).replace(b"tools/call", b"tools\\/call"), id="escapes"),
        pytest.param(b"  " + (ECHO % (1, b"\xe2\x80\xa8")).replace(b",", b" , "), id="white space and U+2028"),
        pytest.param((ECHO % (1, b"a")).replace(b'"id":1', b'"n":1.10e1,"id":1'), id="a number in another form"),
    ],
)
def test_the_server_gets_the_very_bytes(tmp_path: Path, line: bytes) -> None:
    with Session(tmp_path, server()) as session:
        session.send(line)
        session.line()
        session.call(2, "seen")
        assert session.text().encode().startswith(line)
        session.end()


@pytest.mark.parametrize(
    ("line", "code", "identifier"),
    [
        pytest.param(b"[]\n", -32600, None, id="an empty batch"),
        pytest.param(b"[" + ECHO[:-1] % (7, b"a") + b"]\n", -32600, None, id="a batch"),
        pytest.param(b"5\n", -32600, None, id="a number"),
        pytest.param(b'"x"\n', -32600, None, id="a string"),
        pytest.param(b"null\n", -32600, None, id="null"),
        pytest.param(b"tools/call\n", -32700, None, id="no JSON"),
        pytest.param(b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":["echo"]}\n', -32602, 7, id="a list"),
        pytest.param((ECHO % (7, b"a")).replace(b'"a"', b"[" * 5000 + b"]" * 5000), -32600, 7, id="5,000 levels"),
        pytest.param((ECHO % (7, b"a")).replace(b'"a"', b"1e400"), -32600, 7, id="1e400"),
        pytest.param(ECHO % (7, b"\xff\xfe"), -32700, 7, id="not UTF-8"),
        pytest.param(b"\xef\xbb\xbf" + ECHO % (7, b"a"), -32700, None, id="a BOM"),
        pytest.param((ECHO % (7, b"a")).replace(b'"name"', b'"name":"ping","name"'), -32600, 7, id="two names"),
        pytest.param(b'{"jsonrpc":"2.0","id":7,"x":\r' + ECHO[:-1] % (8, b"a") + b"\r}\n", -32600, 7, id="CR"),
        pytest.param((ECHO % (7, b"a" * (50 << 20))), -32600, 7, id="50 MB"),
    ],
)
def test_a_bad_line_is_answered_and_the_session_goes_on(
    tmp_path: Path, line: bytes, code: int, identifier: int | None
) -> None:
    with Session(tmp_path, server()) as session:
        session.send(line)
        answer = session.read()
        assert (answer["error"]["code"], answer["id"]) == (code, identifier)
        session.call("after", "seen")
        (seen,) = session.text().splitlines()
        assert json.loads(seen)["id"] == "after"
        session.end()
        (refused,) = session.records("event")
        assert refused["malformed"] in answer["error"]["message"]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"\n", id="an empty line"),
        pytest.param(b" \r\n", id="white space"),
        pytest.param(b'{"jsonrpc":"2.0","method":"notifications/strange"}\n', id="a denied notification"),
        pytest.param(b'{"jsonrpc":"2.0","method":"tools/call","params":{"name":"x"}}\n', id="a call without an id"),
        pytest.param(b'{"jsonrpc":"2.0","method":"x","params":[1]}\n', id="a malformed notification"),
        pytest.param(b'{"jsonrpc":"2.0","id":5,"result":{}}\n', id="an answer to nothing"),
        pytest.param(b'{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}}\n', id="an error for nobody"),
    ],
)
def test_what_gets_no_answer_and_does_not_reach_the_server(tmp_path: Path, line: bytes) -> None:
    with Session(tmp_path, server(), ECHO_ONLY) as session:
        session.send(line)
        session.call(2, "seen")
        assert json.loads(session.text())["id"] == 2
        session.end()


@pytest.mark.parametrize("effect", ["allow", "redact", "require_approval"])
def test_a_call_without_an_id_is_no_way_past_a_budget(tmp_path: Path, effect: str) -> None:
    rule = {"id": "r", "effect": effect, "tools": ["*"], "redact_fields": ["text"] if effect == "redact" else []}
    rule = {key: value for key, value in rule.items() if value}
    with Session(tmp_path, server(), {"default_effect": "deny", "rules": [ECHO_ONLY["rules"][0], rule]}) as session:
        for tool in ("echo", "pay"):
            session.send({"method": "tools/call", "params": {"name": tool, "arguments": {"text": "secret"}}})
        session.call(1, "seen")
        assert "secret" not in session.text()
        session.end()
        reasons = [each["reason"] for each in session.records("event")]
        assert reasons == ["tools/call is a request, and this one has no id"] * 2


def test_a_notification_that_a_rule_lets_through_is_recorded(tmp_path: Path) -> None:
    custom = {"id": "custom", "effect": "allow", "methods": ["notifications/x"]}
    with Session(tmp_path, server(), {"default_effect": "deny", "rules": [ECHO_ONLY["rules"][0], custom]}) as session:
        session.send({"method": "notifications/x"}, {"method": "notifications/y"})
        session.call(1, "seen")
        seen = session.text()
        assert "notifications/x" in seen
        assert "notifications/y" not in seen
        session.end()
        assert [(each["method"], each["forwarded"]) for each in session.records("event")] == [
            ("notifications/x", True),
            ("notifications/y", False),
        ]


def test_a_denial_is_a_result_that_the_model_can_read(tmp_path: Path) -> None:
    with Session(tmp_path, server(), ECHO_ONLY) as session:
        session.call(1, "delete_all")
        answer = session.read()
        assert (answer["id"], answer["result"]["isError"]) == (1, True)
        assert answer["result"]["content"][0]["text"].startswith("gk denied this: ")
        assert "resultType" not in answer["result"]
        session.end()
        (event,) = session.records("event")
        assert (event["name"], event["effect"], event["forwarded"]) == ("delete_all", "deny", False)


def test_a_denial_as_an_error_by_option(tmp_path: Path) -> None:
    with Session(tmp_path, server(), ECHO_ONLY, "--denial", "error") as session:
        session.call(1, "delete_all")
        assert session.read()["error"]["code"] == -32003
        session.end()


@pytest.mark.parametrize(
    ("method", "code"),
    [
        pytest.param("TOOLS/CALL", -32601, id="another case"),
        pytest.param("tools/call ", -32601, id="a space behind"),
        pytest.param("secrets/dump", -32601, id="unheard of"),
        pytest.param("tasks/cancel", -32003, id="a task that nobody has started"),
        pytest.param("resources/read", -32003, id="a resource without a rule"),
        pytest.param("prompts/get", -32003, id="a prompt without a rule"),
    ],
)
def test_what_the_policy_does_not_name_is_denied(tmp_path: Path, method: str, code: int) -> None:
    with Session(tmp_path, server(), ECHO_ONLY) as session:
        session.send(
            {"id": 1, "method": method, "params": {"name": "echo", "uri": "file:///etc/passwd", "taskId": "1"}}
        )
        assert session.read()["error"]["code"] == code
        session.call(2, "seen")
        assert json.loads(session.text())["id"] == 2
        session.end()


def test_an_id_that_is_in_use_is_refused(tmp_path: Path) -> None:
    """Else the answer to the second request could come back as the answer to the first, unfiltered."""
    with Session(tmp_path, server()) as session:
        session.call(1, "silent")
        session.call(1, "echo")
        assert "in use" in session.read()["error"]["message"]
        session.call("1", "echo", text="a string is another id")
        assert session.text() == "a string is another id"


def test_a_burst_is_answered_in_order(tmp_path: Path) -> None:
    with Session(tmp_path, server()) as session:
        session.send(b"".join(ECHO % (each, b"a") for each in range(300)))
        assert [session.read()["id"] for _ in range(300)] == list(range(300))
        session.end()
        assert [each["id"] for each in session.records("intent")] == list(range(300))
        assert [each["outcome"] for each in session.records("outcome")] == ["ok"] * 300


def test_a_crash_answers_every_request_under_way(tmp_path: Path) -> None:
    with Session(tmp_path, server()) as session:
        session.call(1, "silent")
        session.call("two", "silent")
        session.call(3, "die", code=7)
        answers = [session.read() for _ in range(3)]
        assert [each["id"] for each in answers] == [1, "two", 3]
        assert {each["error"]["code"] for each in answers} == {SERVER_GONE}
        assert "exit code 7" in answers[0]["error"]["message"]
        assert "exit code 7; 3 requests" in session.end(3)
        assert [each["outcome"] for each in session.records("outcome")] == ["lost"] * 3


def test_a_server_that_ends_by_itself_ends_the_session(tmp_path: Path) -> None:
    with Session(tmp_path, [sys.executable, "-c", "pass"]) as session:
        assert session.line() == b""
        session.end(0)


@pytest.mark.parametrize("command", [["no-such-server"], ["/"], [""]])
def test_a_server_that_cannot_be_started_is_one_line(tmp_path: Path, command: list[str]) -> None:
    with Session(tmp_path, command) as session:
        *notices, error = session.end(3).splitlines()
        assert error.startswith(f"gk: cannot start the server {command[0]!r}: ")
        assert all(each.startswith("gk mcp: ") for each in notices)


def test_a_slow_call_is_answered_after_the_client_has_closed_its_side(tmp_path: Path) -> None:
    with Session(tmp_path, server()) as session:
        session.call(1, "sleep", seconds=1.5)
        session.call(2, "echo", text="behind it")
        session.close()
        assert [session.text(), session.text()] == ["slept", "behind it"]
        session.end(0)


def test_a_subscription_keeps_no_session_open(tmp_path: Path) -> None:
    policy = {"default_effect": "deny", "rules": [{"id": "all", "effect": "allow", "tools": ["*"], "resources": ["*"]}]}
    listens = 'if method == "subscriptions/listen": continue'
    with Session(tmp_path, server(listens), policy) as session:
        listen = {"notifications": {"resourceSubscriptions": ["a://b"]}}
        session.send({"id": 1, "method": "subscriptions/listen", "params": listen})
        session.call(2, "sleep", seconds=0.5)
        session.close()
        assert session.text() == "slept"
        assert session.read()["error"]["code"] == SERVER_GONE
        session.end()


def test_the_wait_for_slow_calls_has_an_end(tmp_path: Path) -> None:
    with Session(tmp_path, server(), None, "--drain", "0.2") as session:
        session.call(1, "sleep", seconds=600)
        session.close()
        assert session.read()["error"]["code"] == SERVER_GONE
        session.end(0)


def test_the_end_of_input_ends_the_server_and_what_it_has_started(tmp_path: Path) -> None:
    with Session(tmp_path, server()) as session:
        session.call(1, "pids")
        pids = json.loads(session.text())
        session.end(0)
        assert all(map(gone, pids))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_server_and_what_it_has_started(tmp_path: Path, number: signal.Signals) -> None:
    with Session(tmp_path, server()) as session:
        session.call(1, "pids")
        pids = json.loads(session.text())
        session.call(2, "silent")
        session.process.send_signal(number)
        assert session.read()["error"]["code"] == SERVER_GONE
        session.end(128 + number)
        assert all(map(gone, pids))
        assert session.records("stop")


def test_a_server_that_reads_nothing_is_ended_all_the_same(tmp_path: Path) -> None:
    with Session(tmp_path, server()) as session:
        session.call(1, "deaf")
        pid = int(session.text())
        session.send(ECHO % (2, b"a" * (3 << 20)))  # more than any pipe holds: the gate is stuck with the rest
        session.process.send_signal(signal.SIGTERM)
        assert session.read()["id"] == 2
        session.end(128 + signal.SIGTERM)
        assert gone(pid)


def test_a_client_that_reads_nothing_does_not_keep_the_gate(tmp_path: Path) -> None:
    flood = (
        "if name == 'flood':\n    while True: say({'method': 'notifications/message', 'params': {'data': 'x' * 9999}})"
    )
    with Session(tmp_path, server(flood)) as session:
        session.call(1, "pids")
        pids = json.loads(session.text())
        session.call(2, "flood")
        session.line()
        time.sleep(0.3)
        session.process.send_signal(signal.SIGTERM)
        assert session.process.wait(PATIENCE) == 128 + signal.SIGTERM
        assert all(map(gone, pids))


def test_a_server_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    with Session(tmp_path, server()) as session:
        session.call(1, "deaf")
        pid = int(session.text())
        session.process.send_signal(signal.SIGTERM)
        session.end(128 + signal.SIGTERM)
        assert gone(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_gate_that_is_killed_takes_the_server_with_it(tmp_path: Path) -> None:
    with Session(tmp_path, server()) as session:
        session.call(1, "deaf")
        pid = int(session.text())
        session.process.kill()
        assert gone(pid)


def test_a_client_that_reads_no_more_ends_the_session(tmp_path: Path) -> None:
    with Session(tmp_path, server()) as session:
        assert session.process.stdout is not None
        session.call(1, "pids")
        pids = json.loads(session.text())
        session.process.stdout.close()
        session.call(2, "echo")
        assert session.process.wait(PATIENCE) == 0
        assert all(map(gone, pids))


def test_standard_error_passes_through(tmp_path: Path) -> None:
    with Session(tmp_path, server()) as session:
        session.call(1, "stderr", text="hé\x1b[0m\n")
        session.text()
        assert "hé\x1b[0m\n" in session.end(0)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("listening on port 80", "not JSON", id="a line of log"),
        pytest.param('[{"jsonrpc":"2.0","id":1,"result":{}}]', "a batch", id="a batch"),
        pytest.param("\xff", "not UTF-8", id="a byte"),
        pytest.param('{"jsonrpc":"2.0","id":99,"result":{}}', "nobody asked for", id="an answer to nothing"),
    ],
)
def test_what_is_no_message_of_the_server_is_dropped_and_said(tmp_path: Path, line: str, words: str) -> None:
    with Session(tmp_path, server()) as session:
        session.call(1, "raw", line=line, answer=True)
        assert session.text() == "written"
        assert words in session.end(0)


@pytest.mark.parametrize(
    "result",
    [
        pytest.param('{"a":1,"a":2}', id="duplicate keys"),
        pytest.param('{"a":1e999}', id="a number beyond a double"),
        pytest.param("[" * 5000 + "]" * 5000, id="5,000 levels"),
    ],
)
def test_an_answer_that_cannot_be_relayed_is_an_error(tmp_path: Path, result: str) -> None:
    with Session(tmp_path, server()) as session:
        session.call(1, "raw", line='{"jsonrpc":"2.0","id":1,"result":' + result + "}")
        answer = session.read()
        assert (answer["id"], answer["error"]["code"]) == (1, -32603)
        session.call(2, "echo", text="on it goes")
        assert session.text() == "on it goes"
        session.end(0)


def test_a_cancelled_request_does_not_keep_the_session_open(tmp_path: Path) -> None:
    with Session(tmp_path, server()) as session:
        session.call(1, "silent")
        session.send({"method": "notifications/cancelled", "params": {"requestId": 1}})
        session.call(2, "echo", text="next")
        assert session.text() == "next"
        session.end(0)


@pytest.mark.parametrize("bad", [[1], {}, None, 2.5, True])
def test_a_cancellation_of_nothing_is_harmless(tmp_path: Path, bad: Any) -> None:
    with Session(tmp_path, server()) as session:
        session.send({"method": "notifications/cancelled", "params": {"requestId": bad}})
        session.call(2, "echo", text="next")
        assert session.text() == "next"
        session.end(0)


@pytest.mark.parametrize(
    ("fail", "forwarded"), [pytest.param("closed", False, id="fail closed"), pytest.param("open", True, id="fail open")]
)
def test_a_full_disk_is_the_fail_modes_business(tmp_path: Path, fail: str, forwarded: bool) -> None:
    with Session(tmp_path, server(), None, "--fail", fail, largest_file=80_000) as session:
        results = []
        for each in range(200):
            session.call(each, "echo", text="hello")
            results.append(session.read()["result"])
        assert results[0] == results[100 if forwarded else 0] == {"content": [{"type": "text", "text": "hello"}]}
        assert (results[-1] == results[0]) is forwarded
        assert results[-1].get("isError", False) is not forwarded
        errors = session.end(0, 3)  # the last record may be small enough to find room
        assert errors.count(f"File too large (fail {fail})") == 1, "said once, not for every call"
        intents = {each["id"] for each in session.records("intent")}
        assert 50 < len(intents) < 200
        assert forwarded or all(("isError" in result) is (each not in intents) for each, result in enumerate(results))


def test_an_audit_log_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    with Session(tmp_path, server()) as session:
        errors = session.end(3)
        assert errors.startswith("gk: cannot open the audit log ")
        assert errors.count("\n") == 1


def test_no_descriptor_of_the_gate_reaches_the_server(tmp_path: Path) -> None:
    look = 'if name == "files": text(identifier, json.dumps(sorted(os.listdir("/dev/fd"))))'
    if not os.path.isdir("/dev/fd"):
        pytest.skip("no /dev/fd")
    with Session(tmp_path, server(look)) as session:
        session.call(1, "files")
        assert json.loads(session.text()) in (["0", "1", "2"], ["0", "1", "2", "3"])  # 3 is the folder being listed
        session.end(0)
