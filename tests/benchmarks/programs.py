"""The programs that are compared: this checkout's gk, what it cannot be quicker than, and the peers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks.timing import Missing, Program, environment

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OWN_RULES = HERE / "semgrep.yaml"
DECISIONS = (0, 1, 2)
"""Exit codes of a scan that was completed."""

IMPORTS = "import git, unidiff"


class Kit:
    """gk and the peers. *scratch*: where caches and reports go."""

    def __init__(self, scratch: Path, peers: str | None, semgrep_rules: Path) -> None:
        self.scratch = scratch
        self.semgrep_rules = semgrep_rules
        self.quiet = {
            "SEMGREP_SEND_METRICS": "off",
            "SEMGREP_ENABLE_VERSION_CHECK": "0",  # else it waits for the network
            "SEMGREP_SETTINGS_FILE": str(scratch / "semgrep-settings.yml"),
            "SEMGREP_LOG_FILE": str(scratch / "semgrep.log"),
        }
        self.rules = _count_rules(semgrep_rules)
        found = {name: shutil.which(name, path=peers) for name in ("ruff", "bandit", "semgrep")}
        self.paths = {name: path for name, path in found.items() if path}
        self.missing = [name for name in found if name not in self.paths]
        self.versions = {name: self._version(path) for name, path in self.paths.items()}

    def _version(self, path: str) -> str:
        done = subprocess.run([path, "--version"], env=environment(self.quiet), capture_output=True, text=True)
        words = (done.stdout.splitlines() or ["?"])[0].split()
        return words[-1] if words else "?"

    def gk(self, name: str, words: Sequence[str], cwd: Path, *, reports: bool = True, **more: object) -> Program:
        """This checkout's gk; its *reports* go into the scratch folder."""
        out = ("--quiet", "--output-dir", str(self.scratch / "out")) if reports else ()
        env = {"PYTHONPATH": str(ROOT), **_cache(self.scratch / "cache"), **more.pop("env", {})}
        command = [sys.executable, "-P", "-m", "gk_hooks", *words, *out]
        return Program(name, command, cwd, env, codes=DECISIONS, **more)

    def cold_and_warm(
        self,
        name: str,
        words: Sequence[str],
        cwd: Path,
        earlier: Sequence[str] = (),
        *,
        reports: bool = True,
        **more: object,
    ) -> list[Program]:
        """With nothing remembered; with all of it; and, where *earlier* are the words for another scan, with what that
        one remembered. What a run remembers itself is forgotten before the next."""
        label = f"{name} {more.get('group', '')}".translate({ord(sign): "-" for sign in " /:,."})
        states: list[tuple[str, Sequence[str]]] = [("cold", ()), ("warm", words)]
        states += [("one commit later", earlier)] if earlier else []
        env, programs = more.pop("env", {}), []
        for state, filling in states:
            used, filled = (self.scratch / f"{what} {state} {label}" for what in ("used", "filled"))
            if filling:
                first = self.gk(name, filling, cwd, env={**env, **_cache(filled)}, reports=reports)
                first.run()
                if first.problem:
                    raise Missing(f"{name}: {first.problem}")
            program = self.gk(f"{name}, {state}", words, cwd, env={**env, **_cache(used)}, reports=reports, **more)
            program.before = partial(_restore, filled, used)
            programs.append(program)
        return programs

    def imports(self, cwd: Path, group: str = "") -> Program:
        """What every git mode waits for before anything of ours runs. Raises Missing."""
        program = Program(IMPORTS, [sys.executable, "-P", "-c", IMPORTS], cwd, group=group)
        if subprocess.run(program.command, env=environment({}), capture_output=True).returncode:
            raise Missing(f"{sys.executable} -c '{IMPORTS}' fails: pip install GitPython unidiff")
        return program

    def ruff(self, cwd: Path, *paths: str, warm: bool = False) -> list[Program]:
        """Its security rules, without or with a cache of its own."""
        cache = ["--cache-dir", str(self.scratch / "ruff")] if warm else ["--no-cache"]
        words = ["check", "--isolated", *cache, "--no-respect-gitignore", "--select", "S", "--exit-zero", "--quiet"]
        found = self._peer("ruff", [*words, *paths], cwd, (0,))
        if warm:
            for program in found:
                program.name = "ruff, warm"
                Program(program.name, program.command, cwd).run()
        return found

    def bandit(self, cwd: Path, *paths: str) -> list[Program]:
        """All its tests."""
        return self._peer("bandit", ["-q", "-r", "-f", "json", *paths], cwd, (0, 1))

    def semgrep(self, cwd: Path, *words: str) -> list[Program]:
        """*words*: paths, or ``--baseline-commit`` and a commit."""
        files = ["--x-ignore-semgrepignore-files", "--max-target-bytes", "0", *words]
        if "--baseline-commit" not in words:  # there it would scan all files instead of those that changed
            files.insert(0, "--no-git-ignore")
        fixed = ["scan", "--metrics=off", "--disable-version-check", "--json", "--quiet"]
        return self._peer("semgrep", [*fixed, "--config", str(self.semgrep_rules), *files], cwd, (0,))

    def _peer(self, name: str, words: Sequence[str], cwd: Path, codes: Sequence[int]) -> list[Program]:
        path = self.paths.get(name)
        return [Program(name, [path, *words], cwd, self.quiet, codes=codes)] if path else []


def git(name: str, cwd: Path, *words: str, group: str = "", env: Mapping[str, str] | None = None) -> Program:
    """git's own work on the same input."""
    return Program(name, ["git", "--no-pager", *words], cwd, env or {}, group)


def _count_rules(path: Path) -> int:
    """How many rules for semgrep stand in the file *path*, or in those below it. Raises Missing."""
    files = sorted(path.rglob("*.y*ml")) if path.is_dir() else [path]
    try:
        found = sum(len(re.findall(r"^\s*- id:", file.read_text(encoding="utf-8"), re.M)) for file in files)
    except OSError as error:
        raise Missing(f"no rules for semgrep: {path}: {error.strerror}") from None
    if not found:
        raise Missing(f"no rules for semgrep: {path} holds none")
    return found


def _restore(filled: Path, used: Path) -> None:
    shutil.rmtree(used, ignore_errors=True)
    if filled.is_dir():
        shutil.copytree(filled, used)


def _cache(folder: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(folder), "LOCALAPPDATA": str(folder), "HOME": os.environ.get("HOME", str(folder))}
