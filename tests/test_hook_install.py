"""gk hook install: real commits, merges and pushes with our hooks in place; the hooks of others are kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from git_repo import GitRepo

from gk_hooks.commands import hook_install
from gk_hooks.commands.hook import STAGES
from gk_hooks.errors import GkError

GET = "import requests\n"
EVIL = GET + 'requests.get("http://evil.example/")\n'


@pytest.fixture
def hooked(repo: GitRepo) -> GitRepo:
    """A repository with a commit, and all of our hooks."""
    repo.commit(a_py="x = 1\n", b_py="x = 1\n")
    hook_install.install(repo.path / ".git/hooks", STAGES)
    return repo


def git(repo: GitRepo, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *arguments], cwd=repo.path, capture_output=True, text=True, check=False)


COMMITS = (
    pytest.param({"a.py": EVIL}, {}, ["commit", "-qm", "x"], False, id="a staged violation"),
    pytest.param({"a.py": "x = 2\n"}, {}, ["commit", "-qm", "x"], True, id="nothing bad"),
    pytest.param({"a.py": EVIL}, {"a.py": "x = 3\n"}, ["commit", "-qm", "x"], False, id="staged, then taken back"),
    pytest.param({"a.py": "x = 2\n"}, {"a.py": EVIL}, ["commit", "-qm", "x"], True, id="only in the work tree"),
    pytest.param({}, {"a.py": EVIL}, ["commit", "-qam", "x"], False, id="commit -a"),
    pytest.param({}, {"a.py": "x = 2\n"}, ["commit", "-qam", "x"], True, id="commit -a, nothing bad"),
    pytest.param({"b.py": "x = 2\n"}, {"a.py": EVIL}, ["commit", "-qm", "x", "a.py"], False, id="commit FILE"),
    pytest.param({"b.py": EVIL}, {"a.py": "x = 2\n"}, ["commit", "-qm", "x", "a.py"], True, id="commit another FILE"),
    pytest.param({"a.py": EVIL}, {}, ["commit", "-q", "--amend", "--no-edit"], False, id="commit --amend"),
    pytest.param({}, {}, ["commit", "-qm", "x", "--allow-empty"], True, id="an empty commit"),
    pytest.param({"a.py": EVIL}, {}, ["commit", "-qm", "x", "--no-verify"], True, id="commit --no-verify"),
)  # fmt: skip


@pytest.mark.parametrize(("staged", "unstaged", "command", "passes"), COMMITS)
def test_commit(
    hooked: GitRepo, staged: dict[str, str], unstaged: dict[str, str], command: list[str], passes: bool
) -> None:
    for name, text in staged.items():
        hooked.stage(name, text)
    for name, text in unstaged.items():
        hooked.write(name, text)
    head = hooked.id("HEAD")
    done = git(hooked, *command)
    assert (done.returncode == 0) is passes, done.stderr
    assert (hooked.id("HEAD") != head) is passes
    assert ("gk: blocked, FAIL: 1 to fix in 1 changed file" in done.stderr) is not passes


@pytest.mark.parametrize("evil", (True, False), ids=("evil merge", "clean merge"))
@pytest.mark.parametrize("conflict", (True, False), ids=("after a conflict", "without one"))
def test_merge(hooked: GitRepo, evil: bool, conflict: bool) -> None:
    """What came from either side is not new; what the merge itself adds is."""
    hooked.git("checkout", "-q", "-b", "side")
    hooked.commit(side_py=EVIL, a_py="x = 2\n" if conflict else "x = 1\n")
    hooked.git("checkout", "-q", "main")
    hooked.commit(main_py=EVIL, a_py="x = 3\n" if conflict else "x = 1\n")
    if conflict or evil:
        git(hooked, "merge", "-q", "--no-commit", "side")
        hooked.stage("a.py", EVIL if evil else "x = 4\n")
        done = git(hooked, "commit", "-qm", "merged")
    else:
        done = git(hooked, "merge", "-q", "--no-edit", "side")
    assert (done.returncode == 0) is not evil, done.stderr
    assert ("a.py:2:1: BLOCKER" in done.stderr) is evil


def test_a_merge_that_git_makes_alone_is_scanned(hooked: GitRepo) -> None:
    """Two harmless changes of one file that are none together."""
    lines = ["import requests\n", *(f"x = {n}\n" for n in range(20)), "requests.get('http://127.0.0.1/')\n"]
    hooked.commit(a_py="".join(lines))
    hooked.git("checkout", "-q", "-b", "side")
    hooked.commit(a_py="".join([*lines[:-1], "requests.get(HOST)\n"]))
    hooked.git("checkout", "-q", "main")
    hooked.commit(a_py="".join([lines[0], "HOST = 'http://evil.example/'\n", *lines[1:]]))
    done = git(hooked, "merge", "-q", "--no-edit", "side")
    assert done.returncode != 0
    assert "a.py:23:1: BLOCKER NET001" in done.stderr + done.stdout


def test_push(hooked: GitRepo, new_repo) -> None:
    remote = new_repo("origin", "--bare")
    hooked.git("remote", "add", "origin", str(remote.path))
    assert git(hooked, "push", "-q", "origin", "main").returncode == 0
    hooked.commit(a_py=EVIL)
    done = git(hooked, "push", "-q", "origin", "main")
    assert done.returncode != 0
    assert "gk: blocked, FAIL: 1 to fix in 1 changed file (what origin lacks for refs/heads/main)" in done.stdout
    hooked.commit(a_py="x = 2\n")
    assert git(hooked, "push", "-q", "origin", "main").returncode == 0
    assert git(hooked, "push", "-q", "origin", "main:new").returncode == 0
    assert git(hooked, "push", "-q", "origin", ":new").returncode == 0


def test_commit_in_a_linked_worktree(hooked: GitRepo, tmp_path: Path) -> None:
    hooked.git("worktree", "add", "-q", str(tmp_path / "linked"))
    (tmp_path / "linked" / "a.py").write_text(EVIL, encoding="utf-8")
    done = subprocess.run(["git", "commit", "-qam", "x"], cwd=tmp_path / "linked", capture_output=True, check=False)
    assert done.returncode == 1


# --- where hooks go


@pytest.mark.skipif(sys.platform == "win32", reason="needs HOME")
@pytest.mark.parametrize(
    ("configured", "folder"),
    (
        pytest.param(None, "repo/.git/hooks", id="by default"),
        pytest.param("shared", "repo/shared", id="relative to the work tree"),
        pytest.param("~/hooks", "home/hooks", id="below the home folder"),
        pytest.param("with space\n", "repo/with space\n", id="an odd name"),
    ),
)
def test_folder(repo: GitRepo, tmp_path: Path, configured: str | None, folder: str) -> None:
    if configured is not None:
        repo.git("config", "core.hooksPath", configured)
    assert hook_install.hooks_folder(repo.open()) == tmp_path / folder


def test_a_worktree_shares_the_hooks(hooked: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hooked.git("worktree", "add", "-q", str(tmp_path / "linked"))
    monkeypatch.chdir(tmp_path / "linked")
    assert hook_install.hooks_folder(hook_install.open_repository()) == hooked.path / ".git/hooks"


def test_a_hook_of_somebody_else_is_kept(repo: GitRepo) -> None:
    folder = repo.path / ".git/hooks"
    theirs = repo.write(".git/hooks/pre-merge-commit", "#!/bin/sh\nexit 0\n")
    before = repo.listing()
    with pytest.raises(GkError, match=r"not gk's; nothing was written: add the line .* hook \|\| exit"):
        hook_install.install(folder, STAGES)
    assert hook_install.uninstall(folder) == ["no hook of gk's is installed here"]
    assert repo.listing() == before
    assert theirs.exists()


def test_uninstall_leaves_the_folder_as_it_was(repo: GitRepo) -> None:
    folder = repo.path / ".git/hooks"
    before = sorted(os.listdir(folder))
    for _ in range(2):
        assert hook_install.install(folder, STAGES) == [f"wrote {folder / stage}" for stage in STAGES]
    assert hook_install.uninstall(folder) == [f"removed {folder / stage}" for stage in STAGES]
    assert sorted(os.listdir(folder)) == before
