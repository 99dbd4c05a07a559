"""``python -m benchmarks`` in the folder ``tests``: gk beside bandit, ruff and semgrep, as far as these are installed.

Every table runs its programs in turns. ``--repo`` names a real history, ``--growth`` makes repositories of 1,000 to
100,000 files, ``--memory`` a tree of a million lines. What is fetched or made stays in ``--inputs``.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import inputs
from benchmarks.timing import Program, compare, environment, gk, peak_memory

LIMIT = str(Path(__file__).with_name("limit.py"))
STARTING = [sys.executable, "-c", "import git, unidiff"]


def main() -> None:
    """Prints Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=Path, default=Path(tempfile.gettempdir()) / "gk-benchmarks")
    parser.add_argument("--repo", type=Path, help="a clone with a history")
    parser.add_argument("--since", default="HEAD~20", help="how far back with --repo (default: HEAD~20)")
    parser.add_argument("--peers", default="", help="the folder of bandit, ruff and semgrep (default: PATH)")
    parser.add_argument("--semgrep-rules", help="rules for semgrep, which has none of its own")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--memory", action="store_true")
    options = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    peers = Peers(options.peers, options.semgrep_rules)
    start_up(options.rounds)
    if options.repo:
        history(options.repo.resolve(), options.since, peers, options.rounds)
    if options.growth:
        growth(options.inputs, options.rounds)
    if options.memory:
        memory(options.inputs)
    full_audit(inputs.release("Django", "5.1", options.inputs), peers, options.rounds)


class Peers:
    """The other scanners that are installed, as programs."""

    def __init__(self, folder: str, rules: str | None) -> None:
        found = {name: shutil.which(name, path=folder or None) for name in ("bandit", "ruff", "semgrep")}
        self._paths = {name: path for name, path in found.items() if path and (name != "semgrep" or rules)}
        self._rules = rules or ""

    def on(self, *paths: str, semgrep: tuple[str, ...] = ()) -> list[Program]:
        """Each of them on *paths*; *semgrep*: further words for semgrep."""
        words = {
            "ruff": ("check", "--isolated", "--no-cache", "--select", "S", "--exit-zero", *paths),
            "bandit": ("-q", "-r", "-f", "json", *paths),
            "semgrep": ("scan", "--metrics=off", "--config", self._rules, "--json", "-q", *(semgrep or paths)),
        }
        return [Program(name, [path, *words[name]]) for name, path in sorted(self._paths.items(), reverse=True)]


def start_up(rounds: int) -> None:
    """What a hook costs before it does anything, and with one file."""
    with tempfile.TemporaryDirectory() as folder:
        repository = inputs.repository(Path(folder) / "small", 50)
        python = Program("python -c pass", [sys.executable, "-c", "pass"])
        nothing = [Program("import git, unidiff", STARTING), python, Program("gk --version", gk("--version"))]
        compare("Start-up", nothing, repository, environment(), rounds * 4)
        inputs.git(repository, "reset", "-q", "--hard")
        module = next(path for path in sorted(repository.rglob("*.py")) if "requests" in path.read_text())
        module.write_text(module.read_text() + "    # staged\n" + "\n".join(f"x{n} = {n}" for n in range(145)))
        inputs.git(repository, "add", "-A")
        hook = [Program("import git, unidiff", STARTING), Program("gk hook, one staged file", gk("hook"))]
        compare("A commit of one file of 155 lines", hook, repository, environment(), rounds * 4)


def full_audit(folder: Path, peers: Peers, rounds: int) -> None:
    """All of a large program."""
    with tempfile.TemporaryDirectory() as temporary:
        cache, out = Path(temporary) / "cache", str(Path(temporary) / "out")
        env = environment(XDG_CACHE_HOME=str(cache), LOCALAPPDATA=str(cache))
        scan = gk("scan", ".", "--quiet", "--output-dir", out)
        subprocess.run(scan, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        programs = [
            Program("gk scan --no-cache", [*scan, "--no-cache"]),
            Program("gk scan, warm", scan),
            Program("read, hash, parse", [sys.executable, LIMIT, str(folder)]),
            *peers.on("."),
        ]
        compare(f"A full audit of {folder.name}", programs, folder, env, rounds)


def history(repository: Path, since: str, peers: Peers, rounds: int) -> None:
    """What some commits add."""
    words = ["git", "-C", str(repository), "diff", "--name-only", "--diff-filter=d", since, "--", "*.py"]
    changed = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    with tempfile.TemporaryDirectory() as temporary:
        cache, out = Path(temporary) / "cache", str(Path(temporary) / "out")
        env = environment(XDG_CACHE_HOME=str(cache), LOCALAPPDATA=str(cache))
        scan = gk("scan", "--since", since, "--quiet", "--output-dir", out)
        subprocess.run(scan, cwd=repository, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        programs = [
            Program("gk scan --since, --no-cache", [*scan, "--no-cache"]),
            Program("gk scan --since, warm", scan),
            Program("import git, unidiff", STARTING),
            *peers.on(*changed, semgrep=("--baseline-commit", since)),
        ]
        compare(f"{since} of {repository.name}, {len(changed)} Python files", programs, repository, env, rounds)


def growth(folder: Path, rounds: int) -> None:
    """Cost against the size of the repository, of a change and of a history."""
    for files in (1_000, 10_000, 100_000):
        repository = inputs.repository(folder / f"generated-{files}", files)
        inputs.touch(repository, files)
        inputs.git(repository, "add", "-A")
        read = ["git", "diff-index", "--cached", "--quiet", "HEAD"]
        programs = [Program("git diff-index", read), Program("gk hook, one staged file", gk("hook"))]
        compare(f"A commit of one file in a repository of {files:,} files", programs, repository, environment(), rounds)
        inputs.git(repository, "reset", "-q", "--hard")
    repository = inputs.repository(folder / "generated-history", 1_000, 200)
    programs = []
    with tempfile.TemporaryDirectory() as out:
        for back in (1, 10, 50, 200):
            words = ("scan", "--since", f"HEAD~{back}", "--no-cache", "--quiet", "--output-dir", out)
            programs.append(Program(f"--since HEAD~{back}", gk(*words)))
        compare("Commits that change one file each, of 1,000", programs, repository, environment(), rounds)


def memory(folder: Path) -> None:
    """The peak of one process at a million lines."""
    lines = len(inputs.MODULE.splitlines())
    made = folder / "generated-lines"
    if not made.is_dir():
        inputs.tree(made, 1_000_000 // lines)
    with tempfile.TemporaryDirectory() as out:
        words = gk("scan", ".", "--no-cache", "--quiet", "--output-dir", out)
        kilobytes = peak_memory(words, made, environment())
    print(f"\nPeak memory of a process at 1,000,000 lines: {kilobytes / 1024:.0f} MB")


if __name__ == "__main__":
    main()
