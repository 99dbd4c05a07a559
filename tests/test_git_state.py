from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from git_repo import GitRepo

from gk_hooks.model.report import GitState
from gk_hooks.source.git import aside, plumbing, state
from gk_hooks.source.git.state import git_state, open_early, repository_state, start_state


def _parts(state: GitState) -> dict[str, bool | None]:
    names = ("dirty", "index_differs", "worktree_differs", "untracked", "hidden")
    return {name: getattr(state, name) for name in names if getattr(state, name) is not False}


def test_a_clean_repository(repo: GitRepo, carrier: str) -> None:
    commit = repo.commit(a_py="1\n", b_py="2\n")
    repo.git("tag", "-m", "release", "v1.9.0")
    repo.git("tag", "v1.10.0")
    tree = repo.id("HEAD^{tree}")
    assert git_state(str(repo.path)) == GitState(
        is_repo=True, head_commit=commit, dirty=False, branch="main", describe="v1.9.0", tag="v1.10.0", tree=tree,
        index=tree, index_differs=False, worktree_differs=False, untracked=False, hidden=False,
    )  # fmt: skip


def test_a_folder_below_and_a_folder_outside(repo: GitRepo, tmp_path: Path, carrier: str) -> None:
    repo.commit(a_py="1")
    (repo.path / "sub").mkdir()
    assert git_state(str(repo.path / "sub")) == git_state(str(repo.path))
    assert git_state(str(tmp_path)) == GitState()


def test_before_the_first_commit(repo: GitRepo, carrier: str) -> None:
    state = git_state(str(repo.path))
    assert (state.head_commit, state.tree, state.branch, state.dirty) == (None, None, "main", False)
    repo.stage("a.py", "1")
    assert _parts(git_state(str(repo.path))) == {"dirty": True, "index_differs": True}


def test_a_detached_head_has_no_branch(repo: GitRepo) -> None:
    repo.commit(a_py="1")
    repo.git("checkout", "-q", "--detach")
    assert git_state(str(repo.path)).branch is None


def test_a_bare_repository_has_no_work_tree(new_repo, repo: GitRepo) -> None:
    commit = repo.commit(a_py="1")
    repo.git("clone", "-q", "--bare", ".", "../bare.git")
    state = git_state(str(repo.path.parent / "bare.git"))
    assert (state.is_repo, state.head_commit, state.worktree_differs, state.untracked) == (True, commit, None, None)


def _touch(repo: GitRepo) -> None:
    os.utime(repo.path / "a.py", (1, 1))


def _same_size(repo: GitRepo) -> None:
    status = (repo.path / "a.py").stat()
    repo.write("a.py", "2\n")
    os.utime(repo.path / "a.py", ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize(
    ("change", "parts"),
    (
        pytest.param(lambda repo: repo.stage("c.py", "3"), {"dirty": True, "index_differs": True}, id="a staged file"),
        pytest.param(lambda repo: repo.git("rm", "-q", "--cached", "-r", "ignored.py"),
                     {"dirty": True, "index_differs": True}, id="an ignored file is no longer tracked"),
        pytest.param(lambda repo: repo.write("a.py", "2\n"), {"dirty": True, "worktree_differs": True}, id="edited"),
        pytest.param(lambda repo: (repo.path / "a.py").unlink(), {"dirty": True, "worktree_differs": True}, id="gone"),
        pytest.param(_same_size, {"dirty": True, "worktree_differs": True}, id="edited, size and time kept"),
        pytest.param(_touch, {}, id="only touched"),
        pytest.param(lambda repo: repo.write("c.py", "3"), {"dirty": True, "untracked": True}, id="an untracked file"),
        pytest.param(lambda repo: repo.write("x.log", "3"), {}, id="an ignored file"),
        pytest.param(lambda repo: (repo.path / "empty").mkdir(), {}, id="an empty folder"),
        pytest.param(lambda repo: repo.git("update-index", "--assume-unchanged", "a.py"),
                     {"hidden": True}, id="assume-unchanged, and it is"),
        pytest.param(lambda repo: (repo.git("update-index", "--assume-unchanged", "a.py"), repo.write("a.py", "2\n")),
                     {"dirty": True, "worktree_differs": True, "hidden": True}, id="assume-unchanged, but edited"),
        pytest.param(lambda repo: (repo.git("update-index", "--skip-worktree", "a.py"), repo.write("a.py", "2\n")),
                     {"dirty": True, "worktree_differs": True, "hidden": True}, id="skip-worktree, but edited"),
        pytest.param(lambda repo: (repo.git("update-index", "--skip-worktree", "a.py"),
                                   (repo.path / "a.py").unlink()), {"hidden": True}, id="in no sparse checkout"),
        pytest.param(lambda repo: (repo.write("c.py", "3"), repo.git("add", "-N", "c.py")),
                     {"dirty": True, "worktree_differs": True}, id="intent to add"),
    ),
)  # fmt: skip
def test_the_four_parts_of_dirty(repo: GitRepo, carrier: str, change, parts: dict[str, bool]) -> None:
    repo.write(".gitignore", "*.log\nignored.py\n")
    repo.git("add", ".")
    repo.commit(a_py="1\n", b_py="1\n")
    repo.stage("ignored.py", "1")
    repo.commit()
    change(repo)
    before = repo.listing()
    assert _parts(git_state(str(repo.path))) == parts
    assert repo.listing() == before


@pytest.mark.skipif(sys.platform == "win32", reason="needs modes and links")
def test_modes_and_types_count(repo: GitRepo) -> None:
    os.symlink("a.py", repo.path / "link.py")
    repo.git("add", "link.py")
    repo.commit(a_py="1\n")
    assert git_state(str(repo.path)).dirty is False
    (repo.path / "a.py").chmod(0o755)
    assert git_state(str(repo.path)).worktree_differs is True
    repo.git("config", "core.fileMode", "false")
    assert git_state(str(repo.path)).worktree_differs is False
    (repo.path / "link.py").unlink()
    os.symlink("b.py", repo.path / "link.py")
    assert git_state(str(repo.path)).worktree_differs is True


CRLF = "a = 1\r\nb = 2\r\n"


@pytest.mark.parametrize(
    ("attributes", "config", "text", "differs"),
    (
        pytest.param("", "true", CRLF, False, id="autocrlf"),
        pytest.param("* text=auto\n", "", CRLF, False, id="text=auto"),
        pytest.param("*.py eol=crlf\n", "", CRLF, False, id="eol=crlf"),
        pytest.param("", "", CRLF, True, id="nothing converts"),
        pytest.param("*.py -text\n", "true", CRLF, True, id="marked as no text"),
        pytest.param("", "true", CRLF + "c = 3\r\n", True, id="more than the line ends"),
        pytest.param("*.py filter=lfs\n", "", "other", None, id="a filter that we do not run"),
        pytest.param("*.py ident\n", "", "other", None, id="ident"),
        pytest.param("*.py working-tree-encoding=UTF-16LE\n", "", "other", None, id="another encoding"),
    ),
)
def test_a_checkout_that_git_converts(
    repo: GitRepo, attributes: str, config: str, text: str, differs: bool | None
) -> None:
    repo.commit(a_py=CRLF.replace("\r", ""))
    if attributes:
        repo.write(".git/info/attributes", attributes)
    if config:
        repo.git("config", "core.autocrlf", config)
    repo.write("a.py", text)
    state = git_state(str(repo.path))
    assert (state.worktree_differs, bool(state.note)) == (differs, differs is None)
    assert state.dirty is differs


def test_names_of_every_kind(repo: GitRepo) -> None:
    names = [b"a b.py", b'q"uote.py', b"-dash.py", b"caf\xe9.py", b"new\nline.py", b"tab\t.py", "ü.py".encode()]
    if sys.platform in ("win32", "darwin"):
        names = [b"a b.py", b"-dash.py"]
    for name in names:
        repo.stage(name, "1")
    repo.commit()
    assert _parts(git_state(str(repo.path))) == {}
    repo.write(names[3 % len(names)], "2")
    assert _parts(git_state(str(repo.path))) == {"dirty": True, "worktree_differs": True}


def test_the_index_has_the_id_of_the_tree_to_come(repo: GitRepo, new_repo) -> None:
    for made in (repo, new_repo("sha256", "--object-format=sha256")):
        for name in ("a.py", "a/b.py", "a/b/c.py", "a.b/c", "a-b/c", "z/y/x/w.py"):
            if not (made.path / name).parent.is_file() and not (made.path / name).is_dir():
                made.stage(name, name) if name != "a/b.py" else made.stage("a/b.txt", name)
        made.write("later.py")
        made.git("add", "-N", "later.py")
        assert git_state(str(made.path)).index == made.git("write-tree")
        made.commit()
        assert git_state(str(made.path)).index == made.id("HEAD^{tree}")


def test_the_index_of_an_empty_commit(repo: GitRepo) -> None:
    assert git_state(str(repo.path)).index == repo.git("write-tree")


def test_unmerged_files_are_dirty(repo: GitRepo) -> None:
    repo.commit(a_py="1\n")
    repo.git("checkout", "-q", "-b", "side")
    repo.commit(a_py="2\n")
    repo.git("checkout", "-q", "main")
    repo.commit(a_py="3\n")
    repo.git("merge", "-q", "side", check=False)
    state = git_state(str(repo.path))
    assert (state.dirty, state.index) == (True, None)


def test_a_submodule_is_left_out(repo: GitRepo, new_repo) -> None:
    inner: GitRepo = new_repo("inner")
    inner.commit(a_py="1")
    repo.git("submodule", "add", "-q", str(inner.path), "sub")
    repo.commit()
    repo.write("sub/a.py", "2")
    assert _parts(git_state(str(repo.path))) == {}


def test_problems_are_notes(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit(a_py="1")
    (repo.path / ".git/index").write_bytes(b"DIRC nonsense")
    state = git_state(str(repo.path))
    assert (state.is_repo, state.dirty, state.head_commit) == (True, None, repo.id("HEAD"))
    assert "index" in state.note
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert "safe.directory" in git_state(str(repo.path)).note
    plumbing._git.cache_clear()
    monkeypatch.setenv("PATH", str(repo.path))
    state = git_state(str(repo.path))
    plumbing._git.cache_clear()
    assert (state.is_repo, state.head_commit) == (True, None)
    assert "install git" in state.note


def test_without_dirtiness(repo: GitRepo) -> None:
    commit = repo.commit(a_py="1")
    repo.write("b.py")
    state = repository_state(repo.open(), dirtiness=False)
    assert (state.head_commit, state.dirty, state.untracked) == (commit, None, None)


@pytest.mark.parametrize("threads", (1, 2), ids=("in a copy", "in this process"))
def test_a_state_that_is_started_is_the_one_that_is_waited_for(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    monkeypatch.setattr(state, "LARGE", 0)
    monkeypatch.setattr(aside.threading, "active_count", lambda: threads)
    commit = repo.commit(a_py="1")
    repo.write("ü.py")
    repo.stage("b.py", "2")
    repo.write("a.py", "3")
    expected = repository_state(repo.open())
    assert _parts(expected) == {"dirty": True, "index_differs": True, "worktree_differs": True, "untracked": True}
    started = start_state(repo.open(), dirtiness=True)
    assert (expected.head_commit, started()) == (commit, expected)
    assert started() is started()


def test_what_is_wrong_with_a_repository_is_said_by_who_opens_it_next(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit(a_py="1")
    monkeypatch.chdir(repo.path)
    opened = open_early()
    assert opened and (opened.repository, opened.state()) == (repo.open(), repository_state(repo.open()))
    monkeypatch.chdir(tmp_path)
    assert open_early() is None
