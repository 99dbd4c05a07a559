"""Real servers and a real client: a session through the gate is the session without it, message for message."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp_real import gated, play, reference_server

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="plays its scripts over POSIX pipes")

HELLO = {
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {"sampling": {}, "roots": {"listChanged": True}, "elicitation": {}},
        "clientInfo": {"name": "script", "version": "1"},
    },
}
READY: list[dict[str, Any]] = [HELLO, {"method": "notifications/initialized"}, {"wait": "roots/list"}]


def numbered(*steps: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Requests, one after the other, after the handshake."""
    return READY + [
        {"id": number, "method": method, "params": params} for number, (method, params) in enumerate(steps, 1)
    ]


def call(tool: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    return "tools/call", {"name": tool, "arguments": arguments}


SLOW = call("trigger-long-running-operation", duration=0.4, steps=4)[1]
EVERYTHING = numbered(
    ("ping", {}),
    ("tools/list", {}),
    ("resources/list", {}),
    ("resources/templates/list", {}),
    ("prompts/list", {}),
    ("logging/setLevel", {"level": "debug"}),
    call("echo", message="hé \u2028 \U0001f600 \\ \x7f"),
    call("echo", message="x" * 1_000_000),
    call("echo"),
    call("no-such-tool"),
    call("get-sum", a=1, b=2.5),
    call("get-sum", a="one", b=2),
    call("get-tiny-image"),
    call("get-structured-content", location="Chicago"),
    call("get-annotated-message", messageType="error", includeImage=True),
    call("get-resource-links", count=3),
    call("get-resource-reference", resourceType="Text", resourceId=1),
    call("get-roots-list"),
    call("trigger-sampling-request", prompt="say something", maxTokens=10),
    call("trigger-elicitation-request"),
    ("tools/call", {**SLOW, "_meta": {"progressToken": "p"}}),
    ("resources/read", {"uri": "demo://resource/static/document/features.md"}),
    ("resources/read", {"uri": "demo://nowhere"}),
    ("resources/subscribe", {"uri": "demo://resource/static/document/features.md"}),
    ("resources/unsubscribe", {"uri": "demo://resource/static/document/features.md"}),
    ("prompts/get", {"name": "simple-prompt"}),
    ("prompts/get", {"name": "args-prompt", "arguments": {"city": "Bonn"}}),
    ("prompts/get", {"name": "args-prompt"}),
    (
        "completion/complete",
        {"ref": {"type": "ref/prompt", "name": "completable-prompt"}, "argument": {"name": "department", "value": "E"}},
    ),
)  # fmt: skip


def timeless(line: bytes) -> bytes:
    """*line* without the time of day, which the server puts into one answer."""
    return re.sub(rb"created at [0-9:]+.[AP]M", b"created", line)


def test_server_everything_says_the_same_through_the_gate(tmp_path: Path) -> None:
    command = reference_server("server-everything", "stdio")
    direct, through = play(command, EVERYTHING), play(gated(tmp_path, command), EVERYTHING)
    for step, alone, behind in zip([*EVERYTHING, "the end"], direct, through):
        assert sorted(map(timeless, behind)) == sorted(map(timeless, alone)), step
    assert sum(map(len, direct)) > len(EVERYTHING)


def test_server_filesystem_says_the_same_through_the_gate(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.txt").write_text("first\nsecond\n", encoding="utf-8")
    script = numbered(
        ("tools/list", {}),
        ("resources/list", {}),
        call("list_allowed_directories"),
        call("list_directory", path=str(data)),
        call("read_text_file", path=str(data / "a.txt"), head=1),
        call("read_text_file", path=str(data / "missing.txt")),
        call("read_text_file", path="/etc/passwd"),
        call("write_file", path=str(data / "b.txt"), content="line\r\n" * 50_000),
        call("read_text_file", path=str(data / "b.txt"), tail=2),
        call("edit_file", path=str(data / "a.txt"), edits=[{"oldText": "first", "newText": "1st"}], dryRun=True),
        call("search_files", path=str(data), pattern="*.txt"),
    )
    command = reference_server("server-filesystem", str(data))
    direct = play(command, script)
    (data / "b.txt").unlink()
    through = play(gated(tmp_path, command), script)
    for step, alone, behind in zip([*script, "the end"], direct, through):
        assert sorted(behind) == sorted(alone), step


def test_the_policy_stands_between_a_client_and_the_real_filesystem(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "open.txt").write_text("for all", encoding="utf-8")
    policy = {
        "default_effect": "deny",
        "rules": [
            {"id": "no-keys", "effect": "deny", "when": {"field": "path", "op": "endswith", "value": ".key"}},
            {"id": "read", "effect": "allow", "tools": ["read_text_file", "list_directory"]},
            {"id": "roots", "effect": "allow", "methods": ["roots/list"]},
        ],
    }
    (data / "id.key").write_text("secret", encoding="utf-8")
    script = numbered(
        ("tools/list", {}),
        call("read_text_file", path=str(data / "open.txt")),
        call("read_text_file", path=str(data / "id.key")),
        call("write_file", path=str(data / "new.txt"), content="x"),
    )
    command = gated(tmp_path, reference_server("server-filesystem", str(data)), policy)
    listed, read, key, written = [json.loads(said[-1])["result"] for said in play(command, script)[3:7]]
    assert [tool["name"] for tool in listed["tools"]] == ["read_text_file", "list_directory"]
    assert read["content"][0]["text"] == "for all"
    assert key["isError"] and "no-keys" in key["content"][0]["text"]
    assert written["isError"] and not (data / "new.txt").exists()
