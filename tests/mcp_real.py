"""Real MCP servers and clients: npm's reference servers in a folder of their own, and scripts played against them."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from scanning import ROOT

VERSION = "2026.8.31"
SERVERS = ("server-everything", "server-filesystem")
CACHE = Path(os.environ.get("GK_TEST_MCP_SERVERS") or Path.home() / ".cache" / "gk-tests" / f"mcp-{VERSION}")
OLDEST_NODE = 20
QUIET = 0.6
PATIENCE = 30.0

EVERYTHING_ALLOWED = {
    "default_effect": "deny",
    "rules": [{"id": kind, "effect": "allow", kind: ["*"]} for kind in ("tools", "resources", "prompts", "methods")],
}
ANSWERS: dict[str, dict[str, Any]] = {
    "roots/list": {"roots": [{"uri": "file:///nowhere", "name": "r"}]},
    "sampling/createMessage": {"role": "assistant", "model": "m", "content": {"type": "text", "text": "sampled"}},
    "elicitation/create": {"action": "accept", "content": {"name": "Ann", "check": True}},
    "ping": {},
}


def reference_server(name: str, *arguments: str) -> list[str]:
    """The command of one of npm's reference servers. Skips the test, saying why, when it cannot be had."""
    node, npm = shutil.which("node"), shutil.which("npm")
    problem = "" if node and npm else "needs node and npm"
    if node and _major(node) < OLDEST_NODE:
        problem, npm = f"needs Node.js {OLDEST_NODE}", None
    script = CACHE / "node_modules" / "@modelcontextprotocol" / name / "dist" / "index.js"
    if npm and not script.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        packages = [f"@modelcontextprotocol/{each}@{VERSION}" for each in SERVERS]
        command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(CACHE), *packages]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        problem = "" if done.returncode == 0 and script.exists() else f"npm install failed: {done.stderr[-300:]}"
    if problem:
        if os.environ.get("GK_REQUIRE_MCP_SERVERS"):
            pytest.fail(f"the real MCP servers are required, and missing: {problem}")
        pytest.skip(f"REAL MCP SERVERS NOT TESTED: {problem}")
    return [str(node), str(script), *arguments]


def _major(node: str) -> int:
    """Node's version, the first number of it."""
    told = subprocess.run([node, "--version"], capture_output=True, text=True).stdout.lstrip("v")
    return int(told.partition(".")[0] or 0)


def gated(
    folder: Path, command: Sequence[str], policy: dict[str, Any] = EVERYTHING_ALLOWED, *options: str
) -> list[str]:
    """*command* behind the gate, to be run in ROOT."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "policy.json"
    file.write_text(json.dumps(policy), encoding="utf-8")
    words = ["mcp", "run", "--policy", str(file), "--audit", str(folder / "audit.jsonl"), *options, "--", *command]
    return [sys.executable, "-m", "gk_hooks", *words]


def play(command: Sequence[str], script: Sequence[dict[str, Any]]) -> list[list[bytes]]:
    """What the server says to each step of *script*, line by line as it is written.

    A step is a message. A request waits for its answer, meanwhile the server's own requests get ANSWERS; a step with
    ``wait`` waits for the server to make a request of that method. What comes after the last step is the last entry.
    """
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere, cwd=ROOT)
    assert process.stdin is not None
    assert process.stdout is not None
    lines: queue.Queue[bytes] = queue.Queue()
    reader = threading.Thread(target=lambda: [lines.put(line) for line in process.stdout or ()], daemon=True)
    reader.start()
    try:
        said = [_step(process.stdin, lines, step) for step in script]
        rest = []
        time.sleep(QUIET)
        while not lines.empty():
            rest.append(lines.get())
        return [*said, rest]
    finally:
        process.stdin.close()
        try:
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
            process.wait()
            reader.join()
            process.stdout.close()


def _step(to: Any, lines: queue.Queue[bytes], step: dict[str, Any]) -> list[bytes]:
    wanted = step.get("wait")
    if wanted is None:
        _say(to, step)
        if "id" not in step:
            return []
    said: list[bytes] = []
    until = time.monotonic() + PATIENCE
    while True:
        said.append(lines.get(timeout=max(0.01, until - time.monotonic())))
        message = json.loads(said[-1])
        if "method" in message and "id" in message:
            _say(to, {"id": message["id"], "result": ANSWERS[message["method"]]})
            if message["method"] == wanted:
                return said
        elif wanted is None and message.get("id") == step["id"]:
            return said


def _say(to: Any, message: dict[str, Any]) -> None:
    to.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
    to.flush()
