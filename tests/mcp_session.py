"""A session through ``gk mcp run`` in a process of its own, spoken line by line, and servers to put behind it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from scanning import ROOT

PATIENCE = 60.0
"""Seconds after which a test gives up. Nothing takes that long unless it hangs."""

SERVER_GONE = -32000

ALLOW_ALL = {"default_effect": "deny", "rules": [{"id": "all", "effect": "allow", "tools": ["*"]}]}

SERVER = r"""
import json, os, signal, subprocess, sys, time

def say(message):
    sys.stdout.buffer.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
    sys.stdout.buffer.flush()

def text(identifier, words):
    say({"id": identifier, "result": {"content": [{"type": "text", "text": words}]}})

seen = []
for line in sys.stdin.buffer:
    message = json.loads(line)
    seen.append(line.decode())
    identifier, params = message.get("id"), message.get("params", {})
    name, arguments = params.get("name"), params.get("arguments", {})
    method = message.get("method")
    MORE
    if method == "tools/call":
        if name == "echo":
            text(identifier, arguments.get("text", ""))
        elif name == "seen":
            text(identifier, "".join(seen))
        elif name == "die":
            os._exit(arguments.get("code", 1))
        elif name == "raw":
            sys.stdout.buffer.write(arguments["line"].encode("latin-1") + b"\n")
            sys.stdout.buffer.flush()
            if arguments.get("answer"):
                text(identifier, "written")
        elif name == "say":
            say(arguments["message"])
            text(identifier, "said")
        elif name == "silent":
            pass
        elif name == "sleep":
            time.sleep(arguments["seconds"])
            text(identifier, "slept")
        elif name == "pids":
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            text(identifier, json.dumps([os.getpid(), child.pid]))
        elif name == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            text(identifier, str(os.getpid()))
            time.sleep(600)
        elif name == "stderr":
            sys.stderr.write(arguments["text"])
            sys.stderr.flush()
            text(identifier, "written")
    elif identifier is not None and method:
        say({"id": identifier, "result": {}})
"""
"""Its tools do what their names say. ``seen`` answers with all the lines that have reached it."""


def server(more: str = "pass") -> list[str]:
    """The command of the server, with *more* statements that look at every message first."""
    return [sys.executable, "-c", SERVER.replace("MORE", "\n    ".join(more.splitlines()))]


class Session:
    """A gate with a server behind it."""

    def __init__(
        self,
        folder: Path,
        command: Sequence[str],
        policy: dict[str, Any] | None = None,
        *options: str,
        largest_file: int | None = None,
    ) -> None:
        """Writes the policy into *folder*, where the audit log and the state go too, and starts.

        largest_file: as if the disk were full behind so many bytes of a file.
        """
        self.folder = folder
        self.audit = folder / "audit.jsonl"
        file = folder / "policy.json"
        file.write_text(json.dumps(policy or ALLOW_ALL), encoding="utf-8")
        words = ["mcp", "run", "--policy", str(file), "--audit", str(self.audit), *options, "--", *command]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gk_hooks", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=ROOT,
            preexec_fn=None if largest_file is None else partial(_limit_files, largest_file),
        )
        self._rest = b""

    def send(self, *messages: dict[str, Any] | bytes) -> None:
        """Writes messages, or raw bytes as they are."""
        assert self.process.stdin is not None
        for message in messages:
            line = message if isinstance(message, bytes) else json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"
            rest = memoryview(line)
            while rest:
                rest = rest[self.process.stdin.write(rest) :]

    def call(self, identifier: int | str, tool: str, **arguments: Any) -> None:
        """Sends a tool call."""
        self.send({"id": identifier, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})

    def line(self) -> bytes:
        """The next line that comes out, b"" at the end. Fails when none comes."""
        assert self.process.stdout is not None
        until = time.monotonic() + PATIENCE
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"nothing came in {PATIENCE} seconds; {self._rest!r}"
            chunk = os.read(self.process.stdout.fileno(), 1 << 20)
            if not chunk:
                break
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def read(self) -> dict[str, Any]:
        """The next message that comes out."""
        message: dict[str, Any] = json.loads(self.line())
        return message

    def text(self) -> str:
        """The text of the next message, a tool's result."""
        message = self.read()
        assert "result" in message, message
        words: str = message["result"]["content"][0]["text"]
        return words

    def close(self) -> None:
        """Ends the client's side."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def end(self, *codes: int) -> str:
        """Waits for the end, expects one of *codes* (0) and nothing more on standard output; returns standard error."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.close()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        rest, errors = self.process.stdout.read(), self.process.stderr.read().decode()
        assert self.process.wait(PATIENCE) in (codes or (0,)), errors
        assert self._rest + rest == b""
        return errors

    def records(self, kind: str) -> list[dict[str, Any]]:
        """The records of one kind in the audit log."""
        lines = self.audit.read_text(encoding="utf-8").splitlines()
        return [record for record in map(json.loads, lines) if record["kind"] == kind]

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def _limit_files(size: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def gone(pid: int) -> bool:
    """Whether the process ends in good time."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{pid}/stat")
        if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True  # ended, and waits for a parent that is not ours
        time.sleep(0.02)
    return False
