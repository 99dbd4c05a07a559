"""Starting, and everything at once: a folder, and the tree of a commit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks import inputs
from benchmarks.programs import HERE, IMPORTS, ROOT, Kit, git
from benchmarks.timing import Aim, Missing, Program, Report, environment, say

DJANGO = ("Django", "5.1")
CHANGED = "django/core/mail/message.py"
"""A module of Django that others import."""

LIMIT = "read, hash, parse"
PEAK = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(0 if code in (0, 1, 2) else code)
"""
"""Kilobytes of the largest of all processes that a command started."""


def start(kit: Kit, report: Report, folder: Path) -> None:
    """What a command costs before it does anything."""
    folder.mkdir(parents=True, exist_ok=True)
    bare = Program("python -c pass", [sys.executable, "-P", "-c", "pass"], folder)
    programs = [bare, kit.imports(folder), kit.gk("gk --version", ["--version"], folder, reports=False)]
    nothing = inputs.generated(100, folder)
    programs.append(kit.gk("gk scan --staged, nothing staged", ["scan", "--staged"], nothing))
    report.table("Starting", programs, ("python -c pass", IMPORTS), rounds=4 * report.rounds)


def whole_folder(kit: Kit, report: Report, folder: Path, rounds: int | None = None) -> None:
    """A large program as it lies on disk, by everybody."""
    source = inputs.release(*DJANGO, folder)
    programs = [
        *kit.cold_and_warm("gk scan", ["scan", "."], source),
        kit.gk("gk scan --no-cache", ["scan", ".", "--no-cache"], source),
        *limits(kit, source),
        *kit.ruff(source, "."),
        *kit.ruff(source, ".", warm=True),
        *kit.bandit(source, "."),
        *kit.semgrep(source, "."),
    ]
    aims = [
        Aim("full scan, cold, beside bandit", "gk scan, cold", "bandit", "times faster", 25),
        Aim("… beside reading, hashing and parsing", "gk scan, cold", LIMIT, "times its time", 1.6),
        Aim("… beside ruff", "gk scan, cold", "ruff", "times its time", 3),
    ]
    title = f"All of {' '.join(DJANGO)} as it lies in a folder ({size_of(source)})"
    report.table(title, programs, (LIMIT, "ruff", "bandit", "semgrep"), aims, rounds)


def limits(kit: Kit, source: Path) -> list[Program]:
    """What a scan cannot be quicker than: the one is told which files matter, the other has to find out."""
    limit, gk = [sys.executable, "-P", str(HERE / "limit.py")], {"PYTHONPATH": str(ROOT)}
    listed = kit.scratch / "matters"
    words = [*limit, "--list", str(source)]
    done = subprocess.run(words, env=environment(gk), capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise Missing(f"limit.py failed: {done.stderr.strip().splitlines()[-1]}")
    listed.write_text(done.stdout, encoding="utf-8")
    return [
        Program(LIMIT, [*limit, str(source), str(listed)], source),
        Program("read, hash, prefilter, parse", [*limit, str(source)], source, gk),
    ]


def whole_commit(kit: Kit, report: Report, folder: Path) -> None:
    """The same program as a commit."""
    text = (inputs.release(*DJANGO, folder) / CHANGED).read_bytes()
    change = inputs.Commit([(CHANGED, text + b"        # a changed body\n")])
    repository = inputs.releases(DJANGO[0], DJANGO[1:], folder, change)
    words, earlier = (["scan", "--at", revision, "--no-manifest"] for revision in ("HEAD", "HEAD~1"))
    programs = [
        *kit.cold_and_warm("gk scan --at HEAD", words, repository, earlier),
        kit.imports(repository),
        git("git archive HEAD", repository, "archive", "--format=tar", "HEAD"),
    ]
    aims = [Aim("full scan of a commit, warm", "gk scan --at HEAD, warm", IMPORTS, "s more", 0.15)]
    report.table(f"All of a commit of {' '.join(DJANGO)}", programs, (IMPORTS, "git archive HEAD"), aims)


def memory(kit: Kit, report: Report, folder: Path) -> None:
    """The most that one process held, on a million generated lines."""
    in_twenty = len(inputs.MODULE.splitlines()) * 19 + len(inputs.ACTIVE.splitlines())
    files = 20 * 1_000_000 // in_twenty
    program = kit.gk("gk scan, cold", ["scan", ".", "--no-cache"], inputs.tree(folder, files))
    words = [sys.executable, "-c", PEAK, *program.command]
    done = subprocess.run(words, cwd=program.cwd, env=environment(program.env), capture_output=True, check=False)
    if done.returncode:
        raise Missing(f"gk failed: exit code {done.returncode}")
    megabytes = int(done.stdout) / 1024
    say(f"\n### Memory\n\n1,000,000 generated lines in {files:,} files: no process held more than {megabytes:.0f} MB.")
    met = "yes" if megabytes <= 300 else "no"
    report.aims.append(f"| memory at 1,000,000 lines | at most 300 MB | {megabytes:.0f} MB | {met} |")


def size_of(folder: Path) -> str:
    """Python files and lines below *folder*."""
    files = [Path(at, name) for at, _, names in os.walk(folder) for name in names if name.endswith(".py")]
    return f"{len(files):,} Python files, {sum(path.read_bytes().count(bytes([10])) for path in files):,} lines"
