"""What a change adds: a range of commits, and what is staged."""

from __future__ import annotations

from pathlib import Path

from benchmarks import inputs
from benchmarks.programs import IMPORTS, Kit, git
from benchmarks.timing import Aim, Missing, Report
from benchmarks.whole import CHANGED, DJANGO

RELEASES = ("Django", ("5.1", "5.1.4"))
"""The history where none is named: a commit for each of these."""


def since(kit: Kit, report: Report, repository: Path, name: str, back: str) -> None:
    """What some commits add, by everybody. semgrep gets the commit, the others the files that differ."""
    base = inputs.resolve(repository, back)
    listed = inputs.git(repository, "diff", "-z", "--name-only", "--diff-filter=d", base, "HEAD", "--", "*.py")
    changed = [name for name in listed.split("\0") if name]
    if not changed:
        raise Missing(f"no Python file differs between {back} and HEAD of {name}")
    diff = f"git diff {back} HEAD"
    programs = [
        *kit.cold_and_warm("gk scan --since", ["scan", "--since", base], repository),
        git(diff, repository, "diff", "-U0", base, "HEAD"),
        kit.imports(repository),
        *kit.ruff(repository, *changed),
        *kit.bandit(repository, *changed),
        *kit.semgrep(repository, "--baseline-commit", base),
    ]
    aims = [
        Aim(f"--since {back}, cold, beside ruff", "gk scan --since, cold", "ruff", "times its time", 10),
        Aim(f"--since {back}, cold, beside semgrep", "gk scan --since, cold", "semgrep", "times faster", 15),
        Aim(f"--since {back}, warm", "gk scan --since, warm", IMPORTS, "s more", 0.2),
    ]
    title = f"What {name} adds since {back} ({len(changed):,} Python files)"
    report.table(title, programs, (diff, IMPORTS, "ruff", "semgrep"), aims)


def staged(kit: Kit, report: Report, folder: Path) -> None:
    """One staged file of a large program, of which a function's body or an exported constant changed."""
    repository = inputs.releases(DJANGO[0], DJANGO[1:], folder)
    text = (repository / CHANGED).read_bytes()
    body = text.rstrip() + b"\n        # a changed body\n"
    exported = text.replace(b"\nclass ", b"\nADDED = 1\n\n\nclass ", 1)
    programs, aims = [], []
    for group, data in (("body", body), ("export", exported)):
        env = inputs.stage(repository, CHANGED, data)
        programs += [
            git("git diff --cached", repository, "diff", "--cached", "-U0", group=group, env=env),
            kit.imports(repository, group),
            *kit.cold_and_warm("gk hook", ["hook"], repository, group=group, env=env, reports=False),
            *kit.cold_and_warm("gk scan --staged", ["scan", "--staged"], repository, group=group, env=env),
        ]
        for name in ("gk hook, cold", "gk hook, warm", "gk scan --staged, cold", "gk scan --staged, warm"):
            asked = f"one staged file, its {group} changed: {name}"
            aims.append(Aim(asked, f"{group}: {name}", f"{group}: {IMPORTS}", "times its time", 1.5))
    peers = [*kit.ruff(repository, CHANGED), *kit.bandit(repository, CHANGED), *kit.semgrep(repository, CHANGED)]
    for program in peers:
        program.group = "the file alone"
    programs += peers
    report.table(f"One staged file of {' '.join(DJANGO)}", programs, (IMPORTS, "git diff --cached"), aims)
