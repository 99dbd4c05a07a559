"""Builds real repositories for tests: fixed author and dates, no configuration but their own."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gk_hooks.source.git import plumbing
from gk_hooks.source.git.repository import Repository, open_repository


class GitRepo:
    """A repository at *path* with helpers that say what a user would do."""

    def __init__(self, path: Path, *init: str) -> None:
        self.path = path
        self._clock = 1_700_000_000
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *init)

    def git(self, *args: str, stdin: bytes | None = None, check: bool = True, **env: str) -> str:
        """Run the user's git and return its output without the last newline."""
        done = subprocess.run(
            ["git", *args], cwd=self.path, input=stdin, env={**os.environ, **env}, capture_output=True, check=False
        )
        if check and done.returncode:
            raise AssertionError(f"git {args} failed: {done.stderr.decode()}")
        return os.fsdecode(done.stdout).removesuffix("\n")

    def write(self, name: str | bytes, data: str | bytes = "") -> Path:
        """Write a file of the work tree, with its folders."""
        path = self.path / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def stage(self, name: str | bytes, data: str | bytes = "") -> None:
        """Write a file and add it."""
        self.write(name, data)
        self.git("add", "-f", "--", os.fsdecode(name), GIT_LITERAL_PATHSPECS="1")

    def commit(self, message: str = "change", *args: str, **files: str) -> str:
        """Commit what is staged, and the given *files* (``a_py="text"`` is a.py); the new commit's id."""
        for name, text in files.items():
            self.stage(name.replace("_", "."), text)
        self._clock += 60
        date = f"@{self._clock} +0000"
        extra = ("--allow-empty", "--no-verify", "-q", "-m", message, *args)
        self.git("commit", *extra, GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date)
        return self.git("rev-parse", "HEAD")

    def id(self, revision: str) -> str:
        """The object id that *revision* names."""
        return self.git("rev-parse", revision)

    def open(self) -> Repository:
        """As the product opens it."""
        return open_repository(str(self.path))

    def listing(self) -> dict[str, str]:
        """Every file of the work tree and of .git with a hash of its bytes: to show that nothing was written."""
        return {
            os.path.relpath(os.path.join(folder, name), self.path): _digest(os.path.join(folder, name))
            for folder, folders, names in os.walk(self.path)
            for name in [*names, *folders]
        }


def _digest(path: str) -> str:
    if os.path.islink(path):
        return "link " + os.readlink(path)
    if os.path.isdir(path):
        return "folder"
    with open(path, "rb") as file:
        return f"{os.stat(path).st_mtime_ns} {hashlib.sha256(file.read()).hexdigest()}"


@pytest.fixture
def git_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration of the machine's, no repository around us, nothing that a hook left behind."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "GITHEAD_")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    config = '[user]\n\tname = Test\n\temail = test@example.com\n[protocol "file"]\n\tallow = always\n'
    (home / ".gitconfig").write_text(config, encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))


@pytest.fixture(params=["gitpython", "subprocess"])
def carrier(request: pytest.FixtureRequest) -> Iterator[str]:
    """Both ways to carry git commands."""
    if plumbing.use_gitpython(request.param == "gitpython") != (request.param == "gitpython"):
        pytest.skip("GitPython is not installed")
    yield request.param
    plumbing.use_gitpython(False)


@pytest.fixture
def repo(tmp_path: Path, git_environment: None, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    """An empty repository, which is the current directory."""
    made = GitRepo(tmp_path / "repo")
    monkeypatch.chdir(made.path)
    return made


@pytest.fixture
def new_repo(tmp_path: Path, git_environment: None) -> Callable[..., GitRepo]:
    """Makes further repositories: ``new_repo("other", "--bare")``."""
    return lambda name, *init: GitRepo(tmp_path / name, *init)
