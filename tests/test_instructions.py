"""How many instructions the hot paths take: no other program on the machine can change that, as it changes times.

Each count is compared with that of ordinary work of the same interpreter, so that another Python moves both. The bounds
are a third to a half above what was measured: a change that makes gk much slower fails here, one that makes it a little
so does not. The standard library alone is used, so that nothing depends on what else is installed.
"""

from __future__ import annotations

import os
import poplib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from benchmarks.inputs import module
from git_repo import GitRepo
from scanning import ROOT

Count = Callable[..., float]
PYTHON = (sys.executable, "-P", "-S")
IMPORTS = "import argparse, ast, subprocess"
REPEAT = """
first, often, *paths = sys.argv[1:]
texts = [open(path, "rb").read() for path in paths]
gc.disable()  # as the workers do
for text in texts:
    work(text)
for n in range(int(often)):
    work(b"%s\\n# %d\\n" % (texts[int(first)], n))
"""
PARSE = f"import ast, gc, sys\nwork = ast.parse\n{REPEAT}"
ANALYZE = f"""
import gc, sys
from gk_hooks.model.kinds import Kind
from gk_hooks.model.snapshot import Entry
from gk_hooks.pipeline.workers import analyze_entry
def work(data):
    assert analyze_entry(Entry("a.py", Kind.PYTHON), lambda entry: data).record.status.value == "analyzed"
{REPEAT}"""


@pytest.fixture(scope="module")
def count(tmp_path_factory: pytest.TempPathFactory) -> Count:
    """Counts the instructions of Python with some words, in millions, beyond those of starting and ending it."""
    compiled = tmp_path_factory.mktemp("compiled")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GIT_"))}
    env |= {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", "PYTHONPYCACHEPREFIX": str(compiled)}

    def run(cwd: Path, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)

    @cache
    def counted(*words: str, cwd: Path = compiled) -> float:
        done = run(cwd, *PYTHON, *words)  # so that everything is compiled
        assert done.returncode == 0, done.stderr
        return instructions(run, cwd, *PYTHON, *words) / 1e6

    return lambda *words, cwd=compiled: counted(*words, cwd=cwd) - counted("-c", "pass")


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Files to analyze."""
    folder = tmp_path_factory.mktemp("texts")
    for number, data in enumerate((module(0, 50), module(1, 50), Path(poplib.__file__).read_bytes())):
        (folder / f"{number}.py").write_bytes(data)
    return sorted(map(str, folder.iterdir()))


def instructions(run: Callable[..., subprocess.CompletedProcess[str]], cwd: Path, *command: str) -> int:
    """Of *command* without the processes that it starts, by callgrind, else by ``perf stat``; skips without both."""
    counters = (
        (("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"), r"Collected : (\d+)"),
        (("perf", "stat", "--no-inherit", "-x,", "-e", "instructions:u"), r"^(\d+),.*instructions:u"),
    )
    for counter, figure in counters:
        if shutil.which(counter[0]):
            done = run(cwd, *counter, *command)
            found = re.search(figure, done.stderr, re.M)
            if found and done.returncode == 0:
                return int(found[1])
    pytest.skip("neither callgrind nor perf can count instructions here")


def test_saying_the_version(count: Count) -> None:
    assert count("-m", "gk_hooks", "--version") < 0.5 * count("-c", IMPORTS)


def test_a_hook_with_one_staged_file(count: Count, repo: GitRepo) -> None:
    repo.commit(**{f"module{n}_py": module(n, 50).decode() for n in range(50)})
    repo.stage("module0.py", module(0, 50, changes=1))
    assert count("-m", "gk_hooks", "hook", cwd=repo.path) < 7.2 * count("-c", IMPORTS)


@pytest.mark.parametrize(
    ("text", "often", "times"),
    (
        pytest.param(0, 20, 8.2, id="a short one with findings"),
        pytest.param(1, 20, 1.6, id="a short one without"),
        pytest.param(2, 1, 7.6, id="a long one"),
    ),
)
def test_a_cold_scan_of_a_file(count: Count, texts: list[str], text: int, often: int, times: float) -> None:
    """Compared with parsing it; what is done once has been done before, with all texts."""
    analyzed, parsed = (
        count("-c", program, str(text), str(often), *texts) - count("-c", program, "0", "0", *texts)
        for program in (ANALYZE, PARSE)
    )
    assert analyzed < times * parsed
