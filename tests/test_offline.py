"""gk in every mode with sockets denied: an audit hook in each of its processes refuses and writes down whoever asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from git_repo import GitRepo
from scanning import ROOT

from gk_hooks.cli import COMMANDS

EVIL = 'import requests\nrequests.get("http://evil.example/")\n'

WATCH = """
import os, sys
def hook(event, arguments, log=os.environ["WATCH_LOG"]):
    if event.startswith("socket.") and event not in ("socket.gethostname", "socket.__new__"):
        with open(log, "a") as file:
            file.write(event + "\\n")
        raise OSError("sockets are denied")
sys.addaudithook(hook)
"""

MODES = (
    pytest.param(("scan", "."), id="scan a folder"),
    pytest.param(("scan", "--staged"), id="scan what is staged"),
    pytest.param(("scan", "--since", "HEAD~1", "--diff", "--blame"), id="scan a change"),
    pytest.param(("scan", "--at", "v1.0", "-f", "sarif=../r.sarif", "-f", "html=../r.html"), id="scan a commit"),
    pytest.param(("audit", "v1.0", "--key", "../signing.key", "--log", "../log.jsonl", "--blame"), id="audit"),
    pytest.param(("verify", "../packet", "--key", "../signing.pub"), id="verify"),
    pytest.param(("history", "v*", "-f", "html=../history.html"), id="history"),
    pytest.param(("hook",), id="hook"),
    pytest.param(("hook", "install"), id="install the hook"),
    pytest.param(("baseline", "create", "--reason", "known", "--by", "me"), id="baseline"),
    pytest.param(("init",), id="init"),
    pytest.param(("keygen", "example.com/a", "-o", "../other.key"), id="keygen"),
    pytest.param(("bundle", "-o", "../gk.pyz"), id="bundle"),
    pytest.param(("explain", "NET001"), id="explain"),
    pytest.param(("completion", "bash"), id="completion"),
    pytest.param(("selftest",), id="selftest"),
)
ELSEWHERE = {"egress", "mcp"}
"""The gates that watch over sockets have tests of their own."""


@pytest.fixture
def watched(repo: GitRepo, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Runs gk in a repository with a release and something staged; the exit code and who asked for a socket."""
    repo.commit(a_py=EVIL)
    repo.commit(b_py=EVIL)
    repo.git("tag", "v1.0")
    for number in range(5):  # enough for worker processes
        repo.stage(f"bulk{number}.py", "import os\nx = os.getpid()\n" * 5_000)
    folder, log = tmp_path / "watch", tmp_path / "asked"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    env = {**clean, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT))), "WATCH_LOG": str(log)}
    env["PYTHONIOENCODING"] = "utf-8"
    alone = ["unshare", "-rn"] if _can_unshare() else []

    def run(*arguments: str) -> tuple[int, str]:
        words = [*alone, sys.executable, "-m", "gk_hooks", *arguments]
        done = subprocess.run(words, cwd=repo.path, env=env, capture_output=True, check=False, stdin=subprocess.DEVNULL)
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return done.returncode, log.read_text() if log.exists() else ""

    return run


def _can_unshare() -> bool:
    if not shutil.which("unshare"):
        return False
    return subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("arguments", MODES)
def test_no_mode_asks_for_a_socket(watched: Callable[..., tuple[int, str]], arguments: tuple[str, ...]) -> None:
    if "../signing.key" in arguments or "../packet" in arguments:
        assert watched("keygen", "example.com/release", "-o", "../signing.key") == (0, "")
    if "../packet" in arguments:
        assert watched("audit", "v1.0", "--key", "../signing.key", "--output-dir", "../packet") == (1, "")
    code, asked = watched(*arguments)
    assert asked == ""
    assert code in (0, 1, 2)


def test_every_command_is_among_the_modes() -> None:
    assert {mode.values[0][0] for mode in MODES} == COMMANDS.keys() - ELSEWHERE


def test_the_watch_sees_whoever_asks(watched: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "watch"), "WATCH_LOG": str(tmp_path / "asked")}
    code = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, encoding="utf-8", check=False)
    assert "sockets are denied" in done.stderr
    assert (tmp_path / "asked").read_text().startswith("socket.")
