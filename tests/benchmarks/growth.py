"""Cost against the size of the repository, of the change, and of the history, each beside git's own work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks import inputs
from benchmarks.programs import Kit, git
from benchmarks.timing import Program, Report

READ = "git diff --cached --raw"
"""What git itself does to answer what is staged: it reads the index."""

CHANGED = 17
"""The generated file that is changed: one without a finding."""


def by_size(kit: Kit, report: Report, folder: Path, sizes: Sequence[int]) -> None:
    """A commit of one file, and everything, in repositories of ever more files."""
    words, earlier = ("scan", "--at", "HEAD"), ("scan", "--at", "HEAD~1")
    staged: list[Program] = []
    whole: list[Program] = []
    for files in sizes:
        repository, group = inputs.generated(files, folder), f"{files:,} files"
        env = inputs.stage(repository, inputs.module_path(CHANGED), inputs.module(CHANGED, files, 1))
        staged += [
            *kit.cold_and_warm("gk hook", ["hook"], repository, reports=False, group=group, env=env),
            git(READ, repository, *READ.split()[1:], group=group, env=env),
        ]
        whole += [
            *kit.cold_and_warm("gk scan --at HEAD", words, repository, earlier, group=group),
            git("git archive HEAD", repository, "archive", "--format=tar", "HEAD", group=group),
        ]
    title = "A commit of one file, by the size of the repository"
    report.table(title, staged, [READ], rounds=4 * report.rounds)
    report.aims += _growth(staged, sizes)
    report.table("The whole tree, by the size of the repository", whole, ["git archive HEAD"])


def _growth(programs: Sequence[Program], sizes: Sequence[int]) -> Iterator[str]:
    """The aim: what gk takes more in the largest repository than in the smallest, beside what git does."""
    more = []
    for name in ("gk hook, cold", READ):
        small, *_, large = (program for program in programs if program.name == name)
        if not (small.wall and large.wall):
            return
        more.append(median(mine - its for mine, its in zip(large.wall, small.wall)))
    text = f"a commit in {sizes[-1]:,} files rather than {sizes[0]:,}"
    met = "yes" if more[0] <= more[1] else "no"
    yield f"| {text} | at most what git takes more | {more[0]:.3f} s, git {more[1]:.3f} s | {met} |"


def by_change(kit: Kit, report: Report, folder: Path, files: int, sizes: Sequence[int]) -> None:
    """A branch that changes ever more files of one repository."""
    repository = inputs.changed(files, sizes, folder)
    programs: list[Program] = []
    for size in sizes:
        branch, group = f"change-{size}", f"{size:,} changed"
        words = ["scan", "--since", "main", "--until", branch]
        programs += [
            *kit.cold_and_warm("gk scan --since", words, repository, group=group),
            git("git diff", repository, "diff", "-U0", "main", branch, group=group),
        ]
    report.table(f"What a branch adds, by how many of {files:,} files it changes", programs, ["git diff"])


def by_history(kit: Kit, report: Report, folder: Path, depths: Sequence[int], backs: Sequence[int]) -> None:
    """The last commit of ever longer histories, and ever more commits of one."""
    last: list[Program] = []
    for commits in depths:
        repository = inputs.deep(1_000, commits, folder)
        last += _range(kit, repository, 1, f"{commits:,} commits")
    report.table("What the last commit adds, by the length of the history", last, ["git diff --raw"])
    repository = inputs.deep(1_000, depths[-1], folder)
    further = [program for back in backs for program in _range(kit, repository, back, f"HEAD~{back}")]
    title = "What many commits add, each of which changed one of 1,000 files"
    report.table(title, further, ["git diff --raw"])


def _range(kit: Kit, repository: Path, back: int, group: str) -> list[Program]:
    words = ["scan", "--since", f"HEAD~{back}"]
    return [
        *kit.cold_and_warm("gk scan --since", words, repository, group=group),
        git("git diff --raw", repository, "diff", "--raw", f"HEAD~{back}", "HEAD", group=group),
    ]
