from __future__ import annotations

import os
import pickle
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from git_repo import GitRepo

from gk_hooks.errors import GkError
from gk_hooks.source.git import objects, plumbing
from gk_hooks.source.git.objects import Objects
from gk_hooks.source.git.plumbing import GitFailed, run_git
from gk_hooks.source.git.repository import open_repository

ROOT = Path(__file__).parents[1]


def test_output_is_bytes_and_stdin_is_fed(repo: GitRepo, carrier: str) -> None:
    oid = run_git(["hash-object", "--stdin"], cwd=str(repo.path), stdin=b"\xff\n").decode().strip()
    assert oid == plumbing.object_hash("blob", b"\xff\n", 40)


def test_objects_are_read_in_any_number(repo: GitRepo, carrier: str) -> None:
    texts = [b"", b"\n", b"no newline", b"nul \0 cr \r", b"x" * 300_000]
    for number, text in enumerate(texts):
        repo.stage(f"{number}.py", text)
    with repo.open().objects() as reader:
        for number, text in enumerate(texts):
            assert reader.read(repo.id(f":{number}.py")) == text


@pytest.mark.parametrize(
    ("revision", "message"),
    (
        pytest.param("0" * 40, "is missing", id="no such object"),
        pytest.param("HEAD^{tree}", "is a tree, not a blob", id="another kind"),
    ),
)
def test_what_is_no_readable_blob_is_an_error(repo: GitRepo, carrier: str, revision: str, message: str) -> None:
    repo.commit(a_py="1")
    oid = revision if revision.startswith("0") else repo.id(revision)
    with repo.open().objects() as reader, pytest.raises(GitFailed, match=message):
        reader.read(oid)


def test_a_name_is_no_object_id(repo: GitRepo) -> None:
    with repo.open().objects() as reader, pytest.raises(GitFailed, match="is not an object id"):
        reader.read("HEAD")


def test_bytes_that_do_not_hash_to_their_id_are_refused(repo: GitRepo, carrier: str) -> None:
    repo.stage("a.py", "good\n")
    repo.stage("b.py", "evil\n")
    good, evil = (repo.path / ".git/objects" / oid[:2] / oid[2:] for oid in (repo.id(":a.py"), repo.id(":b.py")))
    good.chmod(0o644)
    good.write_bytes(evil.read_bytes())
    with repo.open().objects() as reader, pytest.raises(GitFailed, match=r"damaged|is missing"):
        reader.read(repo.id(":a.py"))


def test_a_replace_ref_does_not_change_what_is_read(repo: GitRepo, carrier: str) -> None:
    repo.stage("a.py", "evil\n")
    repo.stage("b.py", "good\n")
    repo.git("replace", repo.id(":a.py"), repo.id(":b.py"))
    with repo.open().objects() as reader:
        assert reader.read(plumbing.object_hash("blob", b"evil\n", 40)) == b"evil\n"


def test_sha256_objects(new_repo, carrier: str) -> None:
    made: GitRepo = new_repo("sha256", "--object-format=sha256")
    made.stage("a.py", "a\n")
    repository = made.open()
    assert repository.id_length == 64
    with repository.objects() as reader:
        assert reader.read(made.id(":a.py")) == b"a\n"


@pytest.mark.parametrize(
    "name", ("$HOME", "~", "a b", "-C", "naïve", 'q"uote', "new\nline"), ids=lambda name: repr(name)
)
def test_folders_of_any_name(new_repo, carrier: str, name: str) -> None:
    made: GitRepo = new_repo(f"odd/{name}")
    assert open_repository(str(made.path)).worktree == str(made.path)


def test_a_folder_outside_says_so(tmp_path: Path, git_environment: None, carrier: str) -> None:
    with pytest.raises(GkError, match="is not in a git repository"):
        open_repository(str(tmp_path))


def test_a_folder_that_is_not_there_says_so(tmp_path: Path, git_environment: None, carrier: str) -> None:
    with pytest.raises(GkError, match="is not a directory"):
        run_git(["version"], cwd=str(tmp_path / "none"))


def test_dubious_ownership_says_what_to_do(repo: GitRepo, carrier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(GkError, match=r"git config --global --add safe\.directory"):
        open_repository()


def test_a_safe_directory_of_the_environment_survives(
    repo: GitRepo, carrier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "*")
    assert open_repository().run("rev-parse", "--is-inside-work-tree") == b"true\n"


def _executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def fresh_search():
    plumbing._git.cache_clear()
    yield
    plumbing._git.cache_clear()


@pytest.mark.skipif(sys.platform == "win32", reason="plants a shell script")
@pytest.mark.parametrize("entry", (".", "", "bin"))
def test_git_is_never_taken_from_a_relative_folder_of_path(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch, entry: str, fresh_search: None
) -> None:
    _executable(repo.path / "git", "#!/bin/sh\ntouch canary\n")
    _executable(repo.path / "bin" / "git", "#!/bin/sh\ntouch canary\n")
    monkeypatch.setenv("PATH", os.pathsep.join([entry, os.environ["PATH"]]))
    repo.open().run("rev-parse", "--git-dir")
    assert not (repo.path / "canary").exists()


def test_a_missing_git_says_so(repo: GitRepo, monkeypatch: pytest.MonkeyPatch, fresh_search: None) -> None:
    monkeypatch.setenv("PATH", str(repo.path))
    with pytest.raises(GkError, match="install git"):
        open_repository()


@pytest.mark.skipif(sys.platform == "win32", reason="plants a shell script")
def test_a_git_that_is_too_old_says_so(repo: GitRepo, monkeypatch: pytest.MonkeyPatch, fresh_search: None) -> None:
    _executable(repo.path / "old" / "git", "#!/bin/sh\necho git version 2.11.0\n")
    monkeypatch.setenv("PATH", str(repo.path / "old"))
    with pytest.raises(GkError, match=r"git 2\.11 is too old: install 2\.30 or newer"):
        open_repository()


def test_importing_the_floor_imports_no_gitpython() -> None:
    code = (
        "import sys, gk_hooks.source.git.state, gk_hooks.source.git.snapshots, gk_hooks.source.git.lines;"
        "print([name for name in ('git', 'unidiff', 'gitdb') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("relative", (True, False))
def test_a_hooks_index_is_the_index(
    repo: GitRepo, carrier: str, monkeypatch: pytest.MonkeyPatch, relative: bool
) -> None:
    repo.commit(a_py="old")
    other = ".git/next-index-1.lock" if relative else str(repo.path / ".git/next-index-1.lock")
    repo.write("a.py", "new")
    repo.git("read-tree", "HEAD", GIT_INDEX_FILE=other)
    repo.git("update-index", "a.py", GIT_INDEX_FILE=other)
    (repo.path / "sub").mkdir()
    monkeypatch.setenv("GIT_INDEX_FILE", other)
    for folder in (repo.path, repo.path / "sub"):
        monkeypatch.chdir(folder)
        repository = open_repository()
        assert repository.index_file == str(repo.path / ".git/next-index-1.lock")
        assert b"a.py" in repository.run("diff-index", "--cached", "--name-only", "HEAD")


def test_an_index_that_is_not_there_is_an_error(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_INDEX_FILE", "nowhere/index")
    with pytest.raises(GkError, match=r"GIT_INDEX_FILE names .* which does not exist"):
        open_repository()


def test_a_hooks_environment_holds_for_its_own_repository_alone(
    repo: GitRepo, new_repo, monkeypatch: pytest.MonkeyPatch, carrier: str
) -> None:
    other: GitRepo = new_repo("other")
    inner: GitRepo = new_repo("repo/vendor/inner")
    monkeypatch.setenv("GIT_DIR", str(repo.path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    for made in (other, inner):
        repository = open_repository(str(made.path))
        assert repository.index_file == str(made.path / ".git/index")
        assert repository.run("rev-parse", "--absolute-git-dir") == f"{made.path}/.git\n".encode()


def test_a_hook_in_a_linked_worktree(repo: GitRepo, monkeypatch: pytest.MonkeyPatch, carrier: str) -> None:
    repo.commit(a_py="1")
    linked = repo.path.parent / "linked"
    repo.git("worktree", "add", "-q", str(linked))
    (linked / "sub").mkdir()
    monkeypatch.setenv("GIT_DIR", str(repo.path / ".git/worktrees/linked"))
    monkeypatch.chdir(linked / "sub")
    repository = open_repository()
    assert repository.worktree == str(linked)
    assert repository.index_file == str(repo.path / ".git/worktrees/linked/index")


def test_a_work_tree_that_only_the_environment_knows(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, carrier: str
) -> None:
    (tmp_path / "tree" / "sub").mkdir(parents=True)
    monkeypatch.setenv("GIT_DIR", str(repo.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "tree"))
    assert open_repository(str(tmp_path / "tree" / "sub")).worktree == str(tmp_path / "tree")


def test_a_repository_is_sent_to_workers(repo: GitRepo) -> None:
    repository = repo.open()
    assert pickle.loads(pickle.dumps(repository)) == repository


def test_a_talkative_git_does_not_block(repo: GitRepo, carrier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.stage("a.py", "a")
    monkeypatch.setenv("GIT_TRACE_SETUP", "1")
    monkeypatch.setenv("GIT_TRACE", "1")
    with Objects(str(repo.path)) as reader:
        for _ in range(2000):
            reader.read(repo.id(":a.py") if _ == 0 else plumbing.object_hash("blob", b"a", 40))


@pytest.mark.parametrize(
    ("command", "imports"),
    (
        pytest.param(["audit"], True, id="an audit"),
        pytest.param(["scan", "--at", "HEAD"], False, id="a scan of the same commit"),
        pytest.param(["hook"], False, id="a hook"),
    ),
)
def test_gitpython_is_imported_where_nobody_is_in_a_hurry(repo: GitRepo, command: list[str], imports: bool) -> None:
    pytest.importorskip("git")
    repo.stage("a.py", "a = 1\n")
    repo.commit()
    run = [sys.executable, "-X", "importtime", "-m", "gk_hooks", *command]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(run, cwd=repo.path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert any(line.endswith(" git.cmd") for line in done.stderr.splitlines()) == imports


@pytest.mark.parametrize("wanted", (True, False), ids=("gitpython", "subprocess"))
def test_a_reader_that_nobody_closed_does_not_disturb_the_end(repo: GitRepo, wanted: bool) -> None:
    repo.stage("a.py", "a")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from gk_hooks.source.git.plumbing import use_gitpython\n"
        "from gk_hooks.source.git.snapshots import IndexSnapshot\n"
        "from gk_hooks.source.git.repository import open_repository\n"
        f"use_gitpython({wanted})\n"
        "snapshot = IndexSnapshot(open_repository()); read = snapshot.reader()\n"
        "print(read(snapshot.entries()[0]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(ROOT)], cwd=repo.path, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"b'a'" + os.linesep.encode(), b"")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are not forked here")
def test_a_reader_ends_although_a_worker_holds_its_pipe(repo: GitRepo) -> None:
    commit = repo.commit()
    reader = repo.open().objects()
    reader.read(commit, "commit")
    child = os.fork()
    if child == 0:
        time.sleep(30)
        os._exit(0)
    try:
        closing = threading.Thread(target=objects._processes.popitem()[1].end, daemon=True)
        closing.start()
        closing.join(10)
        assert not closing.is_alive()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
