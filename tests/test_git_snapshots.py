from __future__ import annotations

import os
import pickle
import sys

import pytest
from git_repo import GitRepo

from gk_hooks.errors import GkError
from gk_hooks.model.snapshot import SCANNED_ITSELF
from gk_hooks.source.directory import DirectorySnapshot
from gk_hooks.source.git.repository import open_repository
from gk_hooks.source.git.snapshots import CommitSnapshot, IndexSnapshot


def _contents(snapshot: CommitSnapshot | IndexSnapshot) -> dict[str, bytes]:
    read = snapshot.reader()
    return {entry.path: read(entry) for entry in snapshot.entries() if not entry.skip}


def test_the_index_is_read_and_not_the_work_tree(repo: GitRepo, carrier: str) -> None:
    repo.commit(a_py="old", b_py="old", c_py="same")
    repo.stage("a.py", "staged")
    repo.write("a.py", "edited later")
    repo.stage("b.py", "staged, then deleted")
    (repo.path / "b.py").unlink()
    before = repo.listing()
    assert _contents(IndexSnapshot(repo.open())) == {
        "a.py": b"staged",
        "b.py": b"staged, then deleted",
        "c.py": b"same",
    }
    assert repo.listing() == before


def test_entries_carry_kind_size_and_blob(repo: GitRepo) -> None:
    repo.stage("a.py", "12345")
    (entry,) = IndexSnapshot(repo.open()).entries()
    assert (entry.path, entry.kind, entry.size, entry.blob_id) == ("a.py", "python", 5, repo.id(":a.py"))


def test_what_is_only_intended_to_be_added_is_left_out(repo: GitRepo) -> None:
    repo.commit(a_py="1")
    repo.write("b.py", "2")
    repo.git("add", "-N", "b.py")
    assert list(_contents(IndexSnapshot(repo.open()))) == ["a.py"]


def test_ignored_files_that_were_forced_in_are_read(repo: GitRepo) -> None:
    repo.stage(".gitignore", "*.py")
    repo.stage("a.py", "1")
    assert list(_contents(IndexSnapshot(repo.open()))) == ["a.py"]


def test_unmerged_files_end_the_scan(repo: GitRepo, carrier: str) -> None:
    repo.commit(a_py="1\n")
    repo.git("checkout", "-q", "-b", "side")
    repo.commit(a_py="2\n")
    repo.git("checkout", "-q", "main")
    repo.commit(a_py="3\n")
    repo.git("merge", "-q", "side", check=False)
    with pytest.raises(GkError, match=r"a\.py is unmerged: resolve the conflict"):
        IndexSnapshot(repo.open()).entries()


@pytest.mark.parametrize("revision", ("HEAD~1", "v1", "annotated", "HEAD~1^{tree}", "main~1"))
def test_a_commit_is_read_without_a_checkout(repo: GitRepo, carrier: str, revision: str) -> None:
    repo.commit(a_py="first")
    repo.git("tag", "v1")
    repo.git("tag", "-m", "message", "annotated")
    repo.commit(a_py="second", b_py="new")
    assert _contents(CommitSnapshot(repo.open(), revision=revision)) == {"a.py": b"first"}


def test_a_bare_repository(repo: GitRepo, carrier: str) -> None:
    repo.commit(a_py="1")
    repo.git("clone", "-q", "--bare", ".", "../bare.git")
    bare = open_repository(str(repo.path.parent / "bare.git"))
    assert _contents(CommitSnapshot(bare)) == {"a.py": b"1"}


def test_sha256_objects(new_repo, carrier: str) -> None:
    made: GitRepo = new_repo("sha256", "--object-format=sha256")
    made.commit(a_py="1")
    for snapshot in (IndexSnapshot(made.open()), CommitSnapshot(made.open())):
        assert _contents(snapshot) == {"a.py": b"1"}


NAMES = (b"a b.py", b'q"uote.py', b"-dash.py", b"--output=x.py", b"caf\xe9.py", b"new\nline.py", b"tab\t.py",
         "ü.py".encode(), b"a/x b/y.py", b"w/z.py", b":(glob)x.py", b"*.py")  # fmt: skip


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the file system does not take these names")
def test_names_of_every_kind(repo: GitRepo, carrier: str) -> None:
    for name in NAMES:
        repo.stage(name, name)
    repo.commit()
    wanted = {name.decode("utf-8", "surrogateescape"): name for name in sorted(NAMES)}
    for snapshot in (IndexSnapshot(repo.open()), CommitSnapshot(repo.open())):
        assert _contents(snapshot) == wanted


@pytest.mark.parametrize("kind", ("--sparse-index", "--no-sparse-index"))
def test_a_sparse_checkout_is_whole(repo: GitRepo, kind: str) -> None:
    repo.stage("near/a.py", "1")
    repo.stage("far/away/b.py", "2")
    repo.commit()
    repo.git("sparse-checkout", "set", "--cone", kind, "near")
    assert not (repo.path / "far").exists()
    assert list(_contents(IndexSnapshot(repo.open()))) == ["far/away/b.py", "near/a.py"]


@pytest.mark.parametrize("option", ("--split-index", "--index-version=4", "--untracked-cache", "--fsmonitor-valid"))
def test_every_form_of_index(repo: GitRepo, option: str) -> None:
    repo.commit(a_py="1")
    repo.git("update-index", *option.replace("=", " ").split(), *(("a.py",) if "valid" in option else ()), check=False)
    repo.stage("b.py", "2")
    assert list(_contents(IndexSnapshot(repo.open()))) == ["a.py", "b.py"]


def test_a_linked_worktree_has_its_own_index(repo: GitRepo) -> None:
    repo.commit(a_py="1")
    linked = repo.path.parent / "linked"
    repo.git("worktree", "add", "-q", str(linked))
    (linked / "b.py").write_text("2", encoding="utf-8")
    repo.git("-C", str(linked), "add", "b.py")
    other = open_repository(str(linked))
    assert list(_contents(IndexSnapshot(other))) == ["a.py", "b.py"]
    assert list(_contents(IndexSnapshot(repo.open()))) == ["a.py"]


def test_missing_objects_end_the_scan(repo: GitRepo, carrier: str) -> None:
    repo.commit(a_py="1", b_py="2")
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{repo.path}", "../partial")
    partial = open_repository(str(repo.path.parent / "partial"))
    with pytest.raises(GkError, match=r"objects are missing: the clone is partial"):
        CommitSnapshot(partial).entries()


def test_scope_is_that_of_a_directory(repo: GitRepo) -> None:
    for name in ("a.py", "build/b.py", "sub/build/c.py", "sub/env/x/d.py", "builds/e.py", "lib.whl", "sub/x.so",
                 "build/y.whl", "old/f.py", "old/g.whl", "mcen_audit/h.py", "readme.md", "BIG.PY"):  # fmt: skip
        repo.stage(name, "x" * 200 if name == "BIG.PY" else "x")
    repo.commit()
    options = {"exclude": ("old",), "max_file_size": 100}
    on_disk = DirectorySnapshot(str(repo.path), output_dir=str(repo.path / "mcen_audit"), **options)
    for snapshot in (
        IndexSnapshot(repo.open(), output_dir="mcen_audit", **options),
        CommitSnapshot(repo.open(), output_dir="mcen_audit", **options),
    ):
        assert [(e.path, e.kind, e.size, e.skip) for e in snapshot.entries()] == [
            (e.path, e.kind, e.size, e.skip) for e in on_disk.entries()
        ]
        assert snapshot.artifacts() == on_disk.artifacts() == ["lib.whl", "sub/x.so"]
        assert snapshot.left_out() == [name for name in on_disk.left_out() if not name.startswith(".git/")]


@pytest.mark.parametrize(
    ("targets", "paths"),
    (
        pytest.param(("sub",), ["sub/b.py"], id="a folder"),
        pytest.param(("build",), ["build/c.py"], id="an excluded folder that the user names"),
        pytest.param(("sub/b.py", "a.py"), ["a.py", "sub/b.py"], id="files"),
        pytest.param(("su",), [], id="no folder is half a name"),
    ),
)
def test_targets(repo: GitRepo, targets: tuple[str, ...], paths: list[str]) -> None:
    for name in ("a.py", "sub/b.py", "build/c.py", "sub/build/d.py"):
        repo.stage(name)
    assert [entry.path for entry in IndexSnapshot(repo.open(), targets=targets).entries()] == paths


@pytest.mark.skipif(sys.platform == "win32", reason="needs links")
def test_links_are_those_of_a_checkout(repo: GitRepo, carrier: str) -> None:
    repo.stage("real.py", "1")
    repo.stage("data.txt", "2")
    repo.stage("sub/deep/x.py", "3")
    links = {
        "same.py": "real.py", "text.py": "data.txt", "out.py": "../../etc/passwd", "absolute.py": "/etc/passwd",
        "loop.py": "loop.py", "nothing.py": "none", "folder.py": "sub", "way": "sub/deep", "through.py": "way/x.py",
        "sub/up.py": "../real.py", "around.py": "way/../deep/x.py", "outfolder": "/usr",
    }  # fmt: skip
    for name, target in links.items():
        os.symlink(target, repo.path / name)
    repo.git("add", ".")
    found = {entry.path: (entry.skip, entry.size) for entry in IndexSnapshot(repo.open()).entries()}
    on_disk = DirectorySnapshot(str(repo.path)).entries()
    assert found["text.py"] == ("", 1)
    assert found["through.py"][0] == SCANNED_ITSELF
    assert {path: skip for path, (skip, _) in found.items()} | {"loop.py": ""} == {
        entry.path: entry.skip for entry in on_disk
    } | {"loop.py": ""}
    assert found["loop.py"][0] == "a symbolic link that leads to itself"
    assert "outfolder (a symbolic link out of the tree)" in IndexSnapshot(repo.open()).left_out()
    assert _contents(IndexSnapshot(repo.open()))["text.py"] == b"2"


def test_submodules_are_left_out_with_a_note(repo: GitRepo, new_repo) -> None:
    inner: GitRepo = new_repo("inner")
    inner.commit(a_py="1")
    repo.git("submodule", "add", "-q", str(inner.path), "sub.py")
    if sys.platform != "win32":
        os.symlink("sub.py/a.py", repo.path / "into.py")
        repo.git("add", "into.py")
    snapshot = IndexSnapshot(repo.open())
    assert snapshot.left_out() == ["sub.py/ (a submodule: its files are in another repository)"]
    assert [(e.path, e.skip) for e in snapshot.entries()] in (
        [],
        [("into.py", "a submodule: its files are in another repository")],
    )


def test_a_path_that_no_checkout_could_have_ends_the_scan(repo: GitRepo) -> None:
    repo.stage("a.py")
    long = "d/" * 3000 + "x.py"
    repo.git("update-index", "--add", "--cacheinfo", f"100644,{repo.id(':a.py')},{long}")
    with pytest.raises(GkError, match="a path of 6004 bytes"):
        IndexSnapshot(repo.open()).entries()


def test_snapshots_are_sent_to_workers(repo: GitRepo) -> None:
    repo.commit(a_py="1")
    for snapshot in (IndexSnapshot(repo.open()), CommitSnapshot(repo.open())):
        (entry,) = snapshot.entries()
        assert pickle.loads(pickle.dumps(snapshot)).reader()(entry) == b"1"
