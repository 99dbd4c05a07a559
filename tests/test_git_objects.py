"""Objects are read through one process, whatever git can do and whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from git_repo import GitRepo

from gk_hooks.errors import GkError
from gk_hooks.source.git import index, objects
from gk_hooks.source.git.changes import staged_changes
from gk_hooks.source.git.index import may_hold_links
from gk_hooks.source.git.objects import Info
from gk_hooks.source.git.plumbing import GitFailed
from gk_hooks.source.git.revisions import empty_tree, head_commit, resolve_commit
from gk_hooks.source.git.tracked import head_blobs, tracked_blobs


@pytest.fixture(params=["one process", "a process for each question"])
def mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """As with a git that knows --batch-command, and with an older one."""
    if request.param != "one process":
        monkeypatch.setattr(objects, "BATCH_COMMAND", (99, 0))
    yield request.param


def test_what_names_name(repo: GitRepo, carrier: str, mode: str) -> None:
    commit = repo.commit(a_py="1\n")
    repo.git("tag", "-m", "m", "v1")
    names = ["HEAD", "HEAD^{tree}", "HEAD:a.py", "v1", "0" * 40, "no such name", commit[:10], empty_tree(repo.open())]
    found = repo.open().objects().find(names * 30)
    assert found == 30 * [
        Info(commit, "commit", int(repo.git("cat-file", "-s", "HEAD"))),
        Info(repo.id("HEAD^{tree}"), "tree", 32),
        Info(repo.id("HEAD:a.py"), "blob", 2),
        Info(repo.id("v1"), "tag", int(repo.git("cat-file", "-s", "v1"))),
        None,
        None,
        Info(commit, "commit", int(repo.git("cat-file", "-s", "HEAD"))),
        Info(empty_tree(repo.open()), "tree", 0),
    ]


def test_readers_of_a_repository_share_a_process(repo: GitRepo, carrier: str, mode: str) -> None:
    repo.commit(a_py="1\n")
    before = set(objects._processes)
    for _ in range(3):
        assert repo.open().objects().read(repo.id("HEAD:a.py")) == b"1\n"
        assert repo.open().objects().find(["HEAD:a.py"])
    assert len(objects._processes.keys() - before) == (1 if mode == "one process" else 2)


def test_processes_of_many_repositories_do_not_pile_up(new_repo, carrier: str, mode: str) -> None:
    for number in range(objects.KEPT + 2):
        made: GitRepo = new_repo(f"repo{number}")
        commit = made.commit(a_py="1\n")
        assert head_commit(made.open()) == commit
    assert len(objects._processes) <= objects.KEPT


def test_a_process_that_died_is_replaced(repo: GitRepo, carrier: str, mode: str) -> None:
    repo.commit(a_py="1\n")
    with pytest.raises(GkError, match="no upstream configured"):
        resolve_commit(repo.open(), "@{upstream}")
    assert repo.open().objects().read(repo.id("HEAD:a.py")) == b"1\n"
    next(reversed(objects._processes.values()))._process.kill()
    with pytest.raises(GitFailed, match="cat-file failed"):
        repo.open().objects().read(repo.id("HEAD:a.py"))
    assert repo.open().objects().read(repo.id("HEAD:a.py")) == b"1\n"


def test_before_the_first_commit_there_is_none(repo: GitRepo, carrier: str) -> None:
    assert head_commit(repo.open()) is None


def test_a_head_whose_commit_is_missing_is_an_error(repo: GitRepo, carrier: str) -> None:
    commit = repo.commit(a_py="1\n")
    (repo.path / ".git/objects" / commit[:2] / commit[2:]).unlink()
    with pytest.raises(GkError):
        staged_changes(repo.open())


# --- files by their path


def _link(repo: GitRepo, name: str, target: str) -> None:
    blob = repo.git("hash-object", "-w", "--stdin", stdin=target.encode())
    repo.git("update-index", "--add", "--cacheinfo", f"120000,{blob},{name}")


def test_files_of_a_commit_and_of_what_comes_next(repo: GitRepo, carrier: str) -> None:
    repo.stage("gk.toml", "1")
    repo.stage("a b/c/é.py", "2")
    repo.stage("gone.py", "3\n" * 9)
    repo.stage("same.py", "4")
    _link(repo, "link.py", "gk.toml")
    paths = ("gk.toml", "a b/c/é.py", "gone.py", "same.py", "link.py", "a b", "a b/c/é.py/x", "moved.py", "none")
    commit = repo.commit()
    known = {path: repo.id(f"HEAD:{path}") for path in paths[:4]}
    for revision in (commit, repo.id("HEAD^{tree}"), ""):
        assert tracked_blobs(repo.open(), revision, *paths) == known
    repo.stage("gk.toml", "other")
    repo.git("mv", "gone.py", "moved.py")
    repo.git("rm", "-q", "--cached", "a b/c/é.py")
    repo.stage("link.py", "no link any more")
    new = {path: repo.id(f":{path}") for path in ("gk.toml", "same.py", "link.py", "moved.py")}
    assert head_blobs(repo.open(), staged_changes(repo.open()), *paths) == new
    assert tracked_blobs(repo.open(), "", *paths) == new


def test_files_of_the_first_commit(repo: GitRepo, carrier: str) -> None:
    repo.stage("gk.toml", "1")
    assert head_blobs(repo.open(), staged_changes(repo.open()), "gk.toml") == {"gk.toml": repo.id(":gk.toml")}


# --- links that the bytes of the index tell of


@pytest.mark.parametrize("version", ("2", "3", "4"))
def test_an_index_without_a_link_says_so(repo: GitRepo, version: str) -> None:
    repo.git("update-index", "--index-version", version)
    assert not may_hold_links(repo.open())
    for number in range(20):
        repo.stage(f"{number}/a.py", f"{number}\n")
    repo.stage("link.py", "")
    assert not may_hold_links(repo.open())
    _link(repo, "one.py", "1/a.py")
    assert may_hold_links(repo.open())


@pytest.mark.parametrize("piece", range(1, 9))
@pytest.mark.parametrize("sign", (b"\0\0\xa0\0", b"link\0", b"sdir\0"), ids=repr)
def test_a_sign_of_links_is_found_in_pieces(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch, sign: bytes, piece: int
) -> None:
    monkeypatch.setattr(index, "PIECE", piece)
    file = repo.path / ".git" / "index"
    for before in range(10):
        file.write_bytes(b"\xa0" * before + sign)
        assert may_hold_links(repo.open())
        file.write_bytes(b"\xa0" * before + sign[:-1])
        assert not may_hold_links(repo.open())


def test_an_index_that_is_not_whole_may_hold_links(repo: GitRepo) -> None:
    _link(repo, "far/link.py", "../a.py")
    repo.commit(a_py="1\n")
    repo.git("config", "core.splitIndex", "true")
    repo.git("update-index", "--split-index")
    repo.stage("b.py", "2\n")
    assert may_hold_links(repo.open())
    repo.git("config", "core.splitIndex", "false")
    repo.git("update-index", "--no-split-index")
    repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "near")
    assert b"sdir" in (repo.path / ".git/index").read_bytes()
    assert may_hold_links(repo.open())
