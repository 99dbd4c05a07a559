"""What the benchmarks run on: a release from PyPI, and trees and histories that are made on the spot."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

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


def release(name: str, version: str, folder: Path) -> Path:
    """The unpacked source of a release, fetched with pip."""
    target = folder / f"{name}-{version}"
    if not target.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        words = ("download", "-q", "--no-deps", "--no-binary", ":all:", "-d", str(folder), f"{name}=={version}")
        subprocess.run([sys.executable, "-m", "pip", *words], check=True)
        archive = next(path for path in folder.glob("*.tar.gz") if path.name.lower().startswith(name.lower()))
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        found = next(path for path in folder.iterdir() if path.name.lower() == f"{name}-{version}".lower())
        if found != target:
            found.rename(target)
    return target


def tree(folder: Path, files: int) -> Path:
    """A tree of that many generated Python files."""
    for n in range(files):
        path = folder / f"package{n % 97}" / f"part{n % 13}" / f"module{n}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = ACTIVE if n % 20 == 0 else MODULE
        names = {"n": n, "next": (n + 1) % files, "other": (n + 1) % 97, "part": (n + 1) % 13}
        path.write_text(text.replace("{n}", str(n)) if text is ACTIVE else text.format(**names), encoding="utf-8")
    return folder


def repository(folder: Path, files: int, commits: int = 0) -> Path:
    """A generated tree under git; each further commit changes a body in one file."""
    if not folder.is_dir():
        tree(folder, files)
        git(folder, "init", "-q", "-b", "main")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "all")
        for n in range(commits):
            touch(folder, n)
            git(folder, "commit", "-q", "-a", "-m", f"change {n}")
    return folder


def touch(folder: Path, n: int) -> None:
    """Change the body of one function."""
    paths = sorted((folder / f"package{n % 97}").rglob("module*.py"))
    path = paths[n % len(paths)]
    path.write_text(path.read_text(encoding="utf-8") + f"    # {n}\n", encoding="utf-8")


def git(folder: Path, *words: str) -> None:
    """The user's git, as nobody."""
    who = {f"GIT_{role}_{what}": "x@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(["git", "-C", str(folder), *words], env={**os.environ, **who}, check=True)
