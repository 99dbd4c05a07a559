"""Runs programs in turns on the same work and compares their times, so that a busy machine slows all of them alike."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Program:
    """A command, what must be done before each run of it, and the seconds that its runs took."""

    name: str
    command: Sequence[str]
    before: Callable[[], object] = lambda: None
    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def gk(*words: str) -> list[str]:
    """The command that runs this checkout."""
    return [sys.executable, "-P", "-m", "gk_hooks", *words]


def environment(**more: str) -> dict[str, str]:
    """Where gk is found and everything is compiled beforehand."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GIT_"))}
    return {**clean, "PYTHONPATH": str(ROOT), **more}


def run_once(program: Program, cwd: Path, env: Mapping[str, str]) -> None:
    """One run, timed; what it prints is of no interest."""
    program.before()
    used = _used()
    start = time.perf_counter()
    subprocess.run(program.command, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    program.wall.append(time.perf_counter() - start)
    program.processor.append(_used() - used)


def compare(title: str, programs: Sequence[Program], cwd: Path, env: Mapping[str, str], rounds: int) -> None:
    """Runs *programs* in turns and prints a table; ratios are to the first, from round to round."""
    for _ in range(rounds):
        for program in programs:
            run_once(program, cwd, env)
    print(f"\n### {title}\n")
    print("| | seconds, least | median | processor | times the first: least | median | most |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    first = programs[0]
    for program in programs:
        ratios = sorted(mine / its for mine, its in zip(program.wall, first.wall, strict=True))
        wall, middle = min(program.wall), statistics.median(program.wall)
        cells = (wall, middle, min(program.processor), ratios[0], statistics.median(ratios), ratios[-1])
        print(f"| {program.name} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")
    sys.stdout.flush()


def peak_memory(command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> int:
    """The most kilobytes that one process of *command* held."""
    script = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); "
    script += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    done = subprocess.run([sys.executable, "-c", script, *command], cwd=cwd, env=env, capture_output=True, check=True)
    return int(done.stdout)


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
