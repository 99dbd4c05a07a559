"""The entries of an index, read from its bytes or from git's list of it: both say the same."""

from __future__ import annotations

import os
import sys

import pytest
from git_repo import GitRepo

from gk_hooks.errors import GkError
from gk_hooks.source.git import index
from gk_hooks.source.git.aside import start_aside
from gk_hooks.source.git.index import read_index
from gk_hooks.source.git.state import git_state


def _fill(repo: GitRepo) -> None:
    for number in range(20):
        repo.stage(f"{number}/a.py", f"{number}\n")
    repo.commit(b_py="1\n", c_py="2\n", far_py="3\n")


def _cached(repo: GitRepo, path: bytes) -> None:
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"1\n").encode()
    repo.git("update-index", "-z", "--index-info", stdin=b"100755 %s 0\t%s\0" % (blob, path))


def _conflict(repo: GitRepo) -> None:
    repo.git("checkout", "-q", "-b", "side")
    repo.commit(b_py="2\n")
    repo.git("checkout", "-q", "main")
    repo.commit(b_py="3\n")
    repo.git("merge", "-q", "side", check=False)


def _split(repo: GitRepo) -> None:
    repo.git("update-index", "--split-index")
    repo.stage("z.py", "1\n")


def _sparse(repo: GitRepo) -> None:
    repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "1")
    assert b"sdir" in (repo.path / ".git/index").read_bytes()


@pytest.mark.parametrize(
    ("change", "plain"),
    (
        pytest.param(lambda repo: None, True, id="version 2"),
        pytest.param(lambda repo: repo.git("update-index", "--assume-unchanged", "b.py"), True, id="assume-unchanged"),
        pytest.param(lambda repo: repo.git("update-index", "--skip-worktree", "b.py"), True, id="version 3"),
        pytest.param(lambda repo: (repo.write("n.py"), repo.git("add", "-N", "n.py")), True, id="intent to add"),
        pytest.param(lambda repo: _cached(repo, b"x/" * 2046 + b"x.py"), True, id="as long as a path can be"),
        pytest.param(lambda repo: _cached(repo, b'n\n\t\xe9"'), True, id="an odd name"),
        pytest.param(_conflict, True, id="a conflict"),
        pytest.param(lambda repo: repo.git("update-index", "--index-version", "4"), False, id="version 4"),
        pytest.param(_split, False, id="split"),
        pytest.param(_sparse, False, id="sparse"),
    ),
)  # fmt: skip
def test_both_ways_to_read_an_index_agree(repo: GitRepo, change, plain: bool) -> None:
    _fill(repo)
    change(repo)
    repository = repo.open()
    listed = list(index._listed(repository))
    assert [entry._replace(flags=entry.flags & ~0xFFF) for entry in read_index(repository)] == [
        entry._replace(flags=entry.flags & ~0xFFF) for entry in listed
    ]
    data = (repo.path / ".git/index").read_bytes()
    if plain:
        assert len(list(index._entries(data, 20))) == len(listed)
    else:
        with pytest.raises(ValueError, match="another form"):
            list(index._entries(data, 20))


def test_an_index_of_sha256_and_one_that_is_missing(new_repo) -> None:
    repo: GitRepo = new_repo("other", "--object-format=sha256")
    assert read_index(repo.open()) == []
    _fill(repo)
    assert [entry.blob for entry in read_index(repo.open()) if entry.path == b"b.py"] == [repo.id(":b.py")]
    assert len(list(index._entries((repo.path / ".git/index").read_bytes(), 32))) == 23


@pytest.mark.parametrize("cut", (5, 40, 90, 1000, -1, -19))
def test_an_index_that_is_cut_holds_what_git_finds_in_it(repo: GitRepo, cut: int) -> None:
    _fill(repo)
    path = repo.path / ".git/index"
    path.write_bytes(path.read_bytes()[:cut])
    repository = repo.open()
    try:
        listed = list(index._listed(repository))
    except GkError:
        with pytest.raises(GkError):
            read_index(repository)
        assert "index" in git_state(str(repo.path)).note
    else:
        assert read_index(repository) == listed


# --- the tree that a commit of the index would have


def _folder_for_a_file(repo: GitRepo) -> None:
    repo.git("rm", "-q", "b.py")
    repo.stage("b.py/b.py", "1\n")


def _file_for_a_folder(repo: GitRepo) -> None:
    repo.git("rm", "-q", "-r", "3")
    repo.stage("3", "1\n")


@pytest.mark.parametrize(
    "change",
    (
        pytest.param(lambda repo: repo.stage("1/a.py", "new"), id="another content"),
        pytest.param(lambda repo: repo.stage("1/b/c/d.py", "new"), id="a new folder"),
        pytest.param(lambda repo: repo.git("rm", "-q", "1/a.py"), id="a folder becomes empty"),
        pytest.param(lambda repo: repo.git("rm", "-q", "-r", "."), id="everything is gone"),
        pytest.param(lambda repo: repo.git("mv", "1", "b-1"), id="a folder is renamed"),
        pytest.param(_folder_for_a_file, id="a folder takes the place of a file"),
        pytest.param(_file_for_a_folder, id="a file takes the place of a folder"),
        pytest.param(lambda repo: repo.git("update-index", "--chmod=+x", "b.py"), id="only a mode"),
        pytest.param(lambda repo: _cached(repo, b"x/" * 2046 + b"x.py"), id="folders in folders"),
    ),
)
def test_the_index_has_the_id_of_the_tree_to_come(repo: GitRepo, change) -> None:
    _fill(repo)
    change(repo)
    assert git_state(str(repo.path)).index == repo.git("write-tree")


def test_a_tree_of_an_old_git_is_written_as_today(repo: GitRepo) -> None:
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"1\n")
    raw = b"".join(mode + b" " + name + b"\0" + bytes.fromhex(blob) for mode, name in (
        (b"100664", b"a.py"), (b"100775", b"b.py"), (b"120000", b"c.py"),
    ))  # fmt: skip
    tree = repo.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw)
    repo.git("update-ref", "HEAD", repo.git("commit-tree", tree, "-m", "old"))
    repo.git("read-tree", "HEAD")
    repo.stage("d.py", "1\n")
    assert git_state(str(repo.path)).index == repo.git("write-tree")


# --- work in a copy of this process


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux makes a copy")
def test_a_copy_tells_what_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.active_count", lambda: 1)
    here = os.getpid()
    assert start_aside(lambda: lambda: (None, "ü\udc80", os.getpid() != here))() == (None, "ü\udc80", True)


def test_what_a_copy_could_not_do_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.active_count", lambda: 1)
    here = os.getpid()

    def work() -> str:
        if os.getpid() != here:
            os._exit(3)
        return "done here"

    assert start_aside(lambda: work)() == "done here"


def test_beside_another_thread_there_is_no_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.active_count", lambda: 2)
    begun: list[int] = []
    finish = start_aside(lambda: begun.append(os.getpid()) or os.getpid)
    assert begun == [os.getpid()] == [finish()]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux makes a copy")
def test_a_copy_ends_when_nobody_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setattr("threading.active_count", lambda: 1)
    waiting = start_aside(lambda: lambda: time.sleep(60))
    copy = waiting._copy  # type: ignore[attr-defined]
    del waiting
    with pytest.raises(ProcessLookupError):
        os.kill(copy, 0)
