import os
import pickle
import socket
import sys
import time
from pathlib import Path

import pytest

from gk_hooks.errors import GkError, UsageError
from gk_hooks.model.kinds import Kind
from gk_hooks.model.snapshot import SCANNED_ITSELF
from gk_hooks.source.directory import DirectorySnapshot, larger_than, snapshot_of
from gk_hooks.source.links import OUT_OF_TREE

posix = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX file system")


def plant(root: Path, *paths: str) -> None:
    for path in paths:
        full = root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(b"x = 1\n")


def link(path: Path, target: str, folder: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.symlink_to(target, target_is_directory=folder)
    except OSError:
        pytest.skip("this account may not make symbolic links")


def listed(snapshot: DirectorySnapshot) -> list[str]:
    return [entry.path for entry in snapshot.entries() if not entry.skip]


def skipped(snapshot: DirectorySnapshot) -> dict[str, str]:
    return {entry.path: entry.skip for entry in snapshot.entries() if entry.skip}


def test_every_kind_is_found_and_sorted(tmp_path):
    plant(tmp_path, "b.sh", "a/z.py", "a.py", "c.ps1", "d.BAT", "e.cmd", "f.vbs", "g.txt", "README", "x.py.txt", ".py")
    assert [(entry.path, entry.kind) for entry in snapshot_of([str(tmp_path)]).entries()] == [
        (".py", Kind.PYTHON),
        ("a.py", Kind.PYTHON),
        ("a/z.py", Kind.PYTHON),
        ("b.sh", Kind.SHELL),
        ("c.ps1", Kind.POWERSHELL),
        ("d.BAT", Kind.BATCH),
        ("e.cmd", Kind.BATCH),
        ("f.vbs", Kind.VBSCRIPT),
    ]


@pytest.mark.parametrize(
    "name", (".git", "__pycache__", ".venv", "venv", "env", "dist", "build", "out", "coverage", "node_modules")
)
def test_default_excludes_hold_at_any_depth(tmp_path, name):
    plant(tmp_path, f"{name}/a.py", f"x/{name}/y/a.py", f"{name}.py", f"x/{name.upper()}s/a.py")
    snapshot = snapshot_of([str(tmp_path)])
    assert listed(snapshot) == sorted([f"{name}.py", f"x/{name.upper()}s/a.py"])
    each = [f"{name}/ (excluded by default)", f"x/{name}/ (excluded by default)"]
    assert snapshot.left_out() == (["2 × __pycache__/ (excluded by default)"] if name == "__pycache__" else each)


def test_a_folder_that_is_named_is_scanned_whatever_its_name(tmp_path):
    plant(tmp_path, "build/a.py", "build/dist/b.py", "src/c.py")
    assert listed(snapshot_of([str(tmp_path / "build")])) == ["a.py"]
    both = snapshot_of([str(tmp_path), str(tmp_path / "build")])
    assert listed(both) == ["build/a.py", "src/c.py"]
    assert both.left_out() == ["build/dist/ (excluded by default)"]


@pytest.mark.parametrize(
    ("include", "exclude", "paths"),
    (
        pytest.param((), ("tests",), ["a.py", "src/b.py", "src/c.sh"], id="a folder left out"),
        pytest.param((), ("*.py",), ["src/c.sh"], id="a suffix left out"),
        pytest.param(("*.py",), (), ["a.py", "src/b.py", "src/tests/d.py", "tests/e.py"], id="a suffix alone"),
        pytest.param(("src",), ("src/tests/",), ["src/b.py", "src/c.sh"], id="a folder alone, and less"),
        pytest.param(("src/**/d.py", "/a.py"), (), ["a.py", "src/tests/d.py"], id="two patterns"),
    ),
)
def test_patterns(tmp_path, include, exclude, paths):
    plant(tmp_path, "a.py", "src/b.py", "src/c.sh", "src/tests/d.py", "tests/e.py")
    assert listed(snapshot_of([str(tmp_path)], include=include, exclude=exclude)) == paths


def test_a_bad_pattern_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="no negation"):
        snapshot_of([str(tmp_path)], exclude=("!a",))


@pytest.mark.parametrize(
    ("output", "paths"),
    (
        pytest.param("audit", ["src/b.py"], id="below the root"),
        pytest.param("src/../audit/", ["src/b.py"], id="spelled oddly"),
        pytest.param(".", ["audit/a.py", "src/b.py"], id="the root itself hides nothing"),
        pytest.param("..", ["audit/a.py", "src/b.py"], id="above the root hides nothing"),
        pytest.param("../audit", ["audit/a.py", "src/b.py"], id="elsewhere"),
    ),
)
def test_our_own_output_is_not_scanned(tmp_path, monkeypatch, output, paths):
    plant(tmp_path, "tree/audit/a.py", "tree/src/b.py")
    monkeypatch.chdir(tmp_path / "tree")
    assert listed(snapshot_of(["."], output_dir=output)) == paths


def test_artifacts_are_listed_and_are_no_entries(tmp_path):
    plant(tmp_path, "a.whl", "lib/b.tar.gz", "lib/C.ZIP", "lib/d.so", "lib/e.txt", "node_modules/f.zip", "skip/g.jar")
    snapshot = snapshot_of([str(tmp_path)], include=("*.py",), exclude=("skip",))
    assert snapshot.artifacts() == ["a.whl", "lib/C.ZIP", "lib/b.tar.gz", "lib/d.so"]
    assert snapshot.entries() == []


def test_single_files_and_their_root(tmp_path):
    plant(tmp_path, "a/b.py", "a/c/d.sh", "a/c/e.py")
    one = snapshot_of([str(tmp_path / "a/b.py")])
    assert (one.root, listed(one)) == (str(tmp_path / "a"), ["b.py"])
    several = snapshot_of([str(tmp_path / "a/c"), str(tmp_path / "a/b.py"), str(tmp_path / "a/c/d.sh")])
    assert (several.root, listed(several)) == (str(tmp_path / "a"), ["b.py", "c/d.sh", "c/e.py"])


@pytest.mark.parametrize(
    ("name", "message"),
    (
        pytest.param("missing", "missing: cannot be scanned: ", id="missing"),
        pytest.param("notes.txt", r"notes.txt: not a kind of file that gk analyzes \(.py, .ps1, ", id="unknown suffix"),
        pytest.param("a\0b", "cannot be scanned: ", id="no name at all"),
    ),
)
def test_a_target_that_cannot_be_scanned(tmp_path, name, message):
    plant(tmp_path, "notes.txt")
    with pytest.raises(GkError, match=message) as error:
        snapshot_of([str(tmp_path / name)])
    assert "\n" not in str(error.value)


def test_no_target_at_all_is_not_the_current_folder():
    with pytest.raises(GkError, match="'': cannot be scanned"):
        snapshot_of([""])


def test_a_link_to_a_scanned_file_is_left_to_that_file(tmp_path):
    plant(tmp_path, "src/a.py")
    link(tmp_path / "b.py", "src/a.py")
    snapshot = snapshot_of([str(tmp_path)])
    assert (listed(snapshot), skipped(snapshot)) == (["src/a.py"], {"b.py": SCANNED_ITSELF})


@pytest.mark.parametrize("target", ("payload.txt", "build/payload.py", "tool.sh", "../tree/payload.txt"))
def test_a_link_to_what_is_not_scanned_itself_is_read(tmp_path, target):
    root = tmp_path / "tree"
    plant(root, "payload.txt", "build/payload.py", "tool.sh")
    if target.startswith("../"):
        target = str(root / "payload.txt")
    link(root / "run.py", target)
    snapshot = snapshot_of([str(root)])
    entry = next(entry for entry in snapshot.entries() if entry.path == "run.py")
    assert (entry.skip, entry.kind, entry.size) == ("", Kind.PYTHON, 6)
    assert snapshot.reader()(entry) == b"x = 1\n"


@pytest.mark.parametrize(
    ("target", "why"),
    (
        pytest.param("../outside/a.py", OUT_OF_TREE, id="upwards"),
        pytest.param("../tree-2/a.py", OUT_OF_TREE, id="a neighbour whose name begins alike"),
        pytest.param("away/a.py", OUT_OF_TREE, id="through a linked folder"),
        pytest.param("nothing.py", "a symbolic link to nothing", id="nowhere"),
        pytest.param("b.py", "a symbolic link that leads to itself", id="itself"),
    ),
)
def test_links_that_are_not_followed(tmp_path, target, why):
    root = tmp_path / "tree"
    plant(tmp_path, "outside/a.py", "tree-2/a.py", "tree/z.py")
    link(root / "away", "../outside", folder=True)
    link(root / "b.py", target)
    snapshot = snapshot_of([str(root)])
    assert (listed(snapshot), skipped(snapshot)) == (["z.py"], {"b.py": why})
    assert snapshot.left_out() == [f"away ({OUT_OF_TREE})"]


def test_an_absolute_link_is_judged_by_where_it_leads(tmp_path):
    plant(tmp_path, "outside.py", "tree/a.txt")
    link(tmp_path / "tree/in.py", str(tmp_path / "tree/a.txt"))
    link(tmp_path / "tree/out.py", str(tmp_path / "outside.py"))
    snapshot = snapshot_of([str(tmp_path / "tree")])
    assert (listed(snapshot), skipped(snapshot)) == (["in.py"], {"out.py": OUT_OF_TREE})


def test_linked_folders_are_never_entered(tmp_path):
    plant(tmp_path, "a/b.py")
    link(tmp_path / "a/loop", "..", folder=True)
    link(tmp_path / "c.py", "a", folder=True)
    snapshot = snapshot_of([str(tmp_path)])
    assert (listed(snapshot), skipped(snapshot), snapshot.left_out()) == (["a/b.py"], {}, [])


def test_a_folder_that_is_called_like_a_file_is_walked(tmp_path):
    plant(tmp_path, "a.py/b.py")
    assert listed(snapshot_of([str(tmp_path)])) == ["a.py/b.py"]


@posix
def test_special_files_are_never_opened(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.py")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.sh")
    link(tmp_path / "linked.py", "pipe.py")
    why = "not a regular file (a pipe, socket or device)"
    found = {"linked.py": why, "pipe.py": why, "socket.sh": why}
    assert skipped(snapshot_of([str(tmp_path)])) == found
    assert skipped(snapshot_of([str(tmp_path / "pipe.py")])) == {"pipe.py": why}


@posix
@pytest.mark.skipif(os.name != "nt" and os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_on_the_record(tmp_path):
    plant(tmp_path, "a.py", "closed/b.py")
    (tmp_path / "closed").chmod(0)
    try:
        entries = snapshot_of([str(tmp_path)]).entries()
        with pytest.raises(GkError, match="closed: cannot be scanned: Permission denied"):
            snapshot_of([str(tmp_path / "closed")])
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert [(entry.path, entry.kind, entry.skip) for entry in entries] == [
        ("a.py", Kind.PYTHON, ""),
        ("closed/", None, "a folder that cannot be read: Permission denied"),
    ]


@posix
def test_a_tree_too_deep_for_the_system_is_on_the_record(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(60):
        os.mkdir("d" * 100)
        os.chdir("d" * 100)
    entries = snapshot_of([str(tmp_path)]).entries()
    assert [(entry.kind, entry.skip) for entry in entries] == [
        (None, "a folder that cannot be read: File name too long")
    ]
    assert entries[0].path.endswith("d/")


def test_deep_trees_need_no_recursion(tmp_path):
    depth = 100 if os.name == "nt" else 900
    plant(tmp_path, "d/" * depth + "a.py")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200)
    try:
        paths = listed(snapshot_of([str(tmp_path)]))
    finally:
        sys.setrecursionlimit(limit)
    assert paths == ["d/" * depth + "a.py"]


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="names are Unicode there")
def test_names_are_kept_exactly(tmp_path):
    names = [b"new\nline.py", b"caf\xe9.py", b"-rf.py", b" .py", b"\x1b[31m.py", b"back\\slash.py", "ｅ.py".encode()]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes(name)
    snapshot = snapshot_of([str(tmp_path)])
    read = snapshot.reader()
    assert sorted(os.fsencode(path) for path in listed(snapshot)) == sorted(names)
    assert all(read(entry) == os.fsencode(entry.path) for entry in snapshot.entries())


def test_large_files_are_skipped_by_their_size(tmp_path):
    (tmp_path / "a.py").write_bytes(b"#" * 11)
    (tmp_path / "b.py").write_bytes(b"#" * 10)
    snapshot = snapshot_of([str(tmp_path)], max_file_size=10)
    assert (listed(snapshot), skipped(snapshot)) == (["b.py"], {"a.py": larger_than(10)})


@pytest.mark.parametrize(
    ("data", "message"),
    (
        pytest.param(b"#" * 100, "larger than the limit of 10 bytes", id="it grew"),
        pytest.param(None, "No such file|cannot find", id="it went away"),
    ),
)
def test_a_file_that_changes_after_listing_is_an_error_at_reading(tmp_path, data, message):
    path = tmp_path / "a.py"
    path.write_bytes(b"1")
    snapshot = snapshot_of([str(tmp_path)], max_file_size=10)
    (entry,) = snapshot.entries()
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(OSError, match=message):
        snapshot.reader()(entry)


def test_a_file_that_becomes_a_link_or_a_pipe_leads_nowhere(tmp_path):
    plant(tmp_path, "secret.py", "tree/a.py")
    snapshot = snapshot_of([str(tmp_path / "tree")])
    (entry,) = snapshot.entries()
    (tmp_path / "tree/a.py").unlink()
    link(tmp_path / "tree/a.py", "../secret.py")
    with pytest.raises(OSError, match=OUT_OF_TREE):
        snapshot.reader()(entry)
    if hasattr(os, "mkfifo"):
        (tmp_path / "tree/a.py").unlink()
        os.mkfifo(tmp_path / "tree/a.py")
        with pytest.raises(OSError, match="not a regular file"):
            snapshot.reader()(entry)


def test_a_snapshot_travels_to_workers(tmp_path):
    plant(tmp_path, "a.py")
    snapshot = snapshot_of([str(tmp_path)])
    (entry,) = snapshot.entries()
    copy = pickle.loads(pickle.dumps(snapshot))
    assert copy == snapshot
    assert len(pickle.dumps(snapshot)) < 1000, "the walk itself stays at home"
    assert pickle.loads(pickle.dumps(copy.reader()))(entry) == b"x = 1\n"


def test_many_files_take_little_time(tmp_path):
    for folder in range(20):
        plant(tmp_path, *(f"f{folder}/{number}.py" for number in range(100)))
    start = time.process_time()
    assert len(snapshot_of([str(tmp_path)], exclude=("*.pyc", "docs/**")).entries()) == 2000
    assert time.process_time() - start < 2
