"""The cache changes no report: not when it is empty, warm, shared, damaged, foreign, full, read-only or contested."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from git_repo import GitRepo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scanning import ROOT, gk

from gk_hooks import rules
from gk_hooks.model.kinds import Kind
from gk_hooks.model.snapshot import Status
from gk_hooks.pipeline import analysis, patches
from gk_hooks.pipeline.analysis import analyze_cached, open_store
from gk_hooks.pipeline.cache import codec, store
from gk_hooks.pipeline.cache.engine import PARTS, engine_id
from gk_hooks.pipeline.cache.folder import cache_folder
from gk_hooks.pipeline.workers import FileResult, analyze_all
from gk_hooks.source.directory import snapshot_of
from gk_hooks.source.git.lines import hunks
from gk_hooks.source.git.objects import Objects
from gk_hooks.source.git.plumbing import GitFailed
from gk_hooks.source.git.snapshots import CommitSnapshot

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="modes and owners of POSIX")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an empty cache, for scans of any size."""
    base = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(base))
    monkeypatch.setenv("LOCALAPPDATA", str(base))
    monkeypatch.setattr(analysis, "WORTH_IT", 0)
    return base / "gk"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A file for each example of each rule, and what cannot be analyzed."""
    for rule in rules.RULES:
        for number, example in enumerate((*rule.bad, *rule.good)):
            path = tmp_path / "tree" / rule.id / f"{number}-{example.name}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(example.code, encoding="utf-8")
    folder = tmp_path / "tree"
    (folder / "copy.py").write_bytes((folder / "NET001" / "0-example.py").read_bytes())
    (folder / "broken.py").write_text("def f(:\n", encoding="utf-8")
    (folder / "binary.py").write_bytes(b"x = 1\0")
    (folder / "surrogate.py").write_text('import os\nos.system("\\ud800 curl https://evil.example/\\U0001f600")\n')
    return folder


def results(tree: Path, cached: bool = True) -> list[FileResult]:
    snapshot = snapshot_of([str(tree)])
    return analyze_cached(snapshot, snapshot.entries(), lambda done: None, cached)


def database(cache: Path) -> Path:
    return next(cache.glob("*.sqlite"))


def test_a_cold_and_a_warm_run_find_what_an_uncached_one_does(tree: Path, cache: Path) -> None:
    expected = results(tree, cached=False)
    assert not cache.exists()
    assert results(tree) == expected
    assert database(cache).stat().st_size
    assert results(tree) == expected


def test_a_warm_run_analyzes_only_what_is_new(tree: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results(tree)
    (tree / "new.py").write_text("import os\nos.system(x)\n", encoding="utf-8")
    expected, analyzed = results(tree, cached=False), list[str]()

    def spy(snapshot, entries, advance):
        analyzed.extend(entry.path for entry in entries)
        return analyze_all(snapshot, entries, advance)

    monkeypatch.setattr(analysis, "analyze_all", spy)
    assert results(tree) == expected
    assert [path for path in analyzed if not path.startswith("SCAN")] == ["new.py"]


def test_what_want_of_stack_left_unread_is_looked_at_again(tree: Path, cache: Path) -> None:
    (tree / "deep.py").write_text("x = " + "-" * 20_000 + "1\n", encoding="utf-8")
    (deep,) = (result for result in results(tree) if result.record.path == "deep.py")
    assert (deep.record.status, deep.record.reason) == (Status.UNPARSED, "no parser can hold it: nested too deeply")
    assert [path for path in _analyzed(tree) if not path.startswith("SCAN")] == ["deep.py"]


def test_a_commit_is_known_without_reading_its_blobs(
    repo: GitRepo, tree: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in sorted(tree.rglob("*.py")):
        if path.name not in ("broken.py", "binary.py") and not path.parent.name.startswith("SCAN"):
            repo.stage(path.relative_to(tree).as_posix(), path.read_bytes())
    repo.commit()

    def scan() -> list[FileResult]:
        snapshot = CommitSnapshot(repo.open())
        return analyze_cached(snapshot, snapshot.entries(), lambda done: None)

    first = scan()
    monkeypatch.setattr(Objects, "read", lambda self, blob: (_ for _ in ()).throw(GitFailed("read")))
    assert scan() == first
    assert all(result.record.sha256 for result in first)


def test_modes_and_repositories_share_it(repo: GitRepo, tree: Path, cache: Path, tmp_path: Path) -> None:
    repo.stage("a.py", (tree / "NET001" / "0-example.py").read_bytes())
    repo.commit()
    snapshot = CommitSnapshot(repo.open())
    analyze_cached(snapshot, snapshot.entries(), lambda done: None)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "b.py").write_bytes((tree / "NET001" / "0-example.py").read_bytes())
    assert not _analyzed(tmp_path / "other")


def _analyzed(tree: Path) -> list[str]:
    snapshot = snapshot_of([str(tree)])
    seen: list[str] = []
    original = analysis.analyze_all
    analysis.analyze_all = lambda snapshot, entries, advance: seen.extend(e.path for e in entries) or []  # type: ignore
    try:
        analyze_cached(snapshot, snapshot.entries(), lambda done: None)
    finally:
        analysis.analyze_all = original
    return seen


@pytest.mark.parametrize(
    "harm",
    (
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]), id="cut in half"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(b"no database " * 400), id="something else"),
        pytest.param(lambda path: path.write_bytes(bytes(b ^ 1 for b in path.read_bytes())), id="all bits flipped"),
        pytest.param(
            lambda path: path.write_bytes(re.sub(rb"evil\.example", b"good.example", path.read_bytes())),
            id="an answer changed",
        ),
        pytest.param(lambda path: _sql(path, "UPDATE contents SET value = zeroblob(30)"), id="answers overwritten"),
        pytest.param(
            lambda path: _sql(
                path, "UPDATE contents SET value = (SELECT value FROM contents WHERE length(value) < 99)"
            ),
            id="answers of another file",
        ),
        pytest.param(
            lambda path: _sql(path, "ALTER TABLE contents RENAME COLUMN value TO older"), id="another version"
        ),
        pytest.param(lambda path: _sql(path, "DROP TABLE contents"), id="a table is missing"),
        pytest.param(lambda path: (path.unlink(), path.mkdir()), id="a folder in its place"),
    ),
)
def test_a_damaged_cache_is_ignored(tree: Path, cache: Path, harm: Callable[[Path], object]) -> None:
    expected = results(tree)
    for path in cache.glob("*.sqlite-*"):
        path.unlink()
    harm(database(cache))
    assert results(tree) == expected
    assert results(tree) == expected


def _sql(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("at", range(0, 16384, 97))
def test_a_flipped_bit_changes_no_result(small: tuple[Path, Path, bytes, list[FileResult]], at: int) -> None:
    tree, path, sound, expected = small
    path.write_bytes(sound[:at] + bytes([sound[at % len(sound)] ^ 4]) + sound[at + 1 :])
    assert results(tree) == expected


@pytest.fixture
def small(tmp_path: Path, cache: Path) -> tuple[Path, Path, bytes, list[FileResult]]:
    """A tree of two files, its cache, the bytes of that, and the results."""
    tree = tmp_path / "small"
    tree.mkdir()
    (tree / "a.py").write_text('import requests\nrequests.get("https://evil.example/x")\n', encoding="utf-8")
    (tree / "b.py").write_text("x = 1\n", encoding="utf-8")
    expected = results(tree)
    path = database(cache)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    return tree, path, path.read_bytes(), expected


@given(st.binary(max_size=200))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_foreign_bytes_are_never_taken_for_ours(data: bytes) -> None:
    with pytest.raises(codec.Damaged):
        codec.decode(b"key", data)


def test_what_is_read_is_built_of_our_records_alone() -> None:
    body = b'j[0,["__import__","os"]]'
    with pytest.raises(codec.Damaged):
        codec.decode(b"key", codec._checksum(b"key", body) + body)


# --- where it lies


@POSIX
@pytest.mark.parametrize("mode", (0o770, 0o702, 0o777))
def test_a_folder_that_others_can_write_is_not_used(tree: Path, cache: Path, mode: int) -> None:
    cache.mkdir(parents=True)
    cache.chmod(mode)
    expected = results(tree, cached=False)
    assert results(tree) == expected
    assert not list(cache.iterdir())


@POSIX
def test_a_file_that_others_can_write_is_not_used(tree: Path, cache: Path) -> None:
    results(tree)
    database(cache).chmod(0o666)
    before = database(cache).read_bytes()
    (tree / "new.py").write_text("x = 1\n", encoding="utf-8")
    assert results(tree) == results(tree, cached=False)
    assert database(cache).read_bytes() == before


@POSIX
def test_a_folder_of_another_user_is_not_used(tree: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results(tree)
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    assert cache_folder(str(tree)) is None


@POSIX
def test_a_link_is_not_followed(tree: Path, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    cache.parent.mkdir()
    cache.symlink_to(tmp_path / "elsewhere")
    results(tree)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_it_never_lies_in_the_scanned_tree(tree: Path, cache: Path) -> None:
    assert cache_folder(str(tree)) == str(cache)
    assert cache_folder(str(cache.parent.parent)) is None
    assert cache_folder(str(cache)) is None
    assert not cache_folder(os.sep)


@POSIX
def test_it_is_closed_to_others(tree: Path, cache: Path) -> None:
    results(tree)
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in cache.iterdir()} == {0o600}


# --- disks, clocks and company


@POSIX
def test_a_disk_that_is_full_costs_nothing(tree: Path, cache: Path) -> None:
    program = (
        "import resource, sys\n"
        "from gk_hooks.pipeline import analysis\nfrom gk_hooks.source.directory import snapshot_of\n"
        "analysis.WORTH_IT = 0\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))\n"
        "snapshot = snapshot_of([sys.argv[1]])\n"
        "for cached in (True, True, False):\n"
        "    print(len(analysis.analyze_cached(snapshot, snapshot.entries(), lambda done: None, cached)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tree)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, len(set(done.stdout.split()))) == ("", 1)


@POSIX
def test_a_disk_that_cannot_be_written_costs_nothing(tree: Path, cache: Path) -> None:
    expected = results(tree)
    for path in (*cache.iterdir(), cache):
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        assert results(tree) == expected
    finally:
        cache.chmod(0o700)


@pytest.mark.parametrize("now", (0, 86_400, 4_000_000_000))
def test_a_clock_that_jumps_changes_nothing(tree: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, now: int) -> None:
    expected = results(tree)
    monkeypatch.setattr(store.time, "time", lambda: now)
    assert results(tree) == expected
    (tree / "new.py").write_text("x = 1\n", encoding="utf-8")
    assert results(tree) == results(tree, cached=False)


def test_it_forgets_what_was_not_used_for_the_longest_time(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(store, "MAX_BYTES", 100_000)
    found = open_store(str(tmp_path / "tree"))
    assert found is not None
    for day in range(10):
        monkeypatch.setattr(store.time, "time", lambda day=day: day * 30 * 86_400)
        found.add((Kind.PYTHON, f"{day:02x}{n:062x}", f"{day:02x}{n:038x}", ("x" * 100,)) for n in range(200))
    hashes = [[f"{day:02x}{n:062x}" for n in range(200)] for day in range(10)]
    assert not found.by_hash(Kind.PYTHON, hashes[0])
    assert len(found.by_hash(Kind.PYTHON, hashes[9])) == 200
    assert not found.by_blob(Kind.PYTHON, [f"00{n:038x}" for n in range(200)])
    assert database(cache).stat().st_size < 400_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_two_hundred_runs_at_once_agree(tree: Path, cache: Path) -> None:
    program = (
        "import os, sys\n"
        "from gk_hooks.pipeline import analysis\nfrom gk_hooks.source.directory import snapshot_of\n"
        "analysis.WORTH_IT = 0\n"
        "snapshot = snapshot_of([sys.argv[1]])\n"
        "entries = snapshot.entries()[:40]\n"
        "def run(cached): return analysis.analyze_cached(snapshot, entries, lambda done: None, cached)\n"
        "expected = run(False)\n"
        "for n in range(200):\n"
        "    if not os.fork():\n"
        "        os._exit(run(True) != expected)\n"
        "print(sum(os.waitstatus_to_exitcode(os.wait()[1]) != 0 for n in range(200)), run(True) == expected)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tree)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("0 True\n", "")


# --- which version of gk


def test_other_code_has_another_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    before = engine_id()
    copy = tmp_path / "gk_hooks"
    shutil.copytree(ROOT / "gk_hooks", copy, ignore=shutil.ignore_patterns("__pycache__"))
    assert engine_id(str(copy)) == before
    for part in PARTS:
        path = copy / part if part.endswith(".py") else min((copy / part).rglob("*.py"))
        path.write_bytes(path.read_bytes() + b"\n")
        engine_id.cache_clear()
        assert engine_id(str(copy)) != before
        before = engine_id(str(copy))
    monkeypatch.setattr(sys.implementation, "cache_tag", "cpython-399")
    engine_id.cache_clear()
    assert engine_id(str(copy)) != before


# --- commands


def test_reports_are_the_same_with_and_without_it(repo: GitRepo, tree: Path, tmp_path: Path) -> None:
    for number, path in enumerate(sorted(tree.rglob("*.*"))):
        repo.stage(f"{number}/{path.name}", path.read_bytes() + b"\n" * 3000)
    repo.commit()
    repo.stage("0/more.py", "import os\nos.system('curl https://evil.example')\n" + "\n" * 100_000)
    repo.stage("1/" + sorted(tree.rglob("*.*"))[1].name, "\n" * 4000)
    repo.commit()

    def reports(*words: str) -> tuple[str, object]:
        done = gk("scan", *words, "--output-dir", str(tmp_path / "out"), cwd=repo.path)
        document = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
        document.pop("run")
        return done.stdout, document

    for mode in (("--at", "HEAD"), ("--since", "HEAD~1"), ()):
        uncached = reports(*mode, "--no-cache")
        assert reports(*mode) == uncached
        assert reports(*mode) == uncached


def test_an_audit_says_that_it_did_not_read_it(repo: GitRepo, cache: Path) -> None:
    repo.commit(a_py="x = 1\n" * 50_000)
    done = gk("audit", "--output-dir", "out", cwd=repo.path)
    document = json.loads((repo.path / "out" / "report.json").read_text(encoding="utf-8"))
    assert done.returncode == 0
    assert "every file was analyzed anew; the cache was not read" in document["notes"]
    assert not cache.exists()


def test_hunks_are_remembered_as_git_gave_them(repo: GitRepo, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ("a\nb\nc\n", "a\nc\n", "x\na\nb\nc\n", "")
    for number, text in enumerate(texts):
        repo.stage(f"{number}.txt", text)
    blobs = [repo.id(f":{number}.txt") for number in range(len(texts))]
    pairs = {(old, new) for old in blobs for new in blobs}
    expected = {pair: hunks(repo.open(), *pair) for pair in pairs}
    assert patches.all_hunks(repo.open(), pairs, cache=False) == expected
    assert not cache.exists()
    assert patches.all_hunks(repo.open(), pairs, cache=True) == expected
    monkeypatch.setattr(patches, "start_hunks", None)  # nobody is asked again
    assert patches.all_hunks(repo.open(), pairs, cache=True) == expected
