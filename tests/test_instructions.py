"""How many instructions the hot path takes, which no other program on the machine can change.

The bounds are twice what was measured: they stop a change that makes gk much slower, not one that makes it a little so.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.inputs import ACTIVE, MODULE
from scanning import ROOT


def instructions(tmp_path: Path, *command: str) -> int:
    """What ``perf stat`` counts for *command*, else what callgrind does."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GIT_"))}
    env |= {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", "PYTHONPYCACHEPREFIX": str(tmp_path / "compiled")}
    run = {"cwd": tmp_path, "env": env, "capture_output": True, "text": True, "check": False}
    subprocess.run(command, **run)  # so that everything is compiled
    if shutil.which("perf"):
        counted = subprocess.run(["perf", "stat", "-x,", "-e", "instructions:u", *command], **run)
        found = re.search(r"^(\d+),.*instructions:u", counted.stderr, re.M)
        if found:
            return int(found[1])
    if shutil.which("valgrind"):
        out = tmp_path / "callgrind.out"
        words = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *command]
        counted = subprocess.run(words, **run)
        found = re.search(r"Collected : (\d+)", counted.stderr)
        if found:
            return int(found[1])
    pytest.skip("neither perf nor callgrind can count instructions here")


@pytest.mark.parametrize(
    ("program", "millions"),
    (
        pytest.param("from gk_hooks.cli import main; main(['--version'])", 25, id="saying the version"),
        pytest.param("import gk_hooks.commands.hook", 400, id="importing what a hook needs"),
        pytest.param(
            "import sys; from gk_hooks.workers import analyze_entry; from gk_hooks.model.snapshot import Entry\n"
            "from gk_hooks.model.kinds import Kind\n"
            "for text in sys.argv[1:] * 50: analyze_entry(Entry('a.py', Kind.PYTHON), lambda entry: text.encode())",
            830,
            id="fifty files with findings and fifty without",
        ),
    ),
)
def test_the_hot_path_takes_no_more_instructions(tmp_path: Path, program: str, millions: int) -> None:
    texts = (ACTIVE, MODULE.format(n=1, next=2, other=2, part=2))
    count = instructions(tmp_path, sys.executable, "-P", "-c", program, *texts)
    nothing = instructions(tmp_path, sys.executable, "-P", "-c", "pass")
    assert (count - nothing) / 1e6 < millions
