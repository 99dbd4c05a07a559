"""Measures the run gate. From the root of the checkout, as root:

PYTHONPATH=.:tests python3 -m measure.egress contained     # what gets out, what is logged, what is called clean
PYTHONPATH=.:tests python3 -m measure.egress start         # what `gk egress --no-scan -- true` costs
PYTHONPATH=.:tests python3 -m measure.egress connect       # what a connection on loopback costs
PYTHONPATH=.:tests python3 -m measure.egress races [N]     # the race programs N times (10), both cores kept busy
PYTHONPATH=.:tests python3 -m measure.egress suite CMD...  # CMD with and without the gate, in turn
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from egress_programs import (
    BUILT,
    HARMLESS,
    OTHERS,
    OTHERS_AT_HOME,
    PYTHON,
    WITHOUT_NAMESPACE,
    C,
    built,
    compiled,
    quiet,
)
from egress_world import ROOT, World, open_folder

LEVELS = ("kernel-netns", "kernel-seccomp-strict", "kernel-seccomp", "python-audit")
MODES = ("root", "user", "no-userns", "no-caps")
RACES = ("race_connect", "race_sendto", "race_sendmsg", "race_descriptor")
Command = list[str | Path]


def escapes(world: World, folder: Path, shared: bool) -> Iterator[tuple[str, Command]]:
    """Every program that tries to get out. shared: those too that only matter where loopback is the machine's."""
    for name, (code, _) in PYTHON.items() | (WITHOUT_NAMESPACE.items() if shared else set()):
        yield f"Python: {name}", [world.python, "-c", quiet(code)]
    yield "Python: isolated", [world.python, "-ISc", "import socket; socket.socket().connect_ex(('192.0.2.1', 80))"]
    for name in (*C, "int80", "x32"):
        yield f"C: {name}", [compiled(name, folder)]
    yield "C: connect, linked statically", [compiled("connect", folder, "-static")]
    for language in ("rust", "go"):
        yield from ((f"{language}: {way}", [built(language, folder), way]) for way in BUILT)
    yield from ((name, list(words)) for name, (words, _) in OTHERS.items())


def harmless(world: World, folder: Path) -> Iterator[tuple[str, Command]]:
    """Every program that only talks to itself."""
    for name, code in HARMLESS.items():
        path = world.folder / f"at_home_{name.replace(' ', '_')}.py"  # a name that hides no module
        path.write_text(code)
        yield f"Python: {name}", [world.python, path]
    yield "C", [compiled("ok", folder)]
    yield from ((language, [built(language, folder), "ok"]) for language in ("rust", "go"))
    yield from ((name, list(words)) for name, words in OTHERS_AT_HOME.items())


def contained() -> None:
    """A table: for each level and kind of user, what arrived, what was logged, what was wrongly called clean."""
    print(
        f"{'level':<22} {'as':<10} {'escapes':>7} {'contained':>9} {'evidenced':>9} {'false clean':>11} "
        f"{'false blocks':>14}"
    )
    with open_folder() as programs:
        for level, modes in (*((level, MODES) for level in LEVELS[:3]), (LEVELS[3], MODES[:1])):
            for mode in modes:
                with open_folder() as folder:
                    world = World(mode, folder)
                    if world.problem:
                        print(f"{level:<22} {mode:<10} {world.problem}")
                        continue
                    _row(level, world, programs)
                    world.close()


def _row(level: str, world: World, programs: Path) -> None:
    tried = inside = evidenced = clean = 0
    notes = []
    for name, words in escapes(world, programs, level.startswith("kernel-seccomp")):
        if not shutil.which(words[0]):
            notes.append(f"not tried: {name}")
            continue
        result = world.gk(*words, options=("--no-scan", "--level", level), timeout=60 if level != LEVELS[3] else 10)
        if "TIMEOUT" in result.err:  # it got out, and waits for an answer that never comes
            tried += 1
            notes.append(f"{name}: {result.received[:1]}")
            continue
        if result.summary.get("assurance", {}).get("level") != level:
            print(f"{level:<22} {world.mode:<10} cannot be had: {result.err.strip()[:120]}")
            return
        tried += 1
        inside += not result.received
        evidenced += bool(result.blocked) or bool(result.summary["uncontrolled"])
        clean += result.code == 0
        if result.received or result.code == 0:
            notes.append(f"{name}: {result.received[:1]} exit code {result.code}")
    wrong, fine = 0, 0
    for name, words in harmless(world, programs):
        if not shutil.which(words[0]):
            continue
        result = world.gk(*words, options=("--no-scan", "--level", level))
        fine += 1
        if result.blocked or result.summary.get("exit_code"):
            wrong += 1
            notes.append(f"harmless {name}: {sorted(result.hosts())} exit code {result.code}")
    print(
        f"{level:<22} {world.mode:<10} {tried:>7} {inside:>9} {evidenced:>9} {clean:>11} {f'{wrong} of {fine}':>14}",
        flush=True,
    )
    for note in notes:
        print(f"    {note}", flush=True)


def races(times: int) -> None:
    """Every race, with two processes that keep the cores busy."""
    busy = [multiprocessing.Process(target=_burn, daemon=True) for _ in range(2)]
    for process in busy:
        process.start()
    with open_folder() as programs:
        for level, modes in (*((level, MODES) for level in LEVELS[:3]),):
            for mode in modes:
                with open_folder() as folder:
                    world = World(mode, folder)
                    leaks, clean, ran = 0, 0, 0
                    for name in RACES * times if not world.problem else ():
                        result = world.gk(compiled(name, programs), options=("--no-scan", "--level", level))
                        if not result.summary:
                            break
                        ran, leaks, clean = ran + 1, leaks + bool(result.received), clean + (result.code == 0)
                        if result.code == 0 or result.received:
                            print(f"    {name}: {result.received[:1]} {result.summary['counts']}", flush=True)
                    print(f"{level:<22} {mode:<10} {ran} runs, {leaks} leaked, {clean} called clean", flush=True)
                    if not world.problem:
                        world.close()
    for process in busy:
        process.terminate()


def _burn() -> None:
    while True:
        pass


def gate(level: str, folder: str) -> list[str]:
    """The words that put a command behind the gate."""
    return [sys.executable, "-m", "gk_hooks", "egress", "--no-scan", "--level", level, "--output-dir", folder, "--"]


def timed(words: list[str], **more: object) -> tuple[float, float]:
    """Seconds of wall clock and of processor that a command takes."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(words, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def start() -> None:
    """The time of `true` behind the gate, beyond that of starting Python."""
    with tempfile.TemporaryDirectory() as folder:
        for level in LEVELS[:3]:
            pairs = [(timed([sys.executable, "-c", "pass"]), timed([*gate(level, folder), "true"])) for _ in range(25)]
            for index, what in enumerate(("wall clock", "processor")):
                bare, gated = ([1000 * one[side][index] for one in pairs] for side in (0, 1))
                print(
                    f"{level:<22} {what}: {statistics.median(gated) - statistics.median(bare):5.1f} ms beyond python "
                    f"({statistics.median(bare):.1f} ms); of the fastest {min(gated) - min(bare):.1f} ms"
                )


CONNECT = """
import socket, time
server = socket.create_server(("127.0.0.1", 0)); address = server.getsockname(); best = 1
for _ in range(5):
    start = time.perf_counter()
    for _ in range(400):
        client = socket.socket(); client.connect(address); server.accept()[0].close(); client.close()
    best = min(best, (time.perf_counter() - start) / 400)
print(best)
"""


def connect() -> None:
    """A connection to a listener of the command's own."""

    def best(words: list[str]) -> float:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        return float(subprocess.run(words, capture_output=True, text=True, env=env).stdout) * 1e6

    with tempfile.TemporaryDirectory() as folder:
        for level in LEVELS:
            for told, options in (("with stacks", []), ("without", ["-I"])):
                command = [sys.executable, *options, "-c", CONNECT]
                pairs = [(best(command), best([*gate(level, folder), *command])) for _ in range(5)]
                plain, gated = (min(side) for side in zip(*pairs))
                print(f"{level:<22} {told:<11} {gated:6.1f} µs, ungated {plain:5.1f} µs: {gated / plain:.1f} times")


def suite(command: list[str]) -> None:
    """A real test suite, with and without the gate in turn, three times."""
    with tempfile.TemporaryDirectory() as folder:
        bare: list[tuple[float, float]] = []
        gated: dict[str, list[tuple[float, float]]] = {level: [] for level in ("kernel-netns", "kernel-seccomp")}
        for _ in range(3):
            bare.append(timed(command))
            for level, found in gated.items():
                found.append(timed([*gate(level, folder), *command]))
        wall, cpu = (min(side) for side in zip(*bare))
        print(f"{'ungated':<22} {wall:6.2f} s, processor {cpu:6.2f} s")
        for level, found in gated.items():
            seconds, used = (min(side) for side in zip(*found))
            more, busier = seconds / wall - 1, used / cpu - 1
            print(f"{level:<22} {seconds:6.2f} s ({more:+.1%}), processor {used:6.2f} s ({busier:+.1%})")
        summary = json.loads((Path(folder) / "runtime_egress.json").read_text())
        print(f"{summary['verdict']}: {summary['counts']}")


def main(what: str, *words: str) -> None:
    """Runs one measurement."""
    jobs: dict[str, Callable[[], None]] = {
        "contained": contained,
        "start": start,
        "connect": connect,
        "races": lambda: races(int(words[0]) if words else 10),
        "suite": lambda: suite(list(words)),
    }
    jobs[what]()


if __name__ == "__main__":
    main(*sys.argv[1:])
