"""Runs programs in turns on the same work, so that a busy machine slows all of them alike, and prints their times."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


class Missing(Exception):
    """Why a table cannot be made, in one line."""


@dataclass
class Program:
    """A command and the seconds that its runs took.

    env: on top of the clean environment. group: what it is compared within. before: called before each run, untimed.
    codes: exit codes that mean that the work was done. problem: why it runs no more.
    """

    name: str
    command: Sequence[str]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    group: str = ""
    before: Callable[[], object] = lambda: None
    codes: Container[int] = (0,)
    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    problem: str = ""

    @property
    def label(self) -> str:
        """What a row of a table is called."""
        return f"{self.group}: {self.name}" if self.group else self.name

    def run(self) -> None:
        """One run, timed. What it prints is of no interest unless it fails, which ends its part in the table."""
        self.before()
        with tempfile.TemporaryFile() as complaint:
            used, start = _used(), time.perf_counter()
            try:
                code = subprocess.run(
                    self.command,
                    cwd=self.cwd,
                    env=environment(self.env),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=complaint,
                    check=False,
                ).returncode
            except OSError as error:
                self.problem = str(error)
                return
            wall, processor = time.perf_counter() - start, _used() - used
            if code not in self.codes:
                complaint.seek(0)
                lines = complaint.read().decode("utf-8", "replace").strip().splitlines()
                self.problem = f"exit code {code}: {lines[-1] if lines else 'it says nothing'}"
                return
        self.wall.append(wall)
        self.processor.append(processor)


@dataclass(frozen=True)
class Aim:
    """What issue 8 asks of the program *ours* beside *theirs*, both by label: a *kind* of comparison and its bound."""

    text: str
    ours: str
    theirs: str
    kind: str
    bound: float

    def measured(self, programs: Mapping[str, Program]) -> str | None:
        """A row of the table of aims; None where one of the two did not run."""
        ours, theirs = programs.get(self.ours), programs.get(self.theirs)
        if not (ours and theirs and ours.wall and theirs.wall):
            return None
        values = [COMPARE[self.kind](mine, its) for mine, its in zip(ours.wall, theirs.wall)]
        middle = statistics.median(values)
        met = middle >= self.bound if self.kind == "times faster" else middle <= self.bound
        word = "at least" if self.kind == "times faster" else "at most"
        return f"| {self.text} | {word} {self.bound:g} {self.kind} | {_spread(values)} | {'yes' if met else 'no'} |"


COMPARE: Mapping[str, Callable[[float, float], float]] = {
    "times faster": lambda mine, its: its / mine,
    "times its time": lambda mine, its: mine / its,
    "s more": lambda mine, its: mine - its,
}
"""How wall times of one round are compared."""


class Report:
    """Prints tables as they are done, and at the end what became of the aims and of what was left out."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self.aims: list[str] = []
        self.left_out: list[str] = []

    def table(
        self,
        title: str,
        programs: Sequence[Program],
        beside: Iterable[str] = (),
        aims: Iterable[Aim] = (),
        rounds: int | None = None,
    ) -> None:
        """Runs *programs* in turns. *beside*: names of programs; every row says how its wall time compares to that
        program's of the same group, round by round."""
        rounds = rounds or self.rounds
        for number in range(rounds):
            for program in programs if number % 2 == 0 else reversed(programs):
                if not program.problem:
                    program.run()
        whole = [program for program in programs if not program.problem]
        named = {(program.group, program.name): program for program in whole}
        columns = [name for name in beside if any(program.name == name for program in whole)]
        turns = f"{rounds} round{'s' if rounds > 1 else ''}"
        heads = "".join(f" × {name} |" for name in columns)
        say(f"\n### {title}\n\n| {turns} | wall: least / median | processor: least / median |{heads}")
        say("| --- |" + " ---: |" * (2 + len(columns)))
        for program in whole:
            cells = [_least_and_median(program.wall), _least_and_median(program.processor)]
            cells += [_ratios(program, named.get((program.group, name))) for name in columns]
            say(f"| {program.label} | " + " | ".join(cells) + " |")
        for program in programs:
            if program.problem:
                self.leave_out(f"{title}: {program.label}: {program.problem}")
        found = {program.label: program for program in whole}
        self.aims += [row for aim in aims if (row := aim.measured(found))]

    def leave_out(self, reason: str) -> None:
        """Says in one line what is missing and why."""
        self.left_out.append(reason)
        print(f"left out: {reason}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """The aims, and again what is missing: a table that is not there is easily overlooked."""
        if self.aims:
            say("\n### The aims\n\n| | asked | measured: median (least–most) | met |\n| --- | --- | --- | --- |")
            say("\n".join(self.aims))
        if self.left_out:
            say("\nNot measured:\n\n" + "\n".join(f"- {reason}" for reason in self.left_out))


def say(text: str) -> None:
    """Prints at once, so that a long run can be followed."""
    print(text, flush=True)


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """What every program gets: nothing of Python's or git's own settings, and *more*."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GIT_"))}
    return {**clean, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, **more}


def _least_and_median(seconds: Sequence[float]) -> str:
    both = (min(seconds), statistics.median(seconds))
    return " / ".join(f"{each:.3f}" if each < 1 else f"{each:.2f}" for each in both) + " s"


def _ratios(program: Program, other: Program | None) -> str:
    if other is None:
        return "–"
    return "1" if other is program else _spread([mine / its for mine, its in zip(program.wall, other.wall)])


def _spread(values: Sequence[float]) -> str:
    """Median, least and most."""
    middle = _short(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({_short(min(values))}–{_short(max(values))})"


def _short(number: float) -> str:
    """Three digits that tell something."""
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.3g}"


def _used() -> float:
    import resource  # Windows, where tests use the inputs of benchmarks, has no such module

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
