"""``python -m benchmarks profile [-- WORDS…]``: where the time of one gk command goes, by phase, in one process.

WORDS are those of gk (default: scan --no-cache of Django 5.1). Times are of the processor, and each phase's own: what
it calls of another phase is counted there.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import gc
import importlib
import io
import os
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import inputs
from benchmarks.programs import DECISIONS, ROOT
from benchmarks.timing import Missing, say

START = "starting: imports of what every command needs"
GARBAGE = "collecting cyclic garbage"
GIT = "git, in processes of its own"
REST = "everything else"
LIMIT = frozenset({"reading", "hashing", "parsing"})
"""What the limit in whole.py has to do as well."""

PHASES = (
    ("gk_hooks.source.directory", "DirectorySnapshot.entries", "listing the files"),
    ("gk_hooks.source.git.snapshots", "TrackedSnapshot.entries", "listing the files"),
    ("gk_hooks.source.directory", "_read", "reading"),
    ("gk_hooks.source.git.objects", "Objects.read", "reading"),
    ("hashlib", "sha256", "hashing"),
    ("gk_hooks.pipeline.workers", "decode", "decoding"),
    ("gk_hooks.analyzers.python", "reach", "prefilter"),
    ("gk_hooks.analyzers.python", "is_valid", "checking the syntax of files that do not matter"),
    ("gk_hooks.analyzers.python", "parse", "parsing"),
    ("gk_hooks.analyzers.python", "Interpreter.run", "the walk"),
    ("gk_hooks.pipeline.workers", "_effects", "freeing what the walk left; other languages"),
    ("gk_hooks.pipeline.workers", "_with_effects", "the rules"),
    ("gk_hooks.pipeline.analysis", "link_cached", "the link step"),
    ("gk_hooks.pipeline.diff", "link_cached", "the link step"),
    ("gk_hooks.pipeline.modules", "read_exports", "what modules export"),
    ("gk_hooks.pipeline.touched", "with_touched", "what a change touches through imports"),
    ("gk_hooks.pipeline.diff", "Base.compare", "comparing with the base"),
    ("gk_hooks.pipeline.scan", "judge_all", "judging and the report model"),
    ("gk_hooks.commands.output", "write_reports", "writing the reports"),
    ("gk_hooks.commands.output", "deliver", "writing the reports"),
)
"""Module, function or method, and the phase that its own time belongs to."""

ORDER = (START, *dict.fromkeys(phase for _, _, phase in PHASES), GARBAGE, GIT, REST)


class Clock:
    """The processor time of each phase, without that of phases it calls."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self.calls: dict[str, int] = defaultdict(int)
        self._open: list[str] = [REST]
        self._since = time.process_time()

    def enter(self, phase: str) -> None:
        """From here on the time is that of *phase*."""
        self._switch()
        self._open.append(phase)
        self.calls[phase] += 1

    def leave(self) -> None:
        """The time is again that of the phase before."""
        self._switch()
        self._open.pop()

    def _switch(self) -> None:
        now = time.process_time()
        self.spent[self._open[-1]] += now - self._since
        self._since = now

    def collecting(self, moment: str, _: object) -> None:
        """What Python's cyclic collector calls."""
        self.enter(GARBAGE) if moment == "start" else self.leave()

    def timed(self, phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """*function*, its time counted for *phase*."""

        @functools.wraps(function)
        def inner(*args: Any, **options: Any) -> Any:
            self.enter(phase)
            try:
                return function(*args, **options)
            finally:
                self.leave()

        return inner


def main(words: list[str]) -> int:
    """Prints the table; 2 where there is nothing to run it on."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks profile", description=__doc__)
    parser.add_argument("--inputs", type=Path, default=Path(tempfile.gettempdir()) / "gk-benchmarks", metavar="DIR")
    dashes = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:dashes])
    sys.path.insert(0, str(ROOT))
    try:
        command = words[dashes + 1 :] or ["scan", str(inputs.release("Django", "5.1", options.inputs)), "--no-cache"]
        return profile(command)
    except Missing as reason:
        print(reason, file=sys.stderr)
        return 2


def profile(words: list[str]) -> int:
    """Runs gk with *words* in this process, on one core, and prints what each phase took."""
    clock = Clock()
    with clock_on_phases(clock), tempfile.TemporaryDirectory() as out, contextlib.redirect_stdout(io.StringIO()):
        quiet = ("--quiet", "--output-dir", out) if words[:1] == ["scan"] else ()
        code = importlib.import_module("gk_hooks.cli").main([*words, *quiet])
    clock.enter(REST)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    clock.spent[GIT] = children.ru_utime + children.ru_stime
    if code not in DECISIONS:
        return code
    total, least = sum(clock.spent.values()), sum(clock.spent[phase] for phase in LIMIT)
    shown = " ".join(os.path.basename(word) if os.path.isabs(word) else word for word in words)
    say(f"\n### Where the time of `gk {shown}` goes\n")
    say(f"In one process and those of git, {total:.2f} s of the processor.\n")
    say("| phase | seconds | share | calls |\n| --- | ---: | ---: | ---: |")
    for phase in filter(clock.spent.get, ORDER):
        seconds, note = clock.spent[phase], " (as the limit)" if phase in LIMIT else ""
        say(f"| {phase}{note} | {seconds:.3f} | {seconds / total:.0%} | {clock.calls.get(phase, 0):,} |")
    if least:
        say(f"\nReading, hashing and parsing take {least:.2f} s of it; the whole takes {total / least:.2f} times that.")
    return 0


@contextlib.contextmanager
def clock_on_phases(clock: Clock) -> Iterator[None]:
    """Puts *clock* on every function of PHASES, and takes the second core away."""
    clock.enter(START)
    before = []
    for module, path, phase in PHASES:
        owner, name = owner_of(module, path)
        before.append((owner, name, getattr(owner, name)))
        setattr(owner, name, clock.timed(phase, getattr(owner, name)))
    before.append((os, "cpu_count", os.cpu_count))
    os.cpu_count = lambda: 1
    gc.callbacks.append(clock.collecting)
    clock.leave()
    try:
        yield
    finally:
        gc.callbacks.remove(clock.collecting)
        for owner, name, function in reversed(before):
            setattr(owner, name, function)


def owner_of(module: str, path: str) -> tuple[Any, str]:
    """The module or class that has the function at *path*, and its name there. Raises Missing."""
    *classes, name = path.split(".")
    try:
        owner = functools.reduce(getattr, classes, importlib.import_module(module))
        getattr(owner, name)
    except (ImportError, AttributeError) as error:
        raise Missing(f"{error}: PHASES in {Path(__file__).name} has to follow") from None
    return owner, name
