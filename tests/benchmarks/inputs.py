"""What the benchmarks run on: releases from PyPI, somebody's repository, and generated histories of any size."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.timing import Missing, environment

MODULE = '''"""Module {n}."""
import os
from package{other}.part{part} import module{next} as other

NAME = "n{n}"


class Thing{n}:
    """A thing."""

    def __init__(self, value, *more):
        self.value, self.more = value, [os.path.join(NAME, str(one)) for one in more]

    def total(self):
        if not self.more:
            return self.value
        return sum(len(one) for one in self.more) + other.NAME.count("n")


def build{n}(values):
    for value in values:
        yield Thing{n}(value, *range(value % 3))
'''
"""A module without a finding, of about 20 lines."""

ACTIVE = """import subprocess
import requests

HOST = "https://example.com/{n}"


def send(data, command):
    subprocess.run(command, check=True)
    return requests.post(HOST, json=data, timeout=5)
"""
"""A module with findings; one file in twenty."""

GENERATION = f"{zlib.crc32(Path(__file__).read_bytes()):08x}"
"""What is made by another version of this file is not taken for ours."""

CLONE = "clone-of-"
PACKAGES, PARTS = 97, 13
START = 1_700_000_000
"""Seconds since 1970 of the first generated commit."""

Files = Iterable[tuple[str, bytes]]


class Commit(NamedTuple):
    """files: what it writes, path and content. on: the branch that a new *branch* starts from. whole: it holds these
    files and no other."""

    files: Files
    branch: str = "main"
    on: str = ""
    whole: bool = False


def release(name: str, version: str, folder: Path) -> Path:
    """The unpacked source of a release, fetched with pip. Raises Missing where that cannot be had."""
    target = folder / f"{name}-{version}"
    if not target.is_dir():
        with _draft(target) as draft:
            fetched = draft.with_suffix(".fetched")
            shutil.rmtree(fetched, ignore_errors=True)
            words = ("-q", "--disable-pip-version-check", "--no-deps", "--no-binary", name, f"{name}=={version}")
            done = _run([sys.executable, "-m", "pip", "download", "-d", str(fetched), *words])
            archives = list(fetched.glob("*.tar.gz"))
            if done.returncode or len(archives) != 1:
                shutil.rmtree(fetched, ignore_errors=True)
                raise Missing(f"{name} {version} could not be fetched: {_last_line(done)}")
            with tarfile.open(archives[0]) as packed:
                packed.extractall(fetched, filter="data")
            next(path for path in fetched.iterdir() if path.is_dir()).rename(draft)
            shutil.rmtree(fetched)
    return target


def releases(name: str, versions: Iterable[str], folder: Path, *then: Commit) -> Path:
    """A repository with a commit for each release and those that *then* follow, checked out."""
    sources = [release(name, version, folder) for version in versions]
    parts = (name, *versions, *(path for commit in then for path, _ in commit.files), GENERATION)
    target = folder / "-".join(parts).replace("/", "-")
    return repository(target, [*(Commit(_files_below(source), whole=True) for source in sources), *then], checkout=True)


def generated(files: int, folder: Path) -> Path:
    """A repository of that many generated files, the last of which changed in a second commit."""
    last = files - 1
    commits = (Commit(all_modules(files)), Commit([(module_path(last), module(last, files, 1))]))
    return repository(folder / f"generated-{files}-{GENERATION}", commits, checkout=True)


def changed(files: int, sizes: Iterable[int], folder: Path) -> Path:
    """A repository of that many files with a branch ``change-N`` for each N of *sizes*, which changes N of them."""
    commits = [Commit(all_modules(files))]
    for size in sizes:
        chosen = sorted(random.Random(size).sample(range(files), size))
        commits.append(Commit([(module_path(n), module(n, files, 1)) for n in chosen], f"change-{size}", "main"))
    return repository(folder / f"generated-changes-{files}-{GENERATION}", commits)


def deep(files: int, commits: int, folder: Path) -> Path:
    """A repository of that many files and commits, each of which changes one file."""
    later = ((n % files, n // files + 1) for n in range(commits - 1))
    history = (Commit([(module_path(n), module(n, files, changes))]) for n, changes in later)
    return repository(
        folder / f"generated-deep-{commits}-{GENERATION}", [Commit(all_modules(files)), *history], checkout=True
    )


def tree(folder: Path, files: int) -> Path:
    """A plain folder of generated files."""
    target = folder / f"generated-tree-{files}-{GENERATION}"
    if not target.is_dir():
        with _draft(target) as draft:
            for name, data in all_modules(files):
                path = draft / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
    return target


def module(n: int, files: int, changes: int = 0) -> bytes:
    """The text of generated file *n*, of which the last function's body was changed that often."""
    following = (n + 1) % files
    names = {"n": n, "next": following, "other": following % PACKAGES, "part": following % PARTS}
    text = ACTIVE.replace("{n}", str(n)) if n % 20 == 0 else MODULE.format(**names)
    return (text + "".join(f"    # change {one}\n" for one in range(changes))).encode()


def module_path(n: int) -> str:
    """Where generated file *n* lies."""
    return f"package{n % PACKAGES}/part{n % PARTS}/module{n}.py"


def all_modules(files: int) -> Iterator[tuple[str, bytes]]:
    """Paths and texts of all generated files."""
    return ((module_path(n), module(n, files)) for n in range(files))


def clone(source: Path, folder: Path) -> Path:
    """A clone of *source* that shares its objects, so that nothing is written there. Raises Missing."""
    target = folder / f"{CLONE}{source.name}"
    shutil.rmtree(target, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    done = _run(["git", "clone", "-q", "--shared", str(source), str(target)])
    if done.returncode:
        raise Missing(f"{source} cannot be cloned: {_last_line(done)}")
    return target


def resolve(folder: Path, revision: str) -> str:
    """The id of a commit. Raises Missing."""
    done = _run(["git", "-C", str(folder), "rev-parse", "-q", "--verify", f"{revision}^{{commit}}"])
    if done.returncode:
        name = folder.name.removeprefix(CLONE)
        raise Missing(
            f"{name} has no commit {revision}; its history may be shorter: say --since with one that is there"
        )
    return done.stdout.decode().strip()


def git(folder: Path, *words: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> str:
    """What the user's git prints. Raises Missing where it fails."""
    done = _run(["git", "-C", str(folder), *words], stdin, env)
    if done.returncode:
        raise Missing(f"git {words[0]} failed in {folder}: {_last_line(done)}")
    return done.stdout.decode("utf-8", "surrogateescape")


def stage(repo: Path, path: str, data: bytes) -> dict[str, str]:
    """An environment whose index is HEAD with another content at *path*; the repository's own index stays."""
    own = repo / ".git" / "index"
    index = {"GIT_INDEX_FILE": f"{own}-{zlib.crc32(path.encode() + data):08x}"}
    shutil.copyfile(own, index["GIT_INDEX_FILE"])
    blob = git(repo, "hash-object", "-w", "--stdin", stdin=data).strip()
    git(repo, "update-index", "--cacheinfo", f"100644,{blob},{path}", env=index)
    return index


def repository(target: Path, commits: Iterable[Commit], checkout: bool = False) -> Path:
    """A repository with *commits*, made by git fast-import; the same input gives the same ids."""
    if not target.is_dir():
        with _draft(target) as draft:
            draft.parent.mkdir(parents=True, exist_ok=True)
            git(draft.parent, "init", "-q", "-b", "main", draft.name)
            _fast_import(draft, commits)
            git(draft, *(("reset", "-q", "--hard") if checkout else ("read-tree", "HEAD")))
    return target


def _fast_import(folder: Path, commits: Iterable[Commit]) -> None:
    words = ["git", "-C", str(folder), "-c", "fastimport.unpackLimit=1", "fast-import", "--quiet"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, env=environment({})) as process:
        assert process.stdin is not None
        for number, commit in enumerate(commits):
            process.stdin.write(f"commit refs/heads/{commit.branch}\n".encode())
            process.stdin.write(f"committer gk <gk@example.com> {START + number} +0000\ndata 0\n".encode())
            if commit.on:
                process.stdin.write(f"from refs/heads/{commit.on}\n".encode())
            if commit.whole:
                process.stdin.write(b"deleteall\n")
            for path, data in commit.files:
                process.stdin.write(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
    if process.returncode:
        raise Missing(f"git fast-import failed in {folder}")


def _files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A path that becomes *target* when all went well, so that nothing half made is ever used."""
    draft = target.with_name(target.name + ".partial")
    shutil.rmtree(draft, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    yield draft
    draft.rename(target)


def _run(words: list[str], stdin: bytes = b"", env: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(words, input=stdin, env=environment(env or {}), capture_output=True, check=False)
    except FileNotFoundError:
        raise Missing(f"{words[0]} is not installed") from None


def _last_line(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else f"exit code {done.returncode}"
