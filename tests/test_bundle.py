"""gk bundle: one file, the same bytes every time, that works where nothing is installed and nothing is connected."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from git_repo import GitRepo
from scanning import ROOT, gk

from gk_hooks.cli import main
from gk_hooks.commands import bundle
from gk_hooks.errors import UsageError

EVIL = 'import requests\nrequests.get("http://evil.example/")\n'


@pytest.fixture(scope="module")
def pyz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of this checkout."""
    path = tmp_path_factory.mktemp("bundle") / "gk.pyz"
    done = gk("bundle", "--output", path, cwd=path.parent)
    assert done.returncode == 0, done.stderr
    return path


def isolated(pyz: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs the bundle without site-packages, and without a network where the system can take it away."""
    alone = ["unshare", "-rn"] if can_unshare() else []
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [*alone, sys.executable, "-S", "-E", str(pyz), *arguments],
        cwd=cwd,
        env={**clean, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        stdin=subprocess.DEVNULL,
    )


def can_unshare() -> bool:
    if not shutil.which("unshare"):
        return False
    return subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0


def test_the_same_bytes_twice(pyz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "elsewhere"
    shutil.copytree(ROOT / "gk_hooks", copy / "gk_hooks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "LICENSE", copy)
    for path in copy.rglob("*.py"):
        os.utime(path, (1, 1))
    monkeypatch.setattr(bundle, "HOME", copy)
    monkeypatch.chdir(tmp_path)
    assert main(["bundle"]) == 0
    assert (tmp_path / "gk.pyz").read_bytes() == pyz.read_bytes()


def test_its_times_are_those_that_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"b.py": b"b", "a.py": b"a", "__main__.py": b""}
    data = bundle.archive(files, 1_700_000_000)
    with zipfile.ZipFile(io.BytesIO(data)) as read:
        assert read.namelist() == ["__main__.py", "a.py", "b.py"]
        assert {entry.date_time for entry in read.infolist()} == {(2023, 11, 14, 22, 13, 20)}
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(UsageError, match="is no number of seconds"):
        bundle.run(None)  # type: ignore[arg-type]


def test_it_carries_the_libraries_with_their_licences(pyz: Path) -> None:
    with zipfile.ZipFile(pyz) as read:
        names = set(read.namelist())
        assert all(read.getinfo(name).file_size for name in names if "LICENSE" in name)
    assert {"LICENSE", "__main__.py", "gk_hooks/cli.py", "git/cmd.py", "unidiff/patch.py", "smmap/mman.py"} <= names
    licences = [name.partition("-")[0].lower() for name in names if ".dist-info/" in name and "LICENSE" in name]
    assert sorted(set(licences)) == ["gitdb", "gitpython", "smmap", "unidiff"]
    assert not [name for name in names if "/test" in name or "__pycache__" in name or name.endswith((".so", ".pyc"))]


def test_it_works_alone(pyz: Path, repo: GitRepo, tmp_path: Path) -> None:
    repo.stage("a.py", EVIL)
    for number in range(6):  # enough for worker processes
        repo.stage(f"bulk{number}.py", "import os\nx = os.getpid()\n" * 4_000)
    repo.commit("one")
    repo.git("tag", "v1.0")
    assert isolated(pyz, "selftest", cwd=repo.path).returncode == 0
    scan = isolated(pyz, "scan", "-q", ".", cwd=repo.path)
    assert (scan.returncode, scan.stderr) == (1, "")
    assert "a.py:2:1: BLOCKER NET001" in scan.stdout
    audit = isolated(pyz, "audit", "v1.0", "-q", "--output-dir", str(tmp_path / "p"), cwd=repo.path)
    assert (audit.returncode, audit.stderr) == (1, "")
    verify = isolated(pyz, "verify", str(tmp_path / "p"), cwd=repo.path)
    assert verify.returncode == 2, verify.stdout + verify.stderr
    assert "ok           reports" in verify.stdout


def test_its_git_library_carries_the_commands(pyz: Path, repo: GitRepo) -> None:
    repo.commit(a_py=EVIL)
    code = "from gk_hooks.source.git.plumbing import use_gitpython as u; import git; print(u(), git.__file__)"
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    words = [sys.executable, "-S", "-c", code]
    done = subprocess.run(words, env={**env, "PYTHONPATH": str(pyz)}, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.split() == ["True", str(pyz / "git" / "__init__.py")]


def test_it_verifies_a_signature_without_a_library(pyz: Path, repo: GitRepo, tmp_path: Path) -> None:
    repo.commit(a_py=EVIL)
    key = tmp_path / "release.key"
    assert main(["keygen", "example.com/release", "-o", str(key)]) == 0
    assert main(["audit", "-q", "--output-dir", str(tmp_path / "p"), "--key", str(key)]) == 1
    done = isolated(pyz, "verify", str(tmp_path / "p"), "--key", str(tmp_path / "release.pub"), cwd=repo.path)
    assert done.returncode == 0, done.stdout + done.stderr
    signed = isolated(pyz, "audit", "--output-dir", str(tmp_path / "q"), "--key", str(key), cwd=repo.path)
    assert signed.returncode == 3
    assert signed.stderr.count("\n") == 1
    assert "pip install 'gk_hooks[crypto]'" in signed.stderr


def test_it_installs_hooks_that_run_it(pyz: Path, repo: GitRepo) -> None:
    repo.commit(a_py="x = 1\n")
    assert isolated(pyz, "hook", "install", cwd=repo.path).returncode == 0
    repo.stage("b.py", EVIL)
    with pytest.raises(AssertionError, match="evil"):
        repo.git("commit", "-m", "two")


def test_a_bundle_makes_no_bundle(pyz: Path, tmp_path: Path) -> None:
    done = isolated(pyz, "bundle", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr == "gk: this gk is a bundle itself: copy it, or make one with an installed gk\n"
