from __future__ import annotations

import os
import sys

import pytest
from git_repo import GitRepo

from gk_hooks.errors import GkError
from gk_hooks.source.git.changes import ChangeSet, compare, staged_changes
from gk_hooks.source.git.repository import open_repository
from gk_hooks.source.git.revisions import (
    commit_parents,
    empty_tree,
    merge_bases,
    resolve_commit,
    resolve_tree,
    tag_at_head,
)

TEXT = "".join(f"line_{number} = {number}\n" for number in range(30))


def _short(changes: ChangeSet) -> list[str]:
    """``R a.py b.py`` for each change against the first base."""
    names = [dict.fromkeys((c.status, c.old_path, c.new_path)) for c in changes.changes[0]]
    return [" ".join(filter(None, parts)) for parts in names]


def _copy(repo: GitRepo) -> None:
    repo.stage("b.py", TEXT)
    repo.stage("a.py", TEXT + "more = 1\n")


def _link(repo: GitRepo) -> None:
    (repo.path / "a.py").unlink()
    os.symlink("c.py", repo.path / "a.py")
    repo.git("add", "a.py")


CHANGES = (
    pytest.param(lambda repo: repo.stage("b.py", "new"), ["A b.py"], id="added"),
    pytest.param(lambda repo: repo.stage("a.py", TEXT + "x"), ["M a.py"], id="changed"),
    pytest.param(lambda repo: repo.git("rm", "-q", "a.py"), ["D a.py"], id="deleted"),
    pytest.param(lambda repo: repo.git("rm", "-q", "--cached", "a.py"), ["D a.py"], id="deleted from the index alone"),
    pytest.param(lambda repo: repo.git("mv", "a.py", "b.py"), ["R a.py b.py"], id="renamed"),
    pytest.param(lambda repo: (repo.git("mv", "a.py", "b.py"), repo.stage("b.py", TEXT + "x = 1\n")),
                 ["R a.py b.py"], id="renamed and changed"),
    pytest.param(_copy, ["M a.py", "C a.py b.py"], id="copied from a changed file"),
    pytest.param(lambda repo: repo.git("update-index", "--chmod=+x", "a.py"), ["M a.py"], id="another mode"),
    pytest.param(lambda repo: (repo.write("b.py"), repo.git("add", "-N", "b.py")), [], id="intent to add"),
    pytest.param(lambda repo: repo.write("a.py", "not staged"), [], id="not staged"),
    pytest.param(_link, ["T a.py"], id="a link instead of a file",
                 marks=pytest.mark.skipif(sys.platform == "win32", reason="needs links")),
)  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), CHANGES)
def test_staged_changes(repo: GitRepo, carrier: str, change, expected: list[str]) -> None:
    head = repo.commit(a_py=TEXT, c_py="c")
    change(repo)
    before = repo.listing()
    changes = staged_changes(repo.open())
    assert (changes.bases, changes.head) == ((head,), "")
    assert _short(changes) == expected
    assert repo.listing() == before


def test_blobs_and_modes_of_both_sides(repo: GitRepo, carrier: str) -> None:
    repo.commit(a_py=TEXT)
    old = repo.id(":a.py")
    repo.git("mv", "a.py", "b.py")
    repo.stage("b.py", TEXT + "x = 1\n")
    repo.git("update-index", "--chmod=+x", "b.py")
    (change,) = staged_changes(repo.open()).touched()["b.py"]
    assert (change.old_path, change.old_blob, change.old_mode) == ("a.py", old, "100644")
    assert (change.new_path, change.new_blob, change.new_mode) == ("b.py", repo.id(":b.py"), "100755")


def test_the_first_commit_is_compared_with_nothing(repo: GitRepo, new_repo, carrier: str) -> None:
    for made in (repo, new_repo("sha256", "--object-format=sha256")):
        made.stage("a.py", "1")
        repository = made.open()
        changes = staged_changes(repository)
        assert _short(changes) == ["A a.py"]
        assert changes.bases == (empty_tree(repository),) == (made.git("mktree", stdin=b""),)


def test_an_orphan_branch_is_a_first_commit(repo: GitRepo) -> None:
    repo.commit(a_py="1")
    repo.git("checkout", "-q", "--orphan", "fresh")
    assert _short(staged_changes(repo.open())) == ["A a.py"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the file system does not take these names")
def test_names_of_every_kind(repo: GitRepo, carrier: str) -> None:
    names = [b"a b.py", b'q"uote.py', b"-dash.py", b"caf\xe9.py", b"new\nline.py", b"a/x b/y.py", b":(glob)x.py"]
    for name in names:
        repo.stage(name, name)
    assert list(staged_changes(repo.open()).touched()) == sorted(
        name.decode("utf-8", "surrogateescape") for name in names
    )


@pytest.mark.parametrize(
    "config",
    ("diff.noprefix=true", "diff.mnemonicPrefix=true", "color.ui=always", "diff.renames=false", "diff.renameLimit=1",
     "core.quotePath=false", "diff.orderFile=/nonexistent", "diff.relative=true", "diff.ignoreSubmodules=all",
     "core.abbrev=4", "diff.context=0"),
)  # fmt: skip
def test_no_configuration_changes_the_list(repo: GitRepo, config: str, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit(a_py=TEXT, b_py=TEXT.replace("1", "7"), c_py="c")
    repo.git("mv", "a.py", "d.py")
    repo.git("mv", "b.py", "e.py")
    repo.stage("sub/c.py", "x")
    wanted = staged_changes(repo.open())
    repo.git("config", *config.split("="))
    monkeypatch.chdir(repo.path / "sub")
    assert staged_changes(open_repository()) == wanted
    assert _short(wanted) == ["R a.py d.py", "R b.py e.py", "A sub/c.py"]


def _fork(repo: GitRepo) -> tuple[str, str]:
    """A side branch and main, each with a file of its own; on main."""
    repo.commit(a_py="base\n")
    repo.git("checkout", "-q", "-b", "side")
    side = repo.commit(side_py="side\n")
    repo.git("checkout", "-q", "main")
    return side, repo.commit(main_py="main\n")


@pytest.mark.parametrize("resolved", (True, False), ids=("evil merge", "clean merge"))
def test_a_merge_is_compared_with_every_parent(repo: GitRepo, carrier: str, resolved: bool) -> None:
    side, main = _fork(repo)
    repo.git("merge", "-q", "--no-commit", "--no-ff", "side")
    if resolved:
        repo.stage("evil.py", "evil\n")
    changes = staged_changes(repo.open())
    assert changes.bases == (main, side)
    assert list(changes.touched()) == (["evil.py"] if resolved else [])


def test_an_octopus_merge(repo: GitRepo) -> None:
    side, main = _fork(repo)
    repo.git("checkout", "-q", "-b", "third", "main~1")
    third = repo.commit(third_py="third\n")
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-commit", "side", "third")
    assert set(commit_parents(repo.open())) == {main, side, third}
    assert staged_changes(repo.open()).touched() == {}


@pytest.mark.skipif(sys.platform == "win32", reason="plants a shell script")
def test_the_pre_merge_commit_hook_knows_what_is_merged(repo: GitRepo) -> None:
    side, main = _fork(repo)
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from gk_hooks.source.git.changes import staged_changes\n"
        "from gk_hooks.source.git.repository import open_repository\n"
        "found = staged_changes(open_repository())\n"
        "open('seen', 'w').write(' '.join([*found.bases, *found.touched()]))\n"
    )
    script = repo.write("hook-code.py", code)
    root = os.path.dirname(os.path.dirname(__file__))
    hook = repo.write(".git/hooks/pre-merge-commit", f'#!/bin/sh\nexec "{sys.executable}" "{script}" "{root}"\n')
    hook.chmod(0o755)
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    assert (repo.path / "seen").read_text(encoding="utf-8") == f"{main} {side}"


@pytest.mark.skipif(sys.platform == "win32", reason="plants a shell script")
@pytest.mark.parametrize(
    ("arguments", "seen"),
    (
        pytest.param(["-a"], "a.py b.py", id="commit -a"),
        pytest.param(["b.py"], "b.py", id="commit FILE"),
        pytest.param([], "c.py", id="commit"),
    ),
)
@pytest.mark.parametrize("linked", (False, True), ids=("main worktree", "linked worktree"))
def test_a_hook_sees_what_will_be_committed(repo: GitRepo, arguments: list[str], seen: str, linked: bool) -> None:
    repo.commit(a_py="1\n", b_py="1\n")
    root = os.path.dirname(os.path.dirname(__file__))
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from gk_hooks.source.git.changes import staged_changes\n"
        "from gk_hooks.source.git.repository import open_repository\n"
        f"open({str(repo.path / 'seen')!r}, 'w').write(' '.join(staged_changes(open_repository()).touched()))\n"
    )
    script = repo.write("../hook-code.py", code)
    hook = repo.write(".git/hooks/pre-commit", f'#!/bin/sh\nexec "{sys.executable}" "{script}" "{root}"\n')
    hook.chmod(0o755)
    where = repo
    if linked:
        repo.git("worktree", "add", "-q", "../linked")
        where = GitRepo.__new__(GitRepo)
        where.path = repo.path.parent / "linked"
    where.write("a.py", "2\n")
    where.write("b.py", "2\n")
    if not arguments:
        where.stage("c.py", "3\n")
    where.git("commit", "-q", "-m", "x", *arguments)
    assert (repo.path / "seen").read_text(encoding="utf-8") == seen


def test_unmerged_files_end_the_scan(repo: GitRepo) -> None:
    repo.commit(a_py="1\n")
    repo.git("checkout", "-q", "-b", "side")
    repo.commit(a_py="2\n")
    repo.git("checkout", "-q", "main")
    repo.commit(a_py="3\n")
    repo.git("merge", "-q", "side", check=False)
    with pytest.raises(GkError, match=r"a\.py is unmerged"):
        staged_changes(repo.open())


def test_changes_since_a_branch(repo: GitRepo, carrier: str) -> None:
    side, main = _fork(repo)
    repository = repo.open()
    bases = merge_bases(repository, main, side)
    assert bases == (repo.id("main~1"),)
    assert _short(compare(repository, bases, side)) == ["A side.py"]


def test_a_criss_cross_history_has_every_base(repo: GitRepo, carrier: str) -> None:
    side, main = _fork(repo)
    repo.git("merge", "-q", "--no-edit", side)
    repo.git("checkout", "-q", "side")
    repo.git("merge", "-q", "--no-edit", main)
    assert merge_bases(repo.open(), repo.id("main"), repo.id("side")) == tuple(sorted((side, main)))


def test_removed_files(repo: GitRepo) -> None:
    repo.commit(a_py=TEXT, b_py="b", c_py="c")
    repo.git("mv", "a.py", "d.py")
    repo.git("rm", "-q", "b.py")
    removed = staged_changes(repo.open()).removed()
    assert {path: changes[0].new_path for path, changes in removed.items()} == {"a.py": "d.py", "b.py": ""}


def test_no_common_ancestor(repo: GitRepo) -> None:
    main = repo.commit(a_py="1")
    repo.git("checkout", "-q", "--orphan", "fresh")
    fresh = repo.commit(a_py="2")
    with pytest.raises(GkError, match="have no common ancestor"):
        merge_bases(repo.open(), main, fresh)


def test_a_shallow_clone_says_how_to_deepen_it(repo: GitRepo, carrier: str) -> None:
    _fork(repo)
    repo.git("clone", "-q", "--depth=1", "--no-single-branch", f"file://{repo.path}", "../shallow")
    shallow = open_repository(str(repo.path.parent / "shallow"))
    with pytest.raises(GkError, match="git fetch --unshallow"):
        merge_bases(shallow, resolve_commit(shallow, "HEAD"), resolve_commit(shallow, "origin/side"))


@pytest.mark.parametrize(
    ("revision", "message"),
    (
        pytest.param("", "is empty", id="empty"),
        pytest.param("  ", "is empty", id="blank"),
        pytest.param("-x", "no single revision", id="like an option, though git takes such a branch"),
        pytest.param("--output=x", "no single revision", id="an option"),
        pytest.param("main..side", "no single revision", id="a range"),
        pytest.param("main...side", "no single revision", id="a symmetric range"),
        pytest.param("^main", "no single revision", id="an exclusion"),
        pytest.param("main^@", "no single revision", id="all parents"),
        pytest.param("main\nside", "no single revision", id="two lines"),
        pytest.param("none", "names no commit", id="unknown"),
        pytest.param("0" * 40, "names no commit|does not name a commit", id="an id that is not there"),
        pytest.param("main:a.py", "names no commit|does not name a commit", id="a blob"),
        pytest.param("both", "is ambiguous: say refs/tags/both or refs/heads/both", id="a branch and a tag"),
        pytest.param("both~0", "is ambiguous", id="an ancestor of what is ambiguous"),
    ),
)
def test_revisions_that_are_refused(repo: GitRepo, carrier: str, revision: str, message: str) -> None:
    _fork(repo)
    repo.git("update-ref", "refs/heads/-x", "HEAD")
    repo.git("branch", "both")
    repo.git("tag", "both", "side")
    with pytest.raises(GkError, match=message):
        resolve_commit(repo.open(), revision)


@pytest.mark.parametrize(
    ("revision", "message"),
    (
        pytest.param("HEAD", "there is no commit yet in .*: commit first, or scan the folder", id="HEAD"),
        pytest.param("@~2", "there is no commit yet in", id="an ancestor of HEAD"),
        pytest.param("HEADS", "'HEADS' names no commit in .*: check its spelling", id="another name"),
    ),
)
def test_revisions_before_the_first_commit(repo: GitRepo, carrier: str, revision: str, message: str) -> None:
    with pytest.raises(GkError, match=message):
        resolve_commit(repo.open(), revision)


@pytest.mark.parametrize(
    "revision", ("main", "HEAD", "@", "main^0", "refs/heads/main", "v1", "refs/heads/both", "sub/x")
)
def test_revisions_that_are_read(repo: GitRepo, revision: str) -> None:
    _, main = _fork(repo)
    repo.git("tag", "-m", "m", "v1")
    repo.git("branch", "both")
    repo.git("tag", "both", "side")
    repo.git("branch", "sub/x")
    repository = repo.open()
    assert resolve_commit(repository, revision) == main
    assert resolve_tree(repository, revision) == repo.id("main^{tree}")
    assert resolve_commit(repository, main[:9]) == main


def test_the_tag_at_head(repo: GitRepo) -> None:
    assert tag_at_head(repo.open()) is None
    repo.commit(a_py="1")
    assert tag_at_head(repo.open()) is None
    repo.git("tag", "v1.9")
    repo.git("tag", "v1.10")
    assert tag_at_head(repo.open()) == "v1.10"


@pytest.mark.skipif(sys.platform == "win32", reason="plants a shell script")
def test_a_server_hook_reads_what_is_still_in_quarantine(repo: GitRepo) -> None:
    base = repo.commit(a_py="1\n")
    repo.git("clone", "-q", "--bare", ".", "../server.git")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from gk_hooks.source.git.changes import compare\n"
        "from gk_hooks.source.git.repository import open_repository\n"
        "from gk_hooks.source.git.snapshots import CommitSnapshot\n"
        "old, new, _ = sys.stdin.read().split()\n"
        "repository = open_repository()\n"
        "found = CommitSnapshot(repository, revision=new); read = found.reader()\n"
        "seen = [*compare(repository, (old,), new).touched(), *(read(e).decode() for e in found.entries())]\n"
        "open('seen', 'w').write(' '.join(seen))\n"
    )
    script = repo.write("../hook-code.py", code)
    root = os.path.dirname(os.path.dirname(__file__))
    hook = repo.write(
        "../server.git/hooks/pre-receive", f'#!/bin/sh\nexec "{sys.executable}" "{script.resolve()}" "{root}"\n'
    )
    hook.chmod(0o755)
    assert repo.commit(a_py="2\n", b_py="3\n") != base
    repo.git("push", "-q", "../server.git", "main")
    seen = repo.path.parent / "server.git" / "seen"
    assert seen.read_text(encoding="utf-8").split() == ["a.py", "b.py", "2", "3"]


@pytest.mark.skipif(sys.platform == "win32", reason="plants a shell script")
def test_a_rebase_and_a_cherry_pick_have_one_parent(repo: GitRepo) -> None:
    side, main = _fork(repo)
    repo.git("cherry-pick", "--no-commit", side)
    changes = staged_changes(repo.open())
    assert (changes.bases, list(changes.touched())) == ((main,), ["side.py"])
