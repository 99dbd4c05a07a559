"""The real pre-commit runs our hook repository, in an environment that was built without a network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from git_repo import GitRepo
from scanning import ROOT

pytestmark = [
    pytest.mark.skipif(find_spec("pre_commit") is None, reason="needs pre-commit: pip install -e '.[test]'"),
    pytest.mark.skipif(sys.platform == "win32", reason="writes shell scripts"),
]

GET = "import requests\n"
EVIL = GET + 'requests.get("http://evil.example/")\n'
REVIEW = GET + "def fetch(url):\n    requests.get(url)\n"

NEEDED = ("GitPython", "unidiff", "setuptools", "wheel")


@pytest.fixture(scope="module")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that an installation needs, as one carries it to a closed network."""
    folder = tmp_path_factory.mktemp("wheelhouse")
    command = [sys.executable, "-m", "pip", "download", "-q", "--only-binary=:all:", "-d", str(folder), *NEEDED]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("the wheels cannot be downloaded here")
    return folder


@pytest.fixture(scope="module")
def hook_repo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """This checkout as a repository of hooks, and its commit."""
    folder = tmp_path_factory.mktemp("hooks")
    shutil.copytree(ROOT / "gk_hooks", folder / "gk_hooks", ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".pre-commit-hooks.yaml", "setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    for arguments in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-q", "--no-verify", "-m", "hooks")):
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True)
    return folder, head.stdout.strip()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the environment that it builds once."""
    return tmp_path_factory.mktemp("store")


class Checked(GitRepo):
    """A repository whose commits pre-commit looks at."""

    def __init__(self, made: GitRepo, hook_repo: tuple[Path, str]) -> None:
        self.path, self._clock, self.hook_repo = made.path, made._clock, hook_repo

    def configure(self, *hooks: str) -> None:
        """Commit a configuration with these hooks."""
        folder, commit = self.hook_repo
        ids = "".join(f"  - id: {hook}\n" for hook in hooks)
        self.stage(".pre-commit-config.yaml", f"repos:\n- repo: {folder}\n  rev: {commit}\n  hooks:\n{ids}")
        self.commit("configure pre-commit")

    def install(self) -> None:
        """Put pre-commit's hooks in place."""
        stages = [f"--hook-type={stage}" for stage in ("pre-commit", "pre-merge-commit", "pre-push")]
        assert self.pre_commit("install", *stages)[0] == 0

    def pre_commit(self, *arguments: str) -> tuple[int, str]:
        """Run pre-commit; the exit code and what it printed."""
        return self.user(sys.executable, "-m", "pre_commit", *arguments)

    def user(self, *command: str) -> tuple[int, str]:
        """Run a command as the user does."""
        done = subprocess.run(command, cwd=self.path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def checked(
    repo: GitRepo,
    hook_repo: tuple[Path, str],
    store: Path,
    wheelhouse: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Checked:
    """A repository with a clean commit; whatever pip is asked for comes from the wheelhouse alone."""
    for name in list(os.environ):
        if name.startswith(("PRE_COMMIT", "PIP_", "PYTHON", "VIRTUALENV")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PRE_COMMIT_HOME", str(store))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheelhouse))
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    monkeypatch.setenv("PRE_COMMIT_COLOR", "never")
    repo.commit(a_py="x = 1\n", b_py="x = 1\n")
    return Checked(repo, hook_repo)


def test_the_manifest_is_valid(checked: Checked) -> None:
    assert checked.pre_commit("validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")) == (0, "")


COMMITS = (
    pytest.param({"a.py": EVIL}, {}, ["commit", "-m", "x"], False, id="a staged violation"),
    pytest.param({"a.py": "x = 2\n"}, {}, ["commit", "-m", "x"], True, id="nothing bad"),
    pytest.param({"a.py": EVIL}, {"a.py": "x = 3\n"}, ["commit", "-m", "x"], False, id="staged, then taken back"),
    pytest.param({"a.py": "x = 2\n"}, {"a.py": EVIL}, ["commit", "-m", "x"], True, id="only in the work tree"),
    pytest.param({}, {"a.py": EVIL}, ["commit", "-am", "x"], False, id="commit -a"),
    pytest.param({"b.py": "x = 2\n"}, {"a.py": EVIL}, ["commit", "-m", "x", "a.py"], False, id="commit FILE"),
    pytest.param({"b.py": EVIL}, {"a.py": "x = 2\n"}, ["commit", "-m", "x", "a.py"], True, id="commit another FILE"),
    pytest.param({"c.txt": ""}, {}, ["commit", "-m", "x"], True, id="no code at all"),
)  # fmt: skip


@pytest.mark.parametrize(("staged", "unstaged", "command", "passes"), COMMITS)
def test_commit(
    checked: Checked, staged: dict[str, str], unstaged: dict[str, str], command: list[str], passes: bool
) -> None:
    checked.configure("gk")
    checked.install()
    for name, text in staged.items():
        checked.stage(name, text)
    for name, text in unstaged.items():
        checked.write(name, text)
    head = checked.id("HEAD")
    code, printed = checked.user("git", *command)
    assert (code == 0) is passes, printed
    assert (checked.id("HEAD") != head) is passes
    assert f"gk: {'passed, PASS: nothing new' if passes else 'blocked, FAIL: 1 to fix'} in " in printed
    assert all((checked.path / name).read_text(encoding="utf-8") == text for name, text in unstaged.items())


def test_the_first_commit(checked: Checked) -> None:
    checked.configure("gk")
    checked.git("checkout", "-q", "--orphan", "fresh")
    checked.install()
    checked.stage("a.py", EVIL)
    code, printed = checked.user("git", "commit", "-m", "x")
    assert code == 1
    assert "gk: blocked, FAIL: 1 to fix in 2 changed files (what is staged)" in printed


@pytest.mark.parametrize("evil", (True, False), ids=("evil merge", "clean merge"))
def test_merge(checked: Checked, evil: bool) -> None:
    checked.configure("gk")
    checked.git("checkout", "-q", "-b", "side")
    checked.commit(side_py=EVIL)
    checked.git("checkout", "-q", "main")
    checked.commit(main_py=EVIL)
    checked.install()
    if not evil:
        code, printed = checked.user("git", "merge", "--no-edit", "side")
        assert (code, "gk: passed, PASS: nothing new in 0 changed files" in printed) == (0, True), printed
        return
    checked.git("merge", "-q", "--no-commit", "side")
    checked.stage("a.py", EVIL)
    code, printed = checked.user("git", "commit", "-m", "x")
    assert (code, "gk: blocked, FAIL: 1 to fix in 1 changed file" in printed) == (1, True), printed


def test_push(checked: Checked, new_repo) -> None:
    checked.configure("gk")
    checked.install()
    checked.git("remote", "add", "origin", str(new_repo("origin", "--bare").path))
    code, printed = checked.user("git", "push", "origin", "main")
    assert (code, "gk: passed, PASS: nothing new in 2 files (refs/heads/main)" in printed) == (0, True), printed
    checked.commit(a_py=EVIL)
    checked.stage("b.py", "")  # what is staged has nothing to do with a push
    code, printed = checked.user("git", "push", "origin", "main")
    assert (code, "gk: blocked, FAIL: 1 to fix in 1 changed file" in printed) == (1, True), printed
    code, printed = checked.user("git", "push", "origin", "HEAD~1:refs/heads/new")
    assert code == 0, printed
    code, printed = checked.user("git", "push", "origin", "main:refs/heads/bad")
    assert (code, "a.py:2:1: BLOCKER NET001" in printed) == (1, True), printed


HOOKS = (
    pytest.param("gk", REVIEW, "manual", 0, "gk: passed, CONDITIONAL_PASS: 1 to review", id="gk shows review items"),
    pytest.param("gk-review", REVIEW, "pre-commit", 1, "gk: blocked, CONDITIONAL_PASS: 1 to review", id="gk-review"),
    pytest.param("gk-strict", REVIEW, "pre-commit", 1, "gk: blocked, FAIL: 1 to fix", id="gk-strict"),
    pytest.param("gk-audit", REVIEW, "manual", 0, "PASS: no findings in 2 files", id="gk-audit looks at HEAD"),
)


@pytest.mark.parametrize(("hook", "text", "stage", "code", "expected"), HOOKS)
@pytest.mark.parametrize("system", (False, True), ids=("python", "system"))
def test_every_hook(
    checked: Checked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    hook: str, text: str, stage: str, code: int, expected: str, system: bool,
) -> None:  # fmt: skip
    if system:  # gk is installed already
        script = tmp_path / "bin" / "gk"
        script.parent.mkdir()
        script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -P -m gk_hooks "$@"\n')
        script.chmod(0o755)
        monkeypatch.setenv("PATH", str(script.parent), prepend=os.pathsep)
    name = f"{hook}-system" if system else hook
    checked.configure(name)
    checked.stage("a.py", text)
    found, printed = checked.pre_commit("run", name, f"--hook-stage={stage}")
    assert (found, expected in printed) == (code, True), printed


def test_all_files_means_all_of_head(checked: Checked) -> None:
    checked.commit(a_py=EVIL)
    checked.configure("gk")
    code, printed = checked.pre_commit("run", "--all-files")
    assert (code, "gk: blocked, FAIL: 1 to fix in 2 files (HEAD)" in printed) == (1, True), printed


def test_a_range(checked: Checked) -> None:
    checked.configure("gk")
    checked.commit(a_py=EVIL)
    code, printed = checked.pre_commit("run", "--from-ref=HEAD~1", "--to-ref=HEAD")
    assert (code, "1 to fix in 1 changed file (HEAD~1..HEAD)" in printed) == (1, True), printed


def test_nothing_is_left_in_the_work_tree(checked: Checked) -> None:
    checked.configure("gk", "gk-audit")
    checked.stage("a.py", "x = 2\n")
    checked.pre_commit("run")
    assert checked.git("status", "--porcelain") == "M  a.py"
